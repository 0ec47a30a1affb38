//! Collecting a code tender through the centre: requests, and the one view that answers all of them.
//!
//! The same view comes back from every request and down the change stream. It has a version, so that an
//! older one never overwrites a newer one.

use serde::{Deserialize, Serialize};
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::TradeState;

use crate::names;

/// The [`TradeView::refused_code`] of an attempt whose payment code was certainly never sent: nobody was charged, and
/// nobody will be by it. No platform's code.
pub const NOT_SENT: &str = "NOT_SENT";

/// `PUT /v1/tenders/{tender_no}/attempts/{attempt_key}`: ask for a code. The key is minted once per
/// intent and committed at the till before the first send; the same key is answered the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateAttempt {
    /// Order the tender belongs to, a 64-bit number.
    pub order_no: String,
    /// Means of the tender.
    #[serde(with = "names::means")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub means: Means,
    /// Amount of the tender; the same for every attempt of it.
    pub amount_minor: i64,
    /// What the customer reads on the phone.
    pub description: String,
    /// A fresh code for a tender whose code runs out: the older attempt is closed and stays watched.
    pub renew: bool,
    /// The code the customer shows, to be charged by it instead of showing one. It is kept nowhere: neither in a
    /// journal nor in a database nor in a log.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "names::payment_code"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub payment_code: Option<PaymentCode>,
    /// Attempts of this tender that the centre has answered before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<ToldAttempt>,
}

/// Attempts of one tender that a till tells of, at most: the newest.
pub const TOLD_MAX: usize = 16;

/// An attempt as the centre itself once answered it. A centre that was put back to an older copy then
/// watches the very same trade again, instead of opening a second one beside it. One that lost nothing
/// does not look at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToldAttempt {
    /// Key of the attempt.
    pub attempt_key: String,
    /// Number the centre gave the trade, 63 bits.
    pub trade_no: String,
    /// The code that is out, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_url: Option<String>,
    /// When that code ends, UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
    /// When the trade was made, UTC milliseconds: with the end, what the platform was told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at_ms: Option<i64>,
}

/// A tender with the attempts the till was told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToldTender {
    /// Order the tender belongs to, a 64-bit number.
    pub order_no: String,
    /// Means of the tender.
    #[serde(with = "names::means")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub means: Means,
    /// Amount of the tender, fen.
    pub amount_minor: i64,
    /// Its attempts, oldest first.
    pub told: Vec<ToldAttempt>,
}

/// `POST /v1/tenders/{tender_no}/close`: the cashier wants it closed. Asking again is harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloseTender {
    /// What the till was told of it before, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<ToldTender>,
}

/// `POST /v1/tenders/{tender_no}/query`: ask the platform now. Asking again is harmless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryTender {}

/// `POST /v1/tenders/{tender_no}/late`: what to do with money that came after closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum LateChoice {
    /// The customer is here: the tender counts as paid.
    Accept,
    /// Give it back now instead of after the delay.
    ReturnNow,
}

/// `PUT /v1/tenders/{tender_no}/refunds/{refund_no}`: give money of a settled tender back. The till mints the
/// number, once per intent, and commits it before the first send; the refund goes out under it, so that the same
/// number is the same refund also to a centre that was put back to an older copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskRefund {
    /// How much, above zero; the same at every send.
    pub amount_minor: i64,
}

/// All that is known of a tender at the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenderView {
    /// The tender.
    pub tender_no: String,
    /// Grows with every committed change.
    pub version: u64,
    /// State of its pay order.
    #[serde(with = "names::pay_order_state")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub state: PayOrderState,
    /// Whether the till took cash instead.
    pub given_up: bool,
    /// Means.
    #[serde(with = "names::means")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub means: Means,
    /// Amount.
    pub amount_minor: i64,
    /// The trade that settles it.
    pub winner_trade_no: Option<String>,
    /// Attempts in the order they were made.
    pub trades: Vec<TradeView>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TradeView {
    /// Our number at the platform (`tradingOrderNo`, `out_trade_no`).
    pub trade_no: String,
    /// Key it was asked for with.
    pub attempt_key: String,
    /// State.
    #[serde(with = "names::trade_state")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub state: TradeState,
    /// The code, while it may be shown.
    pub code_url: Option<String>,
    /// When the attempt was made, the centre's clock.
    pub created_at_ms: i64,
    /// Last moment its code can be paid.
    pub expires_at_ms: i64,
    /// When the platform last answered about it.
    pub answered_at_ms: Option<i64>,
    /// Whether the customer is paying right now.
    pub paying: bool,
    /// Whether the customer's payment code was taken, and no code is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_payment_code: bool,
    /// The platform's number of the payment, once paid.
    pub transaction_id: Option<String>,
    /// When the money arrived at the platform.
    pub paid_at_ms: Option<i64>,
    /// What the money was worth to its tender.
    #[serde(with = "names::disposition")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub disposition: Disposition,
    /// The platform's code, when it refused for good; `NOT_SENT` for a payment code that never went out.
    pub refused_code: Option<String>,
    /// Amount the platform says it took, when it differs.
    pub suspense_amount_minor: Option<i64>,
    /// When late money goes back by itself, the centre's clock; absent once that is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns_at_ms: Option<i64>,
    /// Refunds drawn from it.
    pub refunds: Vec<RefundView>,
}

/// A refund of a trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundView {
    /// Our number.
    pub refund_no: String,
    /// `refund_status`: 0 applied, 1 sending, 2 done, 3 refused.
    pub refund_status: u8,
    /// Amount.
    pub amount_minor: i64,
    /// Why: `DUPLICATE`, `LATE`, `GIVEN_UP`, `REQUESTED`.
    pub reason: String,
    /// Whether a person must act.
    pub needs_attention: bool,
}
