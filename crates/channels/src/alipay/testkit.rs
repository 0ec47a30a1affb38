//! What the tests share: an account, and a platform that signs as the documents say. It is written on
//! its own and shares no code with the modules under test.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_domain::money::Fen;
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::platform::Observation;
use x509_parser::pem::parse_x509_pem;

use super::{Alipay, AlipayConfig, AlipayTrust};
use crate::call::{Call, CodePay, NotifyUrl, Prepay, RefundOrder};
use crate::channel::{Channel, SignedAt};
use crate::http::{CallbackRequest, HttpReply};

pub(super) const APP_KEY: &str = include_str!("../testdata/alipay/app_key.pem");
pub(super) const APP_CERT: &str = include_str!("../testdata/alipay/app_cert.pem");
pub(super) const ROOTS: &str = include_str!("../testdata/alipay/roots.pem");
pub(super) const KEY: &str = include_str!("../testdata/alipay/platform_key.pem");
pub(super) const PUB: &str = include_str!("../testdata/alipay/platform_pub.pem");
pub(super) const CERT: &str = include_str!("../testdata/alipay/platform_cert.pem");
pub(super) const NEXT_PUB: &str = include_str!("../testdata/alipay/platform_next_pub.pem");
pub(super) const NEXT_CERT: &str = include_str!("../testdata/alipay/platform_next_cert.pem");
pub(super) const APP_ID: &str = "2021000000000001";
pub(super) const SELLER: &str = "2088102100000001";
pub(super) const TRADE_NO: &str = "1217752501201407033";
pub(super) const REFUND_NO: &str = "1217752501201407099";
pub(super) const PAYMENT_CODE: &str = "281234567890123456";

/// 2018-06-08 10:35:00 in China.
pub(super) const NOW_MS: i64 = 1_528_425_300_000;

pub(super) fn config() -> AlipayConfig {
    AlipayConfig {
        app_id: APP_ID.into(),
        seller_id: SELLER.into(),
        app_key_pem: APP_KEY.into(),
        trust: AlipayTrust::Keys(vec![PUB.into(), NEXT_PUB.into()]),
        gateway: "https://openapi.alipay.com/gateway.do".into(),
    }
}

pub(super) fn account() -> Alipay {
    Alipay::try_new(config()).unwrap()
}

pub(super) fn account_with_certificates() -> Alipay {
    let mut config = config();
    config.trust = AlipayTrust::Certificates {
        app: APP_CERT.into(),
        root: ROOTS.into(),
        platform: vec![CERT.into(), NEXT_CERT.into()],
    };
    Alipay::try_new(config).unwrap()
}

/// 2019-04-02 20:34:20 in China.
pub(super) fn at() -> SignedAt {
    SignedAt {
        now_ms: 1_554_208_460_123,
        nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into(),
    }
}

fn notify_url() -> NotifyUrl {
    NotifyUrl::try_new("https://pay.example.com/trade/open/notify/alipay/1002").unwrap()
}

pub(super) fn prepay() -> Call {
    Call::Prepay(Prepay {
        trade_no: TRADE_NO.into(),
        amount: Fen::new(100),
        description: "算盘便利店".into(),
        notify_url: notify_url(),
        made_at_ms: 1_528_424_996_000,
        expires_at_ms: 1_528_425_296_000,
        attach: Some("till 7".into()),
    })
}

pub(super) fn pay_by_code() -> Call {
    Call::PayByCode(CodePay {
        trade_no: TRADE_NO.into(),
        amount: Fen::new(100),
        description: "算盘便利店".into(),
        code: PaymentCode::try_new(PAYMENT_CODE).unwrap(),
        store_id: "77001".into(),
        notify_url: notify_url(),
        made_at_ms: 1_528_425_236_000,
        expires_at_ms: 1_528_425_296_000,
    })
}

pub(super) fn query() -> Call {
    Call::Query {
        trade_no: TRADE_NO.into(),
    }
}

pub(super) fn close() -> Call {
    Call::Close {
        trade_no: TRADE_NO.into(),
    }
}

pub(super) fn reverse() -> Call {
    Call::Reverse {
        trade_no: TRADE_NO.into(),
    }
}

