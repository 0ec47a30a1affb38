//! What the till keeps: one SQLite file, one writer, readers beside it.
//!
//! Only this folder names the database library. It keeps and finds; what a tender or an order may do is
//! decided by the domain and the commands. Every write goes through one [`WriteTx`].

mod articles;
mod catalogue;
pub mod check;
mod drawer;
mod error;
mod facts;
mod import;
mod journal;
mod notices;
mod open;
mod orders;
mod prints;
mod refunds;
mod reserve;
pub mod rows;
mod schema;
mod search;
mod settings;
mod shifts;
mod tenders;
#[cfg(test)]
pub(crate) mod tests;
mod tx;
mod view;
mod witness;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::number;

pub use articles::{Imported, Prepared};
pub use catalogue::CategoryRow;
pub use drawer::{AmendmentRow, CashFact, ShiftOrders};
pub use error::{Halt, OpenError, StoreError};
pub use facts::{ArticleTakings, Stretch};
pub use import::{ImportStage, StagedArticle};
pub use journal::RefusedRow;
pub use open::{DATABASE_NAME, Durability, StoreConfig};
pub use orders::{Numbers, UndoRow};
pub use prints::{PrintRow, Printable};
pub use refunds::{LateWish, RefundRow, RefundWhy};
pub use reserve::FREE_BYTES_MIN;
pub use rows::{
    ArticleRow, AttemptRow, Enrolment, LineRow, NextWay, OrderRow, PersonRow, Role, StaffRow, TenderRow,
};
pub use schema::newest as newest_schema;
pub use settings::keys;
pub use shifts::ShiftRow;
pub use tenders::coverage;
pub use tx::{Moment, WriteTx};
pub use view::View;
use witness::Witness;

use crate::hold::Hold;

/// Revisions a restart leaps over, so that a screen never takes the new process's states for older ones:
/// far more than a day's changes that are not saved.
const REVISION_LEAP: u64 = 1_000_000;

/// The open data of a till.
#[derive(Debug)]
pub struct Store {
    writer: Connection,
    path: PathBuf,
    folder: PathBuf,
    durability: Durability,
    witness: Witness,
    floor: number::Mark,
    revision: u64,
    free_bytes_min: u64,
    stopped: bool,
    _hold: Hold,
}

/// Tidies the log up beside the writer, on a connection of its own: what much writing leaves behind is then
/// not carried over while a sale waits for the writer.
#[derive(Debug)]
pub struct LogSweeper {
    conn: Connection,
}

