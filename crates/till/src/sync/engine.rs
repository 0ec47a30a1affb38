//! The engine: lanes, each with at most one call in flight, and the one step that drives them.

use std::collections::BTreeMap;

use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::BATCH_ENTRIES_MAX;
use suanpan_wire::stream::{Changed, ChangesAnswer, WAIT_MS_MAX};

use super::backoff::{Backoff, Jitter};
use super::call::{Answer, Call, LinkFault};
use super::errands::{Errand, ErrandLane};
use super::lane::Lane;
use super::link::{Breaker, LinkStatus};
use super::pending::Pending;
use super::tenders::{TenderLane, is_passing};

/// Waiting times between probes of a centre that does not answer. The cap is what a customer who has paid
/// may have to wait at most once the network is back.
const PROBE_BACKOFF: Backoff = Backoff {
    base_ms: 1_000,
    cap_ms: 15_000,
};
/// How often a till that was revoked asks whether it still is: only an operator changes that.
const REVOKED_RETRY_MS: u32 = 60_000;
/// Pause after an empty answer that came much sooner than it was allowed to wait: plain polling, for
/// centres or proxies that do not hold a request open.
const POLL_PAUSE_MS: i64 = 1_000;
/// Entries of a batch below which a slow line does not make it smaller: those of two or three orders.
const SLOW_BATCH_ENTRIES: usize = 20;
/// How long a call may overstay its limit before the engine itself calls it unanswered; the network part
/// ends it earlier.
const OVERSTAY_MS: i64 = 500;

/// A moment, as the engine needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Never goes back; for waiting times. Milliseconds from anywhere.
    pub monotonic_ms: i64,
    /// The centre's clock as well as it is known, UTC milliseconds; for the ends of codes and for showing.
    pub corrected_ms: i64,
}

/// What the engine is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// What the store has to do now. Always follows an [`Input::Answered`].
    Look(Pending),
    /// A call has ended; what it brought was kept before this is said.
    Answered {
        /// The call.
        call_id: u64,
        /// What came of it.
        result: Result<Answer, LinkFault>,
    },
    /// Time has passed.
    Tick,
    /// A person wants everything tried now.
    RetryNow,
}

/// What the engine wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the centre; the end comes back as [`Input::Answered`].
    Call {
        /// To name the end with.
        call_id: u64,
        /// What to ask.
        call: Call,
    },
    /// Tick at this monotonic moment, if nothing else happens before. Replaces earlier ones.
    WakeAt(i64),
    /// The link stands differently.
    Status(LinkStatus),
    /// Commit a fresh attempt for this tender: its code runs out on screen.
    RenewDue {
        /// The tender.
        tender_no: String,
    },
    /// A question about this tender, or the probe that stands for it, brought no answer.
    Unanswered {
        /// The tender.
        tender_no: String,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub call: Call,
    pub sent_ms: i64,
}

impl Flight {
    pub(super) fn overdue_ms(&self) -> i64 {
        self.sent_ms + i64::from(self.call.time_limit_ms()) + OVERSTAY_MS
    }
}

/// The engine. Cheap to make; made anew at every start.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) jitter: Jitter,
    pub(super) last_call_id: u64,
    pub(super) pending: Option<Pending>,
    pub(super) flights: BTreeMap<u64, Flight>,
    pub(super) breaker: Breaker,
    pub(super) hello_due: bool,
    /// Whether the centre has said since the start what it holds of the journal.
    pub(super) is_greeted: bool,
    pub(super) batch_max: usize,
    pub(super) journal: Lane,
    pub(super) changes: Lane,
    pub(super) stream_fresh: bool,
    pub(super) tenders: BTreeMap<String, TenderLane>,
    pub(super) errands: BTreeMap<Errand, ErrandLane>,
    pub(super) told: Option<LinkStatus>,
}

