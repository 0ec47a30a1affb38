//! What the money facts of a shift come to: its drawer, its means, its orders, and what arrived later.
//!
//! Only reading; the sums that matter are the domain's.

use rusqlite::params;
use suanpan_domain::money::Fen;
use suanpan_domain::shift::CashEvent;
use suanpan_domain::tender::Means;
use suanpan_wire::shift::{MeansSaid, TallySaid};

use super::error::StoreError;
use super::view::{View, named, small};

/// Orders completed in a shift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShiftOrders {
    /// How many, and Σ their totals.
    pub tally: TallySaid,
    /// Σ discounts, zero or negative.
    pub discount_minor: i64,
    /// Σ 抹零, zero or negative.
    pub rounding_minor: i64,
}

/// A movement of cash by a tender, for explaining a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashFact {
    /// Its order.
    pub order_id: String,
    /// The order's number for people.
    pub short_no: Option<String>,
    /// When.
    pub at_ms: i64,
    /// Negative when it went back.
    pub amount_minor: i64,
    /// Change given.
    pub change_minor: i64,
}

/// Money that arrived after its shift was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendmentRow {
    /// Its order.
    pub order_id: String,
    /// The order's number for people.
    pub short_no: Option<String>,
    /// When.
    pub at_ms: i64,
    /// Day it counts for.
    pub business_day: String,
    /// By what.
    pub means: Means,
    /// How much.
    pub amount_minor: i64,
}

impl View<'_> {
    /// What the tenders of a shift, and the refunds drawn from tenders, did to the drawer while it was open.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cash_events(&self, shift_id: &str) -> Result<Vec<CashEvent>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT f.amount_minor, t.received_minor, t.change_minor
             FROM money_fact f JOIN tender t USING (tender_no)
             WHERE f.shift_id = ?1 AND f.amends = 0 AND f.means = 'CASH_PAY'",
        )?;
        let mut rows = statement.query([shift_id])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let amount: i64 = row.get(0)?;
            events.push(if amount < 0 {
                CashEvent::Returned(Fen::new(-amount))
            } else {
                let received: Option<i64> = row.get(1)?;
                let change: Option<i64> = row.get(2)?;
                CashEvent::Taken {
                    received: Fen::new(received.unwrap_or(amount)),
                    change: Fen::new(change.unwrap_or(0)),
                }
            });
        }
        Ok(events)
    }

    /// What each means brought in a shift while it was open.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn shift_means(&self, shift_id: &str) -> Result<Vec<MeansSaid>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT means, COUNT(*) AS facts, SUM(amount_minor) AS net_minor FROM money_fact
             WHERE shift_id = ?1 AND amends = 0 GROUP BY means ORDER BY means",
        )?;
        let mut rows = statement.query([shift_id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(MeansSaid {
                means: named(row, "means", "money_fact", Means::from_name)?,
                tally: TallySaid {
                    count: small(row.get("facts")?),
                    sum_minor: row.get("net_minor")?,
                },
            });
        }
        Ok(found)
    }

    /// Orders completed in a shift.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn shift_orders(&self, shift_id: &str) -> Result<ShiftOrders, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT COUNT(*), COALESCE(SUM(total_minor), 0), COALESCE(SUM(discount_minor), 0),
                 COALESCE(SUM(rounding_minor), 0) FROM orders WHERE completed_in = ?1",
            )?
            .query_row([shift_id], |row| {
                Ok(ShiftOrders {
                    tally: TallySaid {
                        count: small(row.get(0)?),
                        sum_minor: row.get(1)?,
                    },
                    discount_minor: row.get(2)?,
                    rounding_minor: row.get(3)?,
                })
            })?)
    }

    /// Cash of a shift that is worth a look when `off_minor` is missing or too much: change or cash of
    /// exactly that much, and cash that went back. Oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cash_worth_a_look(
        &self,
        shift_id: &str,
        off_minor: i64,
        limit: u8,
    ) -> Result<Vec<CashFact>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT f.order_id, o.short_no, f.at_ms, f.amount_minor,
             CASE WHEN f.refund_no IS NULL THEN COALESCE(t.change_minor, 0) ELSE 0 END
             FROM money_fact f JOIN tender t USING (tender_no) JOIN orders o ON o.order_id = f.order_id
             WHERE f.shift_id = ?1 AND f.amends = 0 AND f.means = 'CASH_PAY'
             AND (f.amount_minor < 0 OR f.amount_minor = ?2 OR t.change_minor = ?2)
             ORDER BY f.fact_id LIMIT ?3",
        )?;
        let rows = statement.query_map(params![shift_id, off_minor, limit], |row| {
            Ok(CashFact {
                order_id: row.get(0)?,
                short_no: row.get(1)?,
                at_ms: row.get(2)?,
                amount_minor: row.get(3)?,
                change_minor: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Money that arrived after a shift was closed, in the order it came.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn amendments(&self, shift_id: &str) -> Result<Vec<AmendmentRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT f.order_id, o.short_no, f.at_ms, f.business_day, f.means, f.amount_minor
             FROM money_fact f JOIN orders o ON o.order_id = f.order_id
             WHERE f.shift_id = ?1 AND f.amends = 1 ORDER BY f.fact_id",
        )?;
        let mut rows = statement.query([shift_id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(AmendmentRow {
                order_id: row.get(0)?,
                short_no: row.get(1)?,
                at_ms: row.get(2)?,
                business_day: row.get(3)?,
                means: named(row, "means", "money_fact", Means::from_name)?,
                amount_minor: row.get(5)?,
            });
        }
        Ok(found)
    }

    /// How many money facts arrived after a shift was closed.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn amendment_count(&self, shift_id: &str) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT COUNT(*) FROM money_fact WHERE shift_id = ?1 AND amends = 1")?
            .query_row([shift_id], |row| row.get(0).map(small))?)
    }

    /// Code tenders whose end is not known.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn codes_waiting(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT COUNT(*) FROM tender
                 WHERE (state IN ('LIVE', 'CLOSING', 'GIVEN_UP', 'CANCELED') OR attention = 1)
                 AND state IN ('LIVE', 'CLOSING')",
            )?
            .query_row([], |row| row.get(0).map(small))?)
    }
}
