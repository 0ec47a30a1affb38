//! What answers mean, as tables, and that no bytes of any kind make the reader panic or believe.

use proptest::prelude::*;
use suanpan_domain::money::Fen;
use suanpan_domain::platform::{Observation, PlatformState, RefundState};

use super::testkit::*;
use crate::channel::{Channel, Lost};

/// A short word for what an answer means, to keep the tables readable.
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

fn refusal(code: &str, sub_code: &str) -> String {
    serde_json::json!({ "code": code, "msg": "m", "sub_code": sub_code, "sub_msg": "s" }).to_string()
}

const NOTHING: [&str; 7] = ["unknown"; 7];

/// Code and sub-code: what precreate, a charge by payment code, query, close, cancel, refund and the query of a
/// refund make of it.
#[rustfmt::skip]
const REFUSALS: &[(&str, &str, [&str; 7])] = &[
    ("40001", "isv.missing-method", ["refused", "refused", "unknown", "unknown", "unknown", "refused", "unknown"]),
    ("40002", "isv.invalid-parameter", ["refused", "refused", "unknown", "unknown", "unknown", "refused", "unknown"]),
    ("40006", "isv.insufficient-isv-permissions", ["refused", "refused", "unknown", "unknown", "unknown", "refused", "unknown"]),
    ("20000", "isp.unknow-error", NOTHING),
    ("20000", "aop.unknow-error", NOTHING),
    ("20000", "ACQ.SYSTEM_ERROR", NOTHING),
    ("20001", "aop.invalid-auth-token", NOTHING),
    ("40003", "isv.insufficient", NOTHING),
    ("40005", "aop.call-limited", NOTHING),
    ("10003", "", ["unknown", "busy", "unknown", "unknown", "unknown", "unknown", "unknown"]),
    ("40004", "ACQ.SYSTEM_ERROR", NOTHING),
    ("40004", "ACQ.SOMETHING_NEW", NOTHING),
    ("40004", "", NOTHING),
    ("40004", "ACQ.TRADE_NOT_EXIST", ["unknown", "unknown", "missing", "missing", "missing", "missing", "missing"]),
    ("40004", "ACQ.INVALID_PARAMETER", ["refused", "refused", "unknown", "unknown", "unknown", "refused", "unknown"]),
    ("40004", "ACQ.ACCESS_FORBIDDEN", ["refused", "refused", "unknown", "unknown", "unknown", "unknown", "unknown"]),
    ("40004", "ACQ.TRADE_HAS_SUCCESS", ["paid", "paid", "unknown", "paid", "paid", "unknown", "unknown"]),
    ("40004", "ACQ.TRADE_HAS_CLOSE", ["used", "used", "unknown", "closed", "closed", "unknown", "unknown"]),
    ("40004", "ACQ.CONTEXT_INCONSISTENT", ["used", "used", "unknown", "unknown", "unknown", "unknown", "unknown"]),
    ("40004", "ACQ.TRADE_BUYER_NOT_MATCH", ["used", "used", "unknown", "unknown", "unknown", "unknown", "unknown"]),
    ("40004", "ACQ.TRADE_STATUS_ERROR", ["unknown", "unknown", "unknown", "paid", "paid", "deferred", "unknown"]),
    ("40004", "ACQ.REASON_TRADE_STATUS_INVALID", ["unknown", "unknown", "unknown", "paid", "paid", "deferred", "unknown"]),
    ("40004", "ACQ.TRADE_HAS_FINISHED", ["unknown", "unknown", "unknown", "paid", "paid", "refused", "unknown"]),
    ("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", ["unknown", "refused", "unknown", "unknown", "unknown", "unknown", "unknown"]),
    ("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", ["unknown", "refused", "unknown", "unknown", "unknown", "unknown", "unknown"]),
    ("40004", "ACQ.PAYMENT_FAIL", ["unknown", "refused", "unknown", "unknown", "unknown", "unknown", "unknown"]),
    ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", ["unknown", "unknown", "unknown", "unknown", "unknown", "deferred", "unknown"]),
    ("40004", "ACQ.REASON_TRADE_BEEN_FREEZEN", ["unknown", "unknown", "unknown", "unknown", "unknown", "deferred", "unknown"]),
    ("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
    ("40004", "ACQ.REASON_TRADE_REFUND_FEE_ERR", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
    ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST", ["unknown", "unknown", "unknown", "unknown", "unknown", "refused", "unknown"]),
];

#[test]
fn a_signed_refusal_means_what_the_table_says() {
    for (code, sub_code, expected) in REFUSALS {
        for (call, expected) in every_call().iter().zip(expected) {
            let reply = signed(call, &refusal(code, sub_code));
            assert_eq!(word(&read(call, &reply)), *expected, "{code} {sub_code} {call:?}");
        }
    }
}

#[test]
fn f36_p28_a_code_that_nobody_has_scanned_is_missing_and_not_failed() {
    let answer = refusal("40004", "ACQ.TRADE_NOT_EXIST");
    for call in [query(), close()] {
        assert_eq!(read(&call, &signed(&call, &answer)), Observation::NotExist);
    }
}

#[test]
fn i14_no_unsigned_refusal_is_believed_but_its_code_is_in_the_log() {
    for (code, sub_code, _) in REFUSALS {
        for call in every_call() {
            match read(&call, &unsigned(&call, &refusal(code, sub_code))) {
                Observation::Unknown { why } => {
                    assert!(why.contains(code) && why.contains(sub_code), "{why}")
                }
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
fn pages_broken_bodies_and_other_statuses_are_unknown() {
    let good = signed(&query(), include_str!("../testdata/alipay/trade_content.json"));
    assert_eq!(word(&read(&query(), &good)), "trade");
    for status in [202, 204, 302, 400, 403, 404, 429, 500, 502, 503, 504] {
        assert!(
            is_unknown(&read(&query(), &reply(status, good.body.clone()))),
            "{status}"
        );
    }
    let huge = format!("{{\"a\":\"{}\"}}", "a".repeat(70_000));
    let deep = "[".repeat(50_000);
    for body in ["", "{", "null", "[]", "<html>log in</html>", &deep, &huge] {
        for call in every_call() {
            assert!(is_unknown(&read(&call, &reply(200, body))));
            assert!(is_unknown(&read(&call, &signed(&call, body))), "{body:.20}");
        }
    }
    for content in ["{}", r#"{"code":10000}"#, r#"{"code":"10000"}"#] {
        for call in [prepay(), pay_by_code(), query()] {
            assert!(is_unknown(&read(&call, &signed(&call, content))), "{content}");
        }
    }
}

#[test]
fn p10_a_signature_that_does_not_fit_makes_any_answer_unknown() {
    let content = include_str!("../testdata/alipay/trade_content.json");
    let name = "alipay_trade_query_response";
    let fitting = sign(KEY, content.as_bytes());
    assert_eq!(word(&read(&query(), &envelope(name, content, &fitting))), "trade");
    // The same value written otherwise is not what was signed.
    let rewritten = content.replace(r"\u7b97", "算");
    let spaced = content.replace(",\"", ", \"");
    for other in [
        rewritten.as_str(),
        spaced.as_str(),
        &content.replace("1.00", "9.00"),
    ] {
        assert!(is_unknown(&read(&query(), &envelope(name, other, &fitting))));
    }
    let foreign = sign(APP_KEY, content.as_bytes());
    for signature in ["", "x", "c2ln", &foreign, &fitting[1..]] {
        assert!(is_unknown(&read(&query(), &envelope(name, content, signature))));
    }
    // A signed answer to one question is none to another.
    assert!(is_unknown(&read(&close(), &envelope(name, content, &fitting))));
    let error = envelope("error_response", content, &fitting);
    assert_eq!(word(&read(&query(), &error)), "trade");
}

fn trade_content(changes: &[(&str, Option<&str>)]) -> String {
    let mut content = serde_json::json!({
        "code": "10000", "msg": "Success", "out_trade_no": TRADE_NO, "trade_no": "42",
        "trade_status": "TRADE_SUCCESS", "total_amount": "1.00", "send_pay_date": "2018-06-08 10:34:50",
    });
    for (name, value) in changes {
        match value {
            Some(value) => content[*name] = (*value).into(),
            None => {
                content.as_object_mut().unwrap().remove(*name);
            }
        }
    }
    content.to_string()
}

fn state_of(changes: &[(&str, Option<&str>)]) -> Option<PlatformState> {
    match read(&query(), &signed(&query(), &trade_content(changes))) {
        Observation::Trade(fact) => Some(fact.state),
        other => {
            assert!(is_unknown(&other), "{other:?}");
            None
        }
    }
}

#[test]
fn p12_b23_states_of_a_trade_and_the_two_meanings_of_closed() {
    let word = |word| state_of(&[("trade_status", Some(word))]);
    assert_eq!(word("WAIT_BUYER_PAY"), Some(PlatformState::NotPaid));
    assert_eq!(word("TRADE_SUCCESS"), Some(PlatformState::Paid));
    assert_eq!(word("TRADE_FINISHED"), Some(PlatformState::Paid));
    // Paid once, and given back whole.
    assert_eq!(word("TRADE_CLOSED"), Some(PlatformState::Returned));
    // Never paid.
    let unpaid = [("trade_status", Some("TRADE_CLOSED")), ("send_pay_date", None)];
    assert_eq!(state_of(&unpaid), Some(PlatformState::Closed));
    assert_eq!(word("SOMETHING_NEW"), None);
    assert_eq!(state_of(&[("trade_status", None)]), None);
}

#[test]
fn p05_an_answer_about_another_trade_is_unknown() {
    for call in [query(), pay_by_code()] {
        for other in [Some("1"), None, Some("")] {
            let content = trade_content(&[("out_trade_no", other)]);
            assert!(is_unknown(&read(&call, &signed(&call, &content))), "{other:?}");
        }
    }
    for call in [close(), reverse()] {
        let other = signed(&call, r#"{"code":"10000","msg":"Success","out_trade_no":"1"}"#);
        assert!(is_unknown(&read(&call, &other)));
    }
    let code = r#"{"code":"10000","msg":"Success","out_trade_no":"1","qr_code":"https://qr.alipay.com/x"}"#;
    assert!(is_unknown(&read(&prepay(), &signed(&prepay(), code))));
}

#[test]
fn i12_amounts_are_exact_and_a_third_decimal_is_no_amount() {
    for (text, amount) in [
        ("1.00", Some(100)),
        ("1", Some(100)),
        ("1.5", Some(150)),
        ("100000000.00", Some(10_000_000_000)),
        ("0.01", Some(1)),
        ("1.005", None),
        ("1,000.00", None),
        ("1e2", None),
        ("", None),
        ("1.00 ", None),
    ] {
        let content = trade_content(&[("total_amount", Some(text))]);
        match read(&query(), &signed(&query(), &content)) {
            Observation::Trade(fact) => assert_eq!(fact.amount, amount.map(Fen::new), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_charge_that_succeeds_at_once_is_a_payment_without_a_state_of_its_own() {
    let content = trade_content(&[
        ("trade_status", None),
        ("send_pay_date", None),
        ("gmt_payment", Some("2018-06-08 10:34:50")),
    ]);
    match read(&pay_by_code(), &signed(&pay_by_code(), &content)) {
        Observation::Trade(fact) => {
            assert_eq!(fact.state, PlatformState::Paid);
            assert_eq!(fact.paid_at_ms, Some(1_528_425_290_000));
            assert_eq!(fact.merchant_id.as_deref(), Some(SELLER));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cancel_is_accepted_whatever_it_did_unless_it_wants_to_be_repeated() {
    let cancel = |more: &str| {
        let content = format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{TRADE_NO}"{more}}}"#);
        read(&reverse(), &signed(&reverse(), &content))
    };
    for more in [
        "",
        r#","retry_flag":"N","action":"close""#,
        r#","retry_flag":"N","action":"refund""#,
    ] {
        assert_eq!(cancel(more), Observation::CloseAccepted, "{more}");
    }
    assert_eq!(cancel(r#","retry_flag":"Y""#), Observation::Busy);
    let bare = r#"{"code":"10000","msg":"Success"}"#;
    assert_eq!(
        read(&reverse(), &signed(&reverse(), bare)),
        Observation::CloseAccepted
    );
}

#[test]
fn b09_f41_four_answers_about_a_refund_are_four_states() {
    let asked =
        |content: serde_json::Value| read(&query_refund(), &signed(&query_refund(), &content.to_string()));
    let full = |status: Option<&str>| {
        let mut content = serde_json::json!({
            "code": "10000", "msg": "Success", "trade_no": "42", "out_trade_no": TRADE_NO,
            "out_request_no": REFUND_NO, "refund_amount": "0.40", "total_amount": "1.00",
        });
        if let Some(status) = status {
            content["refund_status"] = status.into();
        }
        content
    };
    for (status, state) in [
        (Some("REFUND_SUCCESS"), RefundState::Success),
        (Some("REFUND_PROCESSING"), RefundState::Processing),
        (Some("REFUND_FAIL"), RefundState::Closed),
    ] {
        match asked(full(status)) {
            Observation::Refund(fact) => {
                assert_eq!(
                    (fact.state, fact.amount),
                    (state, Some(Fen::new(40))),
                    "{status:?}"
                );
                assert_eq!(
                    (fact.refund_no.as_str(), fact.trade_no.as_str()),
                    (REFUND_NO, TRADE_NO)
                );
            }
            other => panic!("{status:?}: {other:?}"),
        }
    }
    // The query succeeded and shows no refund, or not how it ended: it was not received, or not made.
    for status in [None, Some("")] {
        assert_eq!(asked(full(status)), Observation::NotExist, "{status:?}");
    }
    for missing in ["trade_no", "out_request_no", "refund_amount"] {
        let mut content = full(Some("REFUND_SUCCESS"));
        content.as_object_mut().unwrap().remove(missing);
        assert_eq!(asked(content), Observation::NotExist, "{missing}");
    }
    let bare = serde_json::json!({ "code": "10000", "msg": "Success" });
    assert_eq!(asked(bare), Observation::NotExist);
    for (name, value) in [
        ("refund_status", "SOMETHING_NEW"),
        ("out_request_no", "1"),
        ("out_trade_no", "1"),
        ("refund_amount", "0.401"),
    ] {
        let mut content = full(Some("REFUND_SUCCESS"));
        content[name] = value.into();
        assert!(is_unknown(&asked(content)), "{name}");
    }
}

#[test]
fn p30_money_has_gone_back_only_where_the_answer_says_that_it_moved() {
    let answered = |more: &str| {
        let content = format!(
            r#"{{"code":"10000","msg":"Success","out_trade_no":"{TRADE_NO}","trade_no":"42","refund_fee":"1.00"{more}}}"#
        );
        match read(&refund(), &signed(&refund(), &content)) {
            // What the answer counts is all refunds of the trade together, so it is not compared.
            Observation::Refund(fact) => {
                assert_eq!(fact.amount, None);
                fact.state
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answered(r#","fund_change":"Y""#), RefundState::Success);
    assert_eq!(answered(r#","fund_change":"N""#), RefundState::Processing);
    assert_eq!(answered(""), RefundState::Processing);
}

proptest! {
    #[test]
    fn no_bytes_are_believed_that_the_platform_has_not_signed(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for call in every_call() {
            prop_assert!(is_unknown(&read(&call, &reply(200, body.clone()))));
        }
    }

    #[test]
    fn i16_a_flipped_byte_of_an_answer_is_refused_or_changes_nothing_signed(at in 0usize..1_000, bit in 0u8..8) {
        let mut reply = signed(&query(), include_str!("../testdata/alipay/trade_content.json"));
        let whole = read(&query(), &reply);
        let at = at % reply.body.len();
        reply.body[at] ^= 1 << bit;
        let seen = read(&query(), &reply);
        prop_assert!(is_unknown(&seen) || seen == whole, "{seen:?}");
    }
}
