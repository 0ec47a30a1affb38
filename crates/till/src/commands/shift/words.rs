//! The contract's words for shifts beside those of the journal.

use suanpan_wire::shift::{CashReason, OffReason};

use crate::rpc::shift::{DifferenceReason, MoveReason};

pub(super) const fn move_reason(reason: MoveReason) -> CashReason {
    match reason {
        MoveReason::Bank => CashReason::Bank,
        MoveReason::Change => CashReason::Change,
        MoveReason::Expense => CashReason::Expense,
        MoveReason::Other => CashReason::Other,
    }
}

pub(super) const fn shown_move_reason(reason: CashReason) -> MoveReason {
    match reason {
        CashReason::Bank => MoveReason::Bank,
        CashReason::Change => MoveReason::Change,
        CashReason::Expense => MoveReason::Expense,
        CashReason::Other => MoveReason::Other,
    }
}

pub(super) const fn off_reason(reason: DifferenceReason) -> OffReason {
    match reason {
        DifferenceReason::MiscountedChange => OffReason::MiscountedChange,
        DifferenceReason::UnrecordedExpense => OffReason::UnrecordedExpense,
        DifferenceReason::BadNotes => OffReason::BadNotes,
        DifferenceReason::Unclear => OffReason::Unclear,
    }
}

pub(super) const fn shown_off_reason(reason: OffReason) -> DifferenceReason {
    match reason {
        OffReason::MiscountedChange => DifferenceReason::MiscountedChange,
        OffReason::UnrecordedExpense => DifferenceReason::UnrecordedExpense,
        OffReason::BadNotes => DifferenceReason::BadNotes,
        OffReason::Unclear => DifferenceReason::Unclear,
    }
}
