//! A centre or a till that was put back to an older copy.

use suanpan_domain::tender::TenderState;
use suanpan_domain::trade::TradeState;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::Mark;
use suanpan_wire::tender::{CloseTender, CreateAttempt};

use super::Counter;
use crate::rpc::{Command, Nothing};
use crate::testkit::{paid, waiting};

#[test]
fn a_restored_centre_is_filled_again_from_where_it_stands() {
    let mut counter = Counter::connected();
    for _ in 0..5 {
        counter.shop.enter("6928804011142");
    }
    counter.changed();
    while counter.find("/v1/till/journal").is_some() {
        counter.accept_batch();
    }
    let third = counter.shop.till.view().entry(1, 3).unwrap().unwrap();
    counter.shop.enter("6928804011142");
    counter.changed();
    counter.refuse("/v1/till/journal", ErrorCode::JournalGap);
    counter.hello(third.mark());
    assert_eq!(counter.batch().entries[0].seq, 4);
}

#[test]
fn f05_a_restored_centres_lower_versions_are_news_and_settled_money_stays() {
    let mut counter = Counter::connected();
    let first = counter.shop.sell_by_code();
    counter.snapshot(1, vec![paid(&first, 9)]);
    counter.shop.run(Command::PayNext(Nothing {})).unwrap();
    let second = counter.shop.sell_by_code();
    counter.changed();
    let path = counter.tender_path(second.tender_no, "attempts");
    counter.answer(&path, &waiting(&second, 9));
    counter.snapshot(2, vec![waiting(&first, 1), paid(&second, 3)]);
    assert_eq!(counter.phase_state(first.tender_no), TenderState::Settled);
    assert_eq!(
        counter.phase_state(second.tender_no),
        TenderState::Settled,
        "heard though 3 < 9"
    );
}

#[test]
fn f09_a_till_older_than_the_centres_memory_asks_for_its_own_and_opens_an_epoch() {
    let mut lost = Counter::connected();
    for _ in 0..6 {
        lost.shop.enter("6928804011142");
    }
    let all = lost
        .shop
        .till
        .view()
        .entries_after(&Mark::genesis(), 100)
        .unwrap();
    let last = all.last().unwrap().mark();
    let mut counter = Counter::open();
    counter.hello(last.clone());
    let own = suanpan_wire::journal::OwnEntries {
        entries: all.clone(),
        more: false,
    };
    assert!(counter.find("/v1/till/journal?epoch=1&since=").is_some());
    counter.answer("/v1/till/journal?", &own);
    let view = counter.shop.till.view();
    assert_eq!(view.head().unwrap().epoch, 2);
    counter.until("/v1/till/journal");
    assert_eq!(counter.batch().entries[0].epoch, 2);
}

#[test]
fn a_centre_that_forgot_a_tender_is_told_of_the_trades_it_gave_it() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.changed();
    let put = counter.tender_path(tender.tender_no, "attempts");
    let first: CreateAttempt = serde_json::from_slice(&counter.body(&put)).unwrap();
    assert!(first.told.is_empty(), "nothing was answered yet");
    let view = waiting(&tender, 1);
    counter.answer(&put, &view);
    let query = counter.tender_path(tender.tender_no, "query");
    counter.until(&query);
    counter.refuse(&query, ErrorCode::NotFound);
    counter.until(&put);
    let again: CreateAttempt = serde_json::from_slice(&counter.body(&put)).unwrap();
    let was = &view.trades[0];
    assert_eq!(again.told.len(), 1);
    assert_eq!(
        (&again.told[0].trade_no, &again.told[0].code_url),
        (&was.trade_no, &was.code_url)
    );
    assert_eq!(again.told[0].attempt_key, was.attempt_key);
    counter.answer(&put, &waiting(&tender, 2));
    counter.shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    counter.changed();
    let close = counter.tender_path(tender.tender_no, "close");
    let closing: CloseTender = serde_json::from_slice(&counter.body(&close)).unwrap();
    let told = closing.told.unwrap();
    assert_eq!((told.amount_minor, told.told), (tender.amount_minor, again.told));
}

#[test]
fn what_is_only_here_is_kept_in_step_with_the_mark_both_ways() {
    let mut counter = Counter::connected();
    for _ in 0..3 {
        counter.shop.enter("6928804011142");
        counter.shop.begin();
        counter.shop.cash("").unwrap();
        counter.shop.run(Command::PayNext(Nothing {})).unwrap();
    }
    assert_eq!(counter.shop.state().sync.orders_only_here, 3);
    counter.changed();
    while counter.find("/v1/till/journal").is_some() {
        counter.accept_batch();
    }
    assert_eq!(counter.shop.state().sync.orders_only_here, 0);
    let first = counter.shop.till.view().entry(1, 1).unwrap().unwrap();
    counter
        .shop
        .till
        .write(|tx| Ok(tx.set_acked(&first.mark())?))
        .unwrap();
    assert_eq!(counter.shop.state().sync.orders_only_here, 3);
    assert_eq!(counter.shop.till.view().order_ids_only_here(9).unwrap().len(), 3);
}

#[test]
fn a_snapshot_that_was_overtaken_takes_no_code_off_the_screen() {
    let mut counter = Counter::connected();
    let tender = counter.shop.sell_by_code();
    counter.changed();
    let path = counter.tender_path(tender.tender_no, "attempts");
    let shown = waiting(&tender, 3);
    counter.answer(&path, &shown);
    let mut before = waiting(&tender, 2);
    for trade in &mut before.trades {
        (trade.state, trade.code_url) = (TradeState::Created, None);
    }
    counter.snapshot(2, vec![before]);
    let tender = counter
        .shop
        .till
        .view()
        .tender(tender.tender_no)
        .unwrap()
        .unwrap();
    let attempt = tender.newest_attempt().unwrap();
    assert_eq!(attempt.trade_state, Some(TradeState::Awaiting));
    assert_eq!(attempt.code_url, shown.trades[0].code_url);
    counter.shop.hear(&paid(&tender, 4));
    assert_eq!(counter.phase_state(tender.tender_no), TenderState::Settled);
}
