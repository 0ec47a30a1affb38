import { expect, test } from "vitest";
import { bindings, key_bar, meaning, OTHERS_SHOWN_MAX } from "./bindings";
import { wants_first_manager } from "./first_manager";
import { scan_goes } from "./scan_goes";
import { LOOK_ROWS, SETTINGS_PAGES, type SettingsGlance } from "./settings";
import type { Situation } from "./situation";
import { line, selling, situation, state } from "./testing";

const on_settings = (settings: SettingsGlance): Situation => ({ ...situation, screen: "settings", settings });

test("the settings are one chord away from every page, and Escape leads back", () => {
  expect(meaning(selling(), "Ctrl+,")).toEqual({ do: "settings" });
  expect(meaning({ ...situation, screen: "orders" }, "Ctrl+,")).toEqual({ do: "settings" });
  expect(meaning(on_settings({ page: "look", row: "theme" }), "Escape")).toEqual({ do: "sell", paying: false });
});

test("the arrows change the row that is chosen and stop at its ends", () => {
  const theme = on_settings({ page: "look", row: "theme" });
  expect(meaning(theme, "ArrowRight")).toEqual({ do: "choose_theme", theme: "dark" });
  expect(meaning(theme, "ArrowLeft")).toEqual({ do: "choose_theme", theme: "system" });
  const language = on_settings({ page: "look", row: "language" });
  expect(meaning(language, "ArrowRight")).toEqual({ do: "choose_language", language: "en" });
  expect(meaning(language, "ArrowLeft")).toBeNull();
  expect(meaning(on_settings({ page: "look", row: "text_size" }), "ArrowRight")).toEqual({ do: "choose_text_size", text_size: "large" });
});

test("no page of the settings has two meanings for a key, nor a key bar that does not fit", () => {
  for (const page of SETTINGS_PAGES) {
    for (const row of LOOK_ROWS) {
      const s = { ...on_settings({ page, row }), person: { name: "n", is_new: false } };
      const keys = bindings(s).map((b) => b.key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(bindings(s).filter((b) => b.shown).length).toBeLessThanOrEqual(OTHERS_SHOWN_MAX + 1);
    }
  }
});

test("a real shop without a manager is asked for one before it sells, and in the middle of nothing", () => {
  const alone = { ...state, shop: { ...state.shop, has_manager: false } };
  expect(wants_first_manager(alone)).toBe(true);
  expect(wants_first_manager(state)).toBe(false);
  expect(wants_first_manager({ ...alone, shop: { ...alone.shop, practice: true } })).toBe(false);
  expect(wants_first_manager({ ...alone, sync: { ...alone.sync, phase: "alone" } })).toBe(false);
  expect(wants_first_manager({ ...alone, basket: { ...alone.basket, lines: [line] } })).toBe(false);
  expect(wants_first_manager({ ...alone, stage: "pay" })).toBe(false);
});

test("while that is asked only Enter and the language mean anything, and a scan goes nowhere", () => {
  const asking: Situation = { ...situation, screen: "first_manager" };
  expect(bindings(asking).map((b) => b.key)).toEqual(["Enter", "F2"]);
  expect(key_bar(asking).next?.intent).toEqual({ do: "save_first_manager" });
  expect(scan_goes(asking, "6928804011142")).toEqual({ to: "nowhere", because: "asking" });
});
