//! Numbers of orders, tenders, trades and refunds: 63-bit snowflakes on a logical clock.
//!
//! 41 bits of milliseconds since [`EPOCH_MS`], 16 bits of worker, 6 bits of sequence. The clock part never
//! goes back: it starts from a persisted mark, ignores a wall clock that was set back, and borrows from
//! the future when a millisecond is full. Where the mark is kept is the store's business.

use crate::mutant::{Mutant, on};

/// 2026-01-01T00:00:00Z. 41 bits from here reach into 2095.
pub const EPOCH_MS: i64 = 1_767_225_600_000;
const WORKER_BITS: u32 = 16;
/// The centre's own worker: it mints for every till of the chain. Tills get theirs from 1 on.
pub const CENTRE_WORKER: u16 = 0;
/// How far a logical clock may be ahead of the time: a day, for a clock that was once set wrong.
const AHEAD_MS_MAX: i64 = 24 * 60 * 60 * 1000;
/// Workers from here on are drawn at random by tills that belong to no centre yet; a centre gives out those
/// below, so that no two numbers of a chain are the same though some were minted before enrolment.
pub const LONE_WORKER_MIN: u16 = 0x8000;
const SEQUENCE_BITS: u32 = 6;
const SEQUENCE_MAX: u8 = (1 << SEQUENCE_BITS) - 1;

/// The last number handed out, as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Milliseconds of the logical clock, UTC.
    pub last_ms: i64,
    /// Sequence within it.
    pub sequence: u8,
}

/// Hands out numbers for one worker.
#[derive(Clone, Debug)]
pub struct Mint {
    worker: u16,
    mark: Mark,
}

impl Mint {
    /// A mint that continues strictly after `mark`.
    #[must_use]
    pub fn new(worker: u16, mark: Mark) -> Self {
        let mark = if on(Mutant::MintForgetsMark) {
            Mark::default()
        } else {
            mark
        };
        Self { worker, mark }
    }

    /// The next number. Strictly greater than every number this mint, or one with an earlier mark of the
    /// same worker, has handed out, whatever `now_ms` is.
    pub fn next(&mut self, now_ms: i64) -> i64 {
        self.mark = if now_ms > self.mark.last_ms {
            Mark {
                // A clock from before the epoch must not make the number nought.
                last_ms: now_ms.max(EPOCH_MS + 1),
                sequence: 0,
            }
        } else if self.mark.sequence < SEQUENCE_MAX {
            Mark {
                sequence: self.mark.sequence + 1,
                ..self.mark
            }
        } else {
            Mark {
                last_ms: self.mark.last_ms + 1,
                sequence: 0,
            }
        };
        let ms = self.mark.last_ms.max(EPOCH_MS) - EPOCH_MS;
        (ms << (WORKER_BITS + SEQUENCE_BITS))
            | (i64::from(self.worker) << SEQUENCE_BITS)
            | i64::from(self.mark.sequence)
    }

    /// What must be kept before a number leaves the process.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.mark
    }
}

/// Milliseconds (UTC) that a number carries.
#[must_use]
pub const fn minted_at_ms(number: i64) -> i64 {
    (number >> (WORKER_BITS + SEQUENCE_BITS)) + EPOCH_MS
}

/// Whether one of these workers can have minted a number by now. A number of somebody else's looks like one of a
/// given worker's once in 65 536.
#[must_use]
pub fn is_minted_by(workers: &[u16], number: i64, now_ms: i64) -> bool {
    number > 0
        && minted_at_ms(number) <= now_ms + AHEAD_MS_MAX
        && workers.iter().any(|known| i64::from(*known) == worker_of(number))
}

/// The worker that a number carries.
#[must_use]
pub const fn worker_of(number: i64) -> i64 {
    const WORKER_MASK: i64 = (1 << WORKER_BITS) - 1;
    (number >> SEQUENCE_BITS) & WORKER_MASK
}

/// The least number that may be minted at that moment: all that were minted before are below it.
#[must_use]
pub const fn least_minted_at(at_ms: i64) -> i64 {
    let ms = if at_ms > EPOCH_MS { at_ms - EPOCH_MS } else { 0 };
    ms << (WORKER_BITS + SEQUENCE_BITS)
}

/// The short number a person reads aloud: till, month and day, running number of the day.
///
/// The first epoch shows digits (`2-1121-0286`); after a restored backup a letter tells them apart
/// (`2-1121-B001`), so that two receipts never carry the same number.
#[must_use]
pub fn short_no(till_label: &str, month: u32, day: u32, epoch: u32, running: u32) -> String {
    if epoch <= 1 {
        return format!("{till_label}-{month:02}{day:02}-{running:04}");
    }
    format!(
        "{till_label}-{month:02}{day:02}-{}{running:03}",
        epoch_letters(epoch)
    )
}

fn epoch_letters(epoch: u32) -> String {
    let mut rest = epoch - 1;
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
        if rest == 0 {
            break;
        }
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn a_number_carries_its_time_and_stays_positive() {
        let mut mint = Mint::new(u16::MAX, Mark::default());
        let number = mint.next(EPOCH_MS + 5);
        assert!(number > 0);
        assert_eq!(minted_at_ms(number), EPOCH_MS + 5);
        assert_eq!(worker_of(number), i64::from(u16::MAX));
        assert!(is_minted_by(&[0, u16::MAX], number, EPOCH_MS + 5));
        assert!(!is_minted_by(&[0, 8], number, EPOCH_MS + 5));
        assert!(!is_minted_by(&[u16::MAX], number, EPOCH_MS - 2 * AHEAD_MS_MAX));
        assert!(number >= least_minted_at(EPOCH_MS + 5) && number < least_minted_at(EPOCH_MS + 6));
        assert_eq!(least_minted_at(0), 0);
    }

    #[test]
    fn a_clock_from_before_the_epoch_still_makes_numbers_above_nought() {
        let mut mint = Mint::new(0, Mark::default());
        let first = mint.next(0);
        assert!(first > 0);
        assert!(mint.next(0) > first);
    }

    #[test]
    fn short_numbers_tell_epochs_apart() {
        assert_eq!(short_no("2", 11, 21, 1, 286), "2-1121-0286");
        assert_eq!(short_no("2", 11, 21, 2, 1), "2-1121-B001");
        assert_eq!(short_no("2", 11, 21, 27, 1), "2-1121-BA001");
    }

    proptest! {
        #[test]
        fn f17_numbers_rise_whatever_the_clock_does(
            clocks in prop::collection::vec(EPOCH_MS..EPOCH_MS + 5_000, 1..400), restart_every in 1usize..50,
        ) {
            let mut mint = Mint::new(7, Mark::default());
            let mut seen = HashSet::new();
            let mut last = 0;
            for (index, now) in clocks.into_iter().enumerate() {
                if index % restart_every == 0 {
                    mint = Mint::new(7, mint.mark());
                }
                let number = mint.next(now);
                prop_assert!(number > last);
                prop_assert!(seen.insert(number));
                last = number;
            }
        }
    }
}
