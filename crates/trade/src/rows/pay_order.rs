//! Rows of `pay_order`: one per tender or caller's order, the lock under which a winner is chosen.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::pay_order::{PayOrderEvent, PayOrderMachine, PayOrderState};
use suanpan_domain::tender::Means;

use super::due::{Search, not_in};
use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "pay_order_id, product_app_id, product_order_no, order_no, store_id, till_id, means, \
    amount_minor, state, given_up, winner_trade_no, version, deadline_ms";

/// The till of an order that no till has opened: a caller of the existing contract did.
pub const NO_TILL: i64 = 0;

/// A tender as the centre holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayOrder {
    /// Our key of the row.
    pub pay_order_id: i64,
    /// Who asked: `suanpan.till` for tills.
    pub product_app_id: String,
    /// The tender's number.
    pub tender_no: i64,
    /// The order it belongs to.
    pub order_no: i64,
    /// Store of the till; 0 without one.
    pub store_id: i64,
    /// Till that opened it, or [`NO_TILL`].
    pub till_id: i64,
    /// By what it is collected.
    pub means: Means,
    /// Amount. A tender's never changes.
    pub amount_minor: i64,
    /// State.
    pub state: PayOrderState,
    /// Whether the till took cash instead.
    pub given_up: bool,
    /// The trade that settles it.
    pub winner_trade_no: Option<i64>,
    /// Grows with every committed change.
    pub version: i64,
    /// When it is closed by itself. A till's order never is.
    pub deadline_ms: Option<i64>,
}

impl PayOrder {
    /// Applies an event by the table; whether the state changed.
    pub fn apply(&mut self, event: PayOrderEvent) -> bool {
        match step::<PayOrderMachine>(self.state, event) {
            Step::To(state) => {
                let changed = state != self.state;
                self.state = state;
                changed
            }
            Step::AlreadyApplied | Step::Refused => false,
        }
    }
}

fn read(row: &Row) -> Result<PayOrder, DbError> {
    Ok(PayOrder {
        pay_order_id: row.int(0)?,
        product_app_id: row.text(1)?,
        tender_no: row.int(2)?,
        order_no: row.int(3)?,
        store_id: row.int(4)?,
        till_id: row.int(5)?,
        means: row.named(6, Means::from_name)?,
        amount_minor: row.int(7)?,
        state: row.named(8, PayOrderState::from_name)?,
        given_up: row.truth(9)?,
        winner_trade_no: row.opt_int(10)?,
        version: row.int(11)?,
        deadline_ms: row.opt_int(12)?,
    })
}

/// The tender of that number, for reading.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, product_app_id: &str, tender_no: i64) -> Result<Option<PayOrder>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_order WHERE product_app_id = ?1 AND product_order_no = ?2");
    tx.query(&sql, params![product_app_id, tender_no])?
        .first()
        .map(read)
        .transpose()
}

/// The tender of that number, locked.
///
/// # Errors
/// [`DbError`].
pub fn find_locked(
    tx: &mut dyn Tx,
    product_app_id: &str,
    tender_no: i64,
) -> Result<Option<PayOrder>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_order WHERE product_app_id = ?1 AND product_order_no = ?2");
    tx.query_locked(&sql, params![product_app_id, tender_no])?
        .first()
        .map(read)
        .transpose()
}

/// The row of that key, for reading.
///
/// # Errors
/// [`DbError::Damaged`] when it is not there: rows are never deleted.
pub fn by_id(tx: &mut dyn Tx, pay_order_id: i64) -> Result<PayOrder, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_order WHERE pay_order_id = ?1");
    let rows = tx.query(&sql, params![pay_order_id])?;
    rows.first().map_or_else(|| Err(missing(pay_order_id)), read)
}

/// The row of that key, locked.
///
/// # Errors
/// [`DbError::Damaged`] when it is not there: rows are never deleted.
pub fn by_id_locked(tx: &mut dyn Tx, pay_order_id: i64) -> Result<PayOrder, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_order WHERE pay_order_id = ?1");
    let rows = tx.query_locked(&sql, params![pay_order_id])?;
    rows.first().map_or_else(|| Err(missing(pay_order_id)), read)
}

/// The row of that key, locked; nothing where another transaction holds it.
///
/// # Errors
/// [`DbError`].
pub fn by_id_free(tx: &mut dyn Tx, pay_order_id: i64) -> Result<Option<PayOrder>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_order WHERE pay_order_id = ?1");
    let rows = tx.query_free(&sql, params![pay_order_id])?;
    rows.first().map(read).transpose()
}

fn missing(pay_order_id: i64) -> DbError {
    DbError::Damaged(format!("pay order {pay_order_id} is gone"))
}

/// Writes a new row, version 0.
///
/// # Errors
/// [`DbError`].
pub fn insert(tx: &mut dyn Tx, order: &PayOrder, now_ms: i64) -> Result<(), DbError> {
    let sql = format!(
        "INSERT INTO pay_order ({COLUMNS}, created_at_ms, changed_at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)"
    );
    tx.execute(
        &sql,
        params![
            order.pay_order_id,
            &order.product_app_id,
            order.tender_no,
            order.order_no,
            order.store_id,
            order.till_id,
            order.means.name(),
            order.amount_minor,
            order.state.name(),
            order.given_up,
            order.winner_trade_no,
            order.version,
            order.deadline_ms,
            now_ms,
        ],
    )?;
    Ok(())
}

