//! The switches: what the merchant sees, and what the platform really did.

use super::{NATIVE, Shop, body, is, refused, text};
use crate::{
    CallEffect, CallKind, CallbackEffect, CloseEffect, Fault, FaultRule, Outcome, PaymentEffect,
    PlatformName, RefusalCode, Spoil,
};

fn with_call(on: CallKind, effect: CallEffect) -> Shop {
    let mut shop = Shop::new();
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Call { on: Some(on), effect }));
    shop
}

fn with_callback(effect: CallbackEffect) -> Shop {
    let mut shop = Shop::new();
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Callback { effect }));
    shop
}

fn prepay_outcome(shop: &mut Shop) -> Outcome {
    let request = shop.signed("POST", NATIVE, &shop.order().to_string());
    shop.platform.handle(&request, shop.now_ms).outcome
}

#[test]
fn a_lost_request_leaves_no_order_and_a_lost_reply_leaves_one() {
    for (effect, made) in [(CallEffect::LostRequest, 0), (CallEffect::LostReply, 1)] {
        let mut shop = with_call(CallKind::Prepay, effect);
        assert_eq!(prepay_outcome(&mut shop), Outcome::Dropped);
        assert_eq!(shop.platform.counters().orders_created, made, "{effect:?}");
        shop.opened();
        let counters = shop.platform.counters();
        assert_eq!(
            counters.orders_created, 1,
            "{effect:?}: asking again opens no second order"
        );
        let count = counters.of(CallKind::Prepay);
        assert_eq!((count.received, count.lost_requests + count.lost_replies), (2, 1));
    }
}

#[test]
fn an_error_status_comes_with_or_without_the_effect() {
    let table = [
        (500, "SYSTEM_ERROR"),
        (503, "SYSTEM_ERROR"),
        (429, "FREQUENCY_LIMITED"),
        (202, "ACCEPTED"),
    ];
    for (status, code) in table {
        for acts in [false, true] {
            let mut shop = with_call(CallKind::Prepay, CallEffect::Status { status, acts });
            let reply = shop.post(NATIVE, &shop.order());
            assert_eq!(refused(&reply), is(status, code));
            assert!(shop.verified(&reply.headers, &reply.body));
            assert_eq!(shop.platform.counters().orders_created, u32::from(acts));
        }
    }
}

#[test]
fn a_slow_answer_has_acted_already() {
    let mut shop = with_call(CallKind::Prepay, CallEffect::Slow { delay_ms: 7_000 });
    let request = shop.signed("POST", NATIVE, &shop.order().to_string());
    let handled = shop.platform.handle(&request, shop.now_ms);
    assert_eq!((handled.delay_ms, handled.reply().unwrap().status), (7_000, 200));
    assert_eq!(shop.platform.counters().orders_created, 1);
}

#[test]
fn a_web_page_in_between_is_unsigned_and_the_platform_sees_nothing() {
    let mut shop = with_call(CallKind::Prepay, CallEffect::HtmlPage);
    let reply = shop.post(NATIVE, &shop.order());
    assert_eq!((reply.status, reply.header("wechatpay-signature")), (200, None));
    assert!(text(&reply).contains("<html>"));
    assert_eq!(shop.platform.counters().orders_created, 0);
}

#[test]
fn altered_and_wrongly_signed_answers_do_not_verify() {
    for effect in [CallEffect::BadSignature, CallEffect::AlteredBody] {
        let mut shop = with_call(CallKind::Query, effect);
        shop.opened();
        let reply = shop.query();
        assert!(!shop.verified(&reply.headers, &reply.body), "{effect:?}");
        if effect == CallEffect::AlteredBody {
            assert_eq!(body(&reply)["trade_state"], "SUCCESS");
        }
        assert_eq!(shop.state(), "NOTPAY", "the next answer is true again");
    }
}

#[test]
fn an_altered_close_does_not_verify_either() {
    let mut shop = with_call(CallKind::Close, CallEffect::AlteredBody);
    shop.opened();
    let reply = shop.close();
    assert_eq!(reply.status, 200);
    assert!(!shop.verified(&reply.headers, &reply.body));
    assert_eq!(shop.state(), "CLOSED");
}

#[test]
fn a_new_order_may_not_be_visible_yet() {
    let mut shop = with_call(CallKind::Query, CallEffect::NotVisible);
    shop.opened();
    assert_eq!(refused(&shop.query()), is(404, "ORDER_NOT_EXIST"));
    assert_eq!(shop.state(), "NOTPAY");
}

