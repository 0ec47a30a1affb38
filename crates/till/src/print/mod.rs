//! Printers: what the till asks of one, whatever it is made of. What is printed and when is the queue's.
//!
//! There is one kind so far, which prints into pictures. A device of metal fits the same trait.

mod papers;
pub mod pictures;
pub mod queue;
#[cfg(test)]
mod tests;

pub use papers::{rows_of, shown_job, shown_status};

use suanpan_domain::print::PrintTrouble;

use crate::receipt::Row;

/// A paper on its way to a printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The job it belongs to; a printer that remembers it prints it once.
    pub job_no: i64,
    /// What a person calls it, for printers that keep what they print.
    pub label: String,
    /// What stands on it.
    pub rows: Vec<Row>,
}

/// What became of a paper that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is out, now or from an earlier time.
    CameOut,
    /// It is certain that nothing came out.
    Nothing(PrintTrouble),
    /// Nobody knows.
    Unknown,
}

/// A printer. Calls may block as long as its wire does; nobody at the counter waits for them.
pub trait Printer: Send {
    /// Whether a paper could be printed now.
    ///
    /// # Errors
    /// Why not. Only asked before a paper is handed over, so nothing has come out.
    fn ready(&mut self) -> Result<(), PrintTrouble>;

    /// Prints a paper.
    fn print(&mut self, paper: &Paper) -> Outcome;

    /// Whether the paper of a job came out; nothing from a printer that does not remember jobs.
    ///
    /// # Errors
    /// Why it cannot be asked now.
    fn came_out(&mut self, job_no: i64) -> Result<Option<bool>, PrintTrouble>;
}
