//! What operators decide about money in suspense.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::trade::TradeState;
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::error::ErrorCode;

use super::contract_kit::{APP, ORDER, let_in};
use super::kit::{ENTERPRISE, Shop};
use super::reconciling::{bills, day, paid, returned};
use crate::Settings;
use crate::centre::decide::{Decision, SUSPENSE_APP, decide};
use crate::fault::{Fault, Refusal};
use crate::office;
use crate::rows::bill_day::DayState;
use crate::rows::suspense::SuspenseKind;

const ALL: Decision<'_> = Decision::Refund { amount_minor: None };

fn attach(tender_no: i64) -> Decision<'static> {
    Decision::Attach {
        app: PRODUCT_APP_ID,
        tender_no,
    }
}

fn part(amount_minor: i64) -> Decision<'static> {
    Decision::Refund {
        amount_minor: Some(amount_minor),
    }
}

fn decided(shop: &Shop, suspense_id: i64, decision: Decision<'_>) -> Result<(), Refusal> {
    let settings = Settings {
        public_url: "http://127.0.0.1:1".into(),
        ..Settings::default()
    };
    let done = shop.centre.commit(shop.now_ms, |ledger| {
        decide(ledger, &settings, "li", suspense_id, &decision)
    });
    match done {
        Ok(()) => Ok(()),
        Err(Fault::Refused(refusal)) => Err(refusal),
        Err(Fault::Db(error)) => panic!("{error}"),
    }
}

fn code(refused: Result<(), Refusal>) -> ErrorCode {
    refused.unwrap_err().code
}

/// A shop whose platform has taken money under a number that is not held here.
fn with_unknown_money(number: &str, amount: i64) -> (Shop, i64) {
    let mut shop = Shop::open();
    shop.platform.take(number, amount);
    shop.callback(&shop.paid_notice(number, amount));
    let suspense_id = shop.suspense()[0].suspense_id;
    (shop, suspense_id)
}

#[test]
fn f39_attached_money_counts_once_the_platform_has_confirmed_it() {
    let (mut shop, id) = with_unknown_money("999", 2810);
    shop.create(21, "k1", 2810).unwrap();
    decided(&shop, id, attach(21)).unwrap();
    let paid_here = "SELECT COUNT(*) FROM trade WHERE state = 'PAID'";
    assert_eq!(shop.number(paid_here), 0, "nobody has asked yet");
    shop.pass(6);
    let tender = shop.query(21);
    assert_eq!(tender.state, PayOrderState::Paid);
    assert_eq!(tender.winner_trade_no.as_deref(), Some("999"));
    assert_eq!(shop.kinds(), []);
    decided(&shop, id, attach(21)).unwrap();
    shop.next_morning();
    shop.reconcile(&bills(vec![paid("999", 2810)]));
    assert_eq!(
        (shop.bill_day(day()).state, shop.kinds()),
        (DayState::Done, vec![])
    );
}

#[test]
fn f39_a_number_that_the_platform_does_not_know_never_counts() {
    let mut shop = Shop::open();
    shop.callback(&shop.paid_notice("999", 2810));
    let id = shop.suspense()[0].suspense_id;
    shop.create(21, "k1", 2810).unwrap();
    decided(&shop, id, attach(21)).unwrap();
    shop.pass(120);
    assert_ne!(shop.query(21).state, PayOrderState::Paid);
}

#[test]
fn money_attached_to_a_closed_tender_comes_late_and_can_be_accepted() {
    let (mut shop, id) = with_unknown_money("999", 2810);
    shop.create(21, "k1", 2810).unwrap();
    shop.close(21).unwrap();
    shop.pass(5);
    decided(&shop, id, attach(21)).unwrap();
    shop.pass(6);
    let late = shop.query(21);
    let found = late.trades.iter().find(|trade| trade.trade_no == "999").unwrap();
    assert_eq!(found.disposition, Disposition::Late);
    assert_eq!(shop.late(21, "accept").unwrap().state, PayOrderState::Paid);
}

