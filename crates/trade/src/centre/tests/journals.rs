//! The journal's inbox: gapless, verbatim, replayed without effect, and refilled after a restore.

use suanpan_domain::tender::Means;
use suanpan_wire::entry::{FactSaid, OrderSaid, Said, TenderSaid};
use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::{Batch, Entry, EntryResult, Hello, HelloAnswer, Mark, OwnEntries};

use super::kit::Shop;
use crate::Begun;
use crate::rows::meta;

fn hello(shop: &Shop) -> HelloAnswer {
    let head = shop.till.head.borrow().clone();
    shop.post("/v1/till/hello", &Hello { head })
}

fn held_order(id: &str) -> Said {
    Said::OrderHeld { order_id: id.into() }
}

pub fn completed(order_no: i64, total_minor: i64) -> Said {
    let order = OrderSaid {
        order_id: "o".into(),
        order_no: order_no.to_string(),
        short_no: "1-1121-0001".into(),
        shift_id: None,
        cashier: "c".into(),
        member_id: None,
        lines: Vec::new(),
        original_minor: total_minor,
        discount_minor: 0,
        rounding_minor: 0,
        total_minor,
    };
    let tender = TenderSaid {
        tender_no: "5".into(),
        order_no: order_no.to_string(),
        means: Means::Cash,
        amount_minor: total_minor,
        received_minor: None,
        change_minor: None,
        replaces: None,
        trade_no: None,
        transaction_id: None,
    };
    let fact = FactSaid {
        at_ms: 1,
        business_day: "2026-11-21".into(),
        hour: 9,
        cashier: "c".into(),
        shift_id: None,
    };
    Said::OrderCompleted {
        order,
        tenders: vec![tender],
        change_minor: 0,
        fact,
    }
}

#[test]
fn f02_every_entry_is_kept_once_and_a_replay_is_answered_as_before() {
    let shop = Shop::open();
    let entries: Vec<Entry> = (1..=5).map(|no| shop.entry(&completed(no, 100))).collect();
    let answer = shop.send(entries.clone()).unwrap();
    assert_eq!(answer.results, vec![EntryResult::Accepted; 5]);
    assert_eq!(answer.held, entries[4].mark());
    for _ in 0..3 {
        let again = shop.send(entries.clone()).unwrap();
        assert_eq!(again.results, vec![EntryResult::AlreadyHad; 5]);
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM journal"), 5);
    assert_eq!(shop.number("SELECT orders FROM till_day"), 5);
    assert_eq!(shop.number("SELECT total_minor FROM till_day"), 500);
    assert_eq!(shop.number("SELECT cash_minor FROM till_day"), 500);
}

#[test]
fn r3_a_batch_from_before_the_start_is_not_taken_out_of_turn() {
    let mut shop = Shop::open();
    let yesterday = shop.copy();
    let entry = shop.entry(&completed(1, 100));
    let old = shop.batch_request(&shop.batch(vec![entry.clone()]));
    shop.now_ms += 1_000;
    let shop = shop.restored_from(yesterday);
    // A server begins one by itself only where its whole database was put back, and not one schema of it.
    let began = shop.now_ms.to_string();
    shop.do_it(|ledger| Ok(meta::put(ledger.tx(), meta::GENERATION, &began)?));
    let Begun::Reply(reply) = shop.centre.begin(&old, shop.now_ms) else {
        panic!("a batch is answered at once")
    };
    assert_eq!(reply.status, 401);
    assert_eq!(shop.number("SELECT COUNT(*) FROM journal"), 0);
    assert!(shop.send(vec![entry]).is_ok());
    // Where the clock was set back since the start nobody is refused for it.
    let mut shop = shop;
    shop.now_ms -= 60_000;
    let next = shop.entry(&completed(2, 100));
    assert!(shop.send(vec![next]).is_ok());
}

#[test]
fn what_no_shop_can_have_sold_is_kept_with_its_reason_and_counts_for_nothing() {
    let shop = Shop::open();
    let with = |no: i64, total_minor: i64, day: &str| {
        let Said::OrderCompleted {
            mut order,
            tenders,
            change_minor,
            mut fact,
        } = completed(no, 100)
        else {
            unreachable!()
        };
        order.total_minor = total_minor;
        fact.business_day = day.to_owned();
        Said::OrderCompleted {
            order,
            tenders,
            change_minor,
            fact,
        }
    };
    let good = "2026-11-21";
    let endless = "9".repeat(5_000);
    let batch: Vec<Entry> = [
        with(1, i64::MAX, good),
        with(2, i64::MIN, good),
        with(3, 100, &endless),
        with(4, 100, "2026-2-3"),
        with(5, 100, good),
    ]
    .iter()
    .map(|said| shop.entry(said))
    .collect();
    let refused = |code: &str| EntryResult::Refused { code: code.into() };
    let wanted = [
        refused("bad_amount"),
        refused("bad_amount"),
        refused("bad_day"),
        refused("bad_day"),
        EntryResult::Accepted,
    ];
    assert_eq!(shop.send(batch).unwrap().results, wanted);
    assert_eq!(shop.number("SELECT orders FROM till_day"), 1);
}

#[test]
fn f06_a_batch_that_does_not_continue_is_told_where_to_go_on() {
    let shop = Shop::open();
    let entries: Vec<Entry> = (1..=4)
        .map(|no| shop.entry(&held_order(&no.to_string())))
        .collect();
    shop.send(entries[..2].to_vec()).unwrap();
    let gap = shop.send(entries[3..].to_vec()).unwrap_err();
    assert_eq!(gap.code, ErrorCode::JournalGap);
    assert_eq!(
        (gap.params["epoch"].as_str(), gap.params["seq"].as_str()),
        ("1", "2")
    );
    assert_eq!(gap.params["hash"], entries[1].hash);
    let overlap = shop.send(entries[1..].to_vec()).unwrap();
    assert_eq!(overlap.results[0], EntryResult::AlreadyHad);
    assert_eq!(hello(&shop).held, entries[3].mark());
}

#[test]
fn f13_a_bad_entry_is_kept_with_its_reason_and_holds_nobody_up() {
    let shop = Shop::open();
    let mark = Mark::genesis();
    let unknown = Entry::after(
        &mark,
        1,
        "from_the_future",
        "{\"kind\":\"from_the_future\"}".into(),
    );
    let other_kind = Entry::after(
        &unknown.mark(),
        1,
        "order_held",
        completed(1, 5).to_payload().unwrap(),
    );
    let rubbish = Entry::after(&other_kind.mark(), 1, "order_held", "not json".into());
    let good = Entry::after(
        &rubbish.mark(),
        1,
        "order_completed",
        completed(2, 5).to_payload().unwrap(),
    );
    let batch = vec![unknown, other_kind, rubbish, good];
    let refused = |code: &str| EntryResult::Refused { code: code.into() };
    let wanted = [
        refused("unknown_entry"),
        refused("kind_differs"),
        refused("unknown_entry"),
        EntryResult::Accepted,
    ];
    assert_eq!(shop.send(batch.clone()).unwrap().results, wanted);
    let again = [&wanted[..3], &[EntryResult::AlreadyHad]].concat();
    assert_eq!(shop.send(batch.clone()).unwrap().results, again);
    let own: OwnEntries = shop.get("/v1/till/journal?epoch=1&since=0");
    assert_eq!(own.entries, batch);
    assert!(!own.more);
}

#[test]
fn r10_a_journal_that_says_something_else_than_before_is_refused() {
    let shop = Shop::open();
    let first = shop.entry(&held_order("a"));
    shop.send(vec![first.clone()]).unwrap();
    let forked = Entry::after(
        &Mark::genesis(),
        1,
        "order_held",
        held_order("b").to_payload().unwrap(),
    );
    assert_eq!(shop.send(vec![forked]).unwrap_err().code, ErrorCode::JournalGap);
    assert_eq!(shop.number("SELECT COUNT(*) FROM journal"), 1);
}

#[test]
fn r10_an_entry_that_was_altered_is_noticed_and_holds_nobody_up() {
    let shop = Shop::open();
    let mut altered = shop.entry(&completed(1, 100));
    let after = shop.entry(&completed(2, 100));
    altered.payload = altered.payload.replace("100", "900");
    let answer = shop.send(vec![altered, after]).unwrap();
    assert_eq!(
        answer.results[0],
        EntryResult::Refused {
            code: "hash_differs".into()
        }
    );
    assert_eq!(answer.results[1], EntryResult::Accepted);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM audit WHERE action = 'journal_damaged'"),
        1
    );
    assert_eq!(shop.number("SELECT total_minor FROM till_day"), 100);
}

