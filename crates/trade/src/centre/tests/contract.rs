//! Callers' orders: the same code again, other channels and amounts, the end of an order's time, and settling
//! without a platform.

use serde_json::{Value, json};
use suanpan_wire::broadcast::BroadcastKey;

use super::contract_kit::{ALI_ENTERPRISE, APP, ORDER, inner_error, native_body, open_shop};
use super::kit::{ENTERPRISE, START_MS, Shop};
use super::telling::of_key;
use crate::{Settings, office};
use suanpan_domain::platform::Observation;

const WAIT: &str = "WECHAT_PAY";

fn order_state(shop: &Shop) -> String {
    let paid = shop.number("SELECT COUNT(*) FROM pay_order WHERE state = 'PAID'");
    let canceled = shop.number("SELECT COUNT(*) FROM pay_order WHERE state = 'CANCELED'");
    match (paid, canceled) {
        (1, 0) => "PAID".into(),
        (0, 1) => "CANCELED".into(),
        (0, 0) => "open".into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_is_answered_in_the_contracts_fields() {
    let mut shop = open_shop();
    let reply = shop.call_contract("POST", "native", &native_body(WAIT, "28.10"));
    assert_eq!(reply.status, 200);
    let text = String::from_utf8(reply.body).unwrap();
    let order = ["qrCode", "productOrderNo", "tradingOrderNo", "tradingChannel"];
    let places: Vec<usize> = order
        .map(|name| text.find(&format!("\"{name}\":")).unwrap())
        .to_vec();
    assert!(places.is_sorted());
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer.as_object().unwrap().len(), 4);
    assert_eq!(answer["productOrderNo"], ORDER);
    assert_eq!(answer["tradingChannel"], WAIT);
    let picture = answer["qrCode"].as_str().unwrap();
    assert!(picture.starts_with("data:image/png;base64,iVBORw0KGgo"));
}

#[test]
fn a_trade_is_told_with_every_field_of_the_contract_in_its_order() {
    let mut shop = open_shop();
    let trade_no = shop.native_no(WAIT, "28.1");
    let path = format!("tradings/findTradResultByTradingOrderNo?tradingOrderNo={trade_no}");
    let text = String::from_utf8(shop.call_contract("GET", &path, "").body).unwrap();
    let fields = "id openId productOrderNo tradingOrderNo transactionId tradingChannel tradingType payeeName \
        payeeId payerName payerId tradingAmount refund isRefund resultCode resultMsg resultJson placeOrderCode \
        placeOrderMsg placeOrderJson enterpriseId memo qrCode enableFlag outRequestNo operTionRefund created \
        updated tradingState";
    let names: Vec<&str> = fields.split(' ').collect();
    let places: Vec<usize> = names
        .iter()
        .map(|name| {
            text.find(&format!("\"{name}\":"))
                .unwrap_or_else(|| panic!("{name}"))
        })
        .collect();
    assert!(places.is_sorted());
    let trade: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(trade.as_object().unwrap().len(), names.len());
    assert_eq!(trade["tradingAmount"], "28.10");
    assert_eq!(trade["tradingState"], 2);
    assert_eq!(trade["enterpriseId"], ENTERPRISE.to_string());
    assert_eq!(trade["placeOrderMsg"], format!("weixin://{trade_no}"));
    assert_eq!(trade["isRefund"], "NO");
    assert_eq!(trade["refund"], Value::Null);
    assert_eq!(trade["created"], "2026-11-18 19:06:40");
    assert_eq!(START_MS, 1_795_000_000_000, "the moment that is told above");
    shop.platform.pay(&trade_no);
    shop.now_ms += 2_000;
    let paid = shop.find_trade(&trade_no);
    assert_eq!(paid["tradingState"], 4);
    assert_eq!(paid["qrCode"], "");
    assert_eq!(paid["transactionId"], format!("4200{trade_no}"));
}

#[test]
fn p19_i6_the_same_wish_is_the_same_trade_and_one_order_at_the_platform() {
    let mut shop = open_shop();
    let first = shop.native_no(WAIT, "28.10");
    assert_eq!(shop.native_no(WAIT, "28.1"), first);
    assert_eq!(shop.platform.count("prepay"), 1);
    let mut shop = shop.restart();
    assert_eq!(shop.native_no(WAIT, "\"28.10\""), first);
    assert_eq!(shop.platform.codes(), [first]);
}

#[test]
fn a_lost_reply_is_no_code_and_the_next_request_is_the_same_trade() {
    let mut shop = open_shop();
    shop.platform.lose_replies = 4;
    assert_eq!(shop.native(WAIT, "28.10"), Err("609|统一下单交易失败".into()));
    shop.platform.lose_replies = 0;
    shop.pass(3);
    let trade_no = shop.native_no(WAIT, "28.10");
    assert_eq!(shop.platform.codes(), [trade_no]);
    assert_eq!(shop.number("SELECT COUNT(*) FROM trade"), 1);
}

#[test]
fn another_channel_closes_the_code_that_is_out_before_a_new_one_is_made() {
    let mut shop = open_shop();
    let wechat = shop.native_no(WAIT, "28.10");
    let ali = shop.native("ALI_PAY", "28.10").unwrap();
    assert_eq!(ali["tradingChannel"], "ALI_PAY");
    let kinds: Vec<&str> = shop
        .platform
        .calls
        .iter()
        .map(|call| call.split(' ').next().unwrap())
        .collect();
    assert_eq!(kinds, ["prepay", "query", "close", "query", "prepay"]);
    assert_eq!(shop.find_trade(&wechat)["tradingState"], 5);
    assert_eq!(shop.find_trade(&wechat)["tradingChannel"], WAIT);
    let ali_no = ali["tradingOrderNo"].as_str().unwrap();
    assert_eq!(
        shop.find_trade(ali_no)["enterpriseId"],
        ALI_ENTERPRISE.to_string()
    );
    shop.platform.pay(ali_no);
    shop.now_ms += 2_000;
    assert_eq!(shop.find_trade(ali_no)["tradingState"], 4);
    assert_eq!(order_state(&shop), "PAID");
}

#[test]
fn a_code_that_is_paid_while_it_is_closed_wins_and_no_second_one_is_made() {
    let mut shop = open_shop();
    let wechat = shop.native_no(WAIT, "28.10");
    shop.platform.pay(&wechat);
    assert_eq!(shop.native("ALI_PAY", "28.10"), Err("609|交易单已完成".into()));
    assert_eq!(shop.platform.codes(), std::slice::from_ref(&wechat));
    assert_eq!(shop.native(WAIT, "28.10"), Err("609|交易单已完成".into()));
    assert_eq!(shop.find_trade(&wechat)["tradingState"], 4);
    assert!(shop.platform.refunds.is_empty());
}

#[test]
fn b7_when_closing_is_not_known_a_new_code_is_made_and_the_second_money_goes_back() {
    let mut shop = open_shop();
    let wechat = shop.native_no(WAIT, "28.10");
    // The bound of patience: four calls about the old code go unanswered.
    shop.platform.lose_requests = 1;
    let ali = shop.native_no("ALI_PAY", "28.10");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM trade WHERE state = 'CLOSING'"),
        1
    );
    shop.platform.pay(&ali);
    shop.platform.pay(&wechat);
    shop.pass(60);
    assert_eq!(order_state(&shop), "PAID");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM trade WHERE disposition = 'WINNER'"),
        1
    );
    assert_eq!(shop.platform.captured() - shop.platform.returned(), 2810);
    let states = [&wechat, &ali].map(|no| shop.find_trade(no));
    let returned = states.iter().find(|trade| trade["isRefund"] == "YES").unwrap();
    assert_eq!(
        (&returned["tradingState"], &returned["refund"]),
        (&json!(4), &json!("28.10"))
    );
}