#[test]
fn what_cannot_be_attached_says_why_and_changes_nothing() {
    let (mut shop, id) = with_unknown_money("999", 2810);
    assert_eq!(code(decided(&shop, id + 1, attach(21))), ErrorCode::NotFound);
    assert_eq!(code(decided(&shop, id, attach(21))), ErrorCode::NotFound);
    shop.create(21, "k1", 2800).unwrap();
    assert_eq!(code(decided(&shop, id, attach(21))), ErrorCode::AmountInvalid);
    shop.sold(22, 2810);
    assert_eq!(code(decided(&shop, id, attach(22))), ErrorCode::AlreadyPaid);
    shop.create(23, "k1", 2810).unwrap();
    shop.give_up(23);
    assert_eq!(code(decided(&shop, id, attach(23))), ErrorCode::TenderClosed);
    shop.next_morning();
    shop.reconcile(&bills(vec![paid("ERP-7", 2810)]));
    let foreign = shop
        .suspense()
        .iter()
        .find(|row| row.trade_no == "ERP-7")
        .unwrap()
        .suspense_id;
    shop.create(24, "k1", 2810).unwrap();
    assert_eq!(
        code(decided(&shop, foreign, attach(24))),
        ErrorCode::MalformedRequest
    );
    assert_eq!(
        code(decided(&shop, foreign, ALL)),
        ErrorCode::MalformedRequest,
        "no refund of ours can name it"
    );
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM audit WHERE action = 'suspense_decided'"),
        0
    );
}

#[test]
fn money_counts_only_for_a_tender_that_its_account_may_collect_for() {
    let (mut shop, id) = with_unknown_money("999", 2810);
    shop.create(21, "k1", 2810).unwrap();
    shop.do_it(|ledger| {
        let sql = "UPDATE pay_order SET means = 'ALI_PAY' WHERE product_order_no = 21";
        ledger.tx().execute(sql, &[])?;
        Ok(())
    });
    assert_eq!(
        code(decided(&shop, id, attach(21))),
        ErrorCode::MeansNotOffered,
        "an Alipay tender"
    );
    let_in(&shop);
    shop.native_no("WECHAT_PAY", "28.10");
    let tender_no = ORDER.parse().unwrap();
    let to_caller = Decision::Attach { app: APP, tender_no };
    shop.do_it(|ledger| office::revoke_grant(ledger, "t", APP, ENTERPRISE));
    assert_eq!(
        code(decided(&shop, id, to_caller)),
        ErrorCode::MeansNotOffered,
        "not granted"
    );
    shop.do_it(|ledger| office::grant(ledger, "t", APP, ENTERPRISE));
    decided(&shop, id, to_caller).unwrap();
}

#[test]
fn unknown_money_goes_back_once_by_a_refund_like_any_other() {
    let (mut shop, id) = with_unknown_money("999", 2810);
    assert_eq!(code(decided(&shop, id, part(2811))), ErrorCode::AmountInvalid);
    assert_eq!(code(decided(&shop, id, part(0))), ErrorCode::AmountInvalid);
    shop.platform.lose_replies = 1;
    decided(&shop, id, ALL).unwrap();
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM refund_record WHERE refund_status = 0"),
        1,
        "its number is committed before the platform hears of it"
    );
    decided(&shop, id, part(2810)).unwrap();
    shop.pass(120);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.platform.refunds.len(), 1);
    assert_eq!(shop.number("SELECT refund_status FROM refund_record"), 2);
    let refused = decided(&shop, id, Decision::Accept).unwrap_err();
    assert_eq!(refused.code, ErrorCode::WrongState);
    assert_eq!(refused.params["by"], "li");
    assert_eq!(refused.params["decided"], "2810 fen go back");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM audit WHERE action = 'suspense_decided' AND who = 'li'"),
        1
    );
    let whose = format!("SELECT COUNT(*) FROM pay_order WHERE product_app_id = '{SUSPENSE_APP}'");
    assert_eq!(shop.number(&whose), 1);
    let refund_no = shop.number("SELECT refund_no FROM refund_record").to_string();
    shop.next_morning();
    shop.reconcile(&bills(vec![
        paid("999", 2810),
        returned("999", &refund_no, 2810, None),
    ]));
    assert_eq!(
        (shop.bill_day(day()).state, shop.kinds()),
        (DayState::Done, vec![])
    );
}

