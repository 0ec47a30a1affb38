//! Switches that make the platform, or the way to it, misbehave.
//!
//! A rule says where it applies (merchant, order, kind of call), what goes wrong and how often. Rules
//! stand in the order they were set; all that match apply, and each counts down for itself.

use serde::{Deserialize, Serialize};

use super::name::PlatformName;
use super::named::RefusalCode;

/// The kinds of call, of both platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Making a code: WeChat's Native prepay, `alipay.trade.precreate`.
    Prepay,
    /// Charging the customer's payment code: codepay, `alipay.trade.pay`.
    CodePay,
    /// Query of a payment, by either number.
    Query,
    /// Close.
    Close,
    /// Taking back what is not known: WeChat's reverse, `alipay.trade.cancel`.
    Cancel,
    /// Refund.
    Refund,
    /// Query of a refund.
    RefundQuery,
    /// Asking where a bill is.
    Bill,
    /// Downloading a bill.
    BillDownload,
    /// Download of the platform certificate.
    Certificates,
}

/// What goes wrong with one API call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEffect {
    /// The connection ends before the platform has acted.
    LostRequest,
    /// The platform acts, then the connection ends.
    LostReply,
    /// The platform acts at once and its answer comes late.
    Slow {
        /// How late.
        delay_ms: u32,
    },
    /// An error status (429 or 5xx, or 202) instead of the answer.
    Status {
        /// The HTTP status.
        status: u16,
        /// Whether the platform acts all the same.
        acts: bool,
    },
    /// An error status with a web page instead of JSON, unsigned, as a gateway before the platform answers.
    HtmlStatus {
        /// The HTTP status.
        status: u16,
        /// Whether the platform acts all the same.
        acts: bool,
    },
    /// The platform says itself that it does not know: 500 `SYSTEM_ERROR`, 20000 `isp.unknow-error`.
    SystemError {
        /// Whether it acts all the same.
        acts: bool,
    },
    /// A web page with status 200 from something in between; the platform never sees the request.
    HtmlPage,
    /// The platform acts and its answer carries a signature that does not fit.
    BadSignature,
    /// The platform acts and its answer carries no signature.
    Unsigned,
    /// The platform acts; something in between turns "not paid" into "paid" in its answer.
    AlteredBody,
    /// A query does not find the order yet, as just after it was made.
    NotVisible,
    /// The platform refuses the merchant the call: 403 `NO_AUTH`, 40006.
    Forbidden,
    /// A refund is refused because the merchant's balance is too low.
    NotEnough,
    /// The platform refuses with a code of its documents, and has done nothing.
    Refuses {
        /// Which; it is for the platform that documents it.
        code: RefusalCode,
    },
}

/// What is untrue about a close (or a reverse, or a cancel) that was answered with yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseEffect {
    /// Nothing happens: a query still says "not paid" and the phone can pay.
    Ignored,
    /// A query says "closed", and the phone can pay all the same.
    StaysPayable,
    /// Reverse and cancel only: nothing happens, and the answer asks to be called again.
    AsksAgain,
}

/// What is odd about a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentEffect {
    /// The platform reports another total than was asked for.
    WrongTotal {
        /// The total it reports, in fen.
        total_minor: u32,
    },
    /// The payer uses a coupon: `payer_total` is smaller than `total`.
    Coupon {
        /// The coupon's value in fen; at most the total.
        off_minor: u32,
    },
    /// A payment by the customer's code is turned down, as by the bank.
    Declined,
    /// A payment by the customer's code asks for the password first, whatever the code says.
    AsksPassword,
    /// The money arrives late; until then the order shows as being paid. It arrives although the order was
    /// closed meanwhile.
    Late {
        /// How late.
        delay_ms: u32,
    },
}

/// How a hostile or broken copy of a callback differs from the true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoil {
    /// WeChat Pay's own probe: a signature that starts with `WECHATPAY/SIGNTEST/`.
    SignTest,
    /// Signed by a key that is not the platform's.
    BadSignature,
    /// Rightly signed, ten minutes ago.
    Stale,
    /// The body was changed after it was signed.
    Altered,
}

/// What happens to the callbacks of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackEffect {
    /// None is ever sent.
    Never,
    /// The first is sent late.
    Late {
        /// How late.
        delay_ms: u32,
    },
    /// The callback is sent several times at once.
    Duplicated {
        /// How many copies beside the first.
        copies: u32,
    },
    /// One more copy goes out a while after the first, answered or not.
    Again {
        /// How long after.
        after_ms: u32,
    },
    /// The callback waits until a later one of the merchant has been sent.
    Reordered,
    /// A broken copy goes out before the true one.
    Spoiled {
        /// How it is broken.
        how: Spoil,
    },
}

