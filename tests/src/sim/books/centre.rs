//! The centre's file.

use rusqlite::Connection;

use super::desk::{self, Decision, Suspense};
use super::{Reading, rows};

/// A row of `pay_order`.
#[derive(Clone, Debug)]
pub struct PayOrder {
    /// Its id.
    pub id: i64,
    /// Whose order.
    pub app: String,
    /// The tender's number.
    pub tender_no: i64,
    /// Whose tender.
    pub till_id: i64,
    /// What it is to be paid by.
    pub means: String,
    /// Amount.
    pub amount_minor: i64,
    /// State.
    pub state: String,
    /// Whether the till took cash instead.
    pub given_up: bool,
    /// The trade that settles it.
    pub winner: Option<i64>,
    /// Version of its view.
    pub version: i64,
}

/// A row of `trade`.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Our number.
    pub trade_no: i64,
    /// Its pay order.
    pub pay_order_id: i64,
    /// Key it was asked for with.
    pub attempt_key: String,
    /// The account.
    pub enterprise_id: i64,
    /// Whether the shop scanned the customer's code.
    pub taken: bool,
    /// Merchant.
    pub merchant_id: String,
    /// Amount.
    pub amount_minor: i64,
    /// State.
    pub state: String,
    /// What its money was worth.
    pub disposition: String,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
    /// Amount in suspense.
    pub suspense_minor: Option<i64>,
    /// Last moment it can be paid.
    pub expires_at_ms: i64,
    /// When it is looked at next.
    pub next_call_at_ms: Option<i64>,
    /// Until when a call about it is out.
    pub lease_until_ms: i64,
    /// When its money goes back.
    pub refund_due_at_ms: Option<i64>,
    /// An unscanned code that its tender no longer waits for.
    pub let_go: bool,
}

/// A row of `refund_record`.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Our number.
    pub refund_no: i64,
    /// The trade it draws from.
    pub trade_no: i64,
    /// The account.
    pub enterprise_id: i64,
    /// Key of the wish.
    pub key: String,
    /// Why.
    pub reason: String,
    /// Amount.
    pub amount_minor: i64,
    /// `refund_status`.
    pub status: i64,
    /// Whether a person must act.
    pub attention: bool,
    /// When it is looked at next.
    pub next_call_at_ms: Option<i64>,
    /// Until when a call about it is out.
    pub lease_until_ms: i64,
}

/// A row of `journal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose.
    pub till_id: i64,
    /// Epoch.
    pub epoch: i64,
    /// Sequence.
    pub seq: i64,
    /// Kind.
    pub kind: String,
    /// Payload, verbatim.
    pub payload: String,
    /// Hash before.
    pub prev_hash: String,
    /// Hash.
    pub hash: String,
    /// When it was written at the till.
    pub at_ms: i64,
    /// Why it was stored and not applied.
    pub refused: Option<String>,
}

/// A row of `till_day`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Whose.
    pub till_id: i64,
    /// `YYYY-MM-DD`.
    pub day: String,
    /// Completed orders.
    pub orders: i64,
    /// Σ totals.
    pub total_minor: i64,
    /// Σ cash.
    pub cash_minor: i64,
    /// Σ codes.
    pub code_minor: i64,
}

/// One reading of the centre's file.
#[derive(Clone, Debug, Default)]
pub struct CentreBook {
    /// Pay orders.
    pub pay_orders: Vec<PayOrder>,
    /// Trades.
    pub trades: Vec<Trade>,
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// What is, or was, in suspense.
    pub suspense: Vec<Suspense>,
    /// What was decided about it, by the lines that say so.
    pub decisions: Vec<Decision>,
    /// Topics with generation and the position after the last change.
    pub topics: Vec<(String, i64, i64)>,
    /// Changes: topic, generation, position.
    pub changes: Vec<(String, i64, i64)>,
    /// What business systems are told: subject and state, in the order of a subject's events.
    pub told: Vec<(String, String)>,
}

