//! Rows of `store`, `store_channel` and `invite`.

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Its id.
    pub store_id: i64,
    /// Name on receipts.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// Minutes after midnight at which its day turns.
    pub cutoff_minutes: i64,
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Store it is for.
    pub store_id: i64,
    /// Last moment it can be used.
    pub expires_at_ms: i64,
    /// The till that used it.
    pub used_by: Option<i64>,
}

fn read(row: &Row) -> Result<Store, DbError> {
    Ok(Store {
        store_id: row.int(0)?,
        name: row.text(1)?,
        zone: row.text(2)?,
        cutoff_minutes: row.int(3)?,
    })
}

/// The store of that id.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, store_id: i64) -> Result<Option<Store>, DbError> {
    tx.query(
        "SELECT store_id, name, zone, cutoff_minutes FROM store WHERE store_id = ?1",
        params![store_id],
    )?
    .first()
    .map(read)
    .transpose()
}

/// Every store.
///
/// # Errors
/// [`DbError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Store>, DbError> {
    tx.query(
        "SELECT store_id, name, zone, cutoff_minutes FROM store ORDER BY store_id",
        &[],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Writes a new store.
///
/// # Errors
/// [`DbError`].
pub fn insert(tx: &mut dyn Tx, store: &Store, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO store (store_id, name, zone, cutoff_minutes, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            store.store_id,
            &store.name,
            &store.zone,
            store.cutoff_minutes,
            now_ms
        ],
    )?;
    Ok(())
}

/// Names of the means a store's enabled merchants offer.
///
/// # Errors
/// [`DbError`].
pub fn means_offered(tx: &mut dyn Tx, store_id: i64) -> Result<Vec<String>, DbError> {
    tx.query(
        "SELECT s.means FROM store_channel s JOIN pay_channel c ON c.enterprise_id = s.enterprise_id \
         WHERE s.store_id = ?1 AND c.enabled = 1 ORDER BY s.means",
        params![store_id],
    )?
    .iter()
    .map(|row| row.text(0))
    .collect()
}

/// Lets a merchant collect a means for a store, in place of whoever did before.
///
/// # Errors
/// [`DbError`].
pub fn offer(tx: &mut dyn Tx, store_id: i64, means: &str, enterprise_id: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO store_channel (store_id, means, enterprise_id) VALUES (?1, ?2, ?3) \
         ON CONFLICT (store_id, means) DO UPDATE SET enterprise_id = excluded.enterprise_id",
        params![store_id, means, enterprise_id],
    )?;
    Ok(())
}

/// Writes an invitation.
///
/// # Errors
/// [`DbError`].
pub fn insert_invite(
    tx: &mut dyn Tx,
    code_hash: &str,
    store_id: i64,
    now_ms: i64,
    expires_at_ms: i64,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO invite (code_hash, store_id, created_at_ms, expires_at_ms, used_by) \
         VALUES (?1, ?2, ?3, ?4, NULL)",
        params![code_hash, store_id, now_ms, expires_at_ms],
    )?;
    Ok(())
}

/// The invitation of that hash, locked.
///
/// # Errors
/// [`DbError`].
pub fn invite_locked(tx: &mut dyn Tx, code_hash: &str) -> Result<Option<Invite>, DbError> {
    let rows = tx.query_locked(
        "SELECT store_id, expires_at_ms, used_by FROM invite WHERE code_hash = ?1",
        params![code_hash],
    )?;
    rows.first()
        .map(|row| {
            Ok(Invite {
                store_id: row.int(0)?,
                expires_at_ms: row.int(1)?,
                used_by: row.opt_int(2)?,
            })
        })
        .transpose()
}

/// Marks an invitation as used.
///
/// # Errors
/// [`DbError`].
pub fn use_invite(tx: &mut dyn Tx, code_hash: &str, till_id: i64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE invite SET used_by = ?2 WHERE code_hash = ?1",
        params![code_hash, till_id],
    )?;
    Ok(())
}