#[test]
fn what_is_told_of_a_payment_names_the_channel_that_has_the_money() {
    let mut shop = open_shop();
    let wechat = shop.native_no(WAIT, "28.10");
    shop.platform.lose_requests = 1;
    let ali = shop.native_no("ALI_PAY", "28.10");
    // The order's channel is Alipay by now, and the old code is the one that is paid.
    shop.platform.pay(&wechat);
    shop.pass(60);
    let told = of_key(&shop, BroadcastKey::UpdateStatus)[0].status();
    assert_eq!(
        (told.trading_order_no.to_string(), told.trading_channel),
        (wechat, Some("WECHAT_PAY".into()))
    );
    let order = of_key(&shop, BroadcastKey::OrderStatus)[0].order();
    assert_eq!(order.tenders[0].means, "WECHAT_PAY");
    shop.platform.pay(&ali);
    shop.pass(60);
    for key in [
        BroadcastKey::SurplusUpdateStatus,
        BroadcastKey::RefundUpdateStatus,
    ] {
        let told = of_key(&shop, key);
        assert!(!told.is_empty());
        for event in told {
            assert_eq!(event.status().trading_channel.as_deref(), Some("ALI_PAY"));
        }
    }
}

#[test]
fn b8_money_that_settles_nothing_never_looks_paid_to_whoever_asks() {
    let mut shop = open_shop();
    let trade_no = shop.native_no(WAIT, "28.10");
    shop.pass(930);
    shop.platform.pay(&trade_no);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    let looks = |shop: &mut Shop| {
        let found = shop.find_trade(&trade_no);
        (found["isRefund"].clone(), found["refund"].clone())
    };
    let all_of_it = (json!("YES"), json!("28.10"));
    // It is late, and its ten minutes have begun: no refund is there yet.
    assert_eq!(shop.number("SELECT COUNT(*) FROM refund_record"), 0);
    assert_eq!(looks(&mut shop), all_of_it);
    shop.platform.refund_answers = vec![Observation::Refused {
        code: "NOT_ALLOWED".into(),
        message: String::new(),
    }];
    shop.pass(700);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM refund_record WHERE refund_status = 3"),
        1
    );
    assert_eq!(looks(&mut shop), all_of_it, "also when its refund was refused");
}

