//! Asking for codes, and being paid.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::platform::Observation;
use suanpan_domain::trade::TradeState;
use suanpan_wire::error::ErrorCode;

use super::kit::{Shop, code_of};
use crate::{Room, office};

#[test]
fn f27_a_code_is_made_and_paid_by_polling_alone() {
    let mut shop = Shop::open();
    let view = shop.create(21, "k1", 2810).unwrap();
    let trade = &view.trades[0];
    assert_eq!(trade.state, TradeState::Awaiting);
    assert_eq!(
        trade.code_url.as_deref(),
        Some(&*format!("weixin://{}", trade.trade_no))
    );
    shop.platform.pay(&trade.trade_no.clone());
    shop.pass(6);
    let paid = shop.query(21);
    assert_eq!(paid.state, PayOrderState::Paid);
    assert_eq!(paid.trades[0].disposition, Disposition::Winner);
    assert_eq!(paid.winner_trade_no.as_deref(), Some(&*trade.trade_no));
    assert_eq!(paid.trades[0].code_url, None);
    assert!(paid.version > view.version);
}

#[test]
fn f24_a_lost_prepay_reply_is_unknown_and_asked_again_byte_for_byte() {
    let mut shop = Shop::open();
    shop.platform.lose_replies = 1;
    let view = shop.create(21, "k1", 2810).unwrap();
    assert_eq!(view.trades[0].state, TradeState::PrepayUnknown);
    let again = shop.create(21, "k1", 2810).unwrap();
    assert_eq!(again.trades.len(), 1);
    shop.pass(2);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Awaiting);
    let prepays: Vec<String> = shop
        .platform
        .calls
        .iter()
        .filter(|call| call.starts_with("prepay"))
        .cloned()
        .collect();
    assert_eq!(prepays.len(), 2);
    assert_eq!(prepays[0], prepays[1]);
}

#[test]
fn f30_the_same_key_is_the_same_attempt_and_another_key_waits_for_it() {
    let mut shop = Shop::open();
    let first = shop.create(21, "k1", 2810).unwrap();
    let again = shop.create(21, "k1", 2810).unwrap();
    assert_eq!(first, again);
    let refused = shop.create(21, "k2", 2810).unwrap_err();
    assert_eq!(refused.code, ErrorCode::AttemptLive);
    assert_eq!(refused.params["trade_no"], first.trades[0].trade_no);
    assert_eq!(code_of(shop.create(21, "k1", 2800)), ErrorCode::KeyReused);
    assert_eq!(code_of(shop.create(21, "k3", 1)), ErrorCode::KeyReused);
    assert_eq!(shop.platform.count("prepay"), 1);
}

#[test]
fn f32_a_renewed_code_leaves_the_old_one_watched_and_both_paid_is_returned_once() {
    let mut shop = Shop::open();
    let old = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let renewed = shop.renew(21, "k2", 2810).unwrap();
    assert_eq!(renewed.trades[0].state, TradeState::Closing);
    assert_eq!(renewed.trades[0].code_url, None);
    let new = renewed.trades[1].trade_no.clone();
    shop.platform.pay(&old);
    shop.platform.pay(&new);
    shop.pass(200);
    let view = shop.query(21);
    assert_eq!(view.state, PayOrderState::Paid);
    let dispositions: Vec<Disposition> = view.trades.iter().map(|trade| trade.disposition).collect();
    assert!(dispositions.contains(&Disposition::Winner));
    assert!(dispositions.contains(&Disposition::Duplicate));
    assert_eq!(shop.platform.captured() - shop.platform.returned(), 2810);
    assert_eq!(shop.platform.refunds.len(), 1);
}

#[test]
fn a_renewed_code_closes_the_old_one_at_the_platform() {
    let mut shop = Shop::open();
    let old = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.renew(21, "k2", 2810).unwrap();
    shop.pass(3);
    let view = shop.query(21);
    assert_eq!(view.trades[0].state, TradeState::Closed);
    assert_eq!(view.state, PayOrderState::NoPay);
    assert!(shop.platform.calls.contains(&format!("close {old}")));
}

#[test]
fn f31_an_old_code_paid_after_its_closing_still_wins_while_nothing_else_did() {
    let mut shop = Shop::open();
    let old = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.pass(400);
    let expired = shop.query(21);
    assert_eq!(expired.trades[0].state, TradeState::Closed);
    assert_eq!(
        expired.state,
        PayOrderState::NoPay,
        "a code's end is not the tender's (I22)"
    );
    shop.platform.pay(&old);
    shop.pass(3_600);
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
}

#[test]
fn f26_wrong_amount_is_suspense_and_never_paid() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.wrong_amount = Some(2800);
    shop.platform.pay(&trade_no);
    shop.pass(120);
    let view = shop.query(21);
    assert_eq!(view.state, PayOrderState::NoPay);
    assert_eq!(view.trades[0].disposition, Disposition::Suspense);
    assert_eq!(view.trades[0].suspense_amount_minor, Some(2800));
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 1);
}

