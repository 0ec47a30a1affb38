//! What the practice controls show and switch: the sandbox beside a till that takes play money.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::print::PrinterSwitches;

/// A trade as the sandbox holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PracticeTrade {
    /// Number at the sandbox.
    pub trade_no: String,
    /// What is bought.
    pub description: String,
    /// Amount.
    #[ts(type = "number")]
    pub amount_minor: i64,
    /// The platform's word for its state.
    pub state: String,
    /// The phone page, to be opened by a person.
    pub phone_url: String,
    /// When it was made.
    #[ts(type = "number")]
    pub created_at_ms: i64,
}

/// What the practice screen shows, all of it as it stands right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PracticeView {
    /// Trades of the sandbox, newest first.
    pub trades: Vec<PracticeTrade>,
    /// The sandbox's switches.
    pub faults: FaultSwitches,
    /// Whether the till may reach its centre.
    pub network_up: bool,
    /// The printer's switches.
    pub printer: PrinterSwitches,
}

/// The sandbox's switches, as the practice screen offers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FaultSwitches {
    /// The platform acts but its answers are lost.
    pub lose_answers: bool,
    /// Requests never reach the platform.
    pub lose_requests: bool,
    /// No result notices are sent.
    pub no_notices: bool,
    /// Every answer takes three seconds.
    pub slow: bool,
}
