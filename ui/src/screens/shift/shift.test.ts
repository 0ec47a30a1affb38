import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ShiftView } from "../../generated/ShiftView";
import { state as base } from "../../keys/testing";
import { answers, note_scrolls, refusals, sent } from "../testing";

vi.mock("../../platform", async (original) => ({
  ...(await original<typeof import("../../platform")>()),
  rpc: (await import("../testing")).rpc,
}));

const { LinkError, ProblemError } = await import("../../platform");
const { desk } = await import("../../till/desk.svelte");
const { perform } = await import("../../till/perform");
const { people } = await import("../../till/people.svelte");
const { shift } = await import("../../till/shift.svelte");
const { till } = await import("../../till/till.svelte");
const { default: Shift } = await import("./Shift.svelte");

const head = { shift_id: "s", opened_at_ms: 0, cashier: "王芳", business_day: "2026-11-21" };
const view: ShiftView = {
  head, suggested_float_minor: 30000, denominations: [10000, 10], blind: false,
  expected: [{ kind: "float", at_ms: 0, count: 1, amount_minor: 30000, reason: null, note: "", approved_by: null }],
  expected_minor: 30000, change_minor: 0, rounding_minor: 0, moves: 3, counted: [{ denomination_minor: 10000, pieces: 3, amount_minor: 30000 }],
  counted_minor: 30000, difference_minor: 0, look_at: [], on_counter: null, held: [], to_confirm: [], codes_waiting: 0, only_here: 0,
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const asked = (cmd: string) => sent.filter((s) => s.cmd === cmd).map((s) => s.payload);
const show = async () => {
  render(Shift, { shown: base });
  await turn();
  await tick();
};

beforeEach(() => {
  note_scrolls();
  sent.length = 0;
  for (const cmd of Object.keys(answers)) delete answers[cmd as keyof typeof answers];
  delete refusals["shift.count"];
  delete refusals["shift.close"];
  answers["shift.get"] = view;
  till.apply(base);
  desk.begin_anew();
  desk.go("shift");
});
afterEach(cleanup);

test("f49_no_close_button_until_the_whole_answer_is_there", async () => {
  delete answers["shift.get"];
  await show();
  expect(screen.queryByTestId("shift-close")).toBeNull();
  expect(shift.glance.place).toBe("loading");
});

test("what was counted before is there again, and every change is kept by the till", async () => {
  answers["shift.count"] = { ...view, counted_minor: 30080, difference_minor: 80 };
  await show();
  expect(screen.getByTestId<HTMLInputElement>("pieces-10000").value).toBe("3");
  await fireEvent.input(screen.getByTestId("pieces-10"), { target: { value: "8x" } });
  await turn();
  await tick();
  expect(screen.getByTestId<HTMLInputElement>("pieces-10").value).toBe("8");
  expect(asked("shift.count")).toEqual([{ counted: [{ denomination_minor: 10, pieces: 8 }, { denomination_minor: 10000, pieces: 3 }] }]);
  expect(screen.getByTestId("difference").dataset.minor).toBe("80");
});

test("counting anew can be taken back until something is typed", async () => {
  answers["shift.count"] = view;
  await show();
  perform({ do: "recount" });
  await turn();
  perform({ do: "restore_count" });
  await turn();
  expect(asked("shift.count")).toEqual([{ counted: [] }, { counted: [{ denomination_minor: 10000, pieces: 3 }] }]);
});

test("f50_any_count_closes_with_its_reason_and_the_frozen_shift_is_shown", async () => {
  answers["shift.get"] = { ...view, difference_minor: -50 };
  answers["shift.close"] = { shift_id: "s", business_day: "2026-11-21", cashier: "王芳", closed_by: "王芳", opened_at_ms: 0, closed_at_ms: 1, float_minor: 30000, expected_minor: 30050, counted_minor: 30000, difference_minor: -50, left_minor: 20000, taken_away_minor: 10000, reason: "unclear", note: "n", amendments: 0 };
  answers["shift.list"] = [answers["shift.close"]];
  await show();
  shift.reason = "unclear";
  shift.note = "n";
  shift.leave = "200";
  perform({ do: "close_shift" });
  await turn();
  expect(asked("shift.close")).toEqual([{ reason: "unclear", note: "n", leave_minor: 20000, count_seen: [{ denomination_minor: 10000, pieces: 3 }] }]);
  expect(shift.glance).toMatchObject({ place: "closed", shift_id: "s" });
});

test("f50_a_count_the_till_did_not_keep_closes_nothing_and_is_kept_to_be_looked_at", async () => {
  refusals["shift.count"] = new LinkError("lost");
  refusals["shift.close"] = new ProblemError({ code: "COUNT_CHANGED", class: "refused", params: {}, reference: null });
  await show();
  await fireEvent.input(screen.getByTestId("pieces-10000"), { target: { value: "4" } });
  await turn();
  expect(shift.view?.counted_minor).toBe(30000);
  delete refusals["shift.count"];
  answers["shift.count"] = { ...view, counted_minor: 40000, difference_minor: 10000 };
  perform({ do: "close_shift" });
  await turn();
  await tick();
  const typed = [{ denomination_minor: 10000, pieces: 4 }];
  expect(asked("shift.close")).toEqual([{ reason: null, note: "", leave_minor: null, count_seen: typed }]);
  expect(asked("shift.count")).toEqual([{ counted: typed }, { counted: typed }]);
  expect(shift.glance.place).toBe("counting");
  expect(screen.getByTestId("difference").dataset.minor).toBe("10000");
  expect(desk.toast?.text).toBe(till.words.problems.COUNT_CHANGED({}));
});

test("f53_what_is_no_amount_to_leave_closes_nothing", async () => {
  await show();
  shift.leave = "2o0";
  perform({ do: "close_shift" });
  await turn();
  expect(asked("shift.close")).toEqual([]);
  expect(desk.toast?.kind).toBe("problem");
});

test("f70_cash_goes_out_with_one_managers_word_and_what_was_typed_stays_when_nobody_approves", async () => {
  answers["shift.move"] = { ...view, moves: 4 };
  await show();
  perform({ do: "start_move", direction: "out" });
  shift.yuan = "600";
  perform({ do: "move_cash", direction: "out", yuan: "600" });
  await turn();
  expect([desk.overlay, asked("shift.move")]).toEqual(["approval", []]);
  perform({ do: "decline" });
  expect([desk.overlay, shift.yuan]).toEqual(["move", "600"]);
  perform({ do: "move_cash", direction: "out", yuan: "600" });
  await turn();
  desk.pin = "1234";
  perform({ do: "approve" });
  await turn();
  expect(asked("shift.move")).toEqual([{ direction: "out", yuan: "600", reason: "bank", note: "", approval: { pin: "1234" }, moves_seen: 3 }]);
  expect([desk.overlay, desk.pin]).toEqual([null, ""]);
});

test("the first manager is added without a word, every later change with one", async () => {
  people.take([{ staff_id: "p", name: "王芳", role: "cashier", has_pin: false }]);
  answers["people.save"] = [{ staff_id: "m", name: "李敏", role: "manager", has_pin: true }];
  perform({ do: "new_person" });
  expect(people.role).toBe("manager");
  people.name = "李敏";
  people.pin = "1234";
  perform({ do: "save_person", name: "李敏", is_new: true });
  await turn();
  expect(asked("people.save")).toEqual([{ staff_id: null, name: "李敏", role: "manager", pin: "1234", approval: null }]);
  expect(people.pin).toBe("");
  perform({ do: "save_person", name: "李敏", is_new: false });
  await turn();
  expect(desk.overlay).toBe("approval");
});

test("beside each kind stands what it comes to, as the till says", async () => {
  answers["shift.count"] = { ...view, counted: [...view.counted, { denomination_minor: 10, pieces: 8, amount_minor: 80 }] };
  await show();
  expect(screen.getByTestId("worth-10000").textContent).toBe("300.00");
  expect(screen.getByTestId("worth-10").textContent).toBe("");
  await fireEvent.input(screen.getByTestId("pieces-10"), { target: { value: "8" } });
  await turn();
  await tick();
  expect(screen.getByTestId("worth-10").textContent).toBe("0.80");
});
