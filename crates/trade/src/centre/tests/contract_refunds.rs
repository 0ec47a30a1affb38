//! Refunds by the existing contract: repeats, parts, keys, and what is too much.

use serde_json::{Value, json};
use suanpan_domain::platform::Observation;

use super::contract_kit::{inner_error, open_shop, peer, request};
use super::kit::Shop;

fn refund(shop: &mut Shop, trade_no: &str, amount: &str) -> Result<Value, String> {
    let path = format!("refund-record/refund?tradingOrderNo={trade_no}&refundAmount={amount}");
    shop.contract("POST", &path, "")
}

fn refund_keyed(shop: &mut Shop, trade_no: &str, amount: &str, key: &str) -> Result<Value, String> {
    let path = format!("refund-record/refund?tradingOrderNo={trade_no}&refundAmount={amount}");
    let reply = shop.serve_caller(&request("POST", &path, &[("Idempotency-Key", key)], ""), peer());
    if reply.status == 200 {
        Ok(serde_json::from_slice(&reply.body).unwrap())
    } else {
        Err(inner_error(&reply))
    }
}

#[test]
fn a_refund_is_answered_with_its_number_and_how_it_stands() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    let answer = refund(&mut shop, &trade_no, "8.10").unwrap();
    assert_eq!(answer.as_object().unwrap().len(), 3);
    assert_eq!(
        (&answer["refundStatus"], &answer["refundId"]),
        (&json!(2), &json!("50"))
    );
    let number = answer["refundNo"].as_str().unwrap().to_owned();
    let record = shop
        .contract("GET", &format!("refund-record/{number}"), "")
        .unwrap();
    assert_eq!(record["refundAmount"], "8.10");
    assert_eq!(record["total"], "28.10");
    assert_eq!(record["tradingOrderNo"], trade_no);
    assert_eq!(record["tradingChannel"], "WECHAT_PAY");
    let trade = shop.find_trade(&trade_no);
    assert_eq!(
        (&trade["isRefund"], &trade["refund"]),
        (&json!("YES"), &json!("8.10"))
    );
}

#[test]
fn b11_without_a_key_an_equal_refund_within_ten_minutes_is_the_same_one() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    let first = refund(&mut shop, &trade_no, "8.10").unwrap();
    let form = "application/x-www-form-urlencoded";
    let body = format!("tradingOrderNo={trade_no}&refundAmount=8.1");
    let by_form = request("POST", "refund-record/refund", &[("content-type", form)], &body);
    let reply = shop.serve_caller(&by_form, peer());
    assert_eq!(
        serde_json::from_slice::<Value>(&reply.body).unwrap()["refundNo"],
        first["refundNo"]
    );
    let other = refund(&mut shop, &trade_no, "5.00").unwrap();
    assert_ne!(
        other["refundNo"], first["refundNo"],
        "another amount is another part"
    );
    shop.pass(599);
    assert_eq!(
        refund(&mut shop, &trade_no, "8.10").unwrap()["refundNo"],
        first["refundNo"]
    );
    shop.pass(2);
    let later = refund(&mut shop, &trade_no, "8.10").unwrap();
    assert_ne!(later["refundNo"], first["refundNo"]);
    assert_eq!(shop.platform.returned(), 2120);
    assert_eq!(
        refund(&mut shop, &trade_no, "6.91"),
        Err("609|退款金额超过订单总金额".into())
    );
    assert_eq!(shop.platform.returned(), 2120);
}

#[test]
fn b11_an_equal_refund_that_is_under_way_is_the_same_one_however_long_it_takes() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    shop.platform.hold_refunds = true;
    let first = refund(&mut shop, &trade_no, "8.10").unwrap();
    assert_eq!(first["refundStatus"], 1);
    for _ in 0..3 {
        shop.pass(601);
        let again = refund(&mut shop, &trade_no, "8.10").unwrap();
        assert_eq!(
            (&again["refundNo"], &again["refundStatus"]),
            (&first["refundNo"], &json!(1))
        );
    }
    assert_eq!(shop.platform.refunds.len(), 1);
    shop.platform.hold_refunds = false;
    shop.pass(4_000);
    assert_eq!(shop.platform.returned(), 810);
}

