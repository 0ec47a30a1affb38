//! The people of a till: who is there, who sells, who may approve.
//!
//! A PIN comes in as typed and never goes out again; of a person the screens hear only whether there is one.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Approval;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PersonRole {
    /// Sells, counts and closes shifts.
    Cashier,
    /// Approves too.
    Manager,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// Stable id.
    pub staff_id: String,
    /// Name on screens and receipts; nobody else has it.
    pub name: String,
    /// What they may do.
    pub role: PersonRole,
    /// Whether signing in asks for a PIN.
    pub has_pin: bool,
}

/// Somebody takes their place at the till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignIn {
    /// Whose place.
    pub name: String,
    /// Their PIN as typed; only who has none comes in without.
    pub pin: Option<String>,
}

/// Adds a person, or changes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavePerson {
    /// Who is changed; nothing adds somebody.
    pub staff_id: Option<String>,
    /// Their name, 1 to 24 characters.
    pub name: String,
    /// What they may do. A manager has a PIN.
    pub role: PersonRole,
    /// A new PIN, 4 to 8 digits that nobody else has; nothing keeps the old one, an empty text takes it away.
    pub pin: Option<String>,
    /// Needed once there is a manager. Until then only a manager with a PIN can be added, and the first person
    /// of all is at the till from then on.
    pub approval: Option<Approval>,
}

/// Takes a person off the list. What they sold keeps their name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RemovePerson {
    /// Who.
    pub staff_id: String,
    /// Always needed.
    pub approval: Option<Approval>,
}
