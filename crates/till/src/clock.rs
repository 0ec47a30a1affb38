//! The till's corrected clock: the centre's time carried on by the monotonic clock, else the wall clock
//! with the last known difference. Signing, dating and showing all use it.

use crate::host::Now;

/// A jump of the wall clock against the monotonic one that is written down: beyond what time services
/// correct by themselves.
pub const JUMP_MS_MIN: i64 = 60_000;

/// The corrected clock.
#[derive(Clone, Copy, Debug)]
pub struct ShopClock {
    anchor: Option<(i64, i64)>,
    offset_ms: i64,
    wall_minus_monotonic_ms: i64,
}

impl ShopClock {
    /// A clock that last knew the centre `offset_ms` ahead of the wall clock.
    #[must_use]
    pub const fn new(offset_ms: i64, now: Now) -> Self {
        Self {
            anchor: None,
            offset_ms,
            wall_minus_monotonic_ms: now.wall_ms - now.monotonic_ms,
        }
    }

    /// The centre said its time. Answers the new difference to the wall clock.
    pub const fn learn(&mut self, centre_ms: i64, now: Now) -> i64 {
        self.anchor = Some((centre_ms, now.monotonic_ms));
        self.offset_ms = centre_ms - now.wall_ms;
        self.offset_ms
    }

    /// Corrected time, UTC milliseconds.
    #[must_use]
    pub const fn at(&self, now: Now) -> i64 {
        match self.anchor {
            Some((centre_ms, monotonic_ms)) => centre_ms + (now.monotonic_ms - monotonic_ms),
            None => now.wall_ms + self.offset_ms,
        }
    }

    /// By how much the wall clock has jumped since this was asked last; nothing below [`JUMP_MS_MIN`].
    /// Without a word of the centre the clock does not follow such a jump until the centre speaks again.
    pub fn jump(&mut self, now: Now) -> Option<i64> {
        let difference = now.wall_ms - now.monotonic_ms;
        let by_ms = difference - self.wall_minus_monotonic_ms;
        if by_ms.abs() < JUMP_MS_MIN {
            return None;
        }
        if self.anchor.is_none() {
            self.offset_ms -= by_ms;
        }
        self.wall_minus_monotonic_ms = difference;
        Some(by_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn now(wall_ms: i64, monotonic_ms: i64) -> Now {
        Now {
            wall_ms,
            monotonic_ms,
        }
    }

    #[test]
    fn the_centres_time_is_carried_on_whatever_the_wall_clock_does() {
        let mut clock = ShopClock::new(0, now(1_000_000, 0));
        assert_eq!(clock.learn(2_000_000, now(1_000_000, 0)), 1_000_000);
        assert_eq!(clock.at(now(5, 500)), 2_000_500);
    }

    #[test]
    fn a_jump_is_told_once_and_does_not_move_the_day() {
        let mut clock = ShopClock::new(0, now(1_000_000, 0));
        let after = now(1_000_000 + 86_400_000, 10);
        assert_eq!(clock.jump(after), Some(86_399_990));
        assert_eq!(clock.jump(after), None);
        assert_eq!(clock.at(after), 1_000_010);
    }
}
