//! The till's tender (收款): one agreed share of an order by one means. Its amount never changes.
//!
//! Another amount is another tender. A code tender is *live* until the centre knows how it ended; while
//! it is live its share of the order stays reserved.

use crate::machine::Machine;

/// By what a tender is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Means {
    /// Cash.
    Cash,
    /// WeChat Pay.
    WechatPay,
    /// Alipay.
    AliPay,
}

impl Means {
    /// Every means.
    pub const ALL: &'static [Means] = &[Means::Cash, Means::WechatPay, Means::AliPay];

    /// The field's own name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cash => "CASH_PAY",
            Self::WechatPay => "WECHAT_PAY",
            Self::AliPay => "ALI_PAY",
        }
    }

    /// The means of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|means| means.name() == name)
    }
}

/// States of a tender at the till.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenderState {
    /// A code tender whose end is not known; its share is reserved.
    Live,
    /// The cashier wants it closed; the centre has not said how it ended. Still reserved.
    Closing,
    /// Money is here.
    Settled,
    /// Ended without money.
    Canceled,
    /// Replaced by cash while unknown; money that arrives goes back by itself. Not reserved.
    GivenUp,
    /// Refused for good by platform or centre.
    Failed,
    /// Cash that went back by a reversing tender.
    Reversed,
}

/// What can happen to a tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TenderEvent {
    /// The centre says: paid, exact amount, this tender's winner.
    Paid,
    /// The cashier wants it closed.
    CloseWanted,
    /// The centre says: closed without money.
    Closed,
    /// The centre or platform refused it for good.
    Refused,
    /// Cash was taken instead while the answer is unknown.
    GiveUp,
    /// Cash goes back.
    Reverse,
    /// A manager accepted money that came late.
    Accept,
}

/// The table of a tender.
#[derive(Debug)]
pub struct TenderMachine;

impl Machine for TenderMachine {
    type State = TenderState;
    type Event = TenderEvent;
    const INITIAL: &'static [TenderState] = &[TenderState::Live, TenderState::Settled];
    const STATES: &'static [TenderState] = &[
        TenderState::Live,
        TenderState::Closing,
        TenderState::Settled,
        TenderState::Canceled,
        TenderState::GivenUp,
        TenderState::Failed,
        TenderState::Reversed,
    ];
    const EVENTS: &'static [TenderEvent] = &[
        TenderEvent::Paid,
        TenderEvent::CloseWanted,
        TenderEvent::Closed,
        TenderEvent::Refused,
        TenderEvent::GiveUp,
        TenderEvent::Reverse,
        TenderEvent::Accept,
    ];
    const ROWS: &'static [(TenderState, TenderEvent, TenderState)] = &[
        (TenderState::Live, TenderEvent::Paid, TenderState::Settled),
        (TenderState::Live, TenderEvent::CloseWanted, TenderState::Closing),
        (TenderState::Live, TenderEvent::Closed, TenderState::Canceled),
        (TenderState::Live, TenderEvent::Refused, TenderState::Failed),
        (TenderState::Live, TenderEvent::GiveUp, TenderState::GivenUp),
        (TenderState::Closing, TenderEvent::Paid, TenderState::Settled),
        (TenderState::Closing, TenderEvent::Closed, TenderState::Canceled),
        (TenderState::Closing, TenderEvent::Refused, TenderState::Failed),
        (TenderState::Closing, TenderEvent::GiveUp, TenderState::GivenUp),
        (TenderState::Canceled, TenderEvent::Accept, TenderState::Settled),
        (TenderState::Settled, TenderEvent::Reverse, TenderState::Reversed),
    ];
}

impl TenderState {
    /// Name in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Closing => "CLOSING",
            Self::Settled => "SETTLED",
            Self::Canceled => "CANCELED",
            Self::GivenUp => "GIVEN_UP",
            Self::Failed => "FAILED",
            Self::Reversed => "REVERSED",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        TenderMachine::STATES
            .iter()
            .copied()
            .find(|state| state.name() == name)
    }

    /// Whether its share of the order is reserved because its end is not known.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Live | Self::Closing => true,
            Self::Settled | Self::Canceled | Self::GivenUp | Self::Failed | Self::Reversed => false,
        }
    }

    /// Whether its amount counts as money received. A reversed cash tender still counts: its reversing
    /// tender is a row of its own with the negative amount.
    #[must_use]
    pub const fn counts(self) -> bool {
        match self {
            Self::Settled | Self::Reversed => true,
            Self::Live | Self::Closing | Self::Canceled | Self::GivenUp | Self::Failed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::check;

    #[test]
    fn the_table_is_sound() {
        check::<TenderMachine>().unwrap();
    }

    #[test]
    fn f05_settled_money_never_becomes_unsettled() {
        for (from, event, to) in TenderMachine::ROWS {
            if from.counts() {
                assert!(to.counts(), "{from:?} {event:?} {to:?}");
            }
        }
    }
}
