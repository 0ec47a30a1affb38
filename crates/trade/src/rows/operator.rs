//! Rows of `operator`: people who decide about money that waits, with the hash of the token each has.

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name that the audit keeps.
    pub name: String,
    /// When the present token was made.
    pub added_at_ms: i64,
    /// When it was taken away.
    pub revoked_at_ms: Option<i64>,
}

fn read(row: &Row) -> Result<Operator, DbError> {
    Ok(Operator {
        name: row.text(0)?,
        added_at_ms: row.int(1)?,
        revoked_at_ms: row.opt_int(2)?,
    })
}

/// Everybody, in the order of their tokens.
///
/// # Errors
/// [`DbError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Operator>, DbError> {
    let rows = tx.query(
        "SELECT name, added_at_ms, revoked_at_ms FROM operator ORDER BY added_at_ms",
        &[],
    )?;
    rows.iter().map(read).collect()
}

/// Whose token has this hash, also after it was taken away.
///
/// # Errors
/// [`DbError`].
pub fn by_hash(tx: &mut dyn Tx, token_hash: &str) -> Result<Option<Operator>, DbError> {
    let sql = "SELECT name, added_at_ms, revoked_at_ms FROM operator WHERE token_hash = ?1";
    tx.query(sql, params![token_hash])?.first().map(read).transpose()
}

/// Gives somebody a token, in place of the one before.
///
/// # Errors
/// [`DbError`].
pub fn put(tx: &mut dyn Tx, name: &str, token_hash: &str, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO operator (name, token_hash, added_at_ms, revoked_at_ms) VALUES (?1, ?2, ?3, NULL) \
         ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash, added_at_ms = excluded.added_at_ms, \
         revoked_at_ms = NULL",
        params![name, token_hash, now_ms],
    )?;
    Ok(())
}

/// Takes somebody's token away; whether there was one.
///
/// # Errors
/// [`DbError`].
pub fn revoke(tx: &mut dyn Tx, name: &str, now_ms: i64) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE operator SET revoked_at_ms = ?1 WHERE name = ?2 AND revoked_at_ms IS NULL",
        params![now_ms, name],
    )?;
    Ok(changed == 1)
}
