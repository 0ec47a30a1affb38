//! Shifts: a drawer from its float to its count. Every figure comes from one place and is never added up on
//! a screen.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Approval;
use super::state::{HeldBasket, Means};

/// The open shift, as the frame around every screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShiftHead {
    /// The shift.
    pub shift_id: String,
    /// When it was opened.
    #[ts(type = "number")]
    pub opened_at_ms: i64,
    /// Who opened it.
    pub cashier: String,
    /// Day its money counts for, `YYYY-MM-DD`, also after midnight.
    pub business_day: String,
}

/// What a line of the expected cash tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedKind {
    /// The float the shift began with; one line.
    Float,
    /// Cash taken for sales, change taken off; one line for all of it.
    CashTaken,
    /// Cash that went back to customers, negative; one line for all of it.
    CashReturned,
    /// Cash put into the drawer; a line each.
    CashIn,
    /// Cash taken out of the drawer, negative; a line each.
    CashOut,
}

/// What cash is put in or taken out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// To the bank or from it.
    Bank,
    /// Small change.
    Change,
    /// Something was paid from the drawer.
    Expense,
    /// Anything else; the note says what.
    Other,
}

/// A line of how the expected cash comes about. The lines add up to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExpectedRow {
    /// What it tells.
    pub kind: ExpectedKind,
    /// When, for what happened once.
    #[ts(type = "number | null")]
    pub at_ms: Option<i64>,
    /// How many times.
    pub count: u32,
    /// Signed.
    #[ts(type = "number")]
    pub amount_minor: i64,
    /// For [`ExpectedKind::CashIn`] and [`ExpectedKind::CashOut`].
    pub reason: Option<MoveReason>,
    /// What somebody added in words; empty without.
    pub note: String,
    /// The manager who approved it.
    pub approved_by: Option<String>,
}

/// Notes or coins of one kind, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// What one is worth: 10000 is 100 yuan. One of the notes and coins there are.
    #[ts(type = "number")]
    pub denomination_minor: i64,
    /// How many, 0 to 100 000.
    pub pieces: u32,
}

/// One kind of a count, and what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CountedKind {
    /// What one is worth.
    #[ts(type = "number")]
    pub denomination_minor: i64,
    /// How many.
    pub pieces: u32,
    /// What they are worth together.
    #[ts(type = "number")]
    pub amount_minor: i64,
}

/// What may explain a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Clue {
    /// Change of exactly this much was given.
    Change,
    /// Cash of exactly this much was taken.
    CashTaken,
    /// Cash went back to a customer.
    CashReturned,
    /// Cash of exactly this much, or of half of it, was put in or taken out.
    Moved,
}

/// Something to look at when the count differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LookAt {
    /// Its order, for what belongs to one.
    pub order_id: Option<String>,
    /// The order's number for people.
    pub short_no: Option<String>,
    /// When.
    #[ts(type = "number")]
    pub at_ms: i64,
    /// What.
    pub what: Clue,
    /// How much, positive.
    #[ts(type = "number")]
    pub amount_minor: i64,
}

/// Everything the shift screen shows, as one answer. Without an open shift the figures are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShiftView {
    /// The open shift.
    pub head: Option<ShiftHead>,
    /// What the last close left in the drawer: the float to count first.
    #[ts(type = "number")]
    pub suggested_float_minor: i64,
    /// Notes and coins in the order they are counted in.
    #[ts(type = "Array<number>")]
    pub denominations: Vec<i64>,
    /// Count without seeing what is expected: `expected`, `expected_minor`, `difference_minor`, `look_at` and
    /// the sums of change and rounding say nothing until the shift is closed.
    pub blind: bool,
    /// How the expected cash comes about.
    pub expected: Vec<ExpectedRow>,
    /// The expected cash; nothing in a blind count.
    #[ts(type = "number | null")]
    pub expected_minor: Option<i64>,
    /// Change given in the shift; it is in the expected cash already.
    #[ts(type = "number")]
    pub change_minor: i64,
    /// 抹零 of the shift's orders, zero or negative; it is in the expected cash already.
    #[ts(type = "number")]
    pub rounding_minor: i64,
    /// How often cash was put in or taken out: goes back with [`MoveCash::moves_seen`].
    pub moves: u32,
    /// The count so far; kept on disk until the shift is closed.
    pub counted: Vec<CountedKind>,
    /// Its sum; nothing before the first entry.
    #[ts(type = "number | null")]
    pub counted_minor: Option<i64>,
    /// Counted less expected: negative is short.
    #[ts(type = "number | null")]
    pub difference_minor: Option<i64>,
    /// What may explain the difference.
    pub look_at: Vec<LookAt>,
    /// What stands on the counter unpaid; it goes on in the next shift.
    pub on_counter: Option<HeldBasket>,
    /// Baskets on hold; they go on in the next shift.
    pub held: Vec<HeldBasket>,
    /// Orders whose code nobody knows the result of; they go on, and what arrives later is listed beside the
    /// closed shift.
    pub to_confirm: Vec<HeldBasket>,
    /// Codes whose result is not known.
    pub codes_waiting: u32,
    /// Completed orders the centre has yet to hear of; they stay this shift's.
    pub only_here: u32,
}

/// Opens a shift with the float that was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenShift {
    /// In yuan as typed; `0` is a float too.
    pub float_yuan: String,
}