#[test]
fn b6_another_amount_is_another_trade_and_the_old_ones_money_goes_back() {
    let mut shop = open_shop();
    let old = shop.native_no(WAIT, "28.10");
    shop.platform.lose_requests = 1;
    let new = shop.native_no(WAIT, "30.00");
    assert_ne!(old, new);
    shop.platform.pay(&old);
    shop.pass(60);
    // Paid for an amount the order does not have any more: it wins nothing.
    assert_eq!(order_state(&shop), "open");
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM refund_record WHERE reason = 'SUPERSEDED'"),
        1
    );
    let again = shop.native_no(WAIT, "30.00");
    shop.platform.pay(&again);
    shop.pass(10);
    assert_eq!(order_state(&shop), "PAID");
    assert_eq!(shop.platform.captured() - shop.platform.returned(), 3000);
}

#[test]
fn an_order_ends_after_a_quarter_of_an_hour_once_its_code_is_closed() {
    let mut shop = open_shop();
    let trade_no = shop.native_no(WAIT, "28.10");
    shop.pass(845);
    assert_eq!(
        shop.native("ALI_PAY", "28.10"),
        Err("609|订单即将超时，不能再支付".into())
    );
    shop.pass(54);
    assert_eq!(order_state(&shop), "open");
    shop.pass(40);
    assert_eq!(order_state(&shop), "CANCELED");
    assert_eq!(shop.find_trade(&trade_no)["tradingState"], 5);
    assert_eq!(
        shop.native(WAIT, "28.10"),
        Err("609|订单已取消，不能再支付".into())
    );
}

