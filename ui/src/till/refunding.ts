/** The acts on money that goes back or came late: asked for here, approved in `approval.ts`. */
import type { Intent } from "../keys/situation";
import { rpc } from "../platform";
import { ask_manager } from "./approval";
import { change } from "./commands";
import { desk } from "./desk.svelte";
import { CHANGED, refund } from "./refund.svelte";

export function start_refund(): void {
  refund.open();
  desk.overlay = "refund";
}

/** The manager is asked for what the dialog showed when it was asked for, and for nothing that came since. */
export async function ask_refund(intent: Extract<Intent, { do: "ask_refund" }>): Promise<void> {
  const { ask, seen } = refund;
  if (ask === null || seen === null || intent.amount_minor === 0) return;
  if (intent.amount_minor !== seen.preview.amount_minor) return refund.refused(CHANGED);
  ask_manager({ for: "refund", ask, amount_minor: seen.preview.amount_minor, short_no: seen.order.row.short_no });
}

/** To count it for its order takes nobody's word; to give it back takes a manager's. */
export async function decide_late({ late, wish }: Extract<Intent, { do: "decide_late" }>): Promise<void> {
  if (wish === "return_now") return ask_manager({ for: "late", late });
  await rpc("late.decide", { tender_no: late.tender_no, wish, approval: null });
  await change(rpc("state.get", {}));
}

export async function refund_seen({ refund_no }: Extract<Intent, { do: "refund_seen" }>): Promise<void> {
  await rpc("refund.seen", { refund_no });
  await change(rpc("state.get", {}));
}
