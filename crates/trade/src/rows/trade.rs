//! Rows of `trade`: one attempt to collect a tender at a platform.

use suanpan_domain::pay_order::Disposition;
use suanpan_domain::trade::{Held, NextCall, TradeState, Way};

use super::due::{Due, Search, not_in};
use super::lease::{Lease, is_free};
use super::pay_channel::PayChannel;
use super::pay_order::PayOrder;
use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "trade_no, pay_order_id, attempt_key, enterprise_id, app_id, merchant_id, amount_minor, \
    description, notify_url, state, disposition, code_url, created_at_ms, expires_at_ms, answered_at_ms, \
    paying, transaction_id, paid_at_ms, refused_code, suspense_amount_minor, refund_due_at_ms, next_call, \
    next_call_at_ms, lease_no, lease_until_ms, leased_at_ms, asked, way, let_go";

/// What a trade asks the platform next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// For a code to show.
    Prepay,
    /// For its state.
    Query,
    /// To be closed, or reversed.
    Close,
}

impl Ask {
    const ALL: [Ask; 3] = [Ask::Prepay, Ask::Query, Ask::Close];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepay => "PREPAY",
            Self::Query => "QUERY",
            Self::Close => "CLOSE",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ask| ask.name() == name)
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Our number (`tradingOrderNo`, `out_trade_no`).
    pub trade_no: i64,
    /// Tender it collects.
    pub pay_order_id: i64,
    /// Key of the till's intent.
    pub attempt_key: String,
    /// Merchant.
    pub enterprise_id: i64,
    /// Application id it was made under.
    pub app_id: String,
    /// Merchant id it was made under.
    pub merchant_id: String,
    /// Amount.
    pub amount_minor: i64,
    /// What the customer reads.
    pub description: String,
    /// Where the platform reports it.
    pub notify_url: String,
    /// How it reaches the customer.
    pub way: Way,
    /// State.
    pub state: TradeState,
    /// What its money was worth.
    pub disposition: Disposition,
    /// The code.
    pub code_url: Option<String>,
    /// When it was made.
    pub created_at_ms: i64,
    /// Last moment it can be paid.
    pub expires_at_ms: i64,
    /// When the platform last answered about it.
    pub answered_at_ms: Option<i64>,
    /// Whether the customer is paying right now.
    pub paying: bool,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
    /// When the money arrived.
    pub paid_at_ms: Option<i64>,
    /// The platform's code of a refusal for good.
    pub refused_code: Option<String>,
    /// Amount of a success that does not fit.
    pub suspense_amount_minor: Option<i64>,
    /// When its late money goes back by itself.
    pub refund_due_at_ms: Option<i64>,
    /// What it asks next.
    pub next_call: Option<Ask>,
    /// When.
    pub next_call_at_ms: Option<i64>,
    /// Who asks.
    pub lease: Lease,
    /// Answers without news in this state.
    pub asked: i64,
    /// Its tender has not waited for its end: nobody had scanned its code.
    pub let_go: bool,
}

impl Trade {
    /// A trade of a tender under an account, before anything has happened to it: nothing is asked for, nothing known,
    /// its key its own number, its time over at once.
    #[must_use]
    pub fn blank(
        trade_no: i64,
        order: &PayOrder,
        account: &PayChannel,
        notify_url: String,
        now_ms: i64,
    ) -> Self {
        Self {
            trade_no,
            pay_order_id: order.pay_order_id,
            attempt_key: trade_no.to_string(),
            enterprise_id: account.enterprise_id,
            app_id: account.app_id.clone(),
            merchant_id: account.merchant_id.clone(),
            amount_minor: order.amount_minor,
            description: String::new(),
            notify_url,
            way: Way::Shown,
            state: TradeState::Created,
            disposition: Disposition::None,
            code_url: None,
            created_at_ms: now_ms,
            expires_at_ms: now_ms,
            answered_at_ms: None,
            paying: false,
            transaction_id: None,
            paid_at_ms: None,
            refused_code: None,
            suspense_amount_minor: None,
            refund_due_at_ms: None,
            next_call: None,
            next_call_at_ms: None,
            lease: Lease::default(),
            asked: 0,
            let_go: false,
        }
    }

    /// What the domain judges by.
    #[must_use]
    pub fn held<'a>(&'a self, trade_no: &'a str) -> Held<'a> {
        Held {
            state: self.state,
            way: self.way,
            trade_no,
            amount_minor: self.amount_minor,
            app_id: &self.app_id,
            merchant_id: &self.merchant_id,
            created_at_ms: self.created_at_ms,
            expires_at_ms: self.expires_at_ms,
            asked: u32::try_from(self.asked).unwrap_or(u32::MAX),
        }
    }