/// Which way cash goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MoveDirection {
    /// Into the drawer.
    In,
    /// Out of the drawer; needs a manager.
    Out,
}

/// Puts cash into the drawer or takes it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MoveCash {
    /// Which way.
    pub direction: MoveDirection,
    /// How much, in yuan as typed.
    pub yuan: String,
    /// What for.
    pub reason: MoveReason,
    /// In words, at most 80 characters; may be empty.
    pub note: String,
    /// Needed to take cash out.
    pub approval: Option<Approval>,
    /// [`ShiftView::moves`] as the person saw it: refused when it has changed, so that a second press moves
    /// nothing. Nothing from a caller that shows it to nobody.
    pub moves_seen: Option<u32>,
}

/// Keeps the count so far, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CountCash {
    /// Every kind counted so far; empty takes the count back.
    pub counted: Vec<Counted>,
}

/// What a difference came from, as far as people know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceReason {
    /// Wrong change was given.
    MiscountedChange,
    /// Something was paid and not written down.
    UnrecordedExpense,
    /// Bad or false notes.
    BadNotes,
    /// Nobody knows.
    Unclear,
}

/// Closes the shift with the count that is kept. Any count is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CloseShift {
    /// What the difference came from.
    pub reason: Option<DifferenceReason>,
    /// In words, at most 80 characters; may be empty.
    pub note: String,
    /// What stays in the drawer for the next shift; nothing means all that was counted.
    #[ts(type = "number | null")]
    pub leave_minor: Option<i64>,
    /// The count as the person saw it, whole: refused when another is kept, so that nothing is frozen that
    /// nobody looked at. Nothing from a caller that shows it to nobody.
    pub count_seen: Option<Vec<Counted>>,
}

/// Whether cash is counted blind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetBlind {
    /// Blind or not.
    pub blind: bool,
    /// Always needed.
    pub approval: Option<Approval>,
}

/// The last shifts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListShifts {
    /// Rows to return, at most 200; nothing means 30.
    pub limit: Option<u16>,
}

/// Names a shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameShift {
    /// The shift.
    pub shift_id: String,
}

/// A closed shift's head, as it was frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClosedShift {
    /// The shift.
    pub shift_id: String,
    /// Its day.
    pub business_day: String,
    /// Who opened it.
    pub cashier: String,
    /// Who closed it.
    pub closed_by: String,
    /// When it was opened.
    #[ts(type = "number")]
    pub opened_at_ms: i64,
    /// When it was closed.
    #[ts(type = "number")]
    pub closed_at_ms: i64,
    /// The float it began with.
    #[ts(type = "number")]
    pub float_minor: i64,
    /// What should have been in the drawer.
    #[ts(type = "number")]
    pub expected_minor: i64,
    /// What was counted.
    #[ts(type = "number")]
    pub counted_minor: i64,
    /// Counted less expected: negative is short.
    #[ts(type = "number")]
    pub difference_minor: i64,
    /// What stayed in the drawer for the next shift.
    #[ts(type = "number")]
    pub left_minor: i64,
    /// What was taken away at the close: counted less left.
    #[ts(type = "number")]
    pub taken_away_minor: i64,
    /// What the difference came from, if somebody said.
    pub reason: Option<DifferenceReason>,
    /// In words; may be empty.
    pub note: String,
    /// Money that arrived after the close, listed beside it.
    pub amendments: u32,
}

/// What one means brought in a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShiftMeans {
    /// By what.
    pub means: Means,
    /// Money facts.
    pub count: u32,
    /// Their sum.
    #[ts(type = "number")]
    pub net_minor: i64,
}

/// Money that arrived after its shift was closed. The frozen figures stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Amendment {
    /// Its order.
    pub order_id: String,
    /// The order's number for people.
    pub short_no: String,
    /// When the till learnt of it.
    #[ts(type = "number")]
    pub at_ms: i64,
    /// Day it counts for in the takings.
    pub business_day: String,
    /// By what.
    pub means: Means,
    /// How much.
    #[ts(type = "number")]
    pub amount_minor: i64,
}

/// A closed shift, whole: what was frozen, and what arrived later beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShiftReport {
    /// Its head.
    pub shift: ClosedShift,
    /// How the expected cash came about.
    pub expected: Vec<ExpectedRow>,
    /// The count.
    pub counted: Vec<CountedKind>,
    /// Orders completed.
    pub orders: u32,
    /// Σ their totals.
    #[ts(type = "number")]
    pub orders_total_minor: i64,
    /// Σ their discounts, zero or negative.
    #[ts(type = "number")]
    pub discount_minor: i64,
    /// Σ their 抹零, zero or negative.
    #[ts(type = "number")]
    pub rounding_minor: i64,
    /// Change given.
    #[ts(type = "number")]
    pub change_minor: i64,
    /// What each means brought.
    pub means: Vec<ShiftMeans>,
    /// Unpaid orders that were carried over.
    pub carried_over: Vec<HeldBasket>,
    /// Codes whose result was not known.
    pub codes_waiting: u32,
    /// Completed orders the centre had yet to hear of.
    pub only_here: u32,
    /// What arrived later.
    pub amendments: Vec<Amendment>,
    /// The report as paper, in the till's language, every line at most 32 columns.
    pub text: String,
    /// The same as a picture 384 dots wide, PNG in base64.
    pub png_base64: String,
}
