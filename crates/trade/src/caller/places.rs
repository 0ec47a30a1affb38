//! Places for calls under way: so many in all, and so many of one merchant account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use suanpan_channels::{BreakerKey, Lost};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::BILL_SUFFIX;
use super::limits::{CallLimits, PLACE_MS_MAX};

/// The places.
#[derive(Debug)]
pub struct Places {
    all: Arc<Semaphore>,
    per_merchant: usize,
    merchants: Mutex<BTreeMap<BreakerKey, Arc<Semaphore>>>,
}

/// A place among all calls and one among the merchant's, given back when dropped.
#[derive(Debug)]
pub struct Place {
    _among_merchants: OwnedSemaphorePermit,
    _among_all: OwnedSemaphorePermit,
}

impl Places {
    /// As many as the limits say.
    #[must_use]
    pub fn new(limits: &CallLimits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.at_once)),
            per_merchant: limits.per_merchant,
            merchants: Mutex::default(),
        }
    }

    /// How many are free among all.
    #[must_use]
    pub fn free(&self) -> usize {
        self.all.available_permits()
    }

    /// How many are free of one account's of whom nothing is under way.
    #[must_use]
    pub const fn per_merchant(&self) -> usize {
        self.per_merchant
    }

    /// How many are free of each account's of whom something is under way. Bills have their own, which no row waits for.
    #[must_use]
    pub fn free_of_merchants(&self) -> BTreeMap<i64, usize> {
        let mut free = BTreeMap::new();
        for (key, places) in self.merchants().iter() {
            let left = places.available_permits();
            if let Ok(enterprise_id) = key.enterprise_id.parse()
                && !key.label.ends_with(BILL_SUFFIX)
                && left < self.per_merchant
            {
                let of_account = free.entry(enterprise_id).or_insert(left);
                *of_account = left.min(*of_account);
            }
        }
        free
    }

    /// A place, where one is free now.
    #[must_use]
    pub fn try_take(&self, key: &BreakerKey) -> Option<Place> {
        let among_merchants = self.of_merchant(key).try_acquire_owned().ok()?;
        let among_all = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Place {
            _among_merchants: among_merchants,
            _among_all: among_all,
        })
    }

    /// A place, waited for. The merchant's first: whoever waits for one must not keep others from theirs.
    ///
    /// # Errors
    /// [`Lost::NoPlace`] when there is none for too long.
    pub async fn take(&self, key: &BreakerKey) -> Result<Place, Lost> {
        self.take_within(key, Duration::from_millis(PLACE_MS_MAX)).await
    }

    async fn take_within(&self, key: &BreakerKey, patience: Duration) -> Result<Place, Lost> {
        let merchants = self.of_merchant(key);
        let all = Arc::clone(&self.all);
        let both = async {
            let among_merchants = merchants.acquire_owned().await.ok()?;
            let among_all = all.acquire_owned().await.ok()?;
            Some(Place {
                _among_merchants: among_merchants,
                _among_all: among_all,
            })
        };
        let waited = timeout(patience, both).await;
        waited.ok().flatten().ok_or(Lost::NoPlace)
    }

    fn of_merchant(&self, key: &BreakerKey) -> Arc<Semaphore> {
        let mut held = self.merchants();
        let places = held
            .entry(key.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(self.per_merchant)));
        Arc::clone(places)
    }

    fn merchants(&self) -> MutexGuard<'_, BTreeMap<BreakerKey, Arc<Semaphore>>> {
        self.merchants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(enterprise_id: i64) -> BreakerKey {
        BreakerKey {
            label: "WECHAT_PAY".to_owned(),
            enterprise_id: enterprise_id.to_string(),
        }
    }

    #[test]
    fn an_account_has_its_own_places_and_takes_nobody_elses() {
        let places = Places::new(&CallLimits {
            at_once: 3,
            per_merchant: 2,
            ..CallLimits::default()
        });
        let taken: Vec<Place> = (0..2).map(|_| places.try_take(&key(1)).unwrap()).collect();
        assert!(places.try_take(&key(1)).is_none());
        assert_eq!(
            (places.free(), places.free_of_merchants()),
            (1, BTreeMap::from([(1, 0)]))
        );
        let last = places.try_take(&key(2)).unwrap();
        assert!(places.try_take(&key(3)).is_none());
        assert_eq!(places.free_of_merchants(), BTreeMap::from([(1, 0), (2, 1)]));
        drop((taken, last));
        assert_eq!((places.free(), places.free_of_merchants()), (3, BTreeMap::new()));
    }

    #[tokio::test]
    async fn a_place_that_does_not_come_free_is_said_not_to_be_there() {
        let places = Places::new(&CallLimits {
            at_once: 1,
            per_merchant: 1,
            ..CallLimits::default()
        });
        let _taken = places.take(&key(1)).await.unwrap();
        let waited = places.take_within(&key(2), Duration::from_millis(20)).await;
        assert_eq!(waited.unwrap_err(), Lost::NoPlace);
    }
}