    /// Whether the payment code it was made for has certainly not been sent, and by this row's word never will be.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        self.way == Way::Taken && self.state == TradeState::Created && self.lease.no == 0
    }

    /// Whether its tender has to wait for its end.
    #[must_use]
    pub const fn holds_its_tender(&self) -> bool {
        self.state.is_open() && !self.let_go
    }

    /// Sets what it asks next.
    pub fn schedule(&mut self, next: NextCall, now_ms: i64) {
        let (ask, delay_ms) = match next {
            NextCall::Prepay { delay_ms } => (Ask::Prepay, delay_ms),
            NextCall::Query { delay_ms } => (Ask::Query, delay_ms),
            NextCall::Close { delay_ms } => (Ask::Close, delay_ms),
            NextCall::Rest => {
                self.next_call = None;
                self.next_call_at_ms = None;
                return;
            }
        };
        self.next_call = Some(ask);
        self.next_call_at_ms = Some(now_ms.saturating_add(delay_ms));
    }
}

fn read(row: &Row) -> Result<Trade, DbError> {
    let next_call = match row.opt_text(21)? {
        Some(name) => {
            Some(Ask::from_name(&name).ok_or_else(|| DbError::Damaged(format!("unknown call {name}")))?)
        }
        None => None,
    };
    Ok(Trade {
        trade_no: row.int(0)?,
        pay_order_id: row.int(1)?,
        attempt_key: row.text(2)?,
        enterprise_id: row.int(3)?,
        app_id: row.text(4)?,
        merchant_id: row.text(5)?,
        amount_minor: row.int(6)?,
        description: row.text(7)?,
        notify_url: row.text(8)?,
        state: row.named(9, TradeState::from_name)?,
        disposition: row.named(10, Disposition::from_name)?,
        code_url: row.opt_text(11)?,
        created_at_ms: row.int(12)?,
        expires_at_ms: row.int(13)?,
        answered_at_ms: row.opt_int(14)?,
        paying: row.truth(15)?,
        transaction_id: row.opt_text(16)?,
        paid_at_ms: row.opt_int(17)?,
        refused_code: row.opt_text(18)?,
        suspense_amount_minor: row.opt_int(19)?,
        refund_due_at_ms: row.opt_int(20)?,
        next_call,
        next_call_at_ms: row.opt_int(22)?,
        lease: Lease {
            no: row.int(23)?,
            until_ms: row.int(24)?,
            at_ms: row.int(25)?,
        },
        asked: row.int(26)?,
        way: row.named(27, Way::from_name)?,
        let_go: row.truth(28)?,
    })
}

/// The trade of that number, for reading.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, trade_no: i64) -> Result<Option<Trade>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM trade WHERE trade_no = ?1");
    tx.query(&sql, params![trade_no])?.first().map(read).transpose()
}

/// Whether a trade of an account may still be paid, or a refund of it is under way. What has ended unpaid and is only
/// watched is no hindrance.
///
/// # Errors
/// [`DbError`].
pub fn is_any_under_way(tx: &mut dyn Tx, enterprise_id: i64) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM trade WHERE enterprise_id = ?1 AND next_call_at_ms IS NOT NULL \
         AND state IN ('CREATED', 'PREPAY_UNKNOWN', 'AWAITING', 'CLOSING') \
         UNION ALL SELECT 1 FROM refund_record WHERE enterprise_id = ?1 AND refund_status IN (0, 1) LIMIT 1";
    Ok(!tx.query(sql, params![enterprise_id])?.is_empty())
}

/// The attempts of a tender in the order they were made. Whoever changes one has locked the tender.
///
/// # Errors
/// [`DbError`].
pub fn of_order(tx: &mut dyn Tx, pay_order_id: i64) -> Result<Vec<Trade>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM trade WHERE pay_order_id = ?1 ORDER BY trade_no");
    tx.query(&sql, params![pay_order_id])?.iter().map(read).collect()
}

/// Writes a new row.
///
/// # Errors
/// [`DbError`].
pub fn insert(tx: &mut dyn Tx, trade: &Trade) -> Result<(), DbError> {
    let sql = format!(
        "INSERT INTO trade ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
         ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)"
    );
    tx.execute(
        &sql,
        params![
            trade.trade_no,
            trade.pay_order_id,
            &trade.attempt_key,
            trade.enterprise_id,
            &trade.app_id,
            &trade.merchant_id,
            trade.amount_minor,
            &trade.description,
            &trade.notify_url,
            trade.state.name(),
            trade.disposition.name(),
            &trade.code_url,
            trade.created_at_ms,
            trade.expires_at_ms,
            trade.answered_at_ms,
            trade.paying,
            &trade.transaction_id,
            trade.paid_at_ms,
            &trade.refused_code,
            trade.suspense_amount_minor,
            trade.refund_due_at_ms,
            trade.next_call.map(Ask::name),
            trade.next_call_at_ms,
            trade.lease.no,
            trade.lease.until_ms,
            trade.lease.at_ms,
            trade.asked,
            trade.way.name(),
            trade.let_go,
        ],
    )?;
    Ok(())
}

