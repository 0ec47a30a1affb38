//! A lane: at most one call in flight, and its own waiting time after failures.

use super::backoff::{Backoff, Jitter};

/// Waiting times of lanes: quick at first, since most cuts last a moment.
const LANE_BACKOFF: Backoff = Backoff {
    base_ms: 500,
    cap_ms: 15_000,
};

/// One lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    /// Call that is under way.
    pub in_flight: Option<u64>,
    /// Failures in a row.
    pub fails: u32,
    /// Monotonic moment before which nothing is sent.
    pub not_before_ms: i64,
}

impl Lane {
    pub(super) const fn new() -> Self {
        Self {
            in_flight: None,
            fails: 0,
            not_before_ms: 0,
        }
    }

    /// Whether a call that is due at `due_ms` may go out now.
    pub(super) const fn may_send(&self, due_ms: i64, now_ms: i64) -> bool {
        self.in_flight.is_none() && now_ms >= self.not_before_ms && now_ms >= due_ms
    }

    /// When it should be looked at again for something due at `due_ms`.
    pub(super) fn wake_ms(&self, due_ms: i64) -> Option<i64> {
        match self.in_flight {
            Some(_) => None,
            None => Some(due_ms.max(self.not_before_ms)),
        }
    }

    /// The call under way has ended well.
    pub(super) const fn succeeded(&mut self) {
        *self = Self::new();
    }

    /// The call under way has failed.
    pub(super) fn failed(&mut self, now_ms: i64, retry_after_ms: Option<u32>, jitter: &mut Jitter) {
        self.in_flight = None;
        self.fails = self.fails.saturating_add(1);
        self.not_before_ms = now_ms + LANE_BACKOFF.delay_ms(self.fails, retry_after_ms, jitter);
    }

    /// The call under way failed for a reason that is already mended; at once again, but only once in a row.
    pub(super) fn mended(&mut self, now_ms: i64, jitter: &mut Jitter) {
        let first = self.fails == 0;
        self.failed(now_ms, None, jitter);
        if first {
            self.not_before_ms = now_ms;
        }
    }

    /// Forgets the waiting time, not the call under way.
    pub(super) const fn hurry(&mut self) {
        self.not_before_ms = 0;
    }
}
