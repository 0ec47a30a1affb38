//! How things stand, counted for operators: what is under way, what nobody knows, what waits for a person.
//!
//! Only rows that are under way or young are counted, by the indexes there are: the tables grow for years, and these
//! numbers are asked for every few seconds.

use suanpan_domain::number::least_minted_at;

use super::delivery::{self, Depth};
use super::lease::is_free;
use super::subscriber::Subscriber;
use crate::db::{DbError, Tx};
use crate::params;

/// Silence of the platform about an open trade after which its state counts as unknown, milliseconds. The shortest is
/// twice the longest pause between two questions.
pub const UNKNOWN_FOR_MS: [i64; 3] = [120_000, 600_000, 1_800_000];
/// What counts as lately.
pub const LATELY_MS: i64 = 3_600_000;
/// States in which money may be on its way and nobody has the last word yet.
const OPEN: &str = "('CREATED', 'PREPAY_UNKNOWN', 'AWAITING', 'CLOSING')";

/// A merchant account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merchant {
    /// Its platform.
    pub label: String,
    /// Its number.
    pub enterprise_id: i64,
}

/// So many rows of a merchant in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Whose.
    pub merchant: Merchant,
    /// The state's name.
    pub state: String,
    /// How many.
    pub count: i64,
}

/// How things stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Trades that are asked about.
    pub asked_about: Vec<Tally>,
    /// Trades that were made lately, by the state they are in.
    pub lately: Vec<Tally>,
    /// Open trades of which the platform has said nothing for each of [`UNKNOWN_FOR_MS`].
    pub unknown: Vec<(i64, Vec<(Merchant, i64)>)>,
    /// Refunds under way; the state is the number of `refund_status`.
    pub refunds: Vec<Tally>,
    /// Refunds that a person must see to, those that were refused among them.
    pub refunds_held: i64,
    /// Calls that are due and that nobody is making.
    pub calls_due: i64,
    /// Since when the longest waiting of them is due.
    pub due_since_ms: Option<i64>,
    /// Late money that waits for a person or its time.
    pub late_money: i64,
    /// Open rows of suspense.
    pub suspense: i64,
    /// The same by their kind.
    pub suspense_kinds: Vec<(String, i64)>,
    /// Days whose bill is promised by now and that are not reconciled.
    pub bill_days: Vec<(Merchant, i64)>,
    /// What waits to be told to each business system, paused ones too.
    pub untold: Vec<(Subscriber, Depth)>,
}

/// Counts.
///
/// # Errors
/// [`DbError`].
pub fn now(tx: &mut dyn Tx, now_ms: i64) -> Result<Standing, DbError> {
    let mut unknown = Vec::with_capacity(UNKNOWN_FOR_MS.len());
    for silent_ms in UNKNOWN_FOR_MS {
        unknown.push((silent_ms, silent_for(tx, now_ms - silent_ms)?));
    }
    let (calls_due, due_since_ms) = due(tx, now_ms)?;
    Ok(Standing {
        asked_about: tallies(tx, "trade t", "t.state", "t.next_call_at_ms IS NOT NULL", None)?,
        lately: tallies(
            tx,
            "trade t",
            "t.state",
            "t.trade_no >= ?1",
            Some(least_minted_at(now_ms - LATELY_MS)),
        )?,
        unknown,
        refunds: tallies(
            tx,
            "refund_record t",
            "CAST(t.refund_status AS TEXT)",
            "t.next_call_at_ms IS NOT NULL",
            None,
        )?,
        refunds_held: number(
            tx,
            "SELECT COUNT(*) FROM refund_record WHERE needs_attention <> 0",
        )?,
        calls_due,
        due_since_ms,
        late_money: number(
            tx,
            "SELECT COUNT(*) FROM trade WHERE refund_due_at_ms IS NOT NULL",
        )?,
        suspense: number(tx, "SELECT COUNT(*) FROM suspense WHERE resolved_at_ms IS NULL")?,
        suspense_kinds: suspense_kinds(tx)?,
        bill_days: bill_days(tx, now_ms)?,
        untold: delivery::depths(tx)?,
    })
}

