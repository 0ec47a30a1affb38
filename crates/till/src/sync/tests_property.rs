//! The engine against a network that loses, repeats and delays, with a centre and a store as small models.

use std::collections::BTreeMap;

use proptest::prelude::*;
use suanpan_wire::error::{ErrorBody, ErrorCode};

use super::testkit::*;
use super::*;

/// What the network does to one call.
#[derive(Clone, Copy, Debug)]
enum Weather {
    Fine,
    RequestLost,
    AnswerLost,
    AnswerTwice,
    Portal,
    Busy,
}

fn weather() -> impl Strategy<Value = Weather> {
    prop_oneof![
        3 => Just(Weather::Fine),
        1 => Just(Weather::RequestLost),
        2 => Just(Weather::AnswerLost),
        1 => Just(Weather::AnswerTwice),
        1 => Just(Weather::Portal),
        1 => Just(Weather::Busy),
    ]
}

/// A centre: entries it holds in order, keys it has per tender.
#[derive(Default)]
struct Centre {
    held: u64,
    stored: Vec<u64>,
    keys: BTreeMap<String, Vec<String>>,
}

impl Centre {
    fn take(&mut self, call: &Call, head: u64) -> Result<Answer, LinkFault> {
        match call {
            Call::Hello => Ok(hello(self.held)),
            Call::Journal { after, entries_max } => {
                if after.seq > self.held {
                    return Err(refused(ErrorCode::JournalGap));
                }
                let last = head.min(after.seq + *entries_max as u64);
                self.stored.extend(self.held + 1..=last);
                self.held = self.held.max(last);
                Ok(batch(after.seq + 1, self.held))
            }
            Call::OwnEntries { .. } => unreachable!("nothing is missing here"),
            Call::Changes { after, .. } => Ok(changes(*after, Vec::new())),
            Call::PutAttempt {
                tender_no,
                attempt_key,
            } => {
                let keys = self.keys.entry(tender_no.clone()).or_default();
                if !keys.contains(attempt_key) {
                    keys.push(attempt_key.clone());
                }
                Ok(view(tender_no))
            }
            Call::CloseTender { tender_no } | Call::QueryTender { tender_no } => {
                if self.keys.contains_key(tender_no) {
                    Ok(view(tender_no))
                } else {
                    Err(refused(ErrorCode::NotFound))
                }
            }
            Call::PutRefund { tender_no, .. } | Call::DecideLate { tender_no } => Ok(view(tender_no)),
        }
    }
}

struct World {
    bench: Bench,
    centre: Centre,
}

impl World {
    /// Keeps an answer as the store would.
    fn keep(&mut self, call: &Call, answer: &Answer) {
        match answer {
            Answer::Hello(answer) => self.bench.pending.acked = answer.held.clone(),
            Answer::Journal { answer, .. } => self.bench.pending.acked = answer.held.clone(),
            Answer::Tender(view) => {
                let known = matches!(call, Call::PutAttempt { .. });
                let tender = self
                    .bench
                    .pending
                    .tenders
                    .iter_mut()
                    .find(|t| t.tender_no == view.tender_no);
                if let Some(tender) = tender.filter(|_| known) {
                    tender.unsent = None;
                }
            }
            Answer::OwnEntries(_) | Answer::Changes { .. } => {}
        }
    }

    fn end(&mut self, call_id: u64, call: &Call, result: Result<Answer, LinkFault>) {
        if self.bench.engine.expects(call_id) {
            if let Ok(answer) = &result {
                self.keep(call, answer);
            }
            self.bench.end(call_id, result);
        }
    }

    fn play(&mut self, weather: Weather) {
        let Some((call_id, call)) = self.bench.calls.pop_first() else {
            return self.wait();
        };
        let head = self.bench.pending.head.seq;
        match weather {
            Weather::RequestLost => self.end(call_id, &call, Err(LinkFault::TimedOut)),
            Weather::Portal => self.end(call_id, &call, Err(LinkFault::Unverified)),
            Weather::Busy => {
                let body = ErrorBody::new(ErrorCode::Unavailable, T0);
                let busy = LinkFault::Refused {
                    body,
                    retry_after_ms: Some(700),
                };
                self.end(call_id, &call, Err(busy));
            }
            Weather::AnswerLost => {
                let _ = self.centre.take(&call, head);
                self.end(call_id, &call, Err(LinkFault::TimedOut));
            }
            Weather::Fine | Weather::AnswerTwice => {
                let result = self.centre.take(&call, head);
                self.end(call_id, &call, result.clone());
                if matches!(weather, Weather::AnswerTwice) {
                    self.end(call_id, &call, result);
                }
            }
        }
    }

    fn wait(&mut self) {
        let wake_ms = self
            .bench
            .wake_ms
            .expect("the engine never stops waiting for something");
        self.bench.now_ms = wake_ms.max(self.bench.now_ms + 1);
        self.bench.step(Input::Tick);
    }

    fn is_done(&self) -> bool {
        let pending = &self.bench.pending;
        pending.acked == pending.head && pending.tenders.iter().all(|tender| tender.unsent.is_none())
    }
}

fn world(entries: u64, tenders: usize, seed: u64) -> World {
    let mut bench = Bench::new();
    bench.engine = Engine::new(seed);
    bench.pending.head = mark(entries);
    bench.pending.tenders = (0..tenders)
        .map(|index| Watched {
            unsent: Some(format!("70{index}")),
            newest: format!("70{index}"),
            closing: index % 2 == 1,
            ..watched(&index.to_string())
        })
        .collect();
    bench.look();
    World {
        bench,
        centre: Centre::default(),
    }
}

proptest! {
    #[test]
    fn f02_f03_f06_everything_arrives_once_whatever_the_network_does(
        storm in prop::collection::vec(weather(), 0..120),
        entries in 0u64..1_000, tenders in 0usize..6, seed: u64,
    ) {
        let mut world = world(entries, tenders, seed);
        for weather in storm {
            world.play(weather);
        }
        let calm_ms = world.bench.now_ms;
        let mut steps = 0;
        while !world.is_done() {
            world.play(Weather::Fine);
            steps += 1;
            prop_assert!(steps < 2_000, "did not settle");
        }
        prop_assert!(world.bench.now_ms - calm_ms <= 60_000, "an outage's end shows within a minute");
        prop_assert_eq!(&world.centre.stored, &(1..=entries).collect::<Vec<_>>(), "once, in order");
        for (tender_no, keys) in &world.centre.keys {
            prop_assert_eq!(keys, &vec![format!("70{tender_no}")], "unknown never becomes a second attempt");
        }
    }
}
