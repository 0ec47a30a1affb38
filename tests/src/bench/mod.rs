//! The bench: what has a limit, measured in turns with that limit in the same process.
//!
//! Every row asserts that product and limit arrive at the same result before a number is told. What is fast
//! enough is decided by the targets of the rows, not here.

pub mod bare;
pub mod clock;
pub mod collecting;
pub mod flush;
pub mod goods;
pub mod line;
pub mod machine;
pub mod openssl;
pub mod problem;
pub mod report;
pub mod rows;
pub mod samples;
pub mod shop;
pub mod stocked;
pub mod turn;
pub mod window;
pub mod years;

use std::path::PathBuf;

use problem::BenchError;
use report::Section;
use turn::Turn;

/// How often a row is measured when the disk wanders, before it is refused.
const TRIES: usize = 3;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// What the targets are about.
    Full,
    /// Just enough to see that every row arrives at right results; its numbers mean nothing.
    Smoke,
}

impl Scale {
    /// `full`, or `smoke` in a smoke run.
    #[must_use]
    pub const fn choose(self, full: usize, smoke: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Smoke => smoke,
        }
    }
}

/// Where and how a row is measured.
#[derive(Debug)]
pub struct Bench {
    /// How much.
    pub scale: Scale,
    /// A folder on the disk that is measured; rows make folders in it.
    pub folder: PathBuf,
    /// Whether rows go first.
    pub turn: Turn,
}

impl Bench {
    /// A fresh folder for a row.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder_for(&self, row: &str) -> std::io::Result<tempfile::TempDir> {
        tempfile::Builder::new().prefix(row).tempdir_in(&self.folder)
    }

    /// Measures a row, again while the disk wanders, and refuses it if it never was steady.
    ///
    /// # Errors
    /// When the row cannot be measured or its result is wrong.
    pub fn measure(&self, row: &rows::Row) -> Result<Section, BenchError> {
        // A web view that goes before its own screen shows nothing.
        if !row.window {
            self.turn.go_first();
        }
        let mut section = (row.measure)(self)?;
        for _ in 1..TRIES {
            if section.is_steady() {
                break;
            }
            section = (row.measure)(self)?;
        }
        self.turn.step_back();
        Ok(if section.is_steady() {
            section
        } else {
            section.refused()
        })
    }
}
