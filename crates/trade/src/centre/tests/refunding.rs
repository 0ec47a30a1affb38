//! Refunds: one number through every retry, never more than was taken, braked where nobody asked.

use suanpan_domain::platform::Observation;
use suanpan_wire::tender::TenderView;

use super::kit::{ENTERPRISE, Shop};
use crate::fault::{Fault, Refusal};
use crate::{Room, office};

/// A tender that was paid and given up, its refund not yet sent.
fn to_be_returned(shop: &mut Shop, tender: i64) -> String {
    let trade_no = shop.create(tender, "k1", 2810).unwrap().trades[0]
        .trade_no
        .clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    shop.give_up(tender);
    trade_no
}

fn refund_of(view: &TenderView) -> (u8, bool) {
    let refund = &view.trades[0].refunds[0];
    (refund.refund_status, refund.needs_attention)
}

#[test]
fn f42_a_refund_that_is_deferred_keeps_its_number_and_waits_a_minute() {
    let mut shop = Shop::open();
    to_be_returned(&mut shop, 21);
    let later = Observation::RefundDeferred {
        code: "NOT_ENOUGH".into(),
    };
    shop.platform.refund_answers = vec![later.clone(), later];
    shop.pass(5);
    assert_eq!(refund_of(&shop.query(21)), (1, true));
    shop.pass(59);
    assert!(shop.platform.count("refund ") <= 2);
    shop.pass(240);
    assert_eq!(refund_of(&shop.query(21)), (2, false));
    let sent: Vec<&String> = shop
        .platform
        .calls
        .iter()
        .filter(|call| call.starts_with("refund "))
        .collect();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|call| *call == sent[0]));
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn p20_a_refund_whose_reply_is_lost_is_asked_about_and_not_made_twice() {
    let mut shop = Shop::open();
    to_be_returned(&mut shop, 21);
    shop.platform.lose_replies = 1;
    shop.tick();
    assert_eq!(refund_of(&shop.query(21)), (1, false));
    shop.pass(10);
    assert_eq!(refund_of(&shop.query(21)), (2, false));
    assert_eq!(shop.platform.refunds.len(), 1);
}

#[test]
fn a_refund_that_never_arrived_is_sent_again_under_its_number() {
    let mut shop = Shop::open();
    to_be_returned(&mut shop, 21);
    shop.platform.lose_requests = 1;
    shop.pass(200);
    assert_eq!(refund_of(&shop.query(21)), (2, false));
    assert_eq!(shop.platform.refunds.len(), 1);
}

#[test]
fn p3_a_refused_refund_waits_for_a_person_who_retries_the_same_number() {
    let mut shop = Shop::open();
    let trade_no: i64 = to_be_returned(&mut shop, 21).parse().unwrap();
    let refused = Observation::Refused {
        code: "PARAM_ERROR".into(),
        message: String::new(),
    };
    shop.platform.refund_answers = vec![refused];
    shop.pass(5);
    assert_eq!(refund_of(&shop.query(21)), (3, true));
    shop.do_it(|ledger| office::refund(ledger, "boss", trade_no, "automatic", 2810));
    shop.pass(70);
    let view = shop.query(21);
    assert_eq!(refund_of(&view), (2, false));
    assert_eq!(view.trades[0].refunds.len(), 1);
}

#[test]
fn i3_no_more_goes_back_than_was_taken() {
    let mut shop = Shop::open();
    let paid = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&paid);
    shop.pass(6);
    let trade_no = paid.parse().unwrap();
    shop.do_it(|ledger| office::refund(ledger, "boss", trade_no, "a", 2_000));
    shop.do_it(|ledger| office::refund(ledger, "boss", trade_no, "a", 2_000));
    let over = shop.centre.commit(shop.now_ms, |ledger| {
        office::refund(ledger, "boss", trade_no, "b", 811)
    });
    assert!(matches!(over, Err(Fault::Refused(Refusal { .. }))));
    shop.give_up(21);
    shop.pass(10);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.platform.refunds.len(), 2);
    let state = shop.query(21).state;
    assert_eq!(state, suanpan_domain::pay_order::PayOrderState::Refunded);
}

#[test]
fn the_brake_holds_what_nobody_asked_for_and_lets_it_out_by_the_hour() {
    let mut shop = Shop::open();
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", ENTERPRISE, |channel| {
            channel.refunds_per_hour_max = 2
        })
    });
    for tender in 21..25 {
        to_be_returned(&mut shop, tender);
    }
    shop.pass(30);
    assert_eq!(shop.platform.refunds.len(), 2);
    let held = (21..25)
        .filter(|tender| refund_of(&shop.query(*tender)) == (0, true))
        .count();
    assert_eq!(held, 2);
    assert!(shop.number("SELECT COUNT(*) FROM audit WHERE action = 'refund_braked'") == 2);
    shop.now_ms += 3_600_000;
    shop.pass(5);
    assert_eq!(shop.platform.refunds.len(), 4);
    shop.pass(70);
    assert!((21..25).all(|tender| refund_of(&shop.query(tender)) == (2, false)));
}

#[test]
fn the_kill_switch_holds_everything_until_it_is_lifted() {
    let mut shop = Shop::open();
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.refunds_stopped = true)
    });
    to_be_returned(&mut shop, 21);
    shop.pass(7_200);
    assert_eq!(shop.platform.refunds.len(), 0);
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.refunds_stopped = false)
    });
    shop.pass(61);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn the_sum_brake_counts_fen() {
    let mut shop = Shop::open();
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", ENTERPRISE, |channel| {
            channel.refund_sum_per_hour_max_minor = 2_810;
        })
    });
    to_be_returned(&mut shop, 21);
    to_be_returned(&mut shop, 22);
    shop.pass(10);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn the_kill_switch_also_holds_the_repeat_of_a_refund_that_never_arrived() {
    let mut shop = Shop::open();
    to_be_returned(&mut shop, 21);
    shop.platform.lose_requests = 1;
    shop.tick();
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.refunds_stopped = true)
    });
    shop.pass(600);
    assert_eq!(shop.platform.refunds.len(), 0);
    assert_eq!(refund_of(&shop.query(21)), (1, true));
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.refunds_stopped = false)
    });
    shop.pass(61);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn i13_i14_a_refused_repeat_after_a_crash_does_not_fail_a_refund_that_was_taken() {
    let mut shop = Shop::open();
    to_be_returned(&mut shop, 21);
    let call = shop.centre.due(shop.now_ms, &Room::of(1)).calls.remove(0);
    // The platform takes it, and the centre dies before it has kept the answer.
    shop.platform.call(&call.call);
    let mut shop = shop.restart();
    shop.platform.refund_answers = vec![Observation::Refused {
        code: "INVALID_REQUEST".into(),
        message: String::new(),
    }];
    shop.now_ms += 31_000;
    shop.tick();
    assert_eq!(refund_of(&shop.query(21)), (1, true));
    shop.pass(30);
    assert_eq!(refund_of(&shop.query(21)), (2, false));
    assert_eq!(shop.platform.refunds.len(), 1);
}
