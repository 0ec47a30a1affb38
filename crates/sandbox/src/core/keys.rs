//! The sandbox's fixed, public keys and its two practice merchants.
//!
//! See `keys/README.md`: these guard play money and are used nowhere else.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::seal::SigningKey;

const PLATFORM_CERTIFICATE: &str = include_str!("../../keys/platform_certificate.pem");
const PLATFORM_CERTIFICATE_PRIVATE: &str = include_str!("../../keys/platform_certificate_private.pem");
const PLATFORM_PUBLIC_KEY: &str = include_str!("../../keys/platform_public_key.pem");
const PLATFORM_PUBLIC_KEY_PRIVATE: &str = include_str!("../../keys/platform_public_key_private.pem");
const NEXT_CERTIFICATE: &str = include_str!("../../keys/platform_certificate_next.pem");
const NEXT_CERTIFICATE_PRIVATE: &str = include_str!("../../keys/platform_certificate_next_private.pem");
const FIRST_MERCHANT_PRIVATE: &str = include_str!("../../keys/merchant_1900000101_private.pem");
const SECOND_MERCHANT_PRIVATE: &str = include_str!("../../keys/merchant_1900000102_private.pem");

/// The platform certificate's serial number, as its certificate states it.
pub(crate) const PLATFORM_CERTIFICATE_SERIAL: &str = "57FD6E6F239019D5F12215D81A21F568993C10D6";
/// The serial number of the certificate that comes after it, as that certificate states it.
pub(crate) const NEXT_CERTIFICATE_SERIAL: &str = "6A8E27C4B19D03F5527A90D6C1E84B3F7725AE18";
/// When both platform certificates start, as they state it.
pub(crate) const PLATFORM_CERTIFICATE_EFFECTIVE: &str = "2020-01-01T08:00:00+08:00";
/// When both platform certificates end, as they state it.
pub(crate) const PLATFORM_CERTIFICATE_EXPIRES: &str = "2100-01-01T07:59:59+08:00";
/// The id of the platform's public key.
pub(crate) const PLATFORM_PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000001012026010100000000000001";

/// Which of its keys the platform signs a merchant's callbacks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackKey {
    /// Always the public key `PUB_KEY_ID_…`.
    PublicKey,
    /// Always the platform certificate.
    Certificate,
    /// Either, from one callback to the next, as while a merchant moves from one to the other.
    Alternating,
}

/// Which kinds of answer a merchant may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKeys {
    /// Either, as `Wechatpay-Serial` says.
    Both,
    /// Only the public key, as merchants have it that joined lately: there is no certificate to download.
    PublicKeyOnly,
    /// Only the certificate: the merchant has not applied for the public key.
    CertificateOnly,
}

/// How far the change of a merchant's platform certificate has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateChange {
    /// There is one certificate: it signs, and the download hands it out.
    Current,
    /// The download hands out the next one too; nothing is signed with it yet.
    Announced,
    /// Both are handed out, and either signs, from one signature to the next.
    Alternating,
    /// The next one alone signs and is handed out.
    Next,
}

/// What one signature of WeChat Pay is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignedWith {
    PublicKey,
    Certificate,
    NextCertificate,
}

/// Everything a centre must be given to act for one practice merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Merchant {
    /// The merchant id, ten digits.
    pub mchid: String,
    /// The app id bound to it.
    pub appid: String,
    /// The name the phone page shows.
    pub name: String,
    /// The merchant's private key, PKCS#8 PEM.
    pub private_key_pem: String,
    /// The serial number of the merchant's API certificate, 40 hex digits.
    pub certificate_serial: String,
    /// The APIv3 key, 32 characters.
    pub api_v3_key: String,
    /// The platform's public key, PEM.
    pub platform_public_key_pem: String,
    /// Its id, `PUB_KEY_ID_…`.
    pub platform_public_key_id: String,
    /// The platform's certificate, PEM.
    pub platform_certificate_pem: String,
    /// Its serial number, 40 hex digits.
    pub platform_certificate_serial: String,
    /// The platform's certificate that comes after it, PEM.
    pub next_platform_certificate_pem: String,
    /// Its serial number, 40 hex digits.
    pub next_platform_certificate_serial: String,
    /// Which key signs this merchant's callbacks unless the admin API says otherwise.
    pub callback_key: CallbackKey,
}