/// Saves what may change of a row that this transaction has locked.
///
/// # Errors
/// [`DbError`].
pub fn save(tx: &mut dyn Tx, order: &PayOrder) -> Result<(), DbError> {
    tx.execute(
        "UPDATE pay_order SET state = ?2, given_up = ?3, winner_trade_no = ?4 WHERE pay_order_id = ?1",
        params![
            order.pay_order_id,
            order.state.name(),
            order.given_up,
            order.winner_trade_no
        ],
    )?;
    Ok(())
}

/// Gives a caller's order, locked by this transaction, another amount or means. A till's tender has neither.
///
/// # Errors
/// [`DbError`].
pub fn amend(tx: &mut dyn Tx, order: &PayOrder) -> Result<(), DbError> {
    tx.execute(
        "UPDATE pay_order SET means = ?2, amount_minor = ?3 WHERE pay_order_id = ?1 AND till_id = ?4",
        params![
            order.pay_order_id,
            order.means.name(),
            order.amount_minor,
            NO_TILL
        ],
    )?;
    Ok(())
}

/// Callers' orders that nobody has paid and whose time is over; one without a deadline counts as over when it
/// was made before `made_before_ms`.
///
/// # Errors
/// [`DbError`].
pub fn overdue(tx: &mut dyn Tx, search: &Search, made_before_ms: i64) -> Result<Vec<i64>, DbError> {
    let sql = concat!(
        "SELECT pay_order_id FROM pay_order WHERE till_id = ?1 AND state = 'NO_PAY' AND (deadline_ms <= ?2 \
         OR (deadline_ms IS NULL AND created_at_ms <= ?3)) AND ",
        not_in!("pay_order_id", "?5"),
        " ORDER BY created_at_ms, pay_order_id LIMIT ?4"
    );
    let without = search.without_rows.as_text();
    tx.query(
        sql,
        params![NO_TILL, search.now_ms, made_before_ms, search.limit, without],
    )?
    .iter()
    .map(|row| row.int(0))
    .collect()
}

/// Counts one more committed change.
///
/// # Errors
/// [`DbError`].
pub fn raise_version(tx: &mut dyn Tx, pay_order_id: i64, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE pay_order SET version = version + 1, changed_at_ms = ?2 WHERE pay_order_id = ?1",
        params![pay_order_id, now_ms],
    )?;
    Ok(())
}

/// Tenders of a till that are not at rest, have late money that waits for a word, or have changed since then. It does not
/// read what a till has sold in years: `+till_id` keeps SQLite from going through all tenders of the till for the few of
/// anybody that have money under way.
///
/// # Errors
/// [`DbError`].
pub fn unsettled_or_changed(
    tx: &mut dyn Tx,
    till_id: i64,
    changed_since_ms: i64,
) -> Result<Vec<PayOrder>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM pay_order WHERE pay_order_id IN (\
         SELECT pay_order_id FROM pay_order WHERE till_id = ?1 AND state IN ('NO_PAY', 'CANCELING') \
         UNION SELECT pay_order_id FROM pay_order WHERE till_id = ?1 AND changed_at_ms >= ?2 \
         UNION SELECT pay_order_id FROM pay_order WHERE +till_id = ?1 AND pay_order_id IN \
         (SELECT pay_order_id FROM refund_record WHERE refund_status IN (0, 1)) \
         UNION SELECT pay_order_id FROM pay_order WHERE +till_id = ?1 AND pay_order_id IN \
         (SELECT pay_order_id FROM trade WHERE refund_due_at_ms IS NOT NULL)) ORDER BY pay_order_id"
    );
    tx.query(&sql, params![till_id, changed_since_ms])?
        .iter()
        .map(read)
        .collect()
}

/// Why a tender that was never asked for may not be asked for any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Burial {
    /// The till wanted it closed.
    Closed,
    /// The till took cash instead.
    GivenUp,
}

impl Burial {
    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::GivenUp => "given_up",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Closed, Self::GivenUp]
            .into_iter()
            .find(|why| why.name() == name)
    }
}

/// Remembers that a tender which was never asked for may not be asked for any more. One that is given up
/// after it was closed counts as given up.
///
/// # Errors
/// [`DbError`].
pub fn bury(
    tx: &mut dyn Tx,
    product_app_id: &str,
    tender_no: i64,
    till_id: i64,
    why: Burial,
    now_ms: i64,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO tombstone (product_app_id, product_order_no, till_id, why, at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (product_app_id, product_order_no) DO NOTHING",
        params![product_app_id, tender_no, till_id, why.name(), now_ms],
    )?;
    if why == Burial::GivenUp {
        tx.execute(
            "UPDATE tombstone SET why = ?4 WHERE product_app_id = ?1 AND product_order_no = ?2 AND till_id = ?3",
            params![product_app_id, tender_no, till_id, why.name()],
        )?;
    }
    Ok(())
}

/// Whether that till has buried the tender, and why.
///
/// # Errors
/// [`DbError`].
pub fn buried(
    tx: &mut dyn Tx,
    product_app_id: &str,
    tender_no: i64,
    till_id: i64,
) -> Result<Option<Burial>, DbError> {
    let rows = tx.query(
        "SELECT why FROM tombstone WHERE product_app_id = ?1 AND product_order_no = ?2 AND till_id = ?3",
        params![product_app_id, tender_no, till_id],
    )?;
    rows.first()
        .map(|row| row.named(0, Burial::from_name))
        .transpose()
}
