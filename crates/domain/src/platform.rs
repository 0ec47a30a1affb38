//! What a payment platform can be seen to say of a trade or a refund, freed of any one platform's words.
//!
//! A channel client turns bytes into these; the machines in [`crate::trade`] and [`crate::refund`] decide
//! on them. Three kinds of answer are kept apart: a verified fact, a refusal for good, and *unknown*.
//! How bytes are signed, sent and verified is deliberately not here.

use crate::money::Fen;

/// What the platform holds a payment to be, from a verified answer or callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformState {
    /// The code is out and nobody has paid (`NOTPAY`, `WAIT_BUYER_PAY`).
    NotPaid,
    /// The customer is entering a password (`USERPAYING`).
    Paying,
    /// Paid (`SUCCESS`, `TRADE_SUCCESS`, `TRADE_FINISHED`).
    Paid,
    /// Was paid and has been given back in part or whole (`REFUND`).
    Refunded,
    /// Was paid and has been given back whole (`TRADE_CLOSED` of a paid trade).
    Returned,
    /// Closed unpaid (`CLOSED`, `REVOKED`, `TRADE_CLOSED` of an unpaid trade).
    Closed,
    /// The attempt was refused while paying (`PAYERROR`).
    PayError,
}

/// A verified statement of the platform about one trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeFact {
    /// Our trade number, as the platform repeats it (`out_trade_no`).
    pub trade_no: String,
    /// What the platform holds the payment to be.
    pub state: PlatformState,
    /// The platform's own number of the payment (`transaction_id`), present once paid.
    pub transaction_id: Option<String>,
    /// Order amount before the platform's coupons, present once paid.
    pub amount: Option<Fen>,
    /// ISO currency of `amount`.
    pub currency: Option<String>,
    /// Application id the platform names.
    pub app_id: Option<String>,
    /// Merchant id the platform names.
    pub merchant_id: Option<String>,
    /// When the money arrived, UTC milliseconds, the platform's clock.
    pub paid_at_ms: Option<i64>,
}

/// What the platform holds a refund to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// Accepted, money on its way.
    Processing,
    /// Money has arrived.
    Success,
    /// Closed for good without money moving.
    Closed,
    /// The customer's account cannot take it; a person must act at the platform.
    Abnormal,
}

/// A verified statement of the platform about one refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundFact {
    /// Our refund number (`out_refund_no`).
    pub refund_no: String,
    /// Our trade number it draws from.
    pub trade_no: String,
    /// The platform's own number of the refund.
    pub refund_id: Option<String>,
    /// What the platform holds it to be.
    pub state: RefundState,
    /// Amount given back.
    pub amount: Option<Fen>,
}

/// The outcome of one call to a platform, or the content of one callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A payable code came back for a new (or repeated) prepay.
    CodeReady {
        /// The address the code carries, at most 64 characters with WeChat Pay.
        code_url: String,
    },
    /// The platform stated a trade's state.
    Trade(TradeFact),
    /// The platform does not know the trade (yet): never a failure by itself.
    NotExist,
    /// The platform says it closed or reversed the trade; true only once a query says so too.
    CloseAccepted,
    /// Close or prepay was refused because the trade is paid: a query must bring the fact.
    AlreadyPaid,
    /// Prepay was refused because the number was used with other parameters or is closed.
    NumberUsed,
    /// The customer is paying right now; wait and query.
    Busy,
    /// The platform stated a refund's state.
    Refund(RefundFact),
    /// The platform refuses a refund for now (merchant balance); the same number may be sent again.
    RefundDeferred {
        /// The platform's error code.
        code: String,
    },
    /// Refused for good: nothing exists at the platform under this number.
    Refused {
        /// The platform's error code.
        code: String,
        /// The platform's words, for logs and operators only.
        message: String,
    },
    /// No verified answer: time limit, 5xx, 429, 202, a bad signature, an unreadable body.
    Unknown {
        /// What went wrong, for logs.
        why: String,
    },
}
