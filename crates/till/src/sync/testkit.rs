//! A bench for the engine: its effects collected, its clock driven by hand.

use std::collections::BTreeMap;

use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::journal::{BatchAnswer, HelloAnswer, Mark};
use suanpan_wire::stream::{Change, ChangesAnswer};
use suanpan_wire::tender::TenderView;

use super::*;

pub(super) const T0: i64 = 1_800_000_000_000;

pub(super) struct Bench {
    pub engine: Engine,
    pub now_ms: i64,
    pub pending: Pending,
    pub calls: BTreeMap<u64, Call>,
    pub wake_ms: Option<i64>,
    pub status: LinkStatus,
    pub renewals: Vec<String>,
    pub unanswered: Vec<String>,
}

pub(super) fn mark(seq: u64) -> Mark {
    Mark {
        epoch: 1,
        seq,
        hash: format!("h{seq}"),
    }
}

pub(super) fn watched(tender_no: &str) -> Watched {
    Watched {
        tender_no: tender_no.into(),
        closing: false,
        unsent: None,
        newest: "7001".into(),
        code: Some(ShownCode {
            expires_at_ms: T0 + 3_600_000,
        }),
        paying: false,
        ask_now: false,
        renewable: false,
    }
}

pub(super) fn refused(code: ErrorCode) -> LinkFault {
    LinkFault::Refused {
        body: ErrorBody::new(code, T0),
        retry_after_ms: None,
    }
}

pub(super) fn hello(held: u64) -> Answer {
    Answer::Hello(HelloAnswer {
        held: mark(held),
        generation: 1,
        next_position: 1,
        means: vec!["WECHAT_PAY".into()],
        code_life_ms: 300_000,
        centre_time_ms: T0,
    })
}

pub(super) fn batch(first_seq: u64, held: u64) -> Answer {
    Answer::Journal {
        epoch: 1,
        first_seq,
        answer: BatchAnswer {
            results: Vec::new(),
            held: mark(held),
        },
    }
}

pub(super) fn changes(after: u64, what: Vec<Change>) -> Answer {
    Answer::Changes {
        generation: 1,
        after,
        answer: ChangesAnswer::Changes {
            generation: 1,
            changes: what,
            centre_time_ms: T0,
        },
    }
}

pub(super) fn view(tender_no: &str) -> Answer {
    Answer::Tender(TenderView {
        tender_no: tender_no.into(),
        version: 1,
        state: suanpan_domain::pay_order::PayOrderState::NoPay,
        given_up: false,
        means: suanpan_domain::tender::Means::WechatPay,
        amount_minor: 1,
        winner_trade_no: None,
        trades: Vec::new(),
    })
}

impl Bench {
    /// Nothing to do, one position of the stream read, not connected yet.
    pub fn new() -> Self {
        Self {
            engine: Engine::new(1),
            now_ms: 1_000,
            pending: Pending {
                head: mark(0),
                acked: mark(0),
                missing_after: None,
                generation: 1,
                position: 0,
                tenders: Vec::new(),
                errands: Vec::new(),
            },
            calls: BTreeMap::new(),
            wake_ms: None,
            status: LinkStatus::default(),
            renewals: Vec::new(),
            unanswered: Vec::new(),
        }
    }

    /// Connected: hello answered, stream fresh and waiting.
    pub fn up() -> Self {
        let mut bench = Self::new();
        bench.look();
        bench.answer(&Call::Hello, Ok(hello(0)));
        bench.answer_stream(Vec::new());
        bench
    }

    pub fn with_tender(watched: Watched) -> Self {
        let mut bench = Self::up();
        bench.pending.tenders = vec![watched];
        bench.look();
        bench
    }

    pub fn at(&self) -> Moment {
        Moment {
            monotonic_ms: self.now_ms,
            corrected_ms: T0 + self.now_ms,
        }
    }

