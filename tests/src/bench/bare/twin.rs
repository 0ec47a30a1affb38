//! A copy of a database that only bare statements are run on, with the settings the product uses.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::rows::Table;
use super::writes::Write;
use crate::bench::clock::Watch;
use crate::bench::problem::{BenchError, same};

/// As the product: every commit waits for the disk, references are checked, the same page cache.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1;
    PRAGMA foreign_keys = 1; PRAGMA cell_size_check = 1; PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;";
/// Every statement of a sale stays prepared.
const STATEMENTS_KEPT: usize = 200;

/// The bare database.
#[derive(Debug)]
pub struct Twin {
    conn: Connection,
}

impl Twin {
    /// Copies a database page by page, while its owner has it open.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn copy(of: &Path, to: &Path) -> rusqlite::Result<Self> {
        let source = Connection::open_with_flags(of, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut conn = Connection::open(to)?;
        {
            let backup = rusqlite::backup::Backup::new(&source, &mut conn)?;
            // All pages in one step: nothing else runs meanwhile.
            backup.step(-1)?;
        }
        Self::settle(conn)
    }

    /// Opens a copy that was made before.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        Self::settle(Connection::open(path)?)
    }

    fn settle(conn: Connection) -> rusqlite::Result<Self> {
        conn.execute_batch(SETTINGS)?;
        plan_once(&conn)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(Self { conn })
    }

    /// Runs statements as one durable transaction; how long that took, in nanoseconds.
    ///
    /// # Errors
    /// When one of them fails.
    pub fn commit(&mut self, writes: &[Write]) -> rusqlite::Result<u64> {
        let watch = Watch::start();
        let transaction = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for write in writes {
            transaction
                .prepare_cached(&write.sql)?
                .execute(rusqlite::params_from_iter(&write.values))?;
        }
        transaction.commit()?;
        Ok(watch.ns())
    }

    /// The connection, for bare questions.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Refuses unless every table holds the same rows as another database.
    ///
    /// # Errors
    /// [`BenchError::Wrong`], or when either cannot be read.
    pub fn must_equal(&self, other: &Path) -> Result<(), BenchError> {
        let theirs = Connection::open_with_flags(other, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        for table in Table::all(&self.conn)? {
            let (ours, other) = (table.rows(&self.conn)?, table.rows(&theirs)?);
            same(&format!("rows of {}", table.name), &ours.len(), &other.len())?;
            for (key, row) in ours {
                same(&format!("{} {key}", table.name), &Some(&row), &other.get(&key))?;
            }
        }
        Ok(())
    }
}

/// Statements are planned once: otherwise SQLite plans anew whenever a value it might plan by is bound, which
/// costs a bare program more than the statement.
///
/// # Errors
/// When the library does not know the setting.
pub fn plan_once(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Where a copy is kept beside the till it was made of.
#[must_use]
pub fn place(folder: &Path) -> PathBuf {
    folder.join("twin.db")
}