#[test]
fn b11_whoever_asks_again_for_all_of_it_hears_that_all_of_it_is_back() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    let first = refund(&mut shop, &trade_no, "28.10").unwrap();
    shop.pass(86_400);
    let again = refund(&mut shop, &trade_no, "28.10").unwrap();
    assert_eq!(
        (&again["refundNo"], &again["refundStatus"]),
        (&first["refundNo"], &json!(2))
    );
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn with_a_key_nothing_is_guessed() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    let first = refund_keyed(&mut shop, &trade_no, "8.10", "r-1").unwrap();
    let second = refund_keyed(&mut shop, &trade_no, "8.10", "r-2").unwrap();
    assert_ne!(first["refundNo"], second["refundNo"]);
    shop.pass(4_000);
    let again = refund_keyed(&mut shop, &trade_no, "8.10", "r-1").unwrap();
    assert_eq!(again["refundNo"], first["refundNo"]);
    let reused = refund_keyed(&mut shop, &trade_no, "1.00", "r-1");
    assert_eq!(reused, Err("609|幂等键已用于另一笔退款".into()));
    for bad in ["", "a b", &"x".repeat(65)] {
        let refused = refund_keyed(&mut shop, &trade_no, "1.00", bad);
        assert_eq!(refused, Err("609|幂等键格式错误".into()), "{bad}");
    }
    assert_eq!(shop.platform.returned(), 1620);
}

#[test]
fn b22_a_lost_reply_waits_as_sending_and_is_the_same_refund_when_asked_again() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    shop.platform.lose_replies = 1;
    let lost = refund(&mut shop, &trade_no, "8.10").unwrap();
    assert_eq!(
        (&lost["refundStatus"], &lost["refundId"]),
        (&json!(1), &Value::Null)
    );
    let number = lost["refundNo"].as_str().unwrap().to_owned();
    shop.now_ms += 2_000;
    let record = shop
        .contract("GET", &format!("refund-record/{number}"), "")
        .unwrap();
    assert_eq!(record["refundStatus"], 2, "asking tells");
    let again = refund(&mut shop, &trade_no, "8.10").unwrap();
    assert_eq!(again["refundNo"], number.as_str());
    assert_eq!(shop.platform.refunds.len(), 1);
}

#[test]
fn a_refused_refund_is_tried_again_under_its_number() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    shop.platform.refund_answers = vec![Observation::Refused {
        code: "PARAM_ERROR".into(),
        message: String::new(),
    }];
    let refused = refund(&mut shop, &trade_no, "8.10").unwrap();
    assert_eq!(refused["refundStatus"], 3);
    let again = refund(&mut shop, &trade_no, "8.10").unwrap();
    assert_eq!(
        (&again["refundNo"], &again["refundStatus"]),
        (&refused["refundNo"], &json!(1))
    );
    shop.pass(70);
    assert_eq!(shop.platform.returned(), 810);
}

#[test]
fn what_cannot_be_refunded_is_refused_and_nothing_is_written() {
    let mut shop = open_shop();
    let waiting = shop.native_no("WECHAT_PAY", "28.10");
    let refused = refund(&mut shop, &waiting, "1.00");
    assert_eq!(refused, Err("609|统一下单退款交易失败".into()));
    shop.platform.pay(&waiting);
    shop.pass(6);
    for (amount, sentence) in [
        ("28.11", "退款金额超过订单总金额"),
        ("0", "退款金额必须大于零"),
        ("-1", "退款金额必须大于零"),
        ("1.005", "金额最多两位小数"),
        ("1E%2B2", "退款金额超过订单总金额"),
        ("1e", "请求参数格式错误"),
        ("", "支付配置错误"),
        ("99999999999999999999", "金额超出上限"),
    ] {
        let refused = refund(&mut shop, &waiting, amount);
        assert_eq!(refused, Err(format!("609|{sentence}")), "{amount}");
    }
    assert_eq!(refund(&mut shop, "1", "1.00"), Err("609|交易单不存在".into()));
    assert_eq!(refund(&mut shop, "x", "1.00"), Err("609|请求参数格式错误".into()));
    assert_eq!(
        shop.contract("GET", "refund-record/1", ""),
        Err("609|退款记录不存在".into())
    );
    assert_eq!(shop.number("SELECT COUNT(*) FROM refund_record"), 0);
}

#[test]
fn i3_parts_never_sum_to_more_than_was_paid() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    for part in 1..=50 {
        refund(&mut shop, &trade_no, &format!("0.{part:02}")).unwrap();
    }
    assert_eq!(
        refund(&mut shop, &trade_no, "0.60"),
        Err("609|退款次数超出限制，最多50次".into())
    );
    assert_eq!(shop.platform.returned(), (1..=50).sum::<i64>());
}
