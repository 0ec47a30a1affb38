//! How the screens of a till look: colours and the size of everything. The till keeps it, so that the customer
//! display and the next start have it too.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// What this machine's own setting asks for.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Black on white with strong edges.
    Contrast,
}

/// How large everything is: one factor for every length on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    /// As drawn.
    #[default]
    Standard,
    /// 1.15 times.
    Large,
    /// 1.3 times.
    Largest,
}

/// How the screens of this till look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The colours.
    pub theme: Theme,
    /// How large everything is.
    pub text_size: TextSize,
}
