//! Reading: one value over any connection, inside a write transaction or beside it.
//!
//! What is read of each noun is in the file named after it.

use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};

use super::error::StoreError;

/// Reads what is kept.
#[derive(Clone, Copy, Debug)]
pub struct View<'c> {
    pub(super) conn: &'c Connection,
}

impl<'c> View<'c> {
    pub(super) const fn new(conn: &'c Connection) -> Self {
        Self { conn }
    }
}

impl View<'_> {
    /// The folder the data is in.
    ///
    /// # Errors
    /// When the database does not say where it is.
    pub fn data_folder(&self) -> Result<std::path::PathBuf, StoreError> {
        let path = self.conn.path().unwrap_or_default();
        let folder = std::path::Path::new(path).parent();
        folder.map(std::path::Path::to_owned).ok_or(StoreError::Row {
            table: "a database",
            value: path.to_owned(),
        })
    }
}

/// A column that holds one of the domain's names.
pub(super) fn named<T>(
    row: &Row<'_>,
    column: &str,
    table: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    parse(&text).ok_or(StoreError::Row { table, value: text })
}

/// The columns of a row one after the other, as the statement lists them. What every key at the counter reads
/// is read this way: looking a column up by its name compares names, row by row.
pub(super) struct InOrder<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> InOrder<'r, 's> {
    pub(super) const fn new(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(super) fn take<T: FromSql>(&mut self) -> Result<T, StoreError> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// The next column, which holds one of the domain's names.
    pub(super) fn take_named<T>(
        &mut self,
        table: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let value: String = self.take()?;
        parse(&value).ok_or(StoreError::Row { table, value })
    }
}

/// A count that SQLite keeps signed.
pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A small count that SQLite keeps signed.
pub(super) fn small(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
