//! Shifts, and what is moved and counted in them. The money facts that are theirs are read in `drawer`.
//!
//! What the figures mean is the domain's; which shift a fact belongs to is decided where it is booked.

use rusqlite::{OptionalExtension, Row, params};
use suanpan_domain::shift::ShiftState;
use suanpan_domain::time::{BusinessDay, ShopTime};
use suanpan_wire::shift::{CashWay, ClosedSaid, MoveSaid, OpenedSaid, PiecesSaid};

use super::error::StoreError;
use super::tx::WriteTx;
use super::view::{View, named};

/// A shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftRow {
    /// State.
    pub state: ShiftState,
    /// How it began.
    pub opened: OpenedSaid,
    /// Epoch of the entry it was last opened or closed by.
    pub last_epoch: u32,
    /// The frozen figures of a closed one.
    pub closed: Option<ClosedSaid>,
}

const SHIFT: &str = "SELECT shift_id, state, business_day, cashier, opened_at_ms, float_minor,
    suggested_minor, last_epoch, closed FROM shift";

fn shift(row: &Row<'_>) -> Result<ShiftRow, StoreError> {
    let closed: Option<String> = row.get("closed")?;
    Ok(ShiftRow {
        state: named(row, "state", "shift", ShiftState::from_name)?,
        opened: OpenedSaid {
            shift_id: row.get("shift_id")?,
            business_day: row.get("business_day")?,
            cashier: row.get("cashier")?,
            opened_at_ms: row.get("opened_at_ms")?,
            float_minor: row.get("float_minor")?,
            suggested_float_minor: row.get("suggested_minor")?,
        },
        last_epoch: row.get("last_epoch")?,
        closed: closed.map(|text| serde_json::from_str(&text)).transpose()?,
    })
}

const fn way_name(way: CashWay) -> &'static str {
    match way {
        CashWay::In => "IN",
        CashWay::Out => "OUT",
    }
}

