//! The centre's row per tender (`pay_order`): the lock under which a winner is chosen.
//!
//! For a till's tender the number is the tender's; for callers of the family's contract, with one tender
//! per order, it is their order's. At most one trade of it ever wins.

use crate::machine::Machine;

/// States of a pay order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayOrderState {
    /// Waiting for money.
    NoPay,
    /// Closing wanted; some trade's end is not known yet.
    Canceling,
    /// Closed without a winner. Late money goes back.
    Canceled,
    /// A trade has won.
    Paid,
    /// Part of the winner's money went back.
    PartRefunded,
    /// All of it went back.
    Refunded,
}

/// What can happen to a pay order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayOrderEvent {
    /// A trade is paid with the exact amount and nobody has won yet.
    Win,
    /// Closing is wanted.
    Cancel,
    /// Every trade is closed or failed.
    AllEnded,
    /// An operator or manager accepts late money.
    Accept,
    /// A refund of the winner succeeded and something is left.
    RefundPart,
    /// A refund of the winner succeeded and nothing is left.
    RefundRest,
}

/// The table of a pay order.
#[derive(Debug)]
pub struct PayOrderMachine;

impl Machine for PayOrderMachine {
    type State = PayOrderState;
    type Event = PayOrderEvent;
    const INITIAL: &'static [PayOrderState] = &[PayOrderState::NoPay];
    const STATES: &'static [PayOrderState] = &[
        PayOrderState::NoPay,
        PayOrderState::Canceling,
        PayOrderState::Canceled,
        PayOrderState::Paid,
        PayOrderState::PartRefunded,
        PayOrderState::Refunded,
    ];
    const EVENTS: &'static [PayOrderEvent] = &[
        PayOrderEvent::Win,
        PayOrderEvent::Cancel,
        PayOrderEvent::AllEnded,
        PayOrderEvent::Accept,
        PayOrderEvent::RefundPart,
        PayOrderEvent::RefundRest,
    ];
    const ROWS: &'static [(PayOrderState, PayOrderEvent, PayOrderState)] = &[
        (PayOrderState::NoPay, PayOrderEvent::Win, PayOrderState::Paid),
        (
            PayOrderState::NoPay,
            PayOrderEvent::Cancel,
            PayOrderState::Canceling,
        ),
        (PayOrderState::Canceling, PayOrderEvent::Win, PayOrderState::Paid),
        (
            PayOrderState::Canceling,
            PayOrderEvent::AllEnded,
            PayOrderState::Canceled,
        ),
        (
            PayOrderState::Canceled,
            PayOrderEvent::Accept,
            PayOrderState::Paid,
        ),
        (
            PayOrderState::Paid,
            PayOrderEvent::RefundPart,
            PayOrderState::PartRefunded,
        ),
        (
            PayOrderState::Paid,
            PayOrderEvent::RefundRest,
            PayOrderState::Refunded,
        ),
        (
            PayOrderState::PartRefunded,
            PayOrderEvent::RefundPart,
            PayOrderState::PartRefunded,
        ),
        (
            PayOrderState::PartRefunded,
            PayOrderEvent::RefundRest,
            PayOrderState::Refunded,
        ),
    ];
}

impl PayOrderState {
    /// Name in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoPay => "NO_PAY",
            Self::Canceling => "CANCELING",
            Self::Canceled => "CANCELED",
            Self::Paid => "PAID",
            Self::PartRefunded => "PART_REFUNDED",
            Self::Refunded => "REFUNDED",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        PayOrderMachine::STATES
            .iter()
            .copied()
            .find(|state| state.name() == name)
    }

    /// Whether a winner has been chosen.
    #[must_use]
    pub const fn has_winner(self) -> bool {
        match self {
            Self::Paid | Self::PartRefunded | Self::Refunded => true,
            Self::NoPay | Self::Canceling | Self::Canceled => false,
        }
    }
}

/// Why money that arrived does not belong to its pay order and goes back, or waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// Not decided: the trade is not paid.
    None,
    /// This trade settles the pay order.
    Winner,
    /// Another trade won before, or the order has another amount by now.
    Duplicate,
    /// The pay order was closed before.
    Late,
    /// The till took cash instead; full refund at once, winner or not.
    GivenUp,
    /// Wrong amount, merchant or application: a person decides.
    Suspense,
}

impl Disposition {
    /// Every disposition.
    pub const ALL: &'static [Disposition] = &[
        Disposition::None,
        Disposition::Winner,
        Disposition::Duplicate,
        Disposition::Late,
        Disposition::GivenUp,
        Disposition::Suspense,
    ];

    /// Name in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Winner => "WINNER",
            Self::Duplicate => "DUPLICATE",
            Self::Late => "LATE",
            Self::GivenUp => "GIVEN_UP",
            Self::Suspense => "SUSPENSE",
        }
    }

    /// The disposition of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|d| d.name() == name)
    }
}

/// What a paid trade becomes, by the state of its pay order, whether the till gave the tender up, and whether
/// the trade is for the order's amount: a caller's order may be wanted with another amount than before.
#[must_use]
pub fn dispose(order: PayOrderState, given_up: bool, exact: bool) -> Disposition {
    if given_up && !crate::mutant::on(crate::mutant::Mutant::GivenUpKept) {
        return Disposition::GivenUp;
    }
    match order {
        PayOrderState::NoPay | PayOrderState::Canceling if !exact => Disposition::Duplicate,
        PayOrderState::NoPay | PayOrderState::Canceling => Disposition::Winner,
        PayOrderState::Canceled => Disposition::Late,
        PayOrderState::Paid | PayOrderState::PartRefunded | PayOrderState::Refunded => {
            if crate::mutant::on(crate::mutant::Mutant::SecondSuccessWins) {
                Disposition::Winner
            } else {
                Disposition::Duplicate
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::check;

    #[test]
    fn the_table_is_sound() {
        check::<PayOrderMachine>().unwrap();
    }

    #[test]
    fn money_that_does_not_win_has_a_reason_to_go_back() {
        for state in PayOrderMachine::STATES {
            assert_eq!(dispose(*state, true, true), Disposition::GivenUp);
            assert_ne!(dispose(*state, false, false), Disposition::Winner);
            let wins = dispose(*state, false, true) == Disposition::Winner;
            assert_eq!(
                wins,
                matches!(state, PayOrderState::NoPay | PayOrderState::Canceling),
                "{state:?}"
            );
        }
    }
}
