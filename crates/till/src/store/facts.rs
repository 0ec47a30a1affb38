//! Money facts and the rollups that are kept with them, and what takings are read from.

use rusqlite::params;
use suanpan_domain::money::Fen;
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::quantity::Unit;
use suanpan_domain::takings::{MoneyFact, Rollup, RollupKey};
use suanpan_domain::tender::Means;
use suanpan_domain::time::BusinessDay;
use suanpan_wire::entry::FactSaid;

use super::error::StoreError;
use super::refunds::RefundRow;
use super::rows::{LineRow, OrderRow, TenderRow};
use super::tx::WriteTx;
use super::view::{View, named};

/// What one article brought on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleTakings {
    /// Name and size.
    pub name: String,
    /// Second name.
    pub name_en: String,
    /// Pieces or kilograms.
    pub unit: Unit,
    /// Thousandths sold.
    pub quantity_milli: i64,
    /// Net.
    pub amount_minor: i64,
}

/// Money that moves: a tender's own, or that of a refund drawn from it.
struct Movement<'a> {
    tender_no: i64,
    refund_no: Option<i64>,
    order_id: &'a str,
    means: Means,
    amount_minor: i64,
}

/// Net money and completed orders of a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Σ money facts.
    pub net_minor: i64,
    /// Completed orders.
    pub orders: i64,
}

impl View<'_> {
    /// Rollup rows of a day.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn rollups(&self, day: BusinessDay) -> Result<Vec<(RollupKey, Rollup)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT hour, means, cashier, facts, net_minor FROM rollup WHERE business_day = ?1",
        )?;
        let mut rows = statement.query([day.to_string()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let key = RollupKey {
                day,
                hour: row.get("hour")?,
                means: named(row, "means", "rollup", Means::from_name)?,
                cashier: row.get("cashier")?,
            };
            let rollup = Rollup {
                facts: row.get("facts")?,
                net: Fen::new(row.get("net_minor")?),
            };
            found.push((key, rollup));
        }
        Ok(found)
    }

    /// Every money fact of a day, for checking the rollups.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn facts(&self, day: BusinessDay) -> Result<Vec<MoneyFact>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT hour, means, cashier, amount_minor FROM money_fact WHERE business_day = ?1",
        )?;
        let mut rows = statement.query([day.to_string()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(MoneyFact {
                day,
                hour: row.get("hour")?,
                means: named(row, "means", "money_fact", Means::from_name)?,
                cashier: row.get("cashier")?,
                amount: Fen::new(row.get("amount_minor")?),
            });
        }
        Ok(found)
    }

    /// Days that have money facts, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn days_with_facts(&self) -> Result<Vec<BusinessDay>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT DISTINCT business_day FROM money_fact ORDER BY 1 DESC")?;
        let days = statement.query_map([], |row| row.get::<_, String>(0))?;
        let days: Vec<String> = days.collect::<Result<_, _>>()?;
        Ok(days.iter().filter_map(|day| BusinessDay::parse(day)).collect())
    }

    /// The newest two days that have money facts: what a start can afford to add up again.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn newest_fact_days(&self) -> Result<Vec<BusinessDay>, StoreError> {
        let mut days = Vec::new();
        let mut before = String::from("9999-12-31");
        for _ in 0..2 {
            let found: Option<String> = self
                .conn
                .prepare_cached("SELECT MAX(business_day) FROM money_fact WHERE business_day < ?1")?
                .query_row([&before], |row| row.get(0))?;
            let Some(day) = found else { break };
            days.extend(BusinessDay::parse(&day));
            before = day;
        }
        Ok(days)
    }

    /// The shift a tender's money belongs to.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn fact_shift(&self, tender_no: i64) -> Result<Option<String>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT shift_id FROM money_fact WHERE tender_no = ?1 AND refund_no IS NULL")?;
        let mut rows = statement.query([tender_no])?;
        Ok(match rows.next()? {
            Some(row) => row.get(0)?,
            None => None,
        })
    }

    /// Day, hour, means and amount of a tender's own money fact: the largest of those it has, since its refunds take
    /// away. A file of an older version, which knows of no refunds yet, is asked the same.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn fact_of(&self, tender_no: i64) -> Result<Option<(String, u8, Means, i64)>, StoreError> {
        self.movement(
            "WHERE tender_no = ?1 ORDER BY amount_minor DESC LIMIT 1",
            tender_no,
        )
    }

    /// Day, hour, means and amount of a refund's money fact.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refund_fact(&self, refund_no: i64) -> Result<Option<(String, u8, Means, i64)>, StoreError> {
        self.movement("WHERE refund_no = ?1", refund_no)
    }

    fn movement(&self, which: &str, number: i64) -> Result<Option<(String, u8, Means, i64)>, StoreError> {
        let sql = format!("SELECT business_day, hour, means, amount_minor FROM money_fact {which}");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([number])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let means = named(row, "means", "money_fact", Means::from_name)?;
        Ok(Some((row.get(0)?, row.get(1)?, means, row.get(3)?)))
    }

    /// Completed orders of a day by hour.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn order_counts(&self, day: BusinessDay) -> Result<Vec<(u8, i64)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT hour, SUM(orders) FROM rollup_order WHERE business_day = ?1 GROUP BY hour",
        )?;
        let rows = statement.query_map([day.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Code tenders opened on a day, and how many of them were settled with the platform's word.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn code_counts(&self, day: BusinessDay) -> Result<(i64, i64), StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT opened, matched FROM rollup_code WHERE business_day = ?1")?;
        let mut rows = statement.query([day.to_string()])?;
        Ok(match rows.next()? {
            Some(row) => (row.get(0)?, row.get(1)?),
            None => (0, 0),
        })
    }

    /// What sold best on a day, most money first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn article_takings(&self, day: BusinessDay, limit: u8) -> Result<Vec<ArticleTakings>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT name, name_en, unit, quantity_milli, amount_minor FROM rollup_article
             WHERE business_day = ?1 ORDER BY amount_minor DESC, article_id LIMIT ?2",
        )?;
        let mut rows = statement.query(params![day.to_string(), limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(ArticleTakings {
                name: row.get("name")?,
                name_en: row.get("name_en")?,
                unit: named(row, "unit", "rollup_article", Unit::from_name)?,
                quantity_milli: row.get("quantity_milli")?,
                amount_minor: row.get("amount_minor")?,
            });
        }
        Ok(found)
    }

    /// What one hour of a day had brought by a moment: the part that a rollup by hours cannot say.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn hour_until(&self, day: BusinessDay, hour: u8, until_ms: i64) -> Result<Stretch, StoreError> {
        let day = day.to_string();
        let net_minor = self
            .conn
            .prepare_cached(
                "SELECT COALESCE(SUM(amount_minor), 0) FROM money_fact
                 WHERE business_day = ?1 AND hour = ?2 AND at_ms <= ?3",
            )?
            .query_row(params![day, hour, until_ms], |row| row.get(0))?;
        let orders = self
            .conn
            .prepare_cached(
                "SELECT COUNT(*) FROM (SELECT order_id, MAX(at_ms) FROM money_fact
                 WHERE business_day = ?1 AND hour = ?2 AND at_ms <= ?3 AND refund_no IS NULL
                 GROUP BY order_id) AS paid
                 JOIN orders o ON o.order_id = paid.order_id
                 WHERE o.hour = ?2 AND o.completed_at_ms <= ?3",
            )?
            .query_row(params![day, hour, until_ms], |row| row.get(0))?;
        Ok(Stretch { net_minor, orders })
    }
}

