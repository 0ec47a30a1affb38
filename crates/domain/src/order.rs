//! The till's order: what was sold. It owes a total; tenders cover it.
//!
//! Only the till decides that an order is complete: when Σ settled tenders − change = total. Service
//! orders that are dispatched and served have codes of their own at the centre and never occur here.

use crate::machine::Machine;

/// States of a till's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderState {
    /// Being rung up; on disk at each line.
    Open,
    /// Put aside.
    Held,
    /// Number minted, lines and total frozen, tenders being collected.
    Paying,
    /// Parked while a code's result is not known (待确认).
    ToConfirm,
    /// Covered exactly.
    Completed,
    /// Given up without money.
    Voided,
    /// Some of it went back.
    PartRefunded,
    /// All of it went back.
    Refunded,
}

/// What can happen to a till's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// Put aside by the cashier.
    Hold,
    /// Taken up again.
    Resume,
    /// Collecting starts.
    Begin,
    /// Back to ringing up; only while no tender is live or settled.
    Back,
    /// Parked as to confirm.
    Park,
    /// A parked order is looked at again.
    Unpark,
    /// Covered: Σ settled − change = total.
    Cover,
    /// Given up; only while no money is settled.
    Void,
    /// A refund succeeded and something is left.
    RefundPart,
    /// A refund succeeded and nothing is left.
    RefundRest,
}

/// The table of a till's order.
#[derive(Debug)]
pub struct OrderMachine;

impl Machine for OrderMachine {
    type State = OrderState;
    type Event = OrderEvent;
    const INITIAL: &'static [OrderState] = &[OrderState::Open];
    const STATES: &'static [OrderState] = &[
        OrderState::Open,
        OrderState::Held,
        OrderState::Paying,
        OrderState::ToConfirm,
        OrderState::Completed,
        OrderState::Voided,
        OrderState::PartRefunded,
        OrderState::Refunded,
    ];
    const EVENTS: &'static [OrderEvent] = &[
        OrderEvent::Hold,
        OrderEvent::Resume,
        OrderEvent::Begin,
        OrderEvent::Back,
        OrderEvent::Park,
        OrderEvent::Unpark,
        OrderEvent::Cover,
        OrderEvent::Void,
        OrderEvent::RefundPart,
        OrderEvent::RefundRest,
    ];
    const ROWS: &'static [(OrderState, OrderEvent, OrderState)] = &[
        (OrderState::Open, OrderEvent::Hold, OrderState::Held),
        (OrderState::Held, OrderEvent::Resume, OrderState::Open),
        (OrderState::Open, OrderEvent::Begin, OrderState::Paying),
        (OrderState::Paying, OrderEvent::Back, OrderState::Open),
        (OrderState::Paying, OrderEvent::Park, OrderState::ToConfirm),
        (OrderState::ToConfirm, OrderEvent::Unpark, OrderState::Paying),
        (OrderState::Paying, OrderEvent::Cover, OrderState::Completed),
        (OrderState::ToConfirm, OrderEvent::Cover, OrderState::Completed),
        (OrderState::Open, OrderEvent::Void, OrderState::Voided),
        (OrderState::Held, OrderEvent::Void, OrderState::Voided),
        (OrderState::Paying, OrderEvent::Void, OrderState::Voided),
        (
            OrderState::Completed,
            OrderEvent::RefundPart,
            OrderState::PartRefunded,
        ),
        (
            OrderState::Completed,
            OrderEvent::RefundRest,
            OrderState::Refunded,
        ),
        (
            OrderState::PartRefunded,
            OrderEvent::RefundPart,
            OrderState::PartRefunded,
        ),
        (
            OrderState::PartRefunded,
            OrderEvent::RefundRest,
            OrderState::Refunded,
        ),
    ];
}

impl OrderState {
    /// Name in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Held => "HELD",
            Self::Paying => "PAYING",
            Self::ToConfirm => "TO_CONFIRM",
            Self::Completed => "COMPLETED",
            Self::Voided => "VOIDED",
            Self::PartRefunded => "PART_REFUNDED",
            Self::Refunded => "REFUNDED",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        OrderMachine::STATES
            .iter()
            .copied()
            .find(|state| state.name() == name)
    }

    /// `orders_status` as the family of services has it: 0 before completion, 500 finished, 600
    /// cancelled, 700 closed (all given back). 100 to 400 belong to service orders and never occur here.
    #[must_use]
    pub const fn orders_status(self) -> u16 {
        match self {
            Self::Open | Self::Held | Self::Paying | Self::ToConfirm => 0,
            Self::Completed | Self::PartRefunded => 500,
            Self::Voided => 600,
            Self::Refunded => 700,
        }
    }

    /// `pay_status` as the family of services has it: 2 not paid, 4 paid.
    #[must_use]
    pub const fn pay_status(self) -> u8 {
        match self {
            Self::Open | Self::Held | Self::Paying | Self::ToConfirm | Self::Voided => 2,
            Self::Completed | Self::PartRefunded | Self::Refunded => 4,
        }
    }

    /// Whether lines may change in principle (a live or settled tender locks them besides).
    #[must_use]
    pub const fn is_basket(self) -> bool {
        match self {
            Self::Open | Self::Held => true,
            Self::Paying
            | Self::ToConfirm
            | Self::Completed
            | Self::Voided
            | Self::PartRefunded
            | Self::Refunded => false,
        }
    }
}

/// What a till's tenders add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Σ settled amounts (reversals are negative).
    pub settled_minor: i64,
    /// Σ amounts of live code tenders: reserved until they are known.
    pub live_minor: i64,
}

impl Coverage {
    /// What no settled tender covers yet.
    #[must_use]
    pub const fn due_minor(self, total_minor: i64) -> i64 {
        total_minor - self.settled_minor
    }

    /// What neither a settled nor a live tender covers: the most a new tender may have.
    #[must_use]
    pub const fn open_minor(self, total_minor: i64) -> i64 {
        total_minor - self.settled_minor - self.live_minor
    }

    /// Whether the order is covered exactly (invariant I21).
    #[must_use]
    pub const fn is_exact(self, total_minor: i64) -> bool {
        self.settled_minor == total_minor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Step, check, step};

    #[test]
    fn the_table_is_sound() {
        check::<OrderMachine>().unwrap();
    }

    #[test]
    fn codes_are_those_of_the_family() {
        let row = |s: OrderState| (s.orders_status(), s.pay_status());
        assert_eq!(row(OrderState::Open), (0, 2));
        assert_eq!(row(OrderState::Held), (0, 2));
        assert_eq!(row(OrderState::Paying), (0, 2));
        assert_eq!(row(OrderState::ToConfirm), (0, 2));
        assert_eq!(row(OrderState::Completed), (500, 4));
        assert_eq!(row(OrderState::PartRefunded), (500, 4));
        assert_eq!(row(OrderState::Voided), (600, 2));
        assert_eq!(row(OrderState::Refunded), (700, 4));
    }

    #[test]
    fn p4_paid_never_becomes_unpaid() {
        for event in OrderMachine::EVENTS {
            for from in [
                OrderState::Completed,
                OrderState::PartRefunded,
                OrderState::Refunded,
            ] {
                if let Step::To(to) = step::<OrderMachine>(from, *event) {
                    assert_eq!(to.pay_status(), 4, "{from:?} {event:?}");
                }
            }
        }
    }
}
