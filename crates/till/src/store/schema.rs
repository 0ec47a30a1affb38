//! The schema's versions: each file of `migrations/till` once, in order, the version in `user_version`.

use rusqlite::Connection;

use super::error::StoreError;

const STEPS: &[&str] = &[
    include_str!("../../../../migrations/till/0001_counter.sql"),
    include_str!("../../../../migrations/till/0002_import.sql"),
    include_str!("../../../../migrations/till/0003_only_here.sql"),
    include_str!("../../../../migrations/till/0004_short_number.sql"),
    include_str!("../../../../migrations/till/0005_shifts.sql"),
    include_str!("../../../../migrations/till/0006_print.sql"),
    include_str!("../../../../migrations/till/0007_ways.sql"),
    include_str!("../../../../migrations/till/0008_refunds.sql"),
];

/// The newest schema this program knows.
#[must_use]
pub fn newest() -> i64 {
    i64::try_from(STEPS.len()).expect("a handful of files")
}

/// The schema of a file; 0 for a fresh one.
///
/// # Errors
/// When the file is no database or cannot be read.
pub fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings a database from its version to the newest, each step in a transaction of its own. References are
/// not enforced meanwhile, so that a step may lay a table anew; they are checked before each commit.
///
/// # Errors
/// When a step fails; the database then stands at the version before it.
pub fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    let found = usize::try_from(version(conn)?).unwrap_or(usize::MAX);
    conn.pragma_update(None, "foreign_keys", false)?;
    for (index, step) in STEPS.iter().enumerate().skip(found) {
        let tx = conn.transaction()?;
        tx.execute_batch(step)?;
        check_references(&tx)?;
        tx.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
        tx.commit()?;
    }
    conn.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

fn check_references(conn: &Connection) -> Result<(), StoreError> {
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let mut broken = statement.query([])?;
    match broken.next()? {
        None => Ok(()),
        Some(row) => Err(StoreError::Row {
            table: "a migrated database",
            value: row.get(0)?,
        }),
    }
}
