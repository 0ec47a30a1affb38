import { expect, test } from "vitest";
import type { PrintStatus } from "../generated/PrintStatus";
import { bindings, key_bar, meaning } from "./bindings";
import type { Situation } from "./situation";
import { selling, situation } from "./testing";

const printing = (part: Partial<PrintStatus>, more: Partial<Situation> = {}): Situation => {
  const before = { ...situation, ...more };
  return { ...before, state: { ...before.state, print: { ...before.state.print, ...part } } };
};
const on_shift = (part: Partial<Situation["shift"]>, print: Partial<PrintStatus> = {}) =>
  printing(print, { screen: "shift", shift: { ...situation.shift, ...part } });

test("Ctrl+P on Orders prints the chosen receipt, and shows it where there is no printer", () => {
  const orders = { screen: "orders", order_id: "o" } as const;
  expect(meaning(printing({}, orders), "Ctrl+P")).toEqual({ do: "print", order_id: "o" });
  expect(meaning(printing({ printer: "none" }, orders), "Ctrl+P")).toEqual({ do: "receipt", order_id: "o" });
});

test("Ctrl+P while selling prints the last receipt again, once there is one", () => {
  expect(meaning(selling(), "Ctrl+P")).toBeNull();
  expect(meaning(printing({ last_order_id: "o" }, selling()), "Ctrl+P")).toEqual({ do: "print", order_id: "o" });
  expect(meaning(printing({ last_order_id: "o", printer: "none" }), "Ctrl+P")).toBeNull();
});

test("Ctrl+P on the shift's page prints what is on it, and nothing in a blind count", () => {
  expect(meaning(on_shift({ place: "counting" }), "Ctrl+P")).toEqual({ do: "print_report", shift_id: null });
  expect(meaning(on_shift({ place: "counting", blind: true }), "Ctrl+P")).toBeNull();
  expect(meaning(on_shift({ place: "closed", shift_id: "s" }), "Ctrl+P")).toEqual({ do: "print_report", shift_id: "s" });
  expect(meaning(on_shift({ place: "closed", shift_id: "s" }, { printer: "none" }), "Ctrl+P")).toEqual({ do: "shift_paper", shift_id: "s" });
});

test("F4 opens what has not come out, from every page, and only while there is something", () => {
  const stuck = { owed: 3, phase: "stuck", trouble: "out_of_paper" } as const;
  for (const screen of ["sell", "orders", "takings", "practice", "settings"] as const) {
    expect(meaning(printing(stuck, { screen }), "F4")).toEqual({ do: "papers" });
    expect(meaning(printing({ owed: 3, phase: "printing" }, { screen }), "F4")).toBeNull();
  }
});

test("in the sheet a paper is opened, wanted no more, or tried again; Escape is always there", () => {
  const sheet = { sheet: "print", sheet_items: [{ opens: "paper", job_no: "7", order_id: "o" }] } as const;
  const s = printing({ owed: 1, phase: "stuck" }, { ...sheet, sheet_items: [...sheet.sheet_items] });
  expect(meaning(s, "Enter")).toEqual({ do: "view_order", order_id: "o" });
  expect(meaning(s, "Delete")).toEqual({ do: "withdraw", job_no: "7" });
  expect(meaning(s, "F4")).toEqual({ do: "print_retry" });
  expect(key_bar(s).next?.key).toBe("Escape");
  const empty = printing({}, { sheet: "print" });
  expect(bindings(empty).some((b) => b.intent.do === "print_retry")).toBe(false);
});
