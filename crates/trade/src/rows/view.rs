//! The one view of a tender that answers every request and travels down the stream.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::trade::{TradeState, Way};
use suanpan_wire::tender::{RefundView, TenderView, TradeView};

use super::pay_order::PayOrder;
use super::refund::{self, Refund};
use super::suspense;
use super::trade::{self, Trade};
use crate::db::{DbError, Tx};

/// Builds the view of a tender as it is in this transaction.
///
/// # Errors
/// [`DbError`].
pub fn of(tx: &mut dyn Tx, order: &PayOrder) -> Result<TenderView, DbError> {
    let trades = trade::of_order(tx, order.pay_order_id)?;
    let latest_no = trades.last().map(|trade| trade.trade_no);
    let collecting = order.state == PayOrderState::NoPay && !order.given_up;
    let mut views = Vec::with_capacity(trades.len());
    for trade in trades {
        let refunds = refund::of_trade(tx, trade.trade_no)?;
        let trade = as_decided(tx, trade)?;
        let shown = collecting && trade.state == TradeState::Awaiting && Some(trade.trade_no) == latest_no;
        views.push(trade_view(trade, shown, &refunds));
    }
    Ok(TenderView {
        tender_no: order.tender_no.to_string(),
        version: u64::try_from(order.version).map_err(|_| DbError::Damaged("negative version".into()))?,
        state: order.state,
        given_up: order.given_up,
        means: order.means,
        amount_minor: order.amount_minor,
        winner_trade_no: order.winner_trade_no.map(|no| no.to_string()),
        trades: views,
    })
}

/// Money in suspense is a matter only until somebody has decided on it: after that nothing of it is to be looked at.
fn as_decided(tx: &mut dyn Tx, trade: Trade) -> Result<Trade, DbError> {
    let is_decided = trade.disposition == Disposition::Suspense
        && !suspense::holds(tx, trade.enterprise_id, trade.trade_no)?;
    if !is_decided {
        return Ok(trade);
    }
    Ok(Trade {
        disposition: Disposition::None,
        suspense_amount_minor: None,
        ..trade
    })
}

fn trade_view(trade: Trade, shown: bool, refunds: &[Refund]) -> TradeView {
    TradeView {
        trade_no: trade.trade_no.to_string(),
        attempt_key: trade.attempt_key,
        state: trade.state,
        code_url: trade.code_url.filter(|_| shown),
        created_at_ms: trade.created_at_ms,
        expires_at_ms: trade.expires_at_ms,
        answered_at_ms: trade.answered_at_ms,
        paying: trade.paying,
        by_payment_code: trade.way == Way::Taken,
        transaction_id: trade.transaction_id,
        paid_at_ms: trade.paid_at_ms,
        disposition: trade.disposition,
        refused_code: trade.refused_code,
        suspense_amount_minor: trade.suspense_amount_minor,
        returns_at_ms: trade.refund_due_at_ms,
        refunds: refunds.iter().map(refund_view).collect(),
    }
}

fn refund_view(refund: &Refund) -> RefundView {
    RefundView {
        refund_no: refund.refund_no.to_string(),
        refund_status: refund.state.code(),
        amount_minor: refund.amount_minor,
        reason: refund.reason.clone(),
        needs_attention: refund.needs_attention,
    }
}
