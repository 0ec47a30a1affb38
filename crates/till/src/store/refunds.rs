//! Refunds and late money: reading and writing rows. What they mean is decided in `crate::sale`.

use rusqlite::{Row, params};
use suanpan_domain::refund::RefundState;
use suanpan_domain::tender::Means;
use suanpan_wire::refund::RefundReason;

use super::error::StoreError;
use super::rows::TenderRow;
use super::tx::WriteTx;
use super::view::{View, named};

/// Why money goes back: what a person said, or the centre's own reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundWhy {
    /// Asked for at this till.
    Asked(RefundReason),
    /// Paid twice.
    Duplicate,
    /// Paid after closing.
    Late,
    /// Cash was taken instead.
    GivenUp,
    /// For an amount its order does not have any more.
    Superseded,
}

impl RefundWhy {
    const ALL: &'static [Self] = &[
        Self::Asked(RefundReason::Goods),
        Self::Asked(RefundReason::Mistake),
        Self::Asked(RefundReason::Spoilt),
        Self::Asked(RefundReason::Other),
        Self::Asked(RefundReason::Elsewhere),
        Self::Duplicate,
        Self::Late,
        Self::GivenUp,
        Self::Superseded,
    ];

    /// Name in the database; the centre's reasons have their names on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked(RefundReason::Goods) => "GOODS",
            Self::Asked(RefundReason::Mistake) => "MISTAKE",
            Self::Asked(RefundReason::Spoilt) => "SPOILT",
            Self::Asked(RefundReason::Other) => "OTHER",
            Self::Asked(RefundReason::Elsewhere) => "ELSEWHERE",
            Self::Duplicate => "DUPLICATE",
            Self::Late => "LATE",
            Self::GivenUp => "GIVEN_UP",
            Self::Superseded => "SUPERSEDED",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|why| why.name() == name)
    }
}

/// What a person wants done with late money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateWish {
    /// It counts for its order.
    Accept,
    /// It goes back at once.
    ReturnNow,
}

impl LateWish {
    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::ReturnNow => "RETURN_NOW",
        }
    }

    /// The wish of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Accept, Self::ReturnNow]
            .into_iter()
            .find(|wish| wish.name() == name)
    }
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// 63-bit number.
    pub refund_no: i64,
    /// Its order's id.
    pub order_id: String,
    /// Tender it is drawn from.
    pub tender_no: i64,
    /// Trade it is drawn from, where the centre has said it.
    pub trade_no: Option<String>,
    /// By what it goes back.
    pub means: Means,
    /// How much, above zero.
    pub amount_minor: i64,
    /// State.
    pub state: RefundState,
    /// Why.
    pub why: RefundWhy,
    /// In words, perhaps empty.
    pub note: String,
    /// Who asked; empty where nobody at this till did.
    pub requested_by: String,
    /// Who approved; likewise.
    pub approved_by: String,
    /// Whether its money had counted as taken.
    pub counts: bool,
    /// The shift it was asked for in.
    pub shift_id: Option<String>,
    /// When it was asked for, or first heard of.
    pub asked_at_ms: i64,
    /// When it ended.
    pub ended_at_ms: Option<i64>,
    /// Whether the centre has answered about it.
    pub told: bool,
    /// Whether a person must act.
    pub attention: bool,
    /// Whether a person has looked at it as it stands.
    pub seen: bool,
    /// Why it was refused for good.
    pub refused_code: Option<String>,
}

impl RefundRow {
    /// A refund of a settled tender as it is first wanted, by nobody yet. Cash is back with the wish, anything else
    /// goes out.
    #[must_use]
    pub fn wanted(
        refund_no: i64,
        tender: &TenderRow,
        amount_minor: i64,
        reason: RefundReason,
        at_ms: i64,
    ) -> Self {
        let is_cash = tender.means == Means::Cash;
        Self {
            refund_no,
            order_id: tender.order_id.clone(),
            tender_no: tender.tender_no,
            trade_no: tender.trade_no.clone(),
            means: tender.means,
            amount_minor,
            state: if is_cash {
                RefundState::Success
            } else {
                RefundState::Apply
            },
            why: RefundWhy::Asked(reason),
            note: String::new(),
            requested_by: String::new(),
            approved_by: String::new(),
            counts: true,
            shift_id: None,
            asked_at_ms: at_ms,
            ended_at_ms: is_cash.then_some(at_ms),
            told: false,
            attention: false,
            seen: false,
            refused_code: None,
        }
    }

    /// Whether it was asked for at this till, so that the till sends it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        !self.requested_by.is_empty()
    }

    /// Whether the centre had told of it and has forgotten it since: nobody asks about it any more.
    #[must_use]
    pub fn is_forgotten(&self) -> bool {
        self.is_open() && !self.is_own() && !self.told
    }

    /// Whether its end is not known yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self.state {
            RefundState::Apply | RefundState::Sending => true,
            RefundState::Success | RefundState::Fail => false,
        }
    }

    /// Whether it takes from what can still go back of its tender.
    #[must_use]
    pub const fn is_reserved(&self) -> bool {
        self.counts && self.state.is_reserved()
    }
}

