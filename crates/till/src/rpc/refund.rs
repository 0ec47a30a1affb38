//! Money that goes back, and money that came late: what is asked, and what is shown of it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Approval;
use super::state::Means;
use super::views::OrderState;

/// Why a customer gets money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The goods came back.
    Goods,
    /// Rung up or collected wrongly.
    Mistake,
    /// What was sold was spoilt or broken.
    Spoilt,
    /// Anything else; the note says what.
    Other,
}

/// Gives money of a paid order back. Needs a manager's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskRefund {
    /// The order.
    pub order_id: String,
    /// How much in yuan as typed; empty means all that is left.
    pub yuan: String,
    /// Why.
    pub reason: RefundReason,
    /// In words, at most 80 characters.
    pub note: String,
    /// How many refunds of the order the person had seen: refused when there is another one. Nothing from a caller
    /// that shows them to nobody.
    pub refunds_seen: Option<u32>,
    /// What the preview that the person had seen said would go back, in fen by each means: refused when anything else
    /// would go back now, be it another sum or another way. Nothing from a caller that shows it to nobody.
    #[serde(default)]
    pub parts_seen: Option<Vec<RefundPart>>,
    /// The manager's word.
    pub approval: Option<Approval>,
}

/// Asks which way an amount would go back. Changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PreviewRefund {
    /// The order.
    pub order_id: String,
    /// As in [`AskRefund`].
    pub yuan: String,
}

/// Which way an amount would go back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundPreview {
    /// What can still go back of the order.
    #[ts(type = "number")]
    pub left_minor: i64,
    /// What would go back.
    #[ts(type = "number")]
    pub amount_minor: i64,
    /// By what, in the order it is drawn: codes before cash.
    pub parts: Vec<RefundPart>,
}

/// What goes back by one means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundPart {
    /// By what.
    pub means: Means,
    /// How much.
    #[ts(type = "number")]
    pub amount_minor: i64,
}

/// Names a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameRefund {
    /// Its number.
    pub refund_no: String,
}

/// What is known of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefundPhase {
    /// Asked for here; the centre has not answered yet. It is sent until it does.
    Requested,
    /// The centre has it, and the platform is carrying it out.
    Sending,
    /// For long nobody has said how it ended.
    Unknown,
    /// Held until a person acts at the centre; it was never sent.
    Held,
    /// The money has gone back.
    Returned,
    /// Refused for good; nothing has gone back.
    Refused,
}

/// Why money goes back, as the screens say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefundWhy {
    /// The goods came back.
    Goods,
    /// Rung up or collected wrongly.
    Mistake,
    /// What was sold was spoilt or broken.
    Spoilt,
    /// Anything else.
    Other,
    /// Asked for elsewhere.
    Elsewhere,
    /// Paid twice.
    Duplicate,
    /// Paid after closing.
    Late,
    /// Cash was taken instead.
    GivenUp,
    /// For an amount its order does not have any more.
    Superseded,
}

/// A refund: money of one tender that goes back the way it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Refund {
    /// Its number, also at the platform.
    pub refund_no: String,
    /// By what.
    pub means: Means,
    /// How much.
    #[ts(type = "number")]
    pub amount_minor: i64,
    /// What is known of it.
    pub phase: RefundPhase,
    /// Why.
    pub why: RefundWhy,
    /// In words, perhaps empty.
    pub note: String,
    /// Who asked; empty where nobody at this till did.
    pub requested_by: String,
    /// Who approved; likewise.
    pub approved_by: String,
    /// When it was asked for, or first heard of.
    #[ts(type = "number")]
    pub asked_at_ms: i64,
    /// When it ended.
    #[ts(type = "number | null")]
    pub ended_at_ms: Option<i64>,
}

/// What is to become of late money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LateWish {
    /// It counts for its order.
    Accept,
    /// It goes back now. Needs a manager's word.
    ReturnNow,
}

/// Decides on money that came after its code was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DecideLate {
    /// The tender.
    pub tender_no: String,
    /// What is to become of the money.
    pub wish: LateWish,
    /// The manager's word, to give it back.
    pub approval: Option<Approval>,
}

/// Money that came after its code was closed, and waits for a person or its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LateMoney {
    /// The tender.
    pub tender_no: String,
    /// Its order.
    pub order_id: String,
    /// `2-1121-0286`.
    pub short_no: String,
    /// How the order stands.
    pub order_state: OrderState,
    /// By what.
    pub means: Means,
    /// How much.
    #[ts(type = "number")]
    pub amount_minor: i64,
    /// When it goes back by itself.
    #[ts(type = "number")]
    pub returns_at_ms: i64,
    /// Whether its order still has a place for it.
    pub can_accept: bool,
    /// What was decided here, until the centre has answered.
    pub decided: Option<LateWish>,
}

/// A refund that a person has to look at, with its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundToLookAt {
    /// The refund.
    pub refund: Refund,
    /// Its order.
    pub order_id: String,
    /// `2-1121-0286`.
    pub short_no: String,
}
