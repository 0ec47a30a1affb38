//! The engine and the store together, against a centre's words.

mod charges;
mod restored;

use std::collections::BTreeMap;
use std::sync::Arc;

use suanpan_domain::pay_order::Disposition;
use suanpan_domain::tender::TenderState;
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::journal::{Batch, BatchAnswer, EntryResult, HelloAnswer, Mark};
use suanpan_wire::sign::{SigningKey, verify};
use suanpan_wire::stream::{Change, Changed, ChangesAnswer};
use suanpan_wire::tender::{CreateAttempt, TenderView};

use super::*;
use crate::rpc::state::NoticeCode;
use crate::rpc::{Command, NameTender, Nothing};
use crate::store::keys;
use crate::sync::Reach;
use crate::testkit::{Shop, canceled, paid, waiting};

/// A shop with its sync, and what went out and was not answered yet.
struct Counter {
    shop: Shop,
    sync: Sync,
    out: BTreeMap<u64, (Outgoing, Stamp)>,
    wake_ms: Option<i64>,
}

fn signer() -> Arc<Signer> {
    let key = SigningKey::try_from_seed(&[3; 32]).unwrap();
    Arc::new(Signer::new("1".into(), key, "centre".into()))
}

impl Counter {
    fn open() -> Self {
        Self::of(Shop::open())
    }

    fn of(shop: Shop) -> Self {
        let mut counter = Self {
            shop,
            sync: Sync::new(1, "1".into(), signer()),
            out: BTreeMap::new(),
            wake_ms: None,
        };
        counter.step(Happening::Changed);
        counter
    }

    /// Connected with a centre that holds what this till has acknowledged.
    fn connected() -> Self {
        let mut counter = Self::open();
        let held = counter.shop.till.view().acked().unwrap();
        counter.hello(held);
        counter
    }

    fn step(&mut self, happening: Happening) {
        for todo in self.sync.step(&mut self.shop.till, happening) {
            match todo {
                Todo::Send {
                    call_id,
                    outgoing,
                    stamp,
                } => drop(self.out.insert(call_id, (outgoing, stamp))),
                Todo::WakeAt(at_ms) => self.wake_ms = Some(at_ms),
            }
        }
        self.out.retain(|call_id, _| self.sync.engine.expects(*call_id));
    }

    /// The network is back: the probe is answered.
    fn reconnect(&mut self) {
        self.until("/v1/till/hello");
        let held = self.shop.till.view().acked().unwrap();
        self.hello(held);
    }

    fn changed(&mut self) {
        self.step(Happening::Changed);
    }

    fn find(&self, path: &str) -> Option<u64> {
        let found = self
            .out
            .iter()
            .find(|(_, (outgoing, _))| outgoing.path.starts_with(path));
        found.map(|(call_id, _)| *call_id)
    }

    fn body(&self, path: &str) -> Vec<u8> {
        let call_id = self
            .find(path)
            .unwrap_or_else(|| panic!("{path} is not under way: {:?}", self.out));
        self.out[&call_id].0.body.clone()
    }

    fn batch(&self) -> Batch {
        serde_json::from_slice(&self.body("/v1/till/journal")).unwrap()
    }

    fn end(&mut self, path: &str, result: impl FnOnce(&Outgoing) -> Result<Answer, LinkFault>) {
        let call_id = self
            .find(path)
            .unwrap_or_else(|| panic!("{path} is not under way: {:?}", self.out));
        let (outgoing, _) = self.out.remove(&call_id).unwrap();
        let result = result(&outgoing);
        self.step(Happening::Ended { call_id, result });
    }

    fn answer(&mut self, path: &str, body: &impl serde::Serialize) {
        let body = serde_json::to_vec(body).unwrap();
        self.end(path, |outgoing| outgoing.read(200, &body, None));
    }

    fn refuse(&mut self, path: &str, code: ErrorCode) {
        let body = serde_json::to_vec(&ErrorBody::new(code, self.shop.till.now_ms())).unwrap();
        self.end(path, |outgoing| outgoing.read(code.status(), &body, None));
    }

