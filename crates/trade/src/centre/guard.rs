//! What a centre remembers in memory to turn requests away: nonces of the time window, and how often
//! someone has asked lately.

use std::collections::{BTreeMap, BTreeSet};

use suanpan_wire::error::ErrorCode;
use suanpan_wire::sign::TIME_WINDOW_MS;

use crate::fault::Refusal;
use crate::settings::TILL_REQUESTS_MAX_DEFAULT;

/// Nonces kept at most; a thousand tills asking once a second stay below it.
const NONCES_MAX: usize = 1_000_000;
/// The time over which requests are counted.
const RATE_WINDOW_MS: i64 = 10_000;
/// Wrong codes of anybody within it: a code has 40 bits, and guessing must stay hopeless.
const WRONG_CODES_MAX: u32 = 30;

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Whoever guesses at enrolment codes.
    Guessing,
    /// Whoever sends callbacks that are not a platform's.
    Forging,
    /// A till.
    Till(i64),
    /// A caller of the existing contract.
    Caller(i64),
}

/// Refused callbacks noted within it: each note is a synced commit, which nobody unknown may have at will.
const NOTED_CALLBACKS_MAX: u32 = 30;

/// The memory.
#[derive(Debug)]
pub struct Guard {
    requests_max: u32,
    seen: BTreeSet<(i64, String)>,
    by_time: BTreeMap<i64, Vec<(i64, String)>>,
    counts: BTreeMap<Who, (i64, u32)>,
}

impl Default for Guard {
    fn default() -> Self {
        Self::new(TILL_REQUESTS_MAX_DEFAULT)
    }
}

impl Guard {
    /// An empty memory that lets a till or caller ask so often within ten seconds.
    #[must_use]
    pub const fn new(requests_max: u32) -> Self {
        Self {
            requests_max,
            seen: BTreeSet::new(),
            by_time: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// `too_many`.
    pub fn count(&mut self, who: Who, now_ms: i64) -> Result<(), Refusal> {
        let most = match who {
            Who::Guessing => WRONG_CODES_MAX,
            Who::Forging => NOTED_CALLBACKS_MAX,
            Who::Till(_) | Who::Caller(_) => self.requests_max,
        };
        let (since_ms, count) = self.counts.entry(who).or_insert((now_ms, 0));
        if now_ms - *since_ms >= RATE_WINDOW_MS || now_ms < *since_ms {
            (*since_ms, *count) = (now_ms, 0);
        }
        *count += 1;
        if *count > most {
            return Err(Refusal::new(ErrorCode::TooMany).with("retry_after_ms", RATE_WINDOW_MS));
        }
        Ok(())
    }

    /// Whether the next wrong code would be one too many.
    ///
    /// # Errors
    /// `too_many`.
    pub fn allows_enrolling(&self, now_ms: i64) -> Result<(), Refusal> {
        match self.counts.get(&Who::Guessing) {
            // A clock that was set back bars nobody for longer than the window.
            Some((since_ms, count))
                if *count >= WRONG_CODES_MAX && (0..RATE_WINDOW_MS).contains(&(now_ms - since_ms)) =>
            {
                Err(Refusal::new(ErrorCode::TooMany).with("retry_after_ms", RATE_WINDOW_MS))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Remembers a nonce of a till or caller; their numbers come from one mint.
    ///
    /// # Errors
    /// `replayed` when it is remembered already, `too_many` when there is no room for more.
    pub fn remember(&mut self, sender: i64, nonce: &str, now_ms: i64) -> Result<(), Refusal> {
        self.forget_older(now_ms - 2 * TIME_WINDOW_MS);
        let key = (sender, nonce.to_owned());
        if self.seen.contains(&key) {
            return Err(Refusal::new(ErrorCode::Replayed));
        }
        if self.seen.len() >= NONCES_MAX {
            return Err(Refusal::new(ErrorCode::TooMany).with("retry_after_ms", RATE_WINDOW_MS));
        }
        self.seen.insert(key.clone());
        self.by_time.entry(now_ms).or_default().push(key);
        Ok(())
    }

    fn forget_older(&mut self, before_ms: i64) {
        let kept = self.by_time.split_off(&before_ms);
        for key in std::mem::replace(&mut self.by_time, kept).into_values().flatten() {
            self.seen.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_taken_once_within_the_window_and_forgotten_after_it() {
        let mut guard = Guard::default();
        assert!(guard.remember(1, "n", 0).is_ok());
        assert!(guard.remember(2, "n", 0).is_ok());
        assert_eq!(guard.remember(1, "n", 5).unwrap_err().code, ErrorCode::Replayed);
        assert!(guard.remember(1, "n", 2 * TIME_WINDOW_MS + 1).is_ok());
    }

    #[test]
    fn asking_too_often_is_refused_until_the_window_has_passed() {
        let mut guard = Guard::default();
        for _ in 0..WRONG_CODES_MAX {
            assert!(guard.count(Who::Guessing, 0).is_ok());
        }
        assert_eq!(
            guard.count(Who::Guessing, 1).unwrap_err().code,
            ErrorCode::TooMany
        );
        assert!(guard.count(Who::Guessing, RATE_WINDOW_MS).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_bar_enrolling_until_it_has_caught_up() {
        let mut guard = Guard::default();
        let late_ms = 3_600_000;
        for _ in 0..WRONG_CODES_MAX {
            assert!(guard.count(Who::Guessing, late_ms).is_ok());
        }
        assert!(guard.allows_enrolling(late_ms + 1).is_err());
        assert!(guard.allows_enrolling(0).is_ok());
    }
}
