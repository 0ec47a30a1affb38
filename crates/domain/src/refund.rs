//! Refunds at a platform: one number per intent, kept through every retry.
//!
//! What a refund is worth and which tender it draws from is decided elsewhere; here is only how one row
//! of it lives.

use crate::machine::Machine;
use crate::mutant::{Mutant, on};
use crate::platform::{Observation, RefundState as PlatformRefund};

/// States of a refund record, with the family's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefundState {
    /// Number committed, nothing sent yet (0).
    Apply,
    /// Sent; the end is not known (1).
    Sending,
    /// Money has gone back (2). Final.
    Success,
    /// Refused or closed for good (3); the reservation is released.
    Fail,
}

/// What can happen to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundEvent {
    /// A request went out, whatever came back.
    Sent,
    /// The platform says the money has arrived.
    Succeeded,
    /// The platform closed or refused it for good.
    Refused,
    /// An operator tries again with the same number.
    Retry,
}

/// The table of a refund.
#[derive(Debug)]
pub struct RefundMachine;

impl Machine for RefundMachine {
    type State = RefundState;
    type Event = RefundEvent;
    const INITIAL: &'static [RefundState] = &[RefundState::Apply];
    const STATES: &'static [RefundState] = &[
        RefundState::Apply,
        RefundState::Sending,
        RefundState::Success,
        RefundState::Fail,
    ];
    const EVENTS: &'static [RefundEvent] = &[
        RefundEvent::Sent,
        RefundEvent::Succeeded,
        RefundEvent::Refused,
        RefundEvent::Retry,
    ];
    const ROWS: &'static [(RefundState, RefundEvent, RefundState)] = &[
        (RefundState::Apply, RefundEvent::Sent, RefundState::Sending),
        (RefundState::Apply, RefundEvent::Succeeded, RefundState::Success),
        (RefundState::Apply, RefundEvent::Refused, RefundState::Fail),
        (RefundState::Sending, RefundEvent::Succeeded, RefundState::Success),
        (RefundState::Sending, RefundEvent::Refused, RefundState::Fail),
        (RefundState::Fail, RefundEvent::Retry, RefundState::Sending),
        (RefundState::Fail, RefundEvent::Succeeded, RefundState::Success),
    ];
}

impl RefundState {
    /// Name in the till's database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apply => "APPLY",
            Self::Sending => "SENDING",
            Self::Success => "SUCCESS",
            Self::Fail => "FAIL",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        RefundMachine::STATES
            .iter()
            .copied()
            .find(|state| state.name() == name)
    }

    /// `refund_status` as the family of services has it.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Apply => 0,
            Self::Sending => 1,
            Self::Success => 2,
            Self::Fail => 3,
        }
    }

    /// The state of that code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        RefundMachine::STATES
            .iter()
            .copied()
            .find(|state| state.code() == code)
    }

    /// Whether its amount counts against the cap of what can still be given back.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        match self {
            Self::Apply | Self::Sending | Self::Success => true,
            Self::Fail => false,
        }
    }
}

/// What a refund under way asks its platform next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAsk {
    /// How it stands.
    Query,
    /// The same number with the same amount, once more.
    Resend,
    /// How it stands, since a repeat of it was refused: one that is not there now never will be.
    Confirm,
}

/// What an observation means for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundVerdict {
    /// The event to apply, if any.
    pub event: Option<RefundEvent>,
    /// What to ask next, while it is under way.
    pub next: NextAsk,
    /// A person must act at the platform.
    pub attention: bool,
}

