//! Rows of `refund_record`: one number per intent, kept through every retry.

use suanpan_domain::refund::RefundState;

use super::due::{Due, Search, not_in};
use super::lease::{Lease, is_free};
use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "refund_no, trade_no, pay_order_id, enterprise_id, refund_key, reason, amount_minor, \
    total_minor, notify_url, refund_status, needs_attention, refund_id, created_at_ms, first_sent_at_ms, \
    last_sent_at_ms, next_call, next_call_at_ms, lease_no, lease_until_ms, leased_at_ms, asked, \
    ended_at_ms";

/// Key of the one refund of a trade that nobody asked for.
pub const AUTOMATIC: &str = "automatic";

/// What a refund asks the platform next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundAsk {
    /// To be made.
    Send,
    /// For its state.
    Query,
    /// For its state, since a repeat of it was refused.
    Confirm,
}

impl RefundAsk {
    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "REFUND",
            Self::Query => "QUERY_REFUND",
            Self::Confirm => "CONFIRM_REFUSED",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Send, Self::Query, Self::Confirm]
            .into_iter()
            .find(|ask| ask.name() == name)
    }
}

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Our number.
    pub refund_no: i64,
    /// Trade it draws from.
    pub trade_no: i64,
    /// Tender of the trade.
    pub pay_order_id: i64,
    /// Merchant.
    pub enterprise_id: i64,
    /// Key of the intent.
    pub refund_key: String,
    /// `DUPLICATE`, `LATE`, `GIVEN_UP` or `REQUESTED`.
    pub reason: String,
    /// What goes back.
    pub amount_minor: i64,
    /// What the trade was for.
    pub total_minor: i64,
    /// Where the platform reports it.
    pub notify_url: String,
    /// State.
    pub state: RefundState,
    /// Whether a person must act.
    pub needs_attention: bool,
    /// The platform's number.
    pub refund_id: Option<String>,
    /// When it was written.
    pub created_at_ms: i64,
    /// When it first went out.
    pub first_sent_at_ms: Option<i64>,
    /// When it last went out.
    pub last_sent_at_ms: Option<i64>,
    /// What it asks next.
    pub next_call: Option<RefundAsk>,
    /// When.
    pub next_call_at_ms: Option<i64>,
    /// Who asks.
    pub lease: Lease,
    /// Answers without news.
    pub asked: i64,
    /// When it was heard to have succeeded.
    pub ended_at_ms: Option<i64>,
}

impl Refund {
    /// Whether nobody asked for it, so that the brake holds it.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        self.refund_key == AUTOMATIC
    }
}

fn read(row: &Row) -> Result<Refund, DbError> {
    let next_call = match row.opt_text(15)? {
        Some(name) => Some(
            RefundAsk::from_name(&name).ok_or_else(|| DbError::Damaged(format!("unknown call {name}")))?,
        ),
        None => None,
    };
    let state = u8::try_from(row.int(9)?).ok().and_then(RefundState::from_code);
    Ok(Refund {
        refund_no: row.int(0)?,
        trade_no: row.int(1)?,
        pay_order_id: row.int(2)?,
        enterprise_id: row.int(3)?,
        refund_key: row.text(4)?,
        reason: row.text(5)?,
        amount_minor: row.int(6)?,
        total_minor: row.int(7)?,
        notify_url: row.text(8)?,
        state: state.ok_or_else(|| DbError::Damaged("unknown refund state".into()))?,
        needs_attention: row.truth(10)?,
        refund_id: row.opt_text(11)?,
        created_at_ms: row.int(12)?,
        first_sent_at_ms: row.opt_int(13)?,
        last_sent_at_ms: row.opt_int(14)?,
        next_call,
        next_call_at_ms: row.opt_int(16)?,
        lease: Lease {
            no: row.int(17)?,
            until_ms: row.int(18)?,
            at_ms: row.int(19)?,
        },
        asked: row.int(20)?,
        ended_at_ms: row.opt_int(21)?,
    })
}

/// The refund of that number.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, refund_no: i64) -> Result<Option<Refund>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM refund_record WHERE refund_no = ?1");
    tx.query(&sql, params![refund_no])?.first().map(read).transpose()
}

/// The refunds drawn from a trade, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn of_trade(tx: &mut dyn Tx, trade_no: i64) -> Result<Vec<Refund>, DbError> {
    let sql =
        format!("SELECT {COLUMNS} FROM refund_record WHERE trade_no = ?1 ORDER BY created_at_ms, refund_no");
    tx.query(&sql, params![trade_no])?.iter().map(read).collect()
}

/// What these refunds hold of their trade's money: what is back, on its way back, or may be, in minor units.
#[must_use]
pub fn reserved(drawn: &[Refund]) -> i64 {
    drawn
        .iter()
        .filter(|refund| refund.state.is_reserved())
        .map(|refund| refund.amount_minor)
        .sum()
}

/// Whether anything of a trade's money is back, on its way back, or may be.
///
/// # Errors
/// [`DbError`].
pub fn is_any_reserved(tx: &mut dyn Tx, trade_no: i64) -> Result<bool, DbError> {
    Ok(reserved(&of_trade(tx, trade_no)?) > 0)
}

