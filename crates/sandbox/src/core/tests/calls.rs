//! Prepay, query, close and certificates: signatures, bounds, repetition, states.

use serde_json::{Value, json};

use super::{NATIVE, NUMBER, START_MS, Shop, body, is, refused};
use crate::{CodeBase, PhoneError, PhoneState, Platform, PlatformConfig};

#[test]
fn a_prepaid_order_is_paid_on_the_phone_and_found_by_both_numbers() {
    let mut shop = Shop::new();
    let code = shop.opened();
    assert!(code.starts_with("weixin://wxpay/bizpayurl?pr=") && code.len() <= 64);
    assert_eq!(shop.state(), "NOTPAY");

    let view = shop.platform.open_code(&code, shop.now_ms).unwrap();
    assert_eq!((view.total.minor(), view.state), (1250, PhoneState::Payable));
    shop.platform.confirm(&code, shop.now_ms).unwrap();

    let found = body(&shop.query());
    assert_eq!(found["trade_state"], "SUCCESS");
    assert_eq!(found["amount"]["total"], 1250);
    assert_eq!(found["success_time"], "2026-03-02T10:00:00+08:00");
    let id = found["transaction_id"].as_str().unwrap();
    let path = format!("/v3/pay/transactions/id/{id}?mchid={}", shop.merchant.mchid);
    assert_eq!(body(&shop.get(&path)), found);
    assert_eq!(
        shop.platform.confirm(&code, shop.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Paid))
    );
    assert_eq!(shop.platform.counters().orders_paid, 1);
}

#[test]
fn with_a_public_base_the_code_is_an_address_of_at_most_64_characters() {
    let mut config = PlatformConfig::new(1);
    config.code_base = Some(CodeBase::parse("http://127.0.0.1:65535").unwrap());
    let code = Shop::with(config, 0).opened();
    assert!(
        code.starts_with("http://127.0.0.1:65535/pay/") && code.len() <= 64,
        "{code}"
    );
}

#[test]
fn every_broken_signature_is_401_sign_error() {
    let mut shop = Shop::new();
    let good = shop.signed("POST", NATIVE, &shop.order().to_string());
    let authorization = good.header("authorization").unwrap().to_owned();
    let with = |value: &str| {
        let mut request = good.clone();
        request.headers[0].1 = value.to_owned();
        request
    };
    let mut other_body = good.clone();
    other_body.body.push(b' ');
    let mut other_path = good.clone();
    other_path.path_and_query.push_str("?a=1");
    let mut unsigned = good.clone();
    unsigned.headers.remove(0);
    let table = [
        ("no header", unsigned),
        ("another scheme", with(&authorization.replace("RSA2048", "SM3"))),
        (
            "a value missing",
            with(&authorization.replace("nonce_str", "nonce")),
        ),
        (
            "a value twice",
            with(&format!("{authorization},mchid=\"1900000101\"")),
        ),
        (
            "unknown merchant",
            with(&authorization.replace("1900000101", "1900000999")),
        ),
        (
            "another merchant",
            with(&authorization.replace("1900000101", "1900000102")),
        ),
        (
            "another serial",
            with(&authorization.replace("serial_no=\"3", "serial_no=\"4")),
        ),
        ("another nonce", with(&authorization.replace("0123", "3210"))),
        (
            "not base64",
            with(&authorization.replace("signature=\"", "signature=\"*")),
        ),
        ("body changed", other_body),
        ("path changed", other_path),
    ];
    for (name, request) in table {
        let reply = shop.send(&request);
        assert_eq!(refused(&reply), is(401, "SIGN_ERROR"), "{name}");
        assert!(shop.verified(&reply.headers, &reply.body), "{name}");
    }
    assert_eq!(shop.platform.counters().orders_created, 0);
    assert_eq!(shop.send(&good).status, 200);
}

#[test]
fn a_request_five_minutes_off_in_either_direction_is_refused() {
    for (apart_ms, status) in [
        (-300_000, 401),
        (-299_000, 200),
        (0, 200),
        (299_000, 200),
        (300_000, 401),
    ] {
        let mut shop = Shop::new();
        let request = shop.signed("POST", NATIVE, &shop.order().to_string());
        shop.now_ms -= apart_ms;
        let mut reply = shop.send(&request);
        if reply.status == 400 {
            // Five minutes later the order's own time is over as well; the signature was accepted.
            reply.status = 200;
        }
        assert_eq!(reply.status, status, "{apart_ms}");
    }
}