fn refund(row: &Row<'_>) -> Result<RefundRow, StoreError> {
    Ok(RefundRow {
        refund_no: row.get("refund_no")?,
        order_id: row.get("order_id")?,
        tender_no: row.get("tender_no")?,
        trade_no: row.get("trade_no")?,
        means: named(row, "means", "refund", Means::from_name)?,
        amount_minor: row.get("amount_minor")?,
        state: named(row, "state", "refund", RefundState::from_name)?,
        why: named(row, "why", "refund", RefundWhy::from_name)?,
        note: row.get("note")?,
        requested_by: row.get("requested_by")?,
        approved_by: row.get("approved_by")?,
        counts: row.get("counts")?,
        shift_id: row.get("shift_id")?,
        asked_at_ms: row.get("asked_at_ms")?,
        ended_at_ms: row.get("ended_at_ms")?,
        told: row.get("told")?,
        attention: row.get("attention")?,
        seen: row.get("seen")?,
        refused_code: row.get("refused_code")?,
    })
}

impl View<'_> {
    fn refunds_of(&self, sql: &str, with: impl rusqlite::Params) -> Result<Vec<RefundRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(with)?;
        let mut refunds = Vec::new();
        while let Some(row) = rows.next()? {
            refunds.push(refund(row)?);
        }
        Ok(refunds)
    }

    /// A refund by its number.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refund(&self, refund_no: i64) -> Result<Option<RefundRow>, StoreError> {
        let sql = "SELECT * FROM refund WHERE refund_no = ?1";
        Ok(self.refunds_of(sql, [refund_no])?.pop())
    }

    /// Refunds of an order in the order they were asked for.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn refunds(&self, order_id: &str) -> Result<Vec<RefundRow>, StoreError> {
        self.refunds_of(
            "SELECT * FROM refund WHERE order_id = ?1 ORDER BY refund_no",
            [order_id],
        )
    }

    /// Refunds whose end is not known, or that a person has to look at, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn refunds_under_way(&self) -> Result<Vec<RefundRow>, StoreError> {
        self.refunds_of(
            "SELECT * FROM refund WHERE state IN ('APPLY', 'SENDING') OR (attention = 1 AND seen = 0)
             ORDER BY refund_no",
            [],
        )
    }

    /// Tenders with money that came after closing and that nobody has decided on, oldest first: the centre says until
    /// when that waits, and no more once it is decided.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn tenders_with_late_money(&self) -> Result<Vec<TenderRow>, StoreError> {
        self.tenders_where(
            "t.tender_no IN (SELECT a.tender_no FROM attempt a WHERE a.disposition = 'LATE'
             AND a.returns_at_ms IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM refund r WHERE r.tender_no = a.tender_no AND r.trade_no = a.trade_no))",
        )
    }

    /// Tenders whose late money a person has decided on, until the centre has answered.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn tenders_with_late_wish(&self) -> Result<Vec<TenderRow>, StoreError> {
        self.tenders_where("t.late_choice IS NOT NULL")
    }
}

impl WriteTx<'_> {
    /// Adds a refund.
    ///
    /// # Errors
    /// When it cannot be written, or the number was given before.
    pub fn insert_refund(&mut self, refund: &RefundRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO refund (refund_no, order_id, tender_no, trade_no, means, amount_minor, state, why,
                 note, requested_by, approved_by, counts, shift_id, asked_at_ms, ended_at_ms, told, attention,
                 seen, refused_code)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            )?
            .execute(params![
                refund.refund_no,
                refund.order_id,
                refund.tender_no,
                refund.trade_no,
                refund.means.name(),
                refund.amount_minor,
                refund.state.name(),
                refund.why.name(),
                refund.note,
                refund.requested_by,
                refund.approved_by,
                refund.counts,
                refund.shift_id,
                refund.asked_at_ms,
                refund.ended_at_ms,
                refund.told,
                refund.attention,
                refund.seen,
                refund.refused_code,
            ])?;
        Ok(())
    }

    /// Writes what may change of a refund. Its amount, tender and names never do.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn update_refund(&mut self, refund: &RefundRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE refund SET trade_no = ?2, state = ?3, ended_at_ms = ?4, told = ?5, attention = ?6,
                 seen = ?7, refused_code = ?8 WHERE refund_no = ?1",
            )?
            .execute(params![
                refund.refund_no,
                refund.trade_no,
                refund.state.name(),
                refund.ended_at_ms,
                refund.told,
                refund.attention,
                refund.seen,
                refund.refused_code,
            ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_and_wish_has_a_name_of_its_own() {
        for why in RefundWhy::ALL {
            assert_eq!(RefundWhy::from_name(why.name()), Some(*why));
        }
        for wish in [LateWish::Accept, LateWish::ReturnNow] {
            assert_eq!(LateWish::from_name(wish.name()), Some(wish));
        }
    }
}
