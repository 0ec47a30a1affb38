import { expect, test } from "vitest";
import type { CodeMeans } from "../generated/CodeMeans";
import type { TenderPhase } from "../generated/TenderPhase";
import { bindings, key_bar, meaning, OTHERS_SHOWN_MAX } from "./bindings";
import { pay_cards, takes_payment_code } from "./pay_cards";
import { scan_goes } from "./scan_goes";
import type { Situation } from "./situation";
import { article, line, paying, selling, situation, state, tender } from "./testing";

const next = (s: Situation) => {
  const bound = key_bar(s).next;
  return bound === null ? null : `${bound.key} ${bound.intent.do}`;
};
const boxed = (text: string, more: Partial<Situation["box"]> = {}): Situation => ({
  ...selling(),
  box: { ...situation.box, text, ...more },
});

test("with articles and an empty box the next key begins payment, and + does too", () => {
  expect(next(selling())).toBe("Enter begin_pay");
  expect(meaning(selling(), "+")).toEqual({ do: "begin_pay", total_minor: 350 });
});

test("an empty basket offers no payment", () => {
  expect(meaning(situation, "Enter")).toBeNull();
  expect(meaning(situation, "+")).toBeNull();
});

test("with text in the box Enter does what the preview says, with its numbers", () => {
  const one = boxed("3*69", { preview: { kind: "article", article, quantity_milli: 3000, amount_minor: 1050 } });
  expect(meaning(one, "Enter")).toMatchObject({ do: "add", quantity_milli: 3000 });
  const list = boxed("kl", { preview: { kind: "candidates", quantity_milli: 1000, hits: [article, { ...article, article_id: "b" }] }, candidate: 1 });
  expect(meaning(list, "Enter")).toMatchObject({ do: "add", article: { article_id: "b" } });
  const many = boxed("3*", { preview: { kind: "quantity", quantity_milli: 3000, line_name: "可口可乐" } });
  expect(meaning(many, "Enter")).toMatchObject({ do: "set_quantity", quantity_milli: 3000 });
  expect(meaning(boxed("kl"), "Enter")).toEqual({ do: "enter" });
  expect(meaning(boxed("kl"), "+")).toBeNull();
});

test("Escape closes the list first and clears the box next, and never touches the basket", () => {
  const list = boxed("kl", { preview: { kind: "candidates", quantity_milli: 1000, hits: [article] } });
  expect(meaning(list, "Escape")).toEqual({ do: "close_list" });
  expect(meaning({ ...list, box: { ...list.box, list_open: false } }, "Escape")).toEqual({ do: "clear_box" });
  expect(meaning(selling(), "Escape")).toBeNull();
});

test("the selected line takes / - and Delete", () => {
  expect(meaning(selling(), "/")).toMatchObject({ do: "start_price" });
  expect(meaning(selling(), "-")).toMatchObject({ do: "less" });
  expect(meaning(selling(), "Delete")).toMatchObject({ do: "remove" });
  const pricing = boxed("2.5", { price_line: line });
  expect(meaning(pricing, "Enter")).toMatchObject({ do: "save_price", yuan: "2.5" });
});

test("F7 holds a full basket and lists the held ones on an empty one", () => {
  const held = [{ order_id: "h", short_no: null, to_confirm: false, held_at_ms: 0, pieces: 3, total_minor: 2680 }];
  expect(meaning(selling(), "F7")).toEqual({ do: "hold" });
  const waiting = { ...situation, state: { ...state, held } };
  expect(meaning(waiting, "F7")).toEqual({ do: "show_held" });
  const open = { ...waiting, sheet: "held" as const, sheet_items: [{ order_id: "h", opens: "basket" as const }] };
  expect(next(open)).toBe("Enter resume");
  const parked = { ...open, sheet_items: [{ order_id: "h", opens: "parked" as const }] };
  expect(next(parked)).toBe("Enter open_parked");
  const looked = { ...open, sheet: "sync" as const, sheet_items: [{ order_id: "h", opens: "order" as const }] };
  expect(meaning(looked, "Enter")).toEqual({ do: "view_order", order_id: "h" });
});

test("on Pay the next key shows a code, and takes cash once an amount is typed", () => {
  expect(next(paying({}))).toBe("Enter code");
  expect(meaning(paying({}), "F3")).toEqual({ do: "code", means: "WECHAT_PAY", yuan: "", open_minor: 7810 });
  const typed = { ...paying({}), amount: "50" };
  expect(next(typed)).toBe("Enter cash");
  expect(meaning(typed, "F1")).toMatchObject({ do: "cash", received_yuan: "50" });
  expect(meaning(typed, "F3")).toMatchObject({ do: "code", yuan: "50" });
  expect(meaning(typed, "Escape")).toEqual({ do: "clear_amount" });
});

