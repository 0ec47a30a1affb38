//! Rows of `bill_day`: one per merchant account and day in China, until the day's bill and the books agree or every
//! difference is in suspense.
//!
//! Whoever works on one moves its next try past the longest time the step may take and raises its claim: another
//! process looks again only then, and what is found under an older claim is not written.

use suanpan_channels::bill::BillDay;

use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "enterprise_id, day, state, reading, fingerprint, row_count, position_ms, position, missing, \
    tried, problem, ready_at_ms, next_try_at_ms, lease_no, done_at_ms";

/// How far a day is reconciled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayState {
    /// Its bill is not there yet, or is being compared with the books.
    Reading,
    /// The bill was read whole; payments of ours are looked for in it.
    Payments,
    /// Refunds of ours are looked for in it.
    Refunds,
    /// The platform has been asked about what did not agree.
    Asking,
    /// Done.
    Done,
}

impl DayState {
    /// Every state.
    pub const ALL: &'static [DayState] = &[
        DayState::Reading,
        DayState::Payments,
        DayState::Refunds,
        DayState::Asking,
        DayState::Done,
    ];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reading => "READING",
            Self::Payments => "PAYMENTS",
            Self::Refunds => "REFUNDS",
            Self::Asking => "ASKING",
            Self::Done => "DONE",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// A day of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRow {
    /// The account.
    pub enterprise_id: i64,
    /// The day.
    pub day: BillDay,
    /// How far it is.
    pub state: DayState,
    /// How many different bills were read of it.
    pub reading: i64,
    /// [`suanpan_channels::bill::Bill::fingerprint`] of the latest.
    pub fingerprint: Option<String>,
    /// Rows it has.
    pub row_count: i64,
    /// The time of what the present step has come to.
    pub position_ms: i64,
    /// The row or number the present step has come to.
    pub position: i64,
    /// Payments and refunds of ours that are in no bill.
    pub missing: i64,
    /// Tries in vain.
    pub tried: i64,
    /// Why the last was in vain.
    pub problem: Option<String>,
    /// When the platform promises the bill.
    pub ready_at_ms: i64,
    /// When somebody looks at it next; never once it is done.
    pub next_try_at_ms: Option<i64>,
    /// Grows with every claim.
    pub lease_no: i64,
    /// When it was done.
    pub done_at_ms: Option<i64>,
}

fn read_day(row: &Row, column: usize) -> Result<BillDay, DbError> {
    row.named(column, BillDay::parse)
}

fn read(row: &Row) -> Result<DayRow, DbError> {
    Ok(DayRow {
        enterprise_id: row.int(0)?,
        day: read_day(row, 1)?,
        state: row.named(2, DayState::from_name)?,
        reading: row.int(3)?,
        fingerprint: row.opt_text(4)?,
        row_count: row.int(5)?,
        position_ms: row.int(6)?,
        position: row.int(7)?,
        missing: row.int(8)?,
        tried: row.int(9)?,
        problem: row.opt_text(10)?,
        ready_at_ms: row.int(11)?,
        next_try_at_ms: row.opt_int(12)?,
        lease_no: row.int(13)?,
        done_at_ms: row.opt_int(14)?,
    })
}

/// Opens a day, once.
///
/// # Errors
/// [`DbError`].
pub fn open(tx: &mut dyn Tx, enterprise_id: i64, day: BillDay, ready_at_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO bill_day (enterprise_id, day, state, reading, fingerprint, row_count, position_ms, position, \
         missing, tried, problem, ready_at_ms, next_try_at_ms, lease_no, done_at_ms) \
         VALUES (?1, ?2, ?3, 0, NULL, 0, 0, 0, 0, 0, NULL, ?4, ?4, 0, NULL) \
         ON CONFLICT (enterprise_id, day) DO NOTHING",
        params![
            enterprise_id,
            day.to_string(),
            DayState::Reading.name(),
            ready_at_ms
        ],
    )?;
    Ok(())
}

/// The latest day of an account.
///
/// # Errors
/// [`DbError`].
pub fn latest(tx: &mut dyn Tx, enterprise_id: i64) -> Result<Option<BillDay>, DbError> {
    tx.query(
        "SELECT day FROM bill_day WHERE enterprise_id = ?1 ORDER BY day DESC LIMIT 1",
        params![enterprise_id],
    )?
    .first()
    .map(|row| read_day(row, 0))
    .transpose()
}

/// A day, for reading.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, enterprise_id: i64, day: BillDay) -> Result<Option<DayRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM bill_day WHERE enterprise_id = ?1 AND day = ?2");
    tx.query(&sql, params![enterprise_id, day.to_string()])?
        .first()
        .map(read)
        .transpose()
}

/// A day, locked.
///
/// # Errors
/// [`DbError`].
pub fn find_locked(tx: &mut dyn Tx, enterprise_id: i64, day: BillDay) -> Result<Option<DayRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM bill_day WHERE enterprise_id = ?1 AND day = ?2");
    tx.query_locked(&sql, params![enterprise_id, day.to_string()])?
        .first()
        .map(read)
        .transpose()
}

/// Days that are looked at, at most, for one that can be read.
const DUE_ROWS_MAX: i64 = 50;

/// The day that waits longest to be looked at, locked; nothing where none is due, or others are at them. One that cannot
/// be read keeps no other waiting.
///
/// # Errors
/// [`DbError`].
pub fn due_free(tx: &mut dyn Tx, now_ms: i64) -> Result<Option<DayRow>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bill_day WHERE next_try_at_ms <= ?1 ORDER BY next_try_at_ms, enterprise_id, day \
         LIMIT ?2"
    );
    for limit in [1, DUE_ROWS_MAX] {
        let rows = tx.query_free(&sql, params![now_ms, limit])?;
        for row in &rows {
            match read(row) {
                Ok(day) => return Ok(Some(day)),
                Err(error) => tracing::error!(%error, "a bill day cannot be read"),
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    Ok(None)
}

/// Saves what may change of a day that this transaction has locked.
///
/// # Errors
/// [`DbError`].
pub fn save(tx: &mut dyn Tx, row: &DayRow) -> Result<(), DbError> {
    tx.execute(
        "UPDATE bill_day SET state = ?3, reading = ?4, fingerprint = ?5, row_count = ?6, position_ms = ?7, \
         position = ?8, missing = ?9, tried = ?10, problem = ?11, next_try_at_ms = ?12, lease_no = ?13, \
         done_at_ms = ?14 WHERE enterprise_id = ?1 AND day = ?2",
        params![
            row.enterprise_id,
            row.day.to_string(),
            row.state.name(),
            row.reading,
            &row.fingerprint,
            row.row_count,
            row.position_ms,
            row.position,
            row.missing,
            row.tried,
            &row.problem,
            row.next_try_at_ms,
            row.lease_no,
            row.done_at_ms,
        ],
    )?;
    Ok(())
}

/// The latest days, and before them those that are not done; at most so many.
///
/// # Errors
/// [`DbError`].
pub fn list(tx: &mut dyn Tx, enterprise_id: Option<i64>, limit: i64) -> Result<Vec<DayRow>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bill_day WHERE enterprise_id = ?1 OR ?1 = 0 \
         ORDER BY CASE WHEN next_try_at_ms IS NULL THEN 1 ELSE 0 END, day DESC, enterprise_id LIMIT ?2"
    );
    // 0 is no merchant's number.
    let which = enterprise_id.unwrap_or(0);
    tx.query(&sql, params![which, limit])?.iter().map(read).collect()
}
