//! The switches that are set, and what they do to one call.

use super::fault::{CallEffect, CallKind, Fault, FaultRule, StandingFault};
use super::name::PlatformName;
use super::named::RefusalCode;
use super::trade::TradeKey;

impl CallEffect {
    /// Whether it means anything for a kind of call at a platform; a rule without kind waits for one that fits.
    fn applies(self, platform: PlatformName, kind: CallKind) -> bool {
        match self {
            Self::Refuses { code } => code.platform() == platform,
            Self::NotVisible => kind == CallKind::Query,
            Self::NotEnough => kind == CallKind::Refund,
            Self::LostRequest
            | Self::LostReply
            | Self::Slow { .. }
            | Self::Status { .. }
            | Self::HtmlStatus { .. }
            | Self::SystemError { .. }
            | Self::HtmlPage
            | Self::BadSignature
            | Self::Unsigned
            | Self::Forbidden
            | Self::AlteredBody => true,
        }
    }
}

/// What the switches do to the way of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallEffects(pub(crate) Vec<CallEffect>);

/// What stands in the place of a true answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    Status(u16),
    Html(u16),
    SystemError,
}

impl CallEffects {
    pub(crate) fn has(&self, effect: CallEffect) -> bool {
        self.0.contains(&effect)
    }

    /// How late the answer comes.
    pub(crate) fn delay_ms(&self) -> u32 {
        let late = self.0.iter().map(|effect| {
            if let CallEffect::Slow { delay_ms } = effect {
                *delay_ms
            } else {
                0
            }
        });
        late.fold(0, u32::saturating_add)
    }

    /// What the platform refuses the call with.
    pub(crate) fn refuses(&self) -> Option<RefusalCode> {
        self.0.iter().find_map(|effect| match *effect {
            CallEffect::Refuses { code } => Some(code),
            CallEffect::LostRequest
            | CallEffect::LostReply
            | CallEffect::Slow { .. }
            | CallEffect::Status { .. }
            | CallEffect::HtmlStatus { .. }
            | CallEffect::SystemError { .. }
            | CallEffect::HtmlPage
            | CallEffect::BadSignature
            | CallEffect::Unsigned
            | CallEffect::Forbidden
            | CallEffect::AlteredBody
            | CallEffect::NotVisible
            | CallEffect::NotEnough => None,
        })
    }

    /// What is answered instead of the truth, and whether the platform acts all the same.
    pub(crate) fn instead(&self) -> Option<(Instead, bool)> {
        self.0.iter().find_map(|effect| match *effect {
            CallEffect::Status { status, acts } => Some((Instead::Status(status), acts)),
            CallEffect::HtmlStatus { status, acts } => Some((Instead::Html(status), acts)),
            CallEffect::SystemError { acts } => Some((Instead::SystemError, acts)),
            CallEffect::LostRequest
            | CallEffect::LostReply
            | CallEffect::Slow { .. }
            | CallEffect::HtmlPage
            | CallEffect::BadSignature
            | CallEffect::Unsigned
            | CallEffect::Forbidden
            | CallEffect::AlteredBody
            | CallEffect::NotVisible
            | CallEffect::NotEnough
            | CallEffect::Refuses { .. } => None,
        })
    }
}

/// What a fault is checked against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) platform: PlatformName,
    pub(crate) mchid: Option<&'a str>,
    pub(crate) out_trade_no: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// One order.
    pub(crate) fn of(platform: PlatformName, key: &'a TradeKey) -> Self {
        Self {
            platform,
            mchid: Some(&key.mchid),
            out_trade_no: Some(&key.out_trade_no),
        }
    }
}

/// The rules that are set.
#[derive(Debug, Default)]
pub(crate) struct FaultBoard {
    standing: Vec<StandingFault>,
    last_id: u32,
}

impl FaultBoard {
    pub(crate) fn set(&mut self, rule: FaultRule) -> u32 {
        self.last_id += 1;
        self.standing.push(StandingFault {
            id: self.last_id,
            rule,
        });
        self.last_id
    }

    pub(crate) fn clear(&mut self, id: Option<u32>) -> bool {
        let before = self.standing.len();
        self.standing
            .retain(|standing| id.is_some_and(|id| standing.id != id));
        self.standing.len() < before
    }

    pub(crate) fn standing(&self) -> &[StandingFault] {
        &self.standing
    }

    /// What goes wrong with a call of `kind`; each switch that applies is used once.
    pub(crate) fn take_calls(&mut self, subject: Subject<'_>, kind: CallKind) -> Vec<CallEffect> {
        self.take(subject, |fault| match fault {
            Fault::Call { on, effect } => {
                (on.is_none_or(|on| on == kind) && effect.applies(subject.platform, kind)).then_some(effect)
            }
            Fault::Close { .. } | Fault::Payment { .. } | Fault::Callback { .. } | Fault::Refund { .. } => {
                None
            }
        })
    }

    /// Everything `pick` takes from rules that apply to `subject`; each such rule is used once.
    pub(crate) fn take<T>(&mut self, subject: Subject<'_>, pick: impl Fn(Fault) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.standing.retain_mut(|StandingFault { rule, .. }| {
            let fits =
                |wanted: &Option<String>, is: Option<&str>| wanted.is_none() || wanted.as_deref() == is;
            if rule.platform.is_some_and(|only| only != subject.platform) {
                return true;
            }
            if !fits(&rule.mchid, subject.mchid) || !fits(&rule.out_trade_no, subject.out_trade_no) {
                return true;
            }
            let (Some(picked), false) = (pick(rule.fault), rule.times == Some(0)) else {
                return true;
            };
            if rule.skip > 0 {
                rule.skip -= 1;
                return true;
            }
            taken.push(picked);
            rule.times = rule.times.map(|times| times - 1);
            rule.times != Some(0)
        });
        taken
    }
}
