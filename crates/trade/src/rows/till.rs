//! Rows of `till`: who may sign requests.

use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "till_id, store_id, label, worker, public_key, revoked_at_ms";

/// A till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Till {
    /// Its id.
    pub till_id: i64,
    /// Its store.
    pub store_id: i64,
    /// Number within the store.
    pub label: String,
    /// Worker of its numbers.
    pub worker: i64,
    /// Ed25519 key, base64.
    pub public_key: String,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
}

fn read(row: &Row) -> Result<Till, DbError> {
    Ok(Till {
        till_id: row.int(0)?,
        store_id: row.int(1)?,
        label: row.text(2)?,
        worker: row.int(3)?,
        public_key: row.text(4)?,
        revoked_at_ms: row.opt_int(5)?,
    })
}

/// The till of that id.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, till_id: i64) -> Result<Option<Till>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM till WHERE till_id = ?1");
    tx.query(&sql, params![till_id])?.first().map(read).transpose()
}

/// Locks a till: what it asks for is decided one request after another, also where two processes have got them.
/// What is decided by the absence of a tender or an entry of this till is decided under this lock.
///
/// # Errors
/// [`DbError`].
pub fn lock(tx: &mut dyn Tx, till_id: i64) -> Result<(), DbError> {
    tx.query_locked("SELECT till_id FROM till WHERE till_id = ?1", params![till_id])
        .map(drop)
}

/// The till with that key.
///
/// # Errors
/// [`DbError`].
pub fn by_key(tx: &mut dyn Tx, public_key: &str) -> Result<Option<Till>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM till WHERE public_key = ?1");
    tx.query(&sql, params![public_key])?.first().map(read).transpose()
}

/// Every till.
///
/// # Errors
/// [`DbError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Till>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM till ORDER BY store_id, till_id");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// How many tills a store has had, and the highest worker of all: neither is ever given out again.
///
/// # Errors
/// [`DbError`].
pub fn counts(tx: &mut dyn Tx, store_id: i64) -> Result<(i64, i64), DbError> {
    let rows = tx.query(
        "SELECT (SELECT COUNT(*) FROM till WHERE store_id = ?1), (SELECT COALESCE(MAX(worker), 0) FROM till)",
        params![store_id],
    )?;
    match rows.first() {
        Some(row) => Ok((row.int(0)?, row.int(1)?)),
        None => Ok((0, 0)),
    }
}

/// Writes a new till.
///
/// # Errors
/// [`DbError`].
pub fn insert(tx: &mut dyn Tx, till: &Till, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO till (till_id, store_id, label, worker, public_key, enrolled_at_ms, revoked_at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)",
        params![
            till.till_id,
            till.store_id,
            &till.label,
            till.worker,
            &till.public_key,
            now_ms
        ],
    )?;
    Ok(())
}

/// Takes a till's right to sign away; whether it had it.
///
/// # Errors
/// [`DbError`].
pub fn revoke(tx: &mut dyn Tx, till_id: i64, now_ms: i64) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE till SET revoked_at_ms = ?2 WHERE till_id = ?1 AND revoked_at_ms IS NULL",
        params![till_id, now_ms],
    )?;
    Ok(changed > 0)
}
