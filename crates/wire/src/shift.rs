//! What a till's journal says of its shifts: whole enough that a till restored from a copy has them again,
//! and that the centre can list them.
//!
//! Nothing here is worked out; the figures of a closed shift are those that were frozen.

use serde::{Deserialize, Serialize};
use suanpan_domain::tender::Means;

use crate::names;

/// Which way cash went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CashWay {
    /// Into the drawer.
    In,
    /// Out of it.
    Out,
}

/// What cash was moved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CashReason {
    /// To the bank or from it.
    Bank,
    /// Small change.
    Change,
    /// Something was paid from the drawer.
    Expense,
    /// Anything else.
    Other,
}

/// What a difference came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffReason {
    /// Wrong change.
    MiscountedChange,
    /// Something was paid and not written down.
    UnrecordedExpense,
    /// Bad or false notes.
    BadNotes,
    /// Nobody knows.
    Unclear,
}

/// Cash that was put in or taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveSaid {
    /// Stable id.
    pub move_id: String,
    /// When.
    pub at_ms: i64,
    /// Which way.
    pub way: CashWay,
    /// How much, positive.
    pub amount_minor: i64,
    /// What for.
    pub reason: CashReason,
    /// In words; may be empty.
    pub note: String,
    /// Who did it.
    pub requested_by: String,
    /// Who approved it; always there for cash taken out.
    pub approved_by: Option<String>,
}

/// Notes or coins of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PiecesSaid {
    /// What one is worth.
    pub denomination_minor: i64,
    /// How many.
    pub pieces: u32,
}

/// How many, and how much in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallySaid {
    /// How many.
    pub count: u32,
    /// Their sum.
    pub sum_minor: i64,
}

/// What one means brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeansSaid {
    /// By what.
    #[serde(with = "names::means")]
    pub means: Means,
    /// Money facts and their sum, negative ones taken off.
    pub tally: TallySaid,
}

/// An unpaid order that went on in the next shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedSaid {
    /// The order.
    pub order_id: String,
    /// Its number for people, if it had one.
    pub short_no: Option<String>,
    /// Whether it was parked as to confirm.
    pub to_confirm: bool,
    /// When it was last changed.
    pub changed_at_ms: i64,
    /// Pieces.
    pub pieces: i64,
    /// What it owes.
    pub total_minor: i64,
}

/// A shift that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedSaid {
    /// Stable id (UUIDv7).
    pub shift_id: String,
    /// `YYYY-MM-DD`; every money fact while it is open counts for this day.
    pub business_day: String,
    /// Who opened it.
    pub cashier: String,
    /// When, UTC milliseconds.
    pub opened_at_ms: i64,
    /// The float that was counted.
    pub float_minor: i64,
    /// What the close before had left.
    pub suggested_float_minor: i64,
}

/// A closed shift with its frozen figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedSaid {
    /// How it began.
    pub opened: OpenedSaid,
    /// Who closed it.
    pub closed_by: String,
    /// When, UTC milliseconds.
    pub closed_at_ms: i64,
    /// Cash taken for sales, change taken off.
    pub taken: TallySaid,
    /// Change given.
    pub change_minor: i64,
    /// Cash gone back to customers, as a positive sum.
    pub returned: TallySaid,
    /// Every movement.
    pub moves: Vec<MoveSaid>,
    /// Float + taken − returned ± movements.
    pub expected_minor: i64,
    /// The count.
    pub counted: Vec<PiecesSaid>,
    /// Its sum.
    pub counted_minor: i64,
    /// What stayed in the drawer.
    pub left_minor: i64,
    /// What the difference came from, if somebody said.
    pub reason: Option<OffReason>,
    /// In words; may be empty.
    pub note: String,
    /// What each means brought.
    pub means: Vec<MeansSaid>,
    /// Orders completed, and Σ their totals.
    pub orders: TallySaid,
    /// Σ their discounts, zero or negative.
    pub discount_minor: i64,
    /// Σ their 抹零, zero or negative.
    pub rounding_minor: i64,
    /// Unpaid orders that went on.
    pub carried_over: Vec<CarriedSaid>,
    /// Codes whose result was not known.
    pub codes_waiting: u32,
    /// Completed orders the centre had yet to hear of.
    pub only_here: u32,
}

impl ClosedSaid {
    /// Counted less expected: negative is short.
    #[must_use]
    pub const fn difference_minor(&self) -> i64 {
        self.counted_minor - self.expected_minor
    }
}