/// Judges an observation about a refund in this state; `was_refused` where it answers [`NextAsk::Confirm`]. Unknown
/// never means failed (I14). A refusal of a repeated sending says nothing about the sending before it, so it ends
/// nothing until the platform says that it does not know the number.
#[must_use]
pub fn judge(state: RefundState, was_refused: bool, observation: &Observation) -> RefundVerdict {
    let verdict = |event, next, attention| RefundVerdict {
        event,
        next,
        attention,
    };
    let sent = Some(RefundEvent::Sent);
    let as_before = if was_refused {
        NextAsk::Confirm
    } else {
        NextAsk::Query
    };
    match observation {
        Observation::Refund(fact) => match fact.state {
            PlatformRefund::Success => verdict(Some(RefundEvent::Succeeded), NextAsk::Query, false),
            PlatformRefund::Processing => verdict(sent, NextAsk::Query, false),
            PlatformRefund::Closed => verdict(Some(RefundEvent::Refused), NextAsk::Query, true),
            // Somebody sees to it at the platform; asked for again it is still the same refund.
            PlatformRefund::Abnormal => verdict(sent, NextAsk::Resend, true),
        },
        Observation::RefundDeferred { .. } => verdict(sent, NextAsk::Resend, true),
        Observation::NotExist if was_refused => verdict(Some(RefundEvent::Refused), NextAsk::Query, true),
        Observation::NotExist => verdict(sent, NextAsk::Resend, false),
        Observation::Refused { .. } => match state {
            RefundState::Apply => verdict(Some(RefundEvent::Refused), NextAsk::Query, true),
            RefundState::Sending | RefundState::Success | RefundState::Fail => {
                verdict(None, NextAsk::Confirm, true)
            }
        },
        Observation::Unknown { .. } if on(Mutant::LostRefundReplyIsSuccess) => {
            verdict(Some(RefundEvent::Succeeded), NextAsk::Query, false)
        }
        Observation::Unknown { .. }
        | Observation::Busy
        | Observation::Trade(_)
        | Observation::CodeReady { .. }
        | Observation::CloseAccepted
        | Observation::AlreadyPaid
        | Observation::NumberUsed => verdict(sent, as_before, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::check;
    use crate::platform::RefundFact;

    #[test]
    fn the_table_is_sound() {
        check::<RefundMachine>().unwrap();
        for state in RefundMachine::STATES {
            assert_eq!(RefundState::from_name(state.name()), Some(*state));
            assert_eq!(RefundState::from_code(state.code()), Some(*state));
        }
    }

    #[test]
    fn success_is_final() {
        assert!(
            RefundMachine::ROWS
                .iter()
                .all(|(from, _, _)| *from != RefundState::Success)
        );
    }

    #[test]
    fn a_refused_repeat_is_asked_about_before_it_is_believed() {
        let refused = Observation::Refused {
            code: "PARAM_ERROR".into(),
            message: String::new(),
        };
        assert_eq!(
            judge(RefundState::Apply, false, &refused).event,
            Some(RefundEvent::Refused)
        );
        let repeat = judge(RefundState::Sending, false, &refused);
        assert_eq!(
            (repeat.event, repeat.next, repeat.attention),
            (None, NextAsk::Confirm, true)
        );
        let silent = Observation::Unknown { why: "lost".into() };
        let still = judge(RefundState::Sending, true, &silent);
        assert_eq!(
            (still.event, still.next),
            (Some(RefundEvent::Sent), NextAsk::Confirm)
        );
        let gone = judge(RefundState::Sending, true, &Observation::NotExist);
        assert_eq!((gone.event, gone.attention), (Some(RefundEvent::Refused), true));
        let unrefused = judge(RefundState::Sending, false, &Observation::NotExist);
        assert_eq!(
            (unrefused.event, unrefused.next),
            (Some(RefundEvent::Sent), NextAsk::Resend)
        );
    }

    #[test]
    fn f41_four_answers_are_four_states() {
        let fact = |state| {
            Observation::Refund(RefundFact {
                refund_no: "1".into(),
                trade_no: "2".into(),
                refund_id: None,
                state,
                amount: None,
            })
        };
        assert_eq!(
            judge(RefundState::Sending, false, &fact(PlatformRefund::Success)).event,
            Some(RefundEvent::Succeeded)
        );
        assert_eq!(
            judge(RefundState::Sending, false, &fact(PlatformRefund::Processing)).event,
            Some(RefundEvent::Sent)
        );
        assert_eq!(
            judge(RefundState::Sending, false, &fact(PlatformRefund::Closed)).event,
            Some(RefundEvent::Refused)
        );
        assert_eq!(
            judge(
                RefundState::Sending,
                false,
                &Observation::Unknown { why: "lost".into() }
            )
            .event,
            Some(RefundEvent::Sent)
        );
        let abnormal = judge(RefundState::Sending, false, &fact(PlatformRefund::Abnormal));
        assert_eq!(
            (abnormal.event, abnormal.next, abnormal.attention),
            (Some(RefundEvent::Sent), NextAsk::Resend, true)
        );
    }
}
