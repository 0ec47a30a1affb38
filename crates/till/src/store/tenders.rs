//! Tenders and their attempts: reading and writing rows. What they mean is decided in `crate::money`.

use rusqlite::types::FromSql;
use rusqlite::{Row, params};
use suanpan_domain::number::{CENTRE_WORKER, is_minted_by};
use suanpan_domain::order::Coverage;
use suanpan_domain::pay_order::Disposition;
use suanpan_domain::tender::{Means, TenderState};
use suanpan_domain::time::BusinessDay;
use suanpan_domain::trade::TradeState;

use super::error::StoreError;
use super::refunds::LateWish;
use super::rows::{AttemptRow, NextWay, TenderRow};
use super::tx::WriteTx;
use super::view::{View, named, small, unsigned};

const TENDER: &str = "SELECT t.*, o.order_no AS order_no FROM tender t JOIN orders o USING (order_id)";

fn tender(row: &Row<'_>) -> Result<TenderRow, StoreError> {
    Ok(TenderRow {
        tender_no: row.get("tender_no")?,
        order_id: row.get("order_id")?,
        order_no: row.get::<_, Option<i64>>("order_no")?.unwrap_or(0),
        means: named(row, "means", "tender", Means::from_name)?,
        state: named(row, "state", "tender", TenderState::from_name)?,
        amount_minor: row.get("amount_minor")?,
        received_minor: row.get("received_minor")?,
        change_minor: row.get("change_minor")?,
        replaces: row.get("replaces")?,
        business_day: named(row, "business_day", "tender", BusinessDay::parse)?,
        opened_at_ms: row.get("opened_at_ms")?,
        settled_at_ms: row.get("settled_at_ms")?,
        trade_no: row.get("trade_no")?,
        transaction_id: row.get("transaction_id")?,
        refused_code: row.get("refused_code")?,
        view_version: unsigned(row.get("view_version")?),
        asked_at_ms: row.get("asked_at_ms")?,
        asked_in_vain: small(row.get("asked_in_vain")?),
        unknown_since_ms: row.get("unknown_since_ms")?,
        ask_again_at_ms: row.get("ask_again_at_ms")?,
        ask_now: row.get("ask_now")?,
        paying: row.get("paying")?,
        attention: row.get("attention")?,
        next: next_way(row)?,
        late: newer::<Option<String>>(row, "late_choice")?
            .flatten()
            .as_deref()
            .and_then(LateWish::from_name),
        attempts: Vec::new(),
    })
}

