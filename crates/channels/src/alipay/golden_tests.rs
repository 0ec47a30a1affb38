//! Fixed vectors made with openssl and python (`testdata/alipay/make.sh`) and the certificates that the platform
//! hands out to everybody, so that this crate cannot be right only by its own measure.

use suanpan_domain::money::Fen;
use suanpan_domain::platform::{Observation, PlatformState, RefundFact, RefundState, TradeFact};

use super::certificate::root_name;
use super::testkit::*;
use crate::channel::{Channel, Notice, SignedAt};
use crate::http::{HttpRequest, Method, header};
use crate::text::read_form;

fn params(request: &HttpRequest) -> Vec<(String, String)> {
    read_form(&request.body)
        .unwrap()
        .into_iter()
        .map(|(name, value)| {
            (
                String::from_utf8(name).unwrap(),
                String::from_utf8(value).unwrap(),
            )
        })
        .collect()
}

fn param(request: &HttpRequest, name: &str) -> Option<String> {
    params(request)
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

#[test]
fn a_precreate_is_the_documented_form_with_openssls_signature() {
    let request = account().request(&prepay(), at());
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "https://openapi.alipay.com/gateway.do");
    assert_eq!(
        header(&request.headers, "content-type"),
        Some("application/x-www-form-urlencoded;charset=utf-8")
    );
    let mut sent = params(&request);
    let (name, signature) = sent.pop().unwrap();
    assert_eq!(name, "sign");
    assert_eq!(
        signature,
        include_str!("../testdata/alipay/precreate_signature.txt")
    );
    let text: Vec<String> = sent
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        text.join("&"),
        include_str!("../testdata/alipay/precreate_text.txt")
    );
}

#[test]
fn in_certificate_mode_a_request_names_its_certificates() {
    let request = account_with_certificates().request(&query(), at());
    assert_eq!(
        param(&request, "app_cert_sn").as_deref(),
        Some(include_str!("../testdata/alipay/app_name.txt"))
    );
    assert_eq!(
        param(&request, "alipay_root_cert_sn").as_deref(),
        Some(include_str!("../testdata/alipay/root_name.txt"))
    );
    assert_eq!(
        param(&request, "sign").as_deref(),
        Some(include_str!("../testdata/alipay/query_cert_signature.txt"))
    );
}

/// The file of root certificates is the platform's own; its name is in the settings of many projects.
#[test]
fn the_platforms_own_root_certificates_have_their_published_name() {
    assert_eq!(
        root_name(include_str!("../testdata/alipay/published_root.pem")).as_deref(),
        Ok("687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6")
    );
}

#[test]
fn every_call_has_its_documented_content() {
    let cases = [
        (
            pay_by_code(),
            "alipay.trade.pay",
            r#"{"out_trade_no":"1217752501201407033","scene":"bar_code","auth_code":"281234567890123456","product_code":"FACE_TO_FACE_PAYMENT","total_amount":"1.00","subject":"算盘便利店","store_id":"77001","timeout_express":"1m"}"#,
        ),
        (
            query(),
            "alipay.trade.query",
            r#"{"out_trade_no":"1217752501201407033"}"#,
        ),
        (
            close(),
            "alipay.trade.close",
            r#"{"out_trade_no":"1217752501201407033"}"#,
        ),
        (
            reverse(),
            "alipay.trade.cancel",
            r#"{"out_trade_no":"1217752501201407033"}"#,
        ),
        (
            refund(),
            "alipay.trade.refund",
            r#"{"out_trade_no":"1217752501201407033","out_request_no":"1217752501201407099","refund_amount":"0.40","refund_reason":"商品售罄"}"#,
        ),
        (
            query_refund(),
            "alipay.trade.fastpay.refund.query",
            r#"{"out_trade_no":"1217752501201407033","out_request_no":"1217752501201407099"}"#,
        ),
    ];
    for (call, method, content) in cases {
        let request = account().request(&call, at());
        assert_eq!(param(&request, "method").as_deref(), Some(method));
        assert_eq!(param(&request, "biz_content").as_deref(), Some(content));
        // A payment is reported; a refund is reported to the address of its payment.
        let is_reported = matches!(call, crate::call::Call::PayByCode(_));
        assert_eq!(param(&request, "notify_url").is_some(), is_reported, "{method}");
    }
}

