//! WeChat Pay by the customer's payment code, and taking it back.

use serde_json::{Value, json};

use super::{NUMBER, Shop, body, is, refused};
use crate::{
    CallKind, CloseEffect, Fault, FaultRule, HttpReply, PaymentCodeState, PaymentEffect, PhoneError,
    PhoneState, PlatformName,
};

const CODE_PAY: &str = "/v3/pay/transactions/codepay";

impl Shop {
    fn code_order(&self, auth_code: &str) -> Value {
        json!({
            "appid": self.merchant.appid, "mchid": self.merchant.mchid, "description": "练习 商品",
            "out_trade_no": NUMBER, "payer": { "auth_code": auth_code },
            "amount": { "total": 1250, "currency": "CNY" },
            "scene_info": { "device_ip": "127.0.0.1", "store_info": { "id": "S1" } },
        })
    }

    /// Charges a fresh payment code; the answer and the code.
    fn charged(&mut self, asks_password: bool) -> (HttpReply, String) {
        let code = self
            .platform
            .show_payment_code(PlatformName::Wechat, asks_password, self.now_ms);
        let order = self.code_order(&code);
        (self.post(CODE_PAY, &order), code)
    }

    fn reverse(&mut self, asked: &Value) -> HttpReply {
        let path = format!("/v3/pay/transactions/out-trade-no/{NUMBER}/reverse");
        self.post(&path, asked)
    }

    fn own_reverse(&mut self) -> HttpReply {
        let asked = json!({ "appid": self.merchant.appid, "mchid": self.merchant.mchid });
        self.reverse(&asked)
    }
}

#[test]
fn a_code_without_password_pays_at_once_and_no_callback_tells_of_it() {
    let mut shop = Shop::new();
    let (reply, code) = shop.charged(false);
    let answer = body(&reply);
    assert_eq!((reply.status, &answer["trade_state"]), (200, &json!("SUCCESS")));
    assert_eq!(answer["trade_type"], "MICROPAY");
    assert!(shop.verified(&reply.headers, &reply.body));
    assert!(shop.after(60_000).is_empty());
    let shown = shop.platform.payment_code(&code, shop.now_ms).unwrap();
    let PaymentCodeState::Charged(order) = shown.state else {
        panic!("{shown:?}");
    };
    assert_eq!(
        (order.state, order.out_trade_no.as_str()),
        (PhoneState::Paid, NUMBER)
    );
}

#[test]
fn a_code_with_a_password_says_userpaying_and_nothing_else_until_the_customer_decides() {
    for (pays, state) in [(true, "SUCCESS"), (false, "PAYERROR")] {
        let mut shop = Shop::new();
        let (reply, code) = shop.charged(true);
        assert_eq!(
            (reply.status, body(&reply)),
            (200, json!({ "trade_state": "USERPAYING" }))
        );
        assert_eq!(shop.state(), "USERPAYING");
        let token = shop.platform.charged_order(&code).unwrap();
        if pays {
            shop.platform.confirm(&token, shop.now_ms).unwrap();
        } else {
            shop.platform.refuse(&token, shop.now_ms).unwrap();
        }
        assert_eq!(shop.state(), state);
    }
}

#[test]
fn a_customer_who_never_types_has_not_paid() {
    let mut shop = Shop::new();
    let (_, code) = shop.charged(true);
    shop.now_ms += 120_001;
    assert_eq!(shop.state(), "PAYERROR");
    let token = shop.platform.charged_order(&code).unwrap();
    assert!(shop.platform.confirm(&token, shop.now_ms).is_err());
}

#[test]
fn a_payment_code_is_good_for_one_minute_one_platform_and_one_payment() {
    let mut shop = Shop::new();
    let (_, code) = shop.charged(false);
    let mut second = shop.code_order(&code);
    second["out_trade_no"] = json!("T20260302_0002");
    assert_eq!(
        refused(&shop.post(CODE_PAY, &second)),
        is(400, "AUTH_CODE_INVALID")
    );
    let alipays = shop
        .platform
        .show_payment_code(PlatformName::Alipay, false, shop.now_ms);
    second["payer"]["auth_code"] = json!(alipays);
    assert_eq!(
        refused(&shop.post(CODE_PAY, &second)),
        is(400, "AUTH_CODE_INVALID")
    );
    let old = shop
        .platform
        .show_payment_code(PlatformName::Wechat, false, shop.now_ms);
    shop.now_ms += 60_000;
    second["payer"]["auth_code"] = json!(old);
    assert_eq!(
        refused(&shop.post(CODE_PAY, &second)),
        is(400, "AUTH_CODE_EXPIRE")
    );
    assert_eq!(
        shop.platform.payment_code(&old, shop.now_ms).unwrap().state,
        PaymentCodeState::Expired
    );
    for wrong in ["", "12345", "13000000000000000x"] {
        second["payer"]["auth_code"] = json!(wrong);
        assert_eq!(
            refused(&shop.post(CODE_PAY, &second)),
            is(400, "PARAM_ERROR"),
            "{wrong}"
        );
    }
    assert_eq!(shop.platform.counters().orders_created, 1);
    assert_eq!(
        shop.platform.payment_code("nothing", shop.now_ms),
        Err(PhoneError::UnknownCode)
    );
}

