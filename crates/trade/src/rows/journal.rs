//! Rows of `journal`: every entry of every till, verbatim and in order, refused ones too.

use suanpan_wire::journal::{Entry, Mark};

use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "epoch, seq, at_ms, kind, payload, prev_hash, hash";

fn read(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        epoch: epoch_of(row.int(0)?)?,
        seq: seq_of(row.int(1)?)?,
        at_ms: row.int(2)?,
        kind: row.text(3)?,
        payload: row.text(4)?,
        prev_hash: row.text(5)?,
        hash: row.text(6)?,
    })
}

fn epoch_of(number: i64) -> Result<u32, DbError> {
    u32::try_from(number).map_err(|_| DbError::Damaged("epoch out of range".into()))
}

fn seq_of(number: i64) -> Result<u64, DbError> {
    u64::try_from(number).map_err(|_| DbError::Damaged("sequence out of range".into()))
}

/// The last position held of a till.
///
/// # Errors
/// [`DbError`].
pub fn held(tx: &mut dyn Tx, till_id: i64) -> Result<Mark, DbError> {
    let rows = tx.query(
        "SELECT epoch, seq, hash FROM journal WHERE till_id = ?1 ORDER BY epoch DESC, seq DESC LIMIT 1",
        params![till_id],
    )?;
    match rows.first() {
        Some(row) => Ok(Mark {
            epoch: epoch_of(row.int(0)?)?,
            seq: seq_of(row.int(1)?)?,
            hash: row.text(2)?,
        }),
        None => Ok(Mark::genesis()),
    }
}

/// Hash and refusal of a held entry.
///
/// # Errors
/// [`DbError`].
pub fn find(
    tx: &mut dyn Tx,
    till_id: i64,
    epoch: i64,
    seq: i64,
) -> Result<Option<(String, Option<String>)>, DbError> {
    let rows = tx.query(
        "SELECT hash, refused_code FROM journal WHERE till_id = ?1 AND epoch = ?2 AND seq = ?3",
        params![till_id, epoch, seq],
    )?;
    rows.first()
        .map(|row| Ok((row.text(0)?, row.opt_text(1)?)))
        .transpose()
}

/// Whether an entry of an earlier epoch with that hash is held: where a new epoch may grow from.
///
/// # Errors
/// [`DbError`].
pub fn holds_hash(tx: &mut dyn Tx, till_id: i64, before_epoch: i64, hash: &str) -> Result<bool, DbError> {
    let rows = tx.query(
        "SELECT 1 FROM journal WHERE till_id = ?1 AND epoch < ?2 AND hash = ?3 LIMIT 1",
        params![till_id, before_epoch, hash],
    )?;
    Ok(!rows.is_empty())
}

/// Stores an entry.
///
/// # Errors
/// [`DbError`].
pub fn insert(
    tx: &mut dyn Tx,
    till_id: i64,
    entry: &Entry,
    refused_code: Option<&str>,
    now_ms: i64,
) -> Result<(), DbError> {
    let seq = i64::try_from(entry.seq).map_err(|_| DbError::Damaged("sequence out of range".into()))?;
    tx.execute(
        "INSERT INTO journal (till_id, epoch, seq, at_ms, kind, payload, prev_hash, hash, refused_code, \
         received_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            till_id,
            i64::from(entry.epoch),
            seq,
            entry.at_ms,
            &entry.kind,
            &entry.payload,
            &entry.prev_hash,
            &entry.hash,
            refused_code,
            now_ms,
        ],
    )?;
    Ok(())
}

/// Keeps a head's signature as proof.
///
/// # Errors
/// [`DbError`].
pub fn keep_head(tx: &mut dyn Tx, till_id: i64, head: &Mark, signature: &str) -> Result<(), DbError> {
    let seq = i64::try_from(head.seq).map_err(|_| DbError::Damaged("sequence out of range".into()))?;
    tx.execute(
        "INSERT INTO journal_head (till_id, epoch, seq, signature) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (till_id, epoch, seq) DO NOTHING",
        params![till_id, i64::from(head.epoch), seq, signature],
    )?;
    Ok(())
}

/// Entries of a till after a position, in order.
///
/// # Errors
/// [`DbError`].
pub fn after(
    tx: &mut dyn Tx,
    till_id: i64,
    epoch: i64,
    seq: i64,
    limit: usize,
) -> Result<Vec<Entry>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journal WHERE till_id = ?1 AND (epoch > ?2 OR (epoch = ?2 AND seq > ?3)) \
         ORDER BY epoch, seq LIMIT ?4"
    );
    tx.query(
        &sql,
        params![till_id, epoch, seq, i64::try_from(limit).unwrap_or(i64::MAX)],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Payloads of what was said about tenders opened and attempts committed before a position of the same epoch,
/// the newest first, at most `back` entries away.
///
/// # Errors
/// [`DbError`].
pub fn attempts_before(
    tx: &mut dyn Tx,
    till_id: i64,
    before: &Mark,
    back: i64,
) -> Result<Vec<String>, DbError> {
    let seq = i64::try_from(before.seq).map_err(|_| DbError::Damaged("sequence out of range".into()))?;
    tx.query(
        "SELECT payload FROM journal WHERE till_id = ?1 AND epoch = ?2 AND seq < ?3 AND seq >= ?4 \
         AND refused_code IS NULL AND kind IN ('tender_opened', 'attempt_committed') ORDER BY seq DESC",
        params![till_id, i64::from(before.epoch), seq, seq - back],
    )?
    .iter()
    .map(|row| row.text(0))
    .collect()
}

/// Sums of a till's business day that a completed order adds to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayPart {
    /// What the order owed.
    pub total_minor: i64,
    /// Of that in cash.
    pub cash_minor: i64,
    /// Of that by codes.
    pub code_minor: i64,
}

/// Notes a completed order once; whether it was new.
///
/// # Errors
/// [`DbError`].
pub fn note_completed(
    tx: &mut dyn Tx,
    till_id: i64,
    order_no: i64,
    business_day: &str,
    total_minor: i64,
    at_ms: i64,
) -> Result<bool, DbError> {
    let changed = tx.execute(
        "INSERT INTO completed_order (till_id, order_no, business_day, total_minor, at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (till_id, order_no) DO NOTHING",
        params![till_id, order_no, business_day, total_minor, at_ms],
    )?;
    Ok(changed > 0)
}

/// Adds a completed order to its day.
///
/// # Errors
/// [`DbError`].
pub fn add_to_day(tx: &mut dyn Tx, till_id: i64, business_day: &str, part: DayPart) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO till_day (till_id, business_day, orders, total_minor, cash_minor, code_minor) \
         VALUES (?1, ?2, 1, ?3, ?4, ?5) ON CONFLICT (till_id, business_day) DO UPDATE SET \
         orders = till_day.orders + 1, total_minor = till_day.total_minor + excluded.total_minor, \
         cash_minor = till_day.cash_minor + excluded.cash_minor, \
         code_minor = till_day.code_minor + excluded.code_minor",
        params![
            till_id,
            business_day,
            part.total_minor,
            part.cash_minor,
            part.code_minor
        ],
    )?;
    Ok(())
}