impl WriteTx<'_> {
    /// Keeps a movement of money, and counts it. What comes after its shift was closed amends it.
    ///
    /// # Errors
    /// When it cannot be written, or the tender had its fact before.
    pub fn insert_fact(&mut self, tender: &TenderRow, fact: &FactSaid) -> Result<(), StoreError> {
        self.insert_movement(
            Movement {
                tender_no: tender.tender_no,
                refund_no: None,
                order_id: &tender.order_id,
                means: tender.means,
                amount_minor: tender.amount_minor,
            },
            fact,
        )
    }

    /// Keeps the movement of a refund that has gone back, and counts it.
    ///
    /// # Errors
    /// When it cannot be written, or the refund had its fact before.
    pub fn insert_refund_fact(&mut self, refund: &RefundRow, fact: &FactSaid) -> Result<(), StoreError> {
        self.insert_movement(
            Movement {
                tender_no: refund.tender_no,
                refund_no: Some(refund.refund_no),
                order_id: &refund.order_id,
                means: refund.means,
                amount_minor: -refund.amount_minor,
            },
            fact,
        )
    }

    fn insert_movement(&mut self, moved: Movement<'_>, fact: &FactSaid) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO money_fact (tender_no, order_id, at_ms, business_day, hour, shift_id, means, cashier,
                 amount_minor, refund_no, amends) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
                 EXISTS (SELECT 1 FROM shift WHERE shift_id = ?6 AND state <> 'OPEN'))",
            )?
            .execute(params![
                moved.tender_no,
                moved.order_id,
                fact.at_ms,
                fact.business_day,
                fact.hour,
                fact.shift_id,
                moved.means.name(),
                fact.cashier,
                moved.amount_minor,
                moved.refund_no,
            ])?;
        if on(Mutant::RollupForgotten) {
            return Ok(());
        }
        self.conn()
            .prepare_cached(
                "INSERT INTO rollup (business_day, hour, means, cashier, facts, net_minor)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5)
                 ON CONFLICT DO UPDATE SET facts = facts + 1, net_minor = net_minor + excluded.net_minor",
            )?
            .execute(params![
                fact.business_day,
                fact.hour,
                moved.means.name(),
                fact.cashier,
                moved.amount_minor,
            ])?;
        Ok(())
    }

    /// Counts a completed order and what it sold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn count_order(
        &mut self,
        order: &OrderRow,
        lines: &[LineRow],
        fact: &FactSaid,
    ) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO rollup_order (business_day, hour, cashier, orders) VALUES (?1, ?2, ?3, 1)
                 ON CONFLICT DO UPDATE SET orders = orders + 1",
            )?
            .execute(params![fact.business_day, fact.hour, order.cashier])?;
        for line in lines {
            let name = format!("{} {}", line.name, line.size);
            self.conn()
                .prepare_cached(
                    "INSERT INTO rollup_article (business_day, article_id, name, name_en, unit, quantity_milli,
                     amount_minor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT DO UPDATE SET quantity_milli = quantity_milli + excluded.quantity_milli,
                     amount_minor = amount_minor + excluded.amount_minor",
                )?
                .execute(params![
                    fact.business_day,
                    line.article_id,
                    name.trim_end(),
                    line.name_en,
                    line.unit.name(),
                    line.quantity_milli,
                    line.net_minor.unwrap_or(line.amount_minor),
                ])?;
        }
        Ok(())
    }

    /// Counts a code tender that was opened (`settled` false) or settled, on the day it was opened.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn count_code(&mut self, opened_on: BusinessDay, settled: bool) -> Result<(), StoreError> {
        let (opened, matched) = if settled { (0, 1) } else { (1, 0) };
        self.conn()
            .prepare_cached(
                "INSERT INTO rollup_code (business_day, opened, matched) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET opened = opened + excluded.opened, matched = matched + excluded.matched",
            )?
            .execute(params![opened_on.to_string(), opened, matched])?;
        Ok(())
    }
}
