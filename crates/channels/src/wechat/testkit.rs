//! What the tests share: an account, and a platform that signs as the documents say. It is written on
//! its own and shares no code with the modules under test.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_domain::money::Fen;
use suanpan_domain::payment_code::PaymentCode;
use x509_parser::pem::parse_x509_pem;

use super::{PlatformKey, WechatConfig, WechatPay};
use crate::call::{Call, CodePay, NotifyUrl, Prepay, RefundOrder};
use crate::http::{CallbackRequest, Headers, HttpReply};

pub(super) const MERCHANT_PKCS8: &str = include_str!("../testdata/merchant_pkcs8.pem");
pub(super) const MERCHANT_PKCS1: &str = include_str!("../testdata/merchant_pkcs1.pem");
pub(super) const CERT_PEM: &str = include_str!("../testdata/platform_cert.pem");
pub(super) const CERT_KEY: &str = include_str!("../testdata/platform_cert_key.pem");
pub(super) const CERT_SERIAL: &str = "F157F09EFDC096DE15EBE81A47057A7232F1B8E1";
pub(super) const PUB_PEM: &str = include_str!("../testdata/platform_pub.pem");
pub(super) const PUB_KEY: &str = include_str!("../testdata/platform_pub_key.pem");
pub(super) const PUB_ID: &str = "PUB_KEY_ID_0000000000000024101100397200000006";
pub(super) const API_V3_KEY: &[u8; 32] = b"0123456789abcdefFEDCBA9876543210";
pub(super) const TRADE_NO: &str = "1217752501201407033";
pub(super) const REFUND_NO: &str = "1217752501201407099";
pub(super) const PAYMENT_CODE: &str = "134567890123456789";

/// The moment the test platform signs at.
pub(super) const NOW_S: i64 = 1_722_850_421;
pub(super) const NOW_MS: i64 = NOW_S * 1000;
pub(super) const NONCE: &str = "d824f2e086d3c1df967785d13fcd22ef";

pub(super) fn config() -> WechatConfig {
    WechatConfig {
        app_id: "wxd678efh567hg6787".into(),
        merchant_id: "1230000109".into(),
        merchant_serial: "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C".into(),
        merchant_key_pem: MERCHANT_PKCS8.into(),
        api_v3_key: *API_V3_KEY,
        platform_keys: vec![
            PlatformKey {
                id: CERT_SERIAL.into(),
                pem: CERT_PEM.into(),
            },
            PlatformKey {
                id: PUB_ID.into(),
                pem: PUB_PEM.into(),
            },
        ],
        prefer: PUB_ID.into(),
        api_base: "https://api.mch.weixin.qq.com".into(),
    }
}

pub(super) fn account() -> WechatPay {
    WechatPay::try_new(config()).unwrap()
}

fn notify_url() -> NotifyUrl {
    NotifyUrl::try_new("https://pay.example.com/trade/open/notify/wx/1001").unwrap()
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

pub(super) fn reverse() -> Call {
    Call::Reverse {
        trade_no: TRADE_NO.into(),
    }
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
        query(),
        close(),
        refund(),
        query_refund(),
        pay_by_code(),
        reverse(),
    ]
}

fn sign_with(key_pem: &str, timestamp_s: i64, body: &[u8]) -> String {
    let (_, pem) = parse_x509_pem(key_pem.as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(&pem.contents).unwrap();
    let message = [format!("{timestamp_s}\n{NONCE}\n").as_bytes(), body, b"\n"].concat();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature)
        .unwrap();
    STANDARD.encode(signature)
}

pub(super) fn headers(serial: &str, timestamp_s: i64, signature: &str) -> Headers {
    [
        ("Wechatpay-Timestamp", timestamp_s.to_string().as_str()),
        ("Wechatpay-Nonce", NONCE),
        ("Wechatpay-Serial", serial),
        ("Wechatpay-Signature", signature.trim()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// Headers of the platform for `body`, in public-key mode.
pub(super) fn signed_headers(timestamp_s: i64, body: &[u8]) -> Headers {
    headers(PUB_ID, timestamp_s, &sign_with(PUB_KEY, timestamp_s, body))
}

/// Headers of the platform for `body`, in certificate mode.
pub(super) fn certificate_headers(timestamp_s: i64, body: &[u8]) -> Headers {
    headers(CERT_SERIAL, timestamp_s, &sign_with(CERT_KEY, timestamp_s, body))
}

pub(super) fn signed(status: u16, body: &str) -> HttpReply {
    HttpReply {
        status,
        headers: signed_headers(NOW_S, body.as_bytes()),
        body: body.into(),
    }
}

pub(super) fn unsigned(status: u16, body: &str) -> HttpReply {
    HttpReply {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// A callback of the platform whose content is `plain`.
pub(super) fn notice(event_type: &str, plain: &str) -> CallbackRequest {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY).unwrap());
    let mut content = plain.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(*b"fdasflkja484");
    key.seal_in_place_append_tag(nonce, Aad::from(b"transaction"), &mut content)
        .unwrap();
    let body = serde_json::json!({
        "id": "EV-1", "create_time": "2018-06-08T10:34:56+08:00", "event_type": event_type,
        "resource_type": "encrypt-resource", "summary": "支付成功",
        "resource": {
            "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": STANDARD.encode(content), "associated_data": "transaction", "nonce": "fdasflkja484",
        },
    })
    .to_string()
    .into_bytes();
    CallbackRequest {
        headers: signed_headers(NOW_S, &body),
        body,
    }
}
