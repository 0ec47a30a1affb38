//! What the centre tells business systems: five routing keys, two shapes of message.
//!
//! A status message keeps the field names, number types and array of the family of services it comes from,
//! so that a listener written against them reads it as it is; what was added is `eventId` and
//! `tradingAmount`. An order message is our own. Every message carries the id of its event, and the same
//! event may arrive more than once: whoever listens remembers the ids it has acted on. How messages travel,
//! and to whom, is not said here.

mod order;
mod trade;

pub use order::{MEANS_ON_ACCOUNT, MEANS_WAIVED, OrderRefund, OrderStatusMsg, OrderTender, OrderWord};
pub use trade::{TradeStatusMsg, yuan_text};

/// The exchange of the family of services; another name may be configured.
pub const EXCHANGE: &str = "jzo2o.exchange.topic.trade";

/// The queue on which the family's order service listens.
pub const ORDERS_QUEUE: &str = "jzo2o.queue.orders.trade.update.Status";

/// Order type of a sale over a shop's counter.
pub const ORDER_TYPE_COUNTER: &str = "COUNTER";

/// Routing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BroadcastKey {
    /// How a pay order ended: settled (4, 6, 7) or canceled (5), each once; or its attempt was refused (3).
    UpdateStatus,
    /// An attempt ended that its pay order does not hang on: a code that was renewed, or lost to another.
    AttemptUpdateStatus,
    /// A payment that settles nothing: a duplicate, late, or given up. It goes back.
    SurplusUpdateStatus,
    /// A refund was sent, succeeded or was refused.
    RefundUpdateStatus,
    /// An order was completed by whatever tenders, or part of its money went back.
    OrderStatus,
}

impl BroadcastKey {
    /// Every key.
    pub const ALL: [BroadcastKey; 5] = [
        BroadcastKey::UpdateStatus,
        BroadcastKey::AttemptUpdateStatus,
        BroadcastKey::SurplusUpdateStatus,
        BroadcastKey::RefundUpdateStatus,
        BroadcastKey::OrderStatus,
    ];

    /// Name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpdateStatus => "UPDATE_STATUS",
            Self::AttemptUpdateStatus => "ATTEMPT_UPDATE_STATUS",
            Self::SurplusUpdateStatus => "SURPLUS_UPDATE_STATUS",
            Self::RefundUpdateStatus => "REFUND_UPDATE_STATUS",
            Self::OrderStatus => "ORDER_STATUS",
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_name() {
        for key in BroadcastKey::ALL {
            assert_eq!(BroadcastKey::from_name(key.name()), Some(key));
        }
        assert_eq!(BroadcastKey::from_name("UPDATE"), None);
    }
}
