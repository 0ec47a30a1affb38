//! Codes and the wires they hang on: cut, killed, lost, rewritten. Money is known in the end, and once.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::collections::BTreeSet;

use serde_json::json;
use suanpan_tests::house::clock::{LATER, SOON, wait_until};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Shown, tender_in, text};

/// Rings up the first article and shows a code over all of it.
fn code_over_one(shop: &Shop) -> Shown {
    shop.till().begin(&[&shop.till().goods()[0].code]);
    shop.till().show_code("")
}

/// The order is complete, nothing is open, and till and platform agree to the fen.
fn assert_settled_once(shop: &Shop, shown: &Shown) {
    let order = shop.till().order(&shown.order_id);
    assert_eq!(order["row"]["state"], "COMPLETED", "{order}");
    let settled = order["tenders"].as_array().unwrap().iter();
    assert_eq!(
        settled.filter(|tender| tender["phase"] == "settled").count(),
        1,
        "{order}"
    );
    assert_eq!(shop.till().net_minor(), shop.sandbox.net_minor());
}

#[test]
fn f24_f25_f29_a_payment_while_the_network_is_cut_is_known_when_it_is_back() {
    let shop = Shop::open();
    let shown = code_over_one(&shop);
    shop.wire().cut();
    shop.platform_wire.cut();
    shop.sandbox.pay(&shown.trade_no);
    shop.till()
        .act("pay.ask", &json!({ "tender_no": shown.tender_no }));
    let tender = shop.till().wait_phase(&shown, "unknown", LATER);
    assert!(tender["unknown_since_ms"].is_number(), "{tender}");
    // Nothing can be charged again before the answer is known.
    assert_eq!(
        shop.till().refused("pay.cash", &json!({ "received_yuan": "" })),
        "ATTEMPT_LIVE"
    );
    shop.platform_wire.restore();
    shop.wire().restore();
    shop.till().wait_phase(&shown, "settled", LATER);
    assert_settled_once(&shop, &shown);
    assert_eq!(shop.sandbox.counter("ordersCreated"), 1);
}

#[test]
fn f25_a_till_killed_while_waiting_watches_the_same_trade_after_its_start() {
    let mut shop = Shop::open();
    let shown = code_over_one(&shop);
    shop.till_mut().kill();
    shop.till_mut().start();
    let state = shop
        .till()
        .wait_state("the code is up again", SOON, |state| state["stage"] == "pay");
    assert_eq!(
        state["pay"]["tenders"][0]["code"]["trade_no"],
        shown.trade_no.as_str()
    );
    shop.till_mut().kill();
    shop.sandbox.pay(&shown.trade_no);
    shop.till_mut().start();
    shop.till().wait_phase(&shown, "settled", LATER);
    shop.till()
        .wait_state("the screen says paid", SOON, |state| state["stage"] == "paid");
    assert_settled_once(&shop, &shown);
    assert_eq!(shop.sandbox.counter("ordersCreated"), 1);
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
}

#[test]
fn p20_a_lost_answer_to_create_is_asked_again_and_makes_no_second_order() {
    let shop = Shop::open();
    shop.till().begin(&[&shop.till().goods()[0].code]);
    shop.wire().cut_after("/attempts/", 0);
    shop.platform_wire.lose_answers("/native", 1);
    let asked = shop
        .till()
        .act("pay.code", &json!({ "means": "WECHAT_PAY", "yuan": "" }));
    let tender_no = text(&asked["pay"]["current_tender_no"]);
    shop.till().wait_state("nobody knows", LATER, |state| {
        tender_in(state, &tender_no).is_some_and(|tender| tender["phase"] == "unknown")
    });
    assert_eq!(shop.wire().answered("/attempts/"), 0);
    shop.wire().restore();
    let shown = shop.till().wait_code(&tender_no);
    let keys: BTreeSet<String> = shop
        .wire()
        .passed()
        .into_iter()
        .map(|passed| passed.path)
        .collect();
    assert_eq!(
        keys.iter().filter(|path| path.contains("/attempts/")).count(),
        1,
        "{keys:?}"
    );
    assert_eq!(shop.sandbox.counter("ordersCreated"), 1);
    let trade = shop.sandbox.trade(&shown.trade_no);
    assert_eq!(trade["prepayCalls"], 2, "{trade}");
    shop.sandbox.pay(&shown.trade_no);
    shop.till().wait_phase(&shown, "settled", LATER);
    assert_settled_once(&shop, &shown);
}