/// How an accepted refund ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundEnd {
    /// The money arrives.
    Success,
    /// The payer's account cannot take it.
    Abnormal,
    /// The platform gives up and nothing is returned.
    Closed,
    /// It stays in progress until the admin API settles it.
    Held,
}

/// One switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Fault {
    /// On API calls.
    Call {
        /// Only this kind; all kinds when absent.
        #[serde(default)]
        on: Option<CallKind>,
        /// What goes wrong.
        effect: CallEffect,
    },
    /// On closes.
    Close {
        /// What is untrue about them.
        effect: CloseEffect,
    },
    /// On payments.
    Payment {
        /// What is odd about them.
        effect: PaymentEffect,
    },
    /// On callbacks.
    Callback {
        /// What happens to them.
        effect: CallbackEffect,
    },
    /// On refunds.
    Refund {
        /// How they end.
        ends: RefundEnd,
    },
}

impl PaymentEffect {
    /// Whether it is about the money, and not about the customer's code.
    pub(crate) const fn is_about_money(&self) -> bool {
        match self {
            Self::WrongTotal { .. } | Self::Coupon { .. } | Self::Late { .. } => true,
            Self::Declined | Self::AsksPassword => false,
        }
    }
}

impl Fault {
    pub(crate) const fn payment(self) -> Option<PaymentEffect> {
        match self {
            Self::Payment { effect } => Some(effect),
            Self::Call { .. } | Self::Close { .. } | Self::Callback { .. } | Self::Refund { .. } => None,
        }
    }

    pub(crate) const fn close(self) -> Option<CloseEffect> {
        match self {
            Self::Close { effect } => Some(effect),
            Self::Call { .. } | Self::Payment { .. } | Self::Callback { .. } | Self::Refund { .. } => None,
        }
    }

    /// The same for a close, whose answer cannot ask to be called again.
    pub(crate) const fn plain_close(self) -> Option<CloseEffect> {
        match self.close() {
            Some(effect @ (CloseEffect::Ignored | CloseEffect::StaysPayable)) => Some(effect),
            Some(CloseEffect::AsksAgain) | None => None,
        }
    }

    /// Whether a reverse or cancel asks to be called again.
    pub(crate) const fn asks_again(self) -> Option<CloseEffect> {
        match self.close() {
            Some(CloseEffect::AsksAgain) => Some(CloseEffect::AsksAgain),
            Some(CloseEffect::Ignored | CloseEffect::StaysPayable) | None => None,
        }
    }

    pub(crate) const fn callback(self) -> Option<CallbackEffect> {
        match self {
            Self::Callback { effect } => Some(effect),
            Self::Call { .. } | Self::Close { .. } | Self::Payment { .. } | Self::Refund { .. } => None,
        }
    }

    pub(crate) const fn refund(self) -> Option<RefundEnd> {
        match self {
            Self::Refund { ends } => Some(ends),
            Self::Call { .. } | Self::Close { .. } | Self::Payment { .. } | Self::Callback { .. } => None,
        }
    }
}

/// A switch with where and how often it applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultRule {
    /// Only at this platform.
    #[serde(default)]
    pub platform: Option<PlatformName>,
    /// Only for this merchant: a merchant id, or an app id of Alipay.
    #[serde(default)]
    pub mchid: Option<String>,
    /// Only for this order.
    #[serde(default)]
    pub out_trade_no: Option<String>,
    /// How many that match pass untouched first: 2 means "from the third on".
    #[serde(default)]
    pub skip: u32,
    /// How often; without end when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

impl FaultRule {
    /// `fault` everywhere, without end.
    #[must_use]
    pub const fn always(fault: Fault) -> Self {
        Self {
            platform: None,
            mchid: None,
            out_trade_no: None,
            skip: 0,
            times: None,
            fault,
        }
    }

    /// `fault` the next `times` times it can apply.
    #[must_use]
    pub const fn next(times: u32, fault: Fault) -> Self {
        Self {
            platform: None,
            mchid: None,
            out_trade_no: None,
            skip: 0,
            times: Some(times),
            fault,
        }
    }
}

/// A rule that is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StandingFault {
    /// The number it can be cleared by.
    pub id: u32,
    /// The rule with the times that are left.
    #[serde(flatten)]
    pub rule: FaultRule,
}