impl Engine {
    /// An engine whose jitter follows from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            jitter: Jitter::new(seed),
            last_call_id: 0,
            pending: None,
            flights: BTreeMap::new(),
            breaker: Breaker::new(),
            hello_due: true,
            is_greeted: false,
            batch_max: BATCH_ENTRIES_MAX,
            journal: Lane::new(),
            changes: Lane::new(),
            stream_fresh: false,
            tenders: BTreeMap::new(),
            errands: BTreeMap::new(),
            told: None,
        }
    }

    /// Whether the end of this call is still waited for. An answer that is not must not be applied: it was
    /// given up, or it is a copy.
    #[must_use]
    pub fn expects(&self, call_id: u64) -> bool {
        self.flights.contains_key(&call_id)
    }

    /// The call of that number, while it is under way.
    #[must_use]
    pub fn call(&self, call_id: u64) -> Option<&Call> {
        self.flights.get(&call_id).map(|flight| &flight.call)
    }

    /// A renewal that was asked for could not be committed: it will be asked for again.
    pub fn renewal_failed(&mut self, tender_no: &str, at: Moment) {
        if let Some(lane) = self.tenders.get_mut(tender_no) {
            lane.renewal_failed(at.corrected_ms);
        }
    }

    /// One step.
    pub fn step(&mut self, input: Input, at: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Look(pending) => self.look(pending),
            Input::Answered { call_id, result } => self.ended(call_id, result, at, &mut effects),
            Input::Tick => self.end_overdue(at, &mut effects),
            Input::RetryNow => self.hurry(),
        }
        self.plan(at, &mut effects);
        effects
    }

    fn look(&mut self, pending: Pending) {
        let flights = &self.flights;
        self.tenders.retain(|tender_no, lane| {
            pending
                .tenders
                .iter()
                .any(|watched| &watched.tender_no == tender_no)
                || lane.lane.in_flight.is_some_and(|id| flights.contains_key(&id))
        });
        self.errands.retain(|errand, lane| {
            pending.errands.contains(errand)
                || lane.lane.in_flight.is_some_and(|id| flights.contains_key(&id))
        });
        for watched in pending.tenders.iter().filter(|watched| watched.ask_now) {
            self.tenders
                .entry(watched.tender_no.clone())
                .or_default()
                .ask_now();
            // While the centre does not answer, the probe stands for every question.
            self.journal.hurry();
        }
        self.pending = Some(pending);
    }

    fn hurry(&mut self) {
        self.journal.hurry();
        self.changes.hurry();
        for lane in self.tenders.values_mut() {
            lane.lane.hurry();
        }
        for lane in self.errands.values_mut() {
            lane.lane.hurry();
        }
    }

    fn end_overdue(&mut self, at: Moment, effects: &mut Vec<Effect>) {
        let overdue: Vec<u64> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.overdue_ms() <= at.monotonic_ms)
            .map(|(id, _)| *id)
            .collect();
        for call_id in overdue {
            let kept = self.pending.take();
            self.ended(call_id, Err(LinkFault::TimedOut), at, effects);
            self.pending = kept;
        }
    }

    fn ended(
        &mut self,
        call_id: u64,
        result: Result<Answer, LinkFault>,
        at: Moment,
        effects: &mut Vec<Effect>,
    ) {
        let Some(flight) = self.flights.remove(&call_id) else {
            return;
        };
        self.judge_way(&result, at);
        if let (Err(fault), Some(tender_no)) = (&result, flight.call.tender_no())
            && !is_word_on_tender(fault)
        {
            effects.push(Effect::Unanswered {
                tender_no: tender_no.to_owned(),
            });
        }
        // Before the first greeting is answered nothing else is asked, so that a refusal of it is silence about all else.
        let is_silence = match &result {
            Ok(_) => false,
            Err(LinkFault::StaleClock { .. }) => !self.breaker.is_up(),
            Err(_) => !self.breaker.is_up() || !self.is_greeted,
        };
        if is_silence && flight.call == Call::Hello {
            self.all_unanswered(effects);
        }
        match (flight.call.tender_no(), Errand::of(&flight.call)) {
            (Some(tender_no), _) => self.tender_ended(tender_no, &flight.call, &result, at),
            (None, Some(errand)) => {
                if let Some(lane) = self.errands.get_mut(&errand) {
                    lane.ended(result.as_ref().err(), at.monotonic_ms, &mut self.jitter);
                }
            }
            (None, None) => self.lane_ended(&flight, result, at),
        }
        // What the store has to do has changed: nothing is planned before the next look.
        self.pending = None;
    }

    fn judge_way(&mut self, result: &Result<Answer, LinkFault>, at: Moment) {
        match result {
            Err(fault) if fault.is_of_the_way() => {
                self.breaker.failed(at.corrected_ms);
                self.stream_fresh = false;
                self.hello_due |= !self.breaker.is_up();
            }
            Err(LinkFault::Refused { body, .. }) if body.code == ErrorCode::TillUnknown => {
                self.breaker.revoked();
                self.hello_due = true;
            }
            Ok(_) | Err(_) => {
                if self.breaker.answered() {
                    self.hurry();
                }
            }
        }
    }

    fn all_unanswered(&self, effects: &mut Vec<Effect>) {
        let waiting = self.pending.iter().flat_map(|pending| &pending.tenders);
        effects.extend(waiting.map(|watched| Effect::Unanswered {
            tender_no: watched.tender_no.clone(),
        }));
    }

    fn tender_ended(&mut self, tender_no: &str, call: &Call, result: &Result<Answer, LinkFault>, at: Moment) {
        let now_ms = at.monotonic_ms;
        let Some(tender) = self.tenders.get_mut(tender_no) else {
            return;
        };
        match result {
            Ok(_) => tender.succeeded(call, now_ms, &mut self.jitter),
            Err(LinkFault::Refused { body, retry_after_ms }) => {
                tender.refused(call, body.code, *retry_after_ms, now_ms, &mut self.jitter);
            }
            Err(LinkFault::StaleClock { .. }) => tender.lane.mended(now_ms, &mut self.jitter),
            Err(
                LinkFault::Unreachable | LinkFault::TimedOut | LinkFault::Unverified | LinkFault::NotSaved,
            ) => {
                tender.lane.failed(now_ms, None, &mut self.jitter);
            }
        }
    }

    fn lane_ended(&mut self, flight: &Flight, result: Result<Answer, LinkFault>, at: Moment) {
        match result {
            Ok(answer) => self.lane_answered(flight, &answer, at),
            Err(fault) => self.lane_failed(&flight.call, &fault, at),
        }
    }

    fn lane_answered(&mut self, flight: &Flight, answer: &Answer, at: Moment) {
        match answer {
            Answer::Hello(_) => {
                self.hello_due = false;
                self.is_greeted = true;
                self.journal.succeeded();
            }
            Answer::Journal { .. } => {
                self.batch_max = (self.batch_max * 2).min(BATCH_ENTRIES_MAX);
                self.journal.succeeded();
            }
            Answer::OwnEntries(_) => self.journal.succeeded(),
            Answer::Changes { answer, .. } => self.heard(flight, answer, at.monotonic_ms),
            Answer::Tender(_) => {}
        }
    }

    fn heard(&mut self, flight: &Flight, answer: &ChangesAnswer, now_ms: i64) {
        self.changes.succeeded();
        self.stream_fresh = true;
        match answer {
            // The centre started anew, perhaps from a copy: what it holds of the journal has to be asked.
            ChangesAnswer::Snapshot { .. } => self.hello_due = true,
            ChangesAnswer::Changes { changes, .. } => {
                self.hello_due |= changes.iter().any(|change| change.what == Changed::Settings);
                let waited_ms = now_ms - flight.sent_ms;
                let was_held = waited_ms * 2 >= i64::from(WAIT_MS_MAX);
                let could_wait = matches!(flight.call, Call::Changes { wait_ms: 1.., .. });
                if changes.is_empty() && could_wait && !was_held {
                    self.changes.not_before_ms = now_ms + POLL_PAUSE_MS;
                }
            }
        }
    }

    fn lane_failed(&mut self, call: &Call, fault: &LinkFault, at: Moment) {
        let now_ms = at.monotonic_ms;
        let is_stream = matches!(call, Call::Changes { .. });
        self.stream_fresh &= !is_stream;
        if matches!((call, fault), (Call::Journal { .. }, LinkFault::TimedOut)) {
            // A slow line carries a smaller batch in time.
            self.batch_max = (self.batch_max / 2).max(SLOW_BATCH_ENTRIES);
        }
        let refused = match fault {
            LinkFault::Refused { body, retry_after_ms } => Some((body.code, *retry_after_ms)),
            LinkFault::Unreachable
            | LinkFault::TimedOut
            | LinkFault::Unverified
            | LinkFault::StaleClock { .. }
            | LinkFault::NotSaved => None,
        };
        let lane = if is_stream {
            &mut self.changes
        } else {
            &mut self.journal
        };
        match refused {
            Some((ErrorCode::JournalGap, _)) => {
                self.hello_due = true;
                lane.mended(now_ms, &mut self.jitter);
            }
            Some((ErrorCode::BodyTooLarge, _)) if self.batch_max > 1 => {
                self.batch_max /= 2;
                lane.mended(now_ms, &mut self.jitter);
            }
            Some((ErrorCode::TillUnknown, _)) => {
                lane.failed(now_ms, Some(REVOKED_RETRY_MS), &mut self.jitter);
            }
            Some((_, retry_after_ms)) => lane.failed(now_ms, retry_after_ms, &mut self.jitter),
            None if matches!(fault, LinkFault::StaleClock { .. }) => lane.mended(now_ms, &mut self.jitter),
            None => {
                lane.failed(now_ms, None, &mut self.jitter);
                if !self.breaker.is_up() && !is_stream {
                    lane.not_before_ms = now_ms + PROBE_BACKOFF.delay_ms(lane.fails, None, &mut self.jitter);
                }
            }
        }
    }
}

/// Whether a fault is nevertheless a word of the centre on the tender itself.
fn is_word_on_tender(fault: &LinkFault) -> bool {
    match fault {
        LinkFault::Refused { body, .. } => !is_passing(body.code),
        LinkFault::StaleClock { .. } => true,
        LinkFault::Unreachable | LinkFault::TimedOut | LinkFault::Unverified | LinkFault::NotSaved => false,
    }
}