#[test]
fn b8_money_that_comes_after_the_end_goes_back_unless_an_operator_accepts_it() {
    for accepts in [false, true] {
        let mut shop = open_shop();
        let trade_no = shop.native_no(WAIT, "28.10");
        shop.pass(930);
        assert_eq!(order_state(&shop), "CANCELED");
        shop.platform.pay(&trade_no);
        shop.callback(&shop.paid_notice(&trade_no, 2810));
        assert_eq!(shop.find_trade(&trade_no)["tradingState"], 4);
        let order = ORDER.parse().unwrap();
        if accepts {
            let accept = suanpan_wire::tender::LateChoice::Accept;
            shop.do_it(|ledger| office::decide_late(ledger, "boss", APP, order, accept));
        }
        shop.pass(700);
        let (state, returned) = if accepts { ("PAID", 0) } else { ("CANCELED", 2810) };
        assert_eq!(
            (order_state(&shop).as_str(), shop.platform.returned()),
            (state, returned)
        );
    }
}

#[test]
fn b24_an_order_without_a_deadline_is_closed_by_the_job_after_twenty_minutes() {
    let mut shop = open_shop();
    shop.native_no(WAIT, "28.10");
    shop.do_it(|ledger| {
        ledger.execute("UPDATE pay_order SET deadline_ms = NULL", &[])?;
        Ok(())
    });
    shop.pass(1_150);
    assert_eq!(order_state(&shop), "open");
    shop.pass(120);
    assert_eq!(order_state(&shop), "CANCELED");
}

#[test]
fn i22_no_deadline_of_the_centre_ends_a_tills_order() {
    let mut shop = open_shop();
    shop.create(21, "k1", 2810).unwrap();
    shop.pass(1_800);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM pay_order WHERE state = 'NO_PAY'"),
        1
    );
}

