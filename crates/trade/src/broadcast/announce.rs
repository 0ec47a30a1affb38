//! From what a transaction commits to the events that tell of it.
//!
//! Nobody has to remember to tell: when a transaction is sealed, each tender it has touched is compared with
//! what was told of it before, and what is new becomes an event with one delivery per subscriber that wants it.
//! A state that is told of a subject is not told again while it lasts. What an event says is frozen here.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::refund::RefundState;
use suanpan_domain::trade::TradeState;
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::broadcast::{BroadcastKey, OrderRefund, OrderStatusMsg, TradeStatusMsg};
use suanpan_wire::entry::{OrderSaid, TenderSaid};
use suanpan_wire::refund::RefundSaid;

use super::message;
use crate::centre::decide::SUSPENSE_APP;
use crate::centre::refunds::Reason;
use crate::db::{DbError, Tx};
use crate::rows::outbox::{self, OutboxEvent};
use crate::rows::pay_order::PayOrder;
use crate::rows::refund::{self, Refund};
use crate::rows::trade::{self, Trade};
use crate::rows::{delivery, pay_channel, subscriber};

/// A message that is ready, or the reason why it is not.
type Written = Result<String, DbError>;

fn unwritable(error: &serde_json::Error) -> DbError {
    DbError::Failed(format!("a message cannot be written: {error}"))
}

/// Writes an event unless that state of the subject is the last that was told.
fn tell(
    tx: &mut dyn Tx,
    now_ms: i64,
    subject: &str,
    state: &str,
    key: BroadcastKey,
    write: impl FnOnce(&mut dyn Tx, &str) -> Written,
) -> Result<(), DbError> {
    let told = outbox::told_of(tx, subject)?;
    if told.last().is_some_and(|last| last.state == state) {
        return Ok(());
    }
    let nth = told.iter().filter(|before| before.state == state).count() + 1;
    let event_id = message::event_id(&outbox::origin(tx)?, subject, state, nth);
    let payload = write(tx, &event_id)?;
    let wanting: Vec<_> = subscriber::all(tx)?
        .into_iter()
        .filter(|subscriber| subscriber.keys.contains(&key))
        .collect();
    let event = OutboxEvent {
        event_id: &event_id,
        subject,
        seq: told.last().map_or(1, |last| last.seq + 1),
        state,
        key,
        payload: &payload,
        listeners: i64::try_from(wanting.len()).unwrap_or(i64::MAX),
    };
    outbox::insert(tx, &event, now_ms)?;
    for subscriber in wanting {
        delivery::insert(tx, &event_id, subscriber.subscriber_id, now_ms)?;
    }
    Ok(())
}

/// Tells what is new of a tender: its end, its attempts, its refunds.
///
/// # Errors
/// [`DbError`].
pub fn pay_order(tx: &mut dyn Tx, now_ms: i64, order: &PayOrder) -> Result<(), DbError> {
    if order.product_app_id == SUSPENSE_APP {
        // Money of no order is no business system's news.
        return Ok(());
    }
    let trades = trade::of_order(tx, order.pay_order_id)?;
    for trade in &trades {
        attempt(tx, now_ms, order, trade)?;
    }
    end(tx, now_ms, order, &trades)?;
    for trade in trades.iter().filter(|trade| trade.state == TradeState::Paid) {
        for refund in refund::of_trade(tx, trade.trade_no)? {
            refunded(tx, now_ms, order, trade, &refund)?;
        }
    }
    Ok(())
}

/// Attempts that settle nothing. The winner is told of with its pay order.
fn attempt(tx: &mut dyn Tx, now_ms: i64, order: &PayOrder, trade: &Trade) -> Result<(), DbError> {
    let (state, key, info) = match trade.state {
        TradeState::Closed => ("CLOSED", BroadcastKey::AttemptUpdateStatus, None),
        // A refusal is news of the order only while no other attempt has settled it.
        TradeState::Failed if order.state.has_winner() => (
            "FAILED",
            BroadcastKey::AttemptUpdateStatus,
            trade.refused_code.clone(),
        ),
        TradeState::Failed => ("FAILED", BroadcastKey::UpdateStatus, trade.refused_code.clone()),
        TradeState::Paid => match trade.disposition {
            Disposition::Duplicate | Disposition::Late | Disposition::GivenUp => (
                "SURPLUS",
                BroadcastKey::SurplusUpdateStatus,
                Some(trade.disposition.name().to_owned()),
            ),
            Disposition::None | Disposition::Winner | Disposition::Suspense => return Ok(()),
        },
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Free
        | TradeState::Credit => return Ok(()),
    };
    let subject = format!("trade/{}/{}", trade.merchant_id, trade.trade_no);
    tell(tx, now_ms, &subject, state, key, |tx, event_id| {
        let channel = pay_channel::of_trade(tx, order, trade)?;
        status_text(&TradeStatusMsg {
            info,
            ..message::of_trade(order, trade, trade.state, channel, event_id, now_ms)
        })
    })
}

fn status_text(message: &TradeStatusMsg) -> Written {
    message.to_payload().map_err(|error| unwritable(&error))
}

fn order_text(message: &OrderStatusMsg) -> Written {
    message.to_payload().map_err(|error| unwritable(&error))
}

