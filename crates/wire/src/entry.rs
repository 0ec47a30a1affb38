//! What a journal entry says: every committed command of a till, in the past tense.
//!
//! `order_frozen` and `order_completed` carry the order whole, so that a centre that lost its data, or a
//! till restored from a copy, has it again from the journal alone; `shift_closed` carries the shift in the
//! same way. The centre acts on `tender_given_up`,
//! keeps totals from `order_completed`, and asks the platform about a trade of `tender_settled` or
//! `tender_given_up` that it does not hold (any more); the rest is record.

use serde::{Deserialize, Serialize};
use suanpan_domain::quantity::Unit;
use suanpan_domain::tender::Means;

use crate::names;
use crate::refund::{LateSaid, RefundSaid};
use crate::shift::{ClosedSaid, MoveSaid, OpenedSaid, PiecesSaid};
use crate::tender::ToldTender;

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineSaid {
    /// Stable within the order.
    pub line_id: String,
    /// Article of the catalogue.
    pub article_id: String,
    /// Version of the catalogue row the price came from.
    pub catalogue_version: i64,
    /// Name and size as sold.
    pub name: String,
    /// Barcode or short code.
    pub code: String,
    /// Pieces or kilograms.
    #[serde(with = "names::unit")]
    pub unit: Unit,
    /// Price of one unit.
    pub price_minor: i64,
    /// Whether the price was set by hand.
    pub price_by_hand: bool,
    /// Percent of the price that was charged.
    pub charged_percent: u8,
    /// Thousandths of the unit.
    pub quantity_milli: i64,
    /// Amount after the line's own discount.
    pub amount_minor: i64,
    /// Net after order discount and 抹零; Σ nets = total.
    pub net_minor: i64,
}

/// An order, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSaid {
    /// Stable id from the first line on (UUIDv7).
    pub order_id: String,
    /// 63-bit number.
    pub order_no: String,
    /// Number a person reads.
    pub short_no: String,
    /// Shift it belongs to, if one is open.
    pub shift_id: Option<String>,
    /// Who sold it.
    pub cashier: String,
    /// Member, if one was named.
    pub member_id: Option<String>,
    /// Lines.
    pub lines: Vec<LineSaid>,
    /// Σ price × quantity.
    pub original_minor: i64,
    /// Σ discounts, zero or negative.
    pub discount_minor: i64,
    /// 抹零, zero or negative.
    pub rounding_minor: i64,
    /// What it owes.
    pub total_minor: i64,
}

/// A tender, as opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderSaid {
    /// 63-bit number.
    pub tender_no: String,
    /// Order it belongs to.
    pub order_no: String,
    /// By what.
    #[serde(with = "names::means")]
    pub means: Means,
    /// Agreed share; negative for a reversal.
    pub amount_minor: i64,
    /// Cash handed over.
    pub received_minor: Option<i64>,
    /// Change given.
    pub change_minor: Option<i64>,
    /// Tender it replaces (cash for a code in doubt) or reverses.
    pub replaces: Option<String>,
    /// Trade of the centre that settled it, for codes.
    pub trade_no: Option<String>,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
}

/// When and for which day money counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactSaid {
    /// When the till learnt it, UTC milliseconds.
    pub at_ms: i64,
    /// `YYYY-MM-DD`.
    pub business_day: String,
    /// Hour of the shop's clock.
    pub hour: u8,
    /// Who.
    pub cashier: String,
    /// Shift it belongs to: for cash the one that was open, for a code its order's, for an order that of the
    /// money that completed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift_id: Option<String>,
}

/// What happened to a basket line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    /// Rung up.
    Added,
    /// Quantity set.
    Quantity,
    /// Price set by hand.
    Price,
    /// Taken out.
    Removed,
    /// The last change was undone.
    Undone,
}

