//! A print job: one paper that somebody is owed, from its order to the moment it came out.
//!
//! What stands on the paper and who carries it to a printer is not here. A printer that goes silent in the
//! middle leaves a job *unsure*: whether paper came out is asked, and never guessed.

use crate::machine::Machine;

/// States of a print job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrintState {
    /// Its turn has not come.
    Waiting,
    /// The printer has it, or is about to.
    Printing,
    /// The printer had it and nobody knows whether paper came out.
    Unsure,
    /// The printer cannot print; nothing came out.
    Stuck,
    /// It came out.
    Printed,
    /// Nobody wants it any more.
    Withdrawn,
}

impl PrintState {
    /// Every state.
    pub const ALL: &'static [PrintState] = &[
        PrintState::Waiting,
        PrintState::Printing,
        PrintState::Unsure,
        PrintState::Stuck,
        PrintState::Printed,
        PrintState::Withdrawn,
    ];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Printing => "PRINTING",
            Self::Unsure => "UNSURE",
            Self::Stuck => "STUCK",
            Self::Printed => "PRINTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }

    /// Whether paper is still owed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Waiting | Self::Printing | Self::Unsure | Self::Stuck => true,
            Self::Printed | Self::Withdrawn => false,
        }
    }
}

/// What can happen to a print job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrintEvent {
    /// Its turn has come: it is handed to the printer next.
    Begin,
    /// The printer says that it came out.
    ComeOut,
    /// The printer cannot print, and nothing came out.
    Stall,
    /// Nobody knows any more whether it came out: the answer was lost, or the till ended in the middle.
    LoseSight,
    /// Paper is owed after all: the printer says that nothing came out, or cannot say and it is printed
    /// again as a copy.
    PrintAgain,
    /// A person wants no paper any more.
    Withdraw,
}

/// The table of a print job.
#[derive(Debug)]
pub struct PrintMachine;

impl Machine for PrintMachine {
    type State = PrintState;
    type Event = PrintEvent;
    const INITIAL: &'static [PrintState] = &[PrintState::Waiting];
    const STATES: &'static [PrintState] = PrintState::ALL;
    const EVENTS: &'static [PrintEvent] = &[
        PrintEvent::Begin,
        PrintEvent::ComeOut,
        PrintEvent::Stall,
        PrintEvent::LoseSight,
        PrintEvent::PrintAgain,
        PrintEvent::Withdraw,
    ];
    const ROWS: &'static [(PrintState, PrintEvent, PrintState)] = &[
        (PrintState::Waiting, PrintEvent::Begin, PrintState::Printing),
        (PrintState::Stuck, PrintEvent::Begin, PrintState::Printing),
        (PrintState::Printing, PrintEvent::ComeOut, PrintState::Printed),
        (PrintState::Unsure, PrintEvent::ComeOut, PrintState::Printed),
        (PrintState::Waiting, PrintEvent::Stall, PrintState::Stuck),
        (PrintState::Printing, PrintEvent::Stall, PrintState::Stuck),
        (PrintState::Printing, PrintEvent::LoseSight, PrintState::Unsure),
        // A till restored from a copy does not know what it printed since.
        (PrintState::Waiting, PrintEvent::LoseSight, PrintState::Unsure),
        (PrintState::Stuck, PrintEvent::LoseSight, PrintState::Unsure),
        (PrintState::Unsure, PrintEvent::PrintAgain, PrintState::Waiting),
        (PrintState::Waiting, PrintEvent::Withdraw, PrintState::Withdrawn),
        (PrintState::Stuck, PrintEvent::Withdraw, PrintState::Withdrawn),
        (PrintState::Unsure, PrintEvent::Withdraw, PrintState::Withdrawn),
    ];
}

/// Why a printer does not print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrintTrouble {
    /// No paper.
    OutOfPaper,
    /// Switched off, or not plugged in.
    SwitchedOff,
    /// It does not answer.
    Unreachable,
    /// It says that something else is wrong with it.
    Fault,
    /// This one paper cannot be made; the ones behind it can.
    Unprintable,
}

impl PrintTrouble {
    /// Every trouble.
    pub const ALL: &'static [PrintTrouble] = &[
        PrintTrouble::OutOfPaper,
        PrintTrouble::SwitchedOff,
        PrintTrouble::Unreachable,
        PrintTrouble::Fault,
        PrintTrouble::Unprintable,
    ];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OutOfPaper => "OUT_OF_PAPER",
            Self::SwitchedOff => "SWITCHED_OFF",
            Self::Unreachable => "UNREACHABLE",
            Self::Fault => "FAULT",
            Self::Unprintable => "UNPRINTABLE",
        }
    }

    /// The trouble of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|trouble| trouble.name() == name)
    }
}

/// The first wait: somebody who switches the printer on sees paper at once.
const RETRY_MS_MIN: i64 = 500;
/// The longest wait: as long as a person stands before a printer that has paper again and does nothing.
const RETRY_MS_MAX: i64 = 5_000;

/// How long to wait after so many tries in vain, in milliseconds: longer each time up to a cap, for ever.
#[must_use]
pub fn retry_delay_ms(tries_in_vain: u32) -> i64 {
    let doubled = RETRY_MS_MIN.checked_shl(tries_in_vain.saturating_sub(1).min(16));
    doubled.unwrap_or(RETRY_MS_MAX).min(RETRY_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Step, check, step};

    #[test]
    fn the_table_is_whole() {
        assert_eq!(check::<PrintMachine>(), Ok(()));
        for state in PrintState::ALL {
            assert_eq!(PrintState::from_name(state.name()), Some(*state));
        }
        for trouble in PrintTrouble::ALL {
            assert_eq!(PrintTrouble::from_name(trouble.name()), Some(*trouble));
        }
    }

    #[test]
    fn what_came_out_is_never_handed_to_a_printer_again() {
        for event in [PrintEvent::Begin, PrintEvent::PrintAgain, PrintEvent::LoseSight] {
            for ended in PrintState::ALL.iter().filter(|state| !state.is_open()) {
                assert_eq!(step::<PrintMachine>(*ended, event), Step::Refused);
            }
        }
        assert_eq!(
            step::<PrintMachine>(PrintState::Unsure, PrintEvent::Begin),
            Step::Refused
        );
    }

    #[test]
    fn waits_grow_to_a_cap_and_never_end() {
        let waits: Vec<i64> = (1..=6).map(retry_delay_ms).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 5_000, 5_000]);
        assert_eq!(retry_delay_ms(u32::MAX), RETRY_MS_MAX);
    }
}
