//! A shift's way: open, move cash, count, close. And what its money comes to, from one place.
//!
//! Selling does not ask for a shift; what is sold without one belongs to none and is absorbed by none.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::money::Fen;
use suanpan_domain::order::OrderState;
use suanpan_domain::shift::{CashEvent, Drawer, ShiftEvent, ShiftMachine, ShiftState, Tally};
use suanpan_domain::shift::{counted_cash, expected_cash};
use suanpan_wire::entry::Said;
use suanpan_wire::shift::{
    CarriedSaid, CashWay, ClosedSaid, MeansSaid, MoveSaid, OffReason, OpenedSaid, PiecesSaid, TallySaid,
};

use crate::rpc::{Code, Problem};
use crate::store::{Halt, OrderRow, ShiftOrders, ShiftRow, View, WriteTx};

/// What the money of a shift comes to so far.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Its cash.
    pub drawer: Drawer,
    /// What should be in the drawer.
    pub expected: Fen,
    /// Every movement.
    pub moves: Vec<MoveSaid>,
    /// What each means brought.
    pub means: Vec<MeansSaid>,
    /// Orders completed.
    pub orders: ShiftOrders,
}

/// What a close adds to the figures.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    /// What the difference came from, if somebody says.
    pub reason: Option<OffReason>,
    /// In words.
    pub note: String,
    /// What stays in the drawer; nothing means all that was counted.
    pub leave_minor: Option<i64>,
}

/// A count's sum; nothing before the first entry.
///
/// # Errors
/// [`Code::CountInvalid`].
pub fn count_sum(counted: &[PiecesSaid]) -> Result<Option<Fen>, Problem> {
    let pieces: Vec<(i64, u32)> = counted
        .iter()
        .map(|kind| (kind.denomination_minor, kind.pieces))
        .collect();
    counted_cash(&pieces).map_err(|error| {
        Problem::new(Code::CountInvalid).with("denomination", Fen::new(error.denomination_minor()))
    })
}

/// A tally as the journal tells it.
#[must_use]
pub const fn told(tally: Tally) -> TallySaid {
    TallySaid {
        count: tally.count,
        sum_minor: tally.sum.minor(),
    }
}

/// What the money of a shift comes to. Every figure on screens, paper and in the journal is from here.
///
/// # Errors
/// When it cannot be read, or is more than the till can count.
pub fn figures(view: View<'_>, opened: &OpenedSaid) -> Result<Figures, Halt> {
    let moves = view.cash_moves(&opened.shift_id)?;
    let moved = moves.iter().map(|moved| match moved.way {
        CashWay::In => CashEvent::MovedIn(Fen::new(moved.amount_minor)),
        CashWay::Out => CashEvent::MovedOut(Fen::new(moved.amount_minor)),
    });
    let events = view.cash_events(&opened.shift_id)?.into_iter().chain(moved);
    let too_large = |_| Halt::from(Code::AmountTooLarge);
    let drawer = expected_cash(Fen::new(opened.float_minor), events).map_err(too_large)?;
    Ok(Figures {
        expected: drawer.expected().map_err(too_large)?,
        drawer,
        moves,
        means: view.shift_means(&opened.shift_id)?,
        orders: view.shift_orders(&opened.shift_id)?,
    })
}

/// Unpaid orders: what stands on the counter first, then what was put aside.
///
/// # Errors
/// When they cannot be read.
pub fn unpaid_orders(view: View<'_>) -> Result<(Option<OrderRow>, Vec<OrderRow>), Halt> {
    let current = match view.current_order_id()? {
        Some(order_id) => view.order(&order_id)?,
        None => None,
    };
    let on_counter = current.filter(|order| match order.state {
        OrderState::Open => order.pieces > 0,
        OrderState::Paying => true,
        OrderState::Held
        | OrderState::ToConfirm
        | OrderState::Completed
        | OrderState::Voided
        | OrderState::PartRefunded
        | OrderState::Refunded => false,
    });
    Ok((on_counter, view.orders_aside()?))
}

fn carried(order: &OrderRow) -> CarriedSaid {
    CarriedSaid {
        order_id: order.order_id.clone(),
        short_no: order.short_no.clone(),
        to_confirm: order.state == OrderState::ToConfirm,
        changed_at_ms: order.changed_at_ms,
        pieces: order.pieces,
        total_minor: order.total_minor,
    }
}

