//! Which days are reconciled: from an account's first money on, each day in China, once it is over.

use suanpan_channels::bill::BillDay;

use super::MIDNIGHT_MS;
use crate::db::Tx;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::bill_day::{self, DayState};
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::{refund, trade};

/// Both platforms promise the bill for ten in the morning.
const READY_AFTER_MS: i64 = 10 * 3_600_000;
/// The platforms keep bills for three months; a centre that reconciles for the first time looks back less.
const BACK_MS_MAX: i64 = 60 * 86_400_000;
/// Days opened for one account in one transaction.
const DAYS_MAX: usize = 62;
/// By then the days before today have been opened, on whatever process.
const OPENED_AFTER_MS: i64 = 12 * 3_600_000;

/// Opens the days of every account that are over and have no row yet.
///
/// # Errors
/// Those of the database.
pub fn open(ledger: &mut Ledger<'_>) -> Outcome<()> {
    for channel in pay_channel::all(ledger.tx())? {
        open_of(ledger, &channel)?;
    }
    Ok(())
}

fn open_of(ledger: &mut Ledger<'_>, channel: &PayChannel) -> Outcome<()> {
    let today = BillDay::of(ledger.now_ms);
    let mut day = first_missing(ledger, channel.enterprise_id)?;
    for _ in 0..DAYS_MAX {
        if day >= today {
            return Ok(());
        }
        if channel.enabled || has_own(ledger.tx(), channel.enterprise_id, day)? {
            let ready_at_ms = day.ends_at_ms() + READY_AFTER_MS;
            bill_day::open(ledger.tx(), channel.enterprise_id, day, ready_at_ms)?;
        }
        day = day.after();
    }
    Ok(())
}

fn first_missing(ledger: &mut Ledger<'_>, enterprise_id: i64) -> Outcome<BillDay> {
    if let Some(latest) = bill_day::latest(ledger.tx(), enterprise_id)? {
        return Ok(latest.after());
    }
    let yesterday_ms = BillDay::of(ledger.now_ms).begins_at_ms() - 1;
    let first_ms = trade::first_paid_at_ms(ledger.tx(), enterprise_id)?.unwrap_or(yesterday_ms);
    Ok(BillDay::of(
        first_ms.min(yesterday_ms).max(ledger.now_ms - BACK_MS_MAX),
    ))
}

/// Whether money of ours moved on an account that day.
///
/// # Errors
/// Those of the database.
pub fn has_own(tx: &mut dyn Tx, enterprise_id: i64, day: BillDay) -> Outcome<bool> {
    let span_ms = (day.begins_at_ms() - MIDNIGHT_MS, day.ends_at_ms() + MIDNIGHT_MS);
    let paid = trade::paid_within(tx, enterprise_id, span_ms, (0, 0), 1)?;
    Ok(!paid.is_empty() || !refund::ended_within(tx, enterprise_id, span_ms, (0, 0), 1)?.is_empty())
}

/// Whether every bill that a span of time may stand in has been read, so that what is in none of them is missing. A
/// day that is over and was never opened has none.
///
/// # Errors
/// Those of the database.
pub fn are_read(tx: &mut dyn Tx, enterprise_id: i64, span_ms: (i64, i64), now_ms: i64) -> Outcome<bool> {
    let (from_ms, to_ms) = span_ms;
    let last = BillDay::of(to_ms);
    let mut day = BillDay::of(from_ms);
    while day <= last {
        let is_read = match bill_day::find(tx, enterprise_id, day)? {
            Some(row) => row.state != DayState::Reading,
            None => day.ends_at_ms() + OPENED_AFTER_MS <= now_ms,
        };
        if !is_read {
            return Ok(false);
        }
        day = day.after();
    }
    Ok(true)
}
