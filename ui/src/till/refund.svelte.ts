/**
 * A refund as its dialog shows it: the order it is of, what is typed, and which way the till says it would go.
 *
 * Nothing is counted here: every change of the amount asks the till again.
 */
import type { AskRefund } from "../generated/AskRefund";
import type { OrderDetail } from "../generated/OrderDetail";
import type { Problem } from "../generated/Problem";
import type { RefundPreview } from "../generated/RefundPreview";
import type { RefundReason } from "../generated/RefundReason";
import type { RefundGlance } from "../keys/refunds";
import { ProblemError, rpc } from "../platform";
import { failed } from "./commands";

class Refund {
  /** The order that is looked at on Orders. */
  order = $state.raw<OrderDetail | null>(null);
  yuan = $state("");
  reason = $state<RefundReason>("goods");
  note = $state("");
  preview = $state.raw<RefundPreview | null>(null);
  problem = $state.raw<Problem | null>(null);

  get glance(): RefundGlance {
    return {
      order_id: this.order?.row.order_id ?? null,
      left_minor: this.order?.refundable_minor ?? 0,
      amount_minor: this.problem === null ? (this.preview?.amount_minor ?? 0) : 0,
    };
  }

  /** What is asked of the till; a manager's word is added. */
  get ask(): AskRefund | null {
    if (this.order === null) return null;
    const { yuan, reason, note, order } = this;
    return { order_id: order.row.order_id, yuan, reason, note, refunds_seen: order.refunds.length, approval: null };
  }

  open(): void {
    this.yuan = "";
    this.reason = "goods";
    this.note = "";
    this.typed();
  }

  /** Something was typed: which way would that go? An answer to what was typed before is dropped. */
  typed(): void {
    const order_id = this.order?.row.order_id;
    if (order_id === undefined) return;
    const { yuan } = this;
    this.problem = null;
    this.preview = null;
    rpc("refund.preview", { order_id, yuan }).then(
      (preview) => {
        if (yuan === this.yuan) this.preview = preview;
      },
      (error: unknown) => {
        if (!(error instanceof ProblemError)) return failed(error);
        if (yuan === this.yuan) this.problem = error.problem;
      },
    );
  }

  begin_anew(): void {
    this.order = null;
    this.preview = null;
    this.problem = null;
    this.yuan = "";
    this.note = "";
  }
}

export const refund = new Refund();
