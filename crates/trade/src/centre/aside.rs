//! Rows that are due and cannot be worked at, such as damaged ones: set aside for a while, so that they keep nobody else
//! waiting.
//!
//! In memory alone: what is damaged stays as it is, for a person to look at. Each process tries by itself, and again
//! after its start.

use std::collections::BTreeMap;

use crate::rows::due::Numbers;

/// The first time that a row is set aside.
const ASIDE_MS_MIN: i64 = 5_000;
/// Each time it is set aside for twice as long, up to this: a person who has mended it does not wait for long.
const ASIDE_MS_MAX: i64 = 3_600_000;
/// Rows of one kind that are set aside at once: each makes every search a little slower.
const ROWS_MAX: usize = 1_000;

/// What a row is due for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A call for a trade.
    Trade,
    /// A call for a refund.
    Refund,
    /// Late money of a trade that is to go back.
    Late,
    /// A caller's order that is to end.
    Order,
}

/// How long a row is set aside, and for which time in a row.
#[derive(Clone, Copy, Debug)]
struct Stay {
    until_ms: i64,
    length_ms: i64,
}

/// Rows that are set aside.
#[derive(Debug, Default)]
pub struct Aside(BTreeMap<(Kind, i64), Stay>);

impl Aside {
    /// Sets a row aside, longer each time.
    pub fn put(&mut self, kind: Kind, no: i64, now_ms: i64) {
        let before = self.0.get(&(kind, no));
        let length_ms = before.map_or(ASIDE_MS_MIN, |stay| (stay.length_ms * 2).min(ASIDE_MS_MAX));
        let stay = Stay {
            until_ms: now_ms + length_ms,
            length_ms,
        };
        self.0.insert((kind, no), stay);
        if self.0.keys().filter(|(other, _)| *other == kind).count() > ROWS_MAX {
            self.forget_soonest(kind);
        }
    }

    /// The row has been worked at.
    pub fn is_well(&mut self, kind: Kind, no: i64) {
        self.0.remove(&(kind, no));
    }

    /// The rows of a kind that are not looked at now.
    #[must_use]
    pub fn now(&self, kind: Kind, now_ms: i64) -> Numbers {
        self.0
            .iter()
            .filter(|((other, _), stay)| *other == kind && stay.holds(now_ms))
            .map(|((_, no), _)| *no)
            .collect()
    }

    fn forget_soonest(&mut self, kind: Kind) {
        let of_kind = self.0.iter().filter(|((other, _), _)| *other == kind);
        if let Some(soonest) = of_kind.min_by_key(|(_, stay)| stay.until_ms).map(|(key, _)| *key) {
            self.0.remove(&soonest);
        }
    }
}

impl Stay {
    /// One that was begun before a clock was set back holds nothing up.
    const fn holds(&self, now_ms: i64) -> bool {
        now_ms < self.until_ms && self.until_ms - self.length_ms <= now_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_aside(aside: &Aside, now_ms: i64) -> bool {
        aside.now(Kind::Trade, now_ms) == Numbers::from_iter([7])
    }

    #[test]
    fn a_row_is_set_aside_longer_each_time_and_never_for_good() {
        let mut aside = Aside::default();
        let mut now_ms = 0;
        let mut lengths_ms = Vec::new();
        for _ in 0..20 {
            aside.put(Kind::Trade, 7, now_ms);
            let begun_ms = now_ms;
            while is_aside(&aside, now_ms) {
                now_ms += 2_500;
            }
            lengths_ms.push(now_ms - begun_ms);
        }
        assert_eq!(lengths_ms[..3], [5_000, 10_000, 20_000]);
        assert_eq!(lengths_ms.last(), Some(&ASIDE_MS_MAX));
        aside.is_well(Kind::Trade, 7);
        aside.put(Kind::Trade, 7, now_ms);
        assert!(!is_aside(&aside, now_ms + ASIDE_MS_MIN));
    }

    #[test]
    fn a_refund_has_its_trades_number_and_is_another_row() {
        let mut aside = Aside::default();
        aside.put(Kind::Refund, 7, 0);
        assert!(!is_aside(&aside, 1));
        assert_eq!(aside.now(Kind::Refund, 1), Numbers::from_iter([7]));
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nothing_aside() {
        let mut aside = Aside::default();
        aside.put(Kind::Trade, 7, 3_600_000);
        assert!(!is_aside(&aside, 1_000));
    }

    #[test]
    fn not_all_that_is_damaged_is_remembered() {
        let mut aside = Aside::default();
        for no in 0..2_000 {
            aside.put(Kind::Trade, no, no);
        }
        assert_eq!(aside.0.len(), ROWS_MAX);
    }
}
