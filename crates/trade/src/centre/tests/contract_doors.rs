//! Who may come in by the existing contract's door, and for whose orders.

use suanpan_wire::sign::RequestParts;

use super::contract_kit::{
    APP, ORDER, OTHER_APP, caller, inner_error, native_body, open_shop, peer, request,
};
use super::kit::{ENTERPRISE, Shop};
use crate::centre::contract::credential::sign;
use crate::http::{Reply, Request};
use crate::office;
use crate::rows::caller::Caller;

const NONCES: [&str; 3] = ["suanpan-nonce", "suanpan-time", "suanpan-signature"];

/// A request signed as the documents say.
fn signed(app: &str, method: &str, path: &str, body: &str, time_ms: i64, nonce: &str) -> Request {
    let mut request = request(method, path, &[], body);
    let parts = RequestParts {
        method,
        path: &request.path_and_query,
        time_ms,
        nonce,
        body: body.as_bytes(),
    };
    let secret = caller(app, "").secret_ref;
    let signature = sign(secret.as_bytes(), &parts);
    request.headers = vec![
        ("suanpan-app".into(), app.into()),
        (NONCES[0].into(), nonce.into()),
        (NONCES[1].into(), time_ms.to_string()),
        (NONCES[2].into(), signature),
    ];
    request
}

fn far() -> std::net::IpAddr {
    "203.0.113.9".parse().unwrap()
}

fn told(reply: &Reply) -> (u16, String) {
    (reply.status, inner_error(reply))
}

fn native_signed(shop: &Shop, nonce: &str) -> Request {
    signed(
        APP,
        "POST",
        "native",
        &native_body("WECHAT_PAY", "28.10"),
        shop.now_ms,
        nonce,
    )
}

#[test]
fn a_signed_request_comes_in_from_anywhere_and_an_unsigned_one_only_from_a_trusted_network() {
    let mut shop = open_shop();
    let request = native_signed(&shop, "n1");
    assert_eq!(shop.serve_caller(&request, far()).status, 200);
    let unsigned = super::contract_kit::request("POST", "native", &[], &native_body("WECHAT_PAY", "28.10"));
    let stranger = shop.serve_caller(&unsigned, far());
    assert_eq!(told(&stranger), (401, "401|签名不正确".into()));
    assert_eq!(shop.serve_caller(&unsigned, peer()).status, 200);
}

#[test]
fn a_signature_holds_for_one_request_one_time_and_one_secret() {
    let mut shop = open_shop();
    let good = native_signed(&shop, "n1");
    let bad = (401, "401|签名不正确".to_owned());
    let mut other_body = good.clone();
    other_body.body = native_body("WECHAT_PAY", "1.00").into_bytes();
    assert_eq!(told(&shop.serve_caller(&other_body, far())), bad);
    let mut other_path = good.clone();
    other_path.path_and_query.push_str("?a=1");
    assert_eq!(told(&shop.serve_caller(&other_path, far())), bad);
    for name in NONCES {
        let mut without = good.clone();
        without.headers.retain(|(header, _)| header != name);
        assert_eq!(told(&shop.serve_caller(&without, far())), bad, "{name}");
    }
    let mut nobody = good.clone();
    nobody.headers[0].1 = "nobody".into();
    assert_eq!(
        told(&shop.serve_caller(&nobody, far())),
        (403, "403|调用方未登记".into())
    );
    assert_eq!(shop.serve_caller(&good, far()).status, 200);
    let replayed = shop.serve_caller(&good, far());
    assert_eq!(told(&replayed), (401, "401|请求已处理过".into()));
    // Also where its network is trusted: a signature that is there must fit.
    assert_eq!(told(&shop.serve_caller(&other_body, peer())), bad);
    shop.now_ms += 300_001;
    let stale = signed(APP, "POST", "native", "{}", shop.now_ms - 300_001, "n2");
    assert_eq!(
        told(&shop.serve_caller(&stale, far())),
        (401, "401|请求时间与服务器相差过大".into())
    );
    assert_eq!(shop.number("SELECT COUNT(*) FROM trade"), 1);
}

#[test]
fn a_caller_sees_refunds_closes_and_cancels_its_own_alone() {
    let mut shop = open_shop();
    shop.do_it(|ledger| office::put_caller(ledger, "t", &caller(OTHER_APP, "")));
    let trade_no = shop.paid_order();
    let mut nonce = 0;
    let mut other = |shop: &mut Shop, method: &str, path: &str, body: &str| {
        nonce += 1;
        let request = signed(OTHER_APP, method, path, body, shop.now_ms, &format!("o{nonce}"));
        shop.serve_caller(&request, far())
    };
    let find = format!("tradings/findTradResultByTradingOrderNo?tradingOrderNo={trade_no}");
    let found = other(&mut shop, "GET", &find, "");
    assert_eq!(
        (found.status, found.body.len()),
        (200, 0),
        "as if there were no such trade"
    );
    let refund = format!("refund-record/refund?tradingOrderNo={trade_no}&refundAmount=1");
    assert_eq!(
        told(&other(&mut shop, "POST", &refund, "")),
        (500, "609|交易单不存在".into())
    );
    let close = format!("tradings/{trade_no}/close");
    assert_eq!(
        told(&other(&mut shop, "POST", &close, "")),
        (500, "609|交易单不存在".into())
    );
    let own = shop.contract("POST", &refund, "").unwrap();
    let record = format!("refund-record/{}", own["refundNo"].as_str().unwrap());
    assert_eq!(
        told(&other(&mut shop, "GET", &record, "")),
        (500, "609|退款记录不存在".into())
    );
    let not_mine = (403, "403|调用方未登记".to_owned());
    let body = native_body("WECHAT_PAY", "28.10");
    assert_eq!(told(&other(&mut shop, "POST", "native", &body)), not_mine);
    let cancel = format!("orders/{ORDER}/cancel?productAppId={APP}");
    assert_eq!(told(&other(&mut shop, "POST", &cancel, "")), not_mine);
    // The same number at another caller is another order.
    let own_cancel = other(&mut shop, "POST", &format!("orders/{ORDER}/cancel"), "");
    assert_eq!(own_cancel.status, 200);
    assert_eq!(shop.find_trade(&trade_no)["tradingState"], 4);
}

