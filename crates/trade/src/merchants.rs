//! Channels of merchant accounts: the row says which account, a key reference says where its keys are.
//!
//! A reference is `file:DIRECTORY` (files that only the owner may read) or `env:PREFIX` (environment
//! variables). Keys are read when a channel is opened and kept nowhere else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use suanpan_channels::{
    Alipay, AlipayConfig, AlipayTrust, Channel, ConfigError, PlatformKey, WechatConfig, WechatPay, alipay,
    wechat,
};

use crate::identity::is_readable_by_others;
use crate::rows::pay_channel::PayChannel;

/// Makes the channel of an account.
pub type OpenChannel = Box<dyn Fn(&PayChannel) -> Result<Arc<dyn Channel>, MerchantError> + Send + Sync>;

/// The merchant's private key: of the API certificate with WeChat Pay, of the app with Alipay.
pub const MERCHANT_KEY: &str = "merchant_key.pem";
/// WeChat Pay's APIv3 key, 32 characters.
pub const API_V3_KEY: &str = "api_v3.key";
/// Id of WeChat Pay's public key, one line.
pub const PLATFORM_KEY_ID: &str = "platform_key_id";
/// The platform's public key; Alipay's has no id.
pub const PLATFORM_KEY: &str = "platform_key.pem";
/// Id of the public key that follows it, while a change is under way.
pub const NEXT_KEY_ID: &str = "platform_key_next_id";
/// The public key that follows, while a change is under way.
pub const NEXT_KEY: &str = "platform_key_next.pem";
/// Serial of WeChat Pay's certificate, one line.
pub const PLATFORM_CERT_SERIAL: &str = "platform_cert_serial";
/// The platform's certificate; Alipay's names itself.
pub const PLATFORM_CERT: &str = "platform_cert.pem";
/// Serial of the certificate that follows it, while a change is under way.
pub const NEXT_CERT_SERIAL: &str = "platform_cert_next_serial";
/// The certificate that follows, while a change is under way.
pub const NEXT_CERT: &str = "platform_cert_next.pem";
/// The app's own certificate; with it Alipay is spoken to in certificate mode.
pub const APP_CERT: &str = "app_cert.pem";
/// Alipay's root certificates, the whole file.
pub const ROOT_CERT: &str = "root_cert.pem";

/// Why an account cannot be used. Names files and fields, never keys.
#[derive(Debug, thiserror::Error)]
pub enum MerchantError {
    /// Neither `file:` nor `env:`.
    #[error("a key reference is file:DIRECTORY or env:PREFIX")]
    BadReference,
    /// Something needed is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read a file.
    #[error("{0} can be read by others than its owner: set its mode to 0600")]
    Readable(PathBuf),
    /// The APIv3 key has not 32 bytes.
    #[error("the APIv3 key must have 32 characters")]
    ApiKeyLength,
    /// The platform is none that this version speaks to.
    #[error("no channel for {0}")]
    UnknownLabel(String),
    /// The account itself.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// Where keys are read from.
enum Source<'a> {
    Folder(&'a Path),
    Environment(&'a str),
}

impl Source<'_> {
    fn of(reference: &str) -> Result<Source<'_>, MerchantError> {
        if let Some(folder) = reference.strip_prefix("file:") {
            return Ok(Source::Folder(Path::new(folder)));
        }
        match reference.strip_prefix("env:") {
            Some(prefix) if !prefix.is_empty() => Ok(Source::Environment(prefix)),
            Some(_) | None => Err(MerchantError::BadReference),
        }
    }

    fn read(&self, name: &str) -> Result<Option<String>, MerchantError> {
        match self {
            Self::Folder(folder) => read_file(&folder.join(name)),
            Self::Environment(prefix) => {
                let variable = format!("{prefix}_{}", name.replace('.', "_").to_uppercase());
                Ok(std::env::var(variable).ok())
            }
        }
    }

    fn need(&self, name: &str) -> Result<String, MerchantError> {
        self.read(name)?
            .ok_or_else(|| MerchantError::Missing(name.to_owned()))
    }
}

