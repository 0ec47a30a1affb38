//! The centre: its file, and the processes that work on it, each with a life and a memory of its own.
//!
//! What happens reaches one process, the one that serves just then: a request or callback any that is up, everything
//! else the process that waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use suanpan_trade::{Centre, CentreParts, DbError, Settings, SqliteDb, Ticket, WorkId};
use suanpan_wire::sign::{BadKey, SigningKey};

use super::happening::Way;
use super::watch::{MONEY_TABLES, READABLE, journal_of};
use crate::sim::books::centre::{CentreBook, Day, Held, days};
use crate::sim::books::desk::Bills;
use crate::sim::books::{self, Reading};
use crate::sim::files;
use crate::sim::merchant;
use crate::sim::rng::Rng;
use crate::sim::verdict::Broken;

/// The centre's file in its folder.
const FILE: &str = "centre.db";

/// A request that is answered once these calls have ended.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) ticket: Ticket,
    pub(crate) works: BTreeSet<WorkId>,
}

/// One process of the centre, with what only its memory holds.
#[derive(Default)]
pub(crate) struct Process {
    core: Option<Centre<SqliteDb>>,
    /// Which life this is, a number that no other process has: what belongs to an earlier one is lost.
    pub(crate) life: u64,
    /// Calls to the platform that are out: row and claim.
    pub(crate) calls: BTreeSet<(WorkId, i64)>,
    /// Requests that wait for calls.
    pub(crate) waiting: BTreeMap<Way, Waiting>,
    /// Requests that wait for a change.
    pub(crate) holds: BTreeMap<Way, Ticket>,
    /// When the driver looks for what is due.
    pub(crate) wakes_at_ms: Option<i64>,
    /// When it looks for a day to reconcile.
    pub(crate) bills_at_ms: Option<i64>,
    /// Bills that are asked for or fetched.
    pub(crate) errands: BTreeSet<u64>,
}

impl Process {
    pub(crate) const fn core(&self) -> Option<&Centre<SqliteDb>> {
        self.core.as_ref()
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.core.is_some()
    }
}

/// The centre's file and its processes.
pub(crate) struct CentreHost {
    pub(crate) processes: Vec<Process>,
    /// Which one serves what happens now.
    serving: usize,
    lives: u64,
    folder: PathBuf,
    copy: PathBuf,
    identity_seed: [u8; 32],
    rng: Rng,
    news: Arc<Mutex<BTreeSet<i64>>>,
    books: Option<Connection>,
}

impl CentreHost {
    pub(crate) fn new(folder: PathBuf, copy: PathBuf, processes: usize, rng: Rng) -> Self {
        let mut identity_seed = [0; 32];
        rng.fork("identity").fill(&mut identity_seed);
        Self {
            processes: (0..processes).map(|_| Process::default()).collect(),
            serving: 0,
            lives: 0,
            folder,
            copy,
            identity_seed,
            rng,
            news: Arc::default(),
            books: None,
        }
    }

    /// The process that serves.
    pub(crate) fn process(&self) -> &Process {
        &self.processes[self.serving]
    }

    pub(crate) fn process_mut(&mut self) -> &mut Process {
        &mut self.processes[self.serving]
    }

    /// The running program of the process that serves.
    pub(crate) fn core(&self) -> Option<&Centre<SqliteDb>> {
        self.process().core()
    }

    /// The processes that are up.
    pub(crate) fn up(&self) -> Vec<usize> {
        (0..self.processes.len())
            .filter(|index| self.processes[*index].is_up())
            .collect()
    }

    /// Which process serves.
    pub(crate) const fn serving(&self) -> usize {
        self.serving
    }

    /// From now on this process serves.
    pub(crate) const fn serve_by(&mut self, index: usize) {
        self.serving = index;
    }

    /// Something comes in that any process can take; whether one is there.
    pub(crate) fn serve_by_any(&mut self) -> bool {
        let up = self.up();
        let count = u64::try_from(up.len()).unwrap_or(0);
        // A single process takes everything, and no chance is drawn for it.
        let chosen = if count > 1 { self.rng.below(count) } else { 0 };
        match usize::try_from(chosen).ok().and_then(|chosen| up.get(chosen)) {
            Some(index) => self.serving = *index,
            None => return false,
        }
        true
    }