#[test]
fn f27_without_any_callback_a_payment_is_known_by_asking() {
    let shop = Shop::open();
    shop.sandbox
        .set_fault(&json!({ "at": "callback", "effect": "never" }));
    let shown = code_over_one(&shop);
    shop.sandbox.pay(&shown.trade_no);
    shop.till().wait_phase(&shown, "settled", LATER);
    assert_eq!(shop.sandbox.counter("callbacksSent"), 0);
    assert_settled_once(&shop, &shown);
}

#[test]
fn p10_a_proxy_that_rewrites_answers_changes_nothing() {
    let shop = Shop::open();
    let shown = code_over_one(&shop);
    shop.wire().rewrite(|_, answer| {
        let text = answer
            .text()
            .replace("AWAITING", "PAID")
            .replace("UNPAID", "PAID");
        answer.body = text.into_bytes();
    });
    shop.platform_wire.rewrite(|_, answer| {
        answer.body = answer.text().replace("NOTPAY", "SUCCESS").into_bytes();
    });
    let asked = (
        shop.wire().answered("/query"),
        shop.platform_wire.answered("/out-trade-no/"),
    );
    for _ in 0..3 {
        shop.till()
            .act("pay.ask", &json!({ "tender_no": shown.tender_no }));
        let seen = shop.wire().answered("/query");
        wait_until("the question was answered", SOON, || {
            (shop.wire().answered("/query") > seen).then_some(())
        });
    }
    assert!(shop.wire().answered("/query") >= asked.0 + 3);
    wait_until("the platform was asked", LATER, || {
        (shop.platform_wire.answered("/out-trade-no/") > asked.1).then_some(())
    });
    let order = shop.till().order(&shown.order_id);
    assert_eq!(order["row"]["state"], "PAYING", "{order}");
    assert_eq!(shop.till().net_minor(), 0);
    shop.wire().rewrite_nothing();
    shop.platform_wire.rewrite_nothing();
    shop.sandbox.pay(&shown.trade_no);
    shop.till().wait_phase(&shown, "settled", LATER);
    assert_settled_once(&shop, &shown);
}

#[test]
fn a_captive_portals_page_is_offline_and_never_an_answer() {
    let shop = Shop::open();
    let shown = code_over_one(&shop);
    shop.wire().rewrite(|_, answer| {
        answer.start = "HTTP/1.1 200 OK".to_owned();
        answer.headers.retain(|(name, _)| name != "content-type");
        answer
            .headers
            .push(("content-type".to_owned(), "text/html".to_owned()));
        answer.body = b"<html>Please accept the terms of this hotel. PAID</html>".to_vec();
    });
    shop.till()
        .act("pay.ask", &json!({ "tender_no": shown.tender_no }));
    shop.till().wait_state("it counts as offline", LATER, |state| {
        state["sync"]["phase"] == "offline"
    });
    assert_eq!(shop.till().order(&shown.order_id)["row"]["state"], "PAYING");
    shop.wire().rewrite_nothing();
    shop.sandbox.pay(&shown.trade_no);
    shop.till().wait_phase(&shown, "settled", LATER);
}

#[test]
fn a_customer_who_refuses_leaves_the_code_waiting_and_cash_is_possible() {
    let shop = Shop::open();
    let shown = code_over_one(&shop);
    let refused = json!({ "outTradeNo": shown.trade_no });
    assert_eq!(shop.sandbox.ask("POST", "/trades/refuse", &refused).0, 200);
    shop.till().act("pay.give_up", &json!({}));
    shop.till().wait_phase(&shown, "canceled", LATER);
    assert_eq!(shop.sandbox.trade(&shown.trade_no)["tradeState"], "CLOSED");
    assert_eq!(shop.till().net_minor(), 0);
}
