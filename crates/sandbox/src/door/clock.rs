//! The sandbox's clock: real time, which the admin API can move, set and stop.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The clock. Callers get ms UTC.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    hands: Mutex<Hands>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hands {
    /// Added to real time while the clock runs.
    offset_ms: i64,
    /// Where it stands while it is stopped.
    frozen_at_ms: Option<i64>,
    /// Whether signatures are made and checked by these hands instead of by real time.
    signs: bool,
}

/// The clock as the admin API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockView {
    /// The sandbox's time, ms UTC.
    pub now_ms: String,
    /// How far it is from real time.
    pub offset_ms: String,
    /// Whether it stands still.
    pub frozen: bool,
    /// Whether signatures follow it; otherwise they follow real time.
    pub signs: bool,
}

impl Clock {
    /// The time, and how far the time of signatures is from it.
    pub(crate) fn read(&self) -> (i64, i64) {
        let (hands, real_ms) = (self.hands(), real_now_ms());
        let now_ms = hands.now_ms(real_ms);
        (now_ms, if hands.signs { 0 } else { real_ms - now_ms })
    }

    pub(crate) fn frozen(&self) -> bool {
        self.hands().frozen_at_ms.is_some()
    }

    pub(crate) fn advance(&self, by_ms: u32) {
        self.turn(|hands, real_ms| hands.set(hands.now_ms(real_ms) + i64::from(by_ms), real_ms));
    }

    pub(crate) fn set(&self, now_ms: i64) {
        self.turn(|hands, real_ms| hands.set(now_ms, real_ms));
    }

    pub(crate) fn freeze(&self, frozen: bool) {
        self.turn(|hands, real_ms| {
            let now_ms = hands.now_ms(real_ms);
            hands.frozen_at_ms = frozen.then_some(now_ms);
            hands.set(now_ms, real_ms);
        });
    }

    /// Real time again, running; signatures as they were.
    pub(crate) fn reset(&self) {
        self.turn(|hands, _| {
            *hands = Hands {
                signs: hands.signs,
                ..Hands::default()
            }
        });
    }

    pub(crate) fn sign(&self, signs: bool) {
        self.turn(|hands, _| hands.signs = signs);
    }

    pub(crate) fn view(&self) -> ClockView {
        let (hands, real_ms) = (self.hands(), real_now_ms());
        let now_ms = hands.now_ms(real_ms);
        ClockView {
            now_ms: now_ms.to_string(),
            offset_ms: (now_ms - real_ms).to_string(),
            frozen: hands.frozen_at_ms.is_some(),
            signs: hands.signs,
        }
    }

    fn hands(&self) -> Hands {
        *self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, turn: impl FnOnce(&mut Hands, i64)) {
        turn(
            &mut self.hands.lock().unwrap_or_else(PoisonError::into_inner),
            real_now_ms(),
        );
    }
}

impl Hands {
    fn now_ms(&self, real_ms: i64) -> i64 {
        self.frozen_at_ms
            .unwrap_or(real_ms.saturating_add(self.offset_ms))
    }

    fn set(&mut self, now_ms: i64, real_ms: i64) {
        self.offset_ms = now_ms.saturating_sub(real_ms);
        self.frozen_at_ms = self.frozen_at_ms.map(|_| now_ms);
    }
}

/// The one place in this crate that reads the clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox's clock starts from real time"
)]
fn real_now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_when_told_and_goes_on_from_there() {
        let mut hands = Hands::default();
        hands.frozen_at_ms = Some(hands.now_ms(1_000));
        assert_eq!(hands.now_ms(9_000), 1_000);
        hands.set(6_000, 9_000);
        assert_eq!(hands.now_ms(20_000), 6_000);
        hands.set(hands.now_ms(20_000), 20_000);
        hands.frozen_at_ms = None;
        assert_eq!(hands.now_ms(20_500), 6_500);
    }
}
