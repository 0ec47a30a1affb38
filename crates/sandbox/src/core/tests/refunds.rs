//! Refunds: repetition, caps, ends, callbacks.

use serde_json::json;

use super::{NUMBER, REFUNDS, Shop, body, is, refused};
use crate::{CallEffect, Fault, FaultRule, RefundEnd};

fn paid_shop() -> Shop {
    let mut shop = Shop::new();
    shop.paid();
    let id = shop.after(0)[0].id;
    shop.platform.callback_answered(id, Some(204), shop.now_ms);
    shop
}

fn status(shop: &mut Shop, number: &str) -> String {
    let reply = shop.get(&format!("{REFUNDS}/{number}"));
    body(&reply)["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_refund_is_accepted_at_once_and_succeeds_after_its_delay() {
    let mut shop = paid_shop();
    let accepted = body(&shop.refund("R1", 250));
    assert_eq!(
        (&accepted["status"], &accepted["amount"]["refund"]),
        (&json!("PROCESSING"), &json!(250))
    );
    assert_eq!(shop.state(), "REFUND");
    shop.now_ms += 1_999;
    assert_eq!(status(&mut shop, "R1"), "PROCESSING");
    let sent = shop.after(1);
    assert_eq!(status(&mut shop, "R1"), "SUCCESS");
    assert_eq!(
        (sent.len(), sent[0].url.as_str()),
        (1, "https://centre.example/refund")
    );
    let told = shop.told(&sent[0]);
    assert_eq!(
        (&told["refund_status"], &told["out_refund_no"]),
        (&json!("SUCCESS"), &json!("R1"))
    );
    assert_eq!(told["success_time"], "2026-03-02T10:00:02+08:00");
}

#[test]
fn one_refund_number_refunds_once() {
    let mut shop = paid_shop();
    let first = body(&shop.refund("R1", 250));
    assert_eq!(body(&shop.refund("R1", 250)), first);
    shop.now_ms += 2_000;
    let later = body(&shop.refund("R1", 250));
    assert_eq!(
        (&later["refund_id"], &later["status"]),
        (&first["refund_id"], &json!("SUCCESS"))
    );
    assert_eq!(refused(&shop.refund("R1", 251)), is(400, "INVALID_REQUEST"));
    assert_eq!(shop.platform.counters().refunds_accepted, 1);
    assert_eq!(shop.platform.trades()[0].refunded_minor, "250");
}

#[test]
fn refunds_never_pass_what_was_paid() {
    let mut shop = paid_shop();
    assert_eq!(refused(&shop.refund("R0", 1251)), is(400, "INVALID_REQUEST"));
    assert_eq!(shop.refund("R1", 1000).status, 200);
    assert_eq!(refused(&shop.refund("R2", 251)), is(400, "INVALID_REQUEST"));
    assert_eq!(shop.refund("R3", 250).status, 200);
    assert_eq!(refused(&shop.refund("R4", 1)), is(400, "INVALID_REQUEST"));
    assert_eq!(
        refused(&shop.get(&format!("{REFUNDS}/R2"))),
        is(404, "RESOURCE_NOT_EXISTS")
    );
}

#[test]
fn at_most_fifty_parts() {
    let mut shop = paid_shop();
    for part in 0..50 {
        assert_eq!(shop.refund(&format!("R{part}"), 1).status, 200);
    }
    assert_eq!(refused(&shop.refund("R50", 1)), is(400, "INVALID_REQUEST"));
    assert_eq!(shop.refund("R7", 1).status, 200, "a repetition is no new part");
}

#[test]
fn refunds_that_cannot_be_are_refused() {
    let mut shop = Shop::new();
    assert_eq!(refused(&shop.refund("R1", 1)), is(404, "RESOURCE_NOT_EXISTS"));
    shop.opened();
    assert_eq!(
        refused(&shop.refund("R1", 1)),
        is(400, "INVALID_REQUEST"),
        "not paid"
    );

    let mut shop = paid_shop();
    let amount = json!({ "refund": 1, "total": 1250, "currency": "CNY" });
    let table = [
        json!({ "out_refund_no": "R1", "amount": amount }),
        json!({ "out_refund_no": "R1", "out_trade_no": NUMBER, "transaction_id": "1", "amount": amount }),
        json!({ "out_refund_no": "R 1", "out_trade_no": NUMBER, "amount": amount }),
        json!({ "out_refund_no": "R".repeat(65), "out_trade_no": NUMBER, "amount": amount }),
        json!({ "out_refund_no": "R1", "out_trade_no": NUMBER, "amount": { "refund": 1, "total": 1250 } }),
        json!({ "out_refund_no": "R1", "out_trade_no": NUMBER, "reason": "x".repeat(81), "amount": amount }),
        json!({ "out_refund_no": "R1", "out_trade_no": NUMBER,
                "amount": { "refund": 0, "total": 1250, "currency": "CNY" } }),
    ];
    for asked in table {
        assert_eq!(
            refused(&shop.post(REFUNDS, &asked)),
            is(400, "PARAM_ERROR"),
            "{asked}"
        );
    }
    let wrong_total = json!({ "out_refund_no": "R1", "out_trade_no": NUMBER,
                              "amount": { "refund": 1, "total": 1249, "currency": "CNY" } });
    assert_eq!(
        refused(&shop.post(REFUNDS, &wrong_total)),
        is(400, "INVALID_REQUEST")
    );
    shop.now_ms += 365 * 86_400_000 + 1;
    assert_eq!(
        refused(&shop.refund("R1", 1)),
        is(400, "INVALID_REQUEST"),
        "too late"
    );
}

#[test]
fn a_refund_can_name_the_platforms_number() {
    let mut shop = paid_shop();
    let id = body(&shop.query())["transaction_id"].clone();
    let asked = json!({ "transaction_id": id, "out_refund_no": "R@1",
                        "amount": { "refund": 1250, "total": 1250, "currency": "CNY" } });
    assert_eq!(shop.post(REFUNDS, &asked).status, 200);
    assert!(shop.after(2_000).is_empty(), "without an address nobody is told");
    assert_eq!(status(&mut shop, "R@1"), "SUCCESS");
}

#[test]
fn not_enough_refuses_without_a_trace_and_the_same_number_works_later() {
    let mut shop = paid_shop();
    let fault = Fault::Call {
        on: None,
        effect: CallEffect::NotEnough,
    };
    shop.platform.set_fault(FaultRule::next(1, fault));
    assert_eq!(shop.state(), "SUCCESS", "a query does not use the switch up");
    assert_eq!(refused(&shop.refund("R1", 250)), is(403, "NOT_ENOUGH"));
    assert_eq!(shop.state(), "SUCCESS");
    assert_eq!(shop.refund("R1", 250).status, 200);
}

#[test]
fn a_closed_refund_frees_its_amount_and_is_taken_up_under_the_same_number() {
    let mut shop = paid_shop();
    shop.platform.set_fault(FaultRule::next(
        1,
        Fault::Refund {
            ends: RefundEnd::Closed,
        },
    ));
    shop.refund("R1", 1250);
    let sent = shop.after(2_000);
    assert_eq!(shop.told(&sent[0])["refund_status"], "CLOSED");
    assert_eq!(shop.state(), "SUCCESS");
    assert_eq!(body(&shop.refund("R1", 1250))["status"], "PROCESSING");
    shop.after(2_000);
    assert_eq!(status(&mut shop, "R1"), "SUCCESS");
    assert_eq!(shop.platform.counters().refunds_accepted, 1);
}

#[test]
fn abnormal_and_held_refunds_end_when_somebody_ends_them() {
    let mut shop = paid_shop();
    shop.platform.set_fault(FaultRule::next(
        1,
        Fault::Refund {
            ends: RefundEnd::Abnormal,
        },
    ));
    shop.platform.set_fault(FaultRule {
        out_trade_no: Some("another".to_owned()),
        ..FaultRule::next(
            1,
            Fault::Refund {
                ends: RefundEnd::Closed,
            },
        )
    });
    shop.refund("R1", 50);
    let sent = shop.after(2_000);
    assert_eq!(shop.told(&sent[0])["refund_status"], "ABNORMAL");
    assert_eq!(body(&shop.refund("R1", 50))["status"], "ABNORMAL");
    assert!(shop.platform.settle_refund("R1", None, shop.now_ms).is_err());
    shop.platform
        .settle_refund("R1", Some(RefundEnd::Success), shop.now_ms)
        .unwrap();
    assert_eq!(status(&mut shop, "R1"), "SUCCESS");

    shop.platform.set_fault(FaultRule::always(Fault::Refund {
        ends: RefundEnd::Held,
    }));
    shop.refund("R2", 50);
    shop.now_ms += 86_400_000;
    assert_eq!(status(&mut shop, "R2"), "PROCESSING");
    assert_eq!(shop.platform.settle_refunds(None, shop.now_ms), 1);
    assert_eq!(status(&mut shop, "R2"), "SUCCESS");
}

#[test]
fn refunds_of_one_order_must_lie_a_minute_apart_where_the_platform_insists() {
    let mut shop = paid_shop();
    shop.platform.set_refund_gap_ms(60_000);
    assert_eq!(shop.refund("R1", 100).status, 200);
    let too_soon = is(429, "FREQUENCY_LIMITED");
    shop.now_ms += 59_999;
    assert_eq!(refused(&shop.refund("R2", 100)), too_soon);
    assert_eq!(
        refused(&shop.get(&format!("{REFUNDS}/R2"))),
        is(404, "RESOURCE_NOT_EXISTS"),
        "nothing was recorded"
    );
    assert_eq!(
        shop.refund("R1", 100).status,
        200,
        "the same number is no further refund"
    );
    shop.now_ms += 1;
    assert_eq!(shop.refund("R2", 100).status, 200);
    assert_eq!(refused(&shop.refund("R3", 100)), too_soon);
    shop.platform.set_refund_gap_ms(0);
    assert_eq!(shop.refund("R3", 100).status, 200);
}
