//! Orders and refunds as the platform writes them, in answers and in callbacks.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde_json::{Value, json};

use super::trade::{Payment, Refund, RefundStatus, Trade};

/// China has one zone without summer time.
const CHINA_OFFSET_S: i32 = 8 * 3600;

/// `2026-01-05T12:00:00+08:00`.
pub(crate) fn time_text(at_ms: i64) -> String {
    let china = FixedOffset::east_opt(CHINA_OFFSET_S).expect("eight hours are a valid offset");
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or(DateTime::UNIX_EPOCH);
    at.with_timezone(&china)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// The order as a query answers it and a payment callback carries it.
pub(crate) fn transaction(trade: &Trade) -> Value {
    let (state, description) = trade.state().wire();
    let mut body = json!({
        "appid": trade.appid,
        "mchid": trade.key.mchid,
        "out_trade_no": trade.key.out_trade_no,
        "trade_state": state,
        "trade_state_desc": description,
        "amount": { "total": trade.total.minor(), "currency": "CNY" },
    });
    if let Some(attach) = &trade.attach {
        body["attach"] = json!(attach);
    }
    if let Some(payment) = &trade.payment {
        body["trade_type"] = json!(trade.kind.wire());
        add_payment(&mut body, payment);
    }
    body
}

fn add_payment(body: &mut Value, payment: &Payment) {
    body["transaction_id"] = json!(payment.transaction_id);
    body["bank_type"] = json!("OTHERS");
    body["success_time"] = json!(time_text(payment.paid_at_ms));
    body["payer"] = json!({ "openid": payment.openid });
    body["amount"] = json!({
        "total": payment.total.minor(),
        "payer_total": payment.payer_total.minor(),
        "currency": "CNY",
        "payer_currency": "CNY",
    });
}

/// The refund as the refund call and its query answer it.
pub(crate) fn refund(trade: &Trade, payment: &Payment, refund: &Refund) -> Value {
    let (total, back) = (payment.total.minor(), refund.amount.minor());
    let mut body = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": payment.transaction_id,
        "out_trade_no": trade.key.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": time_text(refund.created_at_ms),
        "status": refund.status.wire(),
        "funds_account": "AVAILABLE",
        "amount": {
            "total": total, "refund": back, "payer_total": total, "payer_refund": back,
            "settlement_total": total, "settlement_refund": back, "discount_refund": 0, "currency": "CNY",
        },
        "promotion_detail": [],
    });
    if let (RefundStatus::Success, Some(at_ms)) = (refund.status, refund.settled_at_ms) {
        body["success_time"] = json!(time_text(at_ms));
    }
    body
}

/// The refund as a refund callback carries it.
pub(crate) fn refund_notice(trade: &Trade, payment: &Payment, refund: &Refund) -> Value {
    let (total, back) = (payment.total.minor(), refund.amount.minor());
    let mut body = json!({
        "mchid": trade.key.mchid,
        "transaction_id": payment.transaction_id,
        "out_trade_no": trade.key.out_trade_no,
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "refund_status": refund.status.wire(),
        "user_received_account": "支付用户零钱",
        "amount": { "total": total, "refund": back, "payer_total": total, "payer_refund": back },
    });
    if let (RefundStatus::Success, Some(at_ms)) = (refund.status, refund.settled_at_ms) {
        body["success_time"] = json!(time_text(at_ms));
    }
    body
}
