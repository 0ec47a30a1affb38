//! Every way there is to pay by code, over real processes: Alipay's codes, another platform's code in place of one,
//! and the payment code on the customer's phone. Also with the centre killed in the middle of each.

use serde_json::json;
use suanpan_tests::house::clock::{LATER, SOON, wait_until};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Shown, Till};

/// Means, and what the stand-in calls their platform.
const WECHAT: (&str, &str) = ("WECHAT_PAY", "wechat");
const ALIPAY: (&str, &str) = ("ALI_PAY", "alipay");
/// Longer than a busy machine needs to see that a call has arrived and to kill who made it, shorter than the time
/// limit of a call.
const SLOW_MS: u64 = 4_000;

/// Late money goes back as soon as it is known: nobody is there to decide.
fn open_shop(tills: usize) -> Shop {
    Shop::plan()
        .tills(tills)
        .with_alipay()
        .centre_with(&["--late-delay-minutes=0"])
        .open()
}

fn ring_up(till: &Till) -> String {
    till.begin(&[&till.goods()[0].code])
}

/// The order is complete and one tender of it settled.
fn assert_paid_once(till: &Till, order_id: &str) {
    let order = till.order(order_id);
    assert_eq!(order["row"]["state"], "COMPLETED", "{order}");
    let settled = order["tenders"].as_array().unwrap().iter();
    let settled = settled.filter(|tender| tender["phase"] == "settled");
    assert_eq!(settled.count(), 1, "{order}");
}

/// Waits until the platform has a payment code; the trade that it is charged for. A till says that the customer pays
/// from the moment it has scanned.
fn wait_charged(shop: &Shop, digits: &str) -> String {
    wait_until("the platform has the payment code", SOON, || {
        shop.sandbox.charged_with(digits)
    })
}

/// Tills, centre and platforms agree to the fen and to the entry.
fn wait_and_assert_agreed(shop: &Shop) {
    wait_until("tills and platforms hold the same", LATER, || {
        let taken: i64 = shop.tills.iter().map(Till::net_minor).sum();
        (taken == shop.sandbox.net_minor()).then_some(())
    });
    for till in &shop.tills {
        till.wait_in_step(LATER);
    }
    shop.wait_until_books_agree(LATER);
}

#[test]
fn an_alipay_code_is_paid_also_while_the_centre_is_dead() {
    let mut shop = open_shop(1);
    for dies in [false, true] {
        let order_id = ring_up(shop.till());
        let shown = shop.till().show_code_of(ALIPAY.0, "");
        let trade = shop.sandbox.trade(&shown.trade_no);
        assert_eq!(
            (&trade["tradeState"], &trade["codeUrl"]),
            (&json!("NOT_SCANNED"), &json!(shown.url))
        );
        if dies {
            shop.centre.kill();
        }
        shop.sandbox.pay(&shown.trade_no);
        if dies {
            shop.centre.start();
        }
        shop.till().wait_phase(&shown, "settled", LATER);
        assert_paid_once(shop.till(), &order_id);
        shop.till().act("pay.next", &json!({}));
    }
    assert_eq!(shop.sandbox.counter("ordersCreated"), 2);
    wait_and_assert_agreed(&shop);
}

/// The customer pays the code that is not shown any more, and then the one that is.
fn pay_both(shop: &Shop, old: &Shown, new: &Shown) {
    shop.sandbox.pay_late(&old.trade_no);
    shop.sandbox.pay(&new.trade_no);
}

/// The new code has won and the old one's money has gone back, all of it and once.
fn wait_won_and_returned(shop: &Shop, till: &Till, old: &Shown, new: &Shown) {
    till.wait_phase(new, "settled", LATER);
    assert_paid_once(till, &new.order_id);
    shop.sandbox.wait_refunded_once(&old.trade_no, LATER);
    assert_eq!(shop.sandbox.trade(&new.trade_no)["refundedMinor"], "0");
}

#[test]
fn f32_p27_of_a_switched_code_and_the_new_one_both_paid_one_wins_and_the_other_goes_back_in_full() {
    let shop = open_shop(1);
    for (from, to) in [(WECHAT, ALIPAY), (ALIPAY, WECHAT)] {
        ring_up(shop.till());
        let old = shop.till().show_code_of(from.0, "");
        shop.till().switch(&old, to.0);
        let new = shop.till().wait_switched(&old, LATER);
        pay_both(&shop, &old, &new);
        wait_won_and_returned(&shop, shop.till(), &old, &new);
        shop.till().act("pay.next", &json!({}));
    }
    assert_eq!(shop.sandbox.refunds().len(), 2);
    wait_and_assert_agreed(&shop);
}

#[test]
fn f32_i13_a_centre_killed_while_it_closes_the_old_code_closes_it_and_shows_the_new_one() {
    let mut shop = open_shop(2);
    let ways = [(WECHAT, ALIPAY, "close"), (ALIPAY, WECHAT, "query")];
    let shown = shop.tills.iter().zip(&ways).map(|(till, (from, _, _))| {
        ring_up(till);
        till.show_code_of(from.0, "")
    });
    let switched: Vec<Shown> = shown.collect();
    for ((till, old), (from, to, call)) in shop.tills.iter().zip(&switched).zip(ways) {
        let slow = json!({ "slow": { "delay_ms": SLOW_MS } });
        let fault = json!({ "at": "call", "on": call, "outTradeNo": old.trade_no, "effect": slow });
        shop.sandbox.set_fault(&fault);
        let before = shop.sandbox.calls(from.1, call);
        till.switch(old, to.0);
        wait_until("the platform is asked", SOON, || {
            (shop.sandbox.calls(from.1, call) > before).then_some(())
        });
    }
    shop.centre.kill();
    shop.sandbox.clear_faults();
    shop.centre.start();
    for (till, old) in shop.tills.iter().zip(&switched) {
        let new = till.wait_switched(old, LATER);
        pay_both(&shop, old, &new);
        wait_won_and_returned(&shop, till, old, &new);
    }
    wait_and_assert_agreed(&shop);
}

