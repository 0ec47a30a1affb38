//! Keeps a practice shop running: when its process is killed, another one is started on the same data.
//!
//! Deliberately not in it: telling the till. A till notices by itself that its centre is gone and back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Child, Ready, StartError};

/// Before the first new start: long enough for a till to say that it is offline, short for a person.
const RESTART_DELAY: Duration = Duration::from_secs(1);
/// A folder that cannot be served now is tried again this often, for as long as practice is open.
const RESTART_DELAY_MAX: Duration = Duration::from_secs(15);

/// A practice shop that is started again whenever it ends. Dropping it ends it at once.
#[derive(Debug)]
pub struct Keeper {
    ready: Ready,
    running: watch::Receiver<Option<u32>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Starts `program` on the data in `folder` and keeps it running.
    ///
    /// # Errors
    /// When the first start does not succeed.
    pub async fn open(program: &Path, folder: &Path) -> Result<Self, StartError> {
        let child = Child::start(program, folder).await?;
        let ready = child.ready().clone();
        let (told, running) = watch::channel(child.process_id());
        let (stop, stopping) = watch::channel(false);
        let shop = Shop {
            program: program.to_owned(),
            folder: folder.to_owned(),
            told,
            stopping,
        };
        let task = tokio::spawn(shop.run(child));
        Ok(Self {
            ready,
            running,
            stop,
            task,
        })
    }

    /// Where the shop is; its addresses and token hold for every later start.
    #[must_use]
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The process that serves, and none while there is none.
    #[must_use]
    pub fn running(&self) -> watch::Receiver<Option<u32>> {
        self.running.clone()
    }

    /// The process that serves now; none while there is none.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        *self.running.borrow()
    }

    /// Ends the shop and starts it no more.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Err(error) = (&mut self.task).await {
            tracing::warn!(%error, "the practice shop was not kept");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the task holds.
struct Shop {
    program: PathBuf,
    folder: PathBuf,
    told: watch::Sender<Option<u32>>,
    stopping: watch::Receiver<bool>,
}

impl Shop {
    async fn run(mut self, mut child: Child) {
        loop {
            tokio::select! {
                () = child.ended() => {}
                () = stopped(&mut self.stopping) => return child.stop().await,
            }
            tracing::warn!("the practice shop ended by itself; it is started again");
            self.told.send_replace(None);
            let Some(next) = self.start_again().await else {
                return;
            };
            self.told.send_replace(next.process_id());
            child = next;
        }
    }

    /// Nothing when it was asked to stop meanwhile.
    async fn start_again(&mut self) -> Option<Child> {
        let mut delay = RESTART_DELAY;
        loop {
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = stopped(&mut self.stopping) => return None,
            }
            let started = tokio::select! {
                started = Child::start(&self.program, &self.folder) => started,
                () = stopped(&mut self.stopping) => return None,
            };
            match started {
                Ok(child) => return Some(child),
                Err(error) => tracing::warn!(%error, "the practice shop does not come back yet"),
            }
            delay = (delay * 2).min(RESTART_DELAY_MAX);
        }
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the keeper was dropped, which is also a reason to stop.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
