//! A manager named on the command line, with the PIN from standard input.
//!
//! A manager whose PIN is forgotten, and a till without a window, need somebody who may start the program and says
//! there who may approve. Deliberately not in it: checking a PIN, which is the till's.

use std::io::{self, BufRead, IsTerminal};

use crate::rpc::Problem;
use crate::shell::Shell;

/// As many digits as the screens show places for.
const PIN_DIGITS_MIN: usize = 4;
/// As many digits as the screens take.
const PIN_DIGITS_MAX: usize = 8;
/// Fits on a line of a receipt in any language.
const NAME_CHARS_MAX: usize = 24;
/// More than any line with a PIN has; the rest of what comes in is not read.
const INPUT_BYTES_MAX: u64 = 64;

/// A manager as told, not saved yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Approver {
    name: String,
    pin: String,
}

/// The PIN is nobody's to print.
impl std::fmt::Debug for Approver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Approver")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why nobody became manager.
#[derive(Debug, thiserror::Error)]
pub enum ApproverError {
    /// The name cannot be shown.
    #[error("--manager: a name has 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// There is no PIN on standard input, or it is none.
    #[error(
        "--manager: the first line of standard input is the PIN, {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits"
    )]
    Pin,
    /// Standard input cannot be read.
    #[error("--manager: standard input cannot be read: {0}")]
    Input(#[from] std::io::Error),
}

impl Approver {
    /// A manager of that name, whose PIN a person types or another program hands over on standard input.
    ///
    /// # Errors
    /// [`ApproverError`].
    pub fn ask(name: &str) -> Result<Self, ApproverError> {
        let input = io::stdin().lock();
        if input.is_terminal() {
            eprint!("PIN: ");
        }
        Self::read(name, input)
    }

    /// A manager of that name, whose PIN is the first line of `input`.
    ///
    /// # Errors
    /// [`ApproverError`].
    pub fn read(name: &str, input: impl BufRead) -> Result<Self, ApproverError> {
        let name = name.trim();
        let length = name.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&length) || name.chars().any(char::is_control) {
            return Err(ApproverError::Name);
        }
        let mut line = String::new();
        input.take(INPUT_BYTES_MAX).read_line(&mut line)?;
        let pin = line.trim();
        let is_pin = (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&pin.len())
            && pin.bytes().all(|byte| byte.is_ascii_digit());
        if !is_pin {
            return Err(ApproverError::Pin);
        }
        Ok(Self {
            name: name.to_owned(),
            pin: pin.to_owned(),
        })
    }

    /// Makes them a manager of the till, or gives the one of that name this PIN.
    ///
    /// # Errors
    /// When it cannot be saved.
    pub async fn save(self, shell: &Shell) -> Result<(), Problem> {
        shell
            .with_till(move |till| till.name_manager(&self.name, &self.pin))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_is_the_first_line_and_is_never_shown() {
        let manager = Approver::read(" 店长 ", "2468\r\nmore\n".as_bytes()).unwrap();
        assert_eq!((manager.name.as_str(), manager.pin.as_str()), ("店长", "2468"));
        assert!(!format!("{manager:?}").contains("2468"));
    }

    #[test]
    fn what_is_no_pin_is_refused() {
        for input in ["", "\n", "123", "123456789", "12a4", "１２３４", "1234 5678"] {
            let refused = Approver::read("店长", input.as_bytes());
            assert!(matches!(refused, Err(ApproverError::Pin)), "{input}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in ["", "  ", "a\nb", &"长".repeat(NAME_CHARS_MAX + 1)] {
            let refused = Approver::read(name, "1234".as_bytes());
            assert!(matches!(refused, Err(ApproverError::Name)), "{name}");
        }
    }
}
