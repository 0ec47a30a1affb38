//! A connection that loses, doubles, delays and overtakes.
//!
//! A lane only says what becomes of a message; who carries the bytes is the world's business.

use super::rng::Rng;
use super::weather::NetFaults;

/// An ordinary way takes up to this long.
const USUAL_MS_MAX: i64 = 60;
/// A slow one up to this long: longer than the time limits of both clients, so that answers also come
/// when nobody waits any more.
const SLOW_MS_MAX: i64 = 40_000;

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// It arrives after this time.
    Arrives(i64),
    /// It arrives after this time, and is not what was sent.
    Rewritten(i64),
    /// It never arrives.
    Lost,
}

/// One direction-less connection between two parties.
#[derive(Clone, Debug)]
pub struct Lane {
    rng: Rng,
    faults: NetFaults,
    cut: bool,
}

impl Lane {
    /// A lane with these faults.
    #[must_use]
    pub const fn new(rng: Rng, faults: NetFaults) -> Self {
        Self {
            rng,
            faults,
            cut: false,
        }
    }

    /// From now on nothing goes wrong.
    pub fn heal(&mut self) {
        self.faults = NetFaults::default();
        self.cut = false;
    }

    /// Cuts the lane, or mends the cut.
    pub const fn cut(&mut self, cut: bool) {
        self.cut = cut;
    }

    /// Whether it is cut.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    fn takes_ms(&mut self) -> i64 {
        if self.rng.chance(self.faults.slow) {
            self.rng.between(1_000, SLOW_MS_MAX)
        } else {
            self.rng.between(1, USUAL_MS_MAX)
        }
    }

    /// When a request arrives: not at all, once, or twice.
    pub fn there(&mut self) -> Vec<i64> {
        if self.cut || self.rng.chance(self.faults.lost_request) {
            return Vec::new();
        }
        let first = self.takes_ms();
        if self.rng.chance(self.faults.duplicated) {
            return vec![first, self.takes_ms()];
        }
        vec![first]
    }

    /// What becomes of the answer.
    pub fn back(&mut self) -> Back {
        if self.cut || self.rng.chance(self.faults.lost_reply) {
            return Back::Lost;
        }
        let after_ms = self.takes_ms();
        if self.rng.chance(self.faults.rewritten) {
            return Back::Rewritten(after_ms);
        }
        Back::Arrives(after_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healed_lane_delivers_everything_once_and_soon() {
        let faults = NetFaults {
            lost_request: 1000,
            lost_reply: 1000,
            ..NetFaults::default()
        };
        let mut lane = Lane::new(Rng::new(3), faults);
        assert!(lane.there().is_empty());
        assert_eq!(lane.back(), Back::Lost);
        lane.heal();
        for _ in 0..100 {
            let there = lane.there();
            assert!(there.len() == 1 && there[0] <= USUAL_MS_MAX);
            assert!(matches!(lane.back(), Back::Arrives(after) if after <= USUAL_MS_MAX));
        }
    }
}
