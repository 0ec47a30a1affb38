//! A trade: one attempt to collect a code tender at a platform, as the centre sees it.
//!
//! Number, channel, amount and merchant never change. *Unknown* is a state, never a failure: nothing but
//! a verified word of the platform, or its silence past the deadline, ends a trade, and even an ended
//! trade stays watched and can still turn out paid. What an observation means is judged in `judge`.

mod judge;

use crate::machine::Machine;

pub use judge::{
    BUSY_DELAY_MS, GRACE_MS, Held, Meaning, NextCall, QUERY_DELAYS_MS, RETRY_DELAYS_MS, REVERSE_AFTER_MS_MIN,
    TAKEN_DELAYS_MS, Verdict, WATCH_DELAYS_MS, is_asked_about_first, is_let_go, judge, next_of,
};

/// How a trade reaches the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A code is shown, and the customer scans it (收款码).
    Shown,
    /// The customer's payment code was scanned (付款码). It is sent once: code and number serve once.
    Taken,
}

impl Way {
    /// Every way.
    pub const ALL: &'static [Way] = &[Way::Shown, Way::Taken];

    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shown => "SHOWN",
            Self::Taken => "TAKEN",
        }
    }

    /// The way of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|way| way.name() == name)
    }
}

/// States of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TradeState {
    /// Row committed, no call made yet.
    Created,
    /// A call went out and no verified answer came.
    PrepayUnknown,
    /// The code is out.
    Awaiting,
    /// Closing wanted, not confirmed.
    Closing,
    /// Refused for good by the platform; nothing exists there.
    Failed,
    /// Verified success.
    Paid,
    /// The platform says closed, or does not know it past deadline and grace.
    Closed,
    /// Waived locally (免单).
    Free,
    /// On account locally (挂账).
    Credit,
}

/// What can happen to a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TradeEvent {
    /// The platform handed out a code, or took in the one the customer showed.
    CodeOut,
    /// A prepay went unanswered.
    PrepayLost,
    /// The platform refused the prepay for good, or the payment by payment code.
    Refused,
    /// The platform knows the trade, unpaid.
    Known,
    /// Closing is wanted.
    CloseWanted,
    /// Confirmed closed.
    Closed,
    /// Verified success.
    Paid,
    /// Waived.
    Waive,
    /// Put on account.
    OnAccount,
}

/// The table of a trade.
#[derive(Debug)]
pub struct TradeMachine;

impl Machine for TradeMachine {
    type State = TradeState;
    type Event = TradeEvent;
    const INITIAL: &'static [TradeState] = &[TradeState::Created];
    const STATES: &'static [TradeState] = &[
        TradeState::Created,
        TradeState::PrepayUnknown,
        TradeState::Awaiting,
        TradeState::Closing,
        TradeState::Failed,
        TradeState::Paid,
        TradeState::Closed,
        TradeState::Free,
        TradeState::Credit,
    ];
    const EVENTS: &'static [TradeEvent] = &[
        TradeEvent::CodeOut,
        TradeEvent::PrepayLost,
        TradeEvent::Refused,
        TradeEvent::Known,
        TradeEvent::CloseWanted,
        TradeEvent::Closed,
        TradeEvent::Paid,
        TradeEvent::Waive,
        TradeEvent::OnAccount,
    ];
    const ROWS: &'static [(TradeState, TradeEvent, TradeState)] = &[
        (TradeState::Created, TradeEvent::CodeOut, TradeState::Awaiting),
        (
            TradeState::Created,
            TradeEvent::PrepayLost,
            TradeState::PrepayUnknown,
        ),
        (TradeState::Created, TradeEvent::Refused, TradeState::Failed),
        (TradeState::Created, TradeEvent::Known, TradeState::PrepayUnknown),
        (TradeState::Created, TradeEvent::CloseWanted, TradeState::Closing),
        (TradeState::Created, TradeEvent::Paid, TradeState::Paid),
        (TradeState::Created, TradeEvent::Waive, TradeState::Free),
        (TradeState::Created, TradeEvent::OnAccount, TradeState::Credit),
        (
            TradeState::PrepayUnknown,
            TradeEvent::CodeOut,
            TradeState::Awaiting,
        ),
        (
            TradeState::PrepayUnknown,
            TradeEvent::CloseWanted,
            TradeState::Closing,
        ),
        (TradeState::PrepayUnknown, TradeEvent::Refused, TradeState::Failed),
        (TradeState::PrepayUnknown, TradeEvent::Closed, TradeState::Closed),
        (TradeState::PrepayUnknown, TradeEvent::Paid, TradeState::Paid),
        (TradeState::Awaiting, TradeEvent::CloseWanted, TradeState::Closing),
        (TradeState::Awaiting, TradeEvent::Refused, TradeState::Failed),
        (TradeState::Awaiting, TradeEvent::Closed, TradeState::Closed),
        (TradeState::Awaiting, TradeEvent::Paid, TradeState::Paid),
        (TradeState::Closing, TradeEvent::Refused, TradeState::Failed),
        (TradeState::Closing, TradeEvent::Closed, TradeState::Closed),
        (TradeState::Closing, TradeEvent::Paid, TradeState::Paid),
        (TradeState::Failed, TradeEvent::Paid, TradeState::Paid),
        (TradeState::Closed, TradeEvent::Paid, TradeState::Paid),
    ];
}

impl TradeState {
    /// Name in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::PrepayUnknown => "PREPAY_UNKNOWN",
            Self::Awaiting => "AWAITING",
            Self::Closing => "CLOSING",
            Self::Failed => "FAILED",
            Self::Paid => "PAID",
            Self::Closed => "CLOSED",
            Self::Free => "FREE",
            Self::Credit => "CREDIT",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        TradeMachine::STATES
            .iter()
            .copied()
            .find(|state| state.name() == name)
    }

    /// `tradingState` as the family of services has it: 2 付款中, 3 付款失败, 4 已结算, 5 取消订单, 6 免单,
    /// 7 挂账.
    #[must_use]
    pub const fn trading_state(self) -> u8 {
        match self {
            Self::Created | Self::PrepayUnknown | Self::Awaiting | Self::Closing => 2,
            Self::Failed => 3,
            Self::Paid => 4,
            Self::Closed => 5,
            Self::Free => 6,
            Self::Credit => 7,
        }
    }

    /// Whether its end is not known.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.trading_state() == 2
    }

    /// How far it has come: no trade goes back in it, and money that was verified is the furthest.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Created => 0,
            Self::PrepayUnknown => 1,
            Self::Awaiting => 2,
            Self::Closing => 3,
            Self::Failed | Self::Closed => 4,
            Self::Paid | Self::Free | Self::Credit => 5,
        }
    }
}

#[cfg(test)]
#[path = "trade_tests.rs"]
mod tests;
