//! SQLite behind [`Db`]: WAL, synced commits, one writer, a reader beside it, migrations.
//!
//! The only place of the centre that names the library. A file of a newer version is refused and not
//! touched. What the tables mean is in `migrations/trade`.

mod line;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, ToSql, TransactionBehavior};

use self::line::Line;
use super::migrations::{known_version, missing_from};
use super::{Db, DbError, Row, Tx, Value};
use crate::rows::stream;

/// How long a statement waits for another process (the command line beside the server): far more than any
/// of our transactions takes, far less than a caller waits.
const BUSY_MS_MAX: u64 = 5_000;

/// Statements kept prepared per connection: all of ours fit.
const STATEMENTS_KEPT: usize = 128;

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    Synced,
    /// For simulations only: a power cut is not among their faults, and time is.
    Unsynced,
}

/// A SQLite file, or a database in memory for simulations.
pub struct SqliteDb {
    writer: Line,
    reader: Option<Mutex<Connection>>,
}

impl std::fmt::Debug for SqliteDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteDb").finish_non_exhaustive()
    }
}

impl SqliteDb {
    /// Opens or creates a file and brings it to this version.
    ///
    /// # Errors
    /// [`DbError::NewerSchema`] for a file of a newer version; [`DbError::Failed`] when it is no database,
    /// or cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        let mut writer = Connection::open(path).map_err(failed)?;
        prepare(&writer, Durability::Synced)?;
        migrate(&mut writer)?;
        let reader = Connection::open(path).map_err(failed)?;
        prepare(&reader, Durability::Synced)?;
        reader.pragma_update(None, "query_only", true).map_err(failed)?;
        Ok(Self {
            writer: Line::new(writer),
            reader: Some(Mutex::new(reader)),
        })
    }

    /// An empty database in memory, for simulations and tests.
    ///
    /// # Errors
    /// [`DbError::Failed`] when there is no memory for it.
    pub fn in_memory() -> Result<Self, DbError> {
        let mut writer = Connection::open_in_memory().map_err(failed)?;
        prepare(&writer, Durability::Unsynced)?;
        migrate(&mut writer)?;
        Ok(Self {
            writer: Line::new(writer),
            reader: None,
        })
    }

    /// A copy in memory of all that is committed: a simulated backup.
    ///
    /// # Errors
    /// [`DbError::Failed`].
    pub fn copy_in_memory(&self) -> Result<Self, DbError> {
        let mut copy = Connection::open_in_memory().map_err(failed)?;
        self.writer.between(|source| {
            let backup = rusqlite::backup::Backup::new(source, &mut copy).map_err(failed)?;
            // All pages in one step: nothing else runs meanwhile.
            backup.step(-1).map_err(failed)
        })?;
        prepare(&copy, Durability::Unsynced)?;
        Ok(Self {
            writer: Line::new(copy),
            reader: None,
        })
    }
}

#[cfg(test)]
impl SqliteDb {
    /// Writes all that is committed to a new file.
    pub fn write_file(&self, path: &Path) {
        let path = path.to_str().unwrap();
        self.writer
            .between(|source| source.execute("VACUUM INTO ?1", [path]))
            .unwrap();
    }
}

impl Db for SqliteDb {
    fn write<T, E: From<DbError>>(&self, command: impl FnMut(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
        self.writer.write(command)
    }

    fn read<T, E: From<DbError>>(&self, question: impl FnMut(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
        match &self.reader {
            Some(reader) => ask(&mut lock(reader), question),
            None => self.writer.between(|connection| ask(connection, question)),
        }
    }

    fn begin_generation(&self, now_ms: i64) -> Result<(), DbError> {
        self.write(|tx| stream::open_generation(tx, now_ms)).map(drop)
    }
}

fn ask<T, E: From<DbError>>(
    connection: &mut Connection,
    mut question: impl FnMut(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Deferred)
        .map_err(failed)?;
    question(&mut SqliteTx {
        connection: &transaction,
    })
}

struct SqliteTx<'c> {
    connection: &'c Connection,
}

impl Tx for SqliteTx<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<usize, DbError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement
            .execute(rusqlite::params_from_iter(params))
            .map_err(failed)
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let width = statement.column_count();
        let mut found = statement
            .query(rusqlite::params_from_iter(params))
            .map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let columns: Result<Vec<Value>, DbError> = (0..width)
                .map(|at| row.get_ref(at).map_err(failed).and_then(read_value))
                .collect();
            rows.push(Row(columns?));
        }
        Ok(rows)
    }

    fn query_locked(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.query(sql, params)
    }

    fn query_free(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.query(sql, params)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Null => Ok(rusqlite::types::Null.into()),
            Self::Int(number) => Ok((*number).into()),
            Self::Text(text) => text.to_sql(),
        }
    }
}

