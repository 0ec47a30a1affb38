//! Who waits for a change of which till.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// One bell per till that has ever waited.
#[derive(Debug, Default)]
pub struct Wakes {
    bells: Mutex<BTreeMap<i64, Arc<Notify>>>,
}

impl Wakes {
    /// The bell of a till.
    #[must_use]
    pub fn bell(&self, till_id: i64) -> Arc<Notify> {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(till_id).or_default())
    }

    /// Wakes whoever waits for that till.
    pub fn wake(&self, till_id: i64) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(&till_id) {
            bell.notify_waiters();
        }
    }
}
