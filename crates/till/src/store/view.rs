//! Reading: one value over any connection, inside a write transaction or beside it.
//!
//! What is read of each noun is in the file named after it.

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

/// A count that SQLite keeps signed.
pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A small count that SQLite keeps signed.
pub(super) fn small(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
