/**
 * How the page looks: the till's choice once there is a till, before that the one that was last on screen.
 *
 * `system` follows this machine's own setting, also while the page is open.
 */
import type { Look } from "../generated/Look";
import type { Theme } from "../generated/Theme";
import { TEXT_SIZES, THEMES } from "../keys/settings";

const STORED_AS = "suanpan.look";
const STRONGER = "(prefers-contrast: more)";
const DARKER = "(prefers-color-scheme: dark)";

let worn: Look = { theme: "system", text_size: "standard" };

/** What was on screen last; what cannot be read is as in the beginning. */
export function remembered_look(): Look {
  const [theme, text_size] = (localStorage.getItem(STORED_AS) ?? "").split(" ");
  return {
    theme: THEMES.find((known) => known === theme) ?? "system",
    text_size: TEXT_SIZES.find((known) => known === text_size) ?? "standard",
  };
}

export function wear(look: Look): void {
  if (is_same_look(look, worn)) return;
  worn = look;
  localStorage.setItem(STORED_AS, `${look.theme} ${look.text_size}`);
  dress();
}

/** Wears what was on screen last, and goes along when the system's own look changes. */
export function begin_look(): void {
  worn = remembered_look();
  dress();
  for (const question of [STRONGER, DARKER]) matchMedia(question).addEventListener("change", dress);
}

export function is_same_look(a: Look, b: Look): boolean {
  return a.theme === b.theme && a.text_size === b.text_size;
}

/** The look after this one, for a single key that goes through them. */
export function next_theme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
}

function dress(): void {
  const { dataset } = document.documentElement;
  dataset.theme = worn.theme === "system" ? of_system() : worn.theme;
  dataset.textSize = worn.text_size;
}

function of_system(): Theme {
  if (matchMedia(STRONGER).matches) return "contrast";
  return matchMedia(DARKER).matches ? "dark" : "light";
}