    fn lose(&mut self, path: &str) {
        self.end(path, |_| Err(LinkFault::TimedOut));
    }

    fn hello(&mut self, held: Mark) {
        let answer = HelloAnswer {
            held,
            generation: 1,
            next_position: 1,
            means: vec!["WECHAT_PAY".into()],
            code_life_ms: 300_000,
            centre_time_ms: self.shop.till.now_ms(),
        };
        self.answer("/v1/till/hello", &answer);
    }

    fn snapshot(&mut self, generation: u64, tenders: Vec<TenderView>) {
        let answer = ChangesAnswer::Snapshot {
            generation,
            position: 5,
            tenders,
            centre_time_ms: self.shop.till.now_ms(),
        };
        self.answer("/v1/till/changes", &answer);
    }

    fn accept_batch(&mut self) -> usize {
        let batch = self.batch();
        let answer = BatchAnswer {
            results: vec![EntryResult::Accepted; batch.entries.len()],
            held: batch.entries.last().unwrap().mark(),
        };
        self.answer("/v1/till/journal", &answer);
        batch.entries.len()
    }

    /// Lets time pass until `path` is sent.
    fn until(&mut self, path: &str) {
        for _ in 0..1_000 {
            if self.find(path).is_some() {
                return;
            }
            let now_ms = self.shop.till.host().now().monotonic_ms;
            let wait_ms = self.wake_ms.expect("something is waited for") - now_ms;
            self.shop.host.pass(wait_ms.max(1));
            self.step(Happening::Ticked);
        }
        panic!("{path} was never sent");
    }

    fn tender_path(&self, tender_no: i64, act: &str) -> String {
        format!("/v1/tenders/{tender_no}/{act}")
    }

    fn phase_state(&self, tender_no: i64) -> TenderState {
        self.shop.till.view().tender(tender_no).unwrap().unwrap().state
    }
}

#[test]
fn f06_an_acknowledgement_moves_the_mark_and_deletes_nothing() {
    let mut counter = Counter::connected();
    for _ in 0..60 {
        counter.shop.enter("6928804011142");
    }
    counter.changed();
    let head = counter.shop.till.view().head().unwrap();
    let first = counter.batch();
    let text = head_text("1", &first.entries.last().unwrap().mark());
    let key = SigningKey::try_from_seed(&[3; 32]).unwrap().public_base64();
    assert!(verify(&key, &text, &first.head_signature));
    counter.lose("/v1/till/journal");
    assert_eq!(
        counter.shop.till.view().acked().unwrap().seq,
        0,
        "nothing moved on sending"
    );
    counter.until("/v1/till/journal");
    assert_eq!(counter.batch(), first, "the same entries, byte for byte");
    let mut sent = counter.accept_batch();
    while counter.find("/v1/till/journal").is_some() {
        sent += counter.accept_batch();
    }
    assert_eq!(u64::try_from(sent).unwrap(), head.seq);
    assert_eq!(counter.shop.till.view().acked().unwrap(), head);
    let all = counter
        .shop
        .till
        .view()
        .entries_after(&Mark::genesis(), 1_000)
        .unwrap();
    assert_eq!(all.len(), sent);
}

#[test]
fn f12_two_triggers_at_once_send_once() {
    let mut counter = Counter::connected();
    counter.shop.enter("6928804011142");
    for trigger in [
        Happening::Changed,
        Happening::RetryWanted,
        Happening::Ticked,
        Happening::Changed,
    ] {
        counter.step(trigger);
    }
    let sends = counter
        .out
        .values()
        .filter(|(outgoing, _)| outgoing.path == "/v1/till/journal");
    assert_eq!(sends.count(), 1);
}

