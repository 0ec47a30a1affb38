//! The listeners of a shop: order status, payment log, points, and an example of a course seller.
//!
//! Each does what it does in any order of arrival: what must add up is added, what must not go back never does.

pub mod courses;
pub mod orders;
pub mod payment_log;
pub mod points;
#[cfg(test)]
mod tests;

use suanpan_wire::broadcast::{BroadcastKey, ORDERS_QUEUE, OrderStatusMsg, TradeStatusMsg};

use crate::book::{Book, BookError, Effect, EffectError, Transaction};
use crate::listen::{Heard, Listener, Message};

/// A listener with the queue and the keys it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name, also as a subscriber.
    pub name: &'static str,
    /// Its queue.
    pub queue: &'static str,
    /// What it wants to hear.
    pub keys: &'static [BroadcastKey],
}

/// All of them.
pub const PARTS: [Part; 4] = [
    Part {
        name: orders::NAME,
        queue: ORDERS_QUEUE,
        keys: &[BroadcastKey::UpdateStatus, BroadcastKey::RefundUpdateStatus],
    },
    Part {
        name: payment_log::NAME,
        queue: "suanpan.queue.payment-log",
        keys: &[BroadcastKey::OrderStatus],
    },
    Part {
        name: points::NAME,
        queue: "suanpan.queue.points",
        keys: &[BroadcastKey::OrderStatus],
    },
    Part {
        name: courses::NAME,
        queue: "suanpan.queue.courses",
        keys: &[BroadcastKey::UpdateStatus],
    },
];

/// Lets every status of a message have its effect; one that can have none parks the message once the others had theirs,
/// for they are remembered when it comes back.
fn each_status(
    consumer: &str,
    book: &mut Book,
    message: &Message,
    now_ms: i64,
    effect: impl Fn(&Transaction<'_>, &TradeStatusMsg) -> Result<(), EffectError>,
) -> Result<Heard, BookError> {
    let statuses = match TradeStatusMsg::from_payload(&message.body) {
        Ok(statuses) => statuses,
        Err(error) => return Ok(Heard::Parked(format!("no status message: {error}"))),
    };
    let mut heard = Heard::Done;
    for status in &statuses {
        let had = book.have(consumer, &status.event_id, now_ms, |transaction| {
            effect(transaction, status)
        })?;
        if let Effect::Refused(refused) = had {
            heard = Heard::Parked(refused.0);
        }
    }
    Ok(heard)
}

/// Lets an order message have its effect.
fn order(
    consumer: &str,
    book: &mut Book,
    message: &Message,
    now_ms: i64,
    effect: impl Fn(&Transaction<'_>, &OrderStatusMsg) -> Result<(), EffectError>,
) -> Result<Heard, BookError> {
    let order = match OrderStatusMsg::from_payload(&message.body) {
        Ok(order) => order,
        Err(error) => return Ok(Heard::Parked(format!("no order message: {error}"))),
    };
    let had = book.have(consumer, &order.event_id, now_ms, |transaction| {
        effect(transaction, &order)
    })?;
    Ok(match had {
        Effect::Had | Effect::HadBefore => Heard::Done,
        Effect::Refused(refused) => Heard::Parked(refused.0),
    })
}

/// The listener of a part.
#[must_use]
pub fn listener(part: &Part, course_app_id: &str) -> Option<std::sync::Arc<dyn Listener>> {
    Some(match part.name {
        orders::NAME => std::sync::Arc::new(orders::Orders),
        payment_log::NAME => std::sync::Arc::new(payment_log::PaymentLog),
        points::NAME => std::sync::Arc::new(points::Points),
        courses::NAME => std::sync::Arc::new(courses::Courses::new(course_app_id)),
        _nobody => return None,
    })
}
