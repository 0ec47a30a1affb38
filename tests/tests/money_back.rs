//! Money that must not stay: given up, paid twice, late, or of another amount. It goes back whole, and once.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use serde_json::{Value, json};
use suanpan_tests::house::books;
use suanpan_tests::house::clock::{LATER, SOON, wait_until};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Shown, text};

/// The practice shop's manager.
const MANAGER_PIN: &str = "8888";

fn code_over_one(shop: &Shop) -> Shown {
    shop.till().begin(&[&shop.till().goods()[0].code]);
    shop.till().show_code("")
}

fn cash_instead(shown: &Shown, pin: Option<&str>) -> Value {
    let approval = pin.map(|pin| json!({ "pin": pin }));
    json!({ "received_yuan": "", "replaces_tender": shown.tender_no, "approval": approval })
}

/// Cuts the till off and takes cash in place of a code whose result is not known.
fn give_up_for_cash(shop: &Shop, shown: &Shown) {
    shop.wire().cut();
    shop.till()
        .act("pay.ask", &json!({ "tender_no": shown.tender_no }));
    shop.till().wait_phase(shown, "unknown", LATER);
    let state = shop
        .till()
        .act("pay.cash", &cash_instead(shown, Some(MANAGER_PIN)));
    assert_eq!(state["stage"], "paid", "{state}");
}

/// The order is paid by cash alone, and nothing of the code's money is left anywhere.
fn assert_cash_alone(shop: &Shop, shown: &Shown) {
    let order = shop.till().order(&shown.order_id);
    assert_eq!(order["row"]["state"], "COMPLETED", "{order}");
    assert_eq!(order["row"]["total_minor"], shop.till().net_minor());
    assert_eq!(shop.sandbox.net_minor(), 0);
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
}

fn wait_notice(shop: &Shop, code: &str) -> Value {
    let has = |state: &Value| {
        let notices = state["notices"].as_array().cloned().unwrap_or_default();
        notices.into_iter().find(|notice| notice["code"] == code)
    };
    let state = shop.till().wait_state(code, LATER, |state| has(state).is_some());
    has(&state).expect("just seen")
}

#[test]
fn a_given_up_code_that_was_paid_before_goes_back_whole_and_once() {
    let shop = Shop::open();
    let shown = code_over_one(&shop);
    shop.wire().cut();
    shop.sandbox.pay(&shown.trade_no);
    wait_until("the centre has heard of it", LATER, || {
        (shop.sandbox.counter("callbacksAcknowledged") > 0).then_some(())
    });
    give_up_for_cash(&shop, &shown);
    shop.wire().restore();
    shop.sandbox.wait_refunded_once(&shown.trade_no, LATER);
    wait_notice(&shop, "GIVEN_UP_RETURNED");
    assert_cash_alone(&shop, &shown);
}

#[test]
fn a_given_up_code_that_is_paid_in_between_goes_back_whole_and_once() {
    let shop = Shop::open();
    shop.sandbox
        .set_fault(&json!({ "at": "callback", "effect": "never" }));
    let shown = code_over_one(&shop);
    shop.platform_wire.cut();
    give_up_for_cash(&shop, &shown);
    shop.sandbox.pay(&shown.trade_no);
    shop.wire().restore();
    shop.till().wait_in_step(LATER);
    shop.platform_wire.restore();
    shop.sandbox.wait_refunded_once(&shown.trade_no, LATER);
    wait_notice(&shop, "GIVEN_UP_RETURNED");
    assert_cash_alone(&shop, &shown);
}

#[test]
fn a_given_up_code_that_is_paid_after_its_close_goes_back_whole_and_once() {
    let shop = Shop::open();
    shop.sandbox
        .set_fault(&json!({ "at": "close", "effect": "stays_payable" }));
    let shown = code_over_one(&shop);
    give_up_for_cash(&shop, &shown);
    shop.wire().restore();
    wait_until("the platform has closed it", LATER, || {
        (shop.sandbox.trade(&shown.trade_no)["tradeState"] == "CLOSED").then_some(())
    });
    shop.till().act("pay.next", &json!({}));
    shop.sandbox.pay(&shown.trade_no);
    shop.sandbox.wait_refunded_once(&shown.trade_no, LATER);
    assert_cash_alone(&shop, &shown);
}

#[test]
fn f70_cash_in_place_of_a_code_needs_a_managers_word() {
    let shop = Shop::open();
    let shown = code_over_one(&shop);
    shop.wire().cut();
    shop.till()
        .act("pay.ask", &json!({ "tender_no": shown.tender_no }));
    shop.till().wait_phase(&shown, "unknown", LATER);
    assert_eq!(
        shop.till().refused("pay.cash", &cash_instead(&shown, None)),
        "APPROVAL_NEEDED"
    );
    assert_eq!(
        shop.till()
            .refused("pay.cash", &cash_instead(&shown, Some("0000"))),
        "PIN_WRONG"
    );
    let mut too_little = cash_instead(&shown, Some(MANAGER_PIN));
    too_little["received_yuan"] = json!("0.01");
    assert_eq!(shop.till().refused("pay.cash", &too_little), "CASH_TOO_LITTLE");
    assert_eq!(shop.till().net_minor(), 0);
}

