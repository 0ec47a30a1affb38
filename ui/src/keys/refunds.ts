/** What the keys do where money goes back: on an order, in the refund's dialog, and on late money. Pure. */
import type { LateWish } from "../generated/LateWish";
import type { Binding, Intent, SheetItem, Situation } from "./situation";

export type RefundGlance = {
  /** The order that is looked at. */
  order_id: string | null;
  /** What can still go back of it. */
  left_minor: number;
  /** What would go back as it is typed; 0 while that is not known. */
  amount_minor: number;
};

/** Late money in a row of the sheet. */
export type LateItem = { tender_no: string; short_no: string; amount_minor: number; can_accept: boolean; decided: LateWish | null };

const show = (key: string, intent: Intent): Binding => ({ key, intent, shown: true });

/** On Orders: the order that is looked at, where something of it can go back. */
export function refund_bindings(s: Situation): Binding[] {
  const { order_id, left_minor } = s.refund;
  return order_id !== null && order_id === s.order_id && left_minor > 0 ? [show("F11", { do: "start_refund" })] : [];
}

/** The dialog: an amount that the till would give back first. */
export function refunding(s: Situation): Binding[] {
  const close = show("Escape", { do: "close_overlay" });
  const { amount_minor } = s.refund;
  return amount_minor > 0 ? [show("Enter", { do: "ask_refund", amount_minor }), close] : [close];
}

/** What can be done with a row about money: accepted or returned while nobody has decided, or seen. */
export function money_bindings(item: SheetItem): Binding[] {
  if (item.opens === "paper") return [];
  const { late, refund_no } = item;
  return [
    ...(late === undefined ? [] : late_intents(late).map(({ key, intent }) => show(key, intent))),
    ...(refund_no === undefined ? [] : [show("Delete", { do: "refund_seen", refund_no })]),
  ];
}

export function late_intents(late: LateItem): { key: string; intent: Extract<Intent, { do: "decide_late" }> }[] {
  if (late.decided !== null) return [];
  const back = { key: "F11", intent: { do: "decide_late" as const, late, wish: "return_now" as const } };
  const accept = { key: "F8", intent: { do: "decide_late" as const, late, wish: "accept" as const } };
  return late.can_accept ? [accept, back] : [back];
}
