/** Where a scan goes from each situation: it counts everywhere, and harms nowhere. */
import type { Situation } from "./situation";

export type ScanGoes =
  /** Into the basket, with this text. */
  | { to: "basket"; text: string }
  /** Into the search of Orders: it is a number off a receipt or a phone. */
  | { to: "search"; text: string }
  /** To Pay, where it may be the code that the customer shows to be charged by. */
  | { to: "payment"; text: string }
  /** Nowhere, with a sentence. */
  | { to: "nowhere"; because: "paying" | "approving" | "asking" };

/** Our own numbers and the platforms' have 18 digits and more; the longest article code has 14. */
const ORDER_NUMBER_LENGTH_MIN = 16;

/** A quantity that waits for its article. */
const QUANTITY_FIRST = /^\d+(\.\d+)?\*./;

export function scan_goes(s: Situation, text: string): ScanGoes {
  if (s.overlay === "approval") return { to: "nowhere", because: "approving" };
  if (s.screen === "first_manager" || s.overlay === "move" || s.overlay === "sign_in") return { to: "nowhere", because: "asking" };
  if (s.screen === "orders" && text.length >= ORDER_NUMBER_LENGTH_MIN) return { to: "search", text };
  if (s.state.stage === "pay") return is_on_pay(s) ? { to: "payment", text } : { to: "nowhere", because: "paying" };
  return { to: "basket", text: with_quantity(s, text) };
}

/** The Pay screen itself is up: what is due can be seen, and that this scan pays it. */
function is_on_pay(s: Situation): boolean {
  return s.screen === "sell" && s.sheet === null && s.overlay === null && !s.peeking;
}

/** `3*` in the box counts for the scan; any other text is ended by it. */
function with_quantity(s: Situation, text: string): string {
  const counts = s.state.stage === "sell" && s.screen === "sell" && s.box.price_line === null;
  const joined = s.box.text + text;
  return counts && QUANTITY_FIRST.test(joined) ? joined : text;
}
