//! The shift screen, as one value read at one moment: there is no part of it that comes later.

use suanpan_domain::money::Fen;
use suanpan_domain::order::OrderState;
use suanpan_wire::shift::{CashWay, MoveSaid, OpenedSaid, PiecesSaid, TallySaid};

use super::super::glance::Glance;
use super::super::state::held;
use super::words::shown_move_reason;
use crate::rpc::Problem;
use crate::rpc::shift::{Clue, CountedKind, ExpectedKind, ExpectedRow, LookAt, ShiftHead, ShiftView};
use crate::rpc::state::HeldBasket;
use crate::sale::{Figures, count_sum, figures, told, unpaid_orders};
use crate::store::{CashFact, Halt, keys};

/// Notes and coins that stand on the screen: those in a drawer today. The others may be counted too.
const COUNTED_FIRST: &[i64] = &[10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10];
/// Things to look at that fit beside the reasons.
const LOOK_AT_MAX: u8 = 5;

/// The open shift for the frame around the screens.
pub(in crate::commands) fn head(glance: &Glance<'_>) -> Result<Option<ShiftHead>, Halt> {
    Ok(glance.view.open_shift()?.map(|shift| shown_head(&shift.opened)))
}

fn shown_head(opened: &OpenedSaid) -> ShiftHead {
    ShiftHead {
        shift_id: opened.shift_id.clone(),
        opened_at_ms: opened.opened_at_ms,
        cashier: opened.cashier.clone(),
        business_day: opened.business_day.clone(),
    }
}

/// Everything the shift screen shows.
pub(in crate::commands) fn view(glance: &Glance<'_>) -> Result<ShiftView, Halt> {
    let mut shown = without_shift(glance)?;
    let Some(shift) = glance.view.open_shift()? else {
        return Ok(shown);
    };
    let opened = shift.opened;
    let counted = glance.view.cash_count(&opened.shift_id)?;
    let figures = figures(glance.view, &opened)?;
    shown.head = Some(shown_head(&opened));
    shown.moves = u32::try_from(figures.moves.len()).unwrap_or(u32::MAX);
    shown.counted_minor = count_sum(&counted)?.map(Fen::minor);
    shown.counted = shown_count(&counted)?;
    if !shown.blind {
        show_figures(glance, &mut shown, &opened, &figures)?;
    }
    Ok(shown)
}

fn without_shift(glance: &Glance<'_>) -> Result<ShiftView, Halt> {
    let (on_counter, aside) = unpaid_orders(glance.view)?;
    let aside = |to_confirm: bool| -> Vec<HeldBasket> {
        let wanted = |state| (state == OrderState::ToConfirm) == to_confirm;
        aside
            .iter()
            .filter(|order| wanted(order.state))
            .map(held)
            .collect()
    };
    Ok(ShiftView {
        head: None,
        suggested_float_minor: glance.view.left_in_drawer()?,
        denominations: COUNTED_FIRST.to_vec(),
        blind: glance.view.setting(keys::BLIND_COUNT)?.as_deref() == Some("1"),
        expected: Vec::new(),
        expected_minor: None,
        change_minor: 0,
        rounding_minor: 0,
        moves: 0,
        counted: Vec::new(),
        counted_minor: None,
        difference_minor: None,
        look_at: Vec::new(),
        on_counter: on_counter.as_ref().map(held),
        held: aside(false),
        to_confirm: aside(true),
        codes_waiting: glance.view.codes_waiting()?,
        only_here: u32::try_from(glance.view.orders_only_here()?).unwrap_or(0),
    })
}

fn show_figures(
    glance: &Glance<'_>,
    shown: &mut ShiftView,
    opened: &OpenedSaid,
    figures: &Figures,
) -> Result<(), Halt> {
    let drawer = &figures.drawer;
    shown.expected = expected_rows(opened, told(drawer.taken), told(drawer.returned), &figures.moves);
    shown.expected_minor = Some(figures.expected.minor());
    shown.change_minor = drawer.change.minor();
    shown.rounding_minor = figures.orders.rounding_minor;
    let off_minor = shown
        .counted_minor
        .map(|counted| counted - figures.expected.minor());
    shown.difference_minor = off_minor;
    if let Some(off_minor) = off_minor.filter(|off_minor| *off_minor != 0) {
        shown.look_at = look_at(glance, opened, figures, off_minor.abs())?;
    }
    Ok(())
}

