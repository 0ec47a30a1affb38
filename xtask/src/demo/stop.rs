//! Whether a person or the system has asked this program to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Set by a signal, looked at by every waiting loop.
pub struct Stop {
    asked: Arc<AtomicBool>,
}

impl Stop {
    /// Listens to the signals that mean "end now, tidily".
    ///
    /// # Errors
    /// When the system refuses to register them.
    pub fn listen() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&asked)).context("cannot listen to signals")?;
        }
        Ok(Self { asked })
    }

    /// For tests that are never asked.
    #[cfg(test)]
    pub fn never() -> Self {
        Self {
            asked: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Whether it is time to end.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
