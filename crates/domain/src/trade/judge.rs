//! What an observation means for a trade, and what is asked next and when.
//!
//! Pure: the trade's row and the time come in, a verdict goes out. Who asks, and what is written, is the trade
//! centre's matter.

use super::{TradeEvent, TradeMachine, TradeState, Way};
use crate::mutant::{Mutant, on};
use crate::platform::{Observation, PlatformState, TradeFact};
use crate::tender::Means;

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
    /// Ask to close it, or to reverse it where the customer's payment code was taken.
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
    /// How it reaches the customer.
    pub way: Way,
    /// Our number.
    pub trade_no: &'a str,
    /// Amount in fen.
    pub amount_minor: i64,
    /// Application id it was created under.
    pub app_id: &'a str,
    /// Merchant id it was created under.
    pub merchant_id: &'a str,
    /// When it was made.
    pub created_at_ms: i64,
    /// Last moment the code can be paid, or when waiting for the customer's password ends.
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
/// Waiting times between questions while a customer whose payment code was taken is at the keypad.
pub const TAKEN_DELAYS_MS: &[i64] = &[5_000];
/// A payment by payment code is reversed this long after it was asked for, or later, as the platforms advise:
/// before that it may still be on its way.
pub const REVERSE_AFTER_MS_MIN: i64 = 15_000;
/// Waiting times at which an ended trade is still looked at, about two days in all: by then its day's bill is compared,
/// as a rule, and where it is not the centre goes on.
pub const WATCH_DELAYS_MS: &[i64] = &[
    30_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

fn delay(delays_ms: &[i64], asked: u32) -> i64 {
    let index = usize::try_from(asked)
        .unwrap_or(usize::MAX)
        .min(delays_ms.len() - 1);
    delays_ms[index]
}

/// The call that a state waits for by itself. A payment by payment code is never sent again: it is asked
/// about.
#[must_use]
pub fn next_of(way: Way, state: TradeState, asked: u32) -> NextCall {
    match (state, way) {
        (TradeState::Created, Way::Shown) => NextCall::Prepay { delay_ms: 0 },
        (TradeState::PrepayUnknown, Way::Shown) => NextCall::Prepay {
            delay_ms: delay(RETRY_DELAYS_MS, asked),
        },
        (TradeState::Created | TradeState::PrepayUnknown | TradeState::Awaiting, Way::Taken) => {
            NextCall::Query {
                delay_ms: delay(TAKEN_DELAYS_MS, asked),
            }
        }
        (TradeState::Awaiting, Way::Shown) => NextCall::Query {
            delay_ms: delay(QUERY_DELAYS_MS, asked),
        },
        (TradeState::Closing, Way::Shown | Way::Taken) => NextCall::Query {
            delay_ms: delay(RETRY_DELAYS_MS, asked),
        },
        (TradeState::Failed | TradeState::Closed, Way::Shown | Way::Taken) => watch(asked),
        (TradeState::Paid | TradeState::Free | TradeState::Credit, Way::Shown | Way::Taken) => NextCall::Rest,
    }
}

fn watch(asked: u32) -> NextCall {
    match usize::try_from(asked) {
        Ok(index) if index < WATCH_DELAYS_MS.len() => NextCall::Query {
            delay_ms: WATCH_DELAYS_MS[index],
        },
        Ok(_) | Err(_) => NextCall::Rest,
    }
}

/// Whether a trade that is to be closed is let go: nobody has scanned its code, and its platform knows no order
/// before that, so there is nothing that could be closed. Its tender need not wait for the code to run out;
/// the trade is watched until then, and money that comes all the same goes back.
#[must_use]
pub fn is_let_go(means: Means, held: &Held<'_>, observation: &Observation) -> bool {
    let unscanned = match means {
        Means::AliPay => *observation == Observation::NotExist,
        // Here an order exists from the first answer on, and can be closed.
        Means::WechatPay | Means::Cash => false,
    };
    unscanned && held.way == Way::Shown && held.state == TradeState::Closing
}

/// Whether what a notice says is asked about before it counts: a charge by payment code is ended by a reversal that
/// gives the money back, and a notice that the charge had been paid may be older than that, or than one that is on its
/// way.
#[must_use]
pub fn is_asked_about_first(held: &Held<'_>, verdict: &Verdict) -> bool {
    held.way == Way::Taken
        && matches!(held.state, TradeState::Closing | TradeState::Closed)
        && verdict.meaning == Meaning::Event(TradeEvent::Paid)
}

/// Judges an observation about a trade. Unknown never means failed or closed (I14); a success always
/// counts, whatever came before, if number, amount, merchant and application are exactly ours (I16).
#[must_use]
pub fn judge(held: &Held<'_>, observation: &Observation, now_ms: i64) -> Verdict {
    match observation {
        Observation::CodeReady { .. } => match held.state {
            TradeState::Created | TradeState::PrepayUnknown => event(held, TradeEvent::CodeOut),
            TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit => again(held),
        },
        Observation::Trade(fact) => judge_fact(held, fact, now_ms),
        Observation::NotExist => judge_not_exist(held, now_ms),
        Observation::CloseAccepted if on(Mutant::CloseBelievedUnasked) => event(held, TradeEvent::Closed),
        Observation::CloseAccepted | Observation::AlreadyPaid | Observation::NumberUsed => ask_at_once(held),
        Observation::Busy => judge_busy(held),
        Observation::Refused { .. } => match held.state {
            TradeState::Created => event(held, TradeEvent::Refused),
            // Only this try was refused: one before it went unanswered and may have been taken.
            TradeState::PrepayUnknown => nothing(NextCall::Query { delay_ms: 0 }),
            TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit => again(held),
        },
        Observation::Unknown { .. } => match held.state {
            TradeState::Created if on(Mutant::LostPrepayIsFailed) => event(held, TradeEvent::Refused),
            TradeState::Created => event(held, TradeEvent::PrepayLost),
            TradeState::PrepayUnknown
            | TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit => again(held),
        },
        Observation::Refund(_) | Observation::RefundDeferred { .. } => again(held),
    }
}

const fn nothing(next: NextCall) -> Verdict {
    Verdict {
        meaning: Meaning::Nothing,
        next,
    }
}

fn event(held: &Held<'_>, event: TradeEvent) -> Verdict {
    Verdict {
        meaning: Meaning::Event(event),
        next: next_of(held.way, after(held.state, event), 0),
    }
}

fn again(held: &Held<'_>) -> Verdict {
    nothing(next_of(held.way, held.state, held.asked))
}

/// Only a question brings the fact.
fn ask_at_once(held: &Held<'_>) -> Verdict {
    let meaning = if held.state == TradeState::Created {
        Meaning::Event(TradeEvent::PrepayLost)
    } else {
        Meaning::Nothing
    };
    Verdict {
        meaning,
        next: NextCall::Query { delay_ms: 0 },
    }
}

/// The customer is at the keypad. Where the payment code was taken, the platform holds the payment from now on.
fn judge_busy(held: &Held<'_>) -> Verdict {
    let next = NextCall::Query {
        delay_ms: BUSY_DELAY_MS,
    };
    let meaning = match (held.way, held.state) {
        (Way::Taken, TradeState::Created | TradeState::PrepayUnknown) => Meaning::Event(TradeEvent::CodeOut),
        (
            Way::Taken | Way::Shown,
            TradeState::Created
            | TradeState::PrepayUnknown
            | TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit,
        ) => Meaning::Nothing,
    };
    Verdict { meaning, next }
}

fn after(from: TradeState, event: TradeEvent) -> TradeState {
    match crate::machine::step::<TradeMachine>(from, event) {
        crate::machine::Step::To(to) => to,
        crate::machine::Step::AlreadyApplied | crate::machine::Step::Refused => from,
    }
}

fn judge_fact(held: &Held<'_>, fact: &TradeFact, now_ms: i64) -> Verdict {
    match fact.state {
        PlatformState::Paid | PlatformState::Refunded => judge_success(held, fact),
        // What we have asked to reverse has been paid and is back: nothing is left to collect or to return.
        PlatformState::Returned if held.way == Way::Taken => match held.state {
            TradeState::Closing | TradeState::Closed => judge_ended(held, TradeEvent::Closed),
            TradeState::Created
            | TradeState::PrepayUnknown
            | TradeState::Awaiting
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Free
            | TradeState::Credit => judge_success(held, fact),
        },
        PlatformState::Returned => judge_success(held, fact),
        PlatformState::NotPaid | PlatformState::Paying if held.way == Way::Taken => judge_taken(held, now_ms),
        PlatformState::Paying => nothing(NextCall::Query {
            delay_ms: BUSY_DELAY_MS,
        }),
        PlatformState::Closed => judge_ended(held, TradeEvent::Closed),
        PlatformState::PayError => match held.way {
            Way::Shown => judge_ended(held, TradeEvent::Closed),
            Way::Taken => judge_ended(held, TradeEvent::Refused),
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
            | TradeState::Credit => again(held),
        },
    }
}

fn judge_ended(held: &Held<'_>, end: TradeEvent) -> Verdict {
    match held.state {
        TradeState::Created => ask_at_once(held),
        TradeState::PrepayUnknown | TradeState::Awaiting | TradeState::Closing => event(held, end),
        TradeState::Failed
        | TradeState::Closed
        | TradeState::Paid
        | TradeState::Free
        | TradeState::Credit => again(held),
    }
}

/// A payment code was taken and the customer has not paid yet. A reversal that the platform refused while the
/// customer is at the keypad is asked for again, for as long as it takes.
fn judge_taken(held: &Held<'_>, now_ms: i64) -> Verdict {
    match held.state {
        TradeState::Created | TradeState::PrepayUnknown => judge_busy(held),
        TradeState::Closing => {
            let earliest_ms = held.created_at_ms.saturating_add(REVERSE_AFTER_MS_MIN);
            let wait_ms = earliest_ms.saturating_sub(now_ms).clamp(0, REVERSE_AFTER_MS_MIN);
            nothing(NextCall::Close {
                delay_ms: close_delay(held.asked).max(wait_ms),
            })
        }
        TradeState::Awaiting
        | TradeState::Failed
        | TradeState::Closed
        | TradeState::Paid
        | TradeState::Free
        | TradeState::Credit => again(held),
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
            next: next_of(held.way, held.state, held.asked),
        }
    }
}

fn judge_not_exist(held: &Held<'_>, now_ms: i64) -> Verdict {
    let past = now_ms > held.expires_at_ms.saturating_add(GRACE_MS);
    match held.state {
        TradeState::PrepayUnknown | TradeState::Awaiting | TradeState::Closing if past => {
            event(held, TradeEvent::Closed)
        }
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Closed
        | TradeState::Paid
        | TradeState::Free
        | TradeState::Credit => again(held),
    }
}