/// A count for the screens, each kind with what it is worth.
pub(super) fn shown_count(counted: &[PiecesSaid]) -> Result<Vec<CountedKind>, Problem> {
    let shown = |kind: &PiecesSaid| {
        let worth = count_sum(std::slice::from_ref(kind))?;
        Ok(CountedKind {
            denomination_minor: kind.denomination_minor,
            pieces: kind.pieces,
            amount_minor: worth.map_or(0, Fen::minor),
        })
    };
    counted.iter().map(shown).collect()
}

/// How expected cash comes about. The rows add up to it.
pub(super) fn expected_rows(
    opened: &OpenedSaid,
    taken: TallySaid,
    returned: TallySaid,
    moves: &[MoveSaid],
) -> Vec<ExpectedRow> {
    let row = |kind, count, amount_minor| ExpectedRow {
        kind,
        at_ms: None,
        count,
        amount_minor,
        reason: None,
        note: String::new(),
        approved_by: None,
    };
    let float = ExpectedRow {
        at_ms: Some(opened.opened_at_ms),
        ..row(ExpectedKind::Float, 1, opened.float_minor)
    };
    let taken = row(ExpectedKind::CashTaken, taken.count, taken.sum_minor);
    let mut rows = vec![float, taken];
    if returned.count > 0 {
        rows.push(row(
            ExpectedKind::CashReturned,
            returned.count,
            -returned.sum_minor,
        ));
    }
    rows.extend(moves.iter().map(|moved| {
        let (kind, amount_minor) = match moved.way {
            CashWay::In => (ExpectedKind::CashIn, moved.amount_minor),
            CashWay::Out => (ExpectedKind::CashOut, -moved.amount_minor),
        };
        ExpectedRow {
            at_ms: Some(moved.at_ms),
            reason: Some(shown_move_reason(moved.reason)),
            note: moved.note.clone(),
            approved_by: moved.approved_by.clone(),
            ..row(kind, 1, amount_minor)
        }
    }));
    rows
}

/// What may explain a difference of this much, oldest first.
fn look_at(
    glance: &Glance<'_>,
    opened: &OpenedSaid,
    figures: &Figures,
    off_minor: i64,
) -> Result<Vec<LookAt>, Halt> {
    let facts = glance
        .view
        .cash_worth_a_look(&opened.shift_id, off_minor, LOOK_AT_MAX)?;
    let mut clues: Vec<LookAt> = facts.into_iter().map(|fact| clue(fact, off_minor)).collect();
    let wrong_way_round = |moved: &&MoveSaid| {
        moved.amount_minor == off_minor || moved.amount_minor.checked_mul(2) == Some(off_minor)
    };
    clues.extend(figures.moves.iter().filter(wrong_way_round).map(|moved| LookAt {
        order_id: None,
        short_no: None,
        at_ms: moved.at_ms,
        what: Clue::Moved,
        amount_minor: moved.amount_minor,
    }));
    clues.sort_by_key(|clue| clue.at_ms);
    clues.truncate(usize::from(LOOK_AT_MAX));
    Ok(clues)
}

fn clue(fact: CashFact, off_minor: i64) -> LookAt {
    let (what, amount_minor) = if fact.amount_minor < 0 {
        (Clue::CashReturned, -fact.amount_minor)
    } else if fact.change_minor == off_minor {
        (Clue::Change, fact.change_minor)
    } else {
        (Clue::CashTaken, fact.amount_minor)
    };
    LookAt {
        order_id: Some(fact.order_id),
        short_no: fact.short_no,
        at_ms: fact.at_ms,
        what,
        amount_minor,
    }
}
