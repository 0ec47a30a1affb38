//! What the engine sends next: one pass over the lanes, oldest first.

use super::call::Call;
use super::engine::{Effect, Engine, Flight, Moment};
use super::errands::Errand;
use super::link::{LinkStatus, Reach};
use super::pending::{Pending, Watched};
use suanpan_wire::stream::WAIT_MS_MAX;

/// Questions about tenders under way at once: enough for a counter, and a backlog stays oldest first.
const TENDER_CALLS_MAX: usize = 4;
/// Errands under way at once: nobody stands at the counter for them.
const ERRANDS_MAX: usize = 2;

impl Engine {
    pub(super) fn plan(&mut self, at: Moment, effects: &mut Vec<Effect>) {
        let Some(pending) = self.pending.take() else {
            return;
        };
        let mut wakes = vec![self.plan_journal(&pending, at, effects)];
        // A restored till first hears what it did itself: news on top of a hole would be told twice, or to nobody. Until
        // it is greeted it cannot tell whether it was restored.
        if self.breaker.is_up() && self.is_greeted && pending.missing_after.is_none() {
            wakes.push(self.plan_changes(&pending, at, effects));
            self.plan_tenders(&pending, at, effects, &mut wakes);
            self.plan_errands(&pending, at, effects, &mut wakes);
        }
        wakes.extend(self.flights.values().map(|flight| Some(flight.overdue_ms())));
        if let Some(wake_ms) = wakes.into_iter().flatten().min() {
            effects.push(Effect::WakeAt(wake_ms.max(at.monotonic_ms)));
        }
        self.tell(&pending, at, effects);
        self.pending = Some(pending);
    }

    /// The journal lane, which is also the one that probes while the centre does not answer.
    fn plan_journal(&mut self, pending: &Pending, at: Moment, effects: &mut Vec<Effect>) -> Option<i64> {
        let call = if self.hello_due || !self.breaker.is_up() {
            Call::Hello
        } else if let Some(after) = &pending.missing_after {
            Call::OwnEntries { after: after.clone() }
        } else if pending.acked != pending.head {
            Call::Journal {
                after: pending.acked.clone(),
                entries_max: self.batch_max,
            }
        } else {
            return None;
        };
        if self.journal.may_send(0, at.monotonic_ms) {
            self.journal.in_flight = Some(self.send(call, at, effects));
        }
        self.journal.wake_ms(0)
    }

    fn plan_changes(&mut self, pending: &Pending, at: Moment, effects: &mut Vec<Effect>) -> Option<i64> {
        if self.changes.may_send(0, at.monotonic_ms) {
            let call = Call::Changes {
                generation: pending.generation,
                after: pending.position,
                // The first answer is wanted at once: it says whether the stream works.
                wait_ms: if self.stream_fresh { WAIT_MS_MAX } else { 0 },
            };
            self.changes.in_flight = Some(self.send(call, at, effects));
        }
        self.changes.wake_ms(0)
    }

    fn plan_tenders(
        &mut self,
        pending: &Pending,
        at: Moment,
        effects: &mut Vec<Effect>,
        wakes: &mut Vec<Option<i64>>,
    ) {
        let is_about_tender = |flight: &&Flight| flight.call.tender_no().is_some();
        let mut free = TENDER_CALLS_MAX.saturating_sub(self.flights.values().filter(is_about_tender).count());
        for watched in &pending.tenders {
            self.renew_if_due(watched, at, effects, wakes);
            let lane = self.tenders.entry(watched.tender_no.clone()).or_default();
            let (call, due_ms) = lane.wanted(watched, self.stream_fresh, self.last_call_id + 1);
            let may_send = lane.lane.may_send(due_ms, at.monotonic_ms);
            if may_send && free > 0 {
                free -= 1;
                let call_id = self.send(call, at, effects);
                self.tenders
                    .entry(watched.tender_no.clone())
                    .or_default()
                    .lane
                    .in_flight = Some(call_id);
            } else if !may_send {
                wakes.push(lane.lane.wake_ms(due_ms));
            }
        }
    }

    /// What a person has decided: after what a customer waits for, and a few at a time.
    fn plan_errands(
        &mut self,
        pending: &Pending,
        at: Moment,
        effects: &mut Vec<Effect>,
        wakes: &mut Vec<Option<i64>>,
    ) {
        let under_way = self
            .flights
            .values()
            .filter(|flight| Errand::of(&flight.call).is_some());
        let mut free = ERRANDS_MAX.saturating_sub(under_way.count());
        for errand in &pending.errands {
            let fresh = self.stream_fresh;
            let lane = self.errands.entry(errand.clone()).or_default();
            let due_ms = lane.due_ms(fresh);
            if !lane.lane.may_send(due_ms, at.monotonic_ms) {
                wakes.push(lane.lane.wake_ms(due_ms));
            } else if free > 0 {
                free -= 1;
                let call_id = self.send(errand.call(), at, effects);
                self.errands.entry(errand.clone()).or_default().lane.in_flight = Some(call_id);
            }
        }
    }

    fn renew_if_due(
        &mut self,
        watched: &Watched,
        at: Moment,
        effects: &mut Vec<Effect>,
        wakes: &mut Vec<Option<i64>>,
    ) {
        let lane = self.tenders.entry(watched.tender_no.clone()).or_default();
        if lane.renewal_due(watched, at.corrected_ms) {
            effects.push(Effect::RenewDue {
                tender_no: watched.tender_no.clone(),
            });
        }
        let renew_at = lane.renewal_at_ms(watched);
        wakes.push(renew_at.map(|corrected_ms| at.monotonic_ms + corrected_ms - at.corrected_ms));
    }

    fn send(&mut self, call: Call, at: Moment, effects: &mut Vec<Effect>) -> u64 {
        self.last_call_id += 1;
        let call_id = self.last_call_id;
        self.flights.insert(
            call_id,
            Flight {
                call: call.clone(),
                sent_ms: at.monotonic_ms,
            },
        );
        effects.push(Effect::Call { call_id, call });
        call_id
    }

    fn tell(&mut self, pending: &Pending, at: Moment, effects: &mut Vec<Effect>) {
        let status = self.status(pending, at);
        if self.told.as_ref() != Some(&status) {
            self.told = Some(status.clone());
            effects.push(Effect::Status(status));
        }
    }

    fn status(&self, pending: &Pending, at: Moment) -> LinkStatus {
        let corrected = |monotonic_ms: i64| at.corrected_ms + (monotonic_ms - at.monotonic_ms).max(0);
        let reach = self.breaker.reach();
        let waits = match reach {
            Reach::Offline | Reach::Revoked => true,
            Reach::Connecting | Reach::Up => false,
        };
        let retry_ms = self.journal.wake_ms(0).filter(|_| waits);
        let asks = pending.tenders.iter().filter_map(|watched| {
            let lane = self.tenders.get(&watched.tender_no)?;
            let (_, due_ms) = lane.wanted(watched, self.stream_fresh, 0);
            let ask_ms = if waits {
                retry_ms?
            } else {
                lane.lane.wake_ms(due_ms)?
            };
            Some((watched.tender_no.clone(), corrected(ask_ms)))
        });
        LinkStatus {
            reach,
            offline_since_ms: self.breaker.since_ms().filter(|_| reach == Reach::Offline),
            retry_at_ms: retry_ms.map(corrected),
            ask_again_at_ms: asks.collect(),
        }
    }
}
