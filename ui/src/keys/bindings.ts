/**
 * What every key does right now: one list per situation, most important first.
 *
 * The key bar shows this list and a pressed key is looked up in it, so that what is shown and what happens
 * cannot differ. Pure: no page, no clock, no command is sent from here.
 */
import { moving, shift_bindings } from "./back_office";
import { first_manager_bindings } from "./first_manager";
import { is_stuck, receipt_of } from "./paper";
import { pay_cards, pay_keys } from "./pay_cards";
import { money_bindings, refund_bindings, refunding } from "./refunds";
import { settings_bindings } from "./settings";
import type { Binding, Intent, SheetItem, Situation } from "./situation";

/** The bar has room for the next key and this many others. */
export const OTHERS_SHOWN_MAX = 5;

export function bindings(s: Situation): Binding[] {
  if (s.overlay !== null) return overlay(s);
  if (s.screen === "first_manager") return first_manager_bindings();
  const own = s.screen === "sell" ? counter(s) : away(s);
  const taken = new Set(own.map((b) => b.key));
  return [...own, ...everywhere(s).filter((b) => !taken.has(b.key))];
}

/** What the key does, or null when it does nothing here. */
export function meaning(s: Situation, key: string): Intent | null {
  return bindings(s).find((b) => b.key === key)?.intent ?? null;
}

/** The key bar: the next key, and the others worth knowing. */
export function key_bar(s: Situation): { next: Binding | null; others: Binding[] } {
  const [next = null, ...others] = bindings(s).filter((b) => b.shown);
  return { next, others: others.slice(0, OTHERS_SHOWN_MAX) };
}

const show = (key: string, intent: Intent): Binding => ({ key, intent, shown: true });
const mute = (key: string, intent: Intent): Binding => ({ key, intent, shown: false });

function everywhere(s: Situation): Binding[] {
  const orders = s.screen === "orders" ? [] : [mute("F6", { do: "orders" })];
  const shift = s.screen === "shift" ? [] : [mute("F12", { do: "shift" })];
  const papers = is_stuck(s.state.print) ? [mute("F4", { do: "papers" })] : [];
  const settings = s.screen === "settings" ? [] : [mute("Ctrl+,", { do: "settings" })];
  return [...orders, ...shift, ...papers, ...settings, mute("?", { do: "keys" }), mute("F10", { do: "keys" })];
}

function overlay(s: Situation): Binding[] {
  switch (s.overlay) {
    case "approval":
      return [show("Enter", { do: "approve" }), show("Escape", { do: "decline" })];
    case "keys":
      return [show("Escape", { do: "close_overlay" }), mute("F10", { do: "close_overlay" }), mute("?", { do: "close_overlay" })];
    case "move":
      return moving(s);
    case "refund":
      return refunding(s);
    case "sign_in":
      return [show("Enter", { do: "sign_in" }), show("Escape", { do: "close_overlay" })];
    case "receipt":
    case null:
      return [show("Escape", { do: "close_overlay" })];
  }
}

/** The pages beside the counter: Escape is the way home. */
function away(s: Situation): Binding[] {
  const home = show("Escape", { do: "sell", paying: s.state.stage === "pay" });
  switch (s.screen) {
    case "orders":
      return [
        home,
        ...(s.has_orders ? [show("ArrowUp", { do: "move_order", by: -1 }), show("ArrowDown", { do: "move_order", by: 1 })] : []),
        ...refund_bindings(s),
        ...(s.order_id === null ? [] : [show("Ctrl+P", receipt_of(s, s.order_id))]),
      ];
    case "takings":
      return [home, show("ArrowLeft", { do: "move_day", by: -1 }), show("ArrowRight", { do: "move_day", by: 1 })];
    case "shift":
      return shift_bindings(s, home);
    case "settings":
      return settings_bindings(s, home);
    case "first_manager":
    case "practice":
    case "sell":
      return [home];
  }
}

function counter(s: Situation): Binding[] {
  if (s.sheet !== null) return in_sheet(s);
  switch (s.state.stage) {
    case "sell":
      return selling(s);
    case "pay":
      return s.peeking
        ? [show("Enter", { do: "unpeek" }), show("Escape", { do: "unpeek" }), ...line_moves()]
        : collecting(s);
    case "paid":
      return paid(s);
  }
}

function selling(s: Situation): Binding[] {
  if (s.box.price_line !== null) return pricing(s);
  if (s.box.text !== "") return entering(s);
  const { basket, held, undo } = s.state;
  const full = basket.lines.length > 0;
  const pay: Intent = { do: "begin_pay", total_minor: basket.total_minor };
  const line = s.selected;
  return [
    ...(full ? [show("Enter", pay), show("+", pay)] : []),
    ...(line === null ? [] : [show("/", { do: "start_price", line }), mute("-", { do: "less", line }), show("Delete", { do: "remove", line })]),
    ...(undo === null ? [] : [show("Ctrl+Z", { do: "undo" })]),
    ...(full ? [show("F7", { do: "hold" })] : []),
    ...(!full && held.length > 0 ? [show("F7", { do: "show_held" })] : []),
    ...(full ? [] : [show("F6", { do: "orders" })]),
    ...last_receipt(s),
    ...line_moves(),
  ];
}