#[test]
fn a_close_can_say_yes_and_leave_the_order_payable() {
    for (effect, shown) in [
        (CloseEffect::Ignored, "NOTPAY"),
        (CloseEffect::StaysPayable, "CLOSED"),
    ] {
        let mut shop = Shop::new();
        shop.platform
            .set_fault(FaultRule::next(1, Fault::Close { effect }));
        let code = shop.opened();
        assert_eq!(shop.close().status, 204);
        assert_eq!(shop.state(), shown);
        shop.now_ms += 1_000;
        shop.platform.confirm(&code, shop.now_ms).unwrap();
        assert_eq!(shop.state(), "SUCCESS");
        assert_eq!(shop.after(0).len(), 1);
    }
}

#[test]
fn a_payment_can_be_reported_with_another_total_or_a_coupon() {
    for (effect, total, payer) in [
        (PaymentEffect::WrongTotal { total_minor: 1249 }, 1249, 1249),
        (PaymentEffect::Coupon { off_minor: 200 }, 1250, 1050),
        (PaymentEffect::Coupon { off_minor: 9_999 }, 1250, 0),
    ] {
        let mut shop = Shop::new();
        shop.platform
            .set_fault(FaultRule::next(1, Fault::Payment { effect }));
        shop.paid();
        let amount = &body(&shop.query())["amount"];
        assert_eq!(
            (amount["total"].as_i64(), amount["payer_total"].as_i64()),
            (Some(total), Some(payer))
        );
    }
}

#[test]
fn callbacks_can_be_missing_late_or_many() {
    let mut never = with_callback(CallbackEffect::Never);
    never.paid();
    assert!(never.after(86_400_000).is_empty());

    let mut late = with_callback(CallbackEffect::Late { delay_ms: 600_000 });
    late.paid();
    assert!(late.after(599_999).is_empty());
    assert_eq!(late.after(1).len(), 1);

    let mut many = with_callback(CallbackEffect::Duplicated { copies: 3 });
    many.paid();
    let sent = many.after(0);
    assert_eq!(sent.len(), 4);
    assert!(sent.iter().all(|callback| callback.body == sent[0].body));
    for callback in &sent {
        many.told(callback);
        many.platform
            .callback_answered(callback.id, Some(200), many.now_ms);
    }
    assert_eq!(many.platform.next_due_ms(), None);
}

#[test]
fn a_reordered_callback_arrives_after_a_later_one_or_after_a_minute() {
    let mut shop = with_callback(CallbackEffect::Reordered);
    shop.paid();
    shop.refund("R1", 1250);
    let sent = shop.after(2_000);
    let told: Vec<_> = sent.iter().map(|callback| shop.told(callback)).collect();
    assert_eq!(told.len(), 2);
    assert!(told[0].get("refund_status").is_some() && told[1].get("trade_state").is_some());

    let mut alone = with_callback(CallbackEffect::Reordered);
    alone.paid();
    assert!(alone.after(59_999).is_empty());
    assert_eq!(alone.after(1).len(), 1);
}

#[test]
fn broken_copies_go_out_before_the_true_callback_and_only_once() {
    for how in [Spoil::SignTest, Spoil::BadSignature, Spoil::Stale, Spoil::Altered] {
        let mut shop = with_callback(CallbackEffect::Spoiled { how });
        shop.paid();
        let sent = shop.after(0);
        assert_eq!(sent.len(), 2, "{how:?}");
        let header = |name: &str| sent[0].headers.iter().find(|(n, _)| n == name).unwrap().1.clone();
        assert_eq!(
            shop.verified(&sent[0].headers, &sent[0].body),
            how == Spoil::Stale,
            "{how:?}"
        );
        let age_s = shop.now_ms / 1000 - header("Wechatpay-Timestamp").parse::<i64>().unwrap();
        assert_eq!(age_s, if how == Spoil::Stale { 600 } else { 0 });
        let probe = header("Wechatpay-Signature").starts_with("WECHATPAY/SIGNTEST/");
        assert_eq!(probe, how == Spoil::SignTest);
        shop.told(&sent[1]);
        shop.platform
            .callback_answered(sent[0].id, Some(401), shop.now_ms);
        shop.platform
            .callback_answered(sent[1].id, Some(200), shop.now_ms);
        assert_eq!(shop.platform.next_due_ms(), None);
    }
}

#[test]
fn a_switch_applies_where_it_says_and_can_be_cleared() {
    let mut shop = Shop::new();
    let lost = Fault::Call {
        on: None,
        effect: CallEffect::LostRequest,
    };
    shop.platform.set_fault(FaultRule {
        mchid: Some("1900000102".to_owned()),
        ..FaultRule::always(lost)
    });
    shop.platform.set_fault(FaultRule {
        out_trade_no: Some("other".to_owned()),
        ..FaultRule::always(lost)
    });
    shop.opened();
    let id = shop.platform.set_fault(FaultRule::always(lost));
    assert_eq!(prepay_outcome(&mut shop), Outcome::Dropped);
    assert_eq!(prepay_outcome(&mut shop), Outcome::Dropped);
    shop.platform.clear_fault(id).unwrap();
    assert!(shop.platform.clear_fault(id).is_err());
    shop.opened();
    assert_eq!(shop.platform.faults().len(), 2);
    shop.platform.clear_faults();
    assert!(shop.platform.faults().is_empty());
}

