//! The keys the platform may sign with.
//!
//! In public-key mode a signature does not say which key it is of, so that during a change both are tried. In
//! certificate mode an answer names the certificate, and only that one counts.

use super::certificate::certificate_name;
use super::config::AlipayTrust;
use crate::config::ConfigError;
use crate::keys::{KeyProblem, VerifyingKey, read_certificate, read_certificate_pem};

/// Keys, each with the name of its certificate where it has one.
pub(super) struct Trust(Vec<Trusted>);

/// Reads one key's text.
type ReadKey = fn(&str) -> Result<Trusted, KeyProblem>;

struct Trusted {
    name: Option<String>,
    key: VerifyingKey,
}

impl Trust {
    pub(super) fn try_new(trust: &AlipayTrust) -> Result<Self, ConfigError> {
        let (texts, read): (_, ReadKey) = match trust {
            AlipayTrust::Keys(keys) => (keys, bare_key),
            AlipayTrust::Certificates { platform, .. } => (platform, named_key),
        };
        if texts.is_empty() {
            return Err(ConfigError::NoPlatformKey);
        }
        let mut keys: Vec<Trusted> = Vec::with_capacity(texts.len());
        for (at, text) in texts.iter().enumerate() {
            let id = format!("number {}", at + 1);
            let trusted = read(text).map_err(|problem| ConfigError::PlatformKey {
                id: id.clone(),
                problem,
            })?;
            if keys.iter().any(|other| other.key == trusted.key) {
                return Err(ConfigError::DuplicateKey(id));
            }
            keys.push(trusted);
        }
        Ok(Self(keys))
    }

    /// Whether a certificate of that name is held; in public-key mode names mean nothing.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|trusted| trusted.name.as_deref().is_none_or(|known| known == name))
    }

    /// Whether one of the platform's keys has signed these bytes; the named one where a name is given.
    pub(super) fn fits(&self, message: &[u8], signature: &str, name: Option<&str>) -> bool {
        self.0
            .iter()
            .filter(|trusted| match (name, &trusted.name) {
                (Some(named), Some(known)) => named == known,
                (Some(_) | None, None) | (None, Some(_)) => true,
            })
            .any(|trusted| trusted.key.fits(message, signature))
    }
}

fn bare_key(text: &str) -> Result<Trusted, KeyProblem> {
    Ok(Trusted {
        name: None,
        key: VerifyingKey::from_public_pem(text)?,
    })
}

fn named_key(text: &str) -> Result<Trusted, KeyProblem> {
    let pem = read_certificate_pem(text)?;
    let certificate = read_certificate(&pem.contents)?;
    Ok(Trusted {
        name: Some(certificate_name(&certificate)),
        key: VerifyingKey::of_certificate(&certificate)?,
    })
}
