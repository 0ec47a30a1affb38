//! The practice apps of Alipay and the keys on both sides: fixed, published, play money only.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::core::seal::SigningKey;

const PLATFORM_PRIVATE: &str = include_str!("../../../keys/alipay_platform_private.pem");
const PLATFORM_PUBLIC: &str = include_str!("../../../keys/alipay_platform_public.pem");
const NEXT_PRIVATE: &str = include_str!("../../../keys/alipay_platform_next_private.pem");
const NEXT_PUBLIC: &str = include_str!("../../../keys/alipay_platform_next_public.pem");
const FIRST_PRIVATE: &str = include_str!("../../../keys/alipay_app_2021000199900101_private.pem");
const SECOND_PRIVATE: &str = include_str!("../../../keys/alipay_app_2021000199900102_private.pem");

/// Which of its keys Alipay signs answers and notices for an app with. Nothing in them says which it was.
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
}

/// The practice apps.
#[must_use]
pub fn alipay_apps() -> Vec<AlipayApp> {
    let app = |app_id: &str, seller_id: &str, name: &str, private_key_pem: &str| AlipayApp {
        app_id: app_id.to_owned(),
        seller_id: seller_id.to_owned(),
        name: name.to_owned(),
        private_key_pem: private_key_pem.to_owned(),
        alipay_public_key_pem: PLATFORM_PUBLIC.to_owned(),
        next_alipay_public_key_pem: NEXT_PUBLIC.to_owned(),
    };
    vec![
        app(
            "2021000199900101",
            "2088000199900101",
            "算盘便利店（练习）",
            FIRST_PRIVATE,
        ),
        app(
            "2021000199900102",
            "2088000199900102",
            "算盘水果店（练习）",
            SECOND_PRIVATE,
        ),
    ]
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

    /// Signs with the key of a mode; `turn` decides while keys alternate.
    pub(crate) fn sign(&self, mode: AlipayKey, turn: u64, message: &str) -> String {
        let key = match mode {
            AlipayKey::Current => &self.current,
            AlipayKey::Next => &self.next,
            AlipayKey::Alternating if turn.is_multiple_of(2) => &self.current,
            AlipayKey::Alternating => &self.next,
        };
        key.sign(message.as_bytes())
    }
}
