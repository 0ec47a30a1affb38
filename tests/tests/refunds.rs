//! Money a shop gives back, and money that came late: asked for at the till, over real processes and the line
//! between them. What goes back goes back once, and never more than was paid.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use serde_json::{Value, json};
use suanpan_tests::house::clock::{LATER, SOON, wait_until};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::Shown;

/// The practice shop's manager.
const MANAGER_PIN: &str = "8888";

fn sell_by_code(shop: &Shop) -> Shown {
    shop.till().begin(&[&shop.till().goods()[0].code]);
    let shown = shop.till().show_code("");
    shop.sandbox.pay(&shown.trade_no);
    shop.till().wait_phase(&shown, "settled", LATER);
    shown
}

fn wish(shop: &Shop, shown: &Shown, yuan: &str) -> Value {
    let seen = shop.till().order(&shown.order_id)["refunds"]
        .as_array()
        .unwrap()
        .len();
    json!({
        "order_id": shown.order_id, "yuan": yuan, "reason": "goods", "note": "", "refunds_seen": seen,
        "approval": { "pin": MANAGER_PIN },
    })
}

fn wait_refund_phases(shop: &Shop, shown: &Shown, phases: &[&str]) -> Value {
    wait_until(&format!("refunds are {phases:?}"), LATER, || {
        let order = shop.till().order(&shown.order_id);
        let refunds = order["refunds"].as_array().unwrap();
        let now: Vec<&str> = refunds
            .iter()
            .map(|refund| refund["phase"].as_str().unwrap())
            .collect();
        (now == phases).then(|| order.clone())
    })
}

fn total_of(shop: &Shop, shown: &Shown) -> i64 {
    shop.till().order(&shown.order_id)["row"]["total_minor"]
        .as_i64()
        .unwrap()
}

#[test]
fn f58_a_part_and_then_the_rest_go_back_and_no_fen_more_with_a_restart_between() {
    let mut shop = Shop::open();
    let shown = sell_by_code(&shop);
    let total = total_of(&shop, &shown);
    let asked = shop.till().act("refund.ask", &wish(&shop, &shown, "1"));
    assert_eq!(asked["refundable_minor"], total - 100, "{asked}");
    wait_refund_phases(&shop, &shown, &["returned"]);
    assert_eq!(shop.till().net_minor(), total - 100);
    shop.till_mut().kill();
    shop.till_mut().start();
    shop.till().wait_state("the till is back", SOON, |_| true);
    let too_much = wish(&shop, &shown, &format!("{}.{:02}", total / 100, total % 100));
    assert_eq!(shop.till().refused("refund.ask", &too_much), "REFUND_OVER_LEFT");
    shop.till().act("refund.ask", &wish(&shop, &shown, ""));
    let order = wait_refund_phases(&shop, &shown, &["returned", "returned"]);
    assert_eq!(order["row"]["state"], "REFUNDED", "{order}");
    assert_eq!(
        shop.till().refused("refund.ask", &wish(&shop, &shown, "0.01")),
        "REFUND_OVER_LEFT"
    );
    assert_eq!((shop.till().net_minor(), shop.sandbox.net_minor()), (0, 0));
    assert_eq!(shop.sandbox.refunds().len(), 2);
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
}

#[test]
fn f42_a_refund_asked_offline_waits_survives_a_kill_and_goes_once_though_answers_are_lost() {
    let mut shop = Shop::open();
    let shown = sell_by_code(&shop);
    shop.wire().cut();
    let mut again = wish(&shop, &shown, "");
    shop.till().act("refund.ask", &again);
    again["yuan"] = json!("");
    assert_eq!(shop.till().refused("refund.ask", &again), "REFUNDS_CHANGED");
    wait_refund_phases(&shop, &shown, &["requested"]);
    shop.till_mut().kill();
    shop.till_mut().start();
    wait_refund_phases(&shop, &shown, &["requested"]);
    assert!(shop.sandbox.refunds().is_empty());
    shop.wire().lose_answers("/refunds/", 2);
    shop.wire().restore();
    wait_refund_phases(&shop, &shown, &["returned"]);
    shop.sandbox.wait_refunded_once(&shown.trade_no, LATER);
    assert_eq!((shop.till().net_minor(), shop.sandbox.net_minor()), (0, 0));
}

/// Gives a code up while it can still be paid, lets the customer pay after it was closed, and begins to collect for
/// the same basket again.
fn paid_late(shop: &Shop) -> Shown {
    shop.sandbox
        .set_fault(&json!({ "at": "close", "effect": "stays_payable" }));
    shop.till().begin(&[&shop.till().goods()[0].code]);
    let shown = shop.till().show_code("");
    shop.till().act("pay.give_up", &json!({}));
    shop.till().wait_phase(&shown, "canceled", LATER);
    shop.till()
        .wait_state("the basket is open again", LATER, |state| {
            state["stage"] == "sell"
        });
    shop.sandbox.pay(&shown.trade_no);
    wait_until("the late money is listed", LATER, || {
        let list = shop.till().act("sync.list", &json!({}));
        let late = list["late"].as_array().unwrap().first().cloned();
        late.filter(|late| late["returns_at_ms"].is_number() && late["can_accept"] == false)
    });
    shop.till().act("pay.begin", &json!({}));
    shown
}

#[test]
fn f31_late_money_is_accepted_at_the_till_and_pays_its_order() {
    let shop = Shop::open();
    let shown = paid_late(&shop);
    let list = shop.till().act(
        "late.decide",
        &json!({ "tender_no": shown.tender_no, "wish": "accept", "approval": null }),
    );
    assert_eq!(list["late"][0]["decided"], "accept", "{list}");
    shop.till()
        .wait_state("it is paid", LATER, |state| state["stage"] == "paid");
    assert_eq!(shop.till().net_minor(), shop.sandbox.net_minor());
    assert!(shop.till().net_minor() > 0);
    assert!(shop.sandbox.refunds().is_empty());
    let list = shop.till().act("sync.list", &json!({}));
    assert_eq!(list["late"], json!([]), "{list}");
}

#[test]
fn f31_late_money_is_returned_at_the_till_offline_too_and_is_no_taking() {
    let mut shop = Shop::open();
    let shown = paid_late(&shop);
    let mut decide = json!({ "tender_no": shown.tender_no, "wish": "return_now", "approval": null });
    assert_eq!(shop.till().refused("late.decide", &decide), "APPROVAL_NEEDED");
    shop.wire().cut();
    decide["approval"] = json!({ "pin": MANAGER_PIN });
    shop.till().act("late.decide", &decide);
    shop.till_mut().kill();
    shop.till_mut().start();
    shop.wire().restore();
    shop.sandbox.wait_refunded_once(&shown.trade_no, LATER);
    wait_until("nobody has to look any more", LATER, || {
        let list = shop.till().act("sync.list", &json!({}));
        (list["late"] == json!([]) && list["refunds"] == json!([])).then_some(())
    });
    assert_eq!((shop.till().net_minor(), shop.sandbox.net_minor()), (0, 0));
}
