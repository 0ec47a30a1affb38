//! A till's file.

use rusqlite::Connection;

use super::{Reading, rows};

/// A row of `orders`.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its id.
    pub order_id: String,
    /// State.
    pub state: String,
    /// Number, once minted.
    pub order_no: Option<i64>,
    /// Number a person reads.
    pub short_no: Option<String>,
    /// Shift it was begun in.
    pub shift_id: Option<String>,
    /// What it owes.
    pub total_minor: i64,
    /// Change given.
    pub change_minor: i64,
    /// Whether the cashier gives it up.
    pub giving_up: bool,
}

/// A row of `tender`.
#[derive(Clone, Debug)]
pub struct Tender {
    /// Its number.
    pub tender_no: i64,
    /// Its order.
    pub order_id: String,
    /// By what.
    pub means: String,
    /// State.
    pub state: String,
    /// Agreed share.
    pub amount_minor: i64,
    /// The trade that settled it.
    pub trade_no: Option<String>,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
    /// Version of the centre's view it shows.
    pub view_version: i64,
    /// Whether a person must look.
    pub attention: bool,
}

/// A row of `attempt`.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its key.
    pub key: String,
    /// Its tender.
    pub tender_no: i64,
    /// The centre's number.
    pub trade_no: Option<String>,
    /// The centre's word.
    pub trade_state: Option<String>,
}

/// A row of `money_fact`.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The tender.
    pub tender_no: i64,
    /// The order.
    pub order_id: String,
    /// Day and hour.
    pub day: String,
    /// Hour.
    pub hour: i64,
    /// By what.
    pub means: String,
    /// Who.
    pub cashier: String,
    /// How much.
    pub amount_minor: i64,
    /// Its shift.
    pub shift_id: Option<String>,
    /// Whether it came after that was closed.
    pub amends: bool,
    /// The refund it is of; none for money that was taken.
    pub refund_no: Option<i64>,
}

/// A row of `refund`.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Its number.
    pub refund_no: i64,
    /// Its order.
    pub order_id: String,
    /// The tender it is drawn from.
    pub tender_no: i64,
    /// By what.
    pub means: String,
    /// How much.
    pub amount_minor: i64,
    /// State.
    pub state: String,
    /// Whether it was asked for at this till.
    pub own: bool,
    /// Whether it is money that counted as taken.
    pub counts: bool,
    /// The shift it was asked for in.
    pub shift_id: Option<String>,
    /// Whether a person must look.
    pub attention: bool,
    /// Whether the centre tells of it.
    pub told: bool,
}

impl Refund {
    /// Whether it has moved money that had counted as taken.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.counts && self.state == "SUCCESS"
    }
}

/// A row of `shift`.
#[derive(Clone, Debug)]
pub struct Shift {
    /// Its id.
    pub shift_id: String,
    /// State.
    pub state: String,
    /// What it began with.
    pub float_minor: i64,
    /// Expected cash, once closed.
    pub expected_minor: Option<i64>,
    /// The frozen figures, once closed.
    pub closed: Option<String>,
}

/// A row of `rollup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollup {
    /// Day.
    pub day: String,
    /// Hour.
    pub hour: i64,
    /// By what.
    pub means: String,
    /// Who.
    pub cashier: String,
    /// Facts.
    pub facts: i64,
    /// Their sum.
    pub net_minor: i64,
}

/// A row of `journal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Epoch.
    pub epoch: i64,
    /// Sequence.
    pub seq: i64,
    /// When it was written.
    pub at_ms: i64,
    /// Kind.
    pub kind: String,
    /// Payload.
    pub payload: String,
    /// Hash before.
    pub prev_hash: String,
    /// Hash.
    pub hash: String,
}

/// Head and acknowledged mark: epoch, sequence, hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The last entry.
    pub head: (i64, i64, String),
    /// The last the centre is known to hold.
    pub acked: (i64, i64, String),
    /// Completed orders the centre has yet to hear of, as the till keeps it.
    pub only_here: i64,
    /// The same, counted in the journal.
    pub counted_only_here: i64,
}

/// One reading of a till's file.
#[derive(Clone, Debug, Default)]
pub struct TillBook {
    /// Orders.
    pub orders: Vec<Order>,
    /// Tenders.
    pub tenders: Vec<Tender>,
    /// Attempts.
    pub attempts: Vec<Attempt>,
    /// Money facts.
    pub facts: Vec<Fact>,
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Shifts.
    pub shifts: Vec<Shift>,
    /// Movements of cash: shift and signed amount.
    pub cash_moves: Vec<(String, i64)>,
    /// Rollup.
    pub rollup: Vec<Rollup>,
    /// Marks.
    pub marks: Marks,
}

impl TillBook {
    /// Reads orders and money.
    ///
    /// # Errors
    /// When a table is not as expected.
    pub fn read(db: &Connection) -> Reading<Self> {
        let marks = "SELECT head_epoch, head_seq, head_hash, acked_epoch, acked_seq, acked_hash,
                     orders_only_here,
                     (SELECT COUNT(*) FROM journal
                      WHERE kind = 'order_completed' AND (epoch, seq) > (acked_epoch, acked_seq))
                     FROM till";
        let marks = rows(db, marks, |row| {
            Ok(Marks {
                head: (row.get(0)?, row.get(1)?, row.get(2)?),
                acked: (row.get(3)?, row.get(4)?, row.get(5)?),
                only_here: row.get(6)?,
                counted_only_here: row.get(7)?,
            })
        })?;
        Ok(Self {
            orders: orders(db)?,
            tenders: tenders(db)?,
            attempts: attempts(db)?,
            facts: facts(db)?,
            refunds: refunds(db)?,
            shifts: shifts(db)?,
            cash_moves: cash_moves(db)?,
            rollup: rollup(db)?,
            marks: marks.into_iter().next().unwrap_or_default(),
        })
    }

