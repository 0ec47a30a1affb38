//! What every worker beside the driver has in its hand: the core, the way out, and the wish to end.
//!
//! What is worked at is not here: [`super::relay`] delivers, [`super::bills`] reconciles.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::caller::Caller;
use crate::centre::Centre;
use crate::db::AnyDb;
use crate::fault::Fault;

/// A worker's share of a centre process.
#[derive(Clone, Debug)]
pub struct Hand {
    /// The core.
    pub centre: Arc<Centre<AnyDb>>,
    /// What makes requests.
    pub caller: Arc<Caller>,
    /// Whether the process ends.
    pub stopping: watch::Receiver<bool>,
}

impl Hand {
    /// Whether it is time to end.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits, and no longer once the process ends.
    pub async fn pause(&mut self, time: Duration) {
        // Who asked goes away only with the centre.
        let _ = timeout(time, self.stopping.wait_for(|stopping| *stopping)).await;
    }

    /// Waits for work that may be let go of, and no longer once the process ends; nothing then.
    pub async fn unless_stopping<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            done = work => Some(done),
            // Who asked goes away only with the centre.
            _ = stopping.wait_for(|stopping| *stopping) => None,
        }
    }

    /// Runs the core on a blocking thread. What went wrong at `what` is logged; whoever is at it looks again later.
    pub async fn core<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Centre<AnyDb>) -> Result<T, Fault> + Send + 'static,
    ) -> Option<T> {
        let centre = Arc::clone(&self.centre);
        match tokio::task::spawn_blocking(move || work(&centre)).await {
            Ok(Ok(done)) => Some(done),
            Ok(Err(fault)) => {
                tracing::error!(%fault, what, "the books could not be read or written");
                None
            }
            Err(error) => {
                tracing::error!(%error, what, "a fault of the centre");
                None
            }
        }
    }
}
