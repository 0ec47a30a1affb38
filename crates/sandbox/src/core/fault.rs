//! Switches that make the platform, or the way to it, misbehave.
//!
//! A rule says where it applies (merchant, order, kind of call), what goes wrong and how often. Rules
//! stand in the order they were set; all that match apply, and each counts down for itself.

use serde::{Deserialize, Serialize};

/// The kinds of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Native prepay.
    Prepay,
    /// Query of a payment, by either number.
    Query,
    /// Close.
    Close,
    /// Refund.
    Refund,
    /// Query of a refund.
    RefundQuery,
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
    /// A web page with status 200 from something in between; the platform never sees the request.
    HtmlPage,
    /// The platform acts and its answer carries a signature that does not fit.
    BadSignature,
    /// The platform acts; something in between turns "not paid" into "paid" in its answer.
    AlteredBody,
    /// A query does not find the order yet, as just after it was made.
    NotVisible,
    /// A refund is refused because the merchant's balance is too low.
    NotEnough,
}

/// What is untrue about a close that was answered with 204.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseEffect {
    /// Nothing happens: a query still says NOTPAY and the phone can pay.
    Ignored,
    /// A query says CLOSED, and the phone can pay all the same.
    StaysPayable,
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
}

/// How a hostile or broken copy of a callback differs from the true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoil {
    /// The platform's own probe: a signature that starts with `WECHATPAY/SIGNTEST/`.
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

/// A switch with where and how often it applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultRule {
    /// Only for this merchant.
    #[serde(default)]
    pub mchid: Option<String>,
    /// Only for this order.
    #[serde(default)]
    pub out_trade_no: Option<String>,
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
            mchid: None,
            out_trade_no: None,
            times: None,
            fault,
        }
    }

    /// `fault` the next `times` times it can apply.
    #[must_use]
    pub const fn next(times: u32, fault: Fault) -> Self {
        Self {
            mchid: None,
            out_trade_no: None,
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

/// What a fault is checked against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) mchid: Option<&'a str>,
    pub(crate) out_trade_no: Option<&'a str>,
}

/// The rules that are set.
#[derive(Debug, Default)]
pub(crate) struct FaultBoard {
    standing: Vec<StandingFault>,
    last_id: u32,
}

impl FaultBoard {
    pub(crate) fn set(&mut self, rule: FaultRule) -> u32 {
        self.last_id += 1;
        self.standing.push(StandingFault {
            id: self.last_id,
            rule,
        });
        self.last_id
    }

    pub(crate) fn clear(&mut self, id: Option<u32>) -> bool {
        let before = self.standing.len();
        self.standing
            .retain(|standing| id.is_some_and(|id| standing.id != id));
        self.standing.len() < before
    }

    pub(crate) fn standing(&self) -> &[StandingFault] {
        &self.standing
    }

    /// Everything `pick` takes from rules that apply to `subject`; each such rule is used once.
    pub(crate) fn take<T>(&mut self, subject: Subject<'_>, pick: impl Fn(Fault) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.standing.retain_mut(|StandingFault { rule, .. }| {
            let fits =
                |wanted: &Option<String>, is: Option<&str>| wanted.is_none() || wanted.as_deref() == is;
            if !fits(&rule.mchid, subject.mchid) || !fits(&rule.out_trade_no, subject.out_trade_no) {
                return true;
            }
            let (Some(picked), false) = (pick(rule.fault), rule.times == Some(0)) else {
                return true;
            };
            taken.push(picked);
            rule.times = rule.times.map(|times| times - 1);
            rule.times != Some(0)
        });
        taken
    }
}
