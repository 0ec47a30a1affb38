//! What the platform was asked about because its bill says otherwise than the books: once it has answered, either the
//! books say the same, or a person decides. Silence is waited for, however long.

use super::books::{self, Finding};
use super::{ASK_DELAYS_MS, Progress, ROWS_PER_STEP, begin, put_off};
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::bill_day::{DayRow, DayState};
use crate::rows::bill_row::{self, AskedRow};

/// Where nothing was asked the day is done.
pub(super) fn begin_asking(ledger: &mut Ledger<'_>, row: &mut DayRow) -> Outcome<Progress> {
    begin(row, DayState::Asking);
    end_or_wait(ledger, row)
}

/// Looks at the next rows that were asked about.
pub(super) fn asked(ledger: &mut Ledger<'_>, row: &mut DayRow) -> Outcome<Progress> {
    let limit = i64::try_from(ROWS_PER_STEP).unwrap_or(i64::MAX);
    let next = bill_row::asked(ledger.tx(), row, row.position, limit)?;
    let findings = books::findings(
        ledger,
        row,
        next.iter().map(|asked| (&asked.row, Some(asked.asked_at_ms))),
    )?;
    // Questions first: they lock tenders, and the numbers of suspense come after those.
    for (asked, finding) in next.iter().zip(&findings) {
        books::ask_again(ledger, asked, finding)?;
    }
    for (asked, finding) in next.iter().zip(&findings) {
        keep(ledger, row, asked, finding)?;
    }
    match next.last() {
        Some(last) if next.len() == ROWS_PER_STEP => {
            row.position = last.line;
            Ok(Progress::GoOn)
        }
        Some(_) | None => {
            row.position = 0;
            end_or_wait(ledger, row)
        }
    }
}

fn keep(ledger: &mut Ledger<'_>, row: &DayRow, asked: &AskedRow, finding: &Finding) -> Outcome<()> {
    match finding {
        Finding::AskTrade(_) | Finding::AskRefund(_) => Ok(()),
        Finding::Matched | Finding::TakenBack | Finding::Suspend(_) => {
            books::keep(ledger, row, asked.line, &asked.row, finding)
        }
    }
}

fn end_or_wait(ledger: &mut Ledger<'_>, row: &mut DayRow) -> Outcome<Progress> {
    if !bill_row::asked(ledger.tx(), row, 0, 1)?.is_empty() {
        return Ok(put_off(row, ASK_DELAYS_MS, ledger.now_ms));
    }
    begin(row, DayState::Done);
    row.tried = 0;
    row.next_try_at_ms = None;
    row.done_at_ms = Some(ledger.now_ms);
    tracing::info!(
        enterprise_id = row.enterprise_id,
        day = %row.day,
        rows = row.row_count,
        missing = row.missing,
        "a day is reconciled"
    );
    Ok(Progress::Rest)
}
