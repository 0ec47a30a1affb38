//! The thin driver: does what the engine wants done, and tells it what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::Shared;
use crate::commands::sync::{Happening, Todo};
use crate::link::Link;

/// Longest sleep between two looks. The engine says sooner; this only bounds what a clock that was
/// stopped with the machine can do.
const NAP_MS_MAX: i64 = 60_000;

/// What the driver is told.
pub(super) enum Nudge {
    /// For the engine.
    Happened(Happening),
}

/// The running driver.
pub(super) struct Driver {
    task: JoinHandle<()>,
}

impl Driver {
    /// Drives the engine of `shared` over `link` until the senders of `nudges` are gone.
    pub(super) fn start(
        shared: Arc<Shared>,
        link: Arc<Link>,
        nudges: mpsc::UnboundedReceiver<Nudge>,
    ) -> Self {
        let task = tokio::spawn(run(shared, link, nudges));
        Self { task }
    }

    /// Ends it, and with it what is under way: no answer is kept after this returns.
    pub(super) async fn stop(self) {
        self.task.abort();
        // An aborted task ends with an error; that is the wish.
        let _ = self.task.await;
    }
}

async fn run(shared: Arc<Shared>, link: Arc<Link>, mut nudges: mpsc::UnboundedReceiver<Nudge>) {
    let mut calls: JoinSet<Happening> = JoinSet::new();
    let mut happening = Happening::Changed;
    loop {
        let todos = step(&shared, happening).await;
        let mut wake_ms = None;
        for todo in todos {
            match todo {
                Todo::WakeAt(at_ms) => wake_ms = Some(at_ms),
                Todo::Send {
                    call_id,
                    outgoing,
                    stamp,
                } => {
                    let link = Arc::clone(&link);
                    calls.spawn(async move {
                        let result = link.send(&outgoing, &stamp).await;
                        Happening::Ended { call_id, result }
                    });
                }
            }
        }
        happening = tokio::select! {
            nudge = nudges.recv() => match nudge {
                Some(Nudge::Happened(happening)) => happening,
                None => return,
            },
            Some(ended) = calls.join_next() => ended.unwrap_or_else(|error| {
                tracing::error!(%error, "a call ended without a result");
                Happening::Ticked
            }),
            () = tokio::time::sleep(nap(&shared, wake_ms)) => Happening::Ticked,
        };
    }
}

fn nap(shared: &Shared, wake_ms: Option<i64>) -> Duration {
    let now_ms = shared.host.now().monotonic_ms;
    let nap_ms = wake_ms.map_or(NAP_MS_MAX, |wake_ms| (wake_ms - now_ms).clamp(0, NAP_MS_MAX));
    Duration::from_millis(nap_ms.unsigned_abs())
}

async fn step(shared: &Arc<Shared>, happening: Happening) -> Vec<Todo> {
    let step = shared.on_core(|core| {
        let stepped = core
            .sync
            .as_mut()
            .map(|sync| sync.step(&mut core.till, happening));
        Ok(stepped.unwrap_or_default())
    });
    step.await.unwrap_or_else(|problem| {
        tracing::error!(%problem, "a step of the link was lost");
        Vec::new()
    })
}
