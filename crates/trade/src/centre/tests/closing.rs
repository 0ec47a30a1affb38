//! Closing tenders, and money that comes while or after.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::trade::TradeState;
use suanpan_wire::error::ErrorCode;

use super::kit::{Shop, code_of};

#[test]
fn p26_closing_asks_closes_and_asks_again() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let calls_before = shop.platform.calls.len();
    let view = shop.close(21).unwrap();
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(view.trades[0].state, TradeState::Closed);
    let calls = &shop.platform.calls[calls_before..];
    let wanted = ["query", "close", "query"].map(|kind| format!("{kind} {trade_no}"));
    assert_eq!(calls, wanted);
    assert_eq!(shop.close(21).unwrap().state, PayOrderState::Canceled);
    assert_eq!(code_of(shop.create(21, "k2", 2810)), ErrorCode::TenderClosed);
}

#[test]
fn p21_paid_before_closing_wins() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    assert_eq!(shop.close(21).unwrap().state, PayOrderState::Paid);
}

#[test]
fn p16_paid_between_question_and_close_wins() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    shop.platform.pay_after_question = true;
    let view = shop.close(21).unwrap();
    assert_eq!(view.state, PayOrderState::Paid);
    assert_eq!(view.trades[0].disposition, Disposition::Winner);
}

#[test]
fn f38_an_unanswered_close_stays_in_doubt_until_the_platform_speaks() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    shop.platform.lose_requests = 3;
    let view = shop.close(21).unwrap();
    assert_eq!(view.state, PayOrderState::Canceling);
    assert_eq!(view.trades[0].state, TradeState::Closing);
    shop.pass(30);
    assert_eq!(shop.query(21).state, PayOrderState::Canceled);
}

#[test]
fn f29_money_after_closing_waits_for_a_person_and_then_goes_back() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.pay(&trade_no);
    shop.pass(60);
    let late = shop.query(21);
    assert_eq!(late.state, PayOrderState::Canceled);
    assert_eq!(late.trades[0].disposition, Disposition::Late);
    assert_eq!(shop.platform.returned(), 0);
    shop.pass(660);
    let returned = shop.query(21);
    assert_eq!(returned.trades[0].refunds.len(), 1);
    assert_eq!(returned.trades[0].refunds[0].reason, "LATE");
    assert_eq!(returned.trades[0].refunds[0].refund_status, 2);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(code_of(shop.late(21, "accept")), ErrorCode::WrongState);
}

#[test]
fn p31_late_money_can_be_accepted_while_it_waits() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.pay(&trade_no);
    shop.pass(60);
    let accepted = shop.late(21, "accept").unwrap();
    assert_eq!(accepted.state, PayOrderState::Paid);
    assert_eq!(accepted.trades[0].disposition, Disposition::Winner);
    assert_eq!(shop.late(21, "accept").unwrap(), accepted);
    shop.pass(1_200);
    assert_eq!(shop.platform.returned(), 0);
}

#[test]
fn p17_late_money_can_be_returned_at_once() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.pay(&trade_no);
    shop.pass(60);
    shop.late(21, "return_now").unwrap();
    shop.late(21, "return_now").unwrap();
    shop.pass(5);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.platform.refunds.len(), 1);
}

#[test]
fn there_is_nothing_late_where_nothing_came() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    assert_eq!(code_of(shop.late(21, "accept")), ErrorCode::WrongState);
    assert_eq!(code_of(shop.late(21, "return_now")), ErrorCode::WrongState);
}

#[test]
fn a_tender_closed_before_it_was_asked_for_is_never_made() {
    let mut shop = Shop::open();
    assert_eq!(code_of(shop.close(21)), ErrorCode::NotFound);
    assert_eq!(code_of(shop.create(21, "k1", 2810)), ErrorCode::TenderClosed);
    assert_eq!(shop.platform.calls.len(), 0);
}

/// The wish to close overtakes the request: without an end to be told, a till would ask for ever.
#[test]
fn r11_a_tender_closed_before_it_was_asked_for_has_an_end_to_be_told() {
    let mut shop = Shop::open();
    assert_eq!(code_of(shop.close(21)), ErrorCode::NotFound);
    assert_eq!(code_of(shop.create(21, "k1", 2810)), ErrorCode::TenderClosed);
    let view = shop.query(21);
    assert_eq!((view.state, view.given_up), (PayOrderState::Canceled, false));
    assert!(view.trades.is_empty());
    assert_eq!(shop.close(21).unwrap(), view);
    assert_eq!(code_of(shop.create(21, "k1", 2810)), ErrorCode::TenderClosed);
    assert_eq!(shop.number("SELECT COUNT(*) FROM change"), 1);
    assert_eq!(shop.platform.calls.len(), 0);
}

#[test]
fn a_platform_that_closes_by_itself_ends_the_code_and_not_the_tender() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.close(&trade_no);
    shop.pass(6);
    let view = shop.query(21);
    assert_eq!(view.trades[0].state, TradeState::Closed);
    assert_eq!(view.state, PayOrderState::NoPay);
    assert_eq!(shop.create(21, "k2", 2810).unwrap().trades.len(), 2);
}
