//! The journals of tills and centre side by side, read from their files while they are in use.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

/// One journal entry as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its epoch and place in it.
    pub place: (i64, i64),
    /// What kind of entry.
    pub kind: String,
    /// What it says, verbatim.
    pub payload: String,
    /// Its hash.
    pub hash: String,
}

/// Everything a till wrote, in order.
///
/// # Panics
/// When the folder holds no till's database.
#[must_use]
pub fn written_by_till(data: &Path) -> Vec<Kept> {
    kept(
        &open(data),
        "SELECT epoch, seq, kind, payload, hash FROM journal ORDER BY epoch, seq",
    )
}

/// Everything the centre holds of the till with that label, in order.
///
/// # Panics
/// When the folder holds no centre's database.
#[must_use]
pub fn held_by_centre(data: &Path, till_label: &str) -> Vec<Kept> {
    let query = format!(
        "SELECT epoch, seq, kind, payload, hash FROM journal
         WHERE till_id = (SELECT till_id FROM till WHERE label = '{till_label}') ORDER BY epoch, seq"
    );
    kept(&open(data), &query)
}

/// How many entries the centre holds without applying them.
#[must_use]
pub fn refused_by_centre(data: &Path) -> i64 {
    number(
        data,
        "SELECT count(*) FROM journal WHERE refused_code IS NOT NULL",
    )
}

/// One number out of a database.
///
/// # Panics
/// When the folder holds no database or the query is none.
#[must_use]
pub fn number(data: &Path, query: &str) -> i64 {
    let answer = open(data).query_row(query, [], |row| row.get(0));
    answer.unwrap_or_else(|problem| panic!("{query}: {problem}"))
}

/// Rows of texts out of a database.
///
/// # Panics
/// As [`number`].
#[must_use]
pub fn rows(data: &Path, query: &str) -> BTreeSet<String> {
    let conn = open(data);
    let mut statement = conn
        .prepare(query)
        .unwrap_or_else(|problem| panic!("{query}: {problem}"));
    let rows = statement.query_map([], |row| row.get(0));
    rows.and_then(Iterator::collect)
        .unwrap_or_else(|problem| panic!("{query}: {problem}"))
}

/// The one database in a folder.
///
/// # Panics
/// When there is none or several.
#[must_use]
pub fn database(data: &Path) -> PathBuf {
    let listed = fs::read_dir(data).unwrap_or_else(|problem| panic!("{}: {problem}", data.display()));
    let paths = listed.filter_map(Result::ok).map(|entry| entry.path());
    let mut found = paths.filter(|path| path.extension().is_some_and(|ending| ending == "db"));
    let first = found.next();
    assert!(found.next().is_none(), "several databases in {}", data.display());
    first.unwrap_or_else(|| panic!("no database in {}", data.display()))
}

/// Edits a database that nobody has open, and leaves all of it in its one file.
///
/// # Panics
/// When it cannot be edited.
pub fn edit(database: &Path, statement: &str) {
    let conn = Connection::open(database).expect("the database opens");
    conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .and_then(|()| conn.execute_batch(statement))
        .unwrap_or_else(|problem| panic!("{statement}: {problem}"));
}

fn open(data: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(database(data), flags).expect("the database opens for reading");
    conn.busy_timeout(std::time::Duration::from_secs(5))
        .expect("a fresh connection takes a timeout");
    conn
}

fn kept(conn: &Connection, query: &str) -> Vec<Kept> {
    let mut statement = conn
        .prepare(query)
        .unwrap_or_else(|problem| panic!("{query}: {problem}"));
    let rows = statement.query_map([], |row| {
        Ok(Kept {
            place: (row.get(0)?, row.get(1)?),
            kind: row.get(2)?,
            payload: row.get(3)?,
            hash: row.get(4)?,
        })
    });
    rows.and_then(Iterator::collect)
        .unwrap_or_else(|problem| panic!("{query}: {problem}"))
}