#[test]
fn rules_are_read_from_json_as_documented() {
    let table = [
        r#"{"at":"call","on":"prepay","effect":"lost_reply","times":1}"#,
        r#"{"at":"call","effect":{"slow":{"delay_ms":3000}},"mchid":"1900000101"}"#,
        r#"{"at":"call","on":"close","effect":{"status":{"status":500,"acts":true}}}"#,
        r#"{"at":"close","effect":"stays_payable","outTradeNo":"T1"}"#,
        r#"{"at":"close","effect":"asks_again"}"#,
        r#"{"at":"call","on":"refund","effect":{"refuses":{"code":"RULE_LIMIT"}}}"#,
        r#"{"at":"call","effect":{"refuses":{"code":"ACQ.TRADE_STATUS_ERROR"}},"platform":"alipay"}"#,
        r#"{"at":"payment","effect":{"wrong_total":{"total_minor":1}}}"#,
        r#"{"at":"callback","effect":{"spoiled":{"how":"sign_test"}},"times":2}"#,
        r#"{"at":"callback","effect":"never"}"#,
        r#"{"at":"refund","ends":"abnormal"}"#,
    ];
    for text in table {
        let rule: FaultRule = serde_json::from_str(text).unwrap();
        let again: FaultRule = serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
        assert_eq!(rule, again, "{text}");
    }
    assert!(serde_json::from_str::<FaultRule>(r#"{"at":"call","effect":"lost_everything"}"#).is_err());
}

#[test]
fn every_documented_code_can_be_asked_for_and_nothing_is_done() {
    let codes = RefusalCode::all(PlatformName::Wechat);
    for code in &codes {
        let mut shop = with_call(CallKind::Prepay, CallEffect::Refuses { code: *code });
        let reply = shop.post(NATIVE, &shop.order());
        assert!(shop.verified(&reply.headers, &reply.body), "{code:?}");
        assert!(reply.status == 202 || reply.status >= 400, "{code:?}");
        let (name, said) = (code.name(), refused(&reply).1);
        assert!(said == name || name == "NUMBER_REPEATED", "{name}: {said}");
        assert_eq!(shop.platform.counters().orders_created, 0, "{name}");
    }
    let repeated = RefusalCode::named("NUMBER_REPEATED").unwrap();
    let mut shop = with_call(CallKind::Prepay, CallEffect::Refuses { code: repeated });
    let reply = shop.post(NATIVE, &shop.order());
    assert_eq!(refused(&reply), is(400, "INVALID_REQUEST"));
    assert!(text(&reply).contains("订单号重复"));
    assert!(codes.contains(&RefusalCode::named("RULE_LIMIT").unwrap()));
}

#[test]
fn a_code_of_the_other_platform_waits_for_that_platform() {
    let code = RefusalCode::named("ACQ.SYSTEM_ERROR").unwrap();
    let mut shop = with_call(CallKind::Prepay, CallEffect::Refuses { code });
    shop.opened();
    assert_eq!(shop.platform.faults().len(), 1);
}

#[test]
fn a_reverse_can_ask_to_be_called_again_and_a_close_cannot() {
    let mut shop = Shop::new();
    let effect = CloseEffect::AsksAgain;
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Close { effect }));
    shop.opened();
    assert_eq!(shop.close().status, 204);
    assert_eq!(shop.state(), "CLOSED", "it waits for a reverse");

    let mut shop = Shop::new();
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Close { effect }));
    let digits = shop
        .platform
        .show_payment_code(PlatformName::Wechat, true, shop.now_ms);
    let mut charge = shop.order();
    charge["payer"] = serde_json::json!({ "auth_code": digits });
    charge["scene_info"] = serde_json::json!({ "store_info": { "id": "1", "out_id": "1" } });
    for field in ["time_expire", "notify_url"] {
        charge.as_object_mut().unwrap().remove(field);
    }
    let charged = shop.post("/v3/pay/transactions/codepay", &charge);
    assert_eq!(charged.status, 200, "{}", text(&charged));
    let reverse = |shop: &mut Shop| {
        let path = format!("/v3/pay/transactions/out-trade-no/{}/reverse", super::NUMBER);
        let body = serde_json::json!({ "appid": shop.merchant.appid, "mchid": shop.merchant.mchid });
        shop.post(&path, &body)
    };
    assert_eq!(body(&reverse(&mut shop))["recall"], "Y");
    assert_eq!(shop.state(), "USERPAYING", "nothing was done");
    assert!(body(&reverse(&mut shop)).get("recall").is_none());
    assert_eq!(shop.state(), "REVOKED");
}
