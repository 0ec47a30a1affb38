//! The download of platform certificates: what is believed of it, and how a change of certificate is lived through.

use super::testkit::*;
use super::{PlatformKey, WechatConfig, WechatPay};
use crate::certificates::{HandedOut, NoCertificates};
use crate::channel::{Channel, Lost, SignedAt};
use crate::http::{HttpReply, Method, header};
use suanpan_domain::platform::Observation;

const NEXT_PEM: &str = include_str!("../testdata/platform_cert_next.pem");
const NEXT_SERIAL: &str = "2B8FD3A1C04E95D7F6201B7C3E8A4D5B9C6E7F01";
const BODY: &str = include_str!("../testdata/certificates_body.json");
const SIGNED: &str = include_str!("../testdata/certificates_signed_platform_cert.txt");
const SIGNED_NEXT: &str = include_str!("../testdata/certificates_signed_platform_cert_next.txt");

/// An account in certificate mode that holds these certificates.
fn account_with(held: &[(&str, &str)]) -> WechatPay {
    let keys = held.iter().map(|(id, pem)| PlatformKey {
        id: (*id).to_owned(),
        pem: (*pem).to_owned(),
    });
    WechatPay::try_new(WechatConfig {
        platform_keys: keys.collect(),
        prefer: held[0].0.to_owned(),
        ..config()
    })
    .unwrap()
}

fn reply(status: u16, serial: &str, signature: &str, body: &str) -> HttpReply {
    HttpReply {
        status,
        headers: headers(serial, NOW_S, signature),
        body: body.into(),
    }
}

fn read(account: &WechatPay, reply: &HttpReply, now_ms: i64) -> Result<Vec<HandedOut>, NoCertificates> {
    account
        .certificates()
        .unwrap()
        .certificates_read(None, Ok(reply), now_ms)
}

fn is_unknown(found: &Result<Vec<HandedOut>, NoCertificates>) -> bool {
    matches!(found, Err(NoCertificates::Unknown { .. }))
}

fn is_untrusted(found: &Result<Vec<HandedOut>, NoCertificates>) -> bool {
    matches!(found, Err(NoCertificates::Untrusted(_)))
}

#[test]
fn certificates_are_asked_for_with_openssls_signature() {
    let at = SignedAt {
        now_ms: 1_554_208_460_123,
        nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into(),
    };
    let account = account_with(&[(CERT_SERIAL, CERT_PEM)]);
    let certificates = account.certificates().unwrap();
    let request = certificates.certificates_request(None, at).unwrap();
    assert_eq!(request.method, Method::Get);
    assert_eq!(request.url, "https://api.mch.weixin.qq.com/v3/certificates");
    let authorization = header(&request.headers, "authorization").unwrap();
    let signature = include_str!("../testdata/certificates_signature.txt");
    assert!(
        authorization.ends_with(&format!("signature=\"{signature}\"")),
        "{authorization}"
    );
    assert_eq!(header(&request.headers, "wechatpay-serial"), None);
}

#[test]
fn p11_what_is_handed_out_opens_to_the_certificates_that_openssl_made() {
    let account = account_with(&[(CERT_SERIAL, CERT_PEM)]);
    let found = read(&account, &reply(200, CERT_SERIAL, SIGNED, BODY), NOW_MS).unwrap();
    let seen: Vec<(&str, &str, bool)> = found
        .iter()
        .map(|one| (one.name.as_str(), one.pem.as_str(), one.is_held))
        .collect();
    // The third of them ended in 2015.
    assert_eq!(
        seen,
        [(CERT_SERIAL, CERT_PEM, true), (NEXT_SERIAL, NEXT_PEM, false)]
    );
    assert!(found.iter().all(|one| one.valid_until_ms > NOW_MS));
}

#[test]
fn p11_a_certificate_in_use_for_the_first_time_vouches_for_itself_by_the_seal() {
    let account = account_with(&[(CERT_SERIAL, CERT_PEM)]);
    let answer = reply(200, NEXT_SERIAL, SIGNED_NEXT, BODY);
    assert_eq!(read(&account, &answer, NOW_MS).unwrap().len(), 2);
    // A payment's answer never does: it brings nothing that is sealed.
    assert!(matches!(
        account.answer(&query(), Ok(&answer), NOW_MS),
        Observation::Unknown { .. }
    ));
    // Nor does one that is not among those handed out, nor a signature that is another's.
    for (serial, signature) in [("ABCDEF", SIGNED_NEXT), (NEXT_SERIAL, SIGNED)] {
        let other = reply(200, serial, signature, BODY);
        assert!(is_untrusted(&read(&account, &other, NOW_MS)), "{serial}");
    }
}

