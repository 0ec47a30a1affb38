//! One order at the platform, with its payment and its refunds.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use suanpan_domain::money::Fen;

use super::fault::RefundEnd;

/// A code can be scanned for two hours; a later prepay gives a fresh one for the same order.
pub(crate) const CODE_LIFE_MS: i64 = 2 * 3_600_000;

/// What names an order: merchant and the merchant's number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct TradeKey {
    pub(crate) mchid: String,
    pub(crate) out_trade_no: String,
}

/// How an order came to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TradeKind {
    /// The customer scans a code.
    #[default]
    Native,
    /// The shop scans the customer's payment code.
    CodePay,
}

impl TradeKind {
    /// `trade_type` on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Native => "NATIVE",
            Self::CodePay => "MICROPAY",
        }
    }
}

/// `trade_state` as far as Native payments and payments by the customer's code reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum TradeState {
    NotPay,
    UserPaying,
    Success,
    Refund,
    Closed,
    Revoked,
    PayError,
}

impl TradeState {
    /// The wire's word and its description.
    pub(crate) const fn wire(self) -> (&'static str, &'static str) {
        match self {
            Self::NotPay => ("NOTPAY", "订单未支付"),
            Self::UserPaying => ("USERPAYING", "用户支付中"),
            Self::Success => ("SUCCESS", "支付成功"),
            Self::Refund => ("REFUND", "订单发生过退款，退款详情请查询退款单"),
            Self::Closed => ("CLOSED", "订单已关闭"),
            Self::Revoked => ("REVOKED", "订单已撤销"),
            Self::PayError => ("PAYERROR", "支付失败，请更换付款方式"),
        }
    }
}

/// A payment that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) transaction_id: String,
    pub(crate) paid_at_ms: i64,
    pub(crate) openid: String,
    /// The total the platform reports: the order's, unless a fault says otherwise.
    #[serde(with = "fen")]
    pub(crate) total: Fen,
    #[serde(with = "fen")]
    pub(crate) payer_total: Fen,
}

/// Money on its way: what will be reported once it is there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Arriving {
    pub(crate) at_ms: i64,
    #[serde(with = "fen")]
    pub(crate) total: Fen,
    #[serde(with = "fen")]
    pub(crate) payer_total: Fen,
}

/// One address by which the order can be paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PayCode {
    pub(crate) token: String,
    pub(crate) made_at_ms: i64,
}

/// One order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Trade {
    pub(crate) key: TradeKey,
    pub(crate) appid: String,
    pub(crate) description: String,
    pub(crate) attach: Option<String>,
    /// Empty for a payment by the customer's code, of which no callback tells.
    pub(crate) notify_url: String,
    #[serde(default)]
    pub(crate) kind: TradeKind,
    #[serde(with = "fen")]
    pub(crate) total: Fen,
    pub(crate) created_at_ms: i64,
    /// The last moment it can be paid at.
    pub(crate) expires_at_ms: i64,
    /// The body that made it.
    pub(crate) params: Value,
    pub(crate) code: PayCode,
    pub(crate) payment: Option<Payment>,
    pub(crate) paying: bool,
    #[serde(default)]
    pub(crate) arriving: Option<Arriving>,
    pub(crate) closed: bool,
    #[serde(default)]
    pub(crate) revoked: bool,
    /// A payment by the customer's code that came to nothing.
    #[serde(default)]
    pub(crate) declined: bool,
    pub(crate) payable_though_closed: bool,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) prepay_calls: u32,
}

impl Trade {
    pub(crate) fn state(&self) -> TradeState {
        let refunded = self
            .refunds
            .iter()
            .any(|refund| refund.status != RefundStatus::Closed);
        match &self.payment {
            Some(_) if self.revoked => TradeState::Revoked,
            Some(_) if refunded => TradeState::Refund,
            Some(_) => TradeState::Success,
            None if self.revoked => TradeState::Revoked,
            None if self.closed => TradeState::Closed,
            None if self.paying || self.arriving.is_some() => TradeState::UserPaying,
            None if self.declined => TradeState::PayError,
            None => TradeState::NotPay,
        }
    }

    /// What is set aside for refunds or already returned.
    pub(crate) fn refunded(&self) -> Fen {
        let counted = self
            .refunds
            .iter()
            .filter(|refund| refund.status != RefundStatus::Closed);
        Fen::sum(counted.map(|refund| refund.amount)).expect("refunds are capped by the order's total")
    }

    pub(crate) fn refund(&self, out_refund_no: &str) -> Option<&Refund> {
        self.refunds
            .iter()
            .find(|refund| refund.out_refund_no == out_refund_no)
    }

    pub(crate) fn refund_mut(&mut self, out_refund_no: &str) -> Option<&mut Refund> {
        self.refunds
            .iter_mut()
            .find(|refund| refund.out_refund_no == out_refund_no)
    }
}

/// `status` of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefundStatus {
    Processing,
    Success,
    Closed,
    Abnormal,
}

impl RefundStatus {
    /// The wire's word.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
            Self::Abnormal => "ABNORMAL",
        }
    }
}

/// One refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) out_refund_no: String,
    pub(crate) refund_id: String,
    #[serde(with = "fen")]
    pub(crate) amount: Fen,
    pub(crate) notify_url: Option<String>,
    pub(crate) created_at_ms: i64,
    pub(crate) status: RefundStatus,
    /// How it will end when its time has come.
    pub(crate) ends: RefundEnd,
    pub(crate) settled_at_ms: Option<i64>,
}

/// Amounts in the kept file: fen, as a number.
pub(crate) mod fen {
    use serde::{Deserialize, Deserializer, Serializer};
    use suanpan_domain::money::Fen;

    pub(crate) fn serialize<S: Serializer>(amount: &Fen, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_i64(amount.minor())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Fen, D::Error> {
        i64::deserialize(from).map(Fen::new)
    }
}
