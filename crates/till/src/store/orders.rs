//! Orders, their lines, and the undo stack of each.

use rusqlite::{OptionalExtension, Row, params};
use suanpan_domain::order::OrderState;
use suanpan_domain::quantity::Unit;
use suanpan_domain::time::BusinessDay;

use super::error::StoreError;
use super::rows::{LineRow, OrderRow};
use super::tx::WriteTx;
use super::view::{InOrder, View, small, unsigned};

/// What an undo takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoRow {
    /// Its place on the stack.
    pub undo_id: i64,
    /// Name of the contract's `UndoCode`.
    pub code: String,
    /// Line concerned.
    pub line_id: String,
    /// Article's name.
    pub name: String,
    /// The line as it was; nothing when it was added.
    pub line_before: Option<LineRow>,
    /// When.
    pub at_ms: i64,
}

/// The numbers an order gets when collecting begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// 63-bit number.
    pub order_no: i64,
    /// Number a person reads.
    pub short_no: String,
    /// Epoch it was minted in.
    pub epoch: u32,
    /// Running number of the day.
    pub running: u32,
    /// Day it was minted on.
    pub day: BusinessDay,
}

/// The columns of an order, in the order [`order`] reads them.
macro_rules! select_order {
    ($rest:literal) => {
        concat!(
            "SELECT order_id, state, order_no, short_no, shift_id, cashier, member_id, changed_at_ms, \
             completed_at_ms, pieces, original_minor, discount_minor, rounding_minor, total_minor, \
             change_minor, next_line, giving_up, receipts, last_epoch, last_seq FROM orders ",
            $rest
        )
    };
}

fn order(row: &Row<'_>) -> Result<OrderRow, StoreError> {
    let mut row = InOrder::new(row);
    Ok(OrderRow {
        order_id: row.take()?,
        state: row.take_named("orders", OrderState::from_name)?,
        order_no: row.take()?,
        short_no: row.take()?,
        shift_id: row.take()?,
        cashier: row.take()?,
        member_id: row.take()?,
        changed_at_ms: row.take()?,
        completed_at_ms: row.take()?,
        pieces: row.take()?,
        original_minor: row.take()?,
        discount_minor: row.take()?,
        rounding_minor: row.take()?,
        total_minor: row.take()?,
        change_minor: row.take()?,
        next_line: row.take()?,
        giving_up: row.take()?,
        receipts: small(row.take()?),
        last_entry: (small(row.take()?), unsigned(row.take()?)),
    })
}

fn line(row: &Row<'_>) -> Result<LineRow, StoreError> {
    let mut row = InOrder::new(row);
    Ok(LineRow {
        line_id: row.take()?,
        position: row.take()?,
        article_id: row.take()?,
        catalogue_version: row.take()?,
        name: row.take()?,
        name_en: row.take()?,
        size: row.take()?,
        code: row.take()?,
        unit: row.take_named("order_line", Unit::from_name)?,
        price_minor: row.take()?,
        price_by_hand: row.take()?,
        charged_percent: row.take()?,
        quantity_milli: row.take()?,
        discount_minor: row.take()?,
        amount_minor: row.take()?,
        net_minor: row.take()?,
    })
}