#[test]
fn i14_what_is_not_verifiably_the_platforms_hands_out_nothing() {
    let account = account_with(&[(CERT_SERIAL, CERT_PEM), (PUB_ID, PUB_PEM)]);
    let good = reply(200, CERT_SERIAL, SIGNED, BODY);
    for now_ms in [NOW_MS - 300_000, NOW_MS + 300_000] {
        assert!(is_unknown(&read(&account, &good, now_ms)), "{now_ms}");
    }
    assert!(is_unknown(&read(&account, &unsigned(200, BODY), NOW_MS)));
    let altered = reply(200, CERT_SERIAL, SIGNED, &BODY.replace("2018", "2019"));
    assert!(is_unknown(&read(&account, &altered, NOW_MS)));
    for missing in 0..4 {
        let mut cut = good.clone();
        cut.headers.remove(missing);
        assert!(is_unknown(&read(&account, &cut, NOW_MS)), "{missing}");
    }
    for body in ["", "<html>", "{}", r#"{"data":{}}"#, &"x".repeat(70_000)] {
        assert!(
            is_unknown(&read(&account, &signed(200, body), NOW_MS)),
            "{body:.20}"
        );
    }
    for status in [202, 204, 302, 429, 500, 503] {
        assert!(
            is_unknown(&read(&account, &signed(status, BODY), NOW_MS)),
            "{status}"
        );
    }
    let lost = account
        .certificates()
        .unwrap()
        .certificates_read(None, Err(Lost::TimedOut), NOW_MS);
    assert!(is_unknown(&lost));
}

#[test]
fn a_certificate_under_another_key_serial_or_seal_is_not_trusted() {
    let account = account();
    assert_eq!(read(&account, &signed(200, BODY), NOW_MS).unwrap().len(), 2);
    for (word, other) in [
        (NEXT_SERIAL, "3B8FD3A1C04E95D7F6201B7C3E8A4D5B9C6E7F01"),
        ("fdasflkja485", "fdasflkja486"),
        ("AEAD_AES_256_GCM", "AEAD_AES_128_GCM"),
        (r#""associated_data":"certificate""#, r#""associated_data":"x""#),
    ] {
        assert!(BODY.contains(word));
        let answer = signed(200, &BODY.replacen(word, other, 1));
        assert!(is_untrusted(&read(&account, &answer, NOW_MS)), "{word}");
    }
    let other_merchant = WechatPay::try_new(WechatConfig {
        api_v3_key: *b"FEDCBA9876543210fedcba9876543210",
        ..config()
    });
    let found = read(&other_merchant.unwrap(), &signed(200, BODY), NOW_MS);
    assert!(is_untrusted(&found));
}

#[test]
fn p11_a_merchant_that_joined_lately_is_told_that_there_is_none() {
    let refusal = r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#;
    let code = "RESOURCE_NOT_EXISTS".to_owned();
    assert_eq!(
        read(&account(), &signed(404, refusal), NOW_MS),
        Err(NoCertificates::Refused { code })
    );
    assert!(is_unknown(&read(&account(), &unsigned(404, refusal), NOW_MS)));
}

#[test]
fn p11_a_change_of_certificate_is_lived_through_with_both_and_not_with_one() {
    let code = r#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#;
    let signature = include_str!("../testdata/reply_signature_cert.txt");
    let old = reply(200, CERT_SERIAL, signature, code);
    let both = account_with(&[(CERT_SERIAL, CERT_PEM), (NEXT_SERIAL, NEXT_PEM)]);
    let only_next = account_with(&[(NEXT_SERIAL, NEXT_PEM)]);
    assert!(matches!(
        both.answer(&prepay(), Ok(&old), NOW_MS),
        Observation::CodeReady { .. }
    ));
    match only_next.answer(&prepay(), Ok(&old), NOW_MS) {
        Observation::Unknown { why } => assert!(why.contains(CERT_SERIAL), "{why}"),
        other => panic!("{other:?}"),
    }
}
