//! From the books to the bills: payments and refunds of ours that stand in none.
//!
//! What happened near midnight may stand in either day's bill, and a refund in any from its sending to its end. So each
//! is missing only once all of those have been read, and whichever day is read last finds it.

use super::days::{are_read, has_own};
use super::{MIDNIGHT_MS, Progress, ROWS_PER_STEP, begin, settle};
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::bill_day::{DayRow, DayState};
use crate::rows::bill_row;
use crate::rows::refund::{self, Refund};
use crate::rows::suspense::{self, Suspended, SuspenseKind};
use crate::rows::trade::{self, PaidTrade};

/// The day with what may stand in its neighbours' bills.
fn span_ms(row: &DayRow) -> (i64, i64) {
    (
        row.day.begins_at_ms() - MIDNIGHT_MS,
        row.day.ends_at_ms() + MIDNIGHT_MS,
    )
}

fn limit() -> i64 {
    i64::try_from(ROWS_PER_STEP).unwrap_or(i64::MAX)
}

/// Whether the day's bill ought to have something of ours.
pub(super) fn has_any(ledger: &mut Ledger<'_>, row: &DayRow) -> Outcome<bool> {
    has_own(ledger.tx(), row.enterprise_id, row.day)
}

/// Looks for the next payments of ours in the bills.
pub(super) fn payments(ledger: &mut Ledger<'_>, row: &mut DayRow) -> Outcome<Progress> {
    let after = (row.position_ms, row.position);
    let next = trade::paid_within(ledger.tx(), row.enterprise_id, span_ms(row), after, limit())?;
    for paid in &next {
        if is_missing(ledger, row, paid)? {
            row.missing += 1;
            not_billed(ledger, row, paid)?;
        }
    }
    match next.last() {
        Some(last) if next.len() == ROWS_PER_STEP => {
            (row.position_ms, row.position) = (last.paid_at_ms, last.trade_no);
        }
        Some(_) | None => begin(row, DayState::Refunds),
    }
    Ok(Progress::GoOn)
}

fn is_missing(ledger: &mut Ledger<'_>, row: &DayRow, paid: &PaidTrade) -> Outcome<bool> {
    if bill_row::has_payment(ledger.tx(), row.enterprise_id, paid.trade_no)? {
        return Ok(false);
    }
    let around_ms = (paid.paid_at_ms - MIDNIGHT_MS, paid.paid_at_ms + MIDNIGHT_MS);
    let now_ms = ledger.now_ms;
    are_read(ledger.tx(), row.enterprise_id, around_ms, now_ms)
}

fn not_billed(ledger: &mut Ledger<'_>, row: &DayRow, paid: &PaidTrade) -> Outcome<()> {
    let stored = suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::NotBilled,
            enterprise_id: row.enterprise_id,
            trade_no: &paid.trade_no.to_string(),
            reference: format!("{}/{}", row.enterprise_id, paid.trade_no),
            amount_minor: Some(paid.amount_minor),
            detail: format!("counts as paid here, and is in no bill around {}", row.day),
        },
    )?;
    if stored {
        tracing::error!(
            trade_no = paid.trade_no,
            day = %row.day,
            "a payment is in no bill"
        );
    }
    Ok(())
}

/// Looks for the next refunds of ours in the bills.
pub(super) fn refunds(ledger: &mut Ledger<'_>, row: &mut DayRow) -> Outcome<Progress> {
    let after = (row.position_ms, row.position);
    let next = refund::ended_within(ledger.tx(), row.enterprise_id, span_ms(row), after, limit())?;
    for done in &next {
        if is_refund_missing(ledger, row, done)? {
            row.missing += 1;
            refund_not_billed(ledger, row, done)?;
        }
    }
    match next.last() {
        Some(last) if next.len() == ROWS_PER_STEP => {
            (row.position_ms, row.position) = (last.ended_at_ms.unwrap_or(0), last.refund_no);
            Ok(Progress::GoOn)
        }
        Some(_) | None => settle::begin_asking(ledger, row),
    }
}

fn is_refund_missing(ledger: &mut Ledger<'_>, row: &DayRow, done: &Refund) -> Outcome<bool> {
    if bill_row::has_refund(ledger.tx(), row.enterprise_id, done.refund_no)? {
        return Ok(false);
    }
    let (Some(sent_ms), Some(ended_ms)) = (done.first_sent_at_ms, done.ended_at_ms) else {
        return Ok(false);
    };
    let now_ms = ledger.now_ms;
    let under_way_ms = (sent_ms - MIDNIGHT_MS, ended_ms + MIDNIGHT_MS);
    are_read(ledger.tx(), row.enterprise_id, under_way_ms, now_ms)
}

fn refund_not_billed(ledger: &mut Ledger<'_>, row: &DayRow, done: &Refund) -> Outcome<()> {
    let stored = suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::RefundNotBilled,
            enterprise_id: row.enterprise_id,
            trade_no: &done.trade_no.to_string(),
            reference: format!("{}/{}", row.enterprise_id, done.refund_no),
            amount_minor: Some(done.amount_minor),
            detail: format!(
                "refund {} has succeeded here, and is in no bill around {}",
                done.refund_no, row.day
            ),
        },
    )?;
    if stored {
        tracing::error!(
            refund_no = done.refund_no,
            day = %row.day,
            "a refund is in no bill"
        );
    }
    Ok(())
}