#[test]
fn f25_a_restarted_centre_goes_on_asking_about_the_same_trade() {
    let mut shop = Shop::open();
    shop.platform.lose_replies = 1;
    let before = shop.create(21, "k1", 2810).unwrap();
    let mut shop = shop.restart();
    shop.pass(3);
    let view = shop.query(21);
    assert_eq!(view.trades[0].trade_no, before.trades[0].trade_no);
    assert_eq!(view.trades[0].state, TradeState::Awaiting);
}

#[test]
fn a_crash_between_claim_and_call_only_costs_time() {
    let mut shop = Shop::open();
    let view = shop.create(21, "k1", 2810).unwrap();
    shop.now_ms += 5_000;
    assert_eq!(shop.centre.due(shop.now_ms, &Room::of(16)).calls.len(), 1);
    let mut shop = shop.restart();
    shop.platform.pay(&view.trades[0].trade_no);
    shop.pass(29);
    assert_eq!(shop.platform.count("query"), 0);
    shop.pass(2);
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
}

#[test]
fn a_till_asks_the_platform_at_most_once_a_second() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    shop.now_ms += 1_500;
    for _ in 0..5 {
        shop.query(21);
    }
    assert_eq!(shop.platform.count("query"), 1);
    shop.now_ms += 1_000;
    shop.query(21);
    assert_eq!(shop.platform.count("query"), 2);
}

#[test]
fn amounts_and_means_that_cannot_be_collected_are_refused() {
    let mut shop = Shop::open();
    assert_eq!(code_of(shop.create(21, "k", 0)), ErrorCode::AmountInvalid);
    assert_eq!(code_of(shop.create(22, "k", -1)), ErrorCode::AmountInvalid);
    assert_eq!(
        code_of(shop.create(23, "k", 10_000_000_001)),
        ErrorCode::AmountInvalid
    );
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", super::kit::ENTERPRISE, |channel| {
            channel.enabled = false
        })
    });
    assert_eq!(code_of(shop.create(24, "k", 5)), ErrorCode::MeansNotOffered);
    assert_eq!(shop.number("SELECT COUNT(*) FROM pay_order"), 0);
}

#[test]
fn f43_paid_is_answered_to_whoever_asks_for_another_code() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    let refused = shop.renew(21, "k2", 2810).unwrap_err();
    assert_eq!(refused.code, ErrorCode::AlreadyPaid);
    assert_eq!(refused.params["winner"], trade_no);
    assert_eq!(shop.create(21, "k1", 2810).unwrap().state, PayOrderState::Paid);
}

#[test]
fn i17_no_row_starves_however_many_are_due() {
    let mut shop = Shop::open();
    for tender in 100..160 {
        shop.create(tender, "k", 100).unwrap();
    }
    shop.now_ms += 10_000;
    for _ in 0..15 {
        let calls = shop.centre.due(shop.now_ms, &Room::of(4)).calls;
        assert!(calls.len() <= 4);
        for call in calls {
            let unknown = suanpan_domain::platform::Observation::Unknown { why: "away".into() };
            shop.centre.observe(&call, &unknown, shop.now_ms).unwrap();
        }
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM trade WHERE lease_no >= 2"), 60);
}

#[test]
fn i13_i14_a_refused_repeat_after_a_crash_does_not_fail_a_code_that_may_be_out() {
    let mut shop = Shop::open();
    let path = "/v1/tenders/21/attempts/k1";
    let request = shop.request(&shop.till, "PUT", path, &super::kit::attempt(2810, false));
    let crate::Begun::Work(ticket) = shop.centre.begin(&request, shop.now_ms) else {
        panic!("a prepay is due")
    };
    let call = shop.centre.take(ticket.works[0], shop.now_ms).unwrap();
    // The platform takes it, and the centre dies before it has kept the answer.
    shop.platform.call(&call.call);
    let mut shop = shop.restart();
    shop.now_ms += 31_000;
    let again = shop.centre.take(ticket.works[0], shop.now_ms).unwrap();
    let refused = Observation::Refused {
        code: "PARAM_ERROR".into(),
        message: String::new(),
    };
    shop.centre.observe(&again, &refused, shop.now_ms).unwrap();
    shop.pass(5);
    let view = shop.query(21);
    assert_eq!(view.trades.len(), 1);
    assert_eq!(view.trades[0].state, TradeState::Awaiting);
}

#[test]
fn r11_a_damaged_row_holds_nobody_else_up() {
    let mut shop = Shop::open();
    let damaged = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let late = shop.create(22, "k1", 100).unwrap().trades[0].trade_no.clone();
    shop.close(22).unwrap();
    shop.platform.pay(&late);
    let sound = shop.create(23, "k1", 990).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&sound);
    shop.do_it(|ledger| {
        let sql = format!(
            "UPDATE trade SET state = 'NONE_OF_OURS', refund_due_at_ms = 1 WHERE trade_no = {damaged}"
        );
        ledger.execute(&sql, &[])?;
        Ok(())
    });
    shop.pass(700);
    assert_eq!(shop.query(23).state, PayOrderState::Paid);
    assert_eq!(shop.platform.returned(), 100, "late money goes back all the same");
}
