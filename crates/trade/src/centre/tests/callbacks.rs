//! Callbacks: one effect however often and in whatever order, none for what is not the platform's.

use suanpan_domain::pay_order::PayOrderState;
use suanpan_domain::tender::Means;

use super::kit::{ENTERPRISE, Shop, pay_channel};
use super::pen::{self, Happened};
use crate::office;
use crate::rows::pay_channel::PayChannel;
use crate::rows::suspense::SuspenseKind;

fn one_code(shop: &mut Shop) -> String {
    shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone()
}

#[test]
fn p22_a_callback_pays_and_is_acknowledged_once_it_is_kept() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    let reply = shop.callback(&shop.paid_notice(&trade_no, 2810));
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
}

#[test]
fn f33_a_callback_five_times_has_one_effect() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    let notice = shop.paid_notice(&trade_no, 2810);
    for _ in 0..5 {
        assert_eq!(shop.callback(&notice).status, 204);
    }
    let view = shop.query(21);
    shop.pass(60);
    assert_eq!(shop.query(21), view);
    assert_eq!(shop.number("SELECT COUNT(*) FROM change"), 3);
}

#[test]
fn i16_a_forged_stale_or_altered_callback_changes_nothing_and_is_noted() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    let good = shop.paid_notice(&trade_no, 2810);
    let before = shop.query(21);
    let bad = [
        (good.replace("signed", "forged"), 401),
        (good.replacen(&shop.now_ms.to_string(), "5", 1), 401),
        ("nothing".to_owned(), 400),
    ];
    for (at, (notice, status)) in bad.iter().enumerate() {
        let reply = shop.callback(notice);
        assert_eq!(reply.status, *status, "{notice}");
        assert!(String::from_utf8(reply.body).unwrap().contains("FAIL"));
        let noted = shop.number("SELECT COUNT(*) FROM audit WHERE action = 'callback_refused'");
        assert_eq!(noted, i64::try_from(at).unwrap() + 1);
    }
    assert_eq!(shop.query(21), before);
}

#[test]
fn a_flood_of_forged_callbacks_is_refused_without_filling_the_store() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    let forged = shop.paid_notice(&trade_no, 2810).replace("signed", "forged");
    for _ in 0..200 {
        assert_eq!(shop.callback(&forged).status, 401);
    }
    let noted = shop.number("SELECT COUNT(*) FROM audit WHERE action = 'callback_refused'");
    assert!((1..=30).contains(&noted), "{noted}");
    // What is the platform's own is not held up by it.
    assert_eq!(shop.callback(&shop.paid_notice(&trade_no, 2810)).status, 204);
}

#[test]
fn p5_a_callback_with_another_amount_is_kept_in_suspense_and_acknowledged() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    for _ in 0..2 {
        assert_eq!(shop.callback(&shop.paid_notice(&trade_no, 2800)).status, 204);
    }
    assert_eq!(shop.query(21).state, PayOrderState::NoPay);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM suspense WHERE kind = 'MISMATCH'"),
        1
    );
}

#[test]
fn p22_a_callback_about_an_unknown_trade_is_kept_before_it_is_acknowledged() {
    let shop = Shop::open();
    let notice = shop.paid_notice("999", 2810);
    for _ in 0..3 {
        assert_eq!(shop.callback(&notice).status, 204);
    }
    assert_eq!(
        shop.number("SELECT amount_minor FROM suspense WHERE kind = 'UNKNOWN_TRADE'"),
        2810
    );
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 1);
}

#[test]
fn f34_money_of_the_same_amount_is_never_taken_for_an_orders_own() {
    let mut shop = Shop::open();
    for (tender, key) in [(21, "k1"), (22, "k2")] {
        shop.create(tender, key, 1500).unwrap();
    }
    assert_eq!(shop.callback(&shop.paid_notice("999", 1500)).status, 204);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM suspense WHERE kind = 'UNKNOWN_TRADE'"),
        1
    );
    for tender in [21, 22] {
        assert_eq!(shop.query(tender).state, PayOrderState::NoPay);
    }
}

#[test]
fn a_callback_for_no_merchant_of_ours_is_refused() {
    let shop = Shop::open();
    let reply = shop
        .centre
        .callback("WECHAT_PAY", "8", &Vec::new(), b"x", shop.now_ms);
    assert_eq!(reply.status, 404);
    let reply = shop
        .centre
        .callback("WECHAT_PAY", "x", &Vec::new(), b"x", shop.now_ms);
    assert_eq!(reply.status, 404);
}

/// What another merchant's account of the same centre is told.
fn at_another_merchant(shop: &mut Shop, notice: &str) -> u16 {
    const OTHER: i64 = ENTERPRISE + 1;
    let account = PayChannel {
        enterprise_id: OTHER,
        merchant_id: "1900000999".into(),
        ..pay_channel()
    };
    shop.do_it(|ledger| office::put_channel(ledger, "t", &account));
    let body = notice.as_bytes();
    let label = shop.means.name();
    let reply = shop
        .centre
        .callback(label, &OTHER.to_string(), &Vec::new(), body, shop.now_ms);
    reply.status
}

#[test]
fn i16_a_notice_of_another_merchant_says_nothing_about_a_trade_of_that_number() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    let notice = shop.paid_notice(&trade_no, 2810);
    assert_eq!(at_another_merchant(&mut shop, &notice), 204, "the money is known");
    assert_eq!(shop.query(21).state, PayOrderState::NoPay);
    assert_eq!(shop.callback(&notice).status, 204);
    assert_eq!(at_another_merchant(&mut shop, &notice), 204);
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
    let in_suspense = shop.suspense();
    assert_eq!(in_suspense.len(), 1, "also once the trade is paid, and once");
    assert_eq!(
        (in_suspense[0].kind, in_suspense[0].enterprise_id),
        (SuspenseKind::Mismatch, ENTERPRISE + 1)
    );
}