impl CentreBook {
    /// Reads money and streams.
    ///
    /// # Errors
    /// When a table is not as expected.
    pub fn read(db: &Connection) -> Reading<Self> {
        Ok(Self {
            pay_orders: pay_orders(db)?,
            trades: trades(db)?,
            refunds: refunds(db)?,
            suspense: desk::suspense(db)?,
            decisions: desk::decisions(db)?,
            topics: rows(
                db,
                "SELECT topic, generation, next_seq FROM topic ORDER BY topic",
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?,
            changes: rows(
                db,
                "SELECT topic, generation, position FROM change ORDER BY topic, generation, position",
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?,
            told: rows(
                db,
                "SELECT subject, state FROM outbox_event ORDER BY subject, seq",
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?,
        })
    }

    /// The trade of that number.
    #[must_use]
    pub fn trade(&self, trade_no: i64) -> Option<&Trade> {
        self.trades.iter().find(|trade| trade.trade_no == trade_no)
    }

    /// Trades of a pay order.
    pub fn trades_of(&self, pay_order_id: i64) -> impl Iterator<Item = &Trade> {
        self.trades
            .iter()
            .filter(move |trade| trade.pay_order_id == pay_order_id)
    }

    /// Everything that is, or was, in suspense under a number.
    pub fn suspense_of<'a>(&'a self, trade_no: &'a str) -> impl Iterator<Item = &'a Suspense> {
        self.suspense.iter().filter(move |row| row.trade_no == trade_no)
    }

    /// Refunds of a trade.
    pub fn refunds_of(&self, trade_no: i64) -> impl Iterator<Item = &Refund> {
        self.refunds
            .iter()
            .filter(move |refund| refund.trade_no == trade_no)
    }
}

fn pay_orders(db: &Connection) -> Reading<Vec<PayOrder>> {
    let sql =
        "SELECT pay_order_id, product_order_no, till_id, amount_minor, state, given_up, winner_trade_no,
               version, product_app_id, means FROM pay_order ORDER BY pay_order_id";
    rows(db, sql, |row| {
        Ok(PayOrder {
            id: row.get(0)?,
            tender_no: row.get(1)?,
            till_id: row.get(2)?,
            amount_minor: row.get(3)?,
            state: row.get(4)?,
            given_up: row.get(5)?,
            winner: row.get(6)?,
            version: row.get(7)?,
            app: row.get(8)?,
            means: row.get(9)?,
        })
    })
}

fn trades(db: &Connection) -> Reading<Vec<Trade>> {
    let sql = "SELECT trade_no, pay_order_id, attempt_key, merchant_id, amount_minor, state, disposition,
               transaction_id, suspense_amount_minor, expires_at_ms, next_call_at_ms, lease_until_ms,
               refund_due_at_ms, let_go, enterprise_id, way = 'TAKEN' FROM trade ORDER BY trade_no";
    rows(db, sql, |row| {
        Ok(Trade {
            trade_no: row.get(0)?,
            pay_order_id: row.get(1)?,
            attempt_key: row.get(2)?,
            merchant_id: row.get(3)?,
            amount_minor: row.get(4)?,
            state: row.get(5)?,
            disposition: row.get(6)?,
            transaction_id: row.get(7)?,
            suspense_minor: row.get(8)?,
            expires_at_ms: row.get(9)?,
            next_call_at_ms: row.get(10)?,
            lease_until_ms: row.get(11)?,
            refund_due_at_ms: row.get(12)?,
            let_go: row.get(13)?,
            enterprise_id: row.get(14)?,
            taken: row.get(15)?,
        })
    })
}

fn refunds(db: &Connection) -> Reading<Vec<Refund>> {
    let sql = "SELECT refund_no, trade_no, reason, amount_minor, refund_status, needs_attention,
               next_call_at_ms, lease_until_ms, enterprise_id, refund_key FROM refund_record ORDER BY refund_no";
    rows(db, sql, |row| {
        Ok(Refund {
            refund_no: row.get(0)?,
            trade_no: row.get(1)?,
            reason: row.get(2)?,
            amount_minor: row.get(3)?,
            status: row.get(4)?,
            attention: row.get(5)?,
            next_call_at_ms: row.get(6)?,
            lease_until_ms: row.get(7)?,
            enterprise_id: row.get(8)?,
            key: row.get(9)?,
        })
    })
}

/// Every entry the centre holds, in order.
///
/// # Errors
/// When the table is not as expected.
pub fn journal(db: &Connection) -> Reading<Vec<Held>> {
    let sql = "SELECT till_id, epoch, seq, kind, payload, prev_hash, hash, at_ms, refused_code
               FROM journal ORDER BY till_id, epoch, seq";
    rows(db, sql, |row| {
        Ok(Held {
            till_id: row.get(0)?,
            epoch: row.get(1)?,
            seq: row.get(2)?,
            kind: row.get(3)?,
            payload: row.get(4)?,
            prev_hash: row.get(5)?,
            hash: row.get(6)?,
            at_ms: row.get(7)?,
            refused: row.get(8)?,
        })
    })
}

/// What the centre adds up per till and day.
///
/// # Errors
/// When the table is not as expected.
pub fn days(db: &Connection) -> Reading<Vec<Day>> {
    let sql = "SELECT till_id, business_day, orders, total_minor, cash_minor, code_minor
               FROM till_day ORDER BY till_id, business_day";
    rows(db, sql, |row| {
        Ok(Day {
            till_id: row.get(0)?,
            day: row.get(1)?,
            orders: row.get(2)?,
            total_minor: row.get(3)?,
            cash_minor: row.get(4)?,
            code_minor: row.get(5)?,
        })
    })
}
