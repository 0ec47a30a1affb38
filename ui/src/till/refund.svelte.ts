/**
 * A refund as its dialog shows it: the order it is of, what is typed, and which way the till says it would go.
 *
 * Nothing is counted here: every change of the amount, and of the order, asks the till again. What is asked for is what
 * was seen, however the order changes after it: the till refuses it then.
 */
import type { AskRefund } from "../generated/AskRefund";
import type { OrderDetail } from "../generated/OrderDetail";
import type { Problem } from "../generated/Problem";
import type { RefundPart } from "../generated/RefundPart";
import type { RefundPreview } from "../generated/RefundPreview";
import type { RefundReason } from "../generated/RefundReason";
import type { RefundGlance } from "../keys/refunds";
import { ProblemError, rpc } from "../platform";
import { failed } from "./commands";

/** A preview with all it was asked of. */
type Seen = { order: OrderDetail; yuan: string; preview: RefundPreview };

export const CHANGED: Problem = { code: "REFUNDS_CHANGED", class: "refused", params: {}, reference: null };

class Refund {
  /** The order that is looked at on Orders, as it is now. */
  order = $state.raw<OrderDetail | null>(null);
  yuan = $state("");
  reason = $state<RefundReason>("goods");
  note = $state("");
  /** What the dialog shows, and what a manager is asked for. */
  seen = $state.raw<Seen | null>(null);
  /** Why the till says no way for what is typed. */
  problem = $state.raw<Problem | null>(null);
  /** What was refused, or changed under the eyes: said until something is typed. */
  told = $state.raw<Problem | null>(null);
  /** The order whose preview was asked for last. */
  private asked_of: OrderDetail | null = null;

  get glance(): RefundGlance {
    return {
      order_id: this.order?.row.order_id ?? null,
      left_minor: this.order?.refundable_minor ?? 0,
      amount_minor: this.seen?.preview.amount_minor ?? 0,
    };
  }

  /** What is asked of the till; a manager's word is added. */
  get ask(): AskRefund | null {
    if (this.seen === null) return null;
    const { reason, note } = this;
    const { order, yuan, preview } = this.seen;
    return {
      order_id: order.row.order_id, yuan, reason, note,
      refunds_seen: order.refunds.length, parts_seen: preview.parts, approval: null,
    };
  }

  open(): void {
    this.yuan = "";
    this.reason = "goods";
    this.note = "";
    this.typed();
  }

  /** Something was typed: what was seen and said is not of it. */
  typed(): void {
    this.seen = null;
    this.problem = null;
    this.told = null;
    this.look();
  }

  /** The order is another one than was looked at: what is seen stays until the till has said how it is now. */
  renew(): void {
    if (this.order !== this.asked_of) this.look();
  }

  /** The till refused what was asked: it is said, and looked at anew. */
  refused(problem: Problem): void {
    this.seen = null;
    this.told = problem;
    const order_id = this.order?.row.order_id;
    if (order_id === undefined) return;
    rpc("orders.get", { order_id }).then((order) => {
      if (order_id !== this.order?.row.order_id) return;
      this.order = order;
      this.look();
    }, failed);
  }

  /** Which way would it go? An answer to what was typed or known before is dropped. */
  private look(): void {
    const { order, yuan } = this;
    this.asked_of = order;
    if (order === null) return;
    const is_asked = () => yuan === this.yuan && order === this.asked_of;
    rpc("refund.preview", { order_id: order.row.order_id, yuan }).then(
      (preview) => {
        if (is_asked()) this.see({ order, yuan, preview });
      },
      (error: unknown) => {
        if (!(error instanceof ProblemError)) return failed(error);
        if (!is_asked()) return;
        this.seen = null;
        this.problem = error.problem;
      },
    );
  }

  private see(now: Seen): void {
    if (this.seen !== null && !is_same(this.seen, now)) this.told = CHANGED;
    this.seen = now;
    this.problem = null;
  }

  begin_anew(): void {
    this.order = null;
    this.asked_of = null;
    this.seen = null;
    this.problem = null;
    this.told = null;
    this.yuan = "";
    this.note = "";
  }
}

/** Whether a person who saw the one has seen the other. */
function is_same(before: Seen, now: Seen): boolean {
  const parts = (seen: Seen): RefundPart[] => seen.preview.parts;
  return (
    before.order.row.order_id === now.order.row.order_id &&
    before.order.refunds.length === now.order.refunds.length &&
    parts(before).length === parts(now).length &&
    parts(before).every((part, at) => part.means === parts(now)[at]!.means && part.amount_minor === parts(now)[at]!.amount_minor)
  );
}

export const refund = new Refund();
