//! Fixed vectors of other programs (`golden/make.sh`), so that this stand-in cannot be right only by its own measure,
//! nor wrong in the same way as the centre's clients: they have vectors of their own.

use crate::core::alipay::to_be_signed;
use crate::core::auth;
use crate::core::bill::gbk;
use crate::core::http::HttpRequest;
use crate::core::keys::{KeyRing, SignedWith};
use crate::core::seal::{SigningKey, seal_gcm};
use crate::{Outcome, Platform, PlatformConfig};

use super::{START_MS, is, refused};

const NONCE: &str = "0123456789abcdef0123456789ABCDEF";

/// A close of an order that is not there, signed by openssl.
fn close(body: &str) -> HttpRequest {
    let signature = include_str!("golden/close_signature.txt");
    let serial = &crate::merchants()[0].certificate_serial;
    let authorization = format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000101\",nonce_str=\"{NONCE}\",timestamp=\"1772416800\",\
         serial_no=\"{serial}\",signature=\"{signature}\""
    );
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
    ];
    HttpRequest {
        method: "POST".to_owned(),
        path_and_query: "/v3/pay/transactions/out-trade-no/T1_%7C%2A/close".to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn a_request_that_openssl_has_signed_is_the_merchants_and_no_other_is() {
    let request = close(r#"{"mchid":"1900000101"}"#);
    assert!(auth::signer(&request, START_MS).is_ok());
    assert!(auth::signer(&close(r#"{"mchid":"1900000102"}"#), START_MS).is_err());
    let mut platform = Platform::new(PlatformConfig::new(1));
    match platform.handle(&request, START_MS).outcome {
        Outcome::Reply(reply) => assert_eq!(refused(&reply), is(404, "ORDER_NOT_EXIST")),
        Outcome::Dropped => panic!("the connection was dropped"),
    }
}

#[test]
fn an_answers_signature_is_openssls() {
    let text = include_str!("golden/reply_text.txt");
    let (serial, key) = KeyRing::get().platform(SignedWith::NextCertificate);
    assert_eq!(serial, crate::merchants()[0].next_platform_certificate_serial);
    assert_eq!(
        key.sign(text.as_bytes()),
        include_str!("golden/reply_signature.txt")
    );
}

#[test]
fn what_alipay_signs_is_sorted_as_documented_and_openssls_signature_fits() {
    let pairs = [
        ("z", " y"),
        (
            "biz_content",
            r#"{"subject":"练习 & 商品=+","total_amount":"12.50"}"#,
        ),
        ("sign_type", "RSA2"),
        ("empty", ""),
        ("charset", "utf-8"),
        ("Z", "1"),
        ("sign", "left out"),
        ("app_id", "2021000199900101"),
        ("a", "1"),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let text = to_be_signed(&pairs, &["sign"]);
    assert_eq!(text, include_str!("golden/alipay_text.txt"));
    let signature = include_str!("golden/alipay_signature.txt");
    let key = SigningKey::from_pem(&crate::alipay_apps()[0].private_key_pem);
    assert!(key.made(text.as_bytes(), signature));
    assert!(!key.made(text.replace("12.50", "12.5").as_bytes(), signature));
    assert_eq!(key.sign(text.as_bytes()), signature);
}

#[test]
fn a_callbacks_content_is_sealed_as_node_seals_it_and_as_the_platforms_library_does() {
    let plain = r#"{"trade_state":"SUCCESS","练":1}"#;
    let key = crate::merchants()[0].api_v3_key.clone();
    assert_eq!(
        seal_gcm(key.as_bytes(), "0123456789ab", "transaction", plain.as_bytes()),
        include_str!("golden/sealed.txt")
    );
    // Published in the tests of the platform's Java library (wechatpay-java, `AeadAesCipherTest`).
    assert_eq!(
        seal_gcm(
            b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb",
            "uluk4a9R25RW",
            "associatedData",
            b"message"
        ),
        "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="
    );
}

#[test]
fn a_bills_text_has_the_bytes_that_python_gives_it() {
    let text = "#支付宝业务明细查询，商户订单号,商品名称,订单金额（元）,備註\t";
    assert_eq!(gbk(text), include_bytes!("golden/bill_gbk.bin"));
}
