//! A catalogue import beside selling: judged and prepared away from the till, written in short turns.
//!
//! It runs to its end even when nobody waits for the answer any more. A second import waits for the first.

use std::sync::Arc;

use serde_json::Value;

use super::{Shared, Shell, shown};
use crate::commands::glance::Glance;
use crate::commands::import::{self, Desk};
use crate::commands::sync::Happening;
use crate::rpc::views::CatalogueReport;
use crate::rpc::{CatalogueFile, Code, Problem};
use crate::shell::driver::Nudge;
use crate::store::{Halt, LogSweeper, WriteTx};
use crate::till::TillReader;

impl Shell {
    /// Reads a catalogue file in; the answer comes when all of it is applied.
    pub(super) async fn import(&self, request: CatalogueFile) -> Result<Value, Problem> {
        let CatalogueFile { csv, dry_run } = request;
        let judged = beside(move || import::judge(&csv)).await?;
        let turn = Arc::clone(&self.shared.imports).lock_owned().await;
        let shared = Arc::clone(&self.shared);
        let report = beside(move || {
            let _turn = turn;
            let report = import::import(&mut Between::open(&shared)?, judged, dry_run);
            shared.show_import();
            report
        });
        shown(&report.await?)
    }

    /// Goes on with an import that the last end of the program cut short, while the counter sells.
    pub(super) fn finish_import(&self) {
        let Ok(turn) = Arc::clone(&self.shared.imports).try_lock_owned() else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            match shared.finish_import() {
                Ok(None) => {}
                Ok(Some(report)) => {
                    shared.show_import();
                    tracing::info!(?report, "an import that was cut short is done");
                }
                Err(problem) => tracing::error!(%problem, "an import that was cut short waits"),
            }
        });
    }
}

/// Runs `work` off the async threads, to its end.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "an import ended in a fault of the program");
        Err(Problem::new(Code::Internal))
    })
}

impl Shared {
    fn finish_import(&self) -> Result<Option<CatalogueReport>, Problem> {
        let stage = self.take_turn(|core| core.till.read(|glance| Ok(glance.view.import_stage()?)))?;
        if stage.is_none() {
            return Ok(None);
        }
        import::finish(&mut Between::open(self)?)
    }

    /// Shows what an import left, and lets its entry go up.
    fn show_import(&self) {
        // A core that is gone has nobody to show it to.
        let _ = self.work_on_core(|_| Ok(()));
        self.nudge(Nudge::Happened(Happening::Changed));
    }
}

/// The desk of an import between the counter's turns: reads on a connection of its own, writes in turns.
struct Between<'s> {
    shared: &'s Shared,
    reader: TillReader,
    sweeper: LogSweeper,
}

impl<'s> Between<'s> {
    fn open(shared: &'s Shared) -> Result<Self, Problem> {
        shared.take_turn(|core| {
            let sweeper = core.till.store().log_sweeper();
            Ok(Self {
                shared,
                reader: core.till.reader()?,
                sweeper: core.till.read(|_| Ok(sweeper?))?,
            })
        })
    }
}

impl Desk for Between<'_> {
    fn read<T>(&self, work: impl FnOnce(&Glance<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        self.reader.read(work)
    }

    fn write<T>(&mut self, work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        let answer = self.shared.take_turn(|core| core.till.write(work))?;
        if let Err(error) = self.sweeper.sweep() {
            tracing::warn!(%error, "the log was not swept; the next step tries again");
        }
        Ok(answer)
    }
}