#[test]
fn f13_a_refused_entry_is_kept_for_a_person_and_blocks_nothing() {
    let mut counter = Counter::connected();
    counter.shop.enter("6928804011142");
    counter.changed();
    let batch = counter.batch();
    let mut results = vec![EntryResult::Accepted; batch.entries.len()];
    results[0] = EntryResult::Refused {
        code: "amount".into(),
    };
    let answer = BatchAnswer {
        results,
        held: batch.entries.last().unwrap().mark(),
    };
    counter.answer("/v1/till/journal", &answer);
    let view = counter.shop.till.view();
    assert_eq!(view.acked().unwrap(), view.head().unwrap());
    assert_eq!(view.refused_entries().unwrap()[0].code, "amount");
    assert_eq!(counter.shop.state().notices[0].code, NoticeCode::EntryRefused);
    counter.shop.enter("6928804011142");
    counter.changed();
    assert!(counter.find("/v1/till/journal").is_some());
}

#[test]
fn f24_the_key_of_an_attempt_is_the_same_at_every_send() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.changed();
    let key = &tender.attempts[0].attempt_key;
    let path = counter.tender_path(tender.tender_no, &format!("attempts/{key}"));
    let sent = counter.body(&path);
    let asked: CreateAttempt = serde_json::from_slice(&sent).unwrap();
    assert_eq!((asked.amount_minor, asked.renew), (350, false));
    for _ in 0..3 {
        counter.lose(&path);
        if counter.shop.till.link().reach == Reach::Offline {
            counter.reconnect();
        }
        counter.until(&path);
        assert_eq!(counter.body(&path), sent);
    }
    let row = counter.shop.newest_tender();
    assert_eq!(row.attempts.len(), 1);
    assert!(row.asked_in_vain >= 3);
    counter.answer(&path, &waiting(&tender, 1));
    assert_eq!(counter.shop.newest_tender().asked_in_vain, 0);
}

#[test]
fn f25_after_a_restart_the_same_attempt_is_watched() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.changed();
    let path = counter.tender_path(tender.tender_no, "attempts");
    counter.answer(&path, &waiting(&tender, 1));
    let mut counter = Counter::of(counter.shop.restart());
    let held = counter.shop.till.view().acked().unwrap();
    counter.hello(held);
    let query = counter.tender_path(tender.tender_no, "query");
    counter.answer(&query, &paid(&tender, 2));
    assert_eq!(counter.phase_state(tender.tender_no), TenderState::Settled);
}

#[test]
fn changes_and_their_cursor_are_kept_together_and_a_copy_changes_nothing() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.snapshot(1, vec![waiting(&tender, 1)]);
    assert_eq!(counter.shop.till.view().cursor().unwrap(), (1, 5));
    let change = Change {
        position: 6,
        what: Changed::Tender {
            tender: paid(&tender, 2),
        },
    };
    let answer = ChangesAnswer::Changes {
        generation: 1,
        changes: vec![change],
        centre_time_ms: counter.shop.till.now_ms(),
    };
    counter.answer("/v1/till/changes", &answer);
    assert_eq!(counter.shop.till.view().cursor().unwrap(), (1, 6));
    assert_eq!(counter.phase_state(tender.tender_no), TenderState::Settled);
    let copy = Answer::Changes {
        generation: 1,
        after: 5,
        answer,
    };
    apply(&mut counter.shop.till, &copy).unwrap();
    assert_eq!(counter.shop.till.view().cursor().unwrap(), (1, 6));
}

#[test]
fn closing_goes_to_the_centre_until_it_says_how_it_ended() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.changed();
    let put = counter.tender_path(tender.tender_no, "attempts");
    counter.answer(&put, &waiting(&tender, 1));
    counter.shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    counter.changed();
    let close = counter.tender_path(tender.tender_no, "close");
    counter.until(&close);
    counter.lose(&close);
    counter.until(&close);
    counter.answer(&close, &canceled(&tender, 2));
    assert_eq!(counter.phase_state(tender.tender_no), TenderState::Canceled);
    counter.changed();
    assert!(counter.find(&close).is_none());
}

