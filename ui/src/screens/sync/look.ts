/** What wants a look from a person, as rows of the sync sheet: what each opens, and a key of its own. */
import type { AttentionTender } from "../../generated/AttentionTender";
import type { HeldBasket } from "../../generated/HeldBasket";
import type { LateMoney } from "../../generated/LateMoney";
import type { RefundToLookAt } from "../../generated/RefundToLookAt";
import type { RefusedEntry } from "../../generated/RefusedEntry";
import type { SyncList } from "../../generated/SyncList";
import type { SheetItem } from "../../keys/situation";

export type Look = { key: string; item: SheetItem | null } & (
  | { kind: "revoked" }
  | { kind: "attention"; tender: AttentionTender }
  | { kind: "late"; late: LateMoney }
  | { kind: "refund"; looked: RefundToLookAt }
  | { kind: "to_confirm"; order: HeldBasket }
  | { kind: "refused"; entry: RefusedEntry }
);

/** Money that does not fit comes first, then what is not known, then what the centre keeps aside. */
export function looks(list: SyncList): Look[] {
  return [
    ...(list.revoked ? [{ kind: "revoked" as const, key: "revoked", item: null }] : []),
    ...list.late.map(of_late),
    ...list.attention.map(of_tender),
    ...list.refunds.map(of_refund),
    ...list.to_confirm.map(of_order),
    ...list.refused.map(of_entry),
  ];
}

function of_tender(tender: AttentionTender): Look {
  const opens = tender.order_state === "TO_CONFIRM" ? "parked" : "order";
  return { kind: "attention", key: `tender ${tender.tender_no}`, item: { order_id: tender.order_id, opens }, tender };
}

function of_late(late: LateMoney): Look {
  const opens = late.order_state === "TO_CONFIRM" ? "parked" : "order";
  return { kind: "late", key: `late ${late.tender_no}`, item: { order_id: late.order_id, opens, late }, late };
}

function of_refund(looked: RefundToLookAt): Look {
  const { refund_no } = looked.refund;
  return { kind: "refund", key: `refund ${refund_no}`, item: { order_id: looked.order_id, opens: "order", refund_no }, looked };
}

function of_order(order: HeldBasket): Look {
  return { kind: "to_confirm", key: `order ${order.order_id}`, item: { order_id: order.order_id, opens: "parked" }, order };
}

/** A restored till counts its entries anew in another epoch, so both name an entry. */
function of_entry(entry: RefusedEntry): Look {
  const item: SheetItem | null = entry.order_id === null ? null : { order_id: entry.order_id, opens: "order" };
  return { kind: "refused", key: `entry ${entry.epoch} ${entry.seq}`, item, entry };
}
