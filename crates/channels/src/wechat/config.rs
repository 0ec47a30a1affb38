//! What one merchant's account is made of, and the checks before anything is sent with it.

use std::fmt;

use super::WechatPay;
use super::decrypt::ContentKey;
use super::keys::is_public_key_id;
use super::sign::Signer;
use super::verify::Keyring;
use crate::config::{ConfigError, check_address, check_id};

/// One key the platform may sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct PlatformKey {
    /// What `Wechatpay-Serial` names it: a certificate's serial in hexadecimal, or `PUB_KEY_ID_…`.
    pub id: String,
    /// A certificate (`BEGIN CERTIFICATE`) or a public key (`BEGIN PUBLIC KEY`), as PEM.
    pub pem: String,
}

/// A merchant's account. Lives only until [`WechatPay::try_new`] has read it.
#[derive(Clone)]
pub struct WechatConfig {
    /// `appid`, bound to the merchant at the platform.
    pub app_id: String,
    /// `mchid`.
    pub merchant_id: String,
    /// Serial of the merchant's own API certificate, hexadecimal.
    pub merchant_serial: String,
    /// The merchant's private key, PKCS#8 or PKCS#1 PEM, RSA of 2048 bits or more.
    pub merchant_key_pem: String,
    /// The APIv3 key, which callbacks are encrypted with.
    pub api_v3_key: [u8; 32],
    /// Keys to verify with: one, or the old and the new while a change is under way.
    pub platform_keys: Vec<PlatformKey>,
    /// Id of the key to be answered with, one of `platform_keys`.
    pub prefer: String,
    /// Scheme, host and, for a stand-in, a path before `/v3`: `https://api.mch.weixin.qq.com`.
    pub api_base: String,
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WechatConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatConfig")
            .field("app_id", &self.app_id)
            .field("merchant_id", &self.merchant_id)
            .field("merchant_serial", &self.merchant_serial)
            .field("platform_keys", &self.platform_keys)
            .field("prefer", &self.prefer)
            .field("api_base", &self.api_base)
            .finish_non_exhaustive()
    }
}

/// Where requests go: the address before the path, and the path in front of every call's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Scheme and authority.
    pub(super) base: String,
    /// Empty at the platform itself.
    pub(super) path_prefix: String,
}

impl Origin {
    fn try_new(api_base: &str) -> Result<Self, ConfigError> {
        check_address(api_base)?;
        let trimmed = api_base.trim_end_matches('/');
        let authority_at = trimmed.find("://").map_or(0, |at| at + 3);
        let path_at = trimmed[authority_at..]
            .find('/')
            .map_or(trimmed.len(), |at| authority_at + at);
        Ok(Self {
            base: trimmed[..path_at].to_owned(),
            path_prefix: trimmed[path_at..].to_owned(),
        })
    }
}

impl WechatPay {
    /// Reads and checks an account: ids, address and every key, with one trial signature.
    ///
    /// # Errors
    /// [`ConfigError`] names the field at fault.
    pub fn try_new(config: WechatConfig) -> Result<Self, ConfigError> {
        check_id("app id", &config.app_id)?;
        check_id("merchant id", &config.merchant_id)?;
        check_id("merchant serial", &config.merchant_serial)?;
        let origin = Origin::try_new(&config.api_base)?;
        let keyring = read_platform_keys(&config.platform_keys)?;
        if !keyring.holds(&config.prefer) {
            return Err(ConfigError::UnknownPreferred(config.prefer));
        }
        let signer = Signer::try_new(config.merchant_serial, &config.merchant_key_pem)
            .map_err(ConfigError::MerchantKey)?;
        Ok(Self {
            app_id: config.app_id,
            merchant_id: config.merchant_id,
            origin,
            signer,
            keyring,
            asked_key_id: Some(config.prefer).filter(|id| is_public_key_id(id)),
            content_key: ContentKey::new(&config.api_v3_key),
        })
    }
}

fn read_platform_keys(keys: &[PlatformKey]) -> Result<Keyring, ConfigError> {
    if keys.is_empty() {
        return Err(ConfigError::NoPlatformKey);
    }
    let mut keyring = Keyring::default();
    for key in keys {
        check_id("platform key id", &key.id)?;
        if keyring.holds(&key.id) {
            return Err(ConfigError::DuplicateKey(key.id.clone()));
        }
        keyring
            .add(&key.id, &key.pem)
            .map_err(|problem| ConfigError::PlatformKey {
                id: key.id.clone(),
                problem,
            })?;
    }
    Ok(keyring)
}
