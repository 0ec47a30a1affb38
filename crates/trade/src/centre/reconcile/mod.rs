//! Reconciliation, the day after: a merchant account's bill against the books, both ways.
//!
//! A day is a row with a claim and a position, so that any number of processes share the days and each goes on where
//! another has ended. A step is one transaction of a bounded number of rows. What does not agree changes no money by
//! itself: where the bill knows more, the platform is asked and its answer goes the way of every answer; what is left
//! is put in suspense, once, for a person. Asking for bills and moving their bytes is whose drives it.

mod books;
pub mod days;
mod missing;
mod settle;

use suanpan_channels::bill::{Bill, BillDay, BillRow};

use super::Centre;
use crate::db::Db;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::bill_day::{self, DayRow, DayState};

/// How long a claim on a day holds: above the time of asking for a bill and fetching it.
pub const CLAIM_MS: i64 = 300_000;
/// Rows of a bill, or payments of ours, in one transaction: a few hundredths of a second on either database.
pub const ROWS_PER_STEP: usize = 200;
/// How far two clocks of one platform may be apart: what happened so near midnight may stand in either day's bill.
pub const MIDNIGHT_MS: i64 = 300_000;
/// Waiting times before asking for a bill again; the last repeats.
const TRY_DELAYS_MS: &[i64] = &[300_000, 600_000, 1_800_000, 3_600_000, 7_200_000];
/// Waiting times for what the platform is asked about; the last repeats.
const ASK_DELAYS_MS: &[i64] = &[10_000, 30_000, 60_000, 300_000, 1_800_000];
/// From then on "there is none" is an answer: nothing was collected that day, and the bill has been due for hours.
const EMPTY_AFTER_MS: i64 = 4 * 3_600_000;
/// The same where something of ours happened that day, so that a late bill is likelier than none.
const EMPTY_IN_SPITE_AFTER_MS: i64 = 3 * 86_400_000;

/// A claimed day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayWork {
    /// Whose.
    pub enterprise_id: i64,
    /// Which.
    pub day: BillDay,
    /// Number of the claim.
    pub lease_no: i64,
    /// Whether its bill is needed for the next step.
    pub wants_bill: bool,
}

/// A bill as it is compared.
#[derive(Clone, Debug)]
pub struct ReadBill {
    rows: Vec<BillRow>,
    fingerprint: String,
}

impl From<Bill> for ReadBill {
    fn from(bill: Bill) -> Self {
        let fingerprint = bill.fingerprint();
        Self {
            rows: bill.rows,
            fingerprint,
        }
    }
}

/// Why there is no bill to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoBill {
    /// The platform says there is none.
    Missing(String),
    /// It could not be asked for, fetched or read.
    Vain(String),
}

/// What comparing leaves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// More rows.
    More,
    /// The bill is read whole; the day goes on without it.
    Whole,
    /// The claim is somebody else's by now.
    NotOurs,
}

/// What a step leaves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More, at once.
    GoOn,
    /// Nothing now: the day is done, or waits for its next try.
    Rest,
}

impl<D: Db> Centre<D> {
    /// Opens the days that are over and have no row yet.
    ///
    /// # Errors
    /// Those of the database.
    pub fn open_bill_days(&self, now_ms: i64) -> Outcome<()> {
        self.commit(now_ms, days::open)
    }

    /// Claims the day that waits longest to be looked at.
    ///
    /// # Errors
    /// Those of the database.
    pub fn claim_bill_day(&self, now_ms: i64) -> Outcome<Option<DayWork>> {
        self.commit(now_ms, |ledger| {
            let Some(mut row) = bill_day::due_free(ledger.tx(), now_ms)? else {
                return Ok(None);
            };
            row.lease_no += 1;
            row.next_try_at_ms = Some(now_ms + CLAIM_MS);
            bill_day::save(ledger.tx(), &row)?;
            Ok(Some(DayWork {
                enterprise_id: row.enterprise_id,
                day: row.day,
                lease_no: row.lease_no,
                wants_bill: row.state == DayState::Reading,
            }))
        })
    }

    /// Notes that there is no bill to compare with.
    ///
    /// # Errors
    /// Those of the database.
    pub fn no_bill(&self, work: &DayWork, why: &NoBill, now_ms: i64) -> Outcome<Progress> {
        let step = self.day_step(work, now_ms, |ledger, row| no_bill(ledger, row, why))?;
        Ok(progress_of(step))
    }

    /// Compares the next rows of a bill with the books.
    ///
    /// # Errors
    /// Those of the database.
    pub fn compare_bill(&self, work: &DayWork, bill: &ReadBill, now_ms: i64) -> Outcome<Compared> {
        let step = self.day_step(work, now_ms, |ledger, row| compare(ledger, row, bill))?;
        Ok(step.map_or(Compared::NotOurs, |(state, _)| match state {
            DayState::Reading => Compared::More,
            DayState::Payments | DayState::Refunds | DayState::Asking | DayState::Done => Compared::Whole,
        }))
    }