pub(super) fn refund() -> Call {
    Call::Refund(RefundOrder {
        refund_no: REFUND_NO.into(),
        trade_no: TRADE_NO.into(),
        refund: Fen::new(40),
        total: Fen::new(100),
        reason: "商品售罄".into(),
        notify_url: notify_url(),
    })
}

pub(super) fn query_refund() -> Call {
    Call::QueryRefund {
        refund_no: REFUND_NO.into(),
        trade_no: TRADE_NO.into(),
    }
}

pub(super) fn every_call() -> [Call; 7] {
    [
        prepay(),
        pay_by_code(),
        query(),
        close(),
        reverse(),
        refund(),
        query_refund(),
    ]
}

/// The name of the interface that a call is answered by.
fn answer_name(call: &Call) -> &'static str {
    match call {
        Call::Prepay(_) => "alipay_trade_precreate_response",
        Call::PayByCode(_) => "alipay_trade_pay_response",
        Call::Query { .. } => "alipay_trade_query_response",
        Call::Close { .. } => "alipay_trade_close_response",
        Call::Reverse { .. } => "alipay_trade_cancel_response",
        Call::Refund(_) => "alipay_trade_refund_response",
        Call::QueryRefund { .. } => "alipay_trade_fastpay_refund_query_response",
    }
}

pub(super) fn sign(key_pem: &str, message: &[u8]) -> String {
    let (_, pem) = parse_x509_pem(key_pem.as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(&pem.contents).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .unwrap();
    STANDARD.encode(signature)
}

pub(super) fn reply(status: u16, body: impl Into<Vec<u8>>) -> HttpReply {
    HttpReply {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// An answer under this name with this signature.
pub(super) fn envelope(name: &str, content: &str, signature: &str) -> HttpReply {
    reply(200, format!(r#"{{"{name}":{content},"sign":"{signature}"}}"#))
}

/// The platform's own answer to a call.
pub(super) fn signed(call: &Call, content: &str) -> HttpReply {
    envelope(answer_name(call), content, &sign(KEY, content.as_bytes()))
}

/// The same from somebody who has no key.
pub(super) fn unsigned(call: &Call, content: &str) -> HttpReply {
    reply(200, format!(r#"{{"{}":{content}}}"#, answer_name(call)))
}

pub(super) fn read(call: &Call, reply: &HttpReply) -> Observation {
    account().answer(call, Ok(reply), NOW_MS)
}

pub(super) fn is_unknown(observation: &Observation) -> bool {
    matches!(observation, Observation::Unknown { .. })
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

/// A notice of the platform with these parameters.
pub(super) fn notice(params: &[(&str, &str)]) -> CallbackRequest {
    let mut sorted = params.to_vec();
    sorted.sort_unstable();
    let text: Vec<String> = sorted
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let signature = sign(KEY, text.join("&").as_bytes());
    let mut pairs: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value.as_bytes())))
        .collect();
    pairs.push("sign_type=RSA2".to_owned());
    pairs.push(format!("sign={}", escaped(signature.as_bytes())));
    callback(&pairs.join("&"))
}

pub(super) fn callback(body: &str) -> CallbackRequest {
    CallbackRequest {
        headers: vec![(
            "Content-Type".into(),
            "application/x-www-form-urlencoded; text/html; charset=utf-8".into(),
        )],
        body: body.into(),
    }
}

/// The parameters of a payment's notice.
pub(super) fn paid_params() -> Vec<(&'static str, &'static str)> {
    vec![
        ("notify_time", "2018-06-08 10:34:51"),
        ("notify_type", "trade_status_sync"),
        ("notify_id", "N1"),
        ("app_id", APP_ID),
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("trade_no", "2018060822001400000000000042"),
        ("out_trade_no", TRADE_NO),
        ("seller_id", SELLER),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_amount", "1.00"),
        ("subject", "算盘便利店"),
        ("gmt_payment", "2018-06-08 10:34:50"),
    ]
}

/// The same with some changed, added, or where the value is empty left out.
pub(super) fn paid_with(changes: &[(&'static str, &'static str)]) -> CallbackRequest {
    let mut params = paid_params();
    for (name, value) in changes {
        params.retain(|(key, _)| key != name);
        if !value.is_empty() {
            params.push((name, value));
        }
    }
    notice(&params)
}