#[test]
fn money_of_a_wrong_amount_goes_back_as_much_as_was_taken() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.wrong_amount = Some(2801);
    shop.platform.pay(&trade_no);
    shop.pass(6);
    let row = shop.suspense().remove(0);
    assert_eq!((row.kind, row.amount_minor), (SuspenseKind::Mismatch, Some(2801)));
    let worth = |shop: &mut Shop| shop.query(21).trades[0].disposition;
    assert_eq!(worth(&mut shop), Disposition::Suspense);
    let version = shop.query(21).version;
    assert_eq!(
        code(decided(&shop, row.suspense_id, attach(21))),
        ErrorCode::WrongState
    );
    assert_eq!(
        code(decided(&shop, row.suspense_id, part(2810))),
        ErrorCode::AmountInvalid
    );
    decided(&shop, row.suspense_id, ALL).unwrap();
    assert_eq!(worth(&mut shop), Disposition::None, "somebody has decided");
    assert!(shop.query(21).version > version, "whoever looks at it hears so");
    shop.pass(6);
    assert_eq!(shop.platform.returned(), 2801);
    assert_eq!(shop.number("SELECT total_minor FROM refund_record"), 2801);
    assert_ne!(shop.query(21).trades[0].state, TradeState::Paid);
}

#[test]
fn money_that_counts_for_a_tender_by_now_is_not_given_back_from_an_old_list() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.callback(&shop.paid_notice(&trade_no, 2801));
    let id = shop.suspense()[0].suspense_id;
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
    let refused = decided(&shop, id, ALL).unwrap_err();
    assert_eq!(refused.code, ErrorCode::WrongState);
    assert_eq!(refused.params["disposition"], "WINNER");
    assert_eq!(shop.number("SELECT COUNT(*) FROM refund_record"), 0);
    decided(&shop, id, Decision::Accept).unwrap();
}

#[test]
fn p3_a_decision_said_again_sends_a_refused_refund_again_under_its_number() {
    let (mut shop, id) = with_unknown_money("999", 2810);
    let refused = suanpan_domain::platform::Observation::Refused {
        code: "PARAM_ERROR".into(),
        message: String::new(),
    };
    shop.platform.refund_answers.push(refused);
    decided(&shop, id, ALL).unwrap();
    shop.pass(2);
    assert_eq!(shop.number("SELECT refund_status FROM refund_record"), 3);
    let number = shop.number("SELECT refund_no FROM refund_record");
    decided(&shop, id, ALL).unwrap();
    shop.pass(70);
    assert_eq!(shop.number("SELECT refund_status FROM refund_record"), 2);
    assert_eq!(shop.number("SELECT refund_no FROM refund_record"), number);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn what_is_accepted_stands_and_is_not_asked_again_by_the_next_run() {
    let mut shop = Shop::open();
    shop.sold(21, 2810);
    shop.next_morning();
    let bills = bills(vec![paid("ERP-7", 5)]);
    shop.reconcile(&bills);
    let rows = shop.suspense();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        decided(&shop, row.suspense_id, Decision::Accept).unwrap();
        decided(&shop, row.suspense_id, Decision::Accept).unwrap();
        assert_eq!(code(decided(&shop, row.suspense_id, ALL)), ErrorCode::WrongState);
    }
    shop.do_it(|ledger| crate::office::reconcile(ledger, "t", super::kit::ENTERPRISE, day()));
    shop.reconcile(&bills);
    assert_eq!(shop.kinds(), []);
}

