//! What the store has for the engine to do, read anew at every look.

use suanpan_wire::journal::Mark;

use super::errands::Errand;

/// Everything that is not in step with the centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The last entry of the journal.
    pub head: Mark,
    /// The last position the centre holds durably, as far as known here; behind what it once
    /// acknowledged after the centre was restored.
    pub acked: Mark,
    /// The last position before entries that the centre has and this store lost.
    pub missing_after: Option<Mark>,
    /// Generation of the change cursor; 0 before the first answer.
    pub generation: u64,
    /// Position of the change cursor.
    pub position: u64,
    /// Code tenders whose end is not known, oldest first.
    pub tenders: Vec<Watched>,
    /// What a person has decided and the centre has not answered, oldest first.
    pub errands: Vec<Errand>,
}

/// A code tender that is live or closing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its number.
    pub tender_no: String,
    /// Whether the cashier wants it closed.
    pub closing: bool,
    /// Key of the first committed attempt the centre has not been heard to know.
    pub unsent: Option<String>,
    /// Key of the newest attempt.
    pub newest: String,
    /// The code of the newest attempt, once there is one.
    pub code: Option<ShownCode>,
    /// Whether the customer was paying when last heard of.
    pub paying: bool,
    /// Whether a person wants it asked about now; said at one look, not at every one.
    pub ask_now: bool,
    /// Whether the till may ask for a fresh code by itself: the tender is on the Pay screen and has not
    /// been renewed too often.
    pub renewable: bool,
}

/// A code that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownCode {
    /// Last moment it can be paid, the centre's clock.
    pub expires_at_ms: i64,
}