fn read_value(value: ValueRef<'_>) -> Result<Value, DbError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(bytes) => String::from_utf8(bytes.to_vec())
            .map(Value::Text)
            .map_err(|_| DbError::Damaged("text is not UTF-8".to_owned())),
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(DbError::Damaged("neither number nor text".to_owned())),
    }
}

fn prepare(connection: &Connection, durability: Durability) -> Result<(), DbError> {
    connection
        .busy_timeout(Duration::from_millis(BUSY_MS_MAX))
        .map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Kept statements keep their plan instead of being planned again at every binding.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(failed)?;
    let synchronous = match durability {
        Durability::Synced => "FULL",
        Durability::Unsynced => "OFF",
    };
    connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .map_err(failed)?;
    connection
        .pragma_update(None, "synchronous", synchronous)
        .map_err(failed)?;
    // A Mac's plain flush stops at the drive's cache.
    connection
        .pragma_update(None, "fullfsync", true)
        .map_err(failed)?;
    connection
        .pragma_update(None, "foreign_keys", true)
        .map_err(failed)
}

fn migrate(connection: &mut Connection) -> Result<(), DbError> {
    let known = known_version();
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let found: i64 = transaction
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(failed)?;
    if found > known {
        return Err(DbError::NewerSchema { found, known });
    }
    for sql in missing_from(found) {
        transaction.execute_batch(sql).map_err(failed)?;
    }
    transaction
        .pragma_update(None, "user_version", known)
        .map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// A panic elsewhere left nothing behind: a question changes nothing.
fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A disk that is full, or cannot be written or read, says nothing about the rows: the same may go later.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn failed(error: rusqlite::Error) -> DbError {
    let of_the_machine = [
        ErrorCode::DiskFull,
        ErrorCode::SystemIoFailure,
        ErrorCode::ReadOnly,
        ErrorCode::OutOfMemory,
        ErrorCode::DatabaseBusy,
        ErrorCode::DatabaseLocked,
        ErrorCode::CannotOpen,
    ];
    match error.sqlite_error_code() {
        Some(code) if of_the_machine.contains(&code) => DbError::Unreachable(error.to_string()),
        Some(_) | None => DbError::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_sqlite_has_no_wal_reset_bug() {
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }

    #[test]
    fn a_disk_that_is_full_says_nothing_about_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let db = SqliteDb::open(&folder.path().join("centre.db")).unwrap();
        let is_full = |grow: i64| {
            let write = db.write(|tx| {
                tx.query(&format!("PRAGMA max_page_count = {grow}"), &[])?;
                tx.execute("CREATE TABLE large AS SELECT zeroblob(10000000) AS bytes", &[])
            });
            write.unwrap_err()
        };
        assert!(matches!(is_full(1), DbError::Unreachable(_)));
        let wrong = db.write(|tx| tx.execute("SELECT nothing", &[])).unwrap_err();
        assert!(matches!(wrong, DbError::Failed(_)));
    }

    #[test]
    fn a_file_of_a_newer_version_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("centre.db");
        drop(SqliteDb::open(&path).unwrap());
        let newer = Connection::open(&path).unwrap();
        newer.pragma_update(None, "user_version", 99).unwrap();
        drop(newer);
        let refused = SqliteDb::open(&path).unwrap_err();
        let known = known_version();
        assert_eq!(refused, DbError::NewerSchema { found: 99, known });
    }

    #[test]
    fn a_damaged_file_is_refused_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("centre.db");
        let rubbish =
            b"this is not a database, and it is long enough to look like a header of one".repeat(20);
        std::fs::write(&path, &rubbish).unwrap();
        assert!(SqliteDb::open(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), rubbish);
    }

    #[test]
    fn a_failed_command_leaves_nothing() {
        let db = SqliteDb::in_memory().unwrap();
        let outcome: Result<(), DbError> = db.write(|tx| {
            tx.execute("INSERT INTO meta (name, value) VALUES ('a', 'b')", &[])?;
            Err(DbError::Failed("stop".into()))
        });
        assert!(outcome.is_err());
        let rows: Vec<Row> = db.read(|tx| tx.query("SELECT name FROM meta", &[])).unwrap();
        assert_eq!(rows, []);
    }
}
