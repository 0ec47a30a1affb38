//! Which kinds of signature a merchant may ask for.

use super::{NATIVE, Shop, body, is, refused};
use crate::{AnswerKeys, PlatformConfig};

#[test]
fn p11_a_merchant_with_the_public_key_alone_gets_no_certificate_and_no_certificates_signature() {
    let mut shop = Shop::new();
    let mchid = shop.merchant.mchid.clone();
    shop.platform
        .set_answer_keys(&mchid, AnswerKeys::PublicKeyOnly)
        .unwrap();
    assert_eq!(
        refused(&shop.get("/v3/certificates")),
        is(404, "RESOURCE_NOT_EXISTS")
    );
    let order = shop.order();
    let reply = shop.post(NATIVE, &order);
    assert_eq!(reply.status, 200, "without a wish the public key signs");
    assert_eq!(
        reply.header("Wechatpay-Serial"),
        Some(shop.merchant.platform_public_key_id.as_str())
    );
    assert!(shop.verified(&reply.headers, &reply.body));
    let serial = shop.merchant.platform_certificate_serial.clone();
    let mut shop = shop.asking_for(&serial);
    assert_eq!(refused(&shop.query()), is(400, "PARAM_ERROR"));
}

#[test]
fn p11_a_merchant_with_the_certificate_alone_cannot_ask_for_the_public_key() {
    let mut shop = Shop::with(PlatformConfig::new(1), 1);
    let mchid = shop.merchant.mchid.clone();
    shop.platform
        .set_answer_keys(&mchid, AnswerKeys::CertificateOnly)
        .unwrap();
    assert!(body(&shop.get("/v3/certificates"))["data"][0].is_object());
    let key_id = shop.merchant.platform_public_key_id.clone();
    let mut shop = shop.asking_for(&key_id);
    let refusal = shop.query();
    assert_eq!(refused(&refusal), is(400, "PARAM_ERROR"));
    assert_eq!(
        refusal.header("Wechatpay-Serial"),
        Some(shop.merchant.platform_certificate_serial.as_str())
    );
    assert!(
        shop.platform
            .set_answer_keys("2021000199900101", AnswerKeys::Both)
            .is_err()
    );
}