impl View<'_> {
    /// The open shift.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open_shift(&self) -> Result<Option<ShiftRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!("{SHIFT} WHERE state = 'OPEN'"))?;
        let mut rows = statement.query([])?;
        rows.next()?.map(shift).transpose()
    }

    /// Id and day of the open shift: what every sale asks.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open_shift_day(&self) -> Result<Option<(String, BusinessDay)>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT shift_id, business_day FROM shift WHERE state = 'OPEN'")?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let day = named(row, "business_day", "shift", BusinessDay::parse)?;
        Ok(Some((row.get("shift_id")?, day)))
    }

    /// The business day of now: the open shift's, else that of the shop's clock.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn business_day(&self, time: ShopTime, at_ms: i64) -> Result<BusinessDay, StoreError> {
        let open = self.open_shift_day()?;
        Ok(open.map_or_else(|| time.business_day(at_ms), |(_, day)| day))
    }

    /// A shift by its id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn shift(&self, shift_id: &str) -> Result<Option<ShiftRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!("{SHIFT} WHERE shift_id = ?1"))?;
        let mut rows = statement.query([shift_id])?;
        rows.next()?.map(shift).transpose()
    }

    /// Closed shifts, the last closed first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn closed_shifts(&self, limit: u16) -> Result<Vec<ClosedSaid>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT closed FROM shift WHERE state = 'CLOSED' ORDER BY closed_at_ms DESC, turn DESC LIMIT ?1",
        )?;
        let texts = statement.query_map([limit], |row| row.get::<_, String>(0))?;
        texts
            .map(|text| Ok(serde_json::from_str(&text?)?))
            .collect::<Result<_, StoreError>>()
    }

    /// What the last close left in the drawer; 0 before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn left_in_drawer(&self) -> Result<i64, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT left_minor FROM shift WHERE state = 'CLOSED' ORDER BY closed_at_ms DESC, turn DESC LIMIT 1",
            )?
            .query_row([], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }

    /// The newest epoch in which a shift was opened or closed; 0 before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_shift_epoch(&self) -> Result<u32, StoreError> {
        let epoch: Option<u32> = self
            .conn
            .prepare_cached("SELECT MAX(last_epoch) FROM shift")?
            .query_row([], |row| row.get(0))?;
        Ok(epoch.unwrap_or(0))
    }

    /// The business day of the shift that was open at a moment, as far as it is known here.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn shift_day_at(&self, at_ms: i64) -> Result<Option<BusinessDay>, StoreError> {
        let day: Option<String> = self
            .conn
            .prepare_cached(
                "SELECT business_day FROM shift
                 WHERE opened_at_ms <= ?1 AND COALESCE(closed_at_ms > ?1, state = 'OPEN')
                 ORDER BY turn DESC LIMIT 1",
            )?
            .query_row([at_ms], |row| row.get(0))
            .optional()?;
        Ok(day.as_deref().and_then(BusinessDay::parse))
    }

    /// Movements of cash in a shift, in the order they were written.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn cash_moves(&self, shift_id: &str) -> Result<Vec<MoveSaid>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT moved FROM cash_move WHERE shift_id = ?1 ORDER BY turn")?;
        let texts = statement.query_map([shift_id], |row| row.get::<_, String>(0))?;
        texts
            .map(|text| Ok(serde_json::from_str(&text?)?))
            .collect::<Result<_, StoreError>>()
    }

    /// Whether a movement is here.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn has_cash_move(&self, said: &MoveSaid) -> Result<bool, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT 1 FROM cash_move WHERE move_id = ?1 AND amount_minor = ?2 AND way = ?3")?
            .exists(params![said.move_id, said.amount_minor, way_name(said.way)])?)
    }

    /// The count of a shift so far, the largest kind first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cash_count(&self, shift_id: &str) -> Result<Vec<PiecesSaid>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT denomination_minor, pieces FROM cash_count WHERE shift_id = ?1
             ORDER BY denomination_minor DESC",
        )?;
        let rows = statement.query_map([shift_id], |row| {
            Ok(PiecesSaid {
                denomination_minor: row.get(0)?,
                pieces: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTx<'_> {
    /// Adds a shift, in a state without figures.
    ///
    /// # Errors
    /// When it cannot be written, or another one is open.
    pub fn insert_shift(
        &mut self,
        opened: &OpenedSaid,
        state: ShiftState,
        epoch: u32,
    ) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO shift (shift_id, state, business_day, cashier, opened_at_ms, float_minor,
                 suggested_minor, last_epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                opened.shift_id,
                state.name(),
                opened.business_day,
                opened.cashier,
                opened.opened_at_ms,
                opened.float_minor,
                opened.suggested_float_minor,
                epoch,
            ])?;
        Ok(())
    }

    /// Freezes a shift's figures, and lets its count go. What was booked on it in a later epoch than this
    /// close is beside them.
    ///
    /// # Errors
    /// When it cannot be written, or it is closed already.
    pub fn freeze_shift(&mut self, closed: &ClosedSaid, epoch: u32) -> Result<(), StoreError> {
        let shift_id = &closed.opened.shift_id;
        self.conn()
            .prepare_cached(
                "UPDATE shift SET state = 'CLOSED', closed_at_ms = ?2, expected_minor = ?3, counted_minor = ?4,
                 left_minor = ?5, last_epoch = ?6, closed = ?7 WHERE shift_id = ?1",
            )?
            .execute(params![
                shift_id,
                closed.closed_at_ms,
                closed.expected_minor,
                closed.counted_minor,
                closed.left_minor,
                epoch,
                serde_json::to_string(closed)?,
            ])?;
        self.set_cash_count(shift_id, &[])
    }

    /// Marks what the journal tells after `epoch` of a shift's money as beside its frozen figures: a till
    /// that was restored from a copy went on with a shift that had been closed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn amend_since(&mut self, shift_id: &str, epoch: u32) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE money_fact SET amends = 1 WHERE shift_id = ?1 AND EXISTS (
                 SELECT 1 FROM journal j WHERE j.order_id = money_fact.order_id AND j.epoch > ?2
                 AND (j.kind = 'tender_settled' AND money_fact.refund_no IS NULL
                 AND j.payload ->> '$.tender.tender_no' = CAST(money_fact.tender_no AS TEXT)
                 OR j.kind = 'refund_returned'
                 AND j.payload ->> '$.refund.refund_no' = CAST(money_fact.refund_no AS TEXT)))",
            )?
            .execute(params![shift_id, epoch])?;
        Ok(())
    }

    /// Keeps a movement of cash.
    ///
    /// # Errors
    /// When it cannot be written, or it is here.
    pub fn insert_cash_move(&mut self, shift_id: &str, said: &MoveSaid) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO cash_move (move_id, shift_id, at_ms, way, amount_minor, moved, approved_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                said.move_id,
                shift_id,
                said.at_ms,
                way_name(said.way),
                said.amount_minor,
                serde_json::to_string(said)?,
                said.approved_by,
            ])?;
        Ok(())
    }

    /// Keeps the count of a shift, whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_cash_count(&mut self, shift_id: &str, counted: &[PiecesSaid]) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("DELETE FROM cash_count WHERE shift_id = ?1")?
            .execute([shift_id])?;
        for kind in counted {
            self.conn()
                .prepare_cached(
                    "INSERT INTO cash_count (shift_id, denomination_minor, pieces) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![shift_id, kind.denomination_minor, kind.pieces])?;
        }
        Ok(())
    }
}
