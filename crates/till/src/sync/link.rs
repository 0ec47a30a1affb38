//! Whether the centre can be reached at all: a breaker over all lanes, so that an outage is met by one
//! probe and not by every lane hammering.

use std::collections::BTreeMap;

/// Failures of the way in a row, over all lanes, until the till says "offline". Two, so that one lost
/// packet does not, and an outage still shows within two time limits.
pub const FAILURES_TO_OFFLINE: u32 = 2;

/// How the centre is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Not known yet: the first word is under way.
    #[default]
    Connecting,
    /// It answers.
    Up,
    /// It does not.
    Offline,
    /// It answers that it no longer accepts this till.
    Revoked,
}

/// What the screens are told about the link. Times are on the corrected clock, UTC milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkStatus {
    /// How the centre is reached.
    pub reach: Reach,
    /// Since when it does not answer.
    pub offline_since_ms: Option<i64>,
    /// When it is tried again by itself.
    pub retry_at_ms: Option<i64>,
    /// When each waiting tender is asked about again by itself.
    pub ask_again_at_ms: BTreeMap<String, i64>,
}

/// The breaker.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    reach: Reach,
    fails: u32,
    since_ms: Option<i64>,
}

impl Breaker {
    pub(super) const fn new() -> Self {
        Self::at(Reach::Connecting)
    }

    const fn at(reach: Reach) -> Self {
        Self {
            reach,
            fails: 0,
            since_ms: None,
        }
    }

    pub(super) const fn reach(&self) -> Reach {
        self.reach
    }

    pub(super) const fn since_ms(&self) -> Option<i64> {
        self.since_ms
    }

    pub(super) fn is_up(&self) -> bool {
        self.reach == Reach::Up
    }

    /// The centre has answered, whatever it said. Whether that is news.
    pub(super) fn answered(&mut self) -> bool {
        let news = !self.is_up();
        *self = Self::at(Reach::Up);
        news
    }

    /// The way failed, at `corrected_ms`.
    pub(super) fn failed(&mut self, corrected_ms: i64) {
        self.fails = self.fails.saturating_add(1);
        self.since_ms = self.since_ms.or(Some(corrected_ms));
        if self.fails >= FAILURES_TO_OFFLINE {
            self.reach = Reach::Offline;
        }
    }

    /// The centre refuses this till.
    pub(super) const fn revoked(&mut self) {
        *self = Self::at(Reach::Revoked);
    }
}