/// How a pay order ended: settled once, by its winner; canceled once, in the name of its last attempt.
fn end(tx: &mut dyn Tx, now_ms: i64, order: &PayOrder, trades: &[Trade]) -> Result<(), DbError> {
    let subject = format!("pay_order/{}/{}", order.product_app_id, order.tender_no);
    match order.state {
        PayOrderState::NoPay | PayOrderState::Canceling => Ok(()),
        PayOrderState::Canceled => {
            let Some(last) = trades.last() else { return Ok(()) };
            tell(
                tx,
                now_ms,
                &subject,
                "CANCELED",
                BroadcastKey::UpdateStatus,
                |tx, event_id| {
                    let channel = pay_channel::of_trade(tx, order, last)?;
                    let closed = TradeState::Closed;
                    status_text(&message::of_trade(order, last, closed, channel, event_id, now_ms))
                },
            )
        }
        PayOrderState::Paid | PayOrderState::PartRefunded | PayOrderState::Refunded => {
            let is_winner = |trade: &&Trade| Some(trade.trade_no) == order.winner_trade_no;
            let Some(winner) = trades.iter().find(is_winner) else {
                return Ok(());
            };
            settled(tx, now_ms, &subject, order, winner)
        }
    }
}

fn settled(
    tx: &mut dyn Tx,
    now_ms: i64,
    subject: &str,
    order: &PayOrder,
    winner: &Trade,
) -> Result<(), DbError> {
    tell(
        tx,
        now_ms,
        subject,
        "SETTLED",
        BroadcastKey::UpdateStatus,
        |tx, event_id| {
            let channel = pay_channel::of_trade(tx, order, winner)?;
            status_text(&message::of_trade(
                order,
                winner,
                winner.state,
                channel,
                event_id,
                now_ms,
            ))
        },
    )?;
    if order.product_app_id == PRODUCT_APP_ID {
        // Of a till's order only the till decides that it is complete.
        return Ok(());
    }
    tell(
        tx,
        now_ms,
        &subject_of_order(order),
        "COMPLETED",
        BroadcastKey::OrderStatus,
        |tx, event_id| {
            let channel = pay_channel::of_trade(tx, order, winner)?;
            order_text(&message::of_callers_order(
                order, winner, channel, event_id, now_ms,
            ))
        },
    )
}

fn refunded(
    tx: &mut dyn Tx,
    now_ms: i64,
    order: &PayOrder,
    trade: &Trade,
    refund: &Refund,
) -> Result<(), DbError> {
    let name = match refund.state {
        // Its number is committed and nothing has been asked for yet.
        RefundState::Apply => return Ok(()),
        RefundState::Sending | RefundState::Success | RefundState::Fail => message::refund_name(refund.state),
    };
    let subject = format!("refund/{}/{}", refund.trade_no, refund.refund_key);
    tell(
        tx,
        now_ms,
        &subject,
        name,
        BroadcastKey::RefundUpdateStatus,
        |tx, event_id| {
            let channel = pay_channel::of_trade(tx, order, trade)?;
            status_text(&message::of_refund(
                order, trade, refund, channel, event_id, now_ms,
            ))
        },
    )?;
    let of_the_order = refund.state == RefundState::Success
        && refund.reason == Reason::Requested.name()
        && order.winner_trade_no == Some(trade.trade_no);
    if of_the_order {
        let subject = format!("order_refund/{}/{}", refund.trade_no, refund.refund_key);
        let part = message::part_of_trade(refund);
        order_refunded(tx, now_ms, &subject_of_order(order), &subject, part)?;
    }
    Ok(())
}

/// Tells that cash of a till's completed order is out of the drawer again.
///
/// # Errors
/// [`DbError`].
pub fn cash_refunded(tx: &mut dyn Tx, now_ms: i64, till_id: i64, refund: &RefundSaid) -> Result<(), DbError> {
    let sale = subject_of_sale(till_id, &refund.order_no);
    let subject = format!("order_refund/cash/{till_id}/{}", refund.refund_no);
    let part = OrderRefund {
        refund_no: refund.refund_no.clone(),
        trading_order_no: None,
        amount_minor: refund.amount_minor,
    };
    order_refunded(tx, now_ms, &sale, &subject, part)
}

/// Money of a completed order went back. One that is not known to be complete is told of when it is.
fn order_refunded(
    tx: &mut dyn Tx,
    now_ms: i64,
    order: &str,
    subject: &str,
    refund: OrderRefund,
) -> Result<(), DbError> {
    let completed = outbox::first_payload(tx, order)?
        .and_then(|payload| OrderStatusMsg::from_payload(payload.as_bytes()).ok());
    let Some(completed) = completed else { return Ok(()) };
    tell(
        tx,
        now_ms,
        subject,
        "REFUNDED",
        BroadcastKey::OrderStatus,
        |_, event_id| order_text(&message::of_order_refund(completed, refund, event_id, now_ms)),
    )
}

/// A till's numbers are its own; a caller's order is the one tender that it has.
fn subject_of_order(order: &PayOrder) -> String {
    if order.product_app_id == PRODUCT_APP_ID {
        subject_of_sale(order.till_id, &order.order_no.to_string())
    } else {
        format!("order/{}/{}", order.product_app_id, order.tender_no)
    }
}

fn subject_of_sale(till_id: i64, order_no: &str) -> String {
    format!("order/{PRODUCT_APP_ID}/{till_id}/{order_no}")
}

/// Tells that a till has completed an order.
///
/// # Errors
/// [`DbError`].
pub fn sale_completed(
    tx: &mut dyn Tx,
    now_ms: i64,
    till_id: i64,
    order: &OrderSaid,
    tenders: &[TenderSaid],
) -> Result<(), DbError> {
    let subject = subject_of_sale(till_id, &order.order_no);
    tell(
        tx,
        now_ms,
        &subject,
        "COMPLETED",
        BroadcastKey::OrderStatus,
        |_, event_id| order_text(&message::of_sale(order, tenders, event_id, now_ms)),
    )
}
