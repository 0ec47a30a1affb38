//! Paper: the printer, what is owed, and what came of it. Nobody at the counter waits for any of it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The printers a till can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PrinterKind {
    /// None: receipts are looked at on the screen.
    #[default]
    None,
    /// Paper becomes a picture in a folder of the till's data.
    Pictures,
}

/// What a paper shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// An order's receipt.
    Receipt,
    /// A closed shift's report.
    Shift,
    /// The figures of an open shift at the moment somebody asked.
    Interim,
}

/// How a paper stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PrintPhase {
    /// Its turn has not come.
    Waiting,
    /// The printer has it.
    Printing,
    /// Nobody knows whether it came out; the printer is being asked.
    Unsure,
    /// It did not come out; it is tried again by itself.
    Stuck,
    /// It came out.
    Printed,
    /// Nobody wants it any more.
    Withdrawn,
}

/// Why it does not print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PrintTrouble {
    /// No paper.
    OutOfPaper,
    /// Switched off, or not plugged in.
    SwitchedOff,
    /// It does not answer.
    Unreachable,
    /// Something else is wrong with it.
    Fault,
    /// This one paper cannot be made.
    Unprintable,
}

/// The printer as the frame around every screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrintStatus {
    /// Which printer.
    pub printer: PrinterKind,
    /// Whether receipts print by themselves.
    pub receipts: bool,
    /// Papers that are owed.
    pub owed: u32,
    /// How the one stands whose turn it is; nothing while nothing is owed.
    pub phase: Option<PrintPhase>,
    /// What is wrong with it.
    pub trouble: Option<PrintTrouble>,
    /// The order of the newest receipt: what "print again" means where no order is chosen.
    pub last_order_id: Option<String>,
}

/// One paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrintJob {
    /// Its number.
    pub job_no: String,
    /// What it shows.
    pub kind: PaperKind,
    /// The order's short number, or the shift's business day.
    pub label: String,
    /// The order, for a receipt.
    pub order_id: Option<String>,
    /// 0 for the first paper, the number of the copy otherwise.
    pub copy: u32,
    /// How it stands.
    pub phase: PrintPhase,
    /// Why it did not come out, or why nobody knows.
    pub trouble: Option<PrintTrouble>,
    /// Who was at the till.
    pub asked_by: String,
    /// When it was asked for.
    #[ts(type = "number")]
    pub asked_at_ms: i64,
}

/// The print queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrintQueue {
    /// The printer.
    pub status: PrintStatus,
    /// Folder of the pictures, for a printer that makes them.
    pub folder: String,
    /// What is owed, oldest first; at most 200.
    pub jobs: Vec<PrintJob>,
}

/// Names a print job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NamePrint {
    /// The job.
    pub job_no: String,
}

/// Asks for a shift's report on paper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrintReport {
    /// A closed shift; nothing means the figures of the open one as they are now.
    pub shift_id: Option<String>,
}

/// Chooses the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetPrinter {
    /// Which printer.
    pub printer: PrinterKind,
    /// Whether receipts print by themselves.
    pub receipts: bool,
}

/// What can be made wrong with the practice printer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrinterSwitches {
    /// It has no paper.
    pub out_of_paper: bool,
    /// It is switched off.
    pub switched_off: bool,
    /// Every paper takes three seconds.
    pub slow: bool,
    /// It prints and its answers are lost.
    pub lose_answers: bool,
}

/// What the practice printer has printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrintedPapers {
    /// How many papers came out in all.
    pub count: u32,
    /// The last one.
    pub last: Option<PrintedPaper>,
}

/// A paper that came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PrintedPaper {
    /// As text, 32 columns.
    pub text: String,
    /// The picture, PNG in base64.
    pub png_base64: String,
}
