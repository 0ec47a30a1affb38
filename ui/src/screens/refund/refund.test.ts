import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LateMoney } from "../../generated/LateMoney";
import type { Means } from "../../generated/Means";
import type { OrderDetail } from "../../generated/OrderDetail";
import type { Refund } from "../../generated/Refund";
import type { RefundPreview } from "../../generated/RefundPreview";
import type { SyncList } from "../../generated/SyncList";
import { key_bar, meaning } from "../../keys/bindings";
import { state as base } from "../../keys/testing";
import { answers, note_scrolls, refusals, sent } from "../testing";

vi.mock("../../platform", async (original) => ({
  ...(await original<typeof import("../../platform")>()),
  rpc: (await import("../testing")).rpc,
}));

const { ProblemError } = await import("../../platform");
const { desk } = await import("../../till/desk.svelte");
const { perform } = await import("../../till/perform");
const { refund } = await import("../../till/refund.svelte");
const { till } = await import("../../till/till.svelte");
const { default: Orders } = await import("../orders/Orders.svelte");
const { default: SyncSheet } = await import("../sync/SyncSheet.svelte");
const { default: RefundDialog } = await import("./RefundDialog.svelte");

const row = { order_id: "o", short_no: "2-1121-0286", state: "COMPLETED" as const, at_ms: 0, total_minor: 700, means: ["WECHAT_PAY" as const], only_here: false };
const order: OrderDetail = {
  row, order_no: "9", lines: [], original_minor: 700, discount_minor: 0, rounding_minor: 0, change_minor: 0,
  tenders: [], cashier: "王芳", refunds: [], refundable_minor: 700,
};
const gone: Refund = {
  refund_no: "7", means: "WECHAT_PAY", amount_minor: 500, phase: "sending", why: "goods", note: "", requested_by: "王芳",
  approved_by: "李敏", asked_at_ms: 0, ended_at_ms: null,
};
const money: LateMoney = {
  tender_no: "t", order_id: "o", short_no: "2-1121-0286", order_state: "TO_CONFIRM", means: "WECHAT_PAY", amount_minor: 350,
  returns_at_ms: 600_000, can_accept: true, decided: null,
};
const list: SyncList = {
  status: { ...base.sync, phase: "needs_attention", attention: 1 }, waiting: [], waiting_minor: 0, attention: [], late: [money],
  refunds: [], to_confirm: [], revoked: false, refused: [], acked_at_ms: null,
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const asked = (cmd: string) => sent.filter((s) => s.cmd === cmd).map((s) => s.payload);

beforeEach(() => {
  note_scrolls();
  // The page under test has no dialogs of its own.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  sent.length = 0;
  for (const cmd of Object.keys(answers)) delete answers[cmd as keyof typeof answers];
  delete refusals["refund.preview"];
  delete refusals["refund.ask"];
  answers["orders.find"] = [row];
  answers["orders.get"] = order;
  answers["state.get"] = base;
  answers["refund.preview"] = { left_minor: 700, amount_minor: 550, parts: [{ means: "WECHAT_PAY", amount_minor: 500 }, { means: "CASH_PAY", amount_minor: 50 }] };
  till.apply(base);
  desk.begin_anew();
  desk.go("orders");
});
afterEach(cleanup);

let view: ReturnType<typeof render<typeof Orders>>;
async function open(): Promise<void> {
  view = render(Orders, { shown: base });
  await turn();
  await tick();
  perform(meaning(desk.situation!, "F11")!);
  render(RefundDialog, { state: base });
  await turn();
  await tick();
}

test("f70_a_refund_is_asked_by_keys_alone_with_one_managers_word_and_says_which_way_it_goes", async () => {
  await open();
  await fireEvent.input(screen.getByTestId("refund-amount"), { target: { value: "5.5" } });
  await turn();
  await tick();
  expect(screen.getAllByTestId("refund-part").map((part) => [part.dataset.means, part.dataset.minor])).toEqual([["WECHAT_PAY", "500"], ["CASH_PAY", "50"]]);
  expect(key_bar(desk.situation!).next?.intent).toEqual({ do: "ask_refund", amount_minor: 550 });
  perform(meaning(desk.situation!, "Enter")!);
  await turn();
  expect([desk.overlay, asked("refund.ask")]).toEqual(["approval", []]);
  perform({ do: "decline" });
  expect([desk.overlay, refund.yuan]).toEqual(["refund", "5.5"]);
  perform(meaning(desk.situation!, "Enter")!);
  await turn();
  answers["refund.ask"] = { ...order, refunds: [gone], refundable_minor: 150 };
  desk.pin = "8888";
  perform({ do: "approve" });
  await turn();
  expect(asked("refund.ask")).toEqual([{ order_id: "o", yuan: "5.5", reason: "goods", note: "", refunds_seen: 0, parts_seen: [{ means: "WECHAT_PAY", amount_minor: 500 }, { means: "CASH_PAY", amount_minor: 50 }], approval: { pin: "8888" } }]);
  expect([desk.overlay, refund.order?.refundable_minor]).toEqual([null, 150]);
});

/** News of the order: the state is another one, and so is what Orders reads of it. */
async function news(changed: Partial<OrderDetail>, preview: RefundPreview): Promise<void> {
  answers["orders.get"] = { ...order, ...changed };
  answers["refund.preview"] = preview;
  await view.rerender({ shown: { ...base, revision: base.revision + 1 } });
  await turn();
  await tick();
  await turn();
  await tick();
}
const of = (means: Means, amount_minor: number): RefundPreview => ({ left_minor: 700, amount_minor, parts: [{ means, amount_minor }] });
const said = () => screen.queryAllByRole("alert").map((alert) => alert.textContent?.trim());

test("f42_what_another_window_gave_back_is_seen_and_said_before_anything_is_asked", async () => {
  answers["refund.preview"] = of("CASH_PAY", 200);
  await open();
  expect(said()).toEqual([]);
  await news({ refunds: [gone] }, of("CASH_PAY", 200));
  expect(said()).toEqual([till.words.problems.REFUNDS_CHANGED({})]);
  perform(meaning(desk.situation!, "Enter")!);
  await turn();
  expect(desk.asked).toMatchObject({ ask: { refunds_seen: 1 }, amount_minor: 200 });
});

test("news that change nothing of a refund ask again and say nothing", async () => {
  answers["refund.preview"] = of("CASH_PAY", 200);
  await open();
  await news({}, of("CASH_PAY", 200));
  expect([asked("refund.preview").length, said()]).toEqual([2, []]);
});

test("f70_a_manager_approves_what_was_shown_whatever_comes_meanwhile", async () => {
  answers["refund.preview"] = of("CASH_PAY", 200);
  await open();
  perform(meaning(desk.situation!, "Enter")!);
  await turn();
  await news({ refunds: [{ ...gone, phase: "refused" }] }, of("WECHAT_PAY", 700));
  expect(asked("refund.preview").length).toBe(1);
  refusals["refund.ask"] = new ProblemError({ code: "REFUNDS_CHANGED", class: "refused", params: {}, reference: null });
  desk.pin = "8888";
  perform({ do: "approve" });
  await turn();
  await tick();
  await turn();
  expect(asked("refund.ask")).toMatchObject([{ refunds_seen: 0, parts_seen: [{ means: "CASH_PAY", amount_minor: 200 }] }]);
  expect([desk.overlay, said()]).toEqual(["refund", [till.words.problems.REFUNDS_CHANGED({})]]);
  expect(meaning(desk.situation!, "Enter")).toEqual({ do: "ask_refund", amount_minor: 700 });
});

test("a press that was meant for another sum asks no manager", async () => {
  answers["refund.preview"] = of("CASH_PAY", 700);
  await open();
  perform({ do: "ask_refund", amount_minor: 200 });
  await turn();
  await tick();
  expect([desk.overlay, said()]).toEqual(["refund", [till.words.problems.REFUNDS_CHANGED({})]]);
});

test("f58_two_parts_by_the_same_means_are_both_read", async () => {
  answers["refund.preview"] = { left_minor: 700, amount_minor: 700, parts: [{ means: "CASH_PAY", amount_minor: 500 }, { means: "CASH_PAY", amount_minor: 200 }] };
  await open();
  expect(screen.getAllByTestId("refund-part").map((part) => part.dataset.minor)).toEqual(["500", "200"]);
});

test("f58_more_than_is_left_asks_nobody", async () => {
  refusals["refund.preview"] = new ProblemError({ code: "REFUND_OVER_LEFT", class: "refused", params: { left: "7.00" }, reference: null });
  await open();
  expect(screen.getByRole("alert").textContent).toContain(till.words.problems.REFUND_OVER_LEFT({ left: "7.00" }));
  expect(meaning(desk.situation!, "Enter")).toBeNull();
});

test("an order shows what has gone back as a fact, and offers nothing where nothing is left", async () => {
  answers["orders.get"] = { ...order, refunds: [gone], refundable_minor: 0 };
  render(Orders, { shown: base });
  await turn();
  await tick();
  expect(screen.getByTestId("refund-row").dataset.phase).toBe("sending");
  expect(screen.queryByTestId("refund-start")).toBeNull();
  expect(meaning(desk.situation!, "F11")).toBeNull();
});

async function sheet(part: Partial<SyncList>): Promise<void> {
  answers["sync.list"] = { ...list, ...part };
  answers["late.decide"] = list;
  answers["refund.seen"] = list;
  desk.go("sell");
  desk.open_sheet("sync");
  render(SyncSheet, { state: base });
  await turn();
  await tick();
}

test("f29_late_money_is_accepted_by_a_key_and_returned_with_a_managers_word", async () => {
  await sheet({});
  perform(meaning(desk.situation!, "F8")!);
  await turn();
  expect(asked("late.decide")).toEqual([{ tender_no: "t", wish: "accept", approval: null }]);
  perform(meaning(desk.situation!, "F11")!);
  await turn();
  expect(desk.overlay).toBe("approval");
  desk.pin = "8888";
  perform({ do: "approve" });
  await turn();
  expect(asked("late.decide").at(-1)).toEqual({ tender_no: "t", wish: "return_now", approval: { pin: "8888" } });
});

test("late money that has no place or is decided offers only what is left to do", async () => {
  await sheet({ late: [{ ...money, can_accept: false }] });
  expect([meaning(desk.situation!, "F8"), screen.queryByTestId("late-accept")]).toEqual([null, null]);
  expect(screen.getByTestId("late-return_now")).toBeTruthy();
  cleanup();
  await sheet({ late: [{ ...money, decided: "accept" }] });
  expect([meaning(desk.situation!, "F8"), meaning(desk.situation!, "F11")]).toEqual([null, null]);
  expect(document.body.textContent).toContain(till.words.refunds.late_decided.accept);
});

test("a refused refund says where the money is and leaves the list when somebody has looked", async () => {
  await sheet({ late: [], refunds: [{ refund: { ...gone, phase: "refused", ended_at_ms: 1 }, order_id: "o", short_no: "2-1121-0286" }] });
  expect(document.body.textContent).toContain(till.words.refunds.looks.refused);
  perform(meaning(desk.situation!, "Delete")!);
  await turn();
  expect(asked("refund.seen")).toEqual([{ refund_no: "7" }]);
});
