//! Rows of `bill_row`: what a platform's bill says of a day, with its fees, and what was found of it in the books.
//!
//! A row stays when the platform later shows another bill of the same day: each reading has rows of its own, and the
//! latest counts.

use suanpan_channels::bill::{BillEntry, BillRow};
use suanpan_domain::money::Fen;
use suanpan_domain::platform::RefundState;

use super::bill_day::DayRow;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A payment.
    Paid,
    /// A refund.
    Returned,
    /// A payment that was reversed.
    Reversed,
    /// What this program has no name for; its word is in suspense with it.
    Unfamiliar,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Kind] = &[Kind::Paid, Kind::Returned, Kind::Reversed, Kind::Unfamiliar];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paid => "PAID",
            Self::Returned => "RETURNED",
            Self::Reversed => "REVERSED",
            Self::Unfamiliar => "UNFAMILIAR",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// What was found of a row in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A trade or refund of ours says the same.
    Matched,
    /// A payment by payment code that was taken back whole, as we had asked: nothing is left of it.
    TakenBack,
    /// The platform is asked what became of ours.
    Asked,
    /// A person decides, or has decided.
    Suspense,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: &'static [Verdict] = &[
        Verdict::Matched,
        Verdict::TakenBack,
        Verdict::Asked,
        Verdict::Suspense,
    ];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matched => "MATCHED",
            Self::TakenBack => "TAKEN_BACK",
            Self::Asked => "ASKED",
            Self::Suspense => "SUSPENSE",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verdict| verdict.name() == name)
    }
}

/// A row whose trade or refund the platform is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRow {
    /// Its place in the bill.
    pub line: i64,
    /// What the bill says.
    pub row: BillRow,
    /// Since when.
    pub asked_at_ms: i64,
}

/// So many rows of one kind with one verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// What they are about.
    pub kind: Kind,
    /// What was found.
    pub verdict: Verdict,
    /// How many.
    pub count: i64,
    /// Their amounts together.
    pub amount_minor: i64,
    /// Their fees together, in thousandths of a fen.
    pub fee_milli: i64,
}

/// The parts of an entry as they are kept.
struct Parts<'a> {
    kind: Kind,
    amount: Fen,
    refund_no: Option<&'a String>,
    refund_id: Option<&'a String>,
    state: Option<RefundState>,
}

fn parts(entry: &BillEntry) -> Parts<'_> {
    let plain = |kind, amount| Parts {
        kind,
        amount,
        refund_no: None,
        refund_id: None,
        state: None,
    };
    match entry {
        BillEntry::Paid { amount } => plain(Kind::Paid, *amount),
        BillEntry::Reversed { amount } => plain(Kind::Reversed, *amount),
        BillEntry::Unfamiliar { amount, .. } => plain(Kind::Unfamiliar, *amount),
        BillEntry::Returned {
            refund_no,
            refund_id,
            amount,
            state,
        } => Parts {
            kind: Kind::Returned,
            amount: *amount,
            refund_no: refund_no.as_ref(),
            refund_id: refund_id.as_ref(),
            state: *state,
        },
    }
}

const STATES: [(RefundState, &str); 4] = [
    (RefundState::Processing, "PROCESSING"),
    (RefundState::Success, "SUCCESS"),
    (RefundState::Closed, "CLOSED"),
    (RefundState::Abnormal, "ABNORMAL"),
];

fn state_name(state: RefundState) -> &'static str {
    let found = STATES.iter().find(|(one, _)| *one == state);
    found.map_or("", |(_, name)| name)
}

fn state_of(name: &str) -> Option<RefundState> {
    STATES
        .iter()
        .find(|(_, one)| *one == name)
        .map(|(state, _)| *state)
}

/// Writes a row of the day's latest reading with what was found, in place of what was found before.
///
/// # Errors
/// [`DbError`].
pub fn put(
    tx: &mut dyn Tx,
    day: &DayRow,
    line: i64,
    row: &BillRow,
    found: (Verdict, Option<i64>),
) -> Result<(), DbError> {
    let parts = parts(&row.entry);
    let (verdict, asked_at_ms) = found;
    tx.execute(
        "INSERT INTO bill_row (enterprise_id, day, reading, line, kind, at_ms, trade_no, transaction_id, refund_no, \
         refund_id, refund_state, amount_minor, fee_milli, verdict, asked_at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
         ON CONFLICT (enterprise_id, day, reading, line) DO UPDATE SET verdict = excluded.verdict, \
         asked_at_ms = excluded.asked_at_ms",
        params![
            day.enterprise_id,
            day.day.to_string(),
            day.reading,
            line,
            parts.kind.name(),
            row.at_ms,
            &row.trade_no,
            &row.transaction_id,
            parts.refund_no.cloned(),
            parts.refund_id.cloned(),
            parts.state.map(state_name),
            parts.amount.minor(),
            row.fee.thousandths_of_fen(),
            verdict.name(),
            asked_at_ms,
        ],
    )?;
    Ok(())
}

