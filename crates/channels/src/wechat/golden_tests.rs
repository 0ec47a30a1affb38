//! Fixed vectors made with openssl and node (`testdata/make.sh`) and two that the platform's own
//! libraries publish, so that this crate cannot be right only by its own measure.

use super::decrypt::ContentKey;
use super::testkit::*;
use super::verify::{Keyring, Unverified};
use crate::call::Call;
use crate::channel::{Channel, Notice, SignedAt};
use crate::http::{CallbackRequest, HttpReply, Method, header};
use suanpan_domain::money::Fen;
use suanpan_domain::platform::{Observation, PlatformState, RefundFact, RefundState, TradeFact};

const CODE_BODY: &str = r#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#;

fn at() -> SignedAt {
    SignedAt {
        now_ms: 1_554_208_460_123,
        nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into(),
    }
}

fn authorization(signature: &str) -> String {
    format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"1230000109\",nonce_str=\"593BEC0C930BF1AFEB40B4A08C8FB242\",\
         timestamp=\"1554208460\",serial_no=\"1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C\",signature=\"{signature}\""
    )
}

#[test]
fn a_prepay_has_the_documented_body_and_openssls_signature() {
    let request = account().request(&prepay(), at());
    assert_eq!(request.method, Method::Post);
    assert_eq!(
        request.url,
        "https://api.mch.weixin.qq.com/v3/pay/transactions/native"
    );
    assert_eq!(request.body, include_bytes!("../testdata/prepay_body.json"));
    let expected = authorization(include_str!("../testdata/prepay_signature.txt"));
    assert_eq!(header(&request.headers, "authorization"), Some(expected.as_str()));
    assert_eq!(header(&request.headers, "accept"), Some("application/json"));
    assert_eq!(header(&request.headers, "content-type"), Some("application/json"));
    assert_eq!(header(&request.headers, "wechatpay-serial"), Some(PUB_ID));
}

#[test]
fn a_query_signs_its_path_and_query_over_an_empty_body() {
    let request = account().request(&query(), at());
    assert_eq!(request.method, Method::Get);
    assert!(
        request
            .url
            .ends_with("/v3/pay/transactions/out-trade-no/1217752501201407033?mchid=1230000109")
    );
    assert!(request.body.is_empty());
    let expected = authorization(include_str!("../testdata/query_signature.txt"));
    assert_eq!(header(&request.headers, "authorization"), Some(expected.as_str()));
    assert_eq!(header(&request.headers, "content-type"), None);
}

#[test]
fn close_and_refunds_have_the_documented_paths_and_bodies() {
    let close = account().request(&close(), at());
    assert!(
        close
            .url
            .ends_with("/v3/pay/transactions/out-trade-no/1217752501201407033/close")
    );
    assert_eq!(close.body, br#"{"mchid":"1230000109"}"#);
    let refund = account().request(&refund(), at());
    assert!(refund.url.ends_with(".com/v3/refund/domestic/refunds"));
    let expected = concat!(
        r#"{"out_trade_no":"1217752501201407033","out_refund_no":"1217752501201407099","reason":"商品售罄","#,
        r#""notify_url":"https://pay.example.com/trade/open/notify/wx/1001","#,
        r#""amount":{"refund":40,"total":100,"currency":"CNY"}}"#
    );
    assert_eq!(String::from_utf8(refund.body).unwrap(), expected);
    let asked = account().request(&query_refund(), at());
    assert!(
        asked
            .url
            .ends_with(".com/v3/refund/domestic/refunds/1217752501201407099")
    );
    assert_eq!(asked.method, Method::Get);
}

#[test]
fn a_charge_by_payment_code_has_the_documented_body_and_openssls_signature() {
    let request = account().request(&pay_by_code(), at());
    assert!(request.url.ends_with("/v3/pay/transactions/codepay"));
    assert_eq!(request.body, include_bytes!("../testdata/codepay_body.json"));
    let expected = authorization(include_str!("../testdata/codepay_signature.txt"));
    assert_eq!(header(&request.headers, "authorization"), Some(expected.as_str()));
    let reverse = account().request(&reverse(), at());
    assert!(
        reverse
            .url
            .ends_with("/v3/pay/transactions/out-trade-no/1217752501201407033/reverse")
    );
    // Without the app id the platform answers with an error of its own making.
    assert_eq!(
        reverse.body,
        br#"{"appid":"wxd678efh567hg6787","mchid":"1230000109"}"#
    );
}

#[test]
fn a_payment_code_is_in_no_address_and_in_no_debug_text() {
    let request = account().request(&pay_by_code(), at());
    let shown = format!("{request:?} {:?} {:?}", pay_by_code(), request.url);
    assert!(!shown.contains(PAYMENT_CODE), "{shown}");
}

#[test]
fn the_same_prepay_is_the_same_bytes_whenever_and_by_whomever_it_is_signed() {
    let first = account().request(&prepay(), at());
    let account = account();
    std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|n| {
                let account = &account;
                let at = SignedAt {
                    now_ms: 1_554_208_460_123 + n,
                    nonce: format!("{n:032}"),
                };
                scope.spawn(move || account.request(&prepay(), at))
            })
            .collect();
        for again in tries {
            let again = again.join().unwrap();
            assert_eq!((&again.url, &again.body), (&first.url, &first.body));
        }
    });
}

#[test]
fn p29_requests_signed_at_once_do_not_mix() {
    let account = account();
    let expected = account.request(&prepay(), at()).headers;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let _other = account.request(&query(), at());
                    assert_eq!(account.request(&prepay(), at()).headers, expected);
                }
            });
        }
    });
}

