//! Shifts: open, move cash, count, close. What happens to them is in `crate::sale`; here requests are
//! understood and refused.

mod report;
mod view;
mod words;

use suanpan_domain::code::fold_width;
use suanpan_domain::money::{AMOUNT_MAX, Fen, MoneyError};
use suanpan_wire::shift::{CashWay, MoveSaid, PiecesSaid};

pub(crate) use report::shift_rows;
pub(super) use report::{list, report};
pub(super) use view::{head, view};

use super::approval::{self, Ask};
use super::pay::typed;
use crate::rpc::shift::{
    CloseShift, ClosedShift, CountCash, Counted, MoveCash, MoveDirection, OpenShift, SetBlind,
};
use crate::rpc::{Code, Problem};
use crate::sale::{Closing, GivenUpBy};
use crate::store::{Halt, View, WriteTx, keys};
use crate::till::Till;

/// A sentence on paper is long enough.
const NOTE_CHARS_MAX: usize = 80;
const CASH_OUT: &str = "cash_out";
const COUNT_BLIND: &str = "count_blind";
const COUNT_OPENLY: &str = "count_openly";

/// Opens a shift with the float that was counted; nothing in the drawer is a float too.
pub(super) fn open(till: &mut Till, request: &OpenShift) -> Result<(), Problem> {
    let float = float(&request.float_yuan)?;
    let shift_id = till.host().uuid_v7();
    till.write(|tx| tx.open_shift(shift_id, float))
}

fn float(yuan: &str) -> Result<Fen, Problem> {
    let text = fold_width(yuan);
    let invalid = || Problem::new(Code::AmountInvalid).with("text", &text);
    let amount = Fen::parse_yuan(&text).map_err(|error| match error {
        MoneyError::TooLarge => Problem::new(Code::AmountTooLarge).with("max", AMOUNT_MAX),
        MoneyError::NotAnAmount | MoneyError::TooPrecise | MoneyError::NotPositive => invalid(),
    })?;
    if amount.minor() < 0 {
        return Err(invalid());
    }
    Ok(amount)
}

/// A note as it is kept: one line.
pub(super) fn note(text: &str) -> Result<String, Problem> {
    let text: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().count() > NOTE_CHARS_MAX {
        return Err(Problem::new(Code::NoteTooLong).with("max", NOTE_CHARS_MAX));
    }
    Ok(text)
}

/// Puts cash into the drawer, or takes it out with a manager's word.
pub(super) fn move_cash(till: &mut Till, request: &MoveCash) -> Result<(), Problem> {
    let amount = typed(&request.yuan)?;
    let amount = amount.ok_or_else(|| Problem::new(Code::AmountInvalid).with("text", ""))?;
    let note = note(&request.note)?;
    till.read(|glance| refuse_when_moved(glance.view, request.moves_seen))?;
    let approved = match request.direction {
        MoveDirection::In => None,
        MoveDirection::Out => {
            let subject = amount.to_string();
            let ask = Ask {
                action: CASH_OUT,
                order_no: "",
                subject: Some(&subject),
            };
            Some(approval::manager(till, request.approval.as_ref(), ask)?)
        }
    };
    let move_id = till.host().uuid_v7();
    till.write(|tx| {
        refuse_when_moved(tx.view(), request.moves_seen)?;
        let by = approved.map(|approved| approved.spend(tx)).transpose()?;
        let moved = moved(tx, move_id, request, amount, note, by)?;
        tx.move_cash(moved)
    })
}

fn moved(
    tx: &WriteTx<'_>,
    move_id: String,
    request: &MoveCash,
    amount: Fen,
    note: String,
    by: Option<GivenUpBy>,
) -> Result<MoveSaid, Halt> {
    Ok(MoveSaid {
        move_id,
        at_ms: tx.at_ms(),
        way: match request.direction {
            MoveDirection::In => CashWay::In,
            MoveDirection::Out => CashWay::Out,
        },
        amount_minor: amount.minor(),
        reason: words::move_reason(request.reason),
        note,
        requested_by: tx.view().cashier()?,
        approved_by: by.map(|by| by.approved_by),
    })
}

/// Refuses without an open shift, and what was asked before cash was moved last: a key pressed twice moves
/// once.
fn refuse_when_moved(view: View<'_>, moves_seen: Option<u32>) -> Result<(), Halt> {
    let shift = view.open_shift()?.ok_or(Halt::from(Code::ShiftNotOpen))?;
    let moves = view.cash_moves(&shift.opened.shift_id)?.len();
    match moves_seen {
        Some(seen) if usize::try_from(seen) != Ok(moves) => Err(Code::ShiftChanged.into()),
        Some(_) | None => Ok(()),
    }
}

/// Keeps the count so far.
pub(super) fn count(till: &mut Till, request: &CountCash) -> Result<(), Problem> {
    let counted = pieces(&request.counted);
    till.write(|tx| tx.count_cash(counted))
}

fn pieces(counted: &[Counted]) -> Vec<PiecesSaid> {
    let kinds = counted.iter().map(|kind| PiecesSaid {
        denomination_minor: kind.denomination_minor,
        pieces: kind.pieces,
    });
    kinds.collect()
}

/// Refuses a count nobody looked at: what was typed last may not have been kept.
fn refuse_when_counted(view: View<'_>, count_seen: Option<&[Counted]>) -> Result<(), Halt> {
    let Some(seen) = count_seen else {
        return Ok(());
    };
    let shift = view.open_shift()?.ok_or(Halt::from(Code::ShiftNotOpen))?;
    let in_order = |mut kinds: Vec<PiecesSaid>| {
        kinds.sort_by_key(|kind| kind.denomination_minor);
        kinds
    };
    if in_order(view.cash_count(&shift.opened.shift_id)?) == in_order(pieces(seen)) {
        return Ok(());
    }
    Err(Code::CountChanged.into())
}

/// Whether cash is counted without seeing what is expected; a manager decides.
pub(super) fn set_blind(till: &mut Till, request: &SetBlind) -> Result<(), Problem> {
    let (action, value) = if request.blind {
        (COUNT_BLIND, "1")
    } else {
        (COUNT_OPENLY, "0")
    };
    let ask = Ask {
        action,
        order_no: "",
        subject: None,
    };
    let approved = approval::manager(till, request.approval.as_ref(), ask)?;
    till.write(|tx| {
        approved.spend(tx)?;
        Ok(tx.set_setting(keys::BLIND_COUNT, value)?)
    })
}

/// Closes the shift with the count that is kept.
pub(super) fn close(till: &mut Till, request: &CloseShift) -> Result<ClosedShift, Problem> {
    let closing = Closing {
        reason: request.reason.map(words::off_reason),
        note: note(&request.note)?,
        leave_minor: request.leave_minor,
    };
    let closed = till.write(|tx| {
        refuse_when_counted(tx.view(), request.count_seen.as_deref())?;
        tx.close_shift(closing)
    })?;
    // What is shown is read back from what is kept.
    till.read(|glance| {
        let kept = glance.view.shift(&closed.opened.shift_id)?;
        let kept = kept.and_then(|shift| shift.closed);
        report::shown(glance, &kept.ok_or(Halt::from(Code::ShiftNotFound))?)
    })
}