const BOTH = { code_means: ["WECHAT_PAY", "ALI_PAY"] as CodeMeans[] };
const faces = (s: Situation) => pay_cards(s.state.pay!, s, s.now_ms).map((c) => (c.lock === null ? `${c.key} ${c.intent.do}` : c.lock));

test("each platform that is offered has its key, and the first one is next", () => {
  expect(faces(paying(BOTH))).toEqual(["F3 code", "F2 code", "F1 cash", "Delete give_up"]);
  expect(meaning(paying(BOTH), "F2")).toEqual({ do: "code", means: "ALI_PAY", yuan: "", open_minor: 7810 });
  expect(meaning(paying(BOTH), "Enter")).toMatchObject({ do: "code", means: "WECHAT_PAY" });
  expect(meaning(paying({ code_means: ["ALI_PAY"] }), "F3")).toBeNull();
});

test("with a code out, the other platform's key switches to it, and parking keeps its key", () => {
  const s = paying(BOTH, {});
  expect(faces(s)).toEqual(["Enter ask", "F2 switch", "F1 cash_instead", "Delete give_up"]);
  expect(meaning(s, "F2")).toEqual({ do: "switch", tender_no: "t1", from: "WECHAT_PAY", means: "ALI_PAY" });
  expect(meaning(s, "F3")).toBeNull();
  expect(meaning(s, "F7")).toEqual({ do: "park" });
  expect(meaning(paying(BOTH, { means: "ALI_PAY" }), "F3")).toMatchObject({ do: "switch", from: "ALI_PAY", means: "WECHAT_PAY" });
});

test("a spent code is made anew by its own key, and can be switched all the same", () => {
  const spent = { ...paying(BOTH, { means: "ALI_PAY" }), now_ms: 300_000 };
  expect(faces(spent)).toEqual(["Enter ask", "F2 renew", "F1 cash_instead", "Delete give_up"]);
  expect(meaning(spent, "F3")).toMatchObject({ do: "switch", means: "WECHAT_PAY" });
});

test("whoever is being charged by a payment code is asked for no other", () => {
  const s = paying(BOTH, { phase: "paying", code: null, by_payment_code: true });
  expect(faces(s)).toEqual(["Enter ask", "F7 park", "F1 cash_instead", "Delete give_up"]);
  expect(meaning(s, "F2")).toBeNull();
  expect(meaning(s, "F1")).toMatchObject({ charged: true });
});

test("a payment code is taken while one can be charged, and not while the customer is paying", () => {
  expect(takes_payment_code(paying({}))).toBe(true);
  expect(takes_payment_code(paying({}, {}))).toBe(true);
  expect(takes_payment_code(paying({ codes_possible: false }))).toBe(false);
  for (const phase of ["paying", "unknown", "closing", "needs_attention"] as const) {
    expect(takes_payment_code(paying({}, { phase }))).toBe(false);
  }
  expect(takes_payment_code({ ...paying({}), peeking: true })).toBe(false);
  expect(takes_payment_code(selling())).toBe(false);
});

test("without the network the code is locked with its reason and cash is next", () => {
  const offline = paying({ codes_possible: false });
  expect(next(offline)).toBe("Enter cash");
  expect(meaning(offline, "F3")).toBeNull();
  expect(pay_cards(offline.state.pay!, offline, 0)[0]).toMatchObject({ lock: "network" });
});

test("each state of the current tender has its next key", () => {
  const expected: Record<TenderPhase, string> = {
    fetching: "Escape peek",
    waiting: "Enter ask",
    paying: "Enter ask",
    unknown: "Enter ask",
    closing: "Enter ask",
    needs_attention: "Enter park",
    settled: "Enter code",
    canceled: "Enter code",
    given_up: "Enter code",
    failed: "Enter code",
    reversed: "Enter code",
  };
  for (const [phase, says] of Object.entries(expected)) {
    expect([phase, next(paying({}, { phase: phase as TenderPhase }))]).toEqual([phase, says]);
  }
});

test("while money that fits nothing waits for a person, cash needs approval and the code does not come back", () => {
  const s = paying({}, { phase: "needs_attention" });
  expect(meaning(s, "F3")).toBeNull();
  expect(meaning(s, "F1")).toMatchObject({ do: "cash_instead", approval: true, arrived: true });
  expect(meaning(s, "F7")).toEqual({ do: "park" });
});

