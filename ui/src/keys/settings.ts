/** What the keys do in the settings. Pure, as `bindings.ts` is. */
import type { Language } from "../generated/Language";
import type { TextSize } from "../generated/TextSize";
import type { Theme } from "../generated/Theme";
import { people_bindings } from "./back_office";
import type { Binding, Intent, Situation } from "./situation";

/** The pages, in the order of their list. */
export const SETTINGS_PAGES = ["look", "people"] as const;
export type SettingsPage = (typeof SETTINGS_PAGES)[number];

/** What can be chosen on the page of the look, from top to bottom. */
export const LOOK_ROWS = ["language", "theme", "text_size"] as const;
export type LookRow = (typeof LOOK_ROWS)[number];

export type SettingsGlance = { page: SettingsPage; row: LookRow };

export const LANGUAGES: readonly Language[] = ["zh-CN", "en"];
export const THEMES: readonly Theme[] = ["system", "light", "dark", "contrast"];
export const TEXT_SIZES: readonly TextSize[] = ["standard", "large", "largest"];

const show = (key: string, intent: Intent): Binding => ({ key, intent, shown: true });
const mute = (key: string, intent: Intent): Binding => ({ key, intent, shown: false });

export function settings_bindings(s: Situation, home: Binding): Binding[] {
  return [...of_page(s, home), ...pages(s.settings.page)];
}

function of_page(s: Situation, home: Binding): Binding[] {
  switch (s.settings.page) {
    case "look":
      return [
        ...sideways("ArrowRight", s, 1),
        ...sideways("ArrowLeft", s, -1),
        show("ArrowUp", { do: "move_row", by: -1 }),
        show("ArrowDown", { do: "move_row", by: 1 }),
        home,
      ];
    case "people":
      return people_bindings(s, home);
  }
}

/** The page before and the one after; which keys do that stands below the list. */
function pages(page: SettingsPage): Binding[] {
  const at = SETTINGS_PAGES.indexOf(page);
  const around = [
    ["PageUp", SETTINGS_PAGES[at - 1]],
    ["PageDown", SETTINGS_PAGES[at + 1]],
  ] as const;
  return around.flatMap(([key, to]) => (to === undefined ? [] : [mute(key, { do: "settings_page", page: to })]));
}

/** What lies beside the present choice of the row; at an end there is nothing. */
function sideways(key: string, s: Situation, by: number): Binding[] {
  const { language, look } = s.state.shop;
  switch (s.settings.row) {
    case "language":
      return beside(LANGUAGES, language, by).map((to) => show(key, { do: "choose_language", language: to }));
    case "theme":
      return beside(THEMES, look.theme, by).map((to) => show(key, { do: "choose_theme", theme: to }));
    case "text_size":
      return beside(TEXT_SIZES, look.text_size, by).map((to) => show(key, { do: "choose_text_size", text_size: to }));
  }
}

function beside<T>(options: readonly T[], chosen: T, by: number): T[] {
  const to = options[options.indexOf(chosen) + by];
  return to === undefined ? [] : [to];
}