/// Saves what may change of a row that this transaction has read under the tender's lock.
///
/// # Errors
/// [`DbError`].
pub fn save(tx: &mut dyn Tx, trade: &Trade) -> Result<(), DbError> {
    tx.execute(
        "UPDATE trade SET state = ?2, disposition = ?3, code_url = ?4, answered_at_ms = ?5, paying = ?6, \
         transaction_id = ?7, paid_at_ms = ?8, refused_code = ?9, suspense_amount_minor = ?10, \
         refund_due_at_ms = ?11, next_call = ?12, next_call_at_ms = ?13, lease_no = ?14, lease_until_ms = ?15, \
         leased_at_ms = ?16, asked = ?17, let_go = ?18 WHERE trade_no = ?1",
        params![
            trade.trade_no,
            trade.state.name(),
            trade.disposition.name(),
            &trade.code_url,
            trade.answered_at_ms,
            trade.paying,
            &trade.transaction_id,
            trade.paid_at_ms,
            &trade.refused_code,
            trade.suspense_amount_minor,
            trade.refund_due_at_ms,
            trade.next_call.map(Ask::name),
            trade.next_call_at_ms,
            trade.lease.no,
            trade.lease.until_ms,
            trade.lease.at_ms,
            trade.asked,
            trade.let_go,
        ],
    )?;
    Ok(())
}

const DUE: &str = concat!(
    "SELECT next_call_at_ms, trade_no, enterprise_id FROM trade WHERE next_call_at_ms <= ?1 AND ",
    is_free!("?1"),
    " AND ",
    not_in!("enterprise_id", "?3"),
    " AND ",
    not_in!("trade_no", "?4"),
    " ORDER BY next_call_at_ms, trade_no LIMIT ?2"
);

/// Trades whose call is due and free, the longest waiting first.
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

/// A paid trade as it is looked for in a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidTrade {
    /// Its number.
    pub trade_no: i64,
    /// When its money arrived, the platform's clock.
    pub paid_at_ms: i64,
    /// How much.
    pub amount_minor: i64,
}

/// Trades of a merchant that were paid in a span of time, from a position (time, number) on, in that order.
///
/// # Errors
/// [`DbError`].
pub fn paid_within(
    tx: &mut dyn Tx,
    enterprise_id: i64,
    span_ms: (i64, i64),
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<PaidTrade>, DbError> {
    let (from_ms, to_ms) = span_ms;
    let (after_ms, after_no) = after;
    tx.query(
        "SELECT trade_no, paid_at_ms, amount_minor FROM trade WHERE enterprise_id = ?1 AND paid_at_ms >= ?2 \
         AND paid_at_ms < ?3 AND state = 'PAID' AND (paid_at_ms > ?4 OR (paid_at_ms = ?4 AND trade_no > ?5)) \
         ORDER BY paid_at_ms, trade_no LIMIT ?6",
        params![enterprise_id, from_ms, to_ms, after_ms, after_no, limit],
    )?
    .iter()
    .map(|row| {
        Ok(PaidTrade {
            trade_no: row.int(0)?,
            paid_at_ms: row.int(1)?,
            amount_minor: row.int(2)?,
        })
    })
    .collect()
}

/// When a merchant's first money arrived.
///
/// # Errors
/// [`DbError`].
pub fn first_paid_at_ms(tx: &mut dyn Tx, enterprise_id: i64) -> Result<Option<i64>, DbError> {
    let rows = tx.query(
        "SELECT MIN(paid_at_ms) FROM trade WHERE enterprise_id = ?1 AND paid_at_ms IS NOT NULL",
        params![enterprise_id],
    )?;
    rows.first().map_or(Ok(None), |row| row.opt_int(0))
}

/// Trades whose late money is to go back now.
///
/// # Errors
/// [`DbError`].
pub fn late_due(tx: &mut dyn Tx, search: &Search) -> Result<Vec<i64>, DbError> {
    let sql = concat!(
        "SELECT trade_no FROM trade WHERE refund_due_at_ms <= ?1 AND ",
        not_in!("enterprise_id", "?3"),
        " AND ",
        not_in!("trade_no", "?4"),
        " ORDER BY refund_due_at_ms, trade_no LIMIT ?2"
    );
    tx.query(sql, &search.params())?
        .iter()
        .map(|row| row.int(0))
        .collect()
}
