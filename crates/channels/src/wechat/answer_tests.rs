//! What answers mean, as tables, and that no bytes of any kind make the reader panic or believe.

use proptest::prelude::*;
use suanpan_domain::money::Fen;
use suanpan_domain::platform::{Observation, PlatformState, RefundState};

use super::testkit::*;
use crate::call::Call;
use crate::channel::{Channel, Lost};
use crate::http::HttpReply;

fn read(call: &Call, reply: &HttpReply) -> Observation {
    account().answer(call, Ok(reply), NOW_MS)
}

fn is_unknown(observation: &Observation) -> bool {
    matches!(observation, Observation::Unknown { .. })
}

/// A short word for what a signed refusal means, to keep the table readable.
fn word(observation: &Observation) -> &'static str {
    match observation {
        Observation::CodeReady { .. } => "code",
        Observation::Trade(_) => "trade",
        Observation::NotExist => "missing",
        Observation::CloseAccepted => "closed",
        Observation::AlreadyPaid => "paid",
        Observation::NumberUsed => "used",
        Observation::Busy => "busy",
        Observation::Refund(_) => "refund",
        Observation::RefundDeferred { .. } => "deferred",
        Observation::Refused { .. } => "refused",
        Observation::Unknown { .. } => "unknown",
    }
}

fn refusal(code: &str, message: &str) -> String {
    serde_json::json!({ "code": code, "message": message, "detail": { "field": "x" } }).to_string()
}

