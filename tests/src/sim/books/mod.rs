//! What stands in the files, read from outside: the invariants do not ask the code under test.
//!
//! Each book is one consistent reading of one file. Rows come in the order of their keys, so that what
//! is said about them is the same in every run.

pub mod centre;
pub mod desk;
pub mod till;

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

/// A reading that did not work is a broken simulation, not a broken rule.
pub type Reading<T> = Result<T, rusqlite::Error>;

/// Statements kept prepared: all of the books' questions.
const STATEMENTS_KEPT: usize = 64;

/// Opens a file for reading only.
///
/// # Errors
/// When it is not there or not a database.
pub fn open(file: &Path) -> Reading<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(db)
}

/// Rows of a question.
///
/// # Errors
/// When the question does not fit the tables.
pub fn rows<T>(db: &Connection, sql: &str, row: impl FnMut(&Row<'_>) -> Reading<T>) -> Reading<Vec<T>> {
    db.prepare_cached(sql)?.query_map([], row)?.collect()
}

/// Every row of some tables as text, to see whether anything changed at all.
///
/// # Errors
/// When a table is not there.
pub fn dump(db: &Connection, tables: &[&str]) -> Reading<Vec<String>> {
    let mut lines = Vec::new();
    for table in tables {
        let mut question = db.prepare_cached(&format!("SELECT * FROM {table} ORDER BY 1, 2, 3"))?;
        let columns = question.column_count();
        let found = question.query_map([], |row| {
            let mut line = (*table).to_owned();
            for column in 0..columns {
                line.push_str(&format!("|{:?}", row.get_ref(column)?));
            }
            Ok(line)
        })?;
        for line in found {
            lines.push(line?);
        }
    }
    Ok(lines)
}