/// An entry's content. The tag is [`crate::journal::Entry::kind`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Said {
    /// The first entry of an epoch: where it grew from.
    EpochOpened {
        /// Epoch before.
        from_epoch: u32,
        /// Its last entry here.
        from_seq: u64,
        /// Why: `enrolled`, `restored`.
        reason: String,
    },
    /// A line of an open basket changed.
    BasketChanged {
        /// The order.
        order_id: String,
        /// The line.
        line_id: String,
        /// How.
        change: LineChange,
        /// Name as shown.
        name: String,
        /// Thousandths after it.
        quantity_milli: i64,
        /// Price of one unit after it.
        price_minor: i64,
    },
    /// Put aside.
    OrderHeld {
        /// The order.
        order_id: String,
    },
    /// Taken up again.
    OrderResumed {
        /// The order.
        order_id: String,
    },
    /// Collecting began: number minted, lines and total frozen.
    OrderFrozen {
        /// The order, whole.
        order: OrderSaid,
    },
    /// Back to ringing up.
    OrderThawed {
        /// The order.
        order_id: String,
        /// Its number.
        order_no: String,
    },
    /// Parked as to confirm.
    OrderParked {
        /// Its number.
        order_no: String,
    },
    /// A parked order was opened again.
    OrderUnparked {
        /// Its number.
        order_no: String,
    },
    /// Given up without money.
    OrderVoided {
        /// The order.
        order_id: String,
        /// Its number, if it had one.
        order_no: Option<String>,
        /// Sum it had.
        total_minor: i64,
    },
    /// A tender was opened.
    TenderOpened {
        /// The tender.
        tender: TenderSaid,
    },
    /// An attempt to collect it was committed, before anything was sent.
    AttemptCommitted {
        /// The tender.
        tender_no: String,
        /// Key of the attempt.
        attempt_key: String,
        /// Whether it renews.
        renew: bool,
    },
    /// Money is here.
    TenderSettled {
        /// The tender, with trade and platform number for codes.
        tender: TenderSaid,
        /// When it counts.
        fact: FactSaid,
    },
    /// Closing is wanted.
    TenderCloseWanted {
        /// The tender.
        tender_no: String,
    },
    /// Ended without money.
    TenderCanceled {
        /// The tender.
        tender_no: String,
    },
    /// Refused for good.
    TenderFailed {
        /// The tender.
        tender_no: String,
        /// The platform's or centre's code.
        code: String,
    },
    /// Cash was taken instead while the answer was unknown. The centre cancels it, or gives all of it
    /// back, whenever it learns more.
    TenderGivenUp {
        /// The code tender.
        tender_no: String,
        /// Its order.
        order_no: String,
        /// Its amount.
        amount_minor: i64,
        /// The cash tender.
        replaced_by: String,
        /// Who asked.
        requested_by: String,
        /// Who approved.
        approved_by: String,
        /// What the centre had answered of it until then, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<ToldTender>,
    },
    /// Money of an order is to go back; committed before anything is sent. One entry for each tender it is drawn
    /// from.
    RefundAsked {
        /// What goes back.
        refund: RefundSaid,
    },
    /// Money has gone back: out of the drawer at once, to a platform once it says so.
    RefundReturned {
        /// What went back.
        refund: RefundSaid,
        /// When it counts.
        fact: FactSaid,
    },
    /// A refund was refused for good; nothing has gone back.
    RefundRefused {
        /// Its number.
        refund_no: String,
        /// Its order.
        order_no: String,
        /// The platform's or centre's code.
        code: String,
    },
    /// A person decided on money that came after closing.
    LateDecided {
        /// What was decided.
        late: LateSaid,
    },
    /// Covered exactly.
    OrderCompleted {
        /// The order, whole.
        order: OrderSaid,
        /// Settled tenders.
        tenders: Vec<TenderSaid>,
        /// Change given.
        change_minor: i64,
        /// When it was completed.
        fact: FactSaid,
    },
    /// A receipt was made.
    ReceiptMade {
        /// Its number.
        order_no: String,
        /// 1 for the first, 2 and up for copies.
        copy: u32,
    },
    /// A shift's report was made as paper.
    ReportMade {
        /// The shift.
        shift_id: String,
        /// The figures of an open shift at that moment; else those that its close has frozen.
        interim: bool,
        /// 1 for the first, 2 and up for copies.
        copy: u32,
    },
    /// A catalogue file was read in.
    CatalogueImported {
        /// New articles.
        added: i64,
        /// Changed articles.
        changed: i64,
    },
    /// A manager's PIN was entered.
    ApprovalAsked {
        /// What for.
        action: String,
        /// Order concerned; empty when it is about something else.
        order_no: String,
        /// What else is concerned: a person, a movement of cash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// Who asked.
        requested_by: String,
        /// Who approved; nothing when the PIN was wrong.
        approved_by: Option<String>,
    },
    /// Somebody took their place at the till.
    SignedIn {
        /// Who.
        staff_id: String,
        /// Their name.
        name: String,
    },
    /// A person was added or changed. What is kept of a PIN never leaves the till: few digits are found by
    /// trying.
    PersonSaved {
        /// Who.
        staff_id: String,
        /// Their name.
        name: String,
        /// Whether they may approve.
        is_manager: bool,
        /// Whether they have a PIN.
        has_pin: bool,
        /// Who asked.
        requested_by: String,
        /// Who approved; nothing for the first manager.
        approved_by: Option<String>,
    },
    /// A person was taken off the list.
    PersonRemoved {
        /// Who.
        staff_id: String,
        /// Their name.
        name: String,
        /// Who asked.
        requested_by: String,
        /// Who approved.
        approved_by: String,
    },
    /// A shift began.
    ShiftOpened {
        /// How.
        opened: OpenedSaid,
    },
    /// Cash was put into the drawer or taken out.
    CashMoved {
        /// The shift.
        shift_id: String,
        /// What moved.
        moved: MoveSaid,
    },
    /// Cash was counted, not for good yet.
    CashCounted {
        /// The shift.
        shift_id: String,
        /// The count so far, whole.
        counted: Vec<PiecesSaid>,
    },
    /// A shift ended.
    ShiftClosed {
        /// Its frozen figures.
        closed: Box<ClosedSaid>,
    },
    /// The wall clock jumped against the monotonic one.
    ClockJumped {
        /// Milliseconds, positive is forward.
        by_ms: i64,
    },
}