/// The usual order with `field` (a JSON pointer's last step under `at`) set to `value`.
fn changed(shop: &Shop, at: &str, field: &str, value: Value) -> Value {
    let mut order = shop.order();
    order.pointer_mut(at).unwrap()[field] = value;
    order
}

#[test]
fn parameters_outside_their_bounds_are_param_error_that_names_the_field() {
    let long = |chars: usize| json!("字".repeat(chars));
    let table = [
        ("", "appid", json!(null)),
        ("", "description", json!("")),
        ("", "description", long(128)),
        ("", "out_trade_no", json!("12345")),
        ("", "out_trade_no", json!("x".repeat(33))),
        ("", "out_trade_no", json!("abc/def")),
        ("", "out_trade_no", json!("订单123456")),
        ("", "out_trade_no", json!(1_234_567)),
        ("", "time_expire", json!("2026-03-02 10:05:00")),
        ("", "time_expire", json!("2026-03-02T10:00:59+08:00")),
        ("", "time_expire", json!("2026-03-17T10:00:01+08:00")),
        ("", "attach", long(129)),
        ("", "notify_url", json!("http://centre.example/notify")),
        ("", "notify_url", json!("https://centre.example/notify?a=1")),
        ("", "notify_url", json!("http://127.0.0.1.evil.example/")),
        ("", "notify_url", json!(format!("https://a/{}", "x".repeat(250)))),
        ("", "goods_tag", long(33)),
        ("", "support_fapiao", json!("yes")),
        ("", "detail", json!({ "goods_detail": ["x".repeat(6200)] })),
        ("", "amount", json!(null)),
        ("/amount", "total", json!(0)),
        ("/amount", "total", json!(-1)),
        ("/amount", "total", json!(1.5)),
        ("/amount", "total", json!("1250")),
        ("/amount", "currency", json!("USD")),
    ];
    for (at, field, value) in table {
        let mut shop = Shop::new();
        let reply = shop.post(NATIVE, &changed(&shop, at, field, value.clone()));
        assert_eq!(refused(&reply), is(400, "PARAM_ERROR"), "{field} {value}");
        assert_eq!(
            body(&reply)["detail"]["field"],
            format!("{at}/{field}"),
            "{value}"
        );
    }
}

#[test]
fn parameters_at_their_bounds_are_taken() {
    let table = [
        ("", "description", json!("字".repeat(127))),
        ("", "out_trade_no", json!("a-_|*1")),
        ("", "out_trade_no", json!("x".repeat(32))),
        ("", "time_expire", json!("2026-03-02T10:01:00+08:00")),
        ("", "time_expire", json!("2026-03-17T02:00:00Z")),
        ("", "time_expire", json!(null)),
        ("", "attach", json!("字".repeat(128))),
        ("", "notify_url", json!("http://127.0.0.1:8080/notify")),
        (
            "",
            "scene_info",
            json!({ "payer_client_ip": "127.0.0.1", "store_info": { "id": "1" } }),
        ),
        ("/amount", "total", json!(1)),
        ("/amount", "currency", json!(null)),
    ];
    for (at, field, value) in table {
        let mut shop = Shop::new();
        let reply = shop.post(NATIVE, &changed(&shop, at, field, value.clone()));
        assert_eq!(reply.status, 200, "{field} {value}: {}", super::text(&reply));
    }
}

#[test]
fn merchant_and_app_must_belong_together_and_to_the_signer() {
    let table = [
        ("appid", "wx5a9dbc0000000102", is(400, "APPID_MCHID_NOT_MATCH")),
        ("mchid", "1900000999", is(400, "MCH_NOT_EXISTS")),
        ("mchid", "1900000102", is(403, "NO_AUTH")),
    ];
    for (field, value, expected) in table {
        let mut shop = Shop::new();
        let reply = shop.post(NATIVE, &changed(&shop, "", field, json!(value)));
        assert_eq!(refused(&reply), expected, "{field} {value}");
    }
}