/// Writes a new row.
///
/// # Errors
/// [`DbError`].
pub fn insert(tx: &mut dyn Tx, refund: &Refund) -> Result<(), DbError> {
    let sql = format!(
        "INSERT INTO refund_record ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
         ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)"
    );
    tx.execute(
        &sql,
        params![
            refund.refund_no,
            refund.trade_no,
            refund.pay_order_id,
            refund.enterprise_id,
            &refund.refund_key,
            &refund.reason,
            refund.amount_minor,
            refund.total_minor,
            &refund.notify_url,
            i64::from(refund.state.code()),
            refund.needs_attention,
            &refund.refund_id,
            refund.created_at_ms,
            refund.first_sent_at_ms,
            refund.last_sent_at_ms,
            refund.next_call.map(RefundAsk::name),
            refund.next_call_at_ms,
            refund.lease.no,
            refund.lease.until_ms,
            refund.lease.at_ms,
            refund.asked,
            refund.ended_at_ms,
        ],
    )?;
    Ok(())
}

/// Saves what may change of a row that this transaction has read under the tender's lock.
///
/// # Errors
/// [`DbError`].
pub fn save(tx: &mut dyn Tx, refund: &Refund) -> Result<(), DbError> {
    tx.execute(
        "UPDATE refund_record SET refund_status = ?2, needs_attention = ?3, refund_id = ?4, \
         first_sent_at_ms = ?5, last_sent_at_ms = ?6, next_call = ?7, next_call_at_ms = ?8, lease_no = ?9, \
         lease_until_ms = ?10, leased_at_ms = ?11, asked = ?12, ended_at_ms = ?13 WHERE refund_no = ?1",
        params![
            refund.refund_no,
            i64::from(refund.state.code()),
            refund.needs_attention,
            &refund.refund_id,
            refund.first_sent_at_ms,
            refund.last_sent_at_ms,
            refund.next_call.map(RefundAsk::name),
            refund.next_call_at_ms,
            refund.lease.no,
            refund.lease.until_ms,
            refund.lease.at_ms,
            refund.asked,
            refund.ended_at_ms,
        ],
    )?;
    Ok(())
}

/// Gives a row another number: what the rules forbid, for the deliberately broken build.
///
/// # Errors
/// [`DbError`].
pub fn renumber(tx: &mut dyn Tx, from: i64, to: i64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE refund_record SET refund_no = ?2 WHERE refund_no = ?1",
        params![from, to],
    )?;
    Ok(())
}

const DUE: &str = concat!(
    "SELECT next_call_at_ms, refund_no, enterprise_id FROM refund_record WHERE next_call_at_ms <= ?1 AND ",
    is_free!("?1"),
    " AND ",
    not_in!("enterprise_id", "?3"),
    " AND ",
    not_in!("refund_no", "?4"),
    " ORDER BY next_call_at_ms, refund_no LIMIT ?2"
);

/// Refunds whose call is due and free, the longest waiting first.
///
/// # Errors
/// [`DbError`].
pub fn due(tx: &mut dyn Tx, search: &Search) -> Result<Vec<Due>, DbError> {
    tx.query(DUE, &search.params())?.iter().map(Due::read).collect()
}

/// The same, locked, without those that another process is claiming.
///
/// # Errors
/// [`DbError`].
pub fn due_free(tx: &mut dyn Tx, search: &Search) -> Result<Vec<Due>, DbError> {
    tx.query_free(DUE, &search.params())?
        .iter()
        .map(Due::read)
        .collect()
}

/// Succeeded refunds of a merchant that were under way in a span of time, from a position on in the order they ended:
/// when they ended, their numbers, and the rest.
///
/// # Errors
/// [`DbError`].
pub fn ended_within(
    tx: &mut dyn Tx,
    enterprise_id: i64,
    span_ms: (i64, i64),
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<Refund>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM refund_record WHERE enterprise_id = ?1 AND ended_at_ms >= ?2 \
         AND first_sent_at_ms < ?3 AND refund_status = 2 \
         AND (ended_at_ms > ?4 OR (ended_at_ms = ?4 AND refund_no > ?5)) \
         ORDER BY ended_at_ms, refund_no LIMIT ?6"
    );
    let (from_ms, to_ms) = span_ms;
    let (after_ms, after_no) = after;
    tx.query(
        &sql,
        params![enterprise_id, from_ms, to_ms, after_ms, after_no, limit],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Refunds that wait for a person, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn needing_attention(tx: &mut dyn Tx) -> Result<Vec<Refund>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM refund_record WHERE needs_attention <> 0 ORDER BY refund_no");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Count and sum of a merchant's automatic refunds that first went out since then.
///
/// # Errors
/// [`DbError`].
pub fn sent_since(tx: &mut dyn Tx, enterprise_id: i64, since_ms: i64) -> Result<(i64, i64), DbError> {
    let rows = tx.query(
        "SELECT COUNT(*), CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM refund_record WHERE enterprise_id = ?1 AND \
         first_sent_at_ms > ?2 AND refund_key = ?3",
        params![enterprise_id, since_ms, AUTOMATIC],
    )?;
    match rows.first() {
        Some(row) => Ok((row.int(0)?, row.int(1)?)),
        None => Ok((0, 0)),
    }
}
