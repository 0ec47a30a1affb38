//! What an account may be made of, and that nothing secret is ever shown.

use super::testkit::*;
use super::{PlatformKey, WechatConfig, WechatPay};
use crate::channel::{Channel, SignedAt};
use crate::config::ConfigError;
use crate::http::header;
use crate::keys::KeyProblem;

fn refusal(change: impl FnOnce(&mut WechatConfig)) -> ConfigError {
    let mut config = config();
    change(&mut config);
    WechatPay::try_new(config).unwrap_err()
}

fn platform_refusal(id: &str, pem: &str) -> KeyProblem {
    let key = PlatformKey {
        id: id.into(),
        pem: pem.into(),
    };
    match refusal(|c| c.platform_keys.push(key)) {
        ConfigError::PlatformKey { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

#[test]
fn ids_that_could_break_a_header_or_an_address_are_refused() {
    for bad in ["", "a b", "a\"b", "a\r\nb", "商户", &"a".repeat(65)] {
        assert_eq!(
            refusal(|c| c.app_id = bad.into()),
            ConfigError::BadId("app id"),
            "{bad}"
        );
        assert_eq!(
            refusal(|c| c.merchant_id = bad.into()),
            ConfigError::BadId("merchant id")
        );
        assert_eq!(
            refusal(|c| c.merchant_serial = bad.into()),
            ConfigError::BadId("merchant serial")
        );
    }
}

#[test]
fn the_platform_is_only_spoken_to_over_tls_or_on_loopback() {
    for bad in [
        "http://api.mch.weixin.qq.com",
        "api.mch.weixin.qq.com",
        "https://",
        "https://a/?b",
        "https://a b",
    ] {
        assert_eq!(
            refusal(|c| c.api_base = bad.into()),
            ConfigError::BadApiBase,
            "{bad}"
        );
    }
}

#[test]
fn a_merchant_key_that_cannot_sign_is_refused_at_start() {
    let cases = [
        ("", KeyProblem::NotPem),
        ("-----BEGIN PRIVATE KEY-----", KeyProblem::NotPem),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            KeyProblem::Damaged,
        ),
        (PUB_PEM, KeyProblem::WrongKind),
        (
            include_str!("../testdata/small_pkcs8.pem"),
            KeyProblem::NotRsa2048,
        ),
    ];
    for (pem, problem) in cases {
        let refused = refusal(|c| c.merchant_key_pem = pem.into());
        assert_eq!(refused, ConfigError::MerchantKey(problem), "{pem}");
    }
}

#[test]
fn keys_saved_with_other_line_ends_are_read() {
    let mut config = config();
    config.merchant_key_pem = MERCHANT_PKCS8.replace('\n', "\r\n");
    for key in &mut config.platform_keys {
        key.pem = key.pem.replace('\n', "\r\n");
    }
    assert!(WechatPay::try_new(config).is_ok());
}

#[test]
fn a_platform_key_must_be_what_its_id_says() {
    assert_eq!(platform_refusal("ABCDEF", CERT_PEM), KeyProblem::SerialDiffers);
    assert_eq!(
        platform_refusal("PUB_KEY_ID_1", CERT_PEM),
        KeyProblem::IdOfOtherKind
    );
    assert_eq!(platform_refusal("ABCDEF", PUB_PEM), KeyProblem::IdOfOtherKind);
    assert_eq!(
        platform_refusal("PUB_KEY_ID_1", MERCHANT_PKCS8),
        KeyProblem::WrongKind
    );
    assert_eq!(platform_refusal("PUB_KEY_ID_1", "x"), KeyProblem::NotPem);
    let small = include_str!("../testdata/small_public.pem");
    assert_eq!(platform_refusal("PUB_KEY_ID_1", small), KeyProblem::NotRsa2048);
    let curve = include_str!("../testdata/curve_public.pem");
    assert_eq!(platform_refusal("PUB_KEY_ID_1", curve), KeyProblem::NotRsa2048);
    let damaged = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    assert_eq!(platform_refusal("PUB_KEY_ID_1", damaged), KeyProblem::Damaged);
    assert_eq!(refusal(|c| c.platform_keys.clear()), ConfigError::NoPlatformKey);
    let twice = PlatformKey {
        id: CERT_SERIAL.to_lowercase(),
        pem: CERT_PEM.into(),
    };
    let id = twice.id.clone();
    assert_eq!(
        refusal(|c| c.platform_keys.push(twice)),
        ConfigError::DuplicateKey(id)
    );
    assert_eq!(
        refusal(|c| c.prefer = "X".into()),
        ConfigError::UnknownPreferred("X".into())
    );
}

#[test]
fn p11_the_wanted_key_is_named_only_in_public_key_mode() {
    let at = || SignedAt {
        now_ms: NOW_MS,
        nonce: NONCE.into(),
    };
    let asked = |account: &WechatPay| {
        header(&account.request(&query(), at()).headers, "wechatpay-serial").map(str::to_owned)
    };
    assert_eq!(asked(&account()).as_deref(), Some(PUB_ID));
    let mut config = config();
    config.prefer = format!("0{}", CERT_SERIAL.to_lowercase());
    assert_eq!(asked(&WechatPay::try_new(config).unwrap()), None);
}

#[test]
fn a_nonce_cannot_break_out_of_the_header() {
    let at = SignedAt {
        now_ms: NOW_MS,
        nonce: "a\",mchid=\"1\r\nX: y".into(),
    };
    let request = account().request(&query(), at);
    let authorization = header(&request.headers, "authorization").unwrap();
    assert!(
        authorization.contains("nonce_str=\"amchid1Xy\","),
        "{authorization}"
    );
}

#[test]
fn nothing_that_is_printed_shows_a_key() {
    let config = config();
    let account = account();
    let mut shown = format!(
        "{config:?} {config:#?} {account:?} {account:#?} {:?}",
        config.platform_keys
    );
    let errors = [
        refusal(|c| c.merchant_key_pem = c.merchant_key_pem.replace("MII", "AII")),
        refusal(|c| c.platform_keys[0].pem = MERCHANT_PKCS8.into()),
        refusal(|c| c.prefer = "X".into()),
    ];
    for error in errors {
        shown.push_str(&format!("{error:?} {error}"));
    }
    let lines = [MERCHANT_PKCS8, MERCHANT_PKCS1, CERT_PEM, PUB_PEM]
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| !line.starts_with('-') && line.len() >= 16);
    for line in lines {
        assert!(!shown.contains(&line[..16]), "{line}");
    }
    let secret = std::str::from_utf8(API_V3_KEY).unwrap();
    assert!(
        !shown.contains(secret) && !shown.contains("48, 49, 50") && !shown.contains("PRIVATE"),
        "{shown}"
    );
}
