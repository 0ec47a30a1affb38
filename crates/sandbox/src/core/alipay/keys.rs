//! The practice apps of Alipay and the keys on both sides: fixed, published, play money only.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::certificates::{
    CURRENT, CURRENT_NAME, FIRST_APP, FIRST_APP_NAME, NEXT, NEXT_NAME, ROOTS, ROOTS_NAME, SECOND_APP,
    SECOND_APP_NAME,
};
use crate::core::seal::SigningKey;

const PLATFORM_PRIVATE: &str = include_str!("../../../keys/alipay_platform_private.pem");
const PLATFORM_PUBLIC: &str = include_str!("../../../keys/alipay_platform_public.pem");
const NEXT_PRIVATE: &str = include_str!("../../../keys/alipay_platform_next_private.pem");
const NEXT_PUBLIC: &str = include_str!("../../../keys/alipay_platform_next_public.pem");
const FIRST_PRIVATE: &str = include_str!("../../../keys/alipay_app_2021000199900101_private.pem");
const SECOND_PRIVATE: &str = include_str!("../../../keys/alipay_app_2021000199900102_private.pem");

/// Which of its keys Alipay signs answers and notices for an app with. In public-key mode nothing in them says which it
/// was; in certificate mode they name its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlipayKey {
    /// The key in use.
    Current,
    /// The key that comes after it.
    Next,
    /// Either, from one signature to the next, as while a merchant changes keys.
    Alternating,
}

/// Everything a centre must be given to act for one practice app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlipayApp {
    /// The app id, 16 digits.
    pub app_id: String,
    /// The merchant's own id at Alipay, 2088 and 12 digits.
    pub seller_id: String,
    /// The name the phone page shows.
    pub name: String,
    /// The app's private key, PKCS#8 PEM.
    pub private_key_pem: String,
    /// Alipay's public key in use, PEM.
    pub alipay_public_key_pem: String,
    /// The one that comes after it, PEM.
    pub next_alipay_public_key_pem: String,
    /// The app's certificate and its authority's, PEM; for certificate mode.
    pub app_certificate_pem: String,
    /// What a request names it by.
    pub app_cert_sn: String,
    /// Alipay's root certificates, PEM.
    pub alipay_roots_pem: String,
    /// What a request names them by.
    pub alipay_root_cert_sn: String,
    /// The certificate of Alipay's key in use and its authority's, PEM.
    pub alipay_certificate_pem: String,
    /// What an answer names it by.
    pub alipay_cert_sn: String,
    /// The certificate of the key that comes after it and its authority's, PEM.
    pub next_alipay_certificate_pem: String,
    /// What an answer names it by.
    pub next_alipay_cert_sn: String,
}

/// The practice apps.
#[must_use]
pub fn alipay_apps() -> Vec<AlipayApp> {
    vec![
        AlipayApp {
            app_id: "2021000199900101".to_owned(),
            seller_id: "2088000199900101".to_owned(),
            name: "算盘便利店（练习）".to_owned(),
            private_key_pem: FIRST_PRIVATE.to_owned(),
            app_certificate_pem: FIRST_APP.to_owned(),
            app_cert_sn: FIRST_APP_NAME.to_owned(),
            ..shared()
        },
        AlipayApp {
            app_id: "2021000199900102".to_owned(),
            seller_id: "2088000199900102".to_owned(),
            name: "算盘水果店（练习）".to_owned(),
            private_key_pem: SECOND_PRIVATE.to_owned(),
            app_certificate_pem: SECOND_APP.to_owned(),
            app_cert_sn: SECOND_APP_NAME.to_owned(),
            ..shared()
        },
    ]
}

/// What both apps have in common: the platform's side.
fn shared() -> AlipayApp {
    AlipayApp {
        app_id: String::new(),
        seller_id: String::new(),
        name: String::new(),
        private_key_pem: String::new(),
        alipay_public_key_pem: PLATFORM_PUBLIC.to_owned(),
        next_alipay_public_key_pem: NEXT_PUBLIC.to_owned(),
        app_certificate_pem: String::new(),
        app_cert_sn: String::new(),
        alipay_roots_pem: ROOTS.to_owned(),
        alipay_root_cert_sn: ROOTS_NAME.to_owned(),
        alipay_certificate_pem: CURRENT.to_owned(),
        alipay_cert_sn: CURRENT_NAME.to_owned(),
        next_alipay_certificate_pem: NEXT.to_owned(),
        next_alipay_cert_sn: NEXT_NAME.to_owned(),
    }
}

/// A signature, and the name of the certificate that it is of.
pub(crate) struct AlipaySignature {
    pub(crate) sign: String,
    pub(crate) certificate: &'static str,
}

/// One app with its key ready to check signatures.
pub(crate) struct AppKey {
    pub(crate) app: AlipayApp,
    pub(crate) key: SigningKey,
}

/// All keys, read once per process.
pub(crate) struct AlipayRing {
    current: SigningKey,
    next: SigningKey,
    apps: Vec<AppKey>,
}

impl AlipayRing {
    pub(crate) fn get() -> &'static Self {
        static RING: OnceLock<AlipayRing> = OnceLock::new();
        RING.get_or_init(|| Self {
            current: SigningKey::from_pem(PLATFORM_PRIVATE),
            next: SigningKey::from_pem(NEXT_PRIVATE),
            apps: alipay_apps()
                .into_iter()
                .map(|app| AppKey {
                    key: SigningKey::from_pem(&app.private_key_pem),
                    app,
                })
                .collect(),
        })
    }

    pub(crate) fn app(&'static self, app_id: &str) -> Option<&'static AppKey> {
        self.apps.iter().find(|known| known.app.app_id == app_id)
    }

    /// Signs with the key of a mode, and names its certificate; `turn` decides while keys alternate.
    pub(crate) fn sign(&self, mode: AlipayKey, turn: u64, message: &str) -> AlipaySignature {
        let (key, certificate) = match mode {
            AlipayKey::Current => (&self.current, CURRENT_NAME),
            AlipayKey::Next => (&self.next, NEXT_NAME),
            AlipayKey::Alternating if turn.is_multiple_of(2) => (&self.current, CURRENT_NAME),
            AlipayKey::Alternating => (&self.next, NEXT_NAME),
        };
        AlipaySignature {
            sign: key.sign(message.as_bytes()),
            certificate,
        }
    }
}
