//! How many calls the job may begin: trades and refunds each have turns of their own, so that neither waits behind the
//! other however much of it is due.
//!
//! Calls that a request waits for take no turn, only a place ([`crate::caller`]).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::caller::Caller;
use crate::centre::{Room, WorkId};

/// Calls of one kind claimed at one look: what is claimed and cannot be made has to be given back.
const CALLS_PER_LOOK_MAX: usize = 16;
/// Of so many places one is for refunds: they can wait longer than a customer.
const PLACES_PER_REFUND: usize = 4;

/// The turns of a process's job.
#[derive(Debug)]
pub struct Turns {
    trades: Arc<Semaphore>,
    refunds: Arc<Semaphore>,
    refunds_max: usize,
}

/// A turn, given back when dropped.
#[derive(Debug)]
pub struct Turn {
    _held: OwnedSemaphorePermit,
}

impl Turns {
    /// Turns for so many calls at once.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        let refunds_max = (at_once / PLACES_PER_REFUND).max(1);
        Self {
            trades: Arc::new(Semaphore::new(at_once.saturating_sub(refunds_max).max(1))),
            refunds: Arc::new(Semaphore::new(refunds_max)),
            refunds_max,
        }
    }

    /// How many calls may be claimed now.
    #[must_use]
    pub fn room(&self, caller: &Caller) -> Room {
        let places = caller.places();
        let (trades, refunds) = self.shares(places.free());
        Room {
            trades,
            refunds,
            per_merchant: places.per_merchant(),
            merchants: places.free_of_merchants(),
        }
    }

    /// The turn of a call; nothing where there is none left.
    #[must_use]
    pub fn take(&self, work: WorkId) -> Option<Turn> {
        let turns = match work {
            WorkId::Trade(_) => &self.trades,
            WorkId::Refund(_) => &self.refunds,
        };
        let held = Arc::clone(turns).try_acquire_owned().ok()?;
        Some(Turn { _held: held })
    }

    /// Shares of so many free places. Of the last ones refunds have one where none of theirs is under way.
    fn shares(&self, free: usize) -> (usize, usize) {
        let left = |turns: &Semaphore| turns.available_permits().min(free).min(CALLS_PER_LOOK_MAX);
        let (trades, refunds) = (left(&self.trades), left(&self.refunds));
        let is_first = refunds > 0 && self.refunds.available_permits() == self.refunds_max;
        let trades = trades.min(free - usize::from(is_first));
        (trades, refunds.min(free - trades))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_kind_takes_all_turns() {
        let turns = Turns::new(32);
        assert_eq!(turns.shares(32), (16, 8));
        let trades: Vec<Turn> = (0..24).map(|no| turns.take(WorkId::Trade(no)).unwrap()).collect();
        assert!(turns.take(WorkId::Trade(25)).is_none());
        assert_eq!(turns.shares(8), (0, 8));
        let refunds: Vec<Turn> = (0..8).map(|no| turns.take(WorkId::Refund(no)).unwrap()).collect();
        assert!(turns.take(WorkId::Refund(9)).is_none());
        drop(trades);
        assert_eq!(turns.shares(24), (16, 0));
        drop(refunds);
    }

    #[test]
    fn the_last_place_is_for_whoever_has_none_under_way() {
        let turns = Turns::new(4);
        assert_eq!(turns.shares(0), (0, 0));
        assert_eq!(turns.shares(1), (0, 1));
        let refund = turns.take(WorkId::Refund(1)).unwrap();
        assert_eq!(turns.shares(1), (1, 0));
        drop(refund);
        // A process that makes one call at a time makes both kinds.
        let turns = Turns::new(1);
        assert_eq!(turns.shares(1), (0, 1));
        let _refund = turns.take(WorkId::Refund(1)).unwrap();
        assert_eq!(turns.shares(1), (1, 0));
    }
}