#[test]
fn a_batch_whose_head_another_key_signed_is_refused() {
    let shop = Shop::open();
    let entry = shop.entry(&held_order("a"));
    let other = suanpan_wire::sign::SigningKey::try_from_seed(&[4; 32]).unwrap();
    let text = suanpan_wire::journal::head_text(&shop.till.till_id, &entry.mark());
    let batch = Batch {
        entries: vec![entry],
        head_signature: other.sign(&text),
    };
    assert_eq!(
        shop.send_batch(&batch).unwrap_err().code,
        ErrorCode::JournalUnsigned
    );
    let empty = Batch {
        entries: Vec::new(),
        head_signature: String::new(),
    };
    assert_eq!(
        shop.send_batch(&empty).unwrap_err().code,
        ErrorCode::MalformedRequest
    );
}

#[test]
fn f12_a_restored_centre_is_refilled_from_the_tills_journal() {
    let shop = Shop::open();
    let entries: Vec<Entry> = (1..=6).map(|no| shop.entry(&completed(no, 100))).collect();
    shop.send(entries[..2].to_vec()).unwrap();
    let yesterday = shop.copy();
    shop.send(entries[2..].to_vec()).unwrap();
    let before = hello(&shop);
    let mut shop = shop;
    shop.now_ms += 1_000;
    let shop = shop.restored_from(yesterday);
    let after = hello(&shop);
    assert_eq!(after.held, entries[1].mark());
    assert!(after.generation > before.generation);
    shop.send(entries[2..].to_vec()).unwrap();
    assert_eq!(shop.number("SELECT COUNT(*) FROM journal"), 6);
    assert_eq!(shop.number("SELECT total_minor FROM till_day"), 600);
}

#[test]
fn f09_a_new_epoch_grows_from_an_entry_that_is_held() {
    let shop = Shop::open();
    let first = shop.entry(&held_order("a"));
    let second = shop.entry(&held_order("b"));
    shop.send(vec![first.clone(), second]).unwrap();
    let opened = Said::EpochOpened {
        from_epoch: 1,
        from_seq: 1,
        reason: "restored".into(),
    };
    let payload = opened.to_payload().unwrap();
    let grown = Mark {
        epoch: 2,
        seq: 0,
        hash: first.hash,
    };
    let entry = Entry::after(&grown, 1, "epoch_opened", payload.clone());
    assert_eq!(shop.send(vec![entry.clone()]).unwrap().held, entry.mark());
    let nowhere = Mark {
        epoch: 3,
        seq: 0,
        hash: "f".repeat(64),
    };
    let stranger = Entry::after(&nowhere, 1, "epoch_opened", payload);
    assert_eq!(shop.send(vec![stranger]).unwrap_err().code, ErrorCode::JournalGap);
}