/// A tender that was paid with the wrong amount and cannot be closed for it, and its row of suspense.
fn wrongly_paid(shop: &mut Shop) -> i64 {
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.wrong_amount = Some(2801);
    shop.platform.pay(&trade_no);
    shop.pass(6);
    assert_eq!(shop.close(21).unwrap().state, PayOrderState::Canceling);
    shop.pass(30);
    assert_eq!(
        shop.query(21).state,
        PayOrderState::Canceling,
        "nobody has decided"
    );
    shop.suspense()[0].suspense_id
}

#[test]
fn a_tender_whose_wrong_payment_was_given_back_is_closed_and_stays_so() {
    let mut shop = Shop::open();
    let id = wrongly_paid(&mut shop);
    decided(&shop, id, ALL).unwrap();
    shop.pass(5);
    assert_eq!(shop.platform.returned(), 2801);
    let view = shop.close(21).unwrap();
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(
        (view.trades[0].state, view.trades[0].disposition),
        (TradeState::Closed, Disposition::None),
        "nothing of it is to be looked at any more"
    );
    assert_eq!(shop.kinds(), [], "what was decided is not asked again");
    shop.pass(4_000);
    assert_eq!(
        (shop.query(21).state, shop.kinds()),
        (PayOrderState::Canceled, vec![])
    );
}

#[test]
fn a_tender_whose_wrong_payment_was_accepted_as_it_is_ends_by_itself() {
    let mut shop = Shop::open();
    let id = wrongly_paid(&mut shop);
    decided(&shop, id, Decision::Accept).unwrap();
    shop.pass(1);
    assert_eq!(shop.query(21).state, PayOrderState::Canceled);
    assert_eq!(shop.platform.returned(), 0);
    let told = "SELECT COUNT(*) FROM outbox_event WHERE state = 'CANCELED'";
    assert_eq!(shop.number(told), 1, "code 5 is told once");
}

#[test]
fn a_wrong_payment_that_is_decided_on_ends_only_by_the_platforms_word() {
    let mut shop = Shop::open();
    let id = wrongly_paid(&mut shop);
    shop.platform.lose_replies = 3;
    decided(&shop, id, Decision::Accept).unwrap();
    shop.pass(3);
    assert_eq!(shop.query(21).state, PayOrderState::Canceling);
    shop.platform.lose_replies = 0;
    shop.pass(30);
    assert_eq!(shop.query(21).state, PayOrderState::Canceled);
}

#[test]
fn money_that_was_given_back_out_of_suspense_wins_nothing() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.callback(&shop.paid_notice(&trade_no, 2801));
    let id = shop.suspense()[0].suspense_id;
    decided(&shop, id, ALL).unwrap();
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    assert_eq!(shop.query(21).state, PayOrderState::NoPay);
    assert_eq!(shop.kinds(), [SuspenseKind::ReturnedUnheard]);
}

/// A tender whose payment was first heard of when it was on its way back.
fn returned_unheard(shop: &mut Shop) -> i64 {
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform
        .set(&trade_no, suanpan_domain::platform::PlatformState::Refunded);
    shop.pass(6);
    assert_eq!(shop.kinds(), [SuspenseKind::ReturnedUnheard]);
    trade_no.parse().unwrap()
}

#[test]
fn money_in_suspense_is_given_back_by_its_decision_alone() {
    let mut shop = Shop::open();
    let trade_no = returned_unheard(&mut shop);
    let asked = shop.centre.commit(shop.now_ms, |ledger| {
        crate::office::refund(ledger, "boss", trade_no, "a", 2810)
    });
    assert!(matches!(asked, Err(Fault::Refused(refusal)) if refusal.code == ErrorCode::WrongState));
    let id = shop.suspense()[0].suspense_id;
    decided(&shop, id, Decision::Accept).unwrap();
    shop.do_it(|ledger| crate::office::refund(ledger, "boss", trade_no, "a", 2810));
}
