//! Alipay at the centre: a code makes no order before it is scanned, so it can be neither asked about nor closed.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::platform::PlatformState;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::TradeState;
use suanpan_wire::error::ErrorCode;

use super::kit::{ENTERPRISE, Shop, code_of, pay_channel};
use crate::office;

#[test]
fn a_code_of_alipay_is_collected_and_reported_to_its_own_address() {
    let mut shop = Shop::open_alipay();
    let view = shop.create(21, "k1", 2810).unwrap();
    assert_eq!(
        (view.means, view.trades[0].state),
        (Means::AliPay, TradeState::Awaiting)
    );
    let asked = shop.platform.calls[0].clone();
    assert!(asked.contains("/trade/open/notify/alipay/7"), "{asked}");
    let trade_no = view.trades[0].trade_no.clone();
    shop.platform.scan(&trade_no);
    shop.platform.pay(&trade_no);
    let kept = shop.callback(&shop.paid_notice(&trade_no, 2810));
    assert_eq!((kept.status, kept.body.as_slice()), (200, &b"success"[..]));
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
}

#[test]
fn b02_a_notice_at_the_other_platforms_address_is_not_taken() {
    for (shop, other) in [(Shop::open_alipay(), "WECHAT_PAY"), (Shop::open(), "ALI_PAY")] {
        let mut shop = shop;
        let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
        let notice = shop.paid_notice(&trade_no, 2810);
        let reply = shop.centre.callback(
            other,
            &ENTERPRISE.to_string(),
            &Vec::new(),
            notice.as_bytes(),
            shop.now_ms,
        );
        assert_eq!(reply.status, 404);
        assert_eq!(shop.number("SELECT COUNT(*) FROM trade WHERE state = 'PAID'"), 0);
    }
}

#[test]
fn f36_p28_an_unscanned_code_waits_until_its_time_is_over() {
    let mut shop = Shop::open_alipay();
    let view = shop.create(21, "k1", 2810).unwrap();
    shop.pass(299);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Awaiting);
    // Its last payable moment: there is nothing to close, and the platform's clock may differ.
    shop.pass(30);
    let view_now = shop.query(21);
    assert_eq!(view_now.trades[0].state, TradeState::Closing);
    assert_eq!(view_now.state, PayOrderState::NoPay);
    assert_eq!(shop.platform.count("close"), 0);
    shop.pass(120);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Closed);
    assert_eq!(view.trades.len(), 1);
}

#[test]
fn p27_an_unscanned_code_does_not_hold_the_counter_up() {
    let mut shop = Shop::open_alipay();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    // The cashier takes it off the screen: the tender is over at once, another can be opened.
    let view = shop.close(21).unwrap();
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(view.trades[0].state, TradeState::Closing);
    assert_eq!(code_of(shop.create(21, "k2", 2810)), ErrorCode::TenderClosed);
    assert!(shop.create(22, "k3", 2810).is_ok());
    // Behind it the code is watched until its time is over.
    shop.pass(200);
    assert!(shop.platform.count(&format!("query {trade_no}")) > 3);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Closing);
    shop.pass(240);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Closed);
}

#[test]
fn p17_an_unscanned_code_that_is_paid_after_all_goes_back() {
    let mut shop = Shop::open_alipay();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.scan(&trade_no);
    shop.platform.pay(&trade_no);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    let view = shop.query(21);
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(view.trades[0].disposition, Disposition::Late);
    shop.pass(601);
    shop.pass(10);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn a_code_that_was_scanned_is_closed_before_its_tender_is_over() {
    let mut shop = Shop::open_alipay();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.scan(&trade_no);
    let view = shop.close(21).unwrap();
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(view.trades[0].state, TradeState::Closed);
    assert_eq!(shop.platform.count("close"), 1);
}

#[test]
fn a_question_without_an_answer_lets_nothing_go() {
    let mut shop = Shop::open_alipay();
    shop.create(21, "k1", 2810).unwrap();
    shop.platform.lose_requests = 4;
    let view = shop.close(21).unwrap();
    assert_eq!(view.state, PayOrderState::Canceling);
    shop.pass(10);
    assert_eq!(shop.query(21).state, PayOrderState::Canceled);
}

#[test]
fn p1_f32_of_two_scanned_codes_of_one_tender_the_second_goes_back() {
    let mut shop = Shop::open_alipay();
    let first = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let second = shop.renew(21, "k2", 2810).unwrap().trades[1].trade_no.clone();
    for trade_no in [&first, &second] {
        shop.platform.scan(trade_no);
        shop.platform.pay(trade_no);
        shop.callback(&shop.paid_notice(trade_no, 2810));
    }
    shop.pass(5);
    let view = shop.query(21);
    assert_eq!(view.winner_trade_no.as_deref(), Some(first.as_str()));
    assert_eq!(view.trades[1].disposition, Disposition::Duplicate);
    assert_eq!(shop.platform.captured() - shop.platform.returned(), 2810);
}

#[test]
fn f37_b23_a_paid_code_that_the_platform_closes_after_a_refund_stays_paid() {
    let mut shop = Shop::open_alipay();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.scan(&trade_no);
    shop.platform.pay(&trade_no);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    let number = trade_no.parse().unwrap();
    shop.do_it(|ledger| office::refund(ledger, "t", number, "r1", 2810));
    shop.pass(2);
    for later in [
        PlatformState::Returned,
        PlatformState::Paid,
        PlatformState::Closed,
    ] {
        shop.platform.set(&trade_no, later);
        shop.pass(60);
        let view = shop.query(21);
        assert_eq!(view.trades[0].state, TradeState::Paid, "{later:?}");
        assert_eq!(view.state, PayOrderState::Refunded);
    }
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn an_account_collects_its_own_platforms_means_only() {
    let shop = Shop::open();
    let refused = shop.centre.commit(shop.now_ms, |ledger| {
        office::put_channel(ledger, "t", &pay_channel())?;
        office::offer(ledger, "t", shop.store_id, "ALI_PAY", ENTERPRISE)
    });
    assert!(refused.is_err());
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM store_channel WHERE means = 'ALI_PAY'"),
        0
    );
}

#[test]
fn a_refund_without_an_answer_is_asked_about_when_its_platform_wants_to_be_asked() {
    for (mut shop, first_after) in [(Shop::open_alipay(), 10), (Shop::open(), 5)] {
        let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
        shop.platform.scan(&trade_no);
        shop.platform.pay(&trade_no);
        shop.callback(&shop.paid_notice(&trade_no, 2810));
        shop.give_up(21);
        shop.platform.lose_replies = 1;
        shop.tick();
        assert_eq!(shop.platform.count("refund "), 1);
        shop.pass(first_after - 1);
        assert_eq!(shop.platform.count("query_refund"), 0, "{:?}", shop.means);
        shop.pass(1);
        assert_eq!(shop.platform.count("query_refund"), 1, "{:?}", shop.means);
    }
}