#[test]
fn both_key_forms_of_the_merchant_sign_alike() {
    let mut config = config();
    config.merchant_key_pem = MERCHANT_PKCS1.into();
    let other = super::WechatPay::try_new(config).unwrap();
    assert_eq!(
        other.request(&prepay(), at()).headers,
        account().request(&prepay(), at()).headers
    );
}

#[test]
fn p11_answers_are_verified_in_public_key_and_in_certificate_mode() {
    let account = account();
    for (serial, signature) in [
        (PUB_ID, include_str!("../testdata/reply_signature_pub.txt")),
        (CERT_SERIAL, include_str!("../testdata/reply_signature_cert.txt")),
    ] {
        let reply = HttpReply {
            status: 200,
            headers: headers(serial, NOW_S, signature),
            body: CODE_BODY.as_bytes().to_vec(),
        };
        let code_url = "weixin://wxpay/bizpayurl?pr=JyC91EIz1".to_owned();
        assert_eq!(
            account.answer(&prepay(), Ok(&reply), NOW_MS),
            Observation::CodeReady { code_url }
        );
    }
}

#[test]
fn an_answer_without_a_body_is_verified_too() {
    let signature = include_str!("../testdata/empty_signature_pub.txt");
    let reply = HttpReply {
        status: 204,
        headers: headers(PUB_ID, NOW_S, signature),
        body: Vec::new(),
    };
    assert_eq!(
        account().answer(&close(), Ok(&reply), NOW_MS),
        Observation::CloseAccepted
    );
    let bare = unsigned(204, "");
    assert!(matches!(
        account().answer(&close(), Ok(&bare), NOW_MS),
        Observation::Unknown { .. }
    ));
}

fn golden_notice(body: &str, signature: &str) -> Notice {
    let notice = CallbackRequest {
        headers: headers(PUB_ID, NOW_S, signature),
        body: body.into(),
    };
    account().notice(&notice, NOW_MS).unwrap()
}

#[test]
fn a_callback_of_a_payment_becomes_its_fact() {
    let notice = golden_notice(
        include_str!("../testdata/paid_body.json"),
        include_str!("../testdata/paid_signature.txt"),
    );
    assert_eq!(notice.id, "EV-2018022511223320873");
    let fact = TradeFact {
        trade_no: TRADE_NO.into(),
        state: PlatformState::Paid,
        transaction_id: Some("1217752501201407033233368018".into()),
        amount: Some(Fen::new(100)),
        currency: Some("CNY".into()),
        app_id: Some("wxd678efh567hg6787".into()),
        merchant_id: Some("1230000109".into()),
        paid_at_ms: Some(1_528_425_296_000),
    };
    assert_eq!(notice.fact, Observation::Trade(fact));
}

#[test]
fn a_callback_of_a_refund_without_associated_text_becomes_its_fact() {
    let notice = golden_notice(
        include_str!("../testdata/refunded_body.json"),
        include_str!("../testdata/refunded_signature.txt"),
    );
    let fact = RefundFact {
        refund_no: REFUND_NO.into(),
        trade_no: TRADE_NO.into(),
        refund_id: Some("50000000382019052709732678859".into()),
        state: RefundState::Success,
        amount: Some(Fen::new(40)),
    };
    assert_eq!(notice.fact, Observation::Refund(fact));
}

/// Published in the tests of the platform's Java library (wechatpay-java, `AeadAesCipherTest`).
#[test]
fn the_platforms_own_encryption_vector_opens() {
    let key = ContentKey::new(b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb");
    let open = |nonce, aad| key.open("AEAD_AES_256_GCM", nonce, aad, "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=");
    assert_eq!(open("uluk4a9R25RW", "associatedData").unwrap(), b"message");
    assert!(open("uluk4a9R25RX", "associatedData").is_err());
    assert!(open("uluk4a9R25RW", "").is_err());
    assert!(open("short", "associatedData").is_err());
    assert!(
        key.open(
            "AES_GCM",
            "uluk4a9R25RW",
            "associatedData",
            "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="
        )
        .is_err()
    );
}

/// Published in the tests of the platform's Go library (wechatpay-go, `notify_test`): certificate,
/// headers and body of a whole callback.
#[test]
fn the_platforms_own_signed_callback_verifies() {
    let mut keyring = Keyring::default();
    let serial = "D7CE59D1F522D701";
    keyring
        .add(serial, include_str!("../testdata/published_cert.pem"))
        .unwrap();
    let body = include_str!("../testdata/published_body.json");
    let mut headers = headers(
        serial,
        1_624_523_846,
        include_str!("../testdata/published_signature.txt"),
    );
    headers[1].1 = "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz".into();
    assert_eq!(
        keyring.verify(&headers, body.as_bytes(), 1_624_523_846_000),
        Ok(())
    );
    let altered = body.replace("payscore", "payscorf");
    assert_eq!(
        keyring.verify(&headers, altered.as_bytes(), 1_624_523_846_000),
        Err(Unverified::BadSignature)
    );
}

#[test]
fn a_stand_ins_path_prefix_is_signed_as_it_is_sent() {
    let mut config = config();
    config.api_base = "http://127.0.0.1:18081/wechat/".into();
    let account = super::WechatPay::try_new(config).unwrap();
    let request = account.request(&Call::Query { trade_no: "1".into() }, at());
    assert_eq!(
        request.url,
        "http://127.0.0.1:18081/wechat/v3/pay/transactions/out-trade-no/1?mchid=1230000109"
    );
}
