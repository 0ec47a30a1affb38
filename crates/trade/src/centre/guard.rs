//! What a centre remembers in memory to turn requests away: nonces of the time window, and how often
//! someone has asked lately.

use std::collections::{BTreeMap, BTreeSet};

use suanpan_wire::error::ErrorCode;
use suanpan_wire::sign::TIME_WINDOW_MS;

use crate::fault::Refusal;
use crate::settings::TILL_REQUESTS_MAX_DEFAULT;

/// Nonces kept before only those who have few find room for more; a thousand tills asking once a second stay below it.
const NONCES_MAX: usize = 1_000_000;
/// Nonces of one sender for which there is always room, three a second: more than a counter at its busiest asks for, so
/// that nobody is held up by those who fill the memory.
const NONCES_SURE: usize = 2_000;
/// How long a nonce is kept: a request may be as far ahead of our clock as behind it.
const NONCE_LIFE_MS: i64 = 2 * TIME_WINDOW_MS;
/// Windows of counting that a nonce can live through, those it begins and ends in included.
const WINDOWS_PER_LIFE: usize = (NONCE_LIFE_MS / RATE_WINDOW_MS) as usize + 2;
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
    nonces_max: usize,
    seen: BTreeMap<i64, BTreeSet<String>>,
    kept: usize,
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
            nonces_max: NONCES_MAX,
            seen: BTreeMap::new(),
            kept: 0,
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

    /// Remembers a nonce of a till or caller; their numbers come from one mint. Nobody keeps more than may be asked for
    /// while a nonce lives, and once the memory is full whoever has few still finds room.
    ///
    /// # Errors
    /// `replayed` when it is remembered already, `too_many` when there is no room for more of this sender.
    pub fn remember(&mut self, sender: i64, nonce: &str, now_ms: i64) -> Result<(), Refusal> {
        self.forget_older(now_ms - NONCE_LIFE_MS);
        let room = self.room_of_one();
        let held = self.seen.entry(sender).or_default();
        if held.contains(nonce) {
            return Err(Refusal::new(ErrorCode::Replayed));
        }
        if held.len() >= room {
            return Err(Refusal::new(ErrorCode::TooMany).with("retry_after_ms", RATE_WINDOW_MS));
        }
        held.insert(nonce.to_owned());
        self.kept += 1;
        self.by_time
            .entry(now_ms)
            .or_default()
            .push((sender, nonce.to_owned()));
        Ok(())
    }

    /// Nonces that one sender may have now.
    fn room_of_one(&self) -> usize {
        if self.kept >= self.nonces_max {
            return NONCES_SURE;
        }
        usize::try_from(self.requests_max)
            .unwrap_or(usize::MAX)
            .saturating_mul(WINDOWS_PER_LIFE)
    }

    fn forget_older(&mut self, before_ms: i64) {
        let kept = self.by_time.split_off(&before_ms);
        for (sender, nonce) in std::mem::replace(&mut self.by_time, kept).into_values().flatten() {
            if let Some(held) = self.seen.get_mut(&sender) {
                self.kept -= usize::from(held.remove(&nonce));
                if held.is_empty() {
                    self.seen.remove(&sender);
                }
            }
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

    /// Asks as often as is allowed for as long as a nonce lives, or until there is no room; how many were remembered.
    fn asked_without_a_pause(guard: &mut Guard, sender: i64) -> u32 {
        let windows = NONCE_LIFE_MS / RATE_WINDOW_MS;
        let each_window = guard.requests_max;
        let asked = (0..windows).flat_map(|window| (0..each_window).map(move |each| (window, each)));
        let mut remembered = 0;
        for (window, each) in asked {
            if guard
                .remember(sender, &format!("{window}/{each}"), window * RATE_WINDOW_MS)
                .is_ok()
            {
                remembered += 1;
            }
        }
        remembered
    }

    #[test]
    fn whoever_asks_as_often_as_is_allowed_is_remembered_all_the_time() {
        let mut guard = Guard::new(50);
        assert_eq!(asked_without_a_pause(&mut guard, 1), 50 * 60);
        assert_eq!(guard.kept, 50 * 60);
    }

    #[test]
    fn one_sender_keeps_no_more_than_may_be_asked_for() {
        let mut guard = Guard::new(10);
        let kept = (0..10_000)
            .filter(|each| guard.remember(1, &each.to_string(), 0).is_ok())
            .count();
        assert_eq!(kept, 10 * WINDOWS_PER_LIFE);
        assert_eq!(guard.remember(1, "more", 0).unwrap_err().code, ErrorCode::TooMany);
        assert!(guard.remember(2, "n", 0).is_ok());
    }

    #[test]
    fn senders_who_fill_the_memory_hold_nobody_else_up() {
        let mut guard = Guard {
            nonces_max: 10_000,
            ..Guard::new(100)
        };
        let greedy: Vec<u32> = (1..=4)
            .map(|sender| asked_without_a_pause(&mut guard, sender))
            .collect();
        assert!(guard.kept >= guard.nonces_max, "{greedy:?}");
        let end_ms = NONCE_LIFE_MS - RATE_WINDOW_MS;
        for each in 0..NONCES_SURE {
            assert!(guard.remember(9, &each.to_string(), end_ms).is_ok(), "{each}");
        }
        assert_eq!(
            guard.remember(9, "more", end_ms).unwrap_err().code,
            ErrorCode::TooMany
        );
        assert_eq!(
            guard.remember(1, "0/0", end_ms).unwrap_err().code,
            ErrorCode::Replayed
        );
        // What is forgotten gives its room back.
        assert!(guard.remember(9, "more", end_ms + NONCE_LIFE_MS + 1).is_ok());
        assert_eq!(guard.kept, 1);
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