    /// The order of that id.
    #[must_use]
    pub fn order(&self, order_id: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.order_id == order_id)
    }

    /// Tenders of an order.
    pub fn tenders_of<'a>(&'a self, order_id: &'a str) -> impl Iterator<Item = &'a Tender> {
        self.tenders
            .iter()
            .filter(move |tender| tender.order_id == order_id)
    }
}

fn orders(db: &Connection) -> Reading<Vec<Order>> {
    let sql = "SELECT order_id, state, order_no, short_no, total_minor, change_minor, giving_up, shift_id
               FROM orders ORDER BY order_id";
    rows(db, sql, |row| {
        Ok(Order {
            order_id: row.get(0)?,
            state: row.get(1)?,
            order_no: row.get(2)?,
            short_no: row.get(3)?,
            total_minor: row.get(4)?,
            change_minor: row.get(5)?,
            giving_up: row.get(6)?,
            shift_id: row.get(7)?,
        })
    })
}

fn tenders(db: &Connection) -> Reading<Vec<Tender>> {
    let sql =
        "SELECT tender_no, order_id, means, state, amount_minor, trade_no, transaction_id, view_version,
               attention
               FROM tender ORDER BY tender_no";
    rows(db, sql, |row| {
        Ok(Tender {
            tender_no: row.get(0)?,
            order_id: row.get(1)?,
            means: row.get(2)?,
            state: row.get(3)?,
            amount_minor: row.get(4)?,
            trade_no: row.get(5)?,
            transaction_id: row.get(6)?,
            view_version: row.get(7)?,
            attention: row.get(8)?,
        })
    })
}

fn attempts(db: &Connection) -> Reading<Vec<Attempt>> {
    let sql = "SELECT attempt_key, tender_no, trade_no, trade_state FROM attempt ORDER BY attempt_key";
    rows(db, sql, |row| {
        Ok(Attempt {
            key: row.get(0)?,
            tender_no: row.get(1)?,
            trade_no: row.get(2)?,
            trade_state: row.get(3)?,
        })
    })
}

fn facts(db: &Connection) -> Reading<Vec<Fact>> {
    let sql =
        "SELECT tender_no, order_id, business_day, hour, means, cashier, amount_minor, shift_id, amends,
                      refund_no
               FROM money_fact ORDER BY fact_id";
    rows(db, sql, |row| {
        Ok(Fact {
            tender_no: row.get(0)?,
            order_id: row.get(1)?,
            day: row.get(2)?,
            hour: row.get(3)?,
            means: row.get(4)?,
            cashier: row.get(5)?,
            amount_minor: row.get(6)?,
            shift_id: row.get(7)?,
            amends: row.get(8)?,
            refund_no: row.get(9)?,
        })
    })
}

fn refunds(db: &Connection) -> Reading<Vec<Refund>> {
    let sql = "SELECT refund_no, order_id, tender_no, means, amount_minor, state, requested_by <> '', counts,
                      shift_id, attention, told
               FROM refund ORDER BY refund_no";
    rows(db, sql, |row| {
        Ok(Refund {
            refund_no: row.get(0)?,
            order_id: row.get(1)?,
            tender_no: row.get(2)?,
            means: row.get(3)?,
            amount_minor: row.get(4)?,
            state: row.get(5)?,
            own: row.get(6)?,
            counts: row.get(7)?,
            shift_id: row.get(8)?,
            attention: row.get(9)?,
            told: row.get(10)?,
        })
    })
}

fn shifts(db: &Connection) -> Reading<Vec<Shift>> {
    let sql = "SELECT shift_id, state, float_minor, expected_minor, closed FROM shift ORDER BY turn";
    rows(db, sql, |row| {
        Ok(Shift {
            shift_id: row.get(0)?,
            state: row.get(1)?,
            float_minor: row.get(2)?,
            expected_minor: row.get(3)?,
            closed: row.get(4)?,
        })
    })
}

fn cash_moves(db: &Connection) -> Reading<Vec<(String, i64)>> {
    let sql = "SELECT shift_id, IIF(way = 'IN', amount_minor, -amount_minor) FROM cash_move ORDER BY turn";
    rows(db, sql, |row| Ok((row.get(0)?, row.get(1)?)))
}

fn rollup(db: &Connection) -> Reading<Vec<Rollup>> {
    let sql = "SELECT business_day, hour, means, cashier, facts, net_minor
               FROM rollup ORDER BY business_day, hour, means, cashier";
    rows(db, sql, |row| {
        Ok(Rollup {
            day: row.get(0)?,
            hour: row.get(1)?,
            means: row.get(2)?,
            cashier: row.get(3)?,
            facts: row.get(4)?,
            net_minor: row.get(5)?,
        })
    })
}

/// The journal, in order.
///
/// # Errors
/// When the table is not as expected.
pub fn journal(db: &Connection) -> Reading<Vec<Entry>> {
    let sql = "SELECT epoch, seq, at_ms, kind, payload, prev_hash, hash FROM journal ORDER BY epoch, seq";
    rows(db, sql, |row| {
        Ok(Entry {
            epoch: row.get(0)?,
            seq: row.get(1)?,
            at_ms: row.get(2)?,
            kind: row.get(3)?,
            payload: row.get(4)?,
            prev_hash: row.get(5)?,
            hash: row.get(6)?,
        })
    })
}