#[test]
fn f32_an_old_and_a_renewed_code_both_paid_keep_one_and_return_the_other() {
    let shop = Shop::open();
    shop.sandbox
        .set_fault(&json!({ "at": "close", "effect": "stays_payable" }));
    let old = code_over_one(&shop);
    shop.till()
        .act("pay.renew", &json!({ "tender_no": old.tender_no }));
    let state = shop.till().wait_state("the fresh code is out", LATER, |state| {
        let code = &state["pay"]["tenders"][0]["code"];
        code.is_object() && code["trade_no"] != old.trade_no.as_str()
    });
    let fresh = state["pay"]["tenders"][0]["code"]["trade_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.sandbox.pay(&fresh);
    shop.till().wait_phase(&old, "settled", LATER);
    shop.sandbox.pay(&old.trade_no);
    shop.sandbox.wait_refunded_once(&old.trade_no, LATER);
    wait_notice(&shop, "PAID_TWICE");
    assert_eq!(shop.till().net_minor(), shop.sandbox.net_minor());
    assert_eq!(
        shop.till().order(&old.order_id)["row"]["total_minor"],
        shop.till().net_minor()
    );
}

/// Gives a code up while it can still be paid, and lets the customer pay after it was closed.
fn pay_late(shop: &Shop) -> Shown {
    shop.sandbox
        .set_fault(&json!({ "at": "close", "effect": "stays_payable" }));
    let shown = code_over_one(shop);
    shop.till().act("pay.give_up", &json!({}));
    shop.till().wait_phase(&shown, "canceled", LATER);
    shop.sandbox.pay(&shown.trade_no);
    let notice = wait_notice(shop, "LATE_MONEY");
    assert_eq!(notice["params"]["means"], "WECHAT_PAY", "{notice}");
    assert_eq!(shop.till().net_minor(), 0);
    shown
}

#[test]
fn p15_f31_money_after_the_close_waits_for_a_person_who_may_return_it_at_once() {
    let shop = Shop::open();
    let shown = pay_late(&shop);
    let due = "SELECT count(*) FROM trade WHERE disposition = 'LATE' AND refund_due_at_ms IS NOT NULL";
    assert_eq!(books::number(shop.centre.data(), due), 1);
    assert!(shop.sandbox.refunds().is_empty());
    shop.centre.operate_as("duty");
    shop.centre
        .ask(&["ops", "return-now", "--tender", &shown.tender_no]);
    shop.sandbox.wait_refunded_once(&shown.trade_no, LATER);
    assert_eq!(shop.till().net_minor(), 0);
    let decided = "SELECT count(*) FROM audit WHERE who = 'duty' AND action = 'late_decided'";
    assert_eq!(books::number(shop.centre.data(), decided), 1);
}

#[test]
fn nobody_decides_without_a_token_of_his_own() {
    let shop = Shop::open();
    let stop = ["ops", "stop-refunds", "--enterprise", "1"];
    let run = |token: Option<&str>| {
        let mut command = shop.centre.command();
        command.args(stop).env_remove("SUANPAN_OPERATOR_TOKEN");
        if let Some(token) = token {
            command.env("SUANPAN_OPERATOR_TOKEN", token);
        }
        let ended = command.output().unwrap();
        (ended.status.success(), String::from_utf8(ended.stderr).unwrap())
    };
    let (done, said) = run(None);
    assert!(!done && said.contains("say who decides"), "{said}");
    let (done, said) = run(Some("ABCDEFGHJKLMNPQRSTUVWXYZ23456789"));
    assert!(!done && said.contains("nobody has this token"), "{said}");
    let added = shop
        .centre
        .ask(&["operator", "add", "--name", "duty", "--by", "root"]);
    let token = text(&added["token"]);
    assert!(run(Some(&token)).0);
    shop.centre.ask(&["operator", "revoke", "--name", "duty"]);
    let (done, said) = run(Some(&token));
    assert!(!done && said.contains("nobody has this token"), "{said}");
    let audited = |who: &str, action: &str| {
        let sql = format!("SELECT count(*) FROM audit WHERE who = '{who}' AND action = '{action}'");
        books::number(shop.centre.data(), &sql)
    };
    assert_eq!(audited("root", "operator_added"), 1);
    assert_eq!(audited("duty", "channel_put"), 1);
    assert_eq!(audited("operator", "operator_refused"), 2);
}

#[test]
fn late_money_nobody_decides_about_goes_back_by_itself() {
    let shop = Shop::plan().centre_with(&["--late-delay-minutes", "0"]).open();
    let shown = pay_late(&shop);
    shop.sandbox.wait_refunded_once(&shown.trade_no, LATER);
    assert_eq!((shop.till().net_minor(), shop.sandbox.net_minor()), (0, 0));
}

#[test]
fn stopped_refunds_wait_for_a_person() {
    let shop = Shop::plan().centre_with(&["--late-delay-minutes", "0"]).open();
    let account = text(&shop.merchant["enterpriseId"]);
    shop.centre.operate_as("duty");
    shop.centre
        .ask(&["ops", "stop-refunds", "--enterprise", &account]);
    pay_late(&shop);
    let waits = "SELECT count(*) FROM refund_record WHERE needs_attention = 1 AND first_sent_at_ms IS NULL";
    wait_until("the refund needs a person", LATER, || {
        (books::number(shop.centre.data(), waits) == 1).then_some(())
    });
    assert!(shop.sandbox.refunds().is_empty());
}

#[test]
fn p5_a_payment_of_another_amount_is_never_a_sale_and_waits_for_a_person() {
    let shop = Shop::open();
    shop.sandbox
        .set_fault(&json!({ "at": "payment", "effect": { "wrong_total": { "total_minor": 1 } } }));
    let shown = code_over_one(&shop);
    shop.sandbox.pay(&shown.trade_no);
    shop.till().wait_phase(&shown, "needs_attention", LATER);
    wait_notice(&shop, "AMOUNT_DIFFERS");
    assert_eq!(shop.till().order(&shown.order_id)["row"]["state"], "PAYING");
    assert_eq!(shop.till().net_minor(), 0);
    assert!(books::number(shop.centre.data(), "SELECT count(*) FROM suspense") >= 1);
    assert!(shop.sandbox.refunds().is_empty());
}
