//! Rows of `suspense`: money or words of a platform that fit nothing here. A person decides.

use crate::db::{DbError, Row, Tx};
use crate::ledger::Ledger;
use crate::params;

/// Why something is in suspense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspenseKind {
    /// A verified notice about a trade that is not ours (any more).
    UnknownTrade,
    /// A verified notice about a refund that is not ours (any more).
    UnknownRefund,
    /// Paid with another amount, merchant or application.
    Mismatch,
    /// A refund of another amount or trade than asked for.
    RefundMismatch,
    /// More has gone back than was taken.
    OverRefunded,
    /// First heard of when it was on its way back already.
    ReturnedUnheard,
    /// A bill has a payment of ours that the platform does not confirm when it is asked.
    BillOnly,
    /// A payment of ours is in no bill.
    NotBilled,
    /// A refund of ours that has succeeded is in no bill.
    RefundNotBilled,
    /// A row of a bill is about something that this program has no name for.
    UnknownRow,
}

impl SuspenseKind {
    /// Every kind.
    pub const ALL: &'static [SuspenseKind] = &[
        SuspenseKind::UnknownTrade,
        SuspenseKind::UnknownRefund,
        SuspenseKind::Mismatch,
        SuspenseKind::RefundMismatch,
        SuspenseKind::OverRefunded,
        SuspenseKind::ReturnedUnheard,
        SuspenseKind::BillOnly,
        SuspenseKind::NotBilled,
        SuspenseKind::RefundNotBilled,
        SuspenseKind::UnknownRow,
    ];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownTrade => "UNKNOWN_TRADE",
            Self::UnknownRefund => "UNKNOWN_REFUND",
            Self::Mismatch => "MISMATCH",
            Self::RefundMismatch => "REFUND_MISMATCH",
            Self::OverRefunded => "OVER_REFUNDED",
            Self::ReturnedUnheard => "RETURNED_UNHEARD",
            Self::BillOnly => "BILL_ONLY",
            Self::NotBilled => "NOT_BILLED",
            Self::RefundNotBilled => "REFUND_NOT_BILLED",
            Self::UnknownRow => "UNKNOWN_ROW",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// What is put in suspense.
#[derive(Clone, Debug)]
pub struct Suspended<'a> {
    /// Why.
    pub kind: SuspenseKind,
    /// Merchant.
    pub enterprise_id: i64,
    /// Number the platform names.
    pub trade_no: &'a str,
    /// Tells repeats of one fact from another fact.
    pub reference: String,
    /// Amount, where one is named.
    pub amount_minor: Option<i64>,
    /// For the person who decides.
    pub detail: String,
}

/// One open or resolved row, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspenseRow {
    /// Its id.
    pub suspense_id: i64,
    /// Why it is in suspense.
    pub kind: SuspenseKind,
    /// Number the platform names.
    pub trade_no: String,
    /// Merchant.
    pub enterprise_id: i64,
    /// Amount, where one is named.
    pub amount_minor: Option<i64>,
    /// For the person who decides.
    pub detail: String,
    /// When.
    pub at_ms: i64,
    /// Who has decided on it, and what.
    pub decided: Option<(String, String)>,
}

const COLUMNS: &str = "suspense_id, kind, trade_no, enterprise_id, amount_minor, detail, at_ms, resolved_by, \
    resolution";

/// Stores it once; whether it was new.
///
/// # Errors
/// [`DbError`].
pub fn put(ledger: &mut Ledger<'_>, suspended: &Suspended<'_>) -> Result<bool, DbError> {
    let suspense_id = ledger.mint()?;
    let now_ms = ledger.now_ms;
    let changed = ledger.execute(
        "INSERT INTO suspense (suspense_id, kind, reference, enterprise_id, trade_no, amount_minor, detail, \
         at_ms, resolved_at_ms, resolved_by, resolution) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, NULL, \
         NULL) ON CONFLICT (kind, reference) DO NOTHING",
        params![
            suspense_id,
            suspended.kind.name(),
            &suspended.reference,
            suspended.enterprise_id,
            suspended.trade_no,
            suspended.amount_minor,
            &suspended.detail,
            now_ms,
        ],
    )?;
    Ok(changed > 0)
}

fn read(row: &Row) -> Result<SuspenseRow, DbError> {
    let decided = match (row.opt_text(7)?, row.opt_text(8)?) {
        (Some(who), Some(what)) => Some((who, what)),
        (Some(_), None) | (None, _) => None,
    };
    Ok(SuspenseRow {
        suspense_id: row.int(0)?,
        kind: row.named(1, SuspenseKind::from_name)?,
        trade_no: row.text(2)?,
        enterprise_id: row.int(3)?,
        amount_minor: row.opt_int(4)?,
        detail: row.text(5)?,
        at_ms: row.int(6)?,
        decided,
    })
}

/// The row of that id, locked: whoever decides on it decides alone.
///
/// # Errors
/// [`DbError`].
pub fn find_locked(tx: &mut dyn Tx, suspense_id: i64) -> Result<Option<SuspenseRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM suspense WHERE suspense_id = ?1");
    tx.query_locked(&sql, params![suspense_id])?
        .first()
        .map(read)
        .transpose()
}

/// What waits for a person, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn open(tx: &mut dyn Tx) -> Result<Vec<SuspenseRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM suspense WHERE resolved_at_ms IS NULL ORDER BY suspense_id");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// Whether a trade's own money waits for a person: paid with another amount, or first heard of on its way back. Few rows
/// are open at a time, and only those are read.
///
/// # Errors
/// [`DbError`].
pub fn holds(tx: &mut dyn Tx, enterprise_id: i64, trade_no: i64) -> Result<bool, DbError> {
    let rows = tx.query(
        "SELECT 1 FROM suspense WHERE resolved_at_ms IS NULL AND trade_no = ?1 AND enterprise_id = ?2 \
         AND kind IN ('MISMATCH', 'RETURNED_UNHEARD') LIMIT 1",
        params![trade_no.to_string(), enterprise_id],
    )?;
    Ok(!rows.is_empty())
}

/// Marks one as decided; whether it was open.
///
/// # Errors
/// [`DbError`].
pub fn resolve(
    ledger: &mut Ledger<'_>,
    suspense_id: i64,
    who: &str,
    resolution: &str,
) -> Result<bool, DbError> {
    let now_ms = ledger.now_ms;
    let changed = ledger.execute(
        "UPDATE suspense SET resolved_at_ms = ?2, resolved_by = ?3, resolution = ?4 \
         WHERE suspense_id = ?1 AND resolved_at_ms IS NULL",
        params![suspense_id, now_ms, who, resolution],
    )?;
    Ok(changed > 0)
}
