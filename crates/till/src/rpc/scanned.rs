//! What was scanned where a payment code may come: it charges a customer for a minute, so nothing prints it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Scanned text that may be a payment code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct Scanned(String);

impl Scanned {
    /// Takes what came from the scanner.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one who reads it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Scanned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scanned").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::{Command, TakePaymentCode};

    #[test]
    fn a_payment_code_travels_as_text_and_is_never_printed() {
        let command = Command::PayTake(TakePaymentCode {
            scanned: Scanned::new("134567890123456789"),
            yuan: String::new(),
            expected_open_minor: None,
        });
        let sent = serde_json::to_value(&command).unwrap();
        assert_eq!(sent["payload"]["scanned"], "134567890123456789");
        assert!(!format!("{command:?}").contains("1345"), "{command:?}");
    }
}