test("while the result is unknown there is no new code, cash needs approval and parking is offered", () => {
  const s = paying({}, { phase: "unknown" });
  expect(meaning(s, "F3")).toBeNull();
  expect(meaning(s, "F1")).toMatchObject({ do: "cash_instead", approval: true });
  expect(meaning(s, "F7")).toEqual({ do: "park" });
  expect(meaning(s, "Delete")).toBeNull();
  expect(pay_cards(s.state.pay!, s, 0).at(-1)).toMatchObject({ lock: "answer_first" });
});

test("cash beside a code for a share is for the rest, else it replaces the code", () => {
  expect(meaning(paying({ open_minor: 5000 }, {}), "F1")).toMatchObject({ do: "cash", open_minor: 5000 });
  expect(meaning(paying({}, {}), "F1")).toMatchObject({ do: "cash_instead", approval: false });
});

test("once a code was closed for cash, cash is next", () => {
  expect(next({ ...paying({}, { phase: "canceled" }), cash_wanted: true })).toBe("Enter cash");
});

test("a sheet opens over every stage, and Escape closes it first", () => {
  for (const s of [selling(), paying({}, {}), { ...situation, state: { ...state, stage: "paid" as const } }]) {
    expect(next({ ...s, sheet: "sync" })).toBe("Escape close_sheet");
  }
});

test("a spent code can be replaced by hand", () => {
  expect(meaning({ ...paying({}, {}), now_ms: 299_000 }, "F3")).toBeNull();
  expect(meaning({ ...paying({}, {}), now_ms: 300_000 }, "F3")).toMatchObject({ do: "renew" });
});

test("giving up says what cash has to be returned", () => {
  const cash = { ...tender, tender_no: "c", means: "CASH_PAY" as const, phase: "settled" as const, amount_minor: 5000 };
  const s = paying({ tenders: [cash, tender] }, {});
  expect(meaning(s, "Delete")).toEqual({ do: "give_up", returned_minor: 5000 });
});

test("Escape on Pay goes back while nothing is under way, else it only looks at the basket", () => {
  expect(meaning(paying({}), "Escape")).toEqual({ do: "back" });
  expect(meaning(paying({}, {}), "Escape")).toEqual({ do: "peek", unknown: false });
  expect(next({ ...paying({}, {}), peeking: true })).toBe("Enter unpeek");
});

test("no screen has two meanings for one key, nor a key bar that does not fit", () => {
  const phases: TenderPhase[] = ["fetching", "waiting", "paying", "unknown", "closing", "settled"];
  const all = [situation, selling(), boxed("kl"), paying({}), ...phases.map((phase) => paying({}, { phase }))];
  for (const s of [...all, { ...situation, screen: "orders" as const }, { ...situation, screen: "takings" as const }]) {
    const keys = bindings(s).map((b) => b.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(key_bar(s).others.length).toBeLessThanOrEqual(OTHERS_SHOWN_MAX);
  }
});

test("a scan goes into the basket from every screen, with the quantity that waits for it", () => {
  expect(scan_goes(boxed("3*"), "69")).toEqual({ to: "basket", text: "3*69" });
  expect(scan_goes(boxed("kele"), "69")).toEqual({ to: "basket", text: "69" });
  expect(scan_goes(boxed("12", { price_line: line }), "69")).toEqual({ to: "basket", text: "69" });
  for (const screen of ["orders", "takings", "practice"] as const) {
    expect(scan_goes({ ...selling(), screen }, "6928804011142").to).toBe("basket");
  }
  expect(scan_goes({ ...situation, overlay: "keys" }, "69").to).toBe("basket");
  expect(scan_goes({ ...situation, state: { ...state, stage: "paid" } }, "69").to).toBe("basket");
});

test("a scan on Pay goes to the payment; where Pay cannot be seen it changes nothing and says so", () => {
  expect(scan_goes(paying({}), "134567890123456789")).toEqual({ to: "payment", text: "134567890123456789" });
  const unseen = [{ peeking: true }, { sheet: "sync" as const }, { screen: "takings" as const }, { overlay: "keys" as const }];
  for (const part of unseen) expect(scan_goes({ ...paying({}), ...part }, "13")).toEqual({ to: "nowhere", because: "paying" });
});

test("an order number on Orders is searched, and a scan confirms nothing", () => {
  expect(scan_goes({ ...situation, overlay: "approval" }, "69")).toEqual({ to: "nowhere", because: "approving" });
  expect(scan_goes({ ...paying({}), screen: "orders" }, "4200002345202611211234567890")).toMatchObject({ to: "search" });
});
