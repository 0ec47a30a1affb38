//! A trade: one attempt to collect a code tender at a platform, as the centre sees it.
//!
//! Number, channel, amount and merchant never change. *Unknown* is a state, never a failure: nothing but
//! a verified word of the platform, or its silence past the deadline, ends a trade, and even an ended
//! trade stays watched and can still turn out paid.

use crate::machine::Machine;
use crate::mutant::{Mutant, on};
use crate::platform::{Observation, PlatformState, TradeFact};

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
    /// The platform handed out a code.
    CodeOut,
    /// A prepay went unanswered.
    PrepayLost,
    /// The platform refused the prepay for good.
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
        (TradeState::PrepayUnknown, TradeEvent::Closed, TradeState::Closed),
        (TradeState::PrepayUnknown, TradeEvent::Paid, TradeState::Paid),
        (TradeState::Awaiting, TradeEvent::CloseWanted, TradeState::Closing),
        (TradeState::Awaiting, TradeEvent::Closed, TradeState::Closed),
        (TradeState::Awaiting, TradeEvent::Paid, TradeState::Paid),
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
}

/// The next call a trade wants, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextCall {
    /// Ask for the code, byte for byte as before.
    Prepay {
        /// From now.
        delay_ms: i64,
    },
    /// Ask for its state.
    Query {
        /// From now.
        delay_ms: i64,
    },
    /// Ask to close it.
    Close {
        /// From now.
        delay_ms: i64,
    },
    /// Nothing more by itself.
    Rest,
}

/// What is held of a trade when an observation is judged.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// Its state.
    pub state: TradeState,
    /// Our number.
    pub trade_no: &'a str,
    /// Amount in fen.
    pub amount_minor: i64,
    /// Application id it was created under.
    pub app_id: &'a str,
    /// Merchant id it was created under.
    pub merchant_id: &'a str,
    /// Last moment the code can be paid.
    pub expires_at_ms: i64,
    /// Observations so far in this state without news: drives the waiting times.
    pub asked: u32,
}

/// The meaning of an observation for a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Apply this event.
    Event(TradeEvent),
    /// Paid, with a wrong amount, merchant, application or number: keep the state, into suspense.
    Mismatch,
    /// Nothing changes.
    Nothing,
}

/// What is to be done after an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it means.
    pub meaning: Meaning,
    /// What to ask next.
    pub next: NextCall,
}

