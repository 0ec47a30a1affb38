//! What a callback must be to be believed. Every other one is refused with an error status.

use proptest::prelude::*;
use suanpan_domain::platform::{Observation, PlatformState, RefundState};

use super::testkit::*;
use crate::channel::{Channel, NoticeRefused};
use crate::http::CallbackRequest;

const PAID: &str = r#"{"mchid":"1230000109","appid":"wxd678efh567hg6787","out_trade_no":"1217752501201407033","transaction_id":"42","trade_state":"SUCCESS","success_time":"2018-06-08T10:34:56+08:00","amount":{"total":100,"currency":"CNY"}}"#;

fn refused(callback: &CallbackRequest) -> NoticeRefused {
    account().notice(callback, NOW_MS).unwrap_err()
}

fn resigned(body: &str) -> CallbackRequest {
    CallbackRequest {
        headers: signed_headers(NOW_S, body.as_bytes()),
        body: body.into(),
    }
}

#[test]
fn a_payment_is_read_in_either_mode_and_as_often_as_it_comes() {
    let in_key_mode = notice("TRANSACTION.SUCCESS", PAID);
    let mut in_certificate_mode = in_key_mode.clone();
    in_certificate_mode.headers = certificate_headers(NOW_S, &in_certificate_mode.body);
    let first = account().notice(&in_key_mode, NOW_MS).unwrap();
    assert!(matches!(&first.fact, Observation::Trade(fact) if fact.state == PlatformState::Paid));
    assert_eq!(account().notice(&in_key_mode, NOW_MS + 1_000).unwrap(), first);
    assert_eq!(account().notice(&in_certificate_mode, NOW_MS).unwrap(), first);
}

#[test]
fn refund_callbacks_carry_every_end_of_a_refund() {
    for (word, state) in [
        ("SUCCESS", RefundState::Success),
        ("ABNORMAL", RefundState::Abnormal),
        ("CLOSED", RefundState::Closed),
    ] {
        let content = serde_json::json!({
            "mchid": "1230000109", "out_trade_no": TRADE_NO, "out_refund_no": REFUND_NO, "refund_id": "5",
            "refund_status": word, "amount": { "total": 100, "refund": 40 },
        });
        let read = account().notice(&notice(&format!("REFUND.{word}"), &content.to_string()), NOW_MS);
        assert!(matches!(read.unwrap().fact, Observation::Refund(fact) if fact.state == state));
    }
}

#[test]
fn i16_forged_stale_and_probing_callbacks_are_refused() {
    let good = notice("TRANSACTION.SUCCESS", PAID);
    let with = |name: &str, value: &str| {
        let mut callback = good.clone();
        for (key, held) in &mut callback.headers {
            if key == name {
                value.clone_into(held);
            }
        }
        callback
    };
    assert_eq!(
        refused(&with(
            "Wechatpay-Signature",
            "WECHATPAY/SIGNTEST/mfI1CPqvBrgcXfgX"
        )),
        NoticeRefused::BadSignature
    );
    assert_eq!(
        refused(&with("Wechatpay-Nonce", "x")),
        NoticeRefused::BadSignature
    );
    assert_eq!(
        refused(&with("Wechatpay-Serial", "7A")),
        NoticeRefused::UnknownSerial("7A".into())
    );
    assert_eq!(
        refused(&with("Wechatpay-Timestamp", "soon")),
        NoticeRefused::Malformed("Wechatpay-Timestamp")
    );
    assert_eq!(
        refused(&with("Wechatpay-Nonce", "")),
        NoticeRefused::Malformed("Wechatpay-Nonce")
    );
    assert_eq!(
        account().notice(&good, NOW_MS + 300_000),
        Err(NoticeRefused::Stale)
    );
    assert_eq!(
        account().notice(&good, NOW_MS - 300_000),
        Err(NoticeRefused::Stale)
    );
    assert!(account().notice(&good, NOW_MS + 299_999).is_ok());
    let bare = CallbackRequest {
        headers: Vec::new(),
        body: good.body.clone(),
    };
    assert_eq!(refused(&bare), NoticeRefused::Malformed("Wechatpay-Timestamp"));
}

