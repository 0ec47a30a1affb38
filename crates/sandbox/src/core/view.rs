//! Orders and refunds as the admin API lists them; amounts and times are strings.

use serde::Serialize;

use super::alipay::{AlipayTrade, Offer, RefundPart};
use super::name::PlatformName;
use super::trade::{Refund, Trade};

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TradeView {
    /// Whose order it is.
    pub platform: PlatformName,
    /// The merchant, by merchant id or app id.
    pub mchid: String,
    /// The merchant's number.
    pub out_trade_no: String,
    /// What is paid for.
    pub description: String,
    /// What was asked for, in fen.
    pub total_minor: String,
    /// `trade_state` or `trade_status` as a query would say it; `NOT_SCANNED` for a code of Alipay that nobody
    /// has scanned, which a query does not find.
    pub trade_state: &'static str,
    /// What stands in the payment code.
    pub code_url: String,
    /// The platform's number once paid.
    pub transaction_id: Option<String>,
    /// When it was opened, ms UTC.
    pub created_at_ms: String,
    /// The last moment it can be paid at, ms UTC.
    pub expires_at_ms: String,
    /// When it was paid, ms UTC.
    pub paid_at_ms: Option<String>,
    /// Set aside for refunds or already returned, in fen.
    pub refunded_minor: String,
    /// How many calls came that asked for it.
    pub prepay_calls: u32,
    /// Where its callback goes; empty where none is sent.
    pub notify_url: String,
}

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundView {
    /// Whose refund it is.
    pub platform: PlatformName,
    /// The merchant, by merchant id or app id.
    pub mchid: String,
    /// The order.
    pub out_trade_no: String,
    /// The merchant's refund number.
    pub out_refund_no: String,
    /// The platform's refund number.
    pub refund_id: String,
    /// What goes back, in fen.
    pub refund_minor: String,
    /// PROCESSING, SUCCESS, CLOSED or ABNORMAL.
    pub status: &'static str,
    /// When it was accepted, ms UTC.
    pub created_at_ms: String,
    /// When it ended, ms UTC.
    pub settled_at_ms: Option<String>,
}

impl TradeView {
    pub(crate) fn of(trade: &Trade, code_url: String) -> Self {
        let payment = trade.payment.as_ref();
        Self {
            platform: PlatformName::Wechat,
            mchid: trade.key.mchid.clone(),
            out_trade_no: trade.key.out_trade_no.clone(),
            description: trade.description.clone(),
            total_minor: trade.total.minor().to_string(),
            trade_state: trade.state().wire().0,
            code_url,
            transaction_id: payment.map(|payment| payment.transaction_id.clone()),
            created_at_ms: trade.created_at_ms.to_string(),
            expires_at_ms: trade.expires_at_ms.to_string(),
            paid_at_ms: payment.map(|payment| payment.paid_at_ms.to_string()),
            refunded_minor: trade.refunded().minor().to_string(),
            prepay_calls: trade.prepay_calls,
            notify_url: trade.notify_url.clone(),
        }
    }

    /// A trade of Alipay.
    pub(crate) fn of_alipay(trade: &AlipayTrade, code_url: String) -> Self {
        Self {
            platform: PlatformName::Alipay,
            mchid: trade.key.mchid.clone(),
            out_trade_no: trade.key.out_trade_no.clone(),
            description: trade.asked.subject.clone(),
            total_minor: trade.asked.total.minor().to_string(),
            trade_state: trade.status().wire(),
            code_url,
            transaction_id: Some(trade.trade_no.clone()),
            created_at_ms: trade.created_at_ms.to_string(),
            expires_at_ms: trade.pay_until_ms.to_string(),
            paid_at_ms: trade.paid.map(|paid| paid.at_ms.to_string()),
            refunded_minor: trade.reserved().minor().to_string(),
            prepay_calls: trade.calls,
            notify_url: trade.asked.notify_url.clone().unwrap_or_default(),
        }
    }

    /// A code of Alipay that nobody has scanned.
    pub(crate) fn of_offer(offer: &Offer, code_url: String) -> Self {
        Self {
            platform: PlatformName::Alipay,
            mchid: offer.key.mchid.clone(),
            out_trade_no: offer.key.out_trade_no.clone(),
            description: offer.asked.subject.clone(),
            total_minor: offer.asked.total.minor().to_string(),
            trade_state: "NOT_SCANNED",
            code_url,
            transaction_id: None,
            created_at_ms: offer.made_at_ms.to_string(),
            expires_at_ms: offer.ends_at_ms.to_string(),
            paid_at_ms: None,
            refunded_minor: "0".to_owned(),
            prepay_calls: offer.calls,
            notify_url: offer.asked.notify_url.clone().unwrap_or_default(),
        }
    }
}

impl RefundView {
    pub(crate) fn of(trade: &Trade, refund: &Refund) -> Self {
        Self {
            platform: PlatformName::Wechat,
            mchid: trade.key.mchid.clone(),
            out_trade_no: trade.key.out_trade_no.clone(),
            out_refund_no: refund.out_refund_no.clone(),
            refund_id: refund.refund_id.clone(),
            refund_minor: refund.amount.minor().to_string(),
            status: refund.status.wire(),
            created_at_ms: refund.created_at_ms.to_string(),
            settled_at_ms: refund.settled_at_ms.map(|at_ms| at_ms.to_string()),
        }
    }
    /// A refund of Alipay, which has no number of its own there.
    pub(crate) fn of_alipay(trade: &AlipayTrade, part: &RefundPart) -> Self {
        Self {
            platform: PlatformName::Alipay,
            mchid: trade.key.mchid.clone(),
            out_trade_no: trade.key.out_trade_no.clone(),
            out_refund_no: part.out_request_no.clone(),
            refund_id: String::new(),
            refund_minor: part.amount.minor().to_string(),
            status: part.status.wire(),
            created_at_ms: part.created_at_ms.to_string(),
            settled_at_ms: part.settled_at_ms.map(|at_ms| at_ms.to_string()),
        }
    }
}
