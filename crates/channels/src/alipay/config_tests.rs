//! What an account may be made of, and that nothing secret is ever shown.

use super::testkit::*;
use super::{Alipay, AlipayConfig, AlipayTrust};
use crate::channel::Channel;
use crate::config::ConfigError;
use crate::keys::KeyProblem;

fn refusal(change: impl FnOnce(&mut AlipayConfig)) -> ConfigError {
    let mut config = config();
    change(&mut config);
    Alipay::try_new(config).unwrap_err()
}

fn certificates(app: &str, root: &str, platform: &[&str]) -> AlipayTrust {
    AlipayTrust::Certificates {
        app: app.into(),
        root: root.into(),
        platform: platform.iter().map(|pem| (*pem).to_owned()).collect(),
    }
}

/// The content of a PEM without its lines of dashes, as the platform shows keys.
fn bare(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

#[test]
fn ids_and_addresses_are_checked() {
    assert_eq!(refusal(|c| c.app_id = "a b".into()), ConfigError::BadId("app id"));
    assert_eq!(
        refusal(|c| c.seller_id = String::new()),
        ConfigError::BadId("seller id")
    );
    for bad in [
        "http://openapi.alipay.com/gateway.do",
        "openapi.alipay.com",
        "https://a/?b",
    ] {
        assert_eq!(
            refusal(|c| c.gateway = bad.into()),
            ConfigError::BadApiBase,
            "{bad}"
        );
    }
    let mut loopback = config();
    loopback.gateway = "http://127.0.0.1:18081/gateway.do".into();
    assert!(Alipay::try_new(loopback).is_ok());
}

#[test]
fn keys_are_taken_as_the_platform_shows_them() {
    // The tool of the platform writes the same key as PKCS#8 or as PKCS#1, without saying which.
    for key in [
        APP_KEY.to_owned(),
        bare(APP_KEY),
        include_str!("../testdata/alipay/app_key_pkcs1_bare.txt").to_owned(),
    ] {
        let mut config = config();
        config.app_key_pem = key;
        config.trust = AlipayTrust::Keys(vec![bare(PUB)]);
        let account = Alipay::try_new(config).unwrap();
        let reply = signed(
            &close(),
            r#"{"code":"10000","msg":"Success","out_trade_no":"1217752501201407033"}"#,
        );
        let seen = account.answer(&close(), Ok(&reply), NOW_MS);
        assert_eq!(seen, suanpan_domain::platform::Observation::CloseAccepted);
        assert_eq!(
            account.request(&prepay(), at()),
            super::testkit::account().request(&prepay(), at())
        );
    }
}

#[test]
fn keys_that_cannot_be_used_are_found_at_once() {
    let keys = |texts: &[&str]| AlipayTrust::Keys(texts.iter().map(|text| (*text).to_owned()).collect());
    let problem = |text: &str| match refusal(|c| c.trust = keys(&[PUB, text])) {
        ConfigError::PlatformKey { id, problem } => {
            assert_eq!(id, "number 2");
            problem
        }
        other => panic!("{other}"),
    };
    assert_eq!(problem("not a key"), KeyProblem::NotPem);
    assert_eq!(problem(APP_KEY), KeyProblem::WrongKind);
    assert_eq!(problem(CERT), KeyProblem::WrongKind);
    assert_eq!(
        problem(include_str!("../testdata/small_public.pem")),
        KeyProblem::NotRsa2048
    );
    assert_eq!(
        problem(include_str!("../testdata/curve_public.pem")),
        KeyProblem::NotRsa2048
    );
    assert_eq!(
        refusal(|c| c.trust = keys(&[PUB, PUB])),
        ConfigError::DuplicateKey("number 2".into())
    );
    assert_eq!(refusal(|c| c.trust = keys(&[])), ConfigError::NoPlatformKey);
    assert_eq!(
        refusal(|c| c.app_key_pem = PUB.into()),
        ConfigError::MerchantKey(KeyProblem::WrongKind)
    );
    assert_eq!(
        refusal(|c| c.app_key_pem = include_str!("../testdata/small_pkcs8.pem").into()),
        ConfigError::MerchantKey(KeyProblem::NotRsa2048)
    );
    assert_eq!(
        refusal(|c| c.app_key_pem = "A".repeat(1_624)),
        ConfigError::MerchantKey(KeyProblem::Damaged)
    );
}

#[test]
fn certificates_that_do_not_belong_together_are_found_at_once() {
    assert_eq!(
        refusal(|c| c.trust = certificates(CERT, ROOTS, &[CERT])),
        ConfigError::CertificateOfOtherKey
    );
    let certificate = |name, problem| ConfigError::Certificate { name, problem };
    assert_eq!(
        refusal(|c| c.trust = certificates(PUB, ROOTS, &[CERT])),
        certificate("app", KeyProblem::WrongKind)
    );
    assert_eq!(
        refusal(|c| c.trust = certificates(APP_CERT, "", &[CERT])),
        certificate("root", KeyProblem::NotPem)
    );
    let ec_only = include_str!("../testdata/alipay/root_ec.pem");
    assert_eq!(
        refusal(|c| c.trust = certificates(APP_CERT, ec_only, &[CERT])),
        certificate("root", KeyProblem::NotPem)
    );
    assert_eq!(
        refusal(|c| c.trust = certificates(APP_CERT, ROOTS, &[])),
        ConfigError::NoPlatformKey
    );
    assert!(matches!(
        refusal(|c| c.trust = certificates(APP_CERT, ROOTS, &[PUB])),
        ConfigError::PlatformKey { .. }
    ));
}

#[test]
fn nothing_secret_is_shown() {
    let shown = format!("{:?} {:?} {:?}", config(), account(), account_with_certificates());
    for secret in ["PRIVATE", "BEGIN", &bare(APP_KEY)[..40], &bare(PUB)[40..80]] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(shown.contains(APP_ID) && shown.contains(SELLER));
}