#[test]
fn a_caller_cancels_an_order_or_closes_one_code_of_it() {
    let mut shop = open_shop();
    let first = shop.native_no(WAIT, "28.10");
    let closed = shop
        .contract("POST", &format!("tradings/{first}/close"), "")
        .unwrap();
    assert_eq!(closed["tradingState"], 5);
    let second = shop.native_no(WAIT, "28.10");
    assert_ne!(first, second);
    let canceled = shop.contract("POST", &format!("orders/{ORDER}/cancel?productAppId={APP}"), "");
    let canceled = canceled.unwrap();
    assert_eq!(canceled["state"], "CANCELED");
    let states: Vec<&Value> = canceled["tradings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["tradingState"])
        .collect();
    assert_eq!(states, [5, 5]);
    assert_eq!(
        shop.native(WAIT, "28.10"),
        Err("609|订单已取消，不能再支付".into())
    );
    let again = shop
        .contract("POST", &format!("orders/{ORDER}/cancel"), "")
        .unwrap();
    assert_eq!(again["state"], "CANCELED");
}

#[test]
fn an_order_canceled_before_it_was_asked_for_gets_no_code() {
    let mut shop = open_shop();
    let canceled = shop
        .contract("POST", &format!("orders/{ORDER}/cancel"), "")
        .unwrap();
    assert_eq!(
        (&canceled["state"], &canceled["tradings"]),
        (&json!("CANCELED"), &json!([]))
    );
    assert_eq!(
        shop.native(WAIT, "28.10"),
        Err("609|订单已取消，不能再支付".into())
    );
    assert_eq!(shop.platform.count("prepay"), 0);
}

#[test]
fn a_paid_order_is_neither_canceled_nor_closed() {
    let mut shop = open_shop();
    let trade_no = shop.paid_order();
    let cancel = shop.contract("POST", &format!("orders/{ORDER}/cancel"), "");
    assert_eq!(cancel, Err("609|交易单已完成".into()));
    let close = shop.contract("POST", &format!("tradings/{trade_no}/close"), "");
    assert_eq!(close, Err("609|关闭交易单失败".into()));
    assert_eq!(order_state(&shop), "PAID");
}

fn local(kind: &str, amount: &str) -> String {
    format!(r#"{{"productAppId":"{APP}","tradingType":"{kind}","tradingAmount":"{amount}","memo":"老客户"}}"#)
}

#[test]
fn an_order_is_waived_or_put_on_account_by_the_rule_by_which_a_payment_wins() {
    for (kind, code, channel) in [("MD", 6, Value::Null), ("GZ", 7, json!("CREDIT_PAY"))] {
        let mut shop = open_shop();
        let wechat = shop.native_no(WAIT, "28.10");
        let path = format!("orders/{ORDER}/local");
        let settled = shop.contract("POST", &path, &local(kind, "28.10")).unwrap();
        assert_eq!(
            (&settled["tradingState"], &settled["tradingType"]),
            (&json!(code), &json!(kind))
        );
        assert_eq!(
            (&settled["tradingChannel"], &settled["enterpriseId"]),
            (&channel, &Value::Null)
        );
        let told = of_key(&shop, BroadcastKey::UpdateStatus)[0].status();
        assert_eq!(
            (told.status_code, json!(told.trading_channel)),
            (code, channel.clone())
        );
        let order = of_key(&shop, BroadcastKey::OrderStatus)[0].order();
        assert_eq!(
            (order.total_minor, order.received_minor()),
            (2810, 0),
            "settled, and no money came"
        );
        assert_eq!(
            shop.find_trade(&wechat)["tradingState"],
            5,
            "its code was closed first"
        );
        let again = shop.contract("POST", &path, &local(kind, "28.10")).unwrap();
        assert_eq!(again["tradingOrderNo"], settled["tradingOrderNo"]);
        assert_eq!(order_state(&shop), "PAID");
        assert_eq!(shop.native(WAIT, "28.10"), Err("609|交易单已完成".into()));
        shop.platform.pay(&wechat);
        shop.callback(&shop.paid_notice(&wechat, 2810));
        shop.pass(5);
        assert_eq!(
            shop.platform.returned(),
            2810,
            "paid after it was settled: a duplicate"
        );
        let no = settled["tradingOrderNo"].as_str().unwrap();
        let refund = format!("refund-record/refund?tradingOrderNo={no}&refundAmount=1");
        assert_eq!(
            shop.contract("POST", &refund, ""),
            Err("609|统一下单退款交易失败".into())
        );
    }
}

#[test]
fn an_operator_settles_an_order_and_what_is_paid_already_is_not_settled_again() {
    let mut shop = open_shop();
    let settlement = office::Settlement {
        app: APP,
        order_no: 99,
        amount_minor: 500,
        kind: "MD",
        memo: "试吃",
    };
    shop.do_it(|ledger| office::settle(ledger, &Settings::default(), "boss", &settlement));
    assert_eq!(shop.number("SELECT COUNT(*) FROM trade WHERE state = 'FREE'"), 1);
    shop.paid_order();
    let path = format!("orders/{ORDER}/local");
    let waived = shop.contract("POST", &path, &local("MD", "28.10"));
    assert_eq!(waived, Err("609|交易单已完成".into()));
    let unknown = shop.contract("POST", &path, &local("FK", "28.10"));
    assert_eq!(unknown, Err("609|未定义的交易类型".into()));
}

#[test]
fn a_refusal_looks_as_the_reference_has_it() {
    let mut shop = open_shop();
    let reply = shop.call_contract("POST", "native", "{}");
    assert_eq!(reply.status, 500);
    assert_eq!(inner_error(&reply), "609|支付配置错误");
    let page: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(page["status"], 500);
    assert_eq!(page["error"], "Internal Server Error");
    assert_eq!(page["path"], "/trade/inner/native");
}
