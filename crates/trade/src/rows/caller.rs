//! Rows of `caller` and `caller_grant`: who may use the existing contract, from where, and for which merchants.
//!
//! The secret itself is not here, only where it is.

use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "product_app_id, caller_id, secret_ref, trusted, revoked_at_ms";

/// A business system that calls by the existing contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its name in `productAppId`.
    pub product_app_id: String,
    /// Our number of it.
    pub caller_id: i64,
    /// Where its secret is: `file:PATH` or `env:NAME`.
    pub secret_ref: String,
    /// Networks from which it may call without a signature, separated by commas.
    pub trusted: String,
    /// When its right was taken away.
    pub revoked_at_ms: Option<i64>,
}

fn read(row: &Row) -> Result<Caller, DbError> {
    Ok(Caller {
        product_app_id: row.text(0)?,
        caller_id: row.int(1)?,
        secret_ref: row.text(2)?,
        trusted: row.text(3)?,
        revoked_at_ms: row.opt_int(4)?,
    })
}

/// The caller of that name, also a revoked one.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, product_app_id: &str) -> Result<Option<Caller>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM caller WHERE product_app_id = ?1");
    tx.query(&sql, params![product_app_id])?
        .first()
        .map(read)
        .transpose()
}

/// Locks a caller's row: whoever opens or buries one of its orders decides by the absence of another.
///
/// # Errors
/// [`DbError`].
pub fn lock(tx: &mut dyn Tx, product_app_id: &str) -> Result<(), DbError> {
    tx.query_locked(
        "SELECT caller_id FROM caller WHERE product_app_id = ?1",
        params![product_app_id],
    )?;
    Ok(())
}

/// Every caller.
///
/// # Errors
/// [`DbError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Caller>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM caller ORDER BY caller_id");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Writes a caller, in place of one of the same name, which keeps its number.
///
/// # Errors
/// [`DbError`].
pub fn put(tx: &mut dyn Tx, caller: &Caller, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO caller (product_app_id, caller_id, secret_ref, trusted, revoked_at_ms, created_at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (product_app_id) DO UPDATE SET \
         secret_ref = excluded.secret_ref, trusted = excluded.trusted, revoked_at_ms = excluded.revoked_at_ms",
        params![
            &caller.product_app_id,
            caller.caller_id,
            &caller.secret_ref,
            &caller.trusted,
            caller.revoked_at_ms,
            now_ms,
        ],
    )?;
    Ok(())
}

/// Lets a caller name a merchant account.
///
/// # Errors
/// [`DbError`].
pub fn grant(tx: &mut dyn Tx, product_app_id: &str, enterprise_id: i64, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO caller_grant (product_app_id, enterprise_id, granted_at_ms) VALUES (?1, ?2, ?3) \
         ON CONFLICT (product_app_id, enterprise_id) DO UPDATE SET granted_at_ms = excluded.granted_at_ms, \
         revoked_at_ms = NULL",
        params![product_app_id, enterprise_id, now_ms],
    )?;
    Ok(())
}

/// Takes that back; whether there was such a grant.
///
/// # Errors
/// [`DbError`].
pub fn revoke_grant(
    tx: &mut dyn Tx,
    product_app_id: &str,
    enterprise_id: i64,
    now_ms: i64,
) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE caller_grant SET revoked_at_ms = ?3 WHERE product_app_id = ?1 AND enterprise_id = ?2 \
         AND revoked_at_ms IS NULL",
        params![product_app_id, enterprise_id, now_ms],
    )?;
    Ok(changed > 0)
}

/// The merchant accounts that a caller may name.
///
/// # Errors
/// [`DbError`].
pub fn granted(tx: &mut dyn Tx, product_app_id: &str) -> Result<Vec<i64>, DbError> {
    tx.query(
        "SELECT enterprise_id FROM caller_grant WHERE product_app_id = ?1 AND revoked_at_ms IS NULL \
         ORDER BY enterprise_id",
        params![product_app_id],
    )?
    .iter()
    .map(|row| row.int(0))
    .collect()
}
