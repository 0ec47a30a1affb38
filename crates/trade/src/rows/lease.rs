//! Claims on rows, by which any number of callers and processes share the work.
//!
//! Whoever claims reads the clock before it has the row: while it waited for the row's lock another may have
//! claimed it with a later reading, and the clocks of two machines are never quite the same. So the time at
//! which a claim was made says nothing about whether it holds.

/// How long a claim on a call holds: above the longest time one call may take.
pub const LEASE_MS: i64 = 30_000;

/// No claim, by whatever clock near ours, ends later than this from now. One that does was made before a clock
/// was set back, and holds nothing.
pub const LEASE_SEEN_MAX_MS: i64 = 2 * LEASE_MS;

/// The claim of one caller on a row's next call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Grows with every claim.
    pub no: i64,
    /// Nobody else calls before this; 0 when free.
    pub until_ms: i64,
    /// When it was claimed, for whoever reads the books.
    pub at_ms: i64,
}

impl Lease {
    /// Whether somebody is calling now. In SQL: [`is_free`].
    #[must_use]
    pub const fn is_held(&self, now_ms: i64) -> bool {
        now_ms < self.until_ms && self.until_ms <= now_ms + LEASE_SEEN_MAX_MS
    }

    /// The next claim.
    #[must_use]
    pub const fn claimed(self, now_ms: i64) -> Self {
        Self {
            no: self.no + 1,
            until_ms: now_ms + LEASE_MS,
            at_ms: now_ms,
        }
    }

    /// Gives the claim back.
    pub const fn release(&mut self) {
        self.until_ms = 0;
    }
}

/// The condition that nobody holds a row: the opposite of [`Lease::is_held`], with [`LEASE_SEEN_MAX_MS`] in figures.
macro_rules! is_free {
    ($now:literal) => {
        concat!(
            "(lease_until_ms <= ",
            $now,
            " OR lease_until_ms > ",
            $now,
            " + 60000)"
        )
    };
}
pub(crate) use is_free;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_790_000_000_000;

    #[test]
    fn a_claim_holds_against_whoever_read_the_clock_before_it_was_made() {
        let lease = Lease::default().claimed(NOW_MS);
        for reading in [-LEASE_MS, -1, 0, 1, LEASE_MS - 1] {
            assert!(lease.is_held(NOW_MS + reading), "{reading} ms");
        }
        assert!(!lease.is_held(NOW_MS + LEASE_MS));
    }

    #[test]
    fn a_claim_of_before_the_clock_was_set_back_holds_nothing() {
        let lease = Lease::default().claimed(NOW_MS);
        assert!(!lease.is_held(NOW_MS - LEASE_MS - 1));
        assert!(!lease.is_held(NOW_MS - 3_600_000));
    }

    #[test]
    fn what_is_given_back_is_free() {
        let mut lease = Lease::default().claimed(NOW_MS);
        lease.release();
        assert!(!lease.is_held(NOW_MS));
        assert_eq!(lease.claimed(NOW_MS).no, 2);
    }

    #[test]
    fn the_databases_condition_is_the_same() {
        let books = rusqlite::Connection::open_in_memory().unwrap();
        let sql = concat!("SELECT ", is_free!("?1"), " FROM (SELECT ?2 AS lease_until_ms)");
        let lease = Lease::default().claimed(NOW_MS);
        for reading in [
            -LEASE_SEEN_MAX_MS,
            -LEASE_MS - 1,
            -LEASE_MS,
            -1,
            0,
            1,
            LEASE_MS - 1,
            LEASE_MS,
        ] {
            let now_ms = NOW_MS + reading;
            let is_free: bool = books
                .query_row(sql, [now_ms, lease.until_ms], |row| row.get(0))
                .unwrap();
            assert_eq!(is_free, !lease.is_held(now_ms), "{reading} ms");
        }
    }
}