#[test]
fn asking_now_asks_once() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.snapshot(1, vec![waiting(&tender, 1)]);
    let query = counter.tender_path(tender.tender_no, "query");
    if counter.find(&query).is_some() {
        counter.answer(&query, &waiting(&tender, 1));
    }
    assert!(counter.find(&query).is_none());
    let named = NameTender {
        tender_no: tender.tender_no.to_string(),
    };
    counter.shop.run(Command::PayAsk(named)).unwrap();
    counter.changed();
    assert!(counter.find(&query).is_some());
    counter.answer(&query, &waiting(&tender, 1));
    counter.changed();
    assert!(counter.find(&query).is_none());
}

#[test]
fn a_code_that_runs_out_on_screen_is_renewed_by_a_new_attempt() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.changed();
    let put = counter.tender_path(tender.tender_no, "attempts");
    counter.answer(&put, &waiting(&tender, 1));
    counter.shop.host.pass(281_000);
    counter.step(Happening::Ticked);
    counter.reconnect();
    let row = counter.shop.newest_tender();
    assert_eq!(row.attempts.len(), 2);
    assert!(row.attempts[1].renew);
    assert!(
        counter
            .shop
            .state()
            .notices
            .iter()
            .any(|n| n.code == NoticeCode::CodeRenewed)
    );
}

#[test]
fn no_fresh_code_is_drawn_for_a_tender_that_money_has_arrived_for() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.changed();
    let put = counter.tender_path(tender.tender_no, "attempts");
    let mut view = waiting(&tender, 1);
    view.trades[0].disposition = Disposition::Suspense;
    view.trades[0].suspense_amount_minor = Some(349);
    counter.answer(&put, &view);
    counter.shop.host.pass(281_000);
    counter.step(Happening::Ticked);
    counter.reconnect();
    assert_eq!(counter.shop.newest_tender().attempts.len(), 1);
}

#[test]
fn a_refusal_for_good_ends_the_tender_and_a_passing_one_does_not() {
    for (code, state) in [
        (ErrorCode::MeansNotOffered, TenderState::Failed),
        (ErrorCode::AmountInvalid, TenderState::Failed),
        (ErrorCode::Unavailable, TenderState::Live),
        (ErrorCode::Internal, TenderState::Live),
        (ErrorCode::KeyReused, TenderState::Live),
    ] {
        let mut counter = Counter::connected();
        let tender = counter.shop.sell_by_code();
        counter.changed();
        let put = counter.tender_path(tender.tender_no, "attempts");
        counter.refuse(&put, code);
        assert_eq!(counter.phase_state(tender.tender_no), state, "{code:?}");
    }
}

#[test]
fn the_centres_clock_is_learnt_from_a_stale_refusal_and_used_at_once() {
    let mut counter = Counter::open();
    let centre_ms = counter.shop.till.now_ms() + 3_600_000;
    let body = serde_json::to_vec(&ErrorBody::new(ErrorCode::StaleTime, centre_ms)).unwrap();
    counter.end("/v1/till/hello", |outgoing| outgoing.read(401, &body, None));
    let call_id = counter.find("/v1/till/hello").expect("at once again");
    assert_eq!(counter.out[&call_id].1.time_ms, centre_ms);
    counter.shop.host.set_wall_off_by(-86_400_000);
    assert_eq!(
        counter.shop.till.now_ms(),
        centre_ms,
        "the wall clock alone is never believed"
    );
}

#[test]
fn hello_says_what_is_offered_and_how_long_a_code_lives() {
    let counter = Counter::connected();
    let view = counter.shop.till.view();
    assert_eq!(
        view.setting(keys::MEANS_OFFERED).unwrap().as_deref(),
        Some("WECHAT_PAY")
    );
    assert_eq!(view.setting_number(keys::CODE_LIFE_MS).unwrap(), 300_000);
    assert_eq!(counter.shop.till.link().reach, Reach::Up);
}
