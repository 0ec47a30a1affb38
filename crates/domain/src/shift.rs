//! A shift: one drawer from its float to its count, and the one place where its expected cash is worked out.
//!
//! Screens, reports and checks all ask [`expected_cash`]. Whose money belongs to which shift is decided
//! where it is booked, not here.

use crate::machine::Machine;
use crate::money::{Fen, MoneyError};
use crate::mutant::{Mutant, on};

/// States of a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShiftState {
    /// Cash that moves now belongs to it.
    Open,
    /// Counted; its figures are frozen.
    Closed,
    /// The till was restored from an older copy and another shift was opened before this one was heard of
    /// again: its drawer was counted as that shift's float.
    Overtaken,
}

impl ShiftState {
    /// Every state.
    pub const ALL: &'static [ShiftState] = &[ShiftState::Open, ShiftState::Closed, ShiftState::Overtaken];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
            Self::Overtaken => "OVERTAKEN",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// What can happen to a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShiftEvent {
    /// The drawer was counted and the figures frozen.
    Close,
    /// Another shift turns out to be open.
    Overtake,
}

/// The table of a shift.
#[derive(Debug)]
pub struct ShiftMachine;

impl Machine for ShiftMachine {
    type State = ShiftState;
    type Event = ShiftEvent;
    const INITIAL: &'static [ShiftState] = &[ShiftState::Open];
    const STATES: &'static [ShiftState] = ShiftState::ALL;
    const EVENTS: &'static [ShiftEvent] = &[ShiftEvent::Close, ShiftEvent::Overtake];
    const ROWS: &'static [(ShiftState, ShiftEvent, ShiftState)] = &[
        (ShiftState::Open, ShiftEvent::Close, ShiftState::Closed),
        (ShiftState::Open, ShiftEvent::Overtake, ShiftState::Overtaken),
        (ShiftState::Overtaken, ShiftEvent::Close, ShiftState::Closed),
    ];
}

/// Something that changes the cash in a drawer. Amounts are zero or positive; the variant is the sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashEvent {
    /// A customer's cash for a sale.
    Taken {
        /// What was handed over.
        received: Fen,
        /// What went back at once.
        change: Fen,
    },
    /// Cash that goes back to a customer: a reversal or a refund.
    Returned(Fen),
    /// Cash put in.
    MovedIn(Fen),
    /// Cash taken out.
    MovedOut(Fen),
}

/// How many, and how much in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u32,
    /// Their sum, zero or positive.
    pub sum: Fen,
}

impl Tally {
    fn add(&mut self, amount: Fen) -> Result<(), MoneyError> {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.plus(amount)?;
        Ok(())
    }
}

/// What happened to the cash of a drawer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawer {
    /// What it began with.
    pub float: Fen,
    /// Taken for sales, change taken off.
    pub taken: Tally,
    /// Change given; no part of the sum, it is in `taken` already.
    pub change: Fen,
    /// Gone back to customers.
    pub returned: Tally,
    /// Put in.
    pub moved_in: Tally,
    /// Taken out.
    pub moved_out: Tally,
}

impl Drawer {
    fn add(&mut self, event: CashEvent) -> Result<(), MoneyError> {
        match event {
            CashEvent::Taken { received, change } => {
                self.change = self.change.plus(change)?;
                let kept = if on(Mutant::ChangeCountedAsCash) {
                    received
                } else {
                    received.minus(change)?
                };
                self.taken.add(kept)
            }
            CashEvent::Returned(amount) => self.returned.add(amount),
            CashEvent::MovedIn(amount) => self.moved_in.add(amount),
            CashEvent::MovedOut(amount) if on(Mutant::CashOutForgotten) => {
                self.moved_out.count += u32::from(amount.is_positive());
                Ok(())
            }
            CashEvent::MovedOut(amount) => self.moved_out.add(amount),
        }
    }

    /// What should be in it: float + taken − returned + put in − taken out. Negative when more went out than
    /// was ever written down as come in.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn expected(&self) -> Result<Fen, MoneyError> {
        self.float
            .plus(self.taken.sum)?
            .minus(self.returned.sum)?
            .plus(self.moved_in.sum)?
            .minus(self.moved_out.sum)
    }
}

/// What a drawer that began with `float` should hold after these events, in whatever order they are told.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn expected_cash(float: Fen, events: impl IntoIterator<Item = CashEvent>) -> Result<Drawer, MoneyError> {
    let mut drawer = Drawer {
        float,
        ..Drawer::default()
    };
    for event in events {
        drawer.add(event)?;
    }
    Ok(drawer)
}

/// Notes and coins there are, in fen, the largest first: what a count may name.
pub const DENOMINATIONS: &[i64] = &[10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1];

/// Most pieces of one kind in a count: far more than a drawer holds, and no sum of them overflows.
pub const PIECES_MAX: u32 = 100_000;

/// Why something is no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// No note or coin is worth this many fen.
    #[error("nothing is worth {0} fen")]
    NoSuchPiece(i64),
    /// The same kind twice.
    #[error("{0} fen are counted twice")]
    Twice(i64),
    /// More than [`PIECES_MAX`].
    #[error("too many of {0} fen")]
    TooMany(i64),
}