/// A column that a file of an older version has not got yet: its journal is looked at before it is brought up.
fn newer<T: FromSql>(row: &Row<'_>, column: &str) -> Result<Option<T>, StoreError> {
    match row.get(column) {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn next_way(row: &Row<'_>) -> Result<Option<NextWay>, StoreError> {
    let means: Option<Option<String>> = newer(row, "next_means")?;
    let taken = newer(row, "next_taken")?.unwrap_or(false);
    Ok(means
        .flatten()
        .as_deref()
        .and_then(Means::from_name)
        .map(|means| NextWay { means, taken }))
}

fn attempt(row: &Row<'_>) -> Result<AttemptRow, StoreError> {
    let trade_state: Option<String> = row.get("trade_state")?;
    Ok(AttemptRow {
        attempt_key: row.get("attempt_key")?,
        tender_no: row.get("tender_no")?,
        renew: row.get("renew")?,
        taken: newer(row, "taken")?.unwrap_or(false),
        description: row.get("description")?,
        committed_at_ms: row.get("committed_at_ms")?,
        trade_no: row.get("trade_no")?,
        trade_state: trade_state.as_deref().and_then(TradeState::from_name),
        disposition: named(row, "disposition", "attempt", Disposition::from_name)?,
        code_url: row.get("code_url")?,
        created_at_ms: row.get("created_at_ms")?,
        expires_at_ms: row.get("expires_at_ms")?,
        shown_at_ms: row.get("shown_at_ms")?,
        returns_at_ms: newer::<Option<i64>>(row, "returns_at_ms")?.flatten(),
    })
}

impl View<'_> {
    /// A tender with its attempts.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn tender(&self, tender_no: i64) -> Result<Option<TenderRow>, StoreError> {
        let sql = format!("{TENDER} WHERE t.tender_no = ?1");
        Ok(self.tenders_of(&sql, [tender_no])?.pop())
    }

    /// Tenders of an order in the order they were opened.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn tenders(&self, order_id: &str) -> Result<Vec<TenderRow>, StoreError> {
        self.tenders_of(
            &format!("{TENDER} WHERE t.order_id = ?1 ORDER BY t.tender_no"),
            [order_id],
        )
    }

    /// Tenders that may still get news: live, closing, and since `since_ms` also those given up or closed
    /// without money, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open_tenders(&self, since_ms: i64) -> Result<Vec<TenderRow>, StoreError> {
        self.tenders_of(
            &format!(
                "{TENDER} WHERE (t.state IN ('LIVE', 'CLOSING', 'GIVEN_UP', 'CANCELED') OR t.attention = 1)
                 AND (t.state IN ('LIVE', 'CLOSING') OR t.opened_at_ms >= ?1) ORDER BY t.tender_no"
            ),
            [since_ms],
        )
    }

    /// Code tenders whose result is open or that need a person.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn tenders_in_doubt(&self) -> Result<Vec<TenderRow>, StoreError> {
        self.tenders_of(
            &format!(
                "{TENDER} WHERE (t.state IN ('LIVE', 'CLOSING', 'GIVEN_UP', 'CANCELED') OR t.attention = 1)
                 AND (t.state IN ('LIVE', 'CLOSING') OR t.attention = 1) ORDER BY t.tender_no"
            ),
            [],
        )
    }

    /// Whether digits are one of our own numbers: of an order or a tender here, or one that this till or its
    /// centre can have minted. An order's number off a receipt looks like a payment code.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_own_number(&self, digits: &str, now_ms: i64) -> Result<bool, StoreError> {
        let Ok(number) = digits.parse::<i64>() else {
            return Ok(false);
        };
        let workers = [CENTRE_WORKER, self.worker()?];
        let is_known = || -> Result<bool, StoreError> {
            Ok(self.tender(number)?.is_some() || self.order_by_no(number)?.is_some())
        };
        Ok(is_minted_by(&workers, number, now_ms) || is_known()?)
    }

    /// Tenders that fit a condition, oldest first.
    pub(super) fn tenders_where(&self, condition: &str) -> Result<Vec<TenderRow>, StoreError> {
        self.tenders_of(&format!("{TENDER} WHERE {condition} ORDER BY t.tender_no"), [])
    }

    fn tenders_of(&self, sql: &str, with: impl rusqlite::Params) -> Result<Vec<TenderRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(with)?;
        let mut tenders = Vec::new();
        while let Some(row) = rows.next()? {
            tenders.push(tender(row)?);
        }
        for tender in tenders.iter_mut().filter(|t| t.means != Means::Cash) {
            tender.attempts = self.attempts(tender.tender_no)?;
        }
        Ok(tenders)
    }

    fn attempts(&self, tender_no: i64) -> Result<Vec<AttemptRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT * FROM attempt WHERE tender_no = ?1 ORDER BY committed_at_ms, attempt_key",
        )?;
        let mut rows = statement.query([tender_no])?;
        let mut attempts = Vec::new();
        while let Some(row) = rows.next()? {
            attempts.push(attempt(row)?);
        }
        Ok(attempts)
    }

    /// What an order's tenders add up to.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn coverage(&self, order_id: &str) -> Result<Coverage, StoreError> {
        Ok(coverage(&self.tenders(order_id)?))
    }
}

/// What tenders add up to.
#[must_use]
pub fn coverage(tenders: &[TenderRow]) -> Coverage {
    let sum =
        |counts: fn(&TenderRow) -> bool| tenders.iter().filter(|t| counts(t)).map(|t| t.amount_minor).sum();
    Coverage {
        settled_minor: sum(|tender| tender.state.counts()),
        live_minor: sum(TenderRow::is_reserved),
    }
}

