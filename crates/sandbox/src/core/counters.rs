//! How often each call came, so that a test can say "no second order at the platform".

use std::collections::BTreeMap;

use serde::Serialize;

use super::fault::CallKind;

/// What became of the calls of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallCount {
    /// Sent to the platform, whether or not it acted.
    pub received: u32,
    /// Acted on and answered with yes (the answer may still have been lost).
    pub done: u32,
    /// Answered with an error code.
    pub refused: u32,
    /// Never reached the platform.
    pub lost_requests: u32,
    /// Acted on, but the answer was lost.
    pub lost_replies: u32,
}

/// All counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// By kind of call; kinds never called are absent.
    pub calls: BTreeMap<CallKind, CallCount>,
    /// Distinct orders the platform has opened. Alipay opens one when its code is scanned.
    pub orders_created: u32,
    /// Orders paid.
    pub orders_paid: u32,
    /// Orders that were closed by their merchant.
    pub orders_closed: u32,
    /// Distinct refunds the platform has accepted.
    pub refunds_accepted: u32,
    /// Callbacks sent, each attempt and copy counted.
    pub callbacks_sent: u32,
    /// Callbacks that were acknowledged.
    pub callbacks_acknowledged: u32,
}

impl Counters {
    /// The counts of one kind, zero when it was never called.
    #[must_use]
    pub fn of(&self, kind: CallKind) -> CallCount {
        self.calls.get(&kind).copied().unwrap_or_default()
    }

    pub(crate) fn at(&mut self, kind: CallKind) -> &mut CallCount {
        self.calls.entry(kind).or_default()
    }

    /// These and `other` together.
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        for (kind, count) in &other.calls {
            let sum = self.at(*kind);
            sum.received += count.received;
            sum.done += count.done;
            sum.refused += count.refused;
            sum.lost_requests += count.lost_requests;
            sum.lost_replies += count.lost_replies;
        }
        self.orders_created += other.orders_created;
        self.orders_paid += other.orders_paid;
        self.orders_closed += other.orders_closed;
        self.refunds_accepted += other.refunds_accepted;
        self.callbacks_sent += other.callbacks_sent;
        self.callbacks_acknowledged += other.callbacks_acknowledged;
        self
    }
}