impl CountError {
    /// The kind that is wrong, in fen.
    #[must_use]
    pub const fn denomination_minor(self) -> i64 {
        match self {
            Self::NoSuchPiece(minor) | Self::Twice(minor) | Self::TooMany(minor) => minor,
        }
    }
}

/// The sum of a count of (kind in fen, pieces); nothing when nothing is counted.
///
/// # Errors
/// [`CountError`].
pub fn counted_cash(pieces: &[(i64, u32)]) -> Result<Option<Fen>, CountError> {
    let mut sum = 0_i64;
    for (index, (worth, count)) in pieces.iter().enumerate() {
        if !DENOMINATIONS.contains(worth) {
            return Err(CountError::NoSuchPiece(*worth));
        }
        if pieces[..index].iter().any(|(other, _)| other == worth) {
            return Err(CountError::Twice(*worth));
        }
        if *count > PIECES_MAX {
            return Err(CountError::TooMany(*worth));
        }
        sum += worth * i64::from(*count);
    }
    Ok((!pieces.is_empty()).then_some(Fen::new(sum)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::check;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = CashEvent> {
        let fen = || (0_i64..2_000_000).prop_map(Fen::new);
        prop_oneof![
            (0_i64..2_000_000, 0_i64..10_000).prop_map(|(kept, change)| CashEvent::Taken {
                received: Fen::new(kept + change),
                change: Fen::new(change),
            }),
            fen().prop_map(CashEvent::Returned),
            fen().prop_map(CashEvent::MovedIn),
            fen().prop_map(CashEvent::MovedOut),
        ]
    }

    fn by_hand(event: &CashEvent) -> i64 {
        match event {
            CashEvent::Taken { received, change } => received.minor() - change.minor(),
            CashEvent::MovedIn(amount) => amount.minor(),
            CashEvent::Returned(amount) | CashEvent::MovedOut(amount) => -amount.minor(),
        }
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(check::<ShiftMachine>(), Ok(()));
        for state in ShiftState::ALL {
            assert_eq!(ShiftState::from_name(state.name()), Some(*state));
        }
    }

    #[test]
    fn f51_change_is_taken_off_what_was_handed_over() {
        let sale = CashEvent::Taken {
            received: Fen::new(50_000),
            change: Fen::new(10_000),
        };
        let drawer = expected_cash(Fen::new(30_000), [sale]).unwrap();
        assert_eq!(drawer.expected(), Ok(Fen::new(70_000)));
        assert_eq!(drawer.taken.sum, Fen::new(40_000));
        assert_eq!(drawer.change, Fen::new(10_000));
    }

    #[test]
    fn f53_out_then_in_is_neither_doubled_nor_lost() {
        let moves = [
            CashEvent::MovedIn(Fen::new(10_000)),
            CashEvent::MovedOut(Fen::new(60_000)),
            CashEvent::MovedIn(Fen::new(5_000)),
        ];
        let drawer = expected_cash(Fen::new(50_000), moves).unwrap();
        assert_eq!(drawer.expected(), Ok(Fen::new(5_000)));
        assert_eq!((drawer.moved_in.count, drawer.moved_out.count), (2, 1));
    }

    #[test]
    fn a_count_names_each_kind_once() {
        assert_eq!(counted_cash(&[]), Ok(None));
        assert_eq!(counted_cash(&[(10_000, 0)]), Ok(Some(Fen::ZERO)));
        assert_eq!(counted_cash(&[(10_000, 4), (10, 8)]), Ok(Some(Fen::new(40_080))));
        assert_eq!(counted_cash(&[(300, 1)]), Err(CountError::NoSuchPiece(300)));
        assert_eq!(counted_cash(&[(10, 1), (10, 1)]), Err(CountError::Twice(10)));
        assert_eq!(
            counted_cash(&[(10, PIECES_MAX + 1)]),
            Err(CountError::TooMany(10))
        );
    }

    proptest! {
        #[test]
        fn f46_whatever_happens_the_parts_add_up_to_the_fen(
            float in 0_i64..10_000_000, events in prop::collection::vec(event(), 0..200),
        ) {
            let drawer = expected_cash(Fen::new(float), events.iter().copied()).unwrap();
            let by_hand = float + events.iter().map(by_hand).sum::<i64>();
            prop_assert_eq!(drawer.expected(), Ok(Fen::new(by_hand)));
        }

        #[test]
        fn the_order_of_events_does_not_matter(
            events in prop::collection::vec(event(), 0..40), turn in 0_usize..40,
        ) {
            let there = expected_cash(Fen::new(100), events.iter().copied()).unwrap();
            let back = expected_cash(Fen::new(100), events.iter().rev().copied()).unwrap();
            let mut turned = events.clone();
            turned.rotate_left(turn.min(events.len()));
            prop_assert_eq!(there, back);
            prop_assert_eq!(there, expected_cash(Fen::new(100), turned).unwrap());
        }

        #[test]
        fn f50_every_count_has_a_difference(pieces in prop::collection::vec(0_u32..=PIECES_MAX, 13)) {
            let pieces: Vec<(i64, u32)> = DENOMINATIONS.iter().copied().zip(pieces).collect();
            let sum = counted_cash(&pieces).unwrap().unwrap();
            prop_assert!(sum.minus(Fen::new(-1_000_000_000)).is_ok());
        }
    }
}