#[test]
fn a_number_is_good_for_one_payment_and_asked_again_says_how_it_stands() {
    let mut shop = Shop::new();
    let (_, code) = shop.charged(true);
    let order = shop.code_order(&code);
    assert_eq!(body(&shop.post(CODE_PAY, &order))["trade_state"], "USERPAYING");
    let other = shop
        .platform
        .show_payment_code(PlatformName::Wechat, false, shop.now_ms);
    let asked = shop.code_order(&other);
    assert_eq!(
        refused(&shop.post(CODE_PAY, &asked)),
        is(403, "OUT_TRADE_NO_USED")
    );
    let token = shop.platform.charged_order(&code).unwrap();
    shop.platform.confirm(&token, shop.now_ms).unwrap();
    assert_eq!(refused(&shop.post(CODE_PAY, &order)), is(400, "ORDERPAID"));
    assert_eq!(shop.platform.counters().orders_paid, 1);
}

#[test]
fn switches_decline_a_code_or_ask_for_the_password() {
    let mut shop = Shop::new();
    let effect = PaymentEffect::Declined;
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    assert_eq!(refused(&shop.charged(false).0), is(403, "TRADE_ERROR"));
    assert_eq!(shop.state(), "PAYERROR");
    let mut shop = Shop::new();
    let effect = PaymentEffect::AsksPassword;
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    assert_eq!(body(&shop.charged(false).0)["trade_state"], "USERPAYING");
}

#[test]
fn a_reverse_revokes_what_is_unpaid_and_returns_what_is_paid() {
    let mut shop = Shop::new();
    let (_, code) = shop.charged(true);
    assert_eq!(shop.own_reverse().status, 200);
    assert_eq!(shop.state(), "REVOKED");
    let token = shop.platform.charged_order(&code).unwrap();
    assert_eq!(
        shop.platform.confirm(&token, shop.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Closed))
    );

    let mut shop = Shop::new();
    shop.charged(false);
    for _ in 0..2 {
        assert_eq!(shop.own_reverse().status, 200, "again changes nothing");
    }
    assert_eq!(shop.state(), "REVOKED");
    let refunds = shop.platform.refunds();
    assert_eq!((refunds.len(), refunds[0].refund_minor.as_str()), (1, "1250"));
    assert_eq!(shop.platform.counters().of(CallKind::Cancel).done, 2);
}

#[test]
fn a_reverse_has_its_quirks() {
    let mut shop = Shop::new();
    shop.charged(false);
    let without_app = json!({ "mchid": shop.merchant.mchid });
    assert_eq!(refused(&shop.reverse(&without_app)), is(500, "SYSTEM_ERROR"));
    let foreign = json!({ "appid": shop.merchant.appid, "mchid": "1900000102" });
    assert_eq!(shop.reverse(&foreign).status, 200);
    assert_eq!(
        shop.state(),
        "SUCCESS",
        "yes to the wrong merchant changes nothing"
    );

    let mut shop = Shop::new();
    assert_eq!(refused(&shop.own_reverse()), is(404, "ORDER_NOT_EXIST"));
    shop.opened();
    assert_eq!(
        refused(&shop.own_reverse()),
        is(400, "INVALID_REQUEST"),
        "a scanned code is closed"
    );
}

#[test]
fn f38_a_reverse_that_says_yes_and_does_nothing_leaves_the_payment_to_succeed() {
    for (effect, told) in [
        (CloseEffect::Ignored, "USERPAYING"),
        (CloseEffect::StaysPayable, "REVOKED"),
    ] {
        let mut shop = Shop::new();
        shop.platform
            .set_fault(FaultRule::next(1, Fault::Close { effect }));
        let (_, code) = shop.charged(true);
        assert_eq!(shop.own_reverse().status, 200);
        assert_eq!(shop.state(), told);
        let token = shop.platform.charged_order(&code).unwrap();
        shop.platform.confirm(&token, shop.now_ms).unwrap();
        assert_eq!(shop.state(), "SUCCESS");
    }
}
