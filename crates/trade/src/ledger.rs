//! One write transaction of the centre: the statements, the time, and which tenders it has touched.
//!
//! [`Ledger::seal`] is the last step before the commit: it writes what business systems are told of every touched
//! tender, raises its version once and takes the stream positions, so that the lock on a topic is the last one of
//! the transaction and positions become visible in their order. Deciding what happens is the business of the
//! commands.

use std::collections::BTreeSet;

use suanpan_domain::number::{CENTRE_WORKER, Mark, Mint};
use suanpan_domain::trade::TradeState;
use suanpan_wire::stream::Changed;

use crate::broadcast::announce;
use crate::db::{Db, DbError, Row, Tx, Value};
use crate::fault::{Fault, Outcome};
use crate::params;
use crate::rows::pay_order::{self, NO_TILL, PayOrder};
use crate::rows::{stream, trade, view};

/// A write transaction.
pub struct Ledger<'t> {
    tx: &'t mut dyn Tx,
    /// The centre's clock.
    pub now_ms: i64,
    touched: BTreeSet<i64>,
    announced: BTreeSet<i64>,
}

/// A committed transaction's answer, and the tills whose streams have grown.
#[derive(Debug)]
pub struct Committed<T> {
    /// What the command returned.
    pub answer: T,
    /// Till ids.
    pub tills: BTreeSet<i64>,
    /// What has changed.
    pub changes: Vec<Change>,
}

/// A tender as a transaction has left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The tender.
    pub order: PayOrder,
    /// Its attempts: numbers and states.
    pub trades: Vec<(String, TradeState)>,
}

/// Runs a command in a write transaction and seals it.
///
/// # Errors
/// Those of the command and the database; nothing is left of it then.
pub fn commit<D: Db, T>(
    db: &D,
    now_ms: i64,
    command: impl FnMut(&mut Ledger<'_>) -> Outcome<T>,
) -> Outcome<Committed<T>> {
    commit_as(db, now_ms, command)
}

/// The same for commands that fail in words of their own.
///
/// # Errors
/// Those of the command and the database; nothing is left of it then.
pub fn commit_as<D: Db, T, E: From<DbError> + From<Fault>>(
    db: &D,
    now_ms: i64,
    mut command: impl FnMut(&mut Ledger<'_>) -> Result<T, E>,
) -> Result<Committed<T>, E> {
    db.write(|tx| {
        let mut ledger = Ledger::new(tx, now_ms);
        let answer = command(&mut ledger)?;
        let changes = ledger.seal()?;
        let tills = changes.iter().map(|change| change.order.till_id);
        Ok(Committed {
            answer,
            tills: tills.filter(|till_id| *till_id != NO_TILL).collect(),
            changes,
        })
    })
}

impl<'t> Ledger<'t> {
    /// Wraps an open write transaction.
    pub fn new(tx: &'t mut dyn Tx, now_ms: i64) -> Self {
        Self {
            tx,
            now_ms,
            touched: BTreeSet::new(),
            announced: BTreeSet::new(),
        }
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<usize, DbError> {
        self.tx.execute(sql, params)
    }

    /// Rows of a query.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.tx.query(sql, params)
    }

    /// The transaction itself, for functions that also run in read transactions.
    pub fn tx(&mut self) -> &mut dyn Tx {
        self.tx
    }

    /// Notes that a tender has changed.
    pub fn touch(&mut self, pay_order_id: i64) {
        self.touched.insert(pay_order_id);
    }

    /// Notes that there is news of a tender for business systems, though nothing of it has changed for its till.
    pub fn announce(&mut self, pay_order_id: i64) {
        self.announced.insert(pay_order_id);
    }

    /// The next number of this centre; its mark moves in this transaction.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn mint(&mut self) -> Result<i64, DbError> {
        let mut mint = Mint::new(CENTRE_WORKER, self.mark_locked()?);
        let number = mint.next(self.now_ms);
        let after = mint.mark();
        self.tx.execute(
            "UPDATE number_mark SET last_ms = ?1, sequence = ?2 WHERE name = 'centre'",
            params![after.last_ms, i64::from(after.sequence)],
        )?;
        Ok(number)
    }

    /// The mark, locked. The first to look puts it there, so that there is something to lock.
    fn mark_locked(&mut self) -> Result<Mark, DbError> {
        const SQL: &str = "SELECT last_ms, sequence FROM number_mark WHERE name = 'centre'";
        let mut rows = self.tx.query_locked(SQL, &[])?;
        if rows.is_empty() {
            let first = Mark::default();
            self.tx.execute(
                "INSERT INTO number_mark (name, last_ms, sequence) VALUES ('centre', ?1, ?2) \
                 ON CONFLICT (name) DO NOTHING",
                params![first.last_ms, i64::from(first.sequence)],
            )?;
            rows = self.tx.query_locked(SQL, &[])?;
        }
        let row = rows
            .first()
            .ok_or_else(|| DbError::Damaged("the number mark is gone".into()))?;
        Ok(Mark {
            last_ms: row.int(0)?,
            sequence: u8::try_from(row.int(1)?)
                .map_err(|_| DbError::Damaged("number mark out of range".into()))?,
        })
    }

    /// Writes one row of what was done by whom.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn audit(&mut self, who: &str, action: &str, detail: &str) -> Result<(), DbError> {
        let audit_id = self.mint()?;
        self.tx.execute(
            "INSERT INTO audit (audit_id, at_ms, who, action, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![audit_id, self.now_ms, who, action, detail],
        )?;
        Ok(())
    }

    /// Tells business systems what is new of every touched tender, raises its version and publishes its view; what
    /// has changed.
    fn seal(&mut self) -> Outcome<Vec<Change>> {
        let touched = std::mem::take(&mut self.touched);
        let announced = std::mem::take(&mut self.announced);
        for pay_order_id in touched.union(&announced) {
            let order = pay_order::by_id(self.tx, *pay_order_id)?;
            announce::pay_order(self.tx, self.now_ms, &order)?;
        }
        let mut news = Vec::with_capacity(touched.len());
        let mut changes = Vec::with_capacity(touched.len());
        for pay_order_id in touched {
            pay_order::raise_version(self.tx, pay_order_id, self.now_ms)?;
            let order = pay_order::by_id(self.tx, pay_order_id)?;
            let trades = if order.till_id == NO_TILL {
                let trades = trade::of_order(self.tx, pay_order_id)?;
                trades
                    .iter()
                    .map(|trade| (trade.trade_no.to_string(), trade.state))
                    .collect()
            } else {
                let tender = view::of(self.tx, &order)?;
                let trades = tender
                    .trades
                    .iter()
                    .map(|trade| (trade.trade_no.clone(), trade.state))
                    .collect();
                news.push((order.till_id, Changed::Tender { tender }));
                trades
            };
            changes.push(Change { order, trades });
        }
        // Tills in one order everywhere, so that two transactions never wait for each other's topics.
        news.sort_by_key(|(till_id, _)| *till_id);
        for (till_id, what) in &news {
            stream::publish(self.tx, &stream::topic_of_till(*till_id), what, self.now_ms)?;
        }
        Ok(changes)
    }
}