impl View<'_> {
    /// An order by its id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn order(&self, order_id: &str) -> Result<Option<OrderRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select_order!("WHERE order_id = ?1"))?;
        let mut rows = statement.query([order_id])?;
        rows.next()?.map(order).transpose()
    }

    /// An order by its number.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn order_by_no(&self, order_no: i64) -> Result<Option<OrderRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select_order!("WHERE order_no = ?1"))?;
        let mut rows = statement.query([order_no])?;
        rows.next()?.map(order).transpose()
    }

    /// Orders put aside (on hold or to be confirmed), oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn orders_aside(&self) -> Result<Vec<OrderRow>, StoreError> {
        self.orders_of(
            select_order!("WHERE state IN ('HELD', 'TO_CONFIRM') ORDER BY changed_at_ms, order_id"),
            [],
        )
    }

    pub(super) fn orders_of(
        &self,
        sql: &str,
        with: impl rusqlite::Params,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(with)?;
        let mut orders = Vec::new();
        while let Some(row) = rows.next()? {
            orders.push(order(row)?);
        }
        Ok(orders)
    }

    /// Numbered orders whose short number contains the text, whose total is the amount, or of which one
    /// tender carries the text as the platform's or our own number; newest first. An empty text lists the
    /// newest.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn find_orders(
        &self,
        text: &str,
        amount_minor: Option<i64>,
        limit: usize,
    ) -> Result<Vec<OrderRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        if text.is_empty() {
            return self.orders_of(
                select_order!("WHERE short_no IS NOT NULL ORDER BY changed_at_ms DESC LIMIT ?1"),
                [limit],
            );
        }
        let number: Option<i64> = text.parse().ok();
        let part = format!("%{}%", text.replace(['%', '_'], ""));
        self.orders_of(
            select_order!(
                "WHERE short_no IS NOT NULL AND (
                 order_id IN (SELECT order_id FROM orders WHERE short_no IS NOT NULL AND total_minor = ?2
                              ORDER BY changed_at_ms DESC LIMIT ?4)
                 OR order_no = ?3
                 OR order_id IN (SELECT order_id FROM tender WHERE transaction_id = ?5 OR trade_no = ?5
                                 OR tender_no = ?3)
                 OR order_id IN (SELECT order_id FROM attempt JOIN tender USING (tender_no)
                                 WHERE attempt.trade_no = ?5)
                 OR order_id IN (SELECT order_id FROM orders WHERE short_no LIKE ?1
                                 ORDER BY changed_at_ms DESC LIMIT ?4))
             ORDER BY changed_at_ms DESC LIMIT ?4"
            ),
            params![part, amount_minor, number, limit, text],
        )
    }

    /// Lines of an order, in the order they were rung up.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn lines(&self, order_id: &str) -> Result<Vec<LineRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT line_id, position, article_id, catalogue_version, name, name_en, size, code, unit,
             price_minor, price_by_hand, charged_percent, quantity_milli, discount_minor, amount_minor,
             net_minor FROM order_line WHERE order_id = ?1",
        )?;
        let mut rows = statement.query([order_id])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            lines.push(line(row)?);
        }
        lines.sort_by_key(|line| line.position);
        Ok(lines)
    }

    /// The top of an order's undo stack.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn undo_top(&self, order_id: &str) -> Result<Option<UndoRow>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT undo_id, code, line_id, name, line_before, at_ms FROM undo
                 WHERE order_id = ?1 ORDER BY undo_id DESC LIMIT 1",
            )?
            .query_row([order_id], |row| {
                let before: Option<String> = row.get(4)?;
                let top = UndoRow {
                    undo_id: row.get(0)?,
                    code: row.get(1)?,
                    line_id: row.get(2)?,
                    name: row.get(3)?,
                    line_before: None,
                    at_ms: row.get(5)?,
                };
                Ok((top, before))
            })
            .optional()?;
        let Some((mut top, before)) = found else {
            return Ok(None);
        };
        top.line_before = before.map(|text| serde_json::from_str(&text)).transpose()?;
        Ok(Some(top))
    }
}