/// The figures of the open shift at this moment, with what was counted in it, in the form a close freezes.
pub(super) fn as_closed(
    tx: &WriteTx<'_>,
    opened: OpenedSaid,
    counted: Vec<PiecesSaid>,
    counted_minor: i64,
    closing: Closing,
) -> Result<ClosedSaid, Halt> {
    let figures = figures(tx.view(), &opened)?;
    let (on_counter, aside) = unpaid_orders(tx.view())?;
    Ok(ClosedSaid {
        opened,
        closed_by: tx.view().cashier()?,
        closed_at_ms: tx.at_ms(),
        taken: told(figures.drawer.taken),
        change_minor: figures.drawer.change.minor(),
        returned: told(figures.drawer.returned),
        moves: figures.moves,
        expected_minor: figures.expected.minor(),
        counted,
        counted_minor,
        left_minor: closing.leave_minor.unwrap_or(counted_minor),
        reason: closing.reason,
        note: closing.note,
        means: figures.means,
        orders: figures.orders.tally,
        discount_minor: figures.orders.discount_minor,
        rounding_minor: figures.orders.rounding_minor,
        carried_over: on_counter.iter().chain(&aside).map(carried).collect(),
        codes_waiting: tx.view().codes_waiting()?,
        only_here: u32::try_from(tx.view().orders_only_here()?).unwrap_or(0),
    })
}

impl WriteTx<'_> {
    /// The open shift, which must be there.
    ///
    /// # Errors
    /// [`Code::ShiftNotOpen`].
    pub fn shift_here(&self) -> Result<ShiftRow, Halt> {
        self.view().open_shift()?.ok_or(Halt::from(Code::ShiftNotOpen))
    }

    /// A shift begins with the float that was counted.
    ///
    /// # Errors
    /// [`Code::ShiftAlreadyOpen`].
    pub fn open_shift(&mut self, shift_id: String, float: Fen) -> Result<(), Halt> {
        if let Some(open) = self.view().open_shift()? {
            return Err(Problem::new(Code::ShiftAlreadyOpen)
                .with("cashier", open.opened.cashier)
                .into());
        }
        let opened = OpenedSaid {
            shift_id,
            business_day: self.moment().time.business_day(self.at_ms()).to_string(),
            cashier: self.view().cashier()?,
            opened_at_ms: self.at_ms(),
            float_minor: float.minor(),
            suggested_float_minor: self.view().left_in_drawer()?,
        };
        let epoch = self.head().epoch;
        self.insert_shift(&opened, ShiftState::Open, epoch)?;
        Ok(self.say(None, &Said::ShiftOpened { opened })?)
    }

    /// Cash is put into the drawer or taken out.
    ///
    /// # Errors
    /// [`Code::ShiftNotOpen`].
    pub fn move_cash(&mut self, moved: MoveSaid) -> Result<(), Halt> {
        let shift_id = self.shift_here()?.opened.shift_id;
        self.insert_cash_move(&shift_id, &moved)?;
        Ok(self.say(None, &Said::CashMoved { shift_id, moved })?)
    }

    /// Keeps the count so far. The same count again changes nothing.
    ///
    /// # Errors
    /// [`Code::ShiftNotOpen`], [`Code::CountInvalid`].
    pub fn count_cash(&mut self, mut counted: Vec<PiecesSaid>) -> Result<(), Halt> {
        count_sum(&counted)?;
        counted.sort_by_key(|kind| std::cmp::Reverse(kind.denomination_minor));
        let shift_id = self.shift_here()?.opened.shift_id;
        if self.view().cash_count(&shift_id)? == counted {
            return Ok(());
        }
        self.set_cash_count(&shift_id, &counted)?;
        Ok(self.say(None, &Said::CashCounted { shift_id, counted })?)
    }

    /// Freezes the open shift's figures with the count that is kept. It waits for nobody: not for the centre,
    /// not for a code, not for an order.
    ///
    /// # Errors
    /// [`Code::ShiftNotOpen`], [`Code::CountMissing`], [`Code::LeaveOverCounted`].
    pub fn close_shift(&mut self, closing: Closing) -> Result<ClosedSaid, Halt> {
        let shift = self.shift_here()?;
        let counted = self.view().cash_count(&shift.opened.shift_id)?;
        let sum = count_sum(&counted)?.ok_or(Halt::from(Code::CountMissing))?;
        let left_minor = closing.leave_minor.unwrap_or(sum.minor());
        if !(0..=sum.minor()).contains(&left_minor) {
            return Err(Problem::new(Code::LeaveOverCounted).with("counted", sum).into());
        }
        let closing = Closing {
            leave_minor: Some(left_minor),
            ..closing
        };
        let closed = as_closed(self, shift.opened, counted, sum.minor(), closing)?;
        let epoch = self.head().epoch;
        self.step_shift(shift.state, ShiftEvent::Close)?;
        self.freeze_shift(&closed, epoch)?;
        let said = Said::ShiftClosed {
            closed: Box::new(closed.clone()),
        };
        self.say(None, &said)?;
        Ok(closed)
    }

    /// Asks the table whether a shift may go on.
    pub(super) fn step_shift(&self, state: ShiftState, event: ShiftEvent) -> Result<(), Halt> {
        match step::<ShiftMachine>(state, event) {
            Step::To(_) => Ok(()),
            Step::AlreadyApplied | Step::Refused => Err(Code::ShiftNotOpen.into()),
        }
    }
}
