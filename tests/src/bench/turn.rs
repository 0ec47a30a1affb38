//! Whose turn the processor's is: rows ask for a real-time place, so that what else runs on the machine is
//! not measured. All threads of a row get the same place, so they still wait for each other.
//!
//! The system's own `chrt` is asked, on this process; where it may not, the report says so.

use std::process::{Command, Stdio};

/// Lowest that is above every ordinary program and below what the system needs for itself.
const PRIORITY: &str = "10";

/// Whether a real-time place may be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// `SCHED_FIFO` while a row is measured.
    First,
    /// Like everything else.
    Ordinary,
}

impl Turn {
    /// Tries once whether the system allows it.
    #[must_use]
    pub fn find() -> Self {
        if chrt(&["-f", PRIORITY, "true"]) {
            Self::First
        } else {
            Self::Ordinary
        }
    }

    /// From here on this thread, and those it starts, go first.
    pub fn go_first(self) {
        if self == Self::First {
            chrt(&["-f", "-p", PRIORITY, &std::process::id().to_string()]);
        }
    }

    /// From here on this thread, and those it starts, wait as everything does.
    pub fn step_back(self) {
        if self == Self::First {
            chrt(&["-o", "-p", "0", &std::process::id().to_string()]);
        }
    }

    /// For the report.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::First => "under SCHED_FIFO",
            Self::Ordinary => "no SCHED_FIFO here, so what else ran is measured too",
        }
    }
}

fn chrt(arguments: &[&str]) -> bool {
    Command::new("chrt")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