/// How long after its last payable moment a trade that the platform does not know is taken as closed: the
/// platform's own replication and clock differences are far below it.
pub const GRACE_MS: i64 = 60_000;
/// Waiting times between questions while a code is out, in milliseconds; the last repeats.
pub const QUERY_DELAYS_MS: &[i64] = &[5_000, 5_000, 10_000, 10_000, 30_000, 60_000];
/// Waiting times between tries while closing or while a prepay is unknown.
pub const RETRY_DELAYS_MS: &[i64] = &[1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
/// A paying customer is asked about again after this long, as the platform advises.
pub const BUSY_DELAY_MS: i64 = 5_000;
/// Waiting times at which an ended trade is still looked at: money after close shows within two days.
pub const WATCH_DELAYS_MS: &[i64] = &[
    30_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

fn delay(delays_ms: &[i64], asked: u32) -> i64 {
    let index = usize::try_from(asked)
        .unwrap_or(usize::MAX)
        .min(delays_ms.len() - 1);
    delays_ms[index]
}

/// The call that a state waits for by itself.
#[must_use]
pub fn next_of(state: TradeState, asked: u32) -> NextCall {
    match state {
        TradeState::Created => NextCall::Prepay { delay_ms: 0 },
        TradeState::PrepayUnknown => NextCall::Prepay {
            delay_ms: delay(RETRY_DELAYS_MS, asked),
        },
        TradeState::Awaiting => NextCall::Query {
            delay_ms: delay(QUERY_DELAYS_MS, asked),
        },
        TradeState::Closing => NextCall::Query {
            delay_ms: delay(RETRY_DELAYS_MS, asked),
        },
        TradeState::Failed | TradeState::Closed => match usize::try_from(asked) {
            Ok(index) if index < WATCH_DELAYS_MS.len() => NextCall::Query {
                delay_ms: WATCH_DELAYS_MS[index],
            },
            Ok(_) | Err(_) => NextCall::Rest,
        },
        TradeState::Paid | TradeState::Free | TradeState::Credit => NextCall::Rest,
    }
}

/// Judges an observation about a trade. Unknown never means failed or closed (I14); a success always
/// counts, whatever came before, if number, amount, merchant and application are exactly ours (I16).
#[must_use]
pub fn judge(held: &Held<'_>, observation: &Observation, now_ms: i64) -> Verdict {
    let stay = |next| Verdict {
        meaning: Meaning::Nothing,
        next,
    };
    let event = |event| Verdict {
        meaning: Meaning::Event(event),
        next: next_of(after(held.state, event), 0),
    };
    let again = next_of(held.state, held.asked);
    match observation {
        Observation::CodeReady { .. } => match held.state {
            TradeState::Created | TradeState::PrepayUnknown => event(TradeEvent::CodeOut),
            TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit => stay(again),
        },
        Observation::Trade(fact) => judge_fact(held, fact),
        Observation::NotExist => judge_not_exist(held, now_ms),
        Observation::CloseAccepted if on(Mutant::CloseBelievedUnasked) => event(TradeEvent::Closed),
        Observation::CloseAccepted | Observation::AlreadyPaid | Observation::NumberUsed => {
            let lost = held.state == TradeState::Created;
            let meaning = if lost {
                Meaning::Event(TradeEvent::PrepayLost)
            } else {
                Meaning::Nothing
            };
            Verdict {
                meaning,
                next: NextCall::Query { delay_ms: 0 },
            }
        }
        Observation::Busy => stay(NextCall::Query {
            delay_ms: BUSY_DELAY_MS,
        }),
        Observation::Refused { .. } => match held.state {
            TradeState::Created => event(TradeEvent::Refused),
            // Only this try was refused: one before it went unanswered and may have been taken.
            TradeState::PrepayUnknown => stay(NextCall::Query { delay_ms: 0 }),
            TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit => stay(again),
        },
        Observation::Unknown { .. } => match held.state {
            TradeState::Created if on(Mutant::LostPrepayIsFailed) => event(TradeEvent::Refused),
            TradeState::Created => event(TradeEvent::PrepayLost),
            TradeState::PrepayUnknown
            | TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit => stay(again),
        },
        Observation::Refund(_) | Observation::RefundDeferred { .. } => stay(again),
    }
}

fn after(from: TradeState, event: TradeEvent) -> TradeState {
    match crate::machine::step::<TradeMachine>(from, event) {
        crate::machine::Step::To(to) => to,
        crate::machine::Step::AlreadyApplied | crate::machine::Step::Refused => from,
    }
}

fn judge_fact(held: &Held<'_>, fact: &TradeFact) -> Verdict {
    let nothing = |next| Verdict {
        meaning: Meaning::Nothing,
        next,
    };
    match fact.state {
        PlatformState::Paid | PlatformState::Refunded => judge_success(held, fact),
        PlatformState::Paying => nothing(NextCall::Query {
            delay_ms: BUSY_DELAY_MS,
        }),
        PlatformState::Closed | PlatformState::PayError => match held.state {
            TradeState::Created => Verdict {
                meaning: Meaning::Event(TradeEvent::PrepayLost),
                next: NextCall::Query { delay_ms: 0 },
            },
            TradeState::PrepayUnknown | TradeState::Awaiting | TradeState::Closing => Verdict {
                meaning: Meaning::Event(TradeEvent::Closed),
                next: next_of(TradeState::Closed, 0),
            },
            TradeState::Failed
            | TradeState::Closed
            | TradeState::Paid
            | TradeState::Free
            | TradeState::Credit => nothing(next_of(held.state, held.asked)),
        },
        PlatformState::NotPaid => match held.state {
            TradeState::Closing => nothing(NextCall::Close {
                delay_ms: close_delay(held.asked),
            }),
            TradeState::Created
            | TradeState::PrepayUnknown
            | TradeState::Awaiting
            | TradeState::Failed
            | TradeState::Closed
            | TradeState::Paid
            | TradeState::Free
            | TradeState::Credit => nothing(next_of(held.state, held.asked)),
        },
    }
}

/// The first close follows its question at once; later ones wait, since the platform has said yes before.
fn close_delay(asked: u32) -> i64 {
    if asked < 2 {
        0
    } else {
        delay(RETRY_DELAYS_MS, asked - 2)
    }
}

fn judge_success(held: &Held<'_>, fact: &TradeFact) -> Verdict {
    let rest = Verdict {
        meaning: Meaning::Nothing,
        next: NextCall::Rest,
    };
    if held.state == TradeState::Paid {
        return rest;
    }
    let ended = matches!(held.state, TradeState::Closed | TradeState::Failed);
    if ended && (on(Mutant::LateSuccessDropped) || on(Mutant::ClosedIsFinal)) {
        return rest;
    }
    let amount_fits = fact.amount.map(crate::money::Fen::minor) == Some(held.amount_minor);
    let is_ours = fact.trade_no == held.trade_no
        && fact.app_id.as_deref() == Some(held.app_id)
        && fact.merchant_id.as_deref() == Some(held.merchant_id)
        && fact.currency.as_deref() == Some("CNY")
        && fact.transaction_id.is_some();
    if is_ours && (amount_fits || on(Mutant::AmountUnchecked)) {
        Verdict {
            meaning: Meaning::Event(TradeEvent::Paid),
            next: NextCall::Rest,
        }
    } else {
        Verdict {
            meaning: Meaning::Mismatch,
            next: next_of(held.state, held.asked),
        }
    }
}

fn judge_not_exist(held: &Held<'_>, now_ms: i64) -> Verdict {
    let past = now_ms > held.expires_at_ms.saturating_add(GRACE_MS);
    let again = next_of(held.state, held.asked);
    match held.state {
        TradeState::PrepayUnknown | TradeState::Awaiting | TradeState::Closing if past => Verdict {
            meaning: Meaning::Event(TradeEvent::Closed),
            next: next_of(TradeState::Closed, 0),
        },
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Closed
        | TradeState::Paid
        | TradeState::Free
        | TradeState::Credit => Verdict {
            meaning: Meaning::Nothing,
            next: again,
        },
    }
}

#[cfg(test)]
#[path = "trade_tests.rs"]
mod tests;