#[test]
fn a_caller_may_name_only_the_merchants_granted_to_it() {
    let mut shop = open_shop();
    let refused = Err("609|支付配置为空".to_owned());
    let body = native_body("WECHAT_PAY", "28.10");
    for (from, to) in [
        ("\"enterpriseId\":7", "\"enterpriseId\":9"),
        ("\"enterpriseId\":7", "\"enterpriseId\":8"),
    ] {
        assert_eq!(
            shop.contract("POST", "native", &body.replace(from, to)),
            refused,
            "{to}"
        );
    }
    shop.do_it(|ledger| office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.enabled = false));
    assert_eq!(shop.native("WECHAT_PAY", "28.10"), refused);
    shop.do_it(|ledger| office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.enabled = true));
    shop.do_it(|ledger| office::revoke_grant(ledger, "t", APP, ENTERPRISE));
    assert_eq!(shop.native("WECHAT_PAY", "28.10"), refused);
    assert_eq!(shop.number("SELECT COUNT(*) FROM pay_order"), 0);
    shop.do_it(|ledger| office::grant(ledger, "t", APP, ENTERPRISE));
    assert!(shop.native("WECHAT_PAY", "28.10").is_ok());
}

#[test]
fn a_revoked_caller_comes_in_no_more_signed_or_not() {
    let mut shop = open_shop();
    shop.do_it(|ledger| office::revoke_caller(ledger, "t", APP));
    let request = native_signed(&shop, "n1");
    assert_eq!(
        told(&shop.serve_caller(&request, far())),
        (403, "403|调用方未登记".into())
    );
    let unsigned = shop.call_contract("POST", "native", &native_body("WECHAT_PAY", "28.10"));
    assert_eq!(told(&unsigned), (401, "401|签名不正确".into()));
}

#[test]
fn two_callers_of_one_network_are_told_apart_by_what_they_name() {
    let mut shop = open_shop();
    shop.do_it(|ledger| office::put_caller(ledger, "t", &caller(OTHER_APP, "127.0.0.1/32")));
    let trade_no = shop.paid_order();
    let find = format!("tradings/findTradResultByTradingOrderNo?tradingOrderNo={trade_no}");
    let as_other = request("GET", &find, &[("suanpan-app", OTHER_APP)], "");
    assert!(shop.serve_caller(&as_other, peer()).body.is_empty());
    assert_eq!(shop.find_trade(&trade_no)["tradingState"], 4);
    let unnamed = shop.contract("POST", "orders/5/cancel", "");
    assert_eq!(unnamed, Err("609|支付配置错误".into()), "whose order is not said");
}

#[test]
fn a_caller_that_asks_too_often_waits() {
    let mut shop = open_shop();
    let mut last = shop.call_contract("GET", "refund-record/x", "");
    for _ in 0..5_000 {
        last = shop.call_contract("GET", "refund-record/x", "");
    }
    assert_eq!(told(&last), (429, "429|请求过于频繁".into()));
    shop.now_ms += 10_000;
    assert_eq!(shop.call_contract("GET", "refund-record/x", "").status, 500);
}

#[test]
fn a_caller_whose_secret_cannot_be_had_is_not_let_in() {
    let mut shop = open_shop();
    let without = Caller {
        secret_ref: String::new(),
        ..caller(APP, "")
    };
    shop.do_it(|ledger| office::put_caller(ledger, "t", &without));
    let request = native_signed(&shop, "n1");
    assert_eq!(told(&shop.serve_caller(&request, far())).0, 403);
}

#[test]
fn what_is_no_endpoint_and_what_is_too_long_is_turned_away() {
    let mut shop = open_shop();
    for (method, path) in [
        ("GET", "native"),
        ("POST", "tradings/findTradResultByTradingOrderNo"),
        ("POST", "native/more"),
        ("DELETE", "refund-record/1"),
        ("GET", ""),
    ] {
        let reply = shop.call_contract(method, path, "");
        assert_eq!(told(&reply), (404, "404|接口不存在".into()), "{method} {path}");
    }
    let long = shop.call_contract("POST", "native", &" ".repeat(65 * 1024));
    assert_eq!(told(&long), (413, "413|请求体过大".into()));
}
