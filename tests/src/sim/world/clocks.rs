//! The clocks and the chance a till is given: driven by the world, and wrong where the world says so.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use suanpan_till::host::{Host, Now};

use crate::sim::rng::Rng;

/// One machine behind a counter.
#[derive(Debug)]
pub struct Machine {
    now_ms: AtomicI64,
    off_by_ms: AtomicI64,
    rng: Mutex<Rng>,
}

impl Machine {
    /// A machine whose wall clock is off by this much.
    #[must_use]
    pub const fn new(rng: Rng, now_ms: i64, off_by_ms: i64) -> Self {
        Self {
            now_ms: AtomicI64::new(now_ms),
            off_by_ms: AtomicI64::new(off_by_ms),
            rng: Mutex::new(rng),
        }
    }

    /// Sets virtual time.
    pub fn set_now(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::SeqCst);
    }

    /// The wall clock jumps.
    pub fn jump(&self, by_ms: i64) {
        self.off_by_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Host for Machine {
    fn now(&self) -> Now {
        let now_ms = self.now_ms.load(Ordering::SeqCst);
        Now {
            wall_ms: now_ms + self.off_by_ms.load(Ordering::SeqCst),
            monotonic_ms: now_ms - super::OPENS_AT_MS + 1_000,
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        self.rng
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(bytes);
    }
}
