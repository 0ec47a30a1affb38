//! Points: one per whole yuan of a member's orders that stays with the shop. No member, no points.

use suanpan_wire::broadcast::{OrderStatusMsg, OrderWord};

use super::order;
use crate::book::{Book, BookError, EffectError, Refused, Transaction, params};
use crate::listen::{Heard, Listener, Message};

/// Name of the listener.
pub const NAME: &str = "points";

/// Fen for which there is one point.
const FEN_PER_POINT: i64 = 100;

/// The listener.
#[derive(Clone, Copy, Debug)]
pub struct Points;

impl Listener for Points {
    fn name(&self) -> &'static str {
        NAME
    }

    fn hear(&self, book: &mut Book, message: &Message, now_ms: i64) -> Result<Heard, BookError> {
        order(NAME, book, message, now_ms, count)
    }
}

/// Points are counted from the whole sum and not per order, so that it does not matter what arrives first.
fn count(transaction: &Transaction<'_>, order: &OrderStatusMsg) -> Result<(), EffectError> {
    let Some(member_id) = &order.member_id else {
        return Ok(());
    };
    let paid_minor = match (order.status_name, &order.refund) {
        (OrderWord::Completed, _) => order.received_minor(),
        (OrderWord::Refunded, Some(refund)) => -refund.amount_minor,
        (OrderWord::Refunded, None) => return Err(Refused("a refund without its amount".to_owned()).into()),
    };
    transaction.execute(
        "INSERT INTO member_points (member_id, paid_minor, points) VALUES (?1, ?2, MAX(?2, 0) / ?3) \
         ON CONFLICT (member_id) DO UPDATE SET paid_minor = paid_minor + excluded.paid_minor, \
         points = MAX(paid_minor + excluded.paid_minor, 0) / ?3",
        params![member_id, paid_minor, FEN_PER_POINT],
    )?;
    Ok(())
}