#[test]
fn a_body_that_is_no_json_object_and_missing_headers_are_param_error() {
    let mut shop = Shop::new();
    for broken in ["", "{", "[]", "null"] {
        let request = shop.signed("POST", NATIVE, broken);
        assert_eq!(refused(&shop.send(&request)), is(400, "PARAM_ERROR"), "{broken}");
    }
    for missing in ["Accept", "Content-Type"] {
        let mut request = shop.signed("POST", NATIVE, &shop.order().to_string());
        request.headers.retain(|(name, _)| name != missing);
        assert_eq!(refused(&shop.send(&request)), is(400, "PARAM_ERROR"), "{missing}");
    }
}

#[test]
fn the_same_prepay_gives_the_same_code_and_one_order() {
    let mut shop = Shop::new();
    let code = shop.opened();
    shop.now_ms += 60_000;
    assert_eq!(shop.opened(), code);
    let counters = shop.platform.counters();
    assert_eq!(
        (
            counters.orders_created,
            counters.of(crate::CallKind::Prepay).received
        ),
        (1, 2)
    );
    assert_eq!(shop.platform.trades()[0].prepay_calls, 2);

    let other = changed(&shop, "/amount", "total", json!(1251));
    assert_eq!(refused(&shop.post(NATIVE, &other)), is(403, "OUT_TRADE_NO_USED"));
    shop.platform.confirm(&code, shop.now_ms).unwrap();
    let again = shop.order();
    assert_eq!(refused(&shop.post(NATIVE, &again)), is(400, "ORDERPAID"));
}

#[test]
fn two_merchants_may_use_one_number() {
    let mut first = Shop::new();
    first.opened();
    let mut second = Shop::with(PlatformConfig::new(2), 1);
    std::mem::swap(&mut first.platform, &mut second.platform);
    second.opened();
    assert_eq!(second.platform.counters().orders_created, 2);
    assert!(second.platform.code_of_trade(None, NUMBER).is_err());
    assert!(second.platform.code_of_trade(Some("1900000102"), NUMBER).is_ok());
}

