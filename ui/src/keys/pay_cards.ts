/**
 * What can be done on Pay in each state of the money, in the order of the action cards.
 *
 * The first card that is not locked and marked `primary` is what Enter does. A locked card keeps its slot
 * and says why, so that nothing moves.
 */
import type { Pay } from "../generated/Pay";
import type { Tender } from "../generated/Tender";
import type { TenderPhase } from "../generated/TenderPhase";
import type { Intent } from "./situation";

export type Lock = "answer_first" | "closing" | "network";

export type Card =
  | { key: string; intent: Intent; primary: boolean; lock: null }
  | { key: null; intent: null; primary: false; lock: Lock };

/** The tender in the middle of the screen while it still wants something. */
export function live_tender(pay: Pay): Tender | null {
  const current = pay.tenders.find((t) => t.tender_no === pay.current_tender_no);
  return current !== undefined && LIVE[current.phase] ? current : null;
}

const LIVE: Record<TenderPhase, boolean> = {
  fetching: true,
  waiting: true,
  paying: true,
  unknown: true,
  closing: true,
  needs_attention: true,
  settled: false,
  canceled: false,
  given_up: false,
  failed: false,
  reversed: false,
};

/** What was typed, and whether cash was asked for before the code was closed. */
export type Typed = { amount: string; cash_wanted: boolean };

export function pay_cards(pay: Pay, typed: Typed, now_ms: number): Card[] {
  const { amount } = typed;
  const live = live_tender(pay);
  if (live === null) return choice(pay, typed);
  switch (live.phase) {
    case "unknown":
      return [ask(live), park(), instead(pay, live, amount, true), locked("answer_first")];
    case "closing":
      return [ask(live), park(), locked("closing")];
    case "needs_attention":
      return [park(true), beside_what_arrived(pay, live, amount)];
    case "fetching":
      return [cash_or_instead(pay, live, amount), park(), give_up(pay)];
    case "waiting":
    case "paying":
      return [ask(live), cash_or_instead(pay, live, amount), is_spent(live, now_ms) ? renew(live) : park(), give_up(pay)];
    case "settled":
    case "canceled":
    case "given_up":
    case "failed":
    case "reversed":
      return choice(pay, typed);
  }
}

/** Nothing is under way: choose how to collect what is still open. */
function choice(pay: Pay, { amount, cash_wanted }: Typed): Card[] {
  const offered = pay.code_means.includes("WECHAT_PAY");
  const by_cash = amount !== "" || cash_wanted;
  const code: Card[] = !offered
    ? []
    : pay.codes_possible
      ? [card("F3", { do: "code", yuan: amount, open_minor: pay.open_minor }, !by_cash)]
      : [locked("network")];
  const cash_is_next = by_cash || !offered || !pay.codes_possible;
  return [
    ...code,
    card("F1", { do: "cash", received_yuan: amount, open_minor: pay.open_minor }, cash_is_next),
    give_up(pay),
  ];
}

function card(key: string, intent: Intent, primary = false): Card {
  return { key, intent, primary, lock: null };
}

function locked(lock: Lock): Card {
  return { key: null, intent: null, primary: false, lock };
}

function ask(t: Tender): Card {
  return card("Enter", { do: "ask", tender_no: t.tender_no, means: t.means }, true);
}

function park(primary = false): Card {
  return card("F7", { do: "park" }, primary);
}

function renew(t: Tender): Card {
  return card("F3", { do: "renew", tender_no: t.tender_no });
}

function instead({ open_minor }: Pay, t: Tender, amount: string, approval: boolean): Card {
  return card("F1", { do: "cash_instead", tender_no: t.tender_no, means: t.means, received_yuan: amount, open_minor, approval });
}

/** What arrived does not fit and waits for a person; the order can go on in cash. */
function beside_what_arrived({ open_minor }: Pay, t: Tender, amount: string): Card {
  return card("F1", { do: "cash_instead", tender_no: t.tender_no, means: t.means, received_yuan: amount, open_minor, approval: true, arrived: true });
}

/** With a share open beside the code, cash is for that share; else it can only replace the code. */
function cash_or_instead(pay: Pay, t: Tender, amount: string): Card {
  if (pay.open_minor > 0) return card("F1", { do: "cash", received_yuan: amount, open_minor: pay.open_minor });
  return instead(pay, t, amount, false);
}

/** Says what cash would have to be handed back, where that is one amount; several are listed beside it. */
function give_up(pay: Pay): Card {
  const taken = pay.tenders.filter((t) => t.means === "CASH_PAY" && t.phase === "settled");
  return card("Delete", { do: "give_up", returned_minor: taken.length === 1 ? taken[0]!.amount_minor : null });
}

/** The code can no longer be paid, and no fresh one has come by itself. */
function is_spent(t: Tender, now_ms: number): boolean {
  return t.phase === "waiting" && (t.code === null || t.code.expires_at_ms <= now_ms);
}
