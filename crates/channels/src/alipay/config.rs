//! What one app's account is made of, and the checks before anything is sent with it.

use std::fmt;

use super::Alipay;
use super::certificate::CertificateNames;
use super::chain::Roots;
use super::trust::Trust;
use crate::config::{ConfigError, check_address, check_id};
use crate::keys::SigningKey;

/// What the platform's signatures are verified with.
#[derive(Clone, PartialEq, Eq)]
pub enum AlipayTrust {
    /// Public-key mode: the platform's public keys for this app, one, or the old and the new while a change
    /// is under way. PEM, or the bare base64 that the platform shows.
    Keys(Vec<String>),
    /// Certificate mode.
    Certificates {
        /// The app's own certificate, PEM.
        app: String,
        /// The platform's root certificates, all of the file it hands out, PEM.
        root: String,
        /// The platform's certificates, one, or the old and the new while a change is under way, PEM.
        platform: Vec<String>,
    },
}

/// An app's account. Lives only until [`Alipay::try_new`] has read it.
#[derive(Clone)]
pub struct AlipayConfig {
    /// `app_id`.
    pub app_id: String,
    /// `seller_id`: the merchant's number at the platform, `2088…`.
    pub seller_id: String,
    /// The app's private key: PKCS#8 or PKCS#1, PEM or the bare base64 of the platform's tool, RSA of 2048
    /// bits or more.
    pub app_key_pem: String,
    /// What the platform signs with.
    pub trust: AlipayTrust,
    /// Address of the gateway: `https://openapi.alipay.com/gateway.do`.
    pub gateway: String,
}

impl fmt::Debug for AlipayTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(keys) => f.debug_tuple("Keys").field(&keys.len()).finish(),
            Self::Certificates { platform, .. } => f
                .debug_struct("Certificates")
                .field("platform", &platform.len())
                .finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for AlipayConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlipayConfig")
            .field("app_id", &self.app_id)
            .field("seller_id", &self.seller_id)
            .field("trust", &self.trust)
            .field("gateway", &self.gateway)
            .finish_non_exhaustive()
    }
}

impl Alipay {
    /// Reads and checks an account: ids, address and every key, with one trial signature.
    ///
    /// # Errors
    /// [`ConfigError`] names the field at fault.
    pub fn try_new(config: AlipayConfig) -> Result<Self, ConfigError> {
        check_id("app id", &config.app_id)?;
        check_id("seller id", &config.seller_id)?;
        check_address(&config.gateway)?;
        let key = SigningKey::try_new(&config.app_key_pem).map_err(ConfigError::MerchantKey)?;
        let (names, roots) = match &config.trust {
            AlipayTrust::Keys(_) => (None, Roots::default()),
            AlipayTrust::Certificates { app, root, .. } => {
                let names = CertificateNames::try_new(app, root, &key)?;
                let roots = Roots::try_new(root).map_err(|problem| ConfigError::Certificate {
                    name: "root",
                    problem,
                })?;
                (Some(names), roots)
            }
        };
        Ok(Self {
            app_id: config.app_id,
            seller_id: config.seller_id,
            gateway: config.gateway,
            key,
            trust: Trust::try_new(&config.trust)?,
            names,
            roots,
        })
    }
}
