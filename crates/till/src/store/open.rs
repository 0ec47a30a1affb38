//! Opening what is kept: one program per folder, nothing newer, nothing damaged, nothing overwritten.
//!
//! Everything is looked at through a connection that cannot write before anything may be written.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use suanpan_wire::journal::{GENESIS_HASH, Mark};

use super::check;
use super::error::{OpenError, StoreError};
use super::schema;
use super::settings::keys;
use super::view::View;
use crate::hold::Hold;
use crate::private;

/// The database file in the data folder.
pub const DATABASE_NAME: &str = "till.db";
const LOCK_NAME: &str = "till.lock";
/// How long a connection waits for another one's lock; the writer holds it for milliseconds.
const BUSY_MS: u64 = 5_000;
/// Files up to this size are checked page by page at every start: about a third of a second on a slow
/// disk. Beyond it the journal's own check has to do.
const QUICK_CHECK_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Page cache of the writer, in KiB as SQLite wants it: the indexes of a shop's day fit.
const CACHE_KIB: i64 = 8 * 1024;

/// How much a commit waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Until the disk has it (`synchronous=FULL`). Every real till.
    #[default]
    Full,
    /// For nothing: only for simulations, whose crashes are drops of the process.
    Simulated,
}

/// Where a till keeps its data.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The data folder.
    pub folder: PathBuf,
    /// The witness file, outside the data folder.
    pub witness: PathBuf,
    /// How much a commit waits for.
    pub durability: Durability,
    /// Least free bytes on the disk with which sales begin.
    pub free_bytes_min: u64,
    /// Whether a folder whose database is gone may begin empty, in a new epoch. Only a person says so.
    pub begin_anew: bool,
}

/// Takes the folder for this process.
pub(super) fn take(folder: &Path) -> Result<Hold, OpenError> {
    private::make_own(folder).map_err(|error| unreadable(folder, &error))?;
    let path = folder.join(LOCK_NAME);
    Hold::take(&path)
        .map_err(|error| unreadable(&path, &error))?
        .ok_or(OpenError::AlreadyRunning)
}

fn unreadable(path: &Path, why: &impl ToString) -> OpenError {
    OpenError::Unreadable {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn damaged(path: &Path, why: impl Into<String>) -> OpenError {
    OpenError::Damaged {
        path: path.to_owned(),
        why: why.into(),
    }
}

/// Says whether the database at `path` may be used, without changing it.
pub(super) fn inspect(path: &Path, was_used: bool, begin_anew: bool) -> Result<(), OpenError> {
    let size = match std::fs::metadata(path) {
        Ok(about) if about.is_file() => about.len(),
        Ok(_) => return Err(unreadable(path, &"not a file")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return missing(path, was_used && !begin_anew);
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    if size == 0 {
        return if was_used {
            Err(damaged(path, "the file is empty"))
        } else {
            Ok(())
        };
    }
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| judge(path, &error.into()))?;
    look(&conn, path, size)
}

/// A till that was used never begins empty by itself: what it knew is elsewhere, or lost.
fn missing(path: &Path, was_used: bool) -> Result<(), OpenError> {
    if was_used {
        return Err(damaged(path, "the file is gone"));
    }
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return Err(damaged(path, "the file is gone but its log is here"));
    }
    Ok(())
}

fn look(conn: &Connection, path: &Path, size: u64) -> Result<(), OpenError> {
    let judged = |error: StoreError| judge(path, &error);
    let found = schema::version(conn).map_err(judged)?;
    if found > schema::newest() {
        return Err(OpenError::Newer {
            found,
            known: schema::newest(),
        });
    }
    if size <= QUICK_CHECK_BYTES_MAX {
        let word: String = conn
            .pragma_query_value(None, "quick_check", |row| row.get(0))
            .map_err(|error| judged(error.into()))?;
        if word != "ok" {
            return Err(damaged(path, word));
        }
    }
    if found == 0 {
        return Err(damaged(path, "the file is no till's database"));
    }
    look_at_journal(View::new(conn), path)
}

fn look_at_journal(view: View<'_>, path: &Path) -> Result<(), OpenError> {
    let judged = |error: StoreError| judge(path, &error);
    if let Some(flaw) = check::tail(view).map_err(judged)? {
        return Err(damaged(path, flaw.0));
    }
    let from = stretch_start(view).map_err(judged)?;
    match check::entries(view, &from, check::STRETCH_ENTRIES).map_err(judged)? {
        Ok(_) => Ok(()),
        Err(flaw) => Err(damaged(path, flaw.0)),
    }
}

/// Where the check of older entries goes on: after the last start's stretch, or from the beginning.
pub(super) fn stretch_start(view: View<'_>) -> Result<Mark, StoreError> {
    let kept = view.setting(keys::CHECKED_UP_TO)?;
    let position = kept.as_deref().and_then(|text| {
        let (epoch, seq) = text.split_once('/')?;
        Some((epoch.parse().ok()?, seq.parse().ok()?))
    });
    let entry = match position {
        Some((epoch, seq)) => view.entry(epoch, seq)?,
        None => None,
    };
    Ok(entry.map_or_else(Mark::genesis, |entry| entry.mark()))
}

fn judge(path: &Path, error: &StoreError) -> OpenError {
    let StoreError::Sqlite(sqlite) = error else {
        return damaged(path, error.to_string());
    };
    match sqlite.sqlite_error_code() {
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => unreadable(path, sqlite),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::AlreadyRunning,
        Some(_) | None => damaged(path, sqlite.to_string()),
    }
}

/// Opens the one connection that writes, and brings the schema up to date.
pub(super) fn writer(path: &Path, durability: Durability, till_uid: &str) -> Result<Connection, OpenError> {
    let open = || -> Result<Connection, StoreError> {
        let mut conn = Connection::open(path)?;
        prepare(&conn, durability)?;
        schema::migrate(&mut conn)?;
        conn.execute(
            "INSERT OR IGNORE INTO till (one, till_uid, head_epoch, head_seq, head_hash, number_ms,
             number_sequence, acked_epoch, acked_seq, acked_hash) VALUES (1, ?1, 1, 0, ?2, 0, 0, 1, 0, ?2)",
            [till_uid, GENESIS_HASH],
        )?;
        Ok(conn)
    };
    open().map_err(|error| judge(path, &error))
}

fn prepare(conn: &Connection, durability: Durability) -> Result<(), StoreError> {
    conn.pragma_update(None, "journal_mode", "WAL")?;
    let level = match durability {
        Durability::Full => "FULL",
        Durability::Simulated => "OFF",
    };
    conn.pragma_update(None, "synchronous", level)?;
    conn.pragma_update(None, "fullfsync", durability == Durability::Full)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(200);
    // Kept statements keep their plan: planning again at every binding was a third of a sale's time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    Ok(())
}

/// Opens a connection beside the writer that may write the file itself, as durably as the writer does.
pub(super) fn beside(path: &Path, durability: Durability) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(&conn, durability)?;
    Ok(conn)
}

/// Opens a connection that only reads, beside the writer.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    conn.set_prepared_statement_cache_capacity(100);
    Ok(conn)
}
