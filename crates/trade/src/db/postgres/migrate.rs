//! Brings a PostgreSQL database to this version, under a lock: of two processes that start at once one runs
//! the steps and the other finds them done.

use super::connection::Connection;
use crate::db::migrations::{known_version, missing_from};
use crate::db::{DbError, Tx};
use crate::params;

/// Key of the lock, within the database. Any number; only ours must not be used for something else.
const LOCK: &str = "SELECT pg_advisory_xact_lock(732580612)";
const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    version BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL
)";
const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
/// The server's clock: it is the one clock that all processes share.
pub(super) const NOW_MS: &str = "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)";

/// Runs the steps that are missing, all or none.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), DbError> {
    // A step over a large table may take longer than any command of ours, and so may waiting for it.
    connection.batch("SET statement_timeout = 0; SET lock_timeout = 0; BEGIN")?;
    let outcome = run(connection);
    let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.batch(end);
    outcome.and(ended)
}

fn run(connection: &mut Connection) -> Result<(), DbError> {
    connection.batch(LOCK)?;
    connection.batch(VERSION_TABLE)?;
    let found = version(&mut connection.resume())?;
    check(found)?;
    for (step, sql) in (found + 1..).zip(missing_from(found)) {
        connection.batch(sql)?;
        let note = format!("INSERT INTO schema_version (version, at_ms) VALUES (?1, {NOW_MS})");
        connection.resume().execute(&note, params![step])?;
    }
    Ok(())
}

/// The version of a database whose tables are there.
pub(super) fn version(tx: &mut dyn Tx) -> Result<i64, DbError> {
    match tx.query(VERSION, &[])?.first() {
        Some(row) => row.int(0),
        None => Ok(0),
    }
}

/// A database of a newer version is left alone.
pub(super) fn check(found: i64) -> Result<(), DbError> {
    let known = known_version();
    if found > known {
        return Err(DbError::NewerSchema { found, known });
    }
    Ok(())
}