impl WriteTx<'_> {
    /// Adds an order that is being rung up.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn insert_order(&mut self, order_id: &str, cashier: &str) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO orders (order_id, state, cashier, opened_at_ms, changed_at_ms)
                 VALUES (?1, 'OPEN', ?2, ?3, ?3)",
            )?
            .execute(params![order_id, cashier, self.at_ms()])?;
        Ok(())
    }

    /// Writes what may change of an order: state, shift, sums, change, counters. Numbers have a method of their own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn update_order(&mut self, order: &OrderRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE orders SET state = ?2, changed_at_ms = ?3, completed_at_ms = ?4, pieces = ?5,
                 original_minor = ?6, discount_minor = ?7, rounding_minor = ?8, total_minor = ?9,
                 change_minor = ?10, next_line = ?11, giving_up = ?12, receipts = ?13, hour = ?14,
                 shift_id = ?15
                 WHERE order_id = ?1",
            )?
            .execute(params![
                order.order_id,
                order.state.name(),
                order.changed_at_ms,
                order.completed_at_ms,
                order.pieces,
                order.original_minor,
                order.discount_minor,
                order.rounding_minor,
                order.total_minor,
                order.change_minor,
                order.next_line,
                order.giving_up,
                order.receipts,
                order.completed_at_ms.map(|at| self.moment.time.hour(at)),
                order.shift_id,
            ])?;
        Ok(())
    }

    /// Keeps the shift of the money that completed an order. Nothing reads it but the shift's own figures:
    /// an order itself is looked at before older files have the column.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_completed_in(&mut self, order_id: &str, shift_id: &str) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE orders SET completed_in = ?2 WHERE order_id = ?1")?
            .execute([order_id, shift_id])?;
        Ok(())
    }

    /// Gives an order its numbers, once.
    ///
    /// # Errors
    /// When it cannot be written or the numbers exist.
    pub fn number_order(&mut self, order_id: &str, numbers: &Numbers) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE orders SET order_no = ?2, short_no = ?3, epoch = ?4, running = ?5, business_day = ?6
                 WHERE order_id = ?1",
            )?
            .execute(params![
                order_id,
                numbers.order_no,
                numbers.short_no,
                numbers.epoch,
                numbers.running,
                numbers.day.to_string(),
            ])?;
        Ok(())
    }

    /// Gives an order back the numbers a journal entry says it had. Running numbers of another epoch are not
    /// counted here.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn number_as_said(&mut self, said: &suanpan_wire::entry::OrderSaid) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE orders SET order_no = ?2, short_no = ?3 WHERE order_id = ?1")?
            .execute(params![
                said.order_id,
                said.order_no.parse::<i64>().unwrap_or(0),
                said.short_no
            ])?;
        Ok(())
    }

    /// Adds a line, or writes the one of that id anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_line(&mut self, order_id: &str, line: &LineRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT OR REPLACE INTO order_line (order_id, line_id, position, article_id, catalogue_version,
                 name, name_en, size, code, unit, price_minor, price_by_hand, charged_percent, quantity_milli,
                 discount_minor, amount_minor, net_minor)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            )?
            .execute(params![
                order_id,
                line.line_id,
                line.position,
                line.article_id,
                line.catalogue_version,
                line.name,
                line.name_en,
                line.size,
                line.code,
                line.unit.name(),
                line.price_minor,
                line.price_by_hand,
                line.charged_percent,
                line.quantity_milli,
                line.discount_minor,
                line.amount_minor,
                line.net_minor,
            ])?;
        Ok(())
    }

    /// Takes a line out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn delete_line(&mut self, order_id: &str, line_id: &str) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("DELETE FROM order_line WHERE order_id = ?1 AND line_id = ?2")?
            .execute([order_id, line_id])?;
        Ok(())
    }

    /// Puts a change on an order's undo stack.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push_undo(
        &mut self,
        order_id: &str,
        code: &str,
        line: &LineRow,
        before: Option<&LineRow>,
    ) -> Result<(), StoreError> {
        let before = before.map(serde_json::to_string).transpose()?;
        self.conn()
            .prepare_cached(
                "INSERT INTO undo (order_id, code, line_id, name, line_before, at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                order_id,
                code,
                line.line_id,
                line.name,
                before,
                self.at_ms()
            ])?;
        Ok(())
    }

    /// Takes one change off the stack.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn drop_undo(&mut self, undo_id: i64) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("DELETE FROM undo WHERE undo_id = ?1")?
            .execute([undo_id])?;
        Ok(())
    }

    /// Forgets an order's undo stack.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn clear_undo(&mut self, order_id: &str) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("DELETE FROM undo WHERE order_id = ?1")?
            .execute([order_id])?;
        Ok(())
    }
}