fn suspense_kinds(tx: &mut dyn Tx) -> Result<Vec<(String, i64)>, DbError> {
    tx.query(
        "SELECT kind, COUNT(*) FROM suspense WHERE resolved_at_ms IS NULL GROUP BY kind",
        &[],
    )?
    .iter()
    .map(|row| Ok((row.text(0)?, row.int(1)?)))
    .collect()
}

fn bill_days(tx: &mut dyn Tx, now_ms: i64) -> Result<Vec<(Merchant, i64)>, DbError> {
    let counted = |row: &crate::db::Row| {
        let merchant = Merchant {
            label: row.text(0)?,
            enterprise_id: row.int(1)?,
        };
        Ok((merchant, row.int(2)?))
    };
    tx.query(
        "SELECT COALESCE(c.label, ''), d.enterprise_id, COUNT(*) FROM bill_day d \
         LEFT JOIN pay_channel c ON c.enterprise_id = d.enterprise_id WHERE d.next_try_at_ms IS NOT NULL \
         AND d.ready_at_ms <= ?1 GROUP BY c.label, d.enterprise_id ORDER BY d.enterprise_id",
        params![now_ms],
    )?
    .iter()
    .map(counted)
    .collect()
}

fn tallies(
    tx: &mut dyn Tx,
    table: &str,
    state: &str,
    which: &str,
    bound: Option<i64>,
) -> Result<Vec<Tally>, DbError> {
    let sql = format!(
        "SELECT COALESCE(c.label, ''), t.enterprise_id, {state}, COUNT(*) FROM {table} \
         LEFT JOIN pay_channel c ON c.enterprise_id = t.enterprise_id WHERE {which} \
         GROUP BY c.label, t.enterprise_id, {state} ORDER BY t.enterprise_id, {state}"
    );
    let rows = match bound {
        Some(bound) => tx.query(&sql, params![bound])?,
        None => tx.query(&sql, &[])?,
    };
    let tally = |row: &crate::db::Row| {
        Ok(Tally {
            merchant: Merchant {
                label: row.text(0)?,
                enterprise_id: row.int(1)?,
            },
            state: row.text(2)?,
            count: row.int(3)?,
        })
    };
    rows.iter().map(tally).collect()
}

fn silent_for(tx: &mut dyn Tx, since_ms: i64) -> Result<Vec<(Merchant, i64)>, DbError> {
    let sql = format!(
        "SELECT COALESCE(c.label, ''), t.enterprise_id, COUNT(*) FROM trade t \
         LEFT JOIN pay_channel c ON c.enterprise_id = t.enterprise_id WHERE t.next_call_at_ms IS NOT NULL \
         AND t.state IN {OPEN} AND COALESCE(t.answered_at_ms, t.created_at_ms) <= ?1 \
         GROUP BY c.label, t.enterprise_id ORDER BY t.enterprise_id"
    );
    let silent = |row: &crate::db::Row| {
        let merchant = Merchant {
            label: row.text(0)?,
            enterprise_id: row.int(1)?,
        };
        Ok((merchant, row.int(2)?))
    };
    tx.query(&sql, params![since_ms])?.iter().map(silent).collect()
}

/// How many calls are due and free, and since when.
fn due(tx: &mut dyn Tx, now_ms: i64) -> Result<(i64, Option<i64>), DbError> {
    let mut count = 0;
    let mut since_ms: Option<i64> = None;
    for table in ["trade", "refund_record"] {
        let sql = format!(
            "SELECT COUNT(*), MIN(next_call_at_ms) FROM {table} WHERE next_call_at_ms <= ?1 AND {}",
            is_free!("?1")
        );
        let rows = tx.query(&sql, params![now_ms])?;
        let row = rows
            .first()
            .ok_or_else(|| DbError::Damaged("no count".to_owned()))?;
        count += row.int(0)?;
        since_ms = match (since_ms, row.opt_int(1)?) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    Ok((count, since_ms))
}

fn number(tx: &mut dyn Tx, sql: &str) -> Result<i64, DbError> {
    let rows = tx.query(sql, &[])?;
    rows.first()
        .ok_or_else(|| DbError::Damaged("no count".to_owned()))?
        .int(0)
}