    /// Something happens that only a process in this life waits for; whether it still lives.
    pub(crate) fn serve_by_life(&mut self, life: u64) -> bool {
        let found = (0..self.processes.len())
            .find(|index| self.processes[*index].life == life && self.processes[*index].is_up());
        match found {
            Some(index) => self.serving = index,
            None => return false,
        }
        true
    }

    /// Starts a process on what is in the folder; it serves.
    pub(crate) fn start(&mut self, index: usize, now_ms: i64) -> Result<(), Broken> {
        let fail = |error: &dyn std::fmt::Display| {
            Broken::new("R1 a program starts again", format!("centre: {error}"))
        };
        std::fs::create_dir_all(&self.folder).map_err(|error| fail(&error))?;
        let db = self.desk().map_err(|error| fail(&error))?;
        self.lives += 1;
        let chance = self.rng.fork(&format!("life {}", self.lives));
        let parts = self.parts(db, chance).map_err(|error| fail(&error))?;
        let mut core = Centre::open(parts, now_ms).map_err(|error| fail(&error))?;
        let news = Arc::clone(&self.news);
        core.set_on_change(Box::new(move |till_id| {
            news.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(till_id);
        }));
        self.processes[index] = Process {
            core: Some(core),
            life: self.lives,
            ..Process::default()
        };
        self.serving = index;
        Ok(())
    }

    fn parts(&self, db: SqliteDb, chance: Rng) -> Result<CentreParts<SqliteDb>, BadKey> {
        let chance = Mutex::new(chance);
        Ok(CentreParts {
            db,
            identity: SigningKey::try_from_seed(&self.identity_seed)?,
            rng: Box::new(move |bytes: &mut [u8]| {
                chance.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
            }),
            settings: Settings::default(),
            open_channel: Box::new(|row| Ok(merchant::channel(row))),
            open_secret: Box::new(|_| None),
        })
    }

    /// The file as an operator's command opens it, beside whatever serves.
    pub(crate) fn desk(&self) -> Result<SqliteDb, DbError> {
        SqliteDb::open(&self.folder.join(FILE))
    }

    /// A centre on a copy of the file as it is now, after `change`, that nobody else knows of.
    pub(crate) fn branch(&self, name: &str, change: &str, now_ms: i64) -> Result<Centre<SqliteDb>, Broken> {
        let fail = |error: &dyn std::fmt::Display| Broken::new(READABLE, format!("a copy: {error}"));
        let folder = self.copy.with_file_name(name);
        files::replace(&self.folder, &folder).map_err(|error| fail(&error))?;
        let file = folder.join(FILE);
        let changed = Connection::open(&file).and_then(|db| db.execute_batch(change));
        changed.map_err(|error| fail(&error))?;
        let db = SqliteDb::open(&file).map_err(|error| fail(&error))?;
        let parts = self
            .parts(db, self.rng.fork(name))
            .map_err(|error| fail(&error))?;
        Centre::open(parts, now_ms).map_err(|error| fail(&error))
    }

    /// What stands in such a copy.
    pub(crate) fn branch_book(&self, name: &str) -> Result<CentreBook, Broken> {
        let file = self.copy.with_file_name(name).join(FILE);
        let read = books::open(&file).and_then(|db| CentreBook::read(&db));
        read.map_err(|error| Broken::new(READABLE, format!("a copy: {error}")))
    }

    /// A process dies: nothing but the file is left of it.
    pub(crate) fn die(&mut self, index: usize) {
        self.processes[index] = Process::default();
    }