#[test]
fn a_code_lives_two_hours_and_a_new_prepay_gives_a_fresh_one() {
    let mut shop = Shop::new();
    let order = changed(&shop, "", "time_expire", json!(null));
    let old = body(&shop.post(NATIVE, &order))["code_url"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.now_ms += 2 * 3_600_000;
    assert_eq!(
        shop.platform.open_code(&old, shop.now_ms).unwrap().state,
        PhoneState::Expired
    );
    let fresh = body(&shop.post(NATIVE, &order))["code_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(old, fresh);
    shop.platform.confirm(&fresh, shop.now_ms).unwrap();
    assert_eq!(shop.platform.counters().orders_created, 1);
}

#[test]
fn after_time_expire_the_phone_cannot_pay_and_the_order_stays_notpay_until_closed() {
    let mut shop = Shop::new();
    let code = shop.opened();
    shop.now_ms = START_MS + 300_000;
    assert_eq!(
        shop.platform.open_code(&code, shop.now_ms).unwrap().state,
        PhoneState::Payable
    );
    shop.now_ms += 1;
    let expired = Err(PhoneError::NotPayable(PhoneState::Expired));
    assert_eq!(shop.platform.confirm(&code, shop.now_ms), expired);
    assert_eq!(shop.state(), "NOTPAY");
    assert_eq!(shop.close().status, 204);
    assert_eq!(shop.state(), "CLOSED");
}

#[test]
fn close_answers_by_the_orders_state() {
    let mut shop = Shop::new();
    assert_eq!(refused(&shop.close()), is(404, "ORDER_NOT_EXIST"));
    let code = shop.opened();
    let reply = shop.close();
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert!(shop.verified(&reply.headers, b""));
    assert_eq!(refused(&shop.close()), is(400, "ORDER_CLOSED"));
    let order = shop.order();
    assert_eq!(refused(&shop.post(NATIVE, &order)), is(400, "ORDER_CLOSED"));
    assert_eq!(
        shop.platform.confirm(&code, shop.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Closed))
    );

    let mut shop = Shop::new();
    shop.paid();
    assert_eq!(refused(&shop.close()), is(400, "ORDERPAID"));
}

#[test]
fn while_the_customer_is_paying_a_close_is_202_and_the_payment_may_go_either_way() {
    let mut shop = Shop::new();
    let code = shop.opened();
    shop.platform.start_paying(&code, shop.now_ms).unwrap();
    assert_eq!(shop.state(), "USERPAYING");
    assert_eq!(refused(&shop.close()), is(202, "USERPAYING"));
    shop.platform.refuse(&code, shop.now_ms).unwrap();
    assert_eq!(shop.state(), "NOTPAY");

    shop.platform.start_paying(&code, shop.now_ms).unwrap();
    shop.now_ms += 300_001;
    assert_eq!(
        shop.state(),
        "NOTPAY",
        "a payment begun ends with the order's time"
    );
}

#[test]
fn queries_want_the_merchant_and_an_order_of_theirs() {
    let mut shop = Shop::new();
    shop.paid();
    let id = body(&shop.query())["transaction_id"].as_str().unwrap().to_owned();
    let table = [
        (
            format!("/v3/pay/transactions/out-trade-no/{NUMBER}"),
            is(400, "PARAM_ERROR"),
        ),
        (
            format!("/v3/pay/transactions/out-trade-no/{NUMBER}?mchid=1900000102"),
            is(403, "NO_AUTH"),
        ),
        (
            "/v3/pay/transactions/out-trade-no/other_1?mchid=1900000101".to_owned(),
            is(404, "ORDER_NOT_EXIST"),
        ),
        (
            "/v3/pay/transactions/id/4200?mchid=1900000101".to_owned(),
            is(404, "ORDER_NOT_EXIST"),
        ),
        ("/v3/pay/transactions/jsapi".to_owned(), is(404, "NOT_FOUND")),
        (NATIVE.to_owned(), is(405, "METHOD_NOT_ALLOWED")),
    ];
    for (path, expected) in table {
        assert_eq!(refused(&shop.get(&path)), expected, "{path}");
    }
    let mut other = Shop::with(PlatformConfig::new(2), 1);
    std::mem::swap(&mut shop.platform, &mut other.platform);
    let path = format!("/v3/pay/transactions/id/{id}?mchid=1900000102");
    assert_eq!(refused(&other.get(&path)), is(404, "ORDER_NOT_EXIST"));
}

#[test]
fn answers_are_signed_with_the_key_the_request_asks_for() {
    let merchant = crate::merchants().remove(0);
    let table = [
        (None, merchant.platform_certificate_serial.clone()),
        (
            Some(merchant.platform_certificate_serial.clone()),
            merchant.platform_certificate_serial.clone(),
        ),
        (
            Some(merchant.platform_public_key_id.clone()),
            merchant.platform_public_key_id.clone(),
        ),
    ];
    for (asked, expected) in table {
        let mut shop = Shop::new();
        shop.serial.clone_from(&asked);
        let reply = shop.post(NATIVE, &shop.order());
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("wechatpay-serial"), Some(expected.as_str()));
        assert!(shop.verified(&reply.headers, &reply.body));
    }
    let mut shop = Shop::new().asking_for("PUB_KEY_ID_0");
    let order = shop.order();
    assert_eq!(refused(&shop.post(NATIVE, &order)), is(400, "PARAM_ERROR"));
}

#[test]
fn the_platform_certificate_comes_encrypted_with_the_merchants_key() {
    for merchant in [0, 1] {
        let mut shop = Shop::with(PlatformConfig::new(1), merchant);
        let answer = body(&shop.get("/v3/certificates"));
        let entry = &answer["data"][0];
        assert_eq!(entry["serial_no"], shop.merchant.platform_certificate_serial);
        let certificate = shop.decrypted(&entry["encrypt_certificate"]);
        assert_eq!(certificate, shop.merchant.platform_certificate_pem.as_bytes());
    }
}

#[test]
fn one_seed_gives_the_same_bytes_and_another_seed_others() {
    let run = |seed| {
        let mut shop = Shop::with(PlatformConfig::new(seed), 0);
        shop.paid();
        let replies = (shop.query(), shop.refund("R1", 50));
        (replies, shop.after(0), shop.after(5_000))
    };
    assert_eq!(run(9), run(9));
    assert_ne!(run(9), run(10));
}

#[test]
fn an_unknown_code_opens_nothing() {
    let platform = Platform::new(PlatformConfig::new(1));
    assert_eq!(
        platform.open_code("weixin://wxpay/bizpayurl?pr=zzz", 0),
        Err(PhoneError::UnknownCode)
    );
}
