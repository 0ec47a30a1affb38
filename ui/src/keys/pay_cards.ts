/**
 * What can be done on Pay in each state of the money, in the order of the action cards.
 *
 * The first card that is not locked and marked `primary` is what Enter does. A locked card keeps its slot
 * and says why, so that nothing moves.
 */
import type { CodeMeans } from "../generated/CodeMeans";
import type { Means } from "../generated/Means";
import type { Pay } from "../generated/Pay";
import type { Tender } from "../generated/Tender";
import type { TenderPhase } from "../generated/TenderPhase";
import type { Intent, Situation } from "./situation";

export type Lock = "answer_first" | "closing" | "network";

export type Card =
  | { key: string; intent: Intent; primary: boolean; lock: null }
  /** `of`: the tender that has to end first, where one has to. */
  | { key: null; intent: null; primary: false; lock: Lock; of: Tender | null };

/** Each platform has a key of its own: it shows that platform's code, and makes a fresh one of a spent one. */
export const CODE_KEYS: Record<CodeMeans, string> = { ALI_PAY: "F2", WECHAT_PAY: "F3" };

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
      return [ask(live), park(), instead(pay, live, amount, true), locked("answer_first", live)];
    case "closing":
      return [ask(live), park(), locked("closing", live)];
    case "needs_attention":
      return [park(true), beside_what_arrived(pay, live, amount)];
    case "fetching":
      return [cash_or_instead(pay, live, amount), park(), give_up(pay)];
    case "waiting":
    case "paying": {
      const [second = park()] = is_spent(live, now_ms) ? renew(live) : switches(pay, live);
      return [ask(live), second, cash_or_instead(pay, live, amount), give_up(pay)];
    }
    case "settled":
    case "canceled":
    case "given_up":
    case "failed":
    case "reversed":
      return choice(pay, typed);
  }
}

/** Whether a payment code that is scanned now would be charged: none is under way, or the code that is out makes room. */
export function takes_payment_code({ screen, peeking, state: { stage, pay } }: Situation): boolean {
  if (stage !== "pay" || pay === null || screen !== "sell" || peeking) return false;
  const live = live_tender(pay);
  return live === null ? pay.codes_possible : live.phase === "waiting" && pay.code_means.length > 0;
}

/** What has a key on Pay but no card: four cards are what a glance can take in. */
export function pay_keys(pay: Pay, now_ms: number): Card[] {
  const live = live_tender(pay);
  if (live === null || (live.phase !== "waiting" && live.phase !== "paying")) return [];
  return is_spent(live, now_ms) ? [...switches(pay, live), park()] : [park()];
}

/** Nothing is under way: choose how to collect what is still open. */
function choice(pay: Pay, { amount, cash_wanted }: Typed): Card[] {
  const offered = pay.code_means.length > 0;
  const by_cash = amount !== "" || cash_wanted;
  const shown = (means: CodeMeans, first: boolean): Card =>
    card(CODE_KEYS[means], { do: "code", means, yuan: amount, open_minor: pay.open_minor }, first && !by_cash);
  const code: Card[] = !offered
    ? []
    : pay.codes_possible
      ? pay.code_means.map((means, index) => shown(means, index === 0))
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

function locked(lock: Lock, of: Tender | null = null): Card {
  return { key: null, intent: null, primary: false, lock, of };
}

function drawn(means: Means): means is CodeMeans {
  return means in CODE_KEYS;
}

/** Another platform's code for the same share. Whoever is being charged already is not asked to scan. */
function switches({ code_means }: Pay, t: Tender): Card[] {
  if (t.by_payment_code) return [];
  const others = code_means.filter((means) => means !== t.means);
  return others.map((means) => card(CODE_KEYS[means], { do: "switch", tender_no: t.tender_no, from: t.means, means }));
}

function ask(t: Tender): Card {
  return card("Enter", { do: "ask", tender_no: t.tender_no, means: t.means }, true);
}

function park(primary = false): Card {
  return card("F7", { do: "park" }, primary);
}

function renew(t: Tender): Card[] {
  return drawn(t.means) ? [card(CODE_KEYS[t.means], { do: "renew", tender_no: t.tender_no })] : [];
}

function instead({ open_minor }: Pay, t: Tender, amount: string, approval: boolean): Card {
  return card("F1", { do: "cash_instead", tender_no: t.tender_no, means: t.means, received_yuan: amount, open_minor, approval, charged: t.by_payment_code });
}

/** What arrived does not fit and waits for a person; the order can go on in cash. */
function beside_what_arrived({ open_minor }: Pay, t: Tender, amount: string): Card {
  return card("F1", { do: "cash_instead", tender_no: t.tender_no, means: t.means, received_yuan: amount, open_minor, approval: true, charged: t.by_payment_code, arrived: true });
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
