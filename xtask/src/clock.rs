//! The one place of the developer commands that reads the clock.

use std::time::{Duration, Instant};

/// Measures how long something takes.
pub struct Stopwatch {
    began: Instant,
}

impl Stopwatch {
    /// Begins to measure.
    pub fn start() -> Self {
        Self { began: now() }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        now().duration_since(self.began)
    }

    /// Seconds since the start, for people.
    pub fn seconds(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "developer commands measure real time, and only here"
)]
fn now() -> Instant {
    Instant::now()
}
