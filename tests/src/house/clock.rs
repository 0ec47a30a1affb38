//! Waiting with a deadline, and the one place of the test pieces that reads the clock.

use std::thread;
use std::time::{Duration, Instant};

/// How often a waiting test looks: short for the test, long for two cores.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// What a part on a busy two-core machine does at the latest when nothing is wrong.
pub const SOON: Duration = Duration::from_secs(40);
/// What follows from a schedule of seconds: polling, backing off, sending again.
pub const LATER: Duration = Duration::from_secs(120);

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    began: Instant,
}

impl Stopwatch {
    /// Begins to measure.
    #[must_use]
    pub fn start() -> Self {
        Self { began: now() }
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        now().duration_since(self.began)
    }
}

/// Looks again and again until there is something to see.
///
/// # Panics
/// When there is nothing in time.
pub fn wait_until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    wait_or_tell(within, || look().ok_or_else(String::new))
        .unwrap_or_else(|_| panic!("not within {within:?}: {what}"))
}

/// Like [`wait_until`], for a look that can say what it saw instead.
///
/// # Errors
/// What was seen last.
pub fn wait_or_tell<T>(within: Duration, mut look: impl FnMut() -> Result<T, String>) -> Result<T, String> {
    let waited = Stopwatch::start();
    loop {
        match look() {
            Ok(seen) => return Ok(seen),
            Err(instead) if waited.elapsed() >= within => return Err(instead),
            Err(_) => thread::sleep(LOOK_EVERY),
        }
    }
}

/// Sees that something stays as it is for a while: for what must *not* happen.
///
/// # Panics
/// When it does not stay.
pub fn wait_while_still(what: &str, lasting: Duration, mut holds: impl FnMut() -> bool) {
    let waited = Stopwatch::start();
    while waited.elapsed() < lasting {
        assert!(holds(), "did not stay so for {lasting:?}: {what}");
        thread::sleep(LOOK_EVERY);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "real processes run in real time, and tests wait for them only here"
)]
fn now() -> Instant {
    Instant::now()
}

/// The computer's time in milliseconds UTC, for signatures that tests forge.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "a forged message carries a time of its own"
)]
pub fn wall_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("no test runs before 1970");
    i64::try_from(since.as_millis()).expect("milliseconds of this century fit")
}
