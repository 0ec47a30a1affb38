import { expect, test } from "vitest";
import { bindings, key_bar, meaning, OTHERS_SHOWN_MAX } from "./bindings";
import type { ShiftGlance } from "./back_office";
import { scan_goes } from "./scan_goes";
import type { Situation } from "./situation";
import { selling, situation } from "./testing";

const people = { page: "people", row: "language" } as const;
const on_shift = (part: Partial<ShiftGlance>, more: Partial<Situation> = {}): Situation => ({
  ...situation,
  screen: "shift",
  ...more,
  shift: { ...situation.shift, ...part },
});

test("F12 goes to the shift from every page, and closes it only where its count is on screen", () => {
  expect(meaning(selling(), "F12")).toEqual({ do: "shift" });
  expect(meaning({ ...situation, screen: "takings" }, "F12")).toEqual({ do: "shift" });
  expect(meaning(on_shift({ place: "counting" }), "F12")).toEqual({ do: "close_shift" });
});

test("f49_nothing_closes_a_shift_whose_figures_are_not_there_yet", () => {
  expect(bindings(on_shift({ place: "loading" })).some((b) => b.intent.do === "close_shift")).toBe(false);
  expect(meaning(on_shift({ place: "loading" }), "F12")).toBeNull();
});

test("a shift opens with what was typed, else with what the last one left", () => {
  const opening = on_shift({ place: "opening", suggested_float_minor: 30000 });
  expect(key_bar(opening).next?.intent).toEqual({ do: "open_shift", float_yuan: "", suggested_minor: 30000 });
  expect(meaning(on_shift({ place: "opening", float: "200" }), "Enter")).toMatchObject({ float_yuan: "200" });
});

test("while counting Enter and the arrows go through the kinds, and Escape keeps the count", () => {
  const counting = on_shift({ place: "counting" });
  expect(meaning(counting, "Enter")).toEqual({ do: "next_kind" });
  expect(meaning(counting, "ArrowUp")).toEqual({ do: "move_kind", by: -1 });
  expect(meaning(counting, "Escape")).toEqual({ do: "leave_count" });
  expect(meaning(counting, "F4")).toEqual({ do: "start_move", direction: "out" });
});

test("another closed shift can be chosen only where there is one", () => {
  const looking = (shift_id: string | null) => on_shift({ place: "closed", shift_id });
  expect(meaning(looking(null), "ArrowDown")).toBeNull();
  expect(meaning(looking("s1"), "ArrowDown")).toEqual({ do: "move_shift", by: 1 });
});

test("cash is moved only once an amount is typed", () => {
  const moving = (yuan: string) => on_shift({ place: "counting", direction: "out", yuan }, { overlay: "move" });
  expect(meaning(moving(""), "Enter")).toBeNull();
  expect(meaning(moving("600"), "Enter")).toEqual({ do: "move_cash", direction: "out", yuan: "600" });
});

test("a person is saved once there is a name", () => {
  const form = (name: string): Situation => ({ ...situation, screen: "settings", settings: people, person: { name, is_new: true } });
  expect(meaning(form(" "), "Enter")).toBeNull();
  expect(meaning(form("王芳 "), "Enter")).toEqual({ do: "save_person", name: "王芳", is_new: true });
});

test("no page behind the counter has two meanings for a key, nor a key bar that does not fit", () => {
  const places = ["loading", "opening", "counting", "closed"] as const;
  const pages = [...places.map((place) => on_shift({ place, shift_id: "s" })), { ...situation, screen: "settings" as const, settings: people, person: { name: "n", is_new: false } }];
  for (const s of pages) {
    const keys = bindings(s).map((b) => b.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(bindings(s).filter((b) => b.shown).length).toBeLessThanOrEqual(OTHERS_SHOWN_MAX + 1);
  }
});

test("a scan goes into the basket from the shift and the people, and nowhere while a question is open", () => {
  expect(scan_goes(on_shift({ place: "counting" }), "6928804011142").to).toBe("basket");
  expect(scan_goes({ ...situation, screen: "settings", settings: people }, "6928804011142").to).toBe("basket");
  expect(scan_goes(on_shift({}, { overlay: "move" }), "69")).toEqual({ to: "nowhere", because: "asking" });
  expect(scan_goes({ ...situation, overlay: "sign_in" }, "1234")).toEqual({ to: "nowhere", because: "asking" });
});
