//! A circuit breaker per merchant and platform: while a platform does not answer at all, calls fail at
//! once instead of each waiting out its time limit, and single probes find out when it is back.
//!
//! Pure: time comes in with each call. Only the connection counts. A refusal is an answer, and so is a
//! reply that cannot be verified; what it means is the channel's matter. Every call that is turned
//! away is [`Lost::BreakerOpen`]: certainly not sent.

use std::collections::BTreeMap;

use crate::channel::Lost;
use crate::http::HttpReply;

/// When a breaker opens and how it comes back. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row that open it.
    pub failures_max: u32,
    /// The failures must lie within this time; an older row starts anew.
    pub window_ms: i64,
    /// First wait before a probe.
    pub probe_delay_ms: i64,
    /// Longest wait; each failed probe doubles the wait up to here.
    pub probe_delay_ms_max: i64,
    /// A probe that has not reported after this time is given up and another may go.
    pub probe_limit_ms: i64,
}

impl Default for BreakerPolicy {
    /// Five failures within half a minute: more than a lost packet, less than a queue of customers.
    /// The longest wait is half a minute, so that a shop notices a recovered platform within one sale.
    fn default() -> Self {
        Self {
            failures_max: 5,
            window_ms: 30_000,
            probe_delay_ms: 1_000,
            probe_delay_ms_max: 30_000,
            probe_limit_ms: 15_000,
        }
    }
}

/// What a call showed of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// The platform answered, whatever it said.
    Made,
    /// It did not.
    Failed,
}

impl Contact {
    /// Reads an outcome. A gateway's 502, 503 or 504 is not the platform's answer. A call that the
    /// breaker itself turned away shows nothing.
    #[must_use]
    pub fn of(outcome: &Result<&HttpReply, Lost>) -> Option<Self> {
        match outcome {
            Ok(reply) if (502..=504).contains(&reply.status) => Some(Self::Failed),
            Ok(_) => Some(Self::Made),
            Err(Lost::BreakerOpen | Lost::NoPlace | Lost::NoChannel) => None,
            Err(Lost::NoConnection(_) | Lost::TimedOut | Lost::Cut(_)) => Some(Self::Failed),
        }
    }
}

/// One breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Calls go; `failures` in a row since `first_ms`.
    Closed { failures: u32, first_ms: i64 },
    /// Calls are turned away until `delay_ms` after `since_ms`.
    Open { since_ms: i64, delay_ms: i64 },
    /// One probe went at `since_ms`; `delay_ms` was the wait before it.
    HalfOpen { since_ms: i64, delay_ms: i64 },
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub const fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            state: State::Closed {
                failures: 0,
                first_ms: 0,
            },
        }
    }

    /// Asks to make a call now. Whoever is let through reports back with [`Breaker::note`].
    ///
    /// # Errors
    /// [`Lost::BreakerOpen`] while the platform is taken to be away.
    pub fn admit(&mut self, now_ms: i64) -> Result<(), Lost> {
        let (due, delay_ms) = match self.state {
            State::Closed { .. } => return Ok(()),
            State::Open { since_ms, delay_ms } => (passed(since_ms, delay_ms, now_ms), delay_ms),
            State::HalfOpen { since_ms, delay_ms } => {
                (passed(since_ms, self.policy.probe_limit_ms, now_ms), delay_ms)
            }
        };
        if !due {
            return Err(Lost::BreakerOpen);
        }
        self.state = State::HalfOpen {
            since_ms: now_ms,
            delay_ms,
        };
        Ok(())
    }

    /// Reports what a call showed.
    pub fn note(&mut self, contact: Contact, now_ms: i64) {
        self.state = match (contact, self.state) {
            // Also an answer that comes late, to a call made before the breaker opened.
            (Contact::Made, _) => State::Closed {
                failures: 0,
                first_ms: now_ms,
            },
            (Contact::Failed, State::Closed { failures, first_ms }) => {
                self.after_failure(failures, first_ms, now_ms)
            }
            // A call from before: what it shows is known already.
            (Contact::Failed, open @ State::Open { .. }) => open,
            (Contact::Failed, State::HalfOpen { delay_ms, .. }) => {
                let delay_ms = delay_ms.saturating_mul(2).min(self.policy.probe_delay_ms_max);
                State::Open {
                    since_ms: now_ms,
                    delay_ms,
                }
            }
        };
    }

    /// Whether calls are turned away or probed at present, for health pages.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self.state {
            State::Closed { .. } => false,
            State::Open { .. } | State::HalfOpen { .. } => true,
        }
    }

    fn after_failure(&self, failures: u32, first_ms: i64, now_ms: i64) -> State {
        let fresh = failures == 0 || passed(first_ms, self.policy.window_ms, now_ms);
        let (failures, first_ms) = if fresh {
            (1, now_ms)
        } else {
            (failures + 1, first_ms)
        };
        if failures >= self.policy.failures_max {
            return State::Open {
                since_ms: now_ms,
                delay_ms: self.policy.probe_delay_ms,
            };
        }
        State::Closed { failures, first_ms }
    }
}

/// Whether `length_ms` have passed since `since_ms`. A clock set back counts as passed: waiting for it
/// to catch up could take hours.
fn passed(since_ms: i64, length_ms: i64, now_ms: i64) -> bool {
    now_ms < since_ms || now_ms.saturating_sub(since_ms) >= length_ms
}

/// Whose breaker: one merchant at one platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BreakerKey {
    /// [`Channel::label`](crate::channel::Channel::label).
    pub label: String,
    /// The merchant, by the centre's number.
    pub enterprise_id: String,
}

/// All breakers of a process; one comes into being when its key is first asked for.
#[derive(Clone, Debug, Default)]
pub struct Breakers {
    policy: BreakerPolicy,
    by_key: BTreeMap<BreakerKey, Breaker>,
}

impl Breakers {
    /// No breakers yet, all to follow `policy`.
    #[must_use]
    pub const fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            by_key: BTreeMap::new(),
        }
    }

    /// [`Breaker::admit`] of the key's breaker.
    ///
    /// # Errors
    /// [`Lost::BreakerOpen`] while the platform is taken to be away for this merchant.
    pub fn admit(&mut self, key: &BreakerKey, now_ms: i64) -> Result<(), Lost> {
        self.of(key).admit(now_ms)
    }

    /// [`Breaker::note`] of the key's breaker.
    pub fn note(&mut self, key: &BreakerKey, contact: Contact, now_ms: i64) {
        self.of(key).note(contact, now_ms);
    }

    /// Keys whose breaker is open, for health pages.
    pub fn open_keys(&self) -> impl Iterator<Item = &BreakerKey> {
        self.by_key
            .iter()
            .filter(|(_, breaker)| breaker.is_open())
            .map(|(key, _)| key)
    }

    fn of(&mut self, key: &BreakerKey) -> &mut Breaker {
        self.by_key
            .entry(key.clone())
            .or_insert_with(|| Breaker::new(self.policy))
    }
}

#[cfg(test)]
mod tests;
