//! Payment log: a row per completed order and per refund of one, and the sums that these rows add up to. What was
//! waived or is on account is an order, and no money.

use suanpan_wire::broadcast::{OrderStatusMsg, OrderWord};

use super::order;
use crate::book::{Book, BookError, EffectError, Refused, Transaction, params};
use crate::listen::{Heard, Listener, Message};

/// Name of the listener.
pub const NAME: &str = "payment-log";

/// The listener.
#[derive(Clone, Copy, Debug)]
pub struct PaymentLog;

impl Listener for PaymentLog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn hear(&self, book: &mut Book, message: &Message, now_ms: i64) -> Result<Heard, BookError> {
        order(NAME, book, message, now_ms, note)
    }
}

/// What a message adds to the number of orders, to what was taken and to what went back, and its word.
fn parts_of(order: &OrderStatusMsg) -> Result<(i64, i64, i64, &'static str), Refused> {
    match (order.status_name, &order.refund) {
        (OrderWord::Completed, _) => Ok((1, order.received_minor(), 0, "COMPLETED")),
        (OrderWord::Refunded, Some(refund)) => Ok((0, 0, refund.amount_minor, "REFUNDED")),
        (OrderWord::Refunded, None) => Err(Refused("a refund without its amount".to_owned())),
    }
}

fn note(transaction: &Transaction<'_>, order: &OrderStatusMsg) -> Result<(), EffectError> {
    let (orders, total_minor, refunded_minor, word) = parts_of(order)?;
    let tenders = serde_json::to_string(&order.tenders)
        .map_err(|error| Refused(format!("its tenders cannot be written: {error}")))?;
    transaction.execute(
        "INSERT INTO payment_log (event_id, order_no, product_app_id, word, amount_minor, tenders, at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            order.event_id,
            order.order_no,
            order.product_app_id,
            word,
            total_minor - refunded_minor,
            tenders,
            order.created
        ],
    )?;
    transaction.execute(
        "INSERT INTO payment_sum (product_app_id, orders, total_minor, refunded_minor) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (product_app_id) DO UPDATE SET orders = orders + excluded.orders, \
         total_minor = total_minor + excluded.total_minor, \
         refunded_minor = refunded_minor + excluded.refunded_minor",
        params![order.product_app_id, orders, total_minor, refunded_minor],
    )?;
    Ok(())
}
