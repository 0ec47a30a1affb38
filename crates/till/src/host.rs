//! What the till takes from the machine it runs on: clocks and randomness, as arguments.
//!
//! [`SystemHost`] is the one place of this crate that reads a clock or makes randomness. Tests and the
//! simulator bring a host of their own. Files and the network are not here.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The two clocks, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The wall clock, UTC milliseconds. People set it; it jumps.
    pub wall_ms: i64,
    /// Milliseconds since some moment; never goes back and goes on while the machine sleeps where the
    /// system offers that.
    pub monotonic_ms: i64,
}

/// The machine, as the till sees it.
pub trait Host: Send + Sync {
    /// Reads the clocks.
    fn now(&self) -> Now;

    /// Fills `bytes` from a source fit for keys.
    fn random(&self, bytes: &mut [u8]);

    /// An id of an event or order: a UUIDv7 of this moment.
    fn uuid_v7(&self) -> String {
        let mut random = [0; 10];
        self.random(&mut random);
        let millis = u64::try_from(self.now().wall_ms).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random)
            .into_uuid()
            .to_string()
    }

    /// Four characters to read aloud over the telephone; none of them is taken for another.
    fn reference(&self) -> String {
        const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        let mut random = [0; 4];
        self.random(&mut random);
        random
            .iter()
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
            .collect()
    }
}

/// The real machine.
#[derive(Debug)]
pub struct SystemHost {
    started: Instant,
    random: aws_lc_rs::rand::SystemRandom,
}

impl SystemHost {
    /// The machine this runs on.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the crate's one clock")]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            random: aws_lc_rs::rand::SystemRandom::new(),
        }
    }

    #[cfg(target_os = "linux")]
    fn monotonic_ms(&self) -> i64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    #[cfg(not(target_os = "linux"))]
    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// When this value was made, for measuring within the process.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }
}

impl Default for SystemHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for SystemHost {
    #[expect(clippy::disallowed_methods, reason = "this is the crate's one clock")]
    fn now(&self) -> Now {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            wall_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            monotonic_ms: self.monotonic_ms(),
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        use aws_lc_rs::rand::SecureRandom;
        self.random
            .fill(bytes)
            .expect("the operating system's random source never fails once it is up");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_host_makes_ids_that_differ() {
        let host = SystemHost::new();
        assert_ne!(host.uuid_v7(), host.uuid_v7());
        assert_eq!(host.uuid_v7().len(), 36);
        assert_eq!(host.reference().len(), 4);
        assert!(host.now().wall_ms > suanpan_domain::number::EPOCH_MS);
    }
}
