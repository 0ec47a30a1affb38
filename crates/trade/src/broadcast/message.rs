//! Messages as they will be sent, built from what is being committed and never again.
//!
//! The id of an event is made from what it says, not drawn at random: a centre that was put back to an older
//! copy and learns a fact once more tells it under the id it had, and whoever acted on it knows that.

use aws_lc_rs::digest::{SHA256, digest};
use suanpan_domain::refund::RefundState;
use suanpan_domain::trade::TradeState;
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::broadcast::{
    MEANS_ON_ACCOUNT, MEANS_WAIVED, ORDER_TYPE_COUNTER, OrderRefund, OrderStatusMsg, OrderTender, OrderWord,
    TradeStatusMsg, yuan_text,
};
use suanpan_wire::entry::{OrderSaid, TenderSaid};

use crate::rows::pay_order::PayOrder;
use crate::rows::refund::Refund;
use crate::rows::trade::Trade;

/// The id of the nth event that says this state of this subject: a name-based UUID, version 8 of RFC 9562,
/// by SHA-256.
#[must_use]
pub fn event_id(origin: &str, subject: &str, state: &str, nth: usize) -> String {
    let name = format!("{origin}\n{subject}\n{state}\n{nth}");
    let hash = digest(&SHA256, name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex[from..to].concat();
    [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join("-")
}

/// Name of a trade's state in the family of services.
const fn status_name(code: u8) -> &'static str {
    match code {
        3 => "FKSB",
        4 => "YJS",
        5 => "QXDD",
        6 => "MD",
        7 => "GZ",
        _open => "FKZ",
    }
}

/// News of a trade that was collected by `channel`, or of the pay order that it stands for.
#[must_use]
pub fn of_trade(
    order: &PayOrder,
    trade: &Trade,
    state: TradeState,
    channel: Option<String>,
    event_id: &str,
    now_ms: i64,
) -> TradeStatusMsg {
    let status_code = state.trading_state();
    TradeStatusMsg {
        trading_order_no: trade.trade_no,
        product_app_id: order.product_app_id.clone(),
        product_order_no: order.tender_no,
        transaction_id: trade.transaction_id.clone(),
        trading_channel: channel,
        refund_no: None,
        status_name: status_name(status_code).to_owned(),
        status_code,
        info: None,
        created: now_ms,
        event_id: event_id.to_owned(),
        trading_amount: yuan_text(trade.amount_minor),
    }
}

/// Name of a refund's state in the family of services.
#[must_use]
pub const fn refund_name(state: RefundState) -> &'static str {
    match state {
        RefundState::Apply => "APPLY_REFUND",
        RefundState::Sending => "SENDING",
        RefundState::Success => "SUCCESS",
        RefundState::Fail => "FAIL",
    }
}

/// News of a refund.
#[must_use]
pub fn of_refund(
    order: &PayOrder,
    trade: &Trade,
    refund: &Refund,
    channel: Option<String>,
    event_id: &str,
    now_ms: i64,
) -> TradeStatusMsg {
    TradeStatusMsg {
        refund_no: Some(refund.refund_no),
        status_name: refund_name(refund.state).to_owned(),
        status_code: refund.state.code(),
        info: Some(refund.reason.clone()),
        trading_amount: yuan_text(refund.amount_minor),
        ..of_trade(order, trade, trade.state, channel, event_id, now_ms)
    }
}

/// A till's completed order.
#[must_use]
pub fn of_sale(order: &OrderSaid, tenders: &[TenderSaid], event_id: &str, now_ms: i64) -> OrderStatusMsg {
    OrderStatusMsg {
        event_id: event_id.to_owned(),
        status_name: OrderWord::Completed,
        order_no: order.order_no.clone(),
        product_app_id: PRODUCT_APP_ID.to_owned(),
        order_type: Some(ORDER_TYPE_COUNTER.to_owned()),
        out_business_id: Some(order.order_id.clone()),
        member_id: order.member_id.clone(),
        total_minor: order.total_minor,
        tenders: tenders.iter().map(tender_said).collect(),
        refund: None,
        created: now_ms,
    }
}

fn tender_said(tender: &TenderSaid) -> OrderTender {
    OrderTender {
        tender_no: tender.tender_no.clone(),
        means: tender.means.name().to_owned(),
        amount_minor: tender.amount_minor,
        trading_order_no: tender.trade_no.clone(),
        transaction_id: tender.transaction_id.clone(),
    }
}

/// The order of a caller that has one tender per order, completed by its winner, which was collected by `channel`.
#[must_use]
pub fn of_callers_order(
    order: &PayOrder,
    winner: &Trade,
    channel: Option<String>,
    event_id: &str,
    now_ms: i64,
) -> OrderStatusMsg {
    let means = match winner.state {
        TradeState::Free => MEANS_WAIVED.to_owned(),
        TradeState::Credit => MEANS_ON_ACCOUNT.to_owned(),
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Closed => channel.unwrap_or_default(),
    };
    OrderStatusMsg {
        event_id: event_id.to_owned(),
        status_name: OrderWord::Completed,
        order_no: order.tender_no.to_string(),
        product_app_id: order.product_app_id.clone(),
        order_type: None,
        out_business_id: None,
        member_id: None,
        total_minor: order.amount_minor,
        tenders: vec![OrderTender {
            tender_no: order.tender_no.to_string(),
            means,
            amount_minor: winner.amount_minor,
            trading_order_no: Some(winner.trade_no.to_string()),
            transaction_id: winner.transaction_id.clone(),
        }],
        refund: None,
        created: now_ms,
    }
}

/// What went back of a trade, as the news of its order says it.
#[must_use]
pub fn part_of_trade(refund: &Refund) -> OrderRefund {
    OrderRefund {
        refund_no: refund.refund_no.to_string(),
        trading_order_no: Some(refund.trade_no.to_string()),
        amount_minor: refund.amount_minor,
    }
}

/// The same order once more, of which part went back: what was said of it at its completion is not changed.
#[must_use]
pub fn of_order_refund(
    completed: OrderStatusMsg,
    refund: OrderRefund,
    event_id: &str,
    now_ms: i64,
) -> OrderStatusMsg {
    OrderStatusMsg {
        event_id: event_id.to_owned(),
        status_name: OrderWord::Refunded,
        refund: Some(refund),
        created: now_ms,
        ..completed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_fact_has_the_same_id_and_another_has_another() {
        let id = event_id("c", "trade/1/2", "CLOSED", 1);
        assert_eq!(id, event_id("c", "trade/1/2", "CLOSED", 1));
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "8");
        assert!("89ab".contains(&id[19..20]));
        for other in [
            event_id("d", "trade/1/2", "CLOSED", 1),
            event_id("c", "trade/1/3", "CLOSED", 1),
            event_id("c", "trade/1/2", "FAILED", 1),
            event_id("c", "trade/1/2", "CLOSED", 2),
        ] {
            assert_ne!(id, other);
        }
    }

    /// Computed by `printf 'c\ntrade/1/2\nCLOSED\n1' | sha256sum`, with version and variant set by hand.
    #[test]
    fn golden_an_event_id_never_changes() {
        assert_eq!(
            event_id("c", "trade/1/2", "CLOSED", 1),
            "95131691-2907-8f8c-a5d6-ca9e8eae3bfa"
        );
    }
}
