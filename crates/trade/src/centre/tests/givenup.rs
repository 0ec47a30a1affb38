//! Cash while a code is in doubt: nothing of the code's money stays, whenever it comes or came.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::EntryResult;

use super::kit::{Shop, code_of};

#[test]
fn i23_given_up_and_never_paid_is_canceled() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    assert_eq!(shop.give_up(21).results, [EntryResult::Accepted]);
    shop.pass(5);
    let view = shop.query(21);
    assert!(view.given_up);
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(shop.platform.refunds.len(), 0);
    assert_eq!(code_of(shop.create(21, "k2", 2810)), ErrorCode::TenderClosed);
}

#[test]
fn i23_given_up_after_it_was_paid_goes_back_once() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    shop.give_up(21);
    shop.pass(5);
    let view = shop.query(21);
    assert_eq!(view.state, PayOrderState::Refunded);
    assert_eq!(view.trades[0].disposition, Disposition::Winner);
    assert_eq!(view.trades[0].refunds[0].reason, "GIVEN_UP");
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.platform.refunds.len(), 1);
}

#[test]
fn i23_given_up_and_paid_between_question_and_close_goes_back_once() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    shop.give_up(21);
    shop.platform.pay_after_question = true;
    shop.pass(10);
    let view = shop.query(21);
    assert_eq!(view.trades[0].disposition, Disposition::GivenUp);
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn i23_given_up_closed_and_paid_after_all_goes_back_at_once() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.give_up(21);
    shop.pass(5);
    assert_eq!(shop.query(21).state, PayOrderState::Canceled);
    shop.platform.pay(&trade_no);
    shop.pass(120);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.query(21).trades[0].refunds[0].reason, "GIVEN_UP");
}

#[test]
fn i23_late_money_that_waits_goes_back_at_once_when_the_tender_is_given_up() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.pay(&trade_no);
    shop.pass(60);
    shop.give_up(21);
    shop.pass(5);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.query(21).trades[0].refunds[0].reason, "GIVEN_UP");
}

#[test]
fn a_give_up_that_arrives_before_the_request_bars_it() {
    let mut shop = Shop::open();
    assert_eq!(shop.give_up(21).results, [EntryResult::Accepted]);
    assert_eq!(code_of(shop.create(21, "k1", 2810)), ErrorCode::TenderClosed);
    let view = shop.query(21);
    assert_eq!((view.state, view.given_up), (PayOrderState::Canceled, true));
    assert_eq!(shop.platform.calls.len(), 0);
}

#[test]
fn a_tender_that_is_closed_and_then_given_up_unasked_counts_as_given_up() {
    let mut shop = Shop::open();
    assert_eq!(code_of(shop.close(21)), ErrorCode::NotFound);
    shop.give_up(21);
    assert_eq!(code_of(shop.create(21, "k1", 2810)), ErrorCode::TenderClosed);
    assert!(shop.query(21).given_up);
}

#[test]
fn i18_a_give_up_said_again_changes_nothing() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    let entry = shop.entry(&super::kit::given_up(21));
    shop.send(vec![entry.clone()]).unwrap();
    shop.pass(5);
    let before = shop.query(21);
    assert_eq!(shop.send(vec![entry]).unwrap().results, [EntryResult::AlreadyHad]);
    shop.give_up(21);
    shop.pass(120);
    assert_eq!(shop.query(21), before);
    assert_eq!(shop.platform.refunds.len(), 1);
}

#[test]
fn another_tills_tender_cannot_be_given_up() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    let other = shop.enrolled(2);
    shop.till = other;
    let answer = shop.give_up(21);
    assert!(matches!(&answer.results[0], EntryResult::Refused { code } if code == "not_this_till"));
}
