//! Order status: how each pay order ended, and what has gone back of its trades. A status never goes back: what
//! arrives late is older news.

use suanpan_wire::broadcast::{BroadcastKey, TradeStatusMsg};

use super::each_status;
use crate::book::{Book, BookError, EffectError, Refused, Transaction, params};
use crate::listen::{Heard, Listener, Message};

/// Name of the listener.
pub const NAME: &str = "orders";

/// `refund_status` of a refund whose money is back.
const REFUND_SUCCESS: u8 = 2;

/// The listener.
#[derive(Clone, Copy, Debug)]
pub struct Orders;

impl Listener for Orders {
    fn name(&self) -> &'static str {
        NAME
    }

    fn hear(&self, book: &mut Book, message: &Message, now_ms: i64) -> Result<Heard, BookError> {
        match message.key {
            Some(BroadcastKey::RefundUpdateStatus) => each_status(NAME, book, message, now_ms, refunded),
            // Whatever comes by another name is read as what this queue is for.
            Some(BroadcastKey::UpdateStatus) | None => each_status(NAME, book, message, now_ms, ended),
            Some(
                BroadcastKey::AttemptUpdateStatus
                | BroadcastKey::SurplusUpdateStatus
                | BroadcastKey::OrderStatus,
            ) => Ok(Heard::Done),
        }
    }
}

fn amount_of(status: &TradeStatusMsg) -> Result<i64, Refused> {
    status
        .amount_minor()
        .ok_or_else(|| Refused(format!("{} is no amount", status.trading_amount)))
}

fn ended(transaction: &Transaction<'_>, status: &TradeStatusMsg) -> Result<(), EffectError> {
    let (word, paid_minor) = match status.status_code {
        3 => ("ATTEMPT_REFUSED", 0),
        4 => ("PAID", amount_of(status)?),
        // Waived, or on account: settled without money.
        6 | 7 => ("PAID", 0),
        5 => ("CANCELED", 0),
        other => return Err(Refused(format!("status {other} is no end")).into()),
    };
    transaction.execute(
        "INSERT INTO order_status (product_app_id, product_order_no, status, trading_order_no, paid_minor, \
         times_paid) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (product_app_id, product_order_no) DO UPDATE SET \
         trading_order_no = CASE WHEN status = 'PAID' THEN trading_order_no ELSE excluded.trading_order_no END, \
         status = CASE WHEN status = 'PAID' OR excluded.status = 'ATTEMPT_REFUSED' THEN status \
             ELSE excluded.status END, \
         paid_minor = paid_minor + excluded.paid_minor, times_paid = times_paid + excluded.times_paid",
        params![
            status.product_app_id,
            status.product_order_no.to_string(),
            word,
            status.trading_order_no.to_string(),
            paid_minor,
            i64::from(word == "PAID"),
        ],
    )?;
    Ok(())
}

fn refunded(transaction: &Transaction<'_>, status: &TradeStatusMsg) -> Result<(), EffectError> {
    if status.status_code != REFUND_SUCCESS {
        return Ok(());
    }
    let amount_minor = amount_of(status)?;
    transaction.execute(
        "INSERT INTO trade_refund (trading_order_no, refunded_minor) VALUES (?1, ?2) \
         ON CONFLICT (trading_order_no) DO UPDATE SET refunded_minor = refunded_minor + excluded.refunded_minor",
        params![status.trading_order_no.to_string(), amount_minor],
    )?;
    Ok(())
}
