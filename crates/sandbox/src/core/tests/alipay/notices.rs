//! Notices: content, schedule, acknowledgement.

use serde_json::json;

use super::{NUMBER, Stall, read_form};
use crate::{ALIPAY_RETRY_DELAYS_MS, CallbackEffect, CallbackState, Fault, FaultRule, Spoil};

#[test]
fn a_payment_is_told_once_with_everything_a_merchant_must_check() {
    let mut stall = Stall::new();
    stall.paid();
    let sent = stall.after(0);
    assert_eq!(
        (sent.len(), sent[0].url.as_str()),
        (1, "https://centre.example/notify")
    );
    let told = stall.told(&sent[0]);
    for (name, value) in [
        ("trade_status", "TRADE_SUCCESS"),
        ("out_trade_no", NUMBER),
        ("total_amount", "12.50"),
        ("app_id", stall.app.app_id.as_str()),
        ("seller_id", stall.app.seller_id.as_str()),
        ("notify_type", "trade_status_sync"),
        ("sign_type", "RSA2"),
        ("subject", "练习 商品"),
        ("gmt_payment", "2026-03-02 10:00:00"),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    assert!(!told.contains_key("out_biz_no"));
}

#[test]
fn p14_a_refund_is_told_at_the_payments_address() {
    let mut stall = Stall::new();
    stall.paid();
    stall.after(0);
    stall.refund("R1", "2.50");
    let part = stall.after(0);
    let told = stall.told(&part[0]);
    assert_eq!(part[0].url, "https://centre.example/notify");
    assert_eq!(
        (told["out_biz_no"].as_str(), told["refund_fee"].as_str()),
        ("R1", "2.50")
    );
    assert_eq!(
        (told["trade_status"].as_str(), told["total_amount"].as_str()),
        ("TRADE_SUCCESS", "12.50")
    );
    assert_eq!(told["gmt_refund"], "2026-03-02 10:00:00.000");
    stall.refund("R2", "10.00");
    let whole = stall.after(0);
    let told = stall.told(&whole[0]);
    assert_eq!(
        (told["trade_status"].as_str(), told["refund_fee"].as_str()),
        ("TRADE_CLOSED", "12.50")
    );
}

#[test]
fn a_closed_trade_is_told_and_an_unscanned_code_is_not() {
    let mut stall = Stall::new();
    let code = stall.opened();
    assert!(stall.after(1).is_empty());
    stall.platform.scan(&code, stall.now_ms).unwrap();
    let sent = stall.after(300_000);
    assert_eq!(stall.told(&sent[0])["trade_status"], "TRADE_CLOSED");
}

#[test]
fn only_the_seven_bytes_success_acknowledge() {
    for (status, body, state) in [
        (Some(200), "success", CallbackState::Acknowledged),
        (Some(200), "Success", CallbackState::Waiting),
        (Some(200), "success\n", CallbackState::Waiting),
        (Some(200), "\"success\"", CallbackState::Waiting),
        (
            Some(200),
            r#"{"code":200,"msg":"OK","data":"success"}"#,
            CallbackState::Waiting,
        ),
        (Some(200), "", CallbackState::Waiting),
        (Some(500), "success", CallbackState::Waiting),
        (None, "", CallbackState::Waiting),
    ] {
        let mut stall = Stall::new();
        stall.paid();
        let id = stall.after(0)[0].id;
        stall
            .platform
            .callback_heard(id, status, body.as_bytes(), stall.now_ms);
        assert_eq!(stall.platform.callbacks()[0].state, state, "{status:?} {body}");
    }
}

#[test]
fn a_notice_is_repeated_on_the_real_schedule_under_one_id_and_then_given_up() {
    let mut stall = Stall::new();
    stall.paid();
    let first = stall.after(0);
    let id = stall.told(&first[0])["notify_id"].clone();
    stall
        .platform
        .callback_heard(first[0].id, Some(200), b"fail", stall.now_ms);
    for (retry, delay_ms) in ALIPAY_RETRY_DELAYS_MS.into_iter().enumerate() {
        assert!(stall.after(delay_ms - 1).is_empty(), "retry {retry} came early");
        let sent = stall.after(1);
        assert_eq!((sent.len(), sent[0].attempt as usize), (1, retry + 2));
        let told = stall.told(&sent[0]);
        assert_eq!(told["notify_id"], id);
        assert_ne!(
            sent[0].body, first[0].body,
            "each attempt has its own time and signature"
        );
        stall.platform.callback_heard(sent[0].id, None, b"", stall.now_ms);
    }
    assert_eq!(stall.platform.counters().callbacks_sent, 8);
    assert_eq!(stall.platform.callbacks()[0].state, CallbackState::Over);
    assert!(stall.after(86_400_000).is_empty());
}

#[test]
fn broken_copies_go_out_before_the_true_one() {
    for (how, verifies) in [
        (Spoil::BadSignature, false),
        (Spoil::Altered, false),
        (Spoil::Stale, true),
    ] {
        let mut stall = Stall::new();
        let effect = CallbackEffect::Spoiled { how };
        stall
            .platform
            .set_fault(FaultRule::next(1, Fault::Callback { effect }));
        stall.paid();
        let sent = stall.after(0);
        assert_eq!(sent.len(), 2, "{how:?}");
        let broken = read_form(&sent[0].body);
        assert_eq!(stall.notice_verified(&broken), verifies, "{how:?}");
        if how == Spoil::Altered {
            assert_eq!(broken["total_amount"], "112.50");
        }
        if how == Spoil::Stale {
            assert_eq!(broken["notify_time"], "2026-03-01 07:00:00");
        }
        stall.told(&sent[1]);
    }
}

#[test]
fn wechats_probe_is_none_of_alipays() {
    let mut stall = Stall::new();
    let effect = CallbackEffect::Spoiled { how: Spoil::SignTest };
    stall
        .platform
        .set_fault(FaultRule::next(1, Fault::Callback { effect }));
    stall.paid();
    assert_eq!(stall.after(0).len(), 1);
    assert_eq!(
        stall.platform.faults().len(),
        1,
        "the switch waits for the other platform"
    );
}

#[test]
fn a_trade_without_an_address_is_told_to_nobody() {
    let mut stall = Stall::new();
    let mut parameters = stall.parameters(super::PRECREATE, &stall.order());
    parameters.remove("notify_url");
    let request = stall.signed(parameters);
    let code = stall.send(&request).node["qr_code"].as_str().unwrap().to_owned();
    stall.platform.confirm(&code, stall.now_ms).unwrap();
    assert!(stall.after(0).is_empty());
    assert_eq!(json!(stall.status()), "TRADE_SUCCESS");
}