impl WriteTx<'_> {
    /// From now on any version of a view is news, whichever tender it is of: of a settled one too refunds are told.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_view_versions(&mut self) -> Result<(), StoreError> {
        self.conn()
            .execute("UPDATE tender SET view_version = 0 WHERE view_version <> 0", [])?;
        Ok(())
    }

    /// Adds a tender.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn insert_tender(&mut self, tender: &TenderRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO tender (tender_no, order_id, means, state, amount_minor, received_minor,
                 change_minor, replaces, business_day, opened_at_ms, settled_at_ms, trade_no, transaction_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                tender.tender_no,
                tender.order_id,
                tender.means.name(),
                tender.state.name(),
                tender.amount_minor,
                tender.received_minor,
                tender.change_minor,
                tender.replaces,
                tender.business_day.to_string(),
                tender.opened_at_ms,
                tender.settled_at_ms,
                tender.trade_no,
                tender.transaction_id,
            ])?;
        Ok(())
    }

    /// Writes what may change of a tender. Its amount, means and order never do.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn update_tender(&mut self, tender: &TenderRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE tender SET state = ?2, settled_at_ms = ?3, trade_no = ?4, transaction_id = ?5,
                 refused_code = ?6, view_version = ?7, asked_at_ms = ?8, asked_in_vain = ?9,
                 unknown_since_ms = ?10, ask_again_at_ms = ?11, ask_now = ?12, paying = ?13, attention = ?14,
                 next_means = ?15, next_taken = ?16, late_choice = ?17
                 WHERE tender_no = ?1",
            )?
            .execute(params![
                tender.tender_no,
                tender.state.name(),
                tender.settled_at_ms,
                tender.trade_no,
                tender.transaction_id,
                tender.refused_code,
                i64::try_from(tender.view_version).unwrap_or(i64::MAX),
                tender.asked_at_ms,
                tender.asked_in_vain,
                tender.unknown_since_ms,
                tender.ask_again_at_ms,
                tender.ask_now,
                tender.paying,
                tender.attention,
                tender.next.map(|next| next.means.name()),
                tender.next.is_some_and(|next| next.taken),
                tender.late.map(LateWish::name),
            ])?;
        Ok(())
    }

    /// Adds an attempt, or writes anew what the centre says of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_attempt(&mut self, attempt: &AttemptRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO attempt (attempt_key, tender_no, renew, description, committed_at_ms, trade_no,
                 trade_state, disposition, code_url, created_at_ms, expires_at_ms, shown_at_ms, taken,
                 returns_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (attempt_key) DO UPDATE SET trade_no = excluded.trade_no,
                 trade_state = excluded.trade_state, disposition = excluded.disposition,
                 code_url = excluded.code_url, created_at_ms = excluded.created_at_ms,
                 expires_at_ms = excluded.expires_at_ms, shown_at_ms = excluded.shown_at_ms,
                 taken = excluded.taken, returns_at_ms = excluded.returns_at_ms",
            )?
            .execute(params![
                attempt.attempt_key,
                attempt.tender_no,
                attempt.renew,
                attempt.description,
                attempt.committed_at_ms,
                attempt.trade_no,
                attempt.trade_state.map(TradeState::name),
                attempt.disposition.name(),
                attempt.code_url,
                attempt.created_at_ms,
                attempt.expires_at_ms,
                attempt.shown_at_ms,
                attempt.taken,
                attempt.returns_at_ms,
            ])?;
        Ok(())
    }

    /// The broken rule that the simulation must notice: what was waited for is forgotten.
    pub(super) fn forget_waiting(&self) -> Result<(), StoreError> {
        self.conn().execute(
            "UPDATE tender SET state = 'FAILED' WHERE state IN ('LIVE', 'CLOSING')",
            [],
        )?;
        Ok(())
    }

    /// The wish to ask now was carried out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn clear_ask_now(&mut self, tender_no: i64) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE tender SET ask_now = 0 WHERE tender_no = ?1")?
            .execute([tender_no])?;
        Ok(())
    }
}