#[test]
fn f38_a_payment_code_pays_at_once_or_after_the_password_and_a_refused_one_lets_the_next_pay() {
    let shop = open_shop(1);
    let till = shop.till();
    for (_, platform) in [WECHAT, ALIPAY] {
        for asks_password in [false, true] {
            let order_id = ring_up(till);
            let digits = shop.sandbox.payment_code(platform, asks_password);
            let charged = till.charge(&digits);
            if asks_password {
                let trade_no = wait_charged(&shop, &digits);
                till.wait_phase(&charged, "paying", SOON);
                assert_eq!(till.order(&order_id)["row"]["state"], "PAYING");
                shop.sandbox.pay(&trade_no);
            }
            let tender = till.wait_phase(&charged, "settled", LATER);
            assert_eq!(tender["by_payment_code"], true, "{tender}");
            assert_paid_once(till, &order_id);
            till.act("pay.next", &json!({}));
        }
        let order_id = ring_up(till);
        let declined = json!({ "at": "payment", "effect": "declined", "platform": platform, "times": 1 });
        shop.sandbox.set_fault(&declined);
        let refused = till.charge(&shop.sandbox.payment_code(platform, false));
        till.wait_phase(&refused, "failed", LATER);
        let next = till.charge(&shop.sandbox.payment_code(platform, false));
        assert_eq!(
            (&next.order_id, next.tender_no == refused.tender_no),
            (&order_id, false)
        );
        till.wait_phase(&next, "settled", LATER);
        assert_paid_once(till, &order_id);
        till.act("pay.next", &json!({}));
    }
    // A customer who refuses on the phone: WeChat Pay says so.
    let order_id = ring_up(till);
    let digits = shop.sandbox.payment_code(WECHAT.1, true);
    let refused = till.charge(&digits);
    let trade_no = wait_charged(&shop, &digits);
    till.wait_phase(&refused, "paying", SOON);
    shop.sandbox.refuse(&trade_no);
    till.wait_phase(&refused, "failed", LATER);
    let shown = till.show_code_of(ALIPAY.0, "");
    shop.sandbox.pay(&shown.trade_no);
    till.wait_phase(&shown, "settled", LATER);
    assert_paid_once(till, &order_id);
    assert_eq!(shop.sandbox.counter("ordersPaid"), 7);
    wait_and_assert_agreed(&shop);
}

#[test]
fn i13_a_centre_killed_while_customers_are_charged_charges_each_once() {
    let mut shop = open_shop(4);
    let slow = json!({ "slow": { "delay_ms": SLOW_MS } });
    shop.sandbox
        .set_fault(&json!({ "at": "call", "on": "code_pay", "effect": slow, "times": 4 }));
    let customers = [(WECHAT, false), (ALIPAY, false), (WECHAT, true), (ALIPAY, true)];
    let mut charged = Vec::new();
    for (till, ((_, platform), asks_password)) in shop.tills.iter().zip(customers) {
        ring_up(till);
        let digits = shop.sandbox.payment_code(platform, asks_password);
        charged.push((till.charge(&digits), digits, asks_password));
    }
    let trades: Vec<String> = charged
        .iter()
        .map(|(_, digits, _)| wait_charged(&shop, digits))
        .collect();
    shop.centre.kill();
    // Nobody is there to be told, and two customers type their password.
    for ((_, _, asks_password), trade_no) in charged.iter().zip(&trades) {
        if *asks_password {
            shop.sandbox.pay(trade_no);
        }
    }
    shop.centre.start();
    for (till, (charged, _, _)) in shop.tills.iter().zip(&charged) {
        till.wait_phase(charged, "settled", LATER);
        assert_paid_once(till, &charged.order_id);
    }
    let sent = shop.sandbox.calls(WECHAT.1, "code_pay") + shop.sandbox.calls(ALIPAY.1, "code_pay");
    assert_eq!((sent, shop.sandbox.counter("ordersPaid")), (4, 4));
    assert!(shop.sandbox.refunds().is_empty());
    wait_and_assert_agreed(&shop);
}

#[test]
fn a_payment_code_whose_request_is_lost_with_the_centre_is_sent_once_when_it_is_back() {
    let mut shop = open_shop(1);
    let order_id = ring_up(shop.till());
    let digits = shop.sandbox.payment_code(WECHAT.1, false);
    shop.wire().lose_requests("/attempts/", u32::MAX);
    let charged = shop.till().charge(&digits);
    wait_until("the request was lost", SOON, || {
        (shop.wire().count("/attempts/") > 0).then_some(())
    });
    shop.centre.kill();
    shop.centre.start();
    assert_eq!(shop.sandbox.charged_with(&digits), None);
    shop.wire().lose_nothing();
    shop.till().wait_phase(&charged, "settled", LATER);
    assert_paid_once(shop.till(), &order_id);
    assert_eq!(shop.sandbox.calls(WECHAT.1, "code_pay"), 1);
    wait_and_assert_agreed(&shop);
}