/** The customer who comes back for a receipt: the last one again. */
function last_receipt({ state: { print } }: Situation): Binding[] {
  if (print.printer === "none" || print.last_order_id === null) return [];
  return [mute("Ctrl+P", { do: "print", order_id: print.last_order_id })];
}

function line_moves(): Binding[] {
  return [mute("ArrowUp", { do: "move_line", by: -1 }), mute("ArrowDown", { do: "move_line", by: 1 })];
}

function in_sheet(s: Situation): Binding[] {
  const item = s.sheet_items[s.sheet_index];
  const close = show("Escape", { do: "close_sheet" });
  const retry = s.sheet === "print" && s.state.print.owed > 0 ? [show("F4", { do: "print_retry" })] : [];
  if (item === undefined) return [close, ...retry];
  const open = opening(item);
  // With one there is nothing to choose from.
  const moves: Binding[] = s.sheet_items.length > 1 ? [show("ArrowUp", { do: "move_item", by: -1 }), show("ArrowDown", { do: "move_item", by: 1 })] : [];
  const rest = s.sheet === "held" ? [mute("F7", { do: "close_sheet" })] : [];
  if (item.opens === "paper") return [close, ...moves, show("Enter", open), show("Delete", { do: "withdraw", job_no: item.job_no }), ...retry];
  return s.sheet === "held" ? [show("Enter", open), ...moves, close, ...rest] : [close, ...money_bindings(item), ...moves, show("Enter", open)];
}

/** What Enter on a row of a sheet, or the row's own button, does. */
export function opening(item: SheetItem): Intent {
  switch (item.opens) {
    case "basket":
      return { do: "resume", order_id: item.order_id };
    case "parked":
      return { do: "open_parked", order_id: item.order_id };
    case "order":
      return { do: "view_order", order_id: item.order_id };
    case "paper":
      return item.order_id === null ? { do: "closed_shifts" } : { do: "view_order", order_id: item.order_id };
  }
}

function pricing(s: Situation): Binding[] {
  const line = s.box.price_line;
  const cancel = show("Escape", { do: "cancel_price" });
  if (line === null || s.box.text === "") return [cancel];
  return [show("Enter", { do: "save_price", line, yuan: s.box.text }), cancel];
}

/** There is text in the box: Enter does what the preview says. */
function entering(s: Situation): Binding[] {
  const { preview, candidate, list_open } = s.box;
  const clear = show("Escape", { do: "clear_box" });
  if (preview === null) return [show("Enter", { do: "enter" }), clear];
  switch (preview.kind) {
    case "article":
      return [
        show("Enter", { do: "add", article: preview.article, quantity_milli: preview.quantity_milli, text: s.box.text }),
        clear,
      ];
    case "candidates": {
      const hit = preview.hits[candidate];
      if (hit === undefined || !list_open) return [show("Enter", { do: "enter" }), clear];
      return [
        show("Enter", { do: "add", article: hit, quantity_milli: preview.quantity_milli, text: null }),
        show("ArrowUp", { do: "move_candidate", by: -1 }),
        show("ArrowDown", { do: "move_candidate", by: 1 }),
        show("Escape", { do: "close_list" }),
      ];
    }
    case "quantity":
      if (s.selected === null) return [clear];
      return [show("Enter", { do: "set_quantity", line: s.selected, quantity_milli: preview.quantity_milli }), clear];
    case "no_match":
    case "invalid":
    case "empty":
      return [clear, mute("Enter", { do: "enter" })];
  }
}

function collecting(s: Situation): Binding[] {
  const { pay } = s.state;
  if (pay === null) return [];
  const cards = pay_cards(pay, s, s.now_ms);
  const open = cards.filter((c) => c.lock === null);
  const first = open.find((c) => c.primary);
  const next = first === undefined ? [] : [show("Enter", first.intent)];
  const others = open
    .filter((c) => c.key !== "Enter")
    .map((c) => ({ key: c.key, intent: c.intent, shown: c !== first }));
  const carded = new Set(open.map((c) => c.key));
  const more = pay_keys(pay, s.now_ms).flatMap((c) => (c.lock === null && !carded.has(c.key) ? [mute(c.key, c.intent)] : []));
  const unknown = pay.tenders.some((t) => t.phase === "unknown");
  const leave: Intent =
    s.amount !== "" ? { do: "clear_amount" } : pay.can_go_back ? { do: "back" } : { do: "peek", unknown };
  const away = show("Escape", leave);
  return first === undefined ? [away, ...others] : [...next, ...others, away, ...more];
}

function paid(s: Situation): Binding[] {
  const done = s.state.paid;
  return [
    show("Enter", { do: "next_sale" }),
    ...(done === null ? [] : [show("Ctrl+P", receipt_of(s, done.order_id))]),
    show("F6", { do: "orders" }),
    mute("Escape", { do: "next_sale" }),
  ];
}
