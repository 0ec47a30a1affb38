//! The bench's one clock: how long something took, in nanoseconds of the monotonic clock.
//!
//! What the product takes for the time of day is not here; its clock is an argument.

use std::time::Instant;

/// A running watch.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    started: Instant,
}

impl Watch {
    /// Starts it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub fn ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Seconds since the start.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}
