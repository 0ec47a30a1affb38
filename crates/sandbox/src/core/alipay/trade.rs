//! One trade at Alipay, the code it may come from, its payment and its refunds.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use suanpan_domain::money::Fen;

use crate::core::fault::RefundEnd;
use crate::core::trade::{Arriving, RefundStatus, TradeKey, fen};

/// What a merchant asked for when it asked for a code or charged one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) subject: String,
    #[serde(with = "fen")]
    pub(crate) total: Fen,
    pub(crate) notify_url: Option<String>,
    pub(crate) passback: Option<String>,
    pub(crate) store_id: Option<String>,
    /// How long the customer has from the moment the trade exists.
    pub(crate) timeout_ms: Option<i64>,
    /// The moment by which it must be paid.
    pub(crate) time_expire_ms: Option<i64>,
    /// `biz_content`, to tell a repetition from another order under the same number.
    pub(crate) raw: Value,
}

/// A code that was handed out: no trade exists until somebody scans it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) key: TradeKey,
    pub(crate) asked: Asked,
    pub(crate) made_at_ms: i64,
    /// The last moment it can be scanned, and paid when it says so itself.
    pub(crate) ends_at_ms: i64,
    /// Whether that moment ends the payment too, not only the code.
    pub(crate) ends_payment: bool,
    pub(crate) calls: u32,
}

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Buyer {
    pub(crate) user_id: String,
    pub(crate) logon_id: String,
}

/// A payment that was made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Paid {
    pub(crate) at_ms: i64,
    #[serde(with = "fen")]
    pub(crate) total: Fen,
    #[serde(with = "fen")]
    pub(crate) payer_total: Fen,
}

/// One refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefundPart {
    pub(crate) out_request_no: String,
    #[serde(with = "fen")]
    pub(crate) amount: Fen,
    pub(crate) created_at_ms: i64,
    pub(crate) status: RefundStatus,
    pub(crate) ends: RefundEnd,
    pub(crate) settled_at_ms: Option<i64>,
}

/// `trade_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TradeStatus {
    WaitBuyerPay,
    Success,
    Finished,
    Closed,
}

impl TradeStatus {
    /// The wire's word.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::WaitBuyerPay => "WAIT_BUYER_PAY",
            Self::Success => "TRADE_SUCCESS",
            Self::Finished => "TRADE_FINISHED",
            Self::Closed => "TRADE_CLOSED",
        }
    }
}

/// One trade.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AlipayTrade {
    pub(crate) key: TradeKey,
    pub(crate) trade_no: String,
    pub(crate) token: String,
    pub(crate) asked: Asked,
    pub(crate) buyer: Buyer,
    /// Paid by the customer's code.
    pub(crate) by_code: bool,
    pub(crate) created_at_ms: i64,
    /// When the platform closes it by itself if nobody has paid.
    pub(crate) pay_until_ms: i64,
    pub(crate) paying: bool,
    pub(crate) arriving: Option<Arriving>,
    pub(crate) paid: Option<Paid>,
    pub(crate) closed_at_ms: Option<i64>,
    pub(crate) payable_though_closed: bool,
    pub(crate) finished: bool,
    pub(crate) refunds: Vec<RefundPart>,
    pub(crate) calls: u32,
}

impl AlipayTrade {
    pub(crate) fn status(&self) -> TradeStatus {
        match &self.paid {
            Some(paid) if self.returned() == paid.total => TradeStatus::Closed,
            Some(_) if self.finished => TradeStatus::Finished,
            Some(_) => TradeStatus::Success,
            None if self.closed_at_ms.is_some() => TradeStatus::Closed,
            None => TradeStatus::WaitBuyerPay,
        }
    }

    /// What has gone back.
    pub(crate) fn returned(&self) -> Fen {
        self.sum_of(|part| part.status == RefundStatus::Success)
    }

    /// What is set aside for refunds or has gone back.
    pub(crate) fn reserved(&self) -> Fen {
        self.sum_of(|part| part.status != RefundStatus::Closed)
    }

    fn sum_of(&self, counts: impl Fn(&&RefundPart) -> bool) -> Fen {
        let amounts = self.refunds.iter().filter(counts).map(|part| part.amount);
        Fen::sum(amounts).expect("refunds are capped by the trade's total")
    }

    pub(crate) fn refund(&self, out_request_no: &str) -> Option<&RefundPart> {
        self.refunds
            .iter()
            .find(|part| part.out_request_no == out_request_no)
    }

    pub(crate) fn refund_mut(&mut self, out_request_no: &str) -> Option<&mut RefundPart> {
        self.refunds
            .iter_mut()
            .find(|part| part.out_request_no == out_request_no)
    }
}