/// Whether a payment of a merchant is in the latest reading of any bill.
///
/// # Errors
/// [`DbError`].
pub fn has_payment(tx: &mut dyn Tx, enterprise_id: i64, trade_no: i64) -> Result<bool, DbError> {
    let rows = tx.query(
        "SELECT r.line FROM bill_row r JOIN bill_day d ON d.enterprise_id = r.enterprise_id AND d.day = r.day \
         AND d.reading = r.reading WHERE r.trade_no = ?1 AND r.enterprise_id = ?2 AND r.kind = 'PAID' LIMIT 1",
        params![trade_no.to_string(), enterprise_id],
    )?;
    Ok(!rows.is_empty())
}

/// Whether a refund of a merchant is in the latest reading of any bill.
///
/// # Errors
/// [`DbError`].
pub fn has_refund(tx: &mut dyn Tx, enterprise_id: i64, refund_no: i64) -> Result<bool, DbError> {
    let rows = tx.query(
        "SELECT r.line FROM bill_row r JOIN bill_day d ON d.enterprise_id = r.enterprise_id AND d.day = r.day \
         AND d.reading = r.reading WHERE r.refund_no = ?1 AND r.enterprise_id = ?2 LIMIT 1",
        params![refund_no.to_string(), enterprise_id],
    )?;
    Ok(!rows.is_empty())
}

/// Rows of the day's latest reading that are asked about, from a place in the bill on.
///
/// # Errors
/// [`DbError`].
pub fn asked(tx: &mut dyn Tx, day: &DayRow, after: i64, limit: i64) -> Result<Vec<AskedRow>, DbError> {
    tx.query(
        "SELECT line, kind, at_ms, trade_no, transaction_id, refund_no, refund_id, refund_state, amount_minor, \
         fee_milli, asked_at_ms FROM bill_row WHERE enterprise_id = ?1 AND day = ?2 AND reading = ?3 \
         AND asked_at_ms IS NOT NULL AND line > ?4 ORDER BY line LIMIT ?5",
        params![
            day.enterprise_id,
            day.day.to_string(),
            day.reading,
            after,
            limit
        ],
    )?
    .iter()
    .map(read_asked)
    .collect()
}

fn read_asked(row: &Row) -> Result<AskedRow, DbError> {
    let amount = Fen::new(row.int(8)?);
    let entry = match row.named(1, Kind::from_name)? {
        Kind::Paid => BillEntry::Paid { amount },
        Kind::Reversed => BillEntry::Reversed { amount },
        Kind::Returned => BillEntry::Returned {
            refund_no: row.opt_text(5)?,
            refund_id: row.opt_text(6)?,
            amount,
            state: row.opt_text(7)?.as_deref().and_then(state_of),
        },
        // Nobody is asked about it, so no such row comes here; its word is not kept in this table.
        Kind::Unfamiliar => BillEntry::Unfamiliar {
            word: String::new(),
            amount,
        },
    };
    Ok(AskedRow {
        line: row.int(0)?,
        row: BillRow {
            at_ms: row.int(2)?,
            trade_no: row.text(3)?,
            transaction_id: row.text(4)?,
            entry,
            fee: suanpan_channels::bill::Fee::of_thousandths(row.int(9)?),
        },
        asked_at_ms: row.int(10)?,
    })
}

/// What the day's latest reading comes to, by kind and verdict.
///
/// # Errors
/// [`DbError`].
pub fn sums(tx: &mut dyn Tx, day: &DayRow) -> Result<Vec<Sum>, DbError> {
    tx.query(
        "SELECT kind, verdict, COUNT(*), CAST(SUM(amount_minor) AS BIGINT), CAST(SUM(fee_milli) AS BIGINT) \
         FROM bill_row WHERE enterprise_id = ?1 AND day = ?2 AND reading = ?3 GROUP BY kind, verdict \
         ORDER BY kind, verdict",
        params![day.enterprise_id, day.day.to_string(), day.reading],
    )?
    .iter()
    .map(|row| {
        Ok(Sum {
            kind: row.named(0, Kind::from_name)?,
            verdict: row.named(1, Verdict::from_name)?,
            count: row.int(2)?,
            amount_minor: row.int(3)?,
            fee_milli: row.int(4)?,
        })
    })
    .collect()
}