#[test]
fn p29_the_same_prepay_is_the_same_content_whenever_and_by_whomever_it_is_signed() {
    let account = account();
    let first = account.request(&prepay(), at());
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (account, first) = (&account, &first);
            scope.spawn(move || {
                let later = SignedAt {
                    now_ms: at().now_ms + n * 61_000,
                    nonce: format!("{n:032}"),
                };
                let again = account.request(&prepay(), later);
                assert_eq!(param(&again, "biz_content"), param(first, "biz_content"));
                assert_eq!(account.request(&prepay(), at()), *first);
            });
        }
    });
}

#[test]
fn a_payment_code_and_a_signature_are_in_no_address_and_in_no_debug_text() {
    for call in every_call() {
        let request = account().request(&call, at());
        let shown = format!("{request:?} {call:?} {:?}", account());
        assert!(!shown.contains(PAYMENT_CODE), "{shown}");
        assert!(!shown.contains("PRIVATE"), "{shown}");
        assert!(!request.url.contains('?'));
    }
}

fn code_content() -> &'static str {
    include_str!("../testdata/alipay/code_content.json")
}

#[test]
fn p11_answers_are_verified_with_the_old_and_the_new_key_and_in_certificate_mode() {
    let code_url = "https://qr.alipay.com/bax03431ljhokirwl38f00a7".to_owned();
    let ready = Observation::CodeReady { code_url };
    for signature in [
        include_str!("../testdata/alipay/code_signature_platform.txt"),
        include_str!("../testdata/alipay/code_signature_platform_next.txt"),
    ] {
        let reply = envelope("alipay_trade_precreate_response", code_content(), signature);
        assert_eq!(read(&prepay(), &reply), ready);
        assert_eq!(
            account_with_certificates().answer(&prepay(), Ok(&reply), NOW_MS),
            ready
        );
    }
}

#[test]
fn in_certificate_mode_the_certificate_that_an_answer_names_has_signed_it() {
    let named = |name: &str| {
        let body = format!(
            r#"{{"alipay_trade_precreate_response":{},"alipay_cert_sn":"{name}","sign":"{}"}}"#,
            code_content(),
            include_str!("../testdata/alipay/code_signature_platform.txt")
        );
        account_with_certificates().answer(&prepay(), Ok(&reply(200, body)), NOW_MS)
    };
    let ours = named(include_str!("../testdata/alipay/platform_name.txt"));
    assert!(matches!(ours, Observation::CodeReady { .. }));
    assert!(is_unknown(&named(include_str!(
        "../testdata/alipay/app_name.txt"
    ))));
}

#[test]
fn a_query_becomes_its_fact_with_the_order_amount_and_not_what_the_buyer_paid() {
    let reply = envelope(
        "alipay_trade_query_response",
        include_str!("../testdata/alipay/trade_content.json"),
        include_str!("../testdata/alipay/trade_signature_platform.txt"),
    );
    assert_eq!(read(&query(), &reply), Observation::Trade(paid_fact()));
}

fn paid_fact() -> TradeFact {
    TradeFact {
        trade_no: TRADE_NO.into(),
        state: PlatformState::Paid,
        transaction_id: Some("2018060822001400000000000042".into()),
        amount: Some(Fen::new(100)),
        currency: Some("CNY".into()),
        app_id: Some(APP_ID.into()),
        merchant_id: Some(SELLER.into()),
        paid_at_ms: Some(1_528_425_290_000),
    }
}

fn golden_notice(body: &str, now_ms: i64) -> Notice {
    account().notice(&callback(body), now_ms).unwrap()
}

#[test]
fn p13_a_notice_of_a_payment_becomes_its_fact_in_either_encoding() {
    for body in [
        include_str!("../testdata/alipay/paid_notice.txt"),
        include_str!("../testdata/alipay/paid_notice_gbk.txt"),
    ] {
        let notice = golden_notice(body, NOW_MS);
        assert_eq!(notice.id, "ac05099524730693a8b330c5ecf72da9786");
        assert_eq!(notice.fact, Observation::Trade(paid_fact()));
    }
}

#[test]
fn p14_a_notice_of_a_refund_becomes_its_own_fact() {
    let fact = Observation::Refund(RefundFact {
        refund_no: REFUND_NO.into(),
        trade_no: TRADE_NO.into(),
        refund_id: None,
        state: RefundState::Success,
        amount: None,
    });
    for body in [
        include_str!("../testdata/alipay/refunded_notice.txt"),
        include_str!("../testdata/alipay/closed_notice.txt"),
    ] {
        assert_eq!(golden_notice(body, NOW_MS + 80_700_000).fact, fact);
    }
}