    /// Makes the next step of a day whose bill has been read: looks for what is ours in it, or at what was asked.
    ///
    /// # Errors
    /// Those of the database.
    pub fn check_bill_day(&self, work: &DayWork, now_ms: i64) -> Outcome<Progress> {
        let step = self.day_step(work, now_ms, |ledger, row| match row.state {
            DayState::Payments => missing::payments(ledger, row),
            DayState::Refunds => missing::refunds(ledger, row),
            DayState::Asking => settle::asked(ledger, row),
            DayState::Reading | DayState::Done => Ok(Progress::Rest),
        })?;
        Ok(progress_of(step))
    }

    /// A step under a claim that still holds: where it has led and whether it goes on. Under an older claim nothing is
    /// done.
    fn day_step(
        &self,
        work: &DayWork,
        now_ms: i64,
        step: impl Fn(&mut Ledger<'_>, &mut DayRow) -> Outcome<Progress>,
    ) -> Outcome<Option<(DayState, Progress)>> {
        self.commit(now_ms, |ledger| {
            let held = bill_day::find_locked(ledger.tx(), work.enterprise_id, work.day)?;
            let is_ours = |row: &DayRow| row.lease_no == work.lease_no && row.state != DayState::Done;
            let Some(mut row) = held.filter(is_ours) else {
                return Ok(None);
            };
            let progress = step(ledger, &mut row)?;
            if progress == Progress::GoOn {
                row.next_try_at_ms = Some(now_ms + CLAIM_MS);
            }
            bill_day::save(ledger.tx(), &row)?;
            Ok(Some((row.state, progress)))
        })
    }
}

fn progress_of(step: Option<(DayState, Progress)>) -> Progress {
    step.map_or(Progress::Rest, |(_, progress)| progress)
}

/// Begins a step of a day at its beginning.
fn begin(row: &mut DayRow, state: DayState) {
    row.state = state;
    row.position_ms = 0;
    row.position = 0;
}

/// Puts a day off, longer each time.
fn put_off(row: &mut DayRow, delays_ms: &[i64], now_ms: i64) -> Progress {
    let at = usize::try_from(row.tried).unwrap_or(usize::MAX);
    row.next_try_at_ms = Some(now_ms + delays_ms[at.min(delays_ms.len() - 1)]);
    row.tried += 1;
    Progress::Rest
}

/// The bill is read, or there is none: what is ours is looked for in it.
fn bill_is_read(row: &mut DayRow) -> Progress {
    row.tried = 0;
    row.problem = None;
    row.missing = 0;
    begin(row, DayState::Payments);
    Progress::GoOn
}

fn no_bill(ledger: &mut Ledger<'_>, row: &mut DayRow, why: &NoBill) -> Outcome<Progress> {
    if row.state != DayState::Reading {
        return Ok(Progress::GoOn);
    }
    let (NoBill::Missing(words) | NoBill::Vain(words)) = why;
    row.problem = Some(words.clone());
    if matches!(why, NoBill::Missing(_)) && is_believed(ledger, row)? {
        tracing::info!(
            enterprise_id = row.enterprise_id,
            day = %row.day,
            "the platform has no bill of that day"
        );
        return Ok(bill_is_read(row));
    }
    tracing::warn!(enterprise_id = row.enterprise_id, day = %row.day, why = words, "no bill yet");
    Ok(put_off(row, TRY_DELAYS_MS, ledger.now_ms))
}

/// Whether "there is none" is an answer by now. One that was read before stands anyway.
fn is_believed(ledger: &mut Ledger<'_>, row: &DayRow) -> Outcome<bool> {
    let late_ms = ledger.now_ms - row.ready_at_ms;
    if late_ms < EMPTY_AFTER_MS {
        return Ok(false);
    }
    let expected = missing::has_any(ledger, row)?;
    Ok(row.reading > 0 || !expected || late_ms >= EMPTY_IN_SPITE_AFTER_MS)
}

fn compare(ledger: &mut Ledger<'_>, row: &mut DayRow, read: &ReadBill) -> Outcome<Progress> {
    if row.state != DayState::Reading {
        return Ok(Progress::GoOn);
    }
    let rows = &read.rows;
    if row.fingerprint.as_ref() != Some(&read.fingerprint) {
        row.fingerprint = Some(read.fingerprint.clone());
        row.reading += 1;
        row.row_count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        begin(row, DayState::Reading);
    }
    let from = usize::try_from(row.position).unwrap_or(0).min(rows.len());
    let to = rows.len().min(from + ROWS_PER_STEP);
    books::compare(ledger, row, from, &rows[from..to])?;
    if to == rows.len() {
        return Ok(bill_is_read(row));
    }
    row.position = i64::try_from(to).unwrap_or(i64::MAX);
    Ok(Progress::GoOn)
}