#[test]
fn i16_a_refund_notice_of_another_merchant_ends_no_refund_of_that_number() {
    let mut shop = Shop::open();
    let trade_no = shop.sold(21, 2810);
    let number = trade_no.parse().unwrap();
    shop.do_it(|ledger| office::refund(ledger, "t", number, "k", 800));
    let refund_no = shop.number("SELECT refund_no FROM refund_record");
    let notice = format!("signed|{}|{trade_no}|4200{trade_no}|800|{refund_no}", shop.now_ms);
    assert_eq!(at_another_merchant(&mut shop, &notice), 204);
    assert_eq!(shop.number("SELECT refund_status FROM refund_record"), 0);
    assert_eq!(shop.kinds(), [SuspenseKind::UnknownRefund]);
}

#[test]
fn f39_news_without_money_of_an_unknown_number_is_acknowledged_and_stands_before_no_money() {
    for means in [Means::WechatPay, Means::AliPay] {
        let folder = tempfile::tempdir().unwrap();
        let shop = pen::shop(folder.path(), means);
        let (trade_no, amount_minor) = ("77", 2810);
        let ended = Happened::Ended {
            trade_no,
            amount_minor,
        };
        assert!((200..300).contains(&shop.notified(&shop.notice(ended)).status));
        assert_eq!(shop.suspense().len(), 0);
        let paid = Happened::Paid {
            trade_no,
            amount_minor,
        };
        assert!((200..300).contains(&shop.notified(&shop.notice(paid)).status));
        assert_eq!(shop.kinds(), [SuspenseKind::UnknownTrade]);
    }
}

#[test]
fn i16_another_merchants_news_of_an_end_closes_no_trade_of_that_number() {
    for means in [Means::WechatPay, Means::AliPay] {
        let folder = tempfile::tempdir().unwrap();
        let mut shop = pen::shop(folder.path(), means);
        let other = pen::account(folder.path(), ENTERPRISE + 1, means);
        shop.do_it(|ledger| office::put_channel(ledger, "t", &other));
        let trade_no = one_code(&mut shop);
        shop.do_it(|ledger| {
            let others =
                format!("UPDATE pay_channel SET merchant_id = '2' WHERE enterprise_id = {ENTERPRISE}");
            ledger.execute(&others, &[])?;
            Ok(())
        });
        let ended = shop.notice(Happened::Ended {
            trade_no: &trade_no,
            amount_minor: 2810,
        });
        let place = (ENTERPRISE + 1).to_string();
        let reply = shop
            .centre
            .callback(means.name(), &place, &ended.headers, &ended.body, shop.now_ms);
        assert!((200..300).contains(&reply.status));
        assert_eq!(
            shop.number("SELECT COUNT(*) FROM trade WHERE state = 'CLOSED'"),
            0
        );
        assert_eq!(shop.suspense().len(), 0);
    }
}

#[test]
fn an_account_under_a_number_stays_the_same_one_while_its_trades_are_under_way() {
    let mut shop = Shop::open();
    let other = PayChannel {
        app_id: "wx0000000000000001".into(),
        ..pay_channel()
    };
    let put = |shop: &Shop, row: &PayChannel| {
        shop.centre
            .commit(shop.now_ms, |ledger| office::put_channel(ledger, "t", row))
    };
    one_code(&mut shop);
    assert!(put(&shop, &other).is_err());
    assert!(put(&shop, &pay_channel()).is_ok());
}

#[test]
fn i11_a_callback_that_cannot_be_kept_is_not_acknowledged() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    let notice = shop.paid_notice(&trade_no, 2810);
    shop.do_it(|ledger| {
        // The store fails where the news is written, after the trade was.
        ledger.execute("ALTER TABLE change RENAME TO gone", &[])?;
        Ok(())
    });
    assert_eq!(shop.callback(&notice).status, 500);
    shop.do_it(|ledger| {
        ledger.execute("ALTER TABLE gone RENAME TO change", &[])?;
        Ok(())
    });
    assert_eq!(
        shop.query(21).state,
        PayOrderState::NoPay,
        "nothing is left of it"
    );
    assert_eq!(shop.callback(&notice).status, 204);
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
}

#[test]
fn i5_a_callback_that_overtakes_the_prepay_reply_wins_all_the_same() {
    let mut shop = Shop::open();
    shop.platform.lose_replies = 1;
    let trade_no = one_code(&mut shop);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    shop.pass(30);
    let view = shop.query(21);
    assert_eq!(view.state, PayOrderState::Paid);
    assert_eq!(shop.platform.count("prepay"), 1);
}

#[test]
fn p14_a_refund_callback_ends_a_refund() {
    let mut shop = Shop::open();
    let trade_no = one_code(&mut shop);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    shop.give_up(21);
    shop.platform.lose_requests = 1;
    shop.tick();
    let refund_no = shop.query(21).trades[0].refunds[0].refund_no.clone();
    let notice = format!("signed|{}|{trade_no}|x|2810|{refund_no}", shop.now_ms);
    assert_eq!(shop.callback(&notice).status, 204);
    assert_eq!(shop.query(21).trades[0].refunds[0].refund_status, 2);
    let other = format!("signed|{}|{trade_no}|x|2810|404", shop.now_ms);
    assert_eq!(shop.callback(&other).status, 204);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM suspense WHERE kind = 'UNKNOWN_REFUND'"),
        1
    );
}
