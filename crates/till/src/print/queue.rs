//! The print queue's steps: oldest first, one at a time, each step a transaction of its own and none of them
//! around a call to the printer.
//!
//! A paper is marked as being printed before the printer gets it, so that a till that ends in between knows that
//! it does not know. Whoever carries papers to a printer takes the steps in this order: [`next`], the printer,
//! then what came of it.

use suanpan_domain::print::{PrintEvent, PrintState, PrintTrouble};

use super::{Outcome, Paper, Printer, rows_of};
use crate::rpc::Problem;
use crate::rpc::print::PrinterKind;
use crate::sale::printer;
use crate::store::PrintRow;
use crate::till::Till;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing is owed, or there is no printer.
    Nothing,
    /// Hand this over and say what came of it with [`ended`].
    Print(Paper),
    /// Ask the printer whether this job came out, and say what it answers with [`answered`].
    Ask(i64),
}

/// Whether anything is owed to a printer that there is.
///
/// # Errors
/// When it cannot be read.
pub fn is_owed(till: &Till) -> Result<bool, Problem> {
    Ok(waiting(till)?.is_some())
}

fn waiting(till: &Till) -> Result<Option<PrintRow>, Problem> {
    till.read(|glance| match printer(glance.view)? {
        PrinterKind::None => Ok(None),
        PrinterKind::Pictures => Ok(glance.view.next_print()?),
    })
}

/// What is to be done now that the printer is ready.
///
/// # Errors
/// When it cannot be read or saved.
pub fn next(till: &mut Till) -> Result<Next, Problem> {
    let Some(job) = waiting(till)? else {
        return Ok(Next::Nothing);
    };
    match job.state {
        // With the printer while nobody carries it: its answer was not kept.
        PrintState::Printing => {
            move_on(till, job.job_no, PrintEvent::LoseSight, None)?;
            Ok(Next::Ask(job.job_no))
        }
        PrintState::Unsure => Ok(Next::Ask(job.job_no)),
        PrintState::Waiting | PrintState::Stuck => begin(till, job),
        PrintState::Printed | PrintState::Withdrawn => Ok(Next::Nothing),
    }
}

fn begin(till: &mut Till, job: PrintRow) -> Result<Next, Problem> {
    let rows = till.read(|glance| rows_of(glance, &job));
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => {
            tracing::error!(%problem, job = job.job_no, "a paper cannot be made");
            cannot_print(till, PrintTrouble::Unprintable)?;
            return Ok(Next::Nothing);
        }
    };
    move_on(till, job.job_no, PrintEvent::Begin, None)?;
    Ok(Next::Print(Paper {
        job_no: job.job_no,
        label: job.label,
        rows,
    }))
}

fn move_on(
    till: &mut Till,
    job_no: i64,
    event: PrintEvent,
    trouble: Option<PrintTrouble>,
) -> Result<(), Problem> {
    till.write(|tx| tx.step_print(job_no, event, trouble).map(|_| ()))
}

/// The printer cannot print: the job whose turn it is says so, once. Nothing is written while the same trouble
/// goes on.
///
/// # Errors
/// When it cannot be saved.
pub fn cannot_print(till: &mut Till, trouble: PrintTrouble) -> Result<(), Problem> {
    let Some(job) = waiting(till)? else {
        return Ok(());
    };
    if job.trouble == Some(trouble) {
        return Ok(());
    }
    match job.state {
        PrintState::Waiting | PrintState::Stuck | PrintState::Printing => {
            move_on(till, job.job_no, PrintEvent::Stall, Some(trouble))
        }
        PrintState::Unsure => move_on(till, job.job_no, PrintEvent::LoseSight, Some(trouble)),
        PrintState::Printed | PrintState::Withdrawn => Ok(()),
    }
}

/// What became of a paper that was handed over.
///
/// # Errors
/// When it cannot be saved; the job is then unsure after the next start.
pub fn ended(till: &mut Till, job_no: i64, outcome: Outcome) -> Result<(), Problem> {
    match outcome {
        Outcome::CameOut => move_on(till, job_no, PrintEvent::ComeOut, None),
        Outcome::Nothing(trouble) => move_on(till, job_no, PrintEvent::Stall, Some(trouble)),
        Outcome::Unknown => move_on(till, job_no, PrintEvent::LoseSight, None),
    }
}

/// What the printer says of a job that nobody is sure of.
///
/// # Errors
/// When it cannot be saved.
pub fn answered(till: &mut Till, job_no: i64, came_out: Option<bool>) -> Result<(), Problem> {
    match came_out {
        Some(true) => move_on(till, job_no, PrintEvent::ComeOut, None),
        Some(false) => move_on(till, job_no, PrintEvent::PrintAgain, None),
        None => till.write(|tx| tx.print_again_as_copy(job_no)),
    }
}

/// What one turn of the queue came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing is owed.
    Idle,
    /// A job has moved on; the next turn may come at once.
    Moved,
    /// The printer cannot print, or does not answer: try again in a while.
    InVain,
}

/// One whole turn with a printer that does not make anybody wait.
///
/// # Errors
/// When something cannot be saved.
pub fn turn(till: &mut Till, printer: &mut dyn Printer) -> Result<Turn, Problem> {
    if !is_owed(till)? {
        return Ok(Turn::Idle);
    }
    if let Err(trouble) = printer.ready() {
        cannot_print(till, trouble)?;
        return Ok(Turn::InVain);
    }
    match next(till)? {
        Next::Nothing => Ok(Turn::InVain),
        Next::Print(paper) => {
            let outcome = printer.print(&paper);
            ended(till, paper.job_no, outcome)?;
            Ok(turn_of(outcome))
        }
        Next::Ask(job_no) => match printer.came_out(job_no) {
            Ok(came_out) => {
                answered(till, job_no, came_out)?;
                Ok(Turn::Moved)
            }
            Err(trouble) => {
                cannot_print(till, trouble)?;
                Ok(Turn::InVain)
            }
        },
    }
}

/// Whether a paper's outcome lets the next one go at once.
#[must_use]
pub const fn turn_of(outcome: Outcome) -> Turn {
    match outcome {
        Outcome::CameOut => Turn::Moved,
        Outcome::Nothing(_) | Outcome::Unknown => Turn::InVain,
    }
}
