//! Paper: ask for it, look at what is owed, want it no more; and the choice of the printer.

use suanpan_domain::print::PrintEvent;

use super::glance::Glance;
use crate::print::{pictures, shown_job, shown_status};
use crate::rpc::print::{NamePrint, PrintQueue, PrintReport, PrinterKind, SetPrinter};
use crate::rpc::{Code, Problem};
use crate::store::{Halt, keys};
use crate::till::Till;

/// Jobs listed in the sheet.
const JOBS_MAX: u16 = 200;

/// Asks for a receipt of a paid order.
pub(super) fn receipt(till: &mut Till, order_id: &str) -> Result<(), Problem> {
    till.write(|tx| tx.ask_receipt(order_id))
}

/// Asks for a closed shift's report, or for the figures of the open one.
pub(super) fn report(till: &mut Till, request: &PrintReport) -> Result<(), Problem> {
    till.write(|tx| match &request.shift_id {
        Some(shift_id) => tx.ask_shift_report(shift_id),
        None => tx.ask_interim_report(),
    })
}

/// Wants a paper no more; wanting it no more twice is harmless.
pub(super) fn withdraw(till: &mut Till, request: &NamePrint) -> Result<(), Problem> {
    let job_no = request
        .job_no
        .parse()
        .map_err(|_| Problem::new(Code::RequestMalformed))?;
    till.write(|tx| tx.step_print(job_no, PrintEvent::Withdraw, None).map(|_| ()))
}

/// Chooses the printer, and whether receipts print by themselves.
pub(super) fn set_printer(till: &mut Till, request: SetPrinter) -> Result<(), Problem> {
    let name = match request.printer {
        PrinterKind::None => "none",
        PrinterKind::Pictures => "pictures",
    };
    let receipts = if request.receipts { "1" } else { "0" };
    till.write(|tx| {
        tx.set_setting(keys::PRINTER, name)?;
        Ok(tx.set_setting(keys::PRINT_RECEIPTS, receipts)?)
    })
}

/// What is owed on paper.
pub(super) fn queue(glance: &Glance<'_>) -> Result<PrintQueue, Halt> {
    let jobs = glance.view.prints_owed(JOBS_MAX)?;
    let folder = glance.view.data_folder()?;
    Ok(PrintQueue {
        status: shown_status(glance)?,
        folder: pictures::folder(&folder).display().to_string(),
        jobs: jobs.into_iter().map(shown_job).collect(),
    })
}
