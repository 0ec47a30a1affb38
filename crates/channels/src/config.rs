//! Checks that both platforms' accounts share, before anything is sent with one.

use crate::http::is_secure_or_loopback;
use crate::keys::KeyProblem;

/// Longest app id, merchant id or serial the platforms' documents allow is 32 to 46 characters; what is
/// longer is a pasted mistake.
const ID_BYTES_MAX: usize = 64;

/// Why an account cannot be used. Names the field, never a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An id is empty, too long, or has characters no id has.
    #[error("{0} must be 1 to 64 letters, digits, '_' or '-'")]
    BadId(&'static str),
    /// Neither https nor http on loopback, or with a query string.
    #[error("the platform address must be https (http on loopback only), without a query string")]
    BadApiBase,
    /// The merchant's private key cannot be used.
    #[error("merchant key: {0}")]
    MerchantKey(KeyProblem),
    /// No platform key at all.
    #[error("at least one platform key is needed")]
    NoPlatformKey,
    /// A platform key cannot be used.
    #[error("platform key {id}: {problem}")]
    PlatformKey {
        /// Its configured id.
        id: String,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// The merchant's or the platform's root certificate cannot be used.
    #[error("{name} certificate: {problem}")]
    Certificate {
        /// Which one.
        name: &'static str,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// The merchant's certificate is not about the merchant's key.
    #[error("the merchant's certificate does not belong to its key")]
    CertificateOfOtherKey,
    /// Two platform keys with one id.
    #[error("platform key {0} is there twice")]
    DuplicateKey(String),
    /// The preferred key is not among the platform keys.
    #[error("the preferred key {0} is not among the platform keys")]
    UnknownPreferred(String),
}

/// Ids go into headers and addresses unescaped, hence the narrow alphabet.
pub(crate) fn check_id(field: &'static str, id: &str) -> Result<(), ConfigError> {
    let fits = !id.is_empty() && id.len() <= ID_BYTES_MAX;
    if fits
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    {
        return Ok(());
    }
    Err(ConfigError::BadId(field))
}

/// An address requests go to: https, or http on loopback, visible, and nothing after the path.
pub(crate) fn check_address(address: &str) -> Result<(), ConfigError> {
    let visible = address.bytes().all(|b| b.is_ascii_graphic());
    if visible && !address.contains(['?', '#']) && is_secure_or_loopback(address) {
        Ok(())
    } else {
        Err(ConfigError::BadApiBase)
    }
}