/// The practice merchants: the first is in public-key mode, the second in certificate mode.
#[must_use]
pub fn merchants() -> Vec<Merchant> {
    vec![
        Merchant {
            mchid: "1900000101".to_owned(),
            appid: "wx5a9dbc0000000101".to_owned(),
            name: "算盘便利店（练习）".to_owned(),
            private_key_pem: FIRST_MERCHANT_PRIVATE.to_owned(),
            certificate_serial: "37F08DAFB4AF9D7465B563689C1759920724427C".to_owned(),
            api_v3_key: "SandboxOnlyApiV3KeyMerchant00101".to_owned(),
            ..shared(CallbackKey::PublicKey)
        },
        Merchant {
            mchid: "1900000102".to_owned(),
            appid: "wx5a9dbc0000000102".to_owned(),
            name: "算盘水果店（练习）".to_owned(),
            private_key_pem: SECOND_MERCHANT_PRIVATE.to_owned(),
            certificate_serial: "45AC03FE1A7F67750FBF45BE2D79CB6B7A787A93".to_owned(),
            api_v3_key: "SandboxOnlyApiV3KeyMerchant00102".to_owned(),
            ..shared(CallbackKey::Certificate)
        },
    ]
}

/// What both merchants have in common: the platform's side.
fn shared(callback_key: CallbackKey) -> Merchant {
    Merchant {
        mchid: String::new(),
        appid: String::new(),
        name: String::new(),
        private_key_pem: String::new(),
        certificate_serial: String::new(),
        api_v3_key: String::new(),
        platform_public_key_pem: PLATFORM_PUBLIC_KEY.to_owned(),
        platform_public_key_id: PLATFORM_PUBLIC_KEY_ID.to_owned(),
        platform_certificate_pem: PLATFORM_CERTIFICATE.to_owned(),
        platform_certificate_serial: PLATFORM_CERTIFICATE_SERIAL.to_owned(),
        next_platform_certificate_pem: NEXT_CERTIFICATE.to_owned(),
        next_platform_certificate_serial: NEXT_CERTIFICATE_SERIAL.to_owned(),
        callback_key,
    }
}

/// One merchant with its key ready to check signatures.
pub(crate) struct MerchantKey {
    pub(crate) merchant: Merchant,
    pub(crate) key: SigningKey,
}

/// All keys, read once per process: reading an RSA key costs milliseconds and a simulator makes many
/// platforms.
pub(crate) struct KeyRing {
    pub(crate) certificate: SigningKey,
    pub(crate) next_certificate: SigningKey,
    pub(crate) public_key: SigningKey,
    pub(crate) merchants: Vec<MerchantKey>,
}

impl KeyRing {
    pub(crate) fn get() -> &'static Self {
        static RING: OnceLock<KeyRing> = OnceLock::new();
        RING.get_or_init(|| Self {
            certificate: SigningKey::from_pem(PLATFORM_CERTIFICATE_PRIVATE),
            next_certificate: SigningKey::from_pem(NEXT_CERTIFICATE_PRIVATE),
            public_key: SigningKey::from_pem(PLATFORM_PUBLIC_KEY_PRIVATE),
            merchants: merchants()
                .into_iter()
                .map(|merchant| MerchantKey {
                    key: SigningKey::from_pem(&merchant.private_key_pem),
                    merchant,
                })
                .collect(),
        })
    }

    pub(crate) fn merchant(&'static self, mchid: &str) -> Option<&'static MerchantKey> {
        self.merchants.iter().find(|m| m.merchant.mchid == mchid)
    }

    /// The id and key of what a signature is made with.
    pub(crate) const fn platform(&'static self, with: SignedWith) -> (&'static str, &'static SigningKey) {
        match with {
            SignedWith::PublicKey => (PLATFORM_PUBLIC_KEY_ID, &self.public_key),
            SignedWith::Certificate => (PLATFORM_CERTIFICATE_SERIAL, &self.certificate),
            SignedWith::NextCertificate => (NEXT_CERTIFICATE_SERIAL, &self.next_certificate),
        }
    }
}
