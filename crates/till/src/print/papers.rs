//! What stands on a job's paper, and a job as the screens show it.

use suanpan_domain::print::{PrintState, PrintTrouble};

use crate::commands::glance::Glance;
use crate::commands::{receipt_rows, shift_rows};
use crate::receipt::Row;
use crate::rpc::Code;
use crate::rpc::print::{PaperKind, PrintJob, PrintPhase, PrintStatus, PrintTrouble as ShownTrouble};
use crate::sale::{printer, prints_receipts};
use crate::store::{Halt, PrintRow, Printable, StoreError};

/// The rows of a job's paper, from what was committed.
///
/// # Errors
/// When what it prints is not here or cannot be read.
pub fn rows_of(glance: &Glance<'_>, job: &PrintRow) -> Result<Vec<Row>, Halt> {
    match &job.what {
        Printable::Receipt { order_id } => receipt_rows(glance, order_id, job.copy),
        Printable::Shift { shift_id } => {
            let shift = glance.view.shift(shift_id)?;
            let closed = shift.and_then(|shift| shift.closed);
            let closed = closed.ok_or(Halt::from(Code::ShiftNotFound))?;
            let amendments = glance.view.amendments(shift_id)?;
            shift_rows(glance, closed, amendments, false, job.copy)
        }
        Printable::Interim { frozen, .. } => {
            shift_rows(glance, frozen.as_ref().clone(), Vec::new(), true, job.copy)
        }
    }
}

const fn phase(state: PrintState) -> PrintPhase {
    match state {
        PrintState::Waiting => PrintPhase::Waiting,
        PrintState::Printing => PrintPhase::Printing,
        PrintState::Unsure => PrintPhase::Unsure,
        PrintState::Stuck => PrintPhase::Stuck,
        PrintState::Printed => PrintPhase::Printed,
        PrintState::Withdrawn => PrintPhase::Withdrawn,
    }
}

const fn shown_trouble(trouble: PrintTrouble) -> ShownTrouble {
    match trouble {
        PrintTrouble::OutOfPaper => ShownTrouble::OutOfPaper,
        PrintTrouble::SwitchedOff => ShownTrouble::SwitchedOff,
        PrintTrouble::Unreachable => ShownTrouble::Unreachable,
        PrintTrouble::Fault => ShownTrouble::Fault,
        PrintTrouble::Unprintable => ShownTrouble::Unprintable,
    }
}

/// A job for the screens.
#[must_use]
pub fn shown_job(job: PrintRow) -> PrintJob {
    let (kind, order_id) = match job.what {
        Printable::Receipt { order_id } => (PaperKind::Receipt, Some(order_id)),
        Printable::Shift { .. } => (PaperKind::Shift, None),
        Printable::Interim { .. } => (PaperKind::Interim, None),
    };
    PrintJob {
        job_no: job.job_no.to_string(),
        kind,
        label: job.label,
        order_id,
        copy: job.copy,
        phase: phase(job.state),
        trouble: job.trouble.map(shown_trouble),
        asked_by: job.asked_by,
        asked_at_ms: job.asked_at_ms,
    }
}

/// The printer for the frame around every screen.
///
/// # Errors
/// When it cannot be read.
pub fn shown_status(glance: &Glance<'_>) -> Result<PrintStatus, StoreError> {
    let next = glance.view.next_print()?;
    Ok(PrintStatus {
        printer: printer(glance.view)?,
        receipts: prints_receipts(glance.view)?,
        owed: match next {
            Some(_) => glance.view.prints_owed_count()?,
            None => 0,
        },
        phase: next.as_ref().map(|job| phase(job.state)),
        trouble: next.and_then(|job| job.trouble).map(shown_trouble),
        last_order_id: glance.view.last_receipt_order()?,
    })
}