/// Status, code: what prepay, query, close, refund, the query of a refund, a charge by payment code and a
/// reversal make of it.
#[rustfmt::skip]
const REFUSALS: &[(u16, &str, [&str; 7])] = &[
    (400, "PARAM_ERROR", ["refused", "unknown", "unknown", "refused", "unknown", "refused", "unknown"]),
    (401, "SIGN_ERROR", ["refused", "unknown", "unknown", "refused", "unknown", "refused", "unknown"]),
    (403, "NO_AUTH", ["refused", "unknown", "unknown", "refused", "unknown", "refused", "unknown"]),
    (400, "INVALID_REQUEST", ["refused", "unknown", "unknown", "refused", "unknown", "refused", "unknown"]),
    (400, "APPID_MCHID_NOT_MATCH", ["refused", "unknown", "unknown", "refused", "unknown", "refused", "unknown"]),
    (400, "MCH_NOT_EXISTS", ["refused", "unknown", "unknown", "refused", "unknown", "refused", "unknown"]),
    (404, "ORDER_NOT_EXIST", ["unknown", "missing", "missing", "missing", "missing", "unknown", "missing"]),
    (404, "ORDERNOTEXIST", ["unknown", "missing", "missing", "missing", "missing", "unknown", "missing"]),
    (404, "RESOURCE_NOT_EXISTS", ["unknown", "unknown", "unknown", "missing", "missing", "unknown", "unknown"]),
    (400, "ORDERPAID", ["paid", "unknown", "paid", "unknown", "unknown", "paid", "unknown"]),
    (400, "ORDER_CLOSED", ["used", "unknown", "closed", "unknown", "unknown", "used", "closed"]),
    (403, "OUT_TRADE_NO_USED", ["used", "unknown", "unknown", "unknown", "unknown", "used", "unknown"]),
    (202, "USERPAYING", ["busy", "busy", "busy", "busy", "busy", "busy", "busy"]),
    (400, "USERPAYING", ["unknown", "unknown", "busy", "unknown", "unknown", "busy", "busy"]),
    (202, "PARAM_ERROR", ["unknown"; 7]),
    (403, "NOT_ENOUGH", ["unknown", "unknown", "unknown", "deferred", "unknown", "refused", "unknown"]),
    (403, "USER_ACCOUNT_ABNORMAL", ["unknown", "unknown", "unknown", "deferred", "unknown", "unknown", "unknown"]),
    (403, "TRADE_ERROR", ["unknown"; 7]),
    (403, "RULE_LIMIT", ["unknown"; 7]),
    (403, "FREQUENCY_LIMITED", ["unknown"; 7]),
    (429, "FREQUENCY_LIMITED", ["unknown"; 7]),
    (429, "RATELIMIT_EXCEEDED", ["unknown"; 7]),
    (429, "PARAM_ERROR", ["unknown"; 7]),
    (500, "SYSTEM_ERROR", ["unknown"; 7]),
    (500, "PARAM_ERROR", ["unknown"; 7]),
    (503, "ORDER_NOT_EXIST", ["unknown"; 7]),
    (302, "PARAM_ERROR", ["unknown"; 7]),
    (400, "SOMETHING_NEW", ["unknown"; 7]),
    (400, "", ["unknown"; 7]),
    (400, "AUTH_CODE_INVALID", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
    (400, "AUTH_CODE_ERROR", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
    (400, "AUTHCODEEXPIRE", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
    (400, "NOTSUPORTCARD", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
    (403, "BUYER_MISMATCH", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
    (400, "NOTENOUGH", ["unknown", "unknown", "unknown", "deferred", "unknown", "refused", "unknown"]),
    (400, "ORDERREVERSED", ["unknown", "unknown", "unknown", "unknown", "unknown", "used", "closed"]),
    (202, "BANKERROR", ["unknown"; 7]),
    (500, "SYSTEMERROR", ["unknown"; 7]),
    (400, "BANKERROR", ["unknown"; 7]),
];

#[test]
fn a_signed_refusal_means_what_the_table_says() {
    for (status, code, expected) in REFUSALS {
        let reply = signed(*status, &refusal(code, "words"));
        for (call, expected) in every_call().iter().zip(expected) {
            assert_eq!(word(&read(call, &reply)), *expected, "{status} {code} {call:?}");
        }
    }
}

#[test]
fn a_used_number_that_comes_as_an_invalid_request_is_a_used_number() {
    let reply = signed(400, &refusal("INVALID_REQUEST", "201 商户订单号重复"));
    assert_eq!(read(&prepay(), &reply), Observation::NumberUsed);
}

#[test]
fn i14_no_unsigned_refusal_is_believed_but_its_code_is_in_the_log() {
    for (status, code) in [
        (400, "PARAM_ERROR"),
        (401, "SIGN_ERROR"),
        (404, "ORDER_NOT_EXIST"),
        (400, "ORDER_CLOSED"),
    ] {
        let reply = unsigned(status, &refusal(code, "words"));
        for call in every_call() {
            match read(&call, &reply) {
                Observation::Unknown { why } => assert!(why.contains(code), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn no_reply_is_unknown_whatever_the_reason() {
    for lost in [
        Lost::BreakerOpen,
        Lost::NoPlace,
        Lost::NoChannel,
        Lost::TimedOut,
        Lost::Cut("x".into()),
        Lost::NoConnection("x".into()),
    ] {
        for call in every_call() {
            assert!(is_unknown(&account().answer(&call, Err(lost.clone()), NOW_MS)));
        }
    }
}

#[test]
fn pages_and_broken_bodies_are_unknown_even_when_signed() {
    let page = "<html><body>Please log in</body></html>";
    let deep = "[".repeat(50_000);
    let huge = format!(r#"{{"code_url":"{}"}}"#, "a".repeat(70_000));
    for body in [
        page,
        "",
        "{",
        "null",
        "[]",
        "{}",
        r#"{"code_url":1}"#,
        r#"{"code_url":""}"#,
        &deep,
        &huge,
    ] {
        for status in [200, 204, 202, 400, 404, 500] {
            for call in every_call() {
                let fits = body.len() <= crate::http::BODY_BYTES_MAX;
                let ends = matches!(call, Call::Close { .. } | Call::Reverse { .. });
                let is_object = serde_json::from_str::<serde_json::Map<_, _>>(body).is_ok();
                let empty_yes = status == 200 && is_object && matches!(call, Call::Reverse { .. });
                let believed = fits && ((status == 204 && ends) || empty_yes);
                assert_eq!(
                    is_unknown(&read(&call, &signed(status, body))),
                    !believed,
                    "{body:.20}"
                );
                assert!(is_unknown(&read(&call, &unsigned(status, body))));
            }
        }
    }
}

#[test]
fn p10_a_signature_that_does_not_fit_makes_any_answer_unknown() {
    let good = signed(
        200,
        r#"{"code_url":"weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00"}"#,
    );
    assert_eq!(word(&read(&prepay(), &good)), "code");
    let without = |name: &str| {
        let mut reply = good.clone();
        reply.headers.retain(|(key, _)| key != name);
        reply
    };
    let with = |name: &str, value: &str| {
        let mut reply = without(name);
        reply.headers.push((name.to_owned(), value.to_owned()));
        reply
    };
    let mut twice = good.clone();
    twice.headers.push(twice.headers[3].clone());
    let mut altered = good.clone();
    altered.body.push(b' ');
    let bad = [
        without("Wechatpay-Timestamp"),
        without("Wechatpay-Nonce"),
        without("Wechatpay-Serial"),
        without("Wechatpay-Signature"),
        with("Wechatpay-Timestamp", "+1722850421"),
        with("Wechatpay-Timestamp", "99999999999999999999"),
        with("Wechatpay-Timestamp", "9223372036854775807"),
        with("Wechatpay-Nonce", "other"),
        with("Wechatpay-Serial", CERT_SERIAL),
        with("Wechatpay-Serial", "PUB_KEY_ID_1"),
        with(
            "Wechatpay-Signature",
            "WECHATPAY/SIGNTEST/mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2Y",
        ),
        with("Wechatpay-Signature", "not base64!"),
        twice,
        altered,
    ];
    for reply in bad {
        assert!(is_unknown(&read(&prepay(), &reply)), "{:?}", reply.headers);
    }
}

#[test]
fn an_answer_counts_for_less_than_five_minutes_either_way() {
    let body = r#"{"code_url":"weixin://x"}"#;
    for (offset_s, known) in [
        (0, true),
        (299, true),
        (-299, true),
        (300, false),
        (-300, false),
        (86_400, false),
    ] {
        let headers = certificate_headers(NOW_S + offset_s, body.as_bytes());
        let reply = HttpReply {
            status: 200,
            headers,
            body: body.into(),
        };
        assert_eq!(!is_unknown(&read(&prepay(), &reply)), known, "{offset_s}");
    }
    let reply = signed(200, body);
    for now_ms in [i64::MIN, -1, 0, i64::MAX] {
        assert!(is_unknown(&account().answer(&prepay(), Ok(&reply), now_ms)));
    }
}

#[test]
fn every_trade_state_is_known_and_a_new_one_is_unknown() {
    let table = [
        ("NOTPAY", Some(PlatformState::NotPaid)),
        ("USERPAYING", Some(PlatformState::Paying)),
        ("ACCEPT", Some(PlatformState::Paying)),
        ("SUCCESS", Some(PlatformState::Paid)),
        ("REFUND", Some(PlatformState::Refunded)),
        ("CLOSED", Some(PlatformState::Closed)),
        ("REVOKED", Some(PlatformState::Closed)),
        ("PAYERROR", Some(PlatformState::PayError)),
        ("success", None),
        ("", None),
    ];
    for (state, expected) in table {
        let body = serde_json::json!({ "out_trade_no": TRADE_NO, "trade_state": state, "new_field": [1] });
        let observed = match read(&query(), &signed(200, &body.to_string())) {
            Observation::Trade(fact) => Some(fact.state),
            Observation::Unknown { .. } => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(observed, expected, "{state}");
    }
}

#[test]
fn a_paid_trade_keeps_its_whole_amount_currency_and_time() {
    let body = serde_json::json!({
        "out_trade_no": TRADE_NO, "trade_state": "SUCCESS", "transaction_id": "4200001", "appid": "wx1", "mchid": "2",
        "success_time": "2018-06-08T10:34:56+08:00",
        "amount": { "total": 100, "payer_total": 1, "currency": "HKD", "payer_currency": "CNY" },
    });
    let Observation::Trade(fact) = read(&query(), &signed(200, &body.to_string())) else {
        panic!()
    };
    assert_eq!(fact.amount, Some(Fen::new(100)));
    assert_eq!(fact.currency.as_deref(), Some("HKD"));
    assert_eq!(fact.paid_at_ms, Some(1_528_425_296_000));
    assert_eq!(
        (fact.app_id.as_deref(), fact.merchant_id.as_deref()),
        (Some("wx1"), Some("2"))
    );
    let mut odd = body;
    odd["success_time"] = "soon".into();
    let Observation::Trade(fact) = read(&query(), &signed(200, &odd.to_string())) else {
        panic!()
    };
    assert_eq!((fact.state, fact.paid_at_ms), (PlatformState::Paid, None));
}

#[test]
fn amounts_that_are_not_whole_numbers_make_the_answer_unknown() {
    for total in [
        "1.0",
        "1e2",
        "\"100\"",
        "9223372036854775808",
        "-9223372036854775809",
        "true",
        "{}",
    ] {
        let body = format!(
            r#"{{"out_trade_no":"{TRADE_NO}","trade_state":"SUCCESS","amount":{{"total":{total}}}}}"#
        );
        assert!(is_unknown(&read(&query(), &signed(200, &body))), "{total}");
    }
    let twice = format!(r#"{{"out_trade_no":"{TRADE_NO}","trade_state":"NOTPAY","trade_state":"SUCCESS"}}"#);
    assert!(is_unknown(&read(&query(), &signed(200, &twice))));
}

#[test]
fn an_answer_about_another_number_is_unknown() {
    let trade = r#"{"out_trade_no":"1","trade_state":"SUCCESS"}"#;
    assert!(is_unknown(&read(&query(), &signed(200, trade))));
    for (refund_no, trade_no) in [("1", TRADE_NO), (REFUND_NO, "1")] {
        let body =
            serde_json::json!({ "out_refund_no": refund_no, "out_trade_no": trade_no, "status": "SUCCESS" });
        assert!(is_unknown(&read(&refund(), &signed(200, &body.to_string()))));
        assert!(is_unknown(&read(
            &query_refund(),
            &signed(200, &body.to_string())
        )));
    }
}

#[test]
fn every_refund_state_is_known_and_a_new_one_is_unknown() {
    let table = [
        ("PROCESSING", Some(RefundState::Processing)),
        ("SUCCESS", Some(RefundState::Success)),
        ("CLOSED", Some(RefundState::Closed)),
        ("ABNORMAL", Some(RefundState::Abnormal)),
        ("CHANGE", None),
    ];
    for (state, expected) in table {
        let body = serde_json::json!({
            "out_refund_no": REFUND_NO, "out_trade_no": TRADE_NO, "refund_id": "503", "status": state,
            "amount": { "total": 100, "refund": 40 },
        });
        for call in [refund(), query_refund()] {
            match (read(&call, &signed(200, &body.to_string())), expected) {
                (Observation::Refund(fact), Some(state)) => {
                    assert_eq!((fact.state, fact.amount), (state, Some(Fen::new(40))));
                    assert_eq!(fact.refund_id.as_deref(), Some("503"));
                }
                (Observation::Unknown { .. }, None) => {}
                (other, _) => panic!("{state}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_goes_to_the_log_is_short_and_on_one_line() {
    let reply = unsigned(400, &refusal("A\nB\u{1b}[0m", &"x".repeat(5_000)));
    let Observation::Unknown { why } = read(&query(), &reply) else {
        panic!()
    };
    assert!(why.chars().all(|c| !c.is_control()) && why.len() < 400, "{why}");
}

proptest! {
    #[test]
    fn unsigned_bytes_are_always_unknown(
        status in any::<u16>(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
        headers in proptest::collection::vec(("[ -~]{0,20}", "\\PC{0,40}"), 0..6),
        now_ms in any::<i64>(),
    ) {
        let reply = HttpReply { status, headers, body };
        let account = account();
        for call in every_call() {
            prop_assert!(is_unknown(&account.answer(&call, Ok(&reply), now_ms)));
        }
    }

    #[test]
    fn signed_text_never_panics_and_success_needs_our_number(
        status in prop_oneof![Just(200_u16), Just(202), Just(204), 400..600_u16],
        body in "\\PC{0,120}|\\{\"(code|code_url|trade_state|out_trade_no|status)\":\"[A-Z_]{0,12}\"\\}",
    ) {
        let account = account();
        let reply = signed(status, &body);
        for call in every_call() {
            let observed = account.answer(&call, Ok(&reply), NOW_MS);
            prop_assert!(!matches!(observed, Observation::Trade(_) | Observation::Refund(_)));
        }
    }
}

const CHARGED: &str = r#"{"appid":"wxd678efh567hg6787","mchid":"1230000109","out_trade_no":"1217752501201407033","transaction_id":"42","trade_type":"MICROPAY","trade_state":"SUCCESS","success_time":"2018-06-08T10:34:56+08:00","amount":{"total":100,"payer_total":90,"currency":"CNY"}}"#;

#[test]
fn a_charge_that_succeeds_at_once_is_a_payment() {
    match read(&pay_by_code(), &signed(200, CHARGED)) {
        Observation::Trade(fact) => {
            assert_eq!(fact.state, PlatformState::Paid);
            assert_eq!(fact.amount, Some(Fen::new(100)));
            assert_eq!(fact.merchant_id.as_deref(), Some("1230000109"));
        }
        other => panic!("{other:?}"),
    }
    let other = CHARGED.replace(TRADE_NO, "1");
    assert!(is_unknown(&read(&pay_by_code(), &signed(200, &other))));
    let paying = signed(200, r#"{"trade_state":"USERPAYING"}"#);
    assert_eq!(read(&pay_by_code(), &paying), Observation::Busy);
    let nameless = signed(200, r#"{"trade_state":"SUCCESS"}"#);
    assert!(
        is_unknown(&read(&pay_by_code(), &nameless)),
        "money is not taken on a bare word"
    );
}

#[test]
fn a_reversal_is_only_said_to_be_accepted() {
    for body in ["{}", r#"{"recall":"N"}"#] {
        assert_eq!(read(&reverse(), &signed(200, body)), Observation::CloseAccepted);
    }
    let again = signed(200, r#"{"recall":"Y"}"#);
    assert_eq!(read(&reverse(), &again), Observation::Busy);
    assert_eq!(read(&reverse(), &signed(204, "")), Observation::CloseAccepted);
    assert!(is_unknown(&read(&reverse(), &unsigned(200, "{}"))));
}
