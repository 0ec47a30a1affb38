//! Which kinds of signature a merchant may ask for.

use super::{NATIVE, Shop, body, is, refused};
use crate::{AnswerKeys, CertificateChange, PlatformConfig};

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

/// The serials that the download hands out, each certificate opened.
fn handed_out(shop: &mut Shop) -> Vec<String> {
    let answer = body(&shop.get("/v3/certificates"));
    let entries = answer["data"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let serial = entry["serial_no"].as_str().unwrap();
            let pem = String::from_utf8(shop.decrypted(&entry["encrypt_certificate"])).unwrap();
            let expected = if serial == shop.merchant.platform_certificate_serial {
                &shop.merchant.platform_certificate_pem
            } else {
                &shop.merchant.next_platform_certificate_pem
            };
            assert_eq!(pem, *expected);
            serial.to_owned()
        })
        .collect()
}

#[test]
fn p11_a_certificate_is_announced_before_it_signs_and_then_replaces_the_old_one() {
    let mut shop = Shop::with(PlatformConfig::new(1), 1);
    let mchid = shop.merchant.mchid.clone();
    let old = shop.merchant.platform_certificate_serial.clone();
    let new = shop.merchant.next_platform_certificate_serial.clone();
    let (only_old, both, only_new) = (
        vec![old.clone()],
        vec![old.clone(), new.clone()],
        vec![new.clone()],
    );
    let table = [
        (CertificateChange::Current, &only_old, &only_old),
        (CertificateChange::Announced, &both, &only_old),
        (CertificateChange::Alternating, &both, &both),
        (CertificateChange::Next, &only_new, &only_new),
    ];
    for (change, listed, signing) in table {
        shop.platform.set_certificate_change(&mchid, change).unwrap();
        assert_eq!(handed_out(&mut shop), *listed, "{change:?}");
        let mut seen: Vec<String> = (0..4)
            .map(|_| shop.query().header("Wechatpay-Serial").unwrap().to_owned())
            .collect();
        seen.sort();
        seen.dedup();
        let mut expected = signing.clone();
        expected.sort();
        assert_eq!(seen, expected, "{change:?}");
    }
    let change = CertificateChange::Next;
    assert!(shop.platform.set_certificate_change("0", change).is_err());
}

#[test]
fn p11_answers_and_callbacks_of_the_next_certificate_fit_its_key() {
    let mut shop = Shop::with(PlatformConfig::new(1), 1);
    let mchid = shop.merchant.mchid.clone();
    shop.platform
        .set_certificate_change(&mchid, CertificateChange::Next)
        .unwrap();
    // From here on the shop knows the next certificate alone.
    shop.merchant.platform_certificate_pem = shop.merchant.next_platform_certificate_pem.clone();
    shop.merchant.platform_certificate_serial = shop.merchant.next_platform_certificate_serial.clone();
    let reply = shop.query();
    assert!(shop.verified(&reply.headers, &reply.body));
    shop.paid();
    let told = shop.after(0);
    assert_eq!(shop.told(&told[0])["trade_state"], "SUCCESS");
}