impl LogSweeper {
    /// Carries over what no reader needs from the log any more. The writer goes on meanwhile.
    ///
    /// # Errors
    /// When the log cannot be carried over; nothing is lost, the writer does it later.
    pub fn sweep(&self) -> Result<(), StoreError> {
        Ok(self
            .conn
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
    }
}

/// Reads beside the writer, on a connection of its own.
#[derive(Debug)]
pub struct Reader {
    conn: Connection,
}

impl Reader {
    /// Reads the last committed state: one and the same for everything `work` asks, whatever is committed
    /// meanwhile.
    ///
    /// # Errors
    /// What `work` refused, or that nothing can be read.
    pub fn read<T>(&self, work: impl FnOnce(View<'_>) -> Result<T, Halt>) -> Result<T, Halt> {
        of_one_moment(&self.conn, work)
    }
}

/// Everything that `work` reads is of one moment, under one lock instead of one per statement.
fn of_one_moment<T>(conn: &Connection, work: impl FnOnce(View<'_>) -> Result<T, Halt>) -> Result<T, Halt> {
    let snapshot = conn.unchecked_transaction().map_err(StoreError::from)?;
    let answer = work(View::new(&snapshot));
    snapshot.finish().map_err(StoreError::from)?;
    answer
}

impl Store {
    /// Opens the data folder, making it when it is new. A folder that is behind its witness was restored
    /// from a copy and goes on in a new epoch.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed then.
    pub fn open(config: &StoreConfig, new_uid: &str, at_ms: i64) -> Result<Self, OpenError> {
        let hold = open::take(&config.folder)?;
        let path = config.folder.join(DATABASE_NAME);
        let fail = |error: StoreError| OpenError::Unreadable {
            path: path.clone(),
            why: error.to_string(),
        };
        let witness = Witness::open(&config.witness, config.durability == Durability::Full).map_err(fail)?;
        open::inspect(&path, witness.seen().is_some(), config.begin_anew)?;
        let is_new = !path.exists();
        let writer = open::writer(&path, config.durability, new_uid)?;
        reserve::make(&config.folder).map_err(fail)?;
        let mut store = Self {
            writer,
            folder: config.folder.clone(),
            durability: config.durability,
            floor: witness.seen().map(witness::Seen::floor).unwrap_or_default(),
            witness,
            revision: 0,
            free_bytes_min: config.free_bytes_min,
            stopped: false,
            _hold: hold,
            path: path.clone(),
        };
        store.after_opening(is_new, at_ms).map_err(|halt| match halt {
            Halt::Store(error) => fail(error),
            Halt::No(problem) => OpenError::Unreadable {
                path: path.clone(),
                why: problem.to_string(),
            },
        })?;
        Ok(store)
    }

    fn after_opening(&mut self, is_new: bool, at_ms: i64) -> Result<(), Halt> {
        self.revision = u64::try_from(self.view().revision()?).unwrap_or(0) + REVISION_LEAP;
        let head = self.view().head()?;
        let restored_from = match self.witness.seen() {
            Some(seen) if seen.is_ahead_of(&head) => Some(seen.epoch.max(head.epoch)),
            Some(_) => None,
            None => (!is_new && head.seq > 0).then_some(head.epoch),
        };
        let moment = Moment {
            at_ms,
            time: self.view().shop_time()?,
        };
        self.write(moment, |tx| {
            if on(Mutant::WaitingForgottenOnStart) {
                tx.forget_waiting()?;
            }
            if let Some(epoch) = restored_from {
                tx.open_epoch(epoch + 1, "restored")?;
            }
            tx.lose_sight_of_prints(restored_from.is_some())?;
            let from = open::stretch_start(tx.view())?;
            let checked = check::entries(tx.view(), &from, check::STRETCH_ENTRIES)?;
            let mark = checked.unwrap_or_else(|_| suanpan_wire::journal::Mark::genesis());
            let position = if mark == from {
                String::new()
            } else {
                format!("{}/{}", mark.epoch, mark.seq)
            };
            tx.set_setting(keys::CHECKED_UP_TO, &position)?;
            Ok(())
        })
    }

    /// Reads the last committed state.
    #[must_use]
    pub const fn view(&self) -> View<'_> {
        View::new(&self.writer)
    }

    /// Reads on the writer's own connection, between its transactions.
    ///
    /// # Errors
    /// What `work` refused, or that the data cannot be read.
    pub fn read<T>(&self, work: impl FnOnce(View<'_>) -> Result<T, Halt>) -> Result<T, Halt> {
        of_one_moment(&self.writer, work)
    }

    /// A reader beside the writer.
    ///
    /// # Errors
    /// When no further connection can be made.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader {
            conn: open::reader(&self.path)?,
        })
    }

    /// A sweeper of the log beside the writer.
    ///
    /// # Errors
    /// When no further connection can be made.
    pub fn log_sweeper(&self) -> Result<LogSweeper, StoreError> {
        Ok(LogSweeper {
            conn: open::beside(&self.path, self.durability)?,
        })
    }

    /// One command: what `work` changes and says is committed as a whole, or not at all. Only after this
    /// returns may anyone be told.
    ///
    /// # Errors
    /// What `work` refused, or why it could not be saved. After the disk failed, nothing is written any
    /// more until the program starts anew.
    pub fn write<T>(
        &mut self,
        moment: Moment,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, Halt>,
    ) -> Result<T, Halt> {
        if self.stopped {
            return Err(StoreError::Stopped.into());
        }
        let outcome = self.write_once(moment, work);
        if let Err(Halt::Store(error)) = &outcome {
            self.stopped = error.is_disk_failure();
        }
        outcome
    }

    fn write_once<T>(
        &mut self,
        moment: Moment,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, Halt>,
    ) -> Result<T, Halt> {
        let sqlite = |error: rusqlite::Error| Halt::Store(error.into());
        let transaction = self
            .writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(sqlite)?;
        let mut tx = WriteTx::begin(transaction, moment, self.floor)?;
        let answer = work(&mut tx)?;
        if tx.has_minted() {
            // Not the head this transaction makes: it may yet come to nothing.
            self.witness.reserve(tx.number_mark(), tx.began_at())?;
        }
        let committed = tx.finish(self.revision + 1)?;
        self.revision += 1;
        self.floor = self.floor.max(committed.number);
        if let Err(error) = self.witness.note(&committed.head) {
            tracing::warn!(%error, "the witness could not be written; it is a little behind");
        }
        Ok(answer)
    }

    /// Grows with every commit and every [`Self::touch`].
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Something that is not kept changed what is shown.
    pub const fn touch(&mut self) {
        self.revision += 1;
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the disk has room for more sales.
    #[must_use]
    pub fn has_room(&self) -> bool {
        reserve::has_room(&self.folder, self.free_bytes_min)
    }

    /// A proper end: what was reserved and not used is given back.
    ///
    /// # Errors
    /// When the witness cannot be written.
    pub fn close(mut self) -> Result<(), StoreError> {
        let head = self.view().head()?;
        let mark = self.view().number_mark()?.max(self.floor);
        self.witness.close(&head, mark)
    }
}