    /// Tills whose stream has grown since this was asked last.
    pub(crate) fn take_news(&self) -> BTreeSet<i64> {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Copies the folder as it is now.
    pub(crate) fn copy(&mut self) {
        // A copy that fails is a copy that was not made; the restore then has nothing to do.
        let _ = files::replace(&self.folder, &self.copy);
    }

    /// Puts the copy in the folder's place; whether there was one. The program must be down.
    pub(crate) fn restore(&mut self) -> bool {
        self.books = None;
        self.copy.is_dir() && files::replace(&self.copy, &self.folder).is_ok()
    }

    fn read<T>(&mut self, read: impl FnOnce(&Connection) -> Reading<T>) -> Result<T, Broken> {
        let fail = |error: rusqlite::Error| Broken::new(READABLE, format!("centre: {error}"));
        let db = match self.books.take() {
            Some(db) => db,
            None => books::open(&self.folder.join(FILE)).map_err(fail)?,
        };
        read(self.books.insert(db)).map_err(fail)
    }

    pub(crate) fn book(&mut self) -> Result<CentreBook, Broken> {
        self.read(CentreBook::read)
    }

    pub(crate) fn journal(&mut self) -> Result<Vec<Held>, Broken> {
        self.read(|db| Ok(journal_of(db)))?
    }

    pub(crate) fn days(&mut self) -> Result<Vec<Day>, Broken> {
        self.read(days)
    }

    /// Every row that has to do with money, as text.
    pub(crate) fn dump(&mut self) -> Result<Vec<String>, Broken> {
        self.read(|db| books::dump(db, MONEY_TABLES))
    }

    /// The same, with every line of what was done by whom.
    pub(crate) fn dump_with_audit(&mut self) -> Result<Vec<String>, Broken> {
        let mut lines = self.dump()?;
        lines.extend(self.read(|db| books::dump(db, &["audit"]))?);
        Ok(lines)
    }

    /// The platforms' bills as they were read.
    pub(crate) fn bills(&mut self) -> Result<Bills, Broken> {
        self.read(Bills::read)
    }

    /// When a day is to be looked at.
    pub(crate) fn next_bill_ms(&mut self) -> Result<Option<i64>, Broken> {
        const SQL: &str = "SELECT MIN(next_try_at_ms) FROM bill_day";
        self.read(|db| db.prepare_cached(SQL)?.query_row([], |row| row.get(0)))
    }

    /// When something is due by itself.
    pub(crate) fn next_due_ms(&mut self) -> Result<Option<i64>, Broken> {
        const SQL: &str = "SELECT MIN(at_ms) FROM (
            SELECT MAX(next_call_at_ms, lease_until_ms) AS at_ms FROM trade WHERE next_call_at_ms IS NOT NULL
            UNION ALL
            SELECT MAX(next_call_at_ms, lease_until_ms) FROM refund_record WHERE next_call_at_ms IS NOT NULL
            UNION ALL SELECT refund_due_at_ms FROM trade WHERE refund_due_at_ms IS NOT NULL)";
        self.read(|db| db.prepare_cached(SQL)?.query_row([], |row| row.get(0)))
    }

    /// Whether a payment or a refund of this trade stands in the file for good. What a reversal gives back is no
    /// refund of ours: the charge it ends stands there. A payment that may be older than its reversal is asked about.
    pub(crate) fn holds_fact(&mut self, trade_no: &str, is_refund: bool) -> Result<bool, Broken> {
        let sql = if is_refund {
            "SELECT EXISTS (SELECT 1 FROM refund_record WHERE trade_no = CAST(?1 AS INTEGER) AND refund_status >= 1)
             OR EXISTS (SELECT 1 FROM suspense WHERE trade_no = ?1)
             OR EXISTS (SELECT 1 FROM trade WHERE trade_no = CAST(?1 AS INTEGER) AND way = 'TAKEN')"
        } else {
            "SELECT EXISTS (SELECT 1 FROM trade WHERE trade_no = CAST(?1 AS INTEGER) AND state = 'PAID')
             OR EXISTS (SELECT 1 FROM suspense WHERE trade_no = ?1)
             OR EXISTS (SELECT 1 FROM trade WHERE trade_no = CAST(?1 AS INTEGER) AND way = 'TAKEN'
                        AND state IN ('CLOSING', 'CLOSED') AND next_call_at_ms IS NOT NULL)"
        };
        self.read(|db| db.prepare_cached(sql)?.query_row([trade_no], |row| row.get(0)))
    }

    /// Hash of the entry that a till's mark names, if it is here.
    pub(crate) fn hash_of(
        &mut self,
        till_id: i64,
        mark: &(i64, i64, String),
    ) -> Result<Option<String>, Broken> {
        const SQL: &str = "SELECT hash FROM journal WHERE till_id = ?1 AND epoch = ?2 AND seq = ?3";
        self.read(|db| {
            db.prepare_cached(SQL)?
                .query_row((till_id, mark.0, mark.1), |row| row.get(0))
                .optional()
        })
    }

    /// Tenders with late money that nobody has decided on, with the till's id.
    pub(crate) fn late_tenders(&mut self) -> Result<Vec<(i64, i64)>, Broken> {
        self.read(|db| {
            books::rows(
                db,
                "SELECT DISTINCT product_order_no, till_id FROM pay_order JOIN trade USING (pay_order_id)
                 WHERE refund_due_at_ms IS NOT NULL ORDER BY product_order_no",
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
    }
}
