//! The one line the child says on standard output: where it is, or why it is not.

use serde::{Deserialize, Serialize};

/// Where a practice shop is. The same after every start on the same folder, but for the enrolment line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Address of the stand-in platform, `http://127.0.0.1:PORT`.
    pub sandbox: String,
    /// Bearer token of its admin API.
    pub token: String,
    /// Address of the centre.
    pub centre: String,
    /// A fresh line `address#code#fingerprint` for a till to enrol with, once.
    pub enrol: String,
}

/// What the child says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It serves.
    Ready(Ready),
    /// It gives up, for a reason a developer understands.
    Problem(String),
}