#[test]
fn p05_another_merchants_payment_is_refused_and_another_apps_stays_visible() {
    let other = PAID.replace("1230000109", "1230000110");
    assert_eq!(
        refused(&notice("TRANSACTION.SUCCESS", &other)),
        NoticeRefused::WrongMerchant
    );
    let nobody = PAID.replace(r#""mchid":"1230000109","#, "");
    assert_eq!(
        refused(&notice("TRANSACTION.SUCCESS", &nobody)),
        NoticeRefused::WrongMerchant
    );
    let other_app = notice("TRANSACTION.SUCCESS", &PAID.replace("wxd678efh567hg6787", "wx0"));
    let read = account().notice(&other_app, NOW_MS).unwrap();
    assert!(matches!(read.fact, Observation::Trade(fact) if fact.app_id.as_deref() == Some("wx0")));
}

#[test]
fn p13_fields_that_are_not_known_change_nothing() {
    let more = PAID.replace(
        r#""mchid""#,
        r#""promotion_detail":[{"coupon_id":"1"}],"new":null,"mchid""#,
    );
    let plain = account()
        .notice(&notice("TRANSACTION.SUCCESS", PAID), NOW_MS)
        .unwrap();
    assert_eq!(
        account()
            .notice(&notice("TRANSACTION.SUCCESS", &more), NOW_MS)
            .unwrap(),
        plain
    );
}

#[test]
fn well_signed_but_unusable_callbacks_are_refused() {
    let good = String::from_utf8(notice("TRANSACTION.SUCCESS", PAID).body).unwrap();
    assert_eq!(
        refused(&notice("PAYSCORE.USER_OPEN_SERVICE", PAID)),
        NoticeRefused::UnknownEvent
    );
    assert_eq!(refused(&notice("TRANSACTION", PAID)), NoticeRefused::UnknownEvent);
    assert_eq!(
        refused(&notice("REFUND.SUCCESS", PAID)),
        NoticeRefused::Malformed("content")
    );
    assert_eq!(
        refused(&notice("TRANSACTION.SUCCESS", "[]")),
        NoticeRefused::Malformed("content")
    );
    let odd_state = PAID.replace(r#""SUCCESS""#, r#""MAYBE""#);
    assert_eq!(
        refused(&notice("TRANSACTION.SUCCESS", &odd_state)),
        NoticeRefused::Malformed("trade state")
    );
    for body in [
        "",
        "{}",
        "<html>",
        "null",
        r#"{"id":"1","event_type":"TRANSACTION.SUCCESS","resource":1}"#,
    ] {
        assert_eq!(
            refused(&resigned(body)),
            NoticeRefused::Malformed("body"),
            "{body}"
        );
    }
    for (from, to) in [
        ("AEAD_AES_256_GCM", "AEAD_SM4_GCM"),
        (r#""nonce":"fdasflkja484""#, r#""nonce":"fdasflkja485""#),
        (r#""nonce":"fdasflkja484""#, r#""nonce":"""#),
        (
            r#""associated_data":"transaction""#,
            r#""associated_data":"refund""#,
        ),
        (r#""associated_data":"transaction""#, r#""associated_data":null"#),
        (r#""ciphertext":""#, r#""ciphertext":"!"#),
    ] {
        let altered = good.replace(from, to);
        assert_ne!(altered, good, "{from}");
        assert_eq!(refused(&resigned(&altered)), NoticeRefused::Undecryptable, "{to}");
    }
    assert_eq!(
        refused(&resigned(&" ".repeat(70_000))),
        NoticeRefused::Malformed("body too large")
    );
}

/// Every single bit of every byte, in the body and in each header's name and value.
#[test]
fn every_flipped_bit_is_refused_or_leaves_the_fact_as_it_is() {
    let account = account();
    let good = notice("TRANSACTION.SUCCESS", PAID);
    let fact = account.notice(&good, NOW_MS).unwrap();
    for at in 0..good.body.len() {
        for bit in 0..8 {
            let mut altered = good.clone();
            altered.body[at] ^= 1 << bit;
            assert!(account.notice(&altered, NOW_MS).is_err(), "byte {at} bit {bit}");
        }
    }
    let flipped = |text: &str, at: usize, bit: u8| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1 << bit;
        String::from_utf8_lossy(&bytes).into_owned()
    };
    for header_at in 0..good.headers.len() {
        let (name, value) = good.headers[header_at].clone();
        for bit in 0..8 {
            for at in 0..name.len() {
                let mut altered = good.clone();
                altered.headers[header_at].0 = flipped(&name, at, bit);
                assert!(
                    account.notice(&altered, NOW_MS).is_ok_and(|n| n == fact)
                        || account.notice(&altered, NOW_MS).is_err()
                );
            }
            for at in 0..value.len() {
                let mut altered = good.clone();
                altered.headers[header_at].1 = flipped(&value, at, bit);
                assert!(
                    account.notice(&altered, NOW_MS).is_err(),
                    "{name} byte {at} bit {bit}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_panic(
        body in proptest::collection::vec(any::<u8>(), 0..300),
        headers in proptest::collection::vec(("[ -~]{0,20}", "\\PC{0,40}"), 0..6),
        now_ms in any::<i64>(),
    ) {
        let account = account();
        let forged = CallbackRequest { headers, body: body.clone() };
        prop_assert!(account.notice(&forged, now_ms).is_err());
        let signed = CallbackRequest { headers: signed_headers(NOW_S, &body), body };
        prop_assert!(account.notice(&signed, NOW_MS).is_err());
    }

    #[test]
    fn any_content_under_the_right_key_is_read_without_panic(content in "\\PC{0,200}") {
        let account = account();
        for event in ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"] {
            prop_assert!(account.notice(&notice(event, &content), NOW_MS).is_err());
        }
    }
}