    pub fn step(&mut self, input: Input) {
        self.wake_ms = None;
        let effects = self.engine.step(input, self.at());
        self.calls.retain(|call_id, _| self.engine.expects(*call_id));
        for effect in effects {
            match effect {
                Effect::Call { call_id, call } => {
                    assert!(
                        !self.calls.values().any(|other| lane(other) == lane(&call)),
                        "two calls in one lane: {call:?} beside {:?}",
                        self.calls
                    );
                    self.calls.insert(call_id, call);
                }
                Effect::WakeAt(at_ms) => self.wake_ms = Some(at_ms),
                Effect::Status(status) => self.status = status,
                Effect::RenewDue { tender_no } => self.renewals.push(tender_no),
                Effect::Unanswered { tender_no } => self.unanswered.push(tender_no),
            }
        }
    }

    pub fn look(&mut self) {
        self.step(Input::Look(self.pending.clone()));
    }

    /// Ends the call under way that equals `call`.
    pub fn answer(&mut self, call: &Call, result: Result<Answer, LinkFault>) {
        let found = self.calls.iter().find(|(_, other)| *other == call);
        let call_id = *found
            .unwrap_or_else(|| panic!("{call:?} is not among {:?}", self.calls))
            .0;
        self.end(call_id, result);
    }

    pub fn end(&mut self, call_id: u64, result: Result<Answer, LinkFault>) {
        self.calls.remove(&call_id);
        self.step(Input::Answered { call_id, result });
        self.look();
    }

    pub fn answer_stream(&mut self, what: Vec<Change>) {
        let call = self.stream_call();
        self.answer(&call, Ok(changes(self.pending.position, what)));
    }

    pub fn stream_call(&self) -> Call {
        let is_stream = |call: &&Call| matches!(call, Call::Changes { .. });
        self.calls
            .values()
            .find(is_stream)
            .expect("a request for changes")
            .clone()
    }

    pub fn fail_all(&mut self, fault: &LinkFault) {
        for call_id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.end(call_id, Err(fault.clone()));
        }
    }

    pub fn advance(&mut self, by_ms: i64) {
        self.now_ms += by_ms;
        self.step(Input::Tick);
    }

    /// Lets time pass until something is sent; how long it took.
    pub fn until_call(&mut self, call: &Call) -> i64 {
        let from_ms = self.now_ms;
        for _ in 0..10_000 {
            if self.calls.values().any(|other| other == call) {
                return self.now_ms - from_ms;
            }
            let wake_ms = self.wake_ms.expect("something is waited for");
            self.now_ms = wake_ms.max(self.now_ms + 1);
            self.step(Input::Tick);
        }
        panic!("{call:?} was never sent");
    }

    pub fn ask_now(&mut self) {
        self.pending.tenders[0].ask_now = true;
        self.look();
        self.pending.tenders[0].ask_now = false;
    }

    pub fn has(&self, call: &Call) -> bool {
        self.calls.values().any(|other| other == call)
    }
}

pub(super) fn lane(call: &Call) -> String {
    match call {
        Call::Hello | Call::Journal { .. } | Call::OwnEntries { .. } => "journal".into(),
        Call::Changes { .. } => "changes".into(),
        Call::PutAttempt { tender_no, .. }
        | Call::CloseTender { tender_no }
        | Call::QueryTender { tender_no } => tender_no.clone(),
        Call::PutRefund { refund_no, .. } => format!("refund {refund_no}"),
        Call::DecideLate { tender_no } => format!("late {tender_no}"),
    }
}

pub(super) fn journal_after(seq: u64) -> Call {
    Call::Journal {
        after: mark(seq),
        entries_max: suanpan_wire::journal::BATCH_ENTRIES_MAX,
    }
}

pub(super) fn put(tender_no: &str, key: &str) -> Call {
    Call::PutAttempt {
        tender_no: tender_no.into(),
        attempt_key: key.into(),
    }
}

pub(super) fn query(tender_no: &str) -> Call {
    Call::QueryTender {
        tender_no: tender_no.into(),
    }
}

pub(super) fn close(tender_no: &str) -> Call {
    Call::CloseTender {
        tender_no: tender_no.into(),
    }
}