fn read_file(path: &Path) -> Result<Option<String>, MerchantError> {
    let io = |source| MerchantError::Io {
        path: path.to_owned(),
        source,
    };
    if !path.exists() {
        return Ok(None);
    }
    if is_readable_by_others(path).map_err(io)? {
        return Err(MerchantError::Readable(path.to_owned()));
    }
    std::fs::read_to_string(path).map(Some).map_err(io)
}

/// Opens the channel of an account with the keys its reference names.
///
/// # Errors
/// [`MerchantError`].
pub fn open(row: &PayChannel) -> Result<Arc<dyn Channel>, MerchantError> {
    let source = Source::of(&row.key_ref)?;
    match row.label.as_str() {
        wechat::LABEL => Ok(Arc::new(open_wechat(row, &source)?)),
        alipay::LABEL => Ok(Arc::new(open_alipay(row, &source)?)),
        _other_label => Err(MerchantError::UnknownLabel(row.label.clone())),
    }
}

fn open_wechat(row: &PayChannel, source: &Source<'_>) -> Result<WechatPay, MerchantError> {
    let api_v3_key = source.need(API_V3_KEY)?;
    let platform_keys = platform_keys(source)?;
    let first = platform_keys.first().map(|key| key.id.clone());
    let prefer = if row.prefer.is_empty() {
        first.ok_or_else(|| MerchantError::Missing(PLATFORM_KEY.to_owned()))?
    } else {
        row.prefer.clone()
    };
    Ok(WechatPay::try_new(WechatConfig {
        app_id: row.app_id.clone(),
        merchant_id: row.merchant_id.clone(),
        merchant_serial: row.merchant_serial.clone(),
        merchant_key_pem: source.need(MERCHANT_KEY)?,
        api_v3_key: api_v3_key
            .trim()
            .as_bytes()
            .try_into()
            .map_err(|_| MerchantError::ApiKeyLength)?,
        platform_keys,
        prefer,
        api_base: row.api_base.clone(),
    })?)
}

/// The public key first: it is what the platform wants to be asked for, where there are both. During a change
/// the old and the new are both believed.
fn platform_keys(source: &Source<'_>) -> Result<Vec<PlatformKey>, MerchantError> {
    let pairs = [
        (PLATFORM_KEY_ID, PLATFORM_KEY),
        (NEXT_KEY_ID, NEXT_KEY),
        (PLATFORM_CERT_SERIAL, PLATFORM_CERT),
        (NEXT_CERT_SERIAL, NEXT_CERT),
    ];
    let mut keys = Vec::new();
    for (id, pem) in pairs {
        if let Some(pem) = source.read(pem)? {
            let id = source.need(id)?.trim().to_owned();
            keys.push(PlatformKey { id, pem });
        }
    }
    Ok(keys)
}

fn open_alipay(row: &PayChannel, source: &Source<'_>) -> Result<Alipay, MerchantError> {
    Ok(Alipay::try_new(AlipayConfig {
        app_id: row.app_id.clone(),
        seller_id: row.merchant_id.clone(),
        app_key_pem: source.need(MERCHANT_KEY)?,
        trust: alipay_trust(source)?,
        gateway: row.api_base.clone(),
    })?)
}

/// Certificate mode where the app has a certificate, public-key mode otherwise.
fn alipay_trust(source: &Source<'_>) -> Result<AlipayTrust, MerchantError> {
    let both = |first: &str, next: &str| -> Result<Vec<String>, MerchantError> {
        let mut texts = vec![source.need(first)?];
        texts.extend(source.read(next)?);
        Ok(texts)
    };
    match source.read(APP_CERT)? {
        Some(app) => Ok(AlipayTrust::Certificates {
            app,
            root: source.need(ROOT_CERT)?,
            platform: both(PLATFORM_CERT, NEXT_CERT)?,
        }),
        None => Ok(AlipayTrust::Keys(both(PLATFORM_KEY, NEXT_KEY)?)),
    }
}

#[cfg(test)]
mod tests;