impl Said {
    /// The tag, as kept beside the payload.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::EpochOpened { .. } => "epoch_opened",
            Self::BasketChanged { .. } => "basket_changed",
            Self::OrderHeld { .. } => "order_held",
            Self::OrderResumed { .. } => "order_resumed",
            Self::OrderFrozen { .. } => "order_frozen",
            Self::OrderThawed { .. } => "order_thawed",
            Self::OrderParked { .. } => "order_parked",
            Self::OrderUnparked { .. } => "order_unparked",
            Self::OrderVoided { .. } => "order_voided",
            Self::TenderOpened { .. } => "tender_opened",
            Self::AttemptCommitted { .. } => "attempt_committed",
            Self::TenderSettled { .. } => "tender_settled",
            Self::TenderCloseWanted { .. } => "tender_close_wanted",
            Self::TenderCanceled { .. } => "tender_canceled",
            Self::TenderFailed { .. } => "tender_failed",
            Self::TenderGivenUp { .. } => "tender_given_up",
            Self::RefundAsked { .. } => "refund_asked",
            Self::RefundReturned { .. } => "refund_returned",
            Self::RefundRefused { .. } => "refund_refused",
            Self::LateDecided { .. } => "late_decided",
            Self::OrderCompleted { .. } => "order_completed",
            Self::ReceiptMade { .. } => "receipt_made",
            Self::ReportMade { .. } => "report_made",
            Self::CatalogueImported { .. } => "catalogue_imported",
            Self::ApprovalAsked { .. } => "approval_asked",
            Self::SignedIn { .. } => "signed_in",
            Self::PersonSaved { .. } => "person_saved",
            Self::PersonRemoved { .. } => "person_removed",
            Self::ShiftOpened { .. } => "shift_opened",
            Self::CashMoved { .. } => "cash_moved",
            Self::CashCounted { .. } => "cash_counted",
            Self::ShiftClosed { .. } => "shift_closed",
            Self::ClockJumped { .. } => "clock_jumped",
        }
    }

    /// The payload text.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which would be a bug of this crate.
    pub fn to_payload(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads a payload back.
    ///
    /// # Errors
    /// When the text is not one of the kinds above.
    pub fn from_payload(payload: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_in_the_payload_is_the_kind() {
        let said = Said::OrderHeld { order_id: "x".into() };
        let payload = said.to_payload().unwrap();
        assert_eq!(payload, r#"{"kind":"order_held","order_id":"x"}"#);
        assert_eq!(Said::from_payload(&payload).unwrap(), said);
        assert_eq!(said.kind(), "order_held");
    }
}
