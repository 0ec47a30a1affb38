//! What operators see of the centre's file: suspense, decisions, and the platforms' bills as they were read.

use rusqlite::Connection;

use super::{Reading, rows};

/// A row of `suspense`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspense {
    /// Its id.
    pub id: i64,
    /// Why it is there.
    pub kind: String,
    /// What tells it from other facts.
    pub reference: String,
    /// The account.
    pub enterprise_id: i64,
    /// The number the platform names.
    pub trade_no: String,
    /// How much.
    pub amount_minor: Option<i64>,
    /// Who has decided, and what.
    pub decided: Option<(String, String)>,
}

/// A line of `audit` that tells of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub who: String,
    /// On what, and what.
    pub detail: String,
}

/// A row of `bill_day`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The account.
    pub enterprise_id: i64,
    /// `YYYY-MM-DD`.
    pub day: String,
    /// How far it is.
    pub state: String,
    /// Rows of the latest reading.
    pub rows: i64,
    /// Of ours, in no bill.
    pub missing: i64,
}

/// A row of `bill_row`, of the latest reading of its day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BillRow {
    /// The account.
    pub enterprise_id: i64,
    /// The day.
    pub day: String,
    /// What it is about.
    pub kind: String,
    /// The number of the trade.
    pub trade_no: String,
    /// The number of the refund.
    pub refund_no: Option<String>,
    /// How much.
    pub amount_minor: i64,
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// What was found of it.
    pub verdict: String,
}

/// The bills as the centre has read them.
#[derive(Clone, Debug, Default)]
pub struct Bills {
    /// Days.
    pub days: Vec<Day>,
    /// Rows.
    pub rows: Vec<BillRow>,
}

/// Everything that ever was in suspense.
///
/// # Errors
/// When the table is not as expected.
pub fn suspense(db: &Connection) -> Reading<Vec<Suspense>> {
    let sql =
        "SELECT suspense_id, kind, reference, enterprise_id, trade_no, amount_minor, resolved_by, resolution
               FROM suspense ORDER BY suspense_id";
    rows(db, sql, |row| {
        let (who, what): (Option<String>, Option<String>) = (row.get(6)?, row.get(7)?);
        Ok(Suspense {
            id: row.get(0)?,
            kind: row.get(1)?,
            reference: row.get(2)?,
            enterprise_id: row.get(3)?,
            trade_no: row.get(4)?,
            amount_minor: row.get(5)?,
            decided: who.zip(what),
        })
    })
}

/// Every decision on suspense that was noted.
///
/// # Errors
/// When the table is not as expected.
pub fn decisions(db: &Connection) -> Reading<Vec<Decision>> {
    let sql = "SELECT who, detail FROM audit WHERE action = 'suspense_decided' ORDER BY audit_id";
    rows(db, sql, |row| {
        Ok(Decision {
            who: row.get(0)?,
            detail: row.get(1)?,
        })
    })
}

impl Bills {
    /// Reads them.
    ///
    /// # Errors
    /// When a table is not as expected.
    pub fn read(db: &Connection) -> Reading<Self> {
        let days =
            "SELECT enterprise_id, day, state, row_count, missing FROM bill_day ORDER BY enterprise_id, day";
        let lines = "SELECT r.enterprise_id, r.day, r.kind, r.trade_no, r.refund_no, r.amount_minor, r.transaction_id,
                     r.verdict FROM bill_row r JOIN bill_day d ON d.enterprise_id = r.enterprise_id
                     AND d.day = r.day AND d.reading = r.reading ORDER BY r.enterprise_id, r.day, r.line";
        Ok(Self {
            days: rows(db, days, |row| {
                Ok(Day {
                    enterprise_id: row.get(0)?,
                    day: row.get(1)?,
                    state: row.get(2)?,
                    rows: row.get(3)?,
                    missing: row.get(4)?,
                })
            })?,
            rows: rows(db, lines, |row| {
                Ok(BillRow {
                    enterprise_id: row.get(0)?,
                    day: row.get(1)?,
                    kind: row.get(2)?,
                    trade_no: row.get(3)?,
                    refund_no: row.get(4)?,
                    amount_minor: row.get(5)?,
                    transaction_id: row.get(6)?,
                    verdict: row.get(7)?,
                })
            })?,
        })
    }
}
