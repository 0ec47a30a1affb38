//! The printer that prints into pictures: each paper is a PNG in a folder of the till's data, its text beside it.
//!
//! It stands in for a printer of metal, troubles included. A job's picture is its memory: nothing prints twice.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use suanpan_domain::print::PrintTrouble;

use super::{Outcome, Paper, Printer};
use crate::receipt;
use crate::rpc::print::{PrintedPaper, PrintedPapers, PrinterSwitches};

/// Folder of the pictures inside the till's data.
const FOLDER: &str = "printed";
/// What `slow` takes: long enough to be looked at, and to do something meanwhile.
const SLOW: Duration = Duration::from_secs(3);
/// Digits of a job's number in a file's name: with them names sort as the papers came out.
const DIGITS: usize = 19;

/// The folder of the pictures of a till.
#[must_use]
pub fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

#[derive(Debug, Default)]
struct Wrong {
    switches: PrinterSwitches,
    is_ending: bool,
}

/// What is wrong with the printer, from beside it.
#[derive(Debug, Default)]
pub struct Board {
    wrong: Mutex<Wrong>,
    changed: Condvar,
}

impl Board {
    fn wrong(&self) -> MutexGuard<'_, Wrong> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The switches as they stand.
    #[must_use]
    pub fn switches(&self) -> PrinterSwitches {
        self.wrong().switches
    }

    /// Sets every switch. A paper that was slow goes on at once when it no longer is.
    pub fn set(&self, switches: PrinterSwitches) {
        self.wrong().switches = switches;
        self.changed.notify_all();
    }

    /// The program ends: nobody waits for a slow paper any more.
    pub fn end(&self) {
        self.wrong().is_ending = true;
        self.changed.notify_all();
    }

    /// Takes its time when it is slow. Says whether there is still somebody to print for.
    fn take_time(&self) -> bool {
        let waited = self.changed.wait_timeout_while(self.wrong(), SLOW, |wrong| {
            wrong.switches.slow && !wrong.is_ending
        });
        let (wrong, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !wrong.is_ending
    }
}

/// The printer.
#[derive(Debug)]
pub struct Pictures {
    folder: PathBuf,
    board: Arc<Board>,
}

impl Pictures {
    /// A printer into this folder, which is made when the first paper comes out.
    #[must_use]
    pub const fn new(folder: PathBuf, board: Arc<Board>) -> Self {
        Self { folder, board }
    }

    fn picture_of(&self, paper: &Paper) -> PathBuf {
        let fit_for_a_name = |c: &char| c.is_alphanumeric() || *c == '-';
        let label: String = paper.label.chars().filter(fit_for_a_name).collect();
        self.folder
            .join(format!("{}-{label}.png", numbered(paper.job_no)))
    }

    /// Looks through the whole folder, which only a job that nobody is sure of is worth.
    fn has_picture(&self, job_no: i64) -> bool {
        let number = numbered(job_no);
        pictures(&self.folder).iter().any(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(&number))
        })
    }

    /// The picture counts from the moment it has its name; its text is there before it.
    fn keep(&self, paper: &Paper) -> Result<(), std::io::Error> {
        std::fs::create_dir_all(&self.folder)?;
        let png = receipt::picture(&paper.rows).map_err(std::io::Error::other)?;
        let picture = self.picture_of(paper);
        std::fs::write(picture.with_extension("txt"), receipt::text(&paper.rows))?;
        let unnamed = picture.with_extension("part");
        let mut file = std::fs::File::create(&unnamed)?;
        file.write_all(&png)?;
        file.sync_all()?;
        std::fs::rename(unnamed, picture)
    }
}

fn numbered(job_no: i64) -> String {
    format!("{job_no:0DIGITS$}")
}

/// Pictures in a folder, in no order; none when it is not there.
fn pictures(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "png"))
        .collect()
}

/// How many papers came out in a folder, and the last of them.
///
/// # Errors
/// When the last picture cannot be read.
pub fn printed(folder: &Path) -> Result<PrintedPapers, std::io::Error> {
    let mut found = pictures(folder);
    found.sort();
    let last = found.last().map(|path| {
        Ok::<_, std::io::Error>(PrintedPaper {
            png_base64: STANDARD.encode(std::fs::read(path)?),
            text: std::fs::read_to_string(path.with_extension("txt"))?,
        })
    });
    Ok(PrintedPapers {
        count: u32::try_from(found.len()).unwrap_or(u32::MAX),
        last: last.transpose()?,
    })
}

impl Printer for Pictures {
    fn ready(&mut self) -> Result<(), PrintTrouble> {
        let switches = self.board.switches();
        if switches.switched_off {
            return Err(PrintTrouble::SwitchedOff);
        }
        if switches.out_of_paper {
            return Err(PrintTrouble::OutOfPaper);
        }
        Ok(())
    }

    fn print(&mut self, paper: &Paper) -> Outcome {
        if self.picture_of(paper).exists() {
            return Outcome::CameOut;
        }
        if !self.board.take_time() {
            return Outcome::Unknown;
        }
        // The paper may have run out, and the plug been pulled, while it took its time.
        if let Err(trouble) = self.ready() {
            return Outcome::Nothing(trouble);
        }
        if let Err(error) = self.keep(paper) {
            tracing::error!(%error, folder = %self.folder.display(), "a paper could not be kept as a picture");
            return Outcome::Nothing(PrintTrouble::Fault);
        }
        if self.board.switches().lose_answers {
            return Outcome::Unknown;
        }
        Outcome::CameOut
    }

    fn came_out(&mut self, job_no: i64) -> Result<Option<bool>, PrintTrouble> {
        if self.board.switches().lose_answers {
            return Err(PrintTrouble::Unreachable);
        }
        Ok(Some(self.has_picture(job_no)))
    }
}
