//! Decides whether bytes are the platform's own: `timestamp\n nonce\n body\n` under the key that
//! `Wechatpay-Serial` names, less than five minutes from now.
//!
//! The signature does not bind an answer to its question; TLS does. What an answer says about a
//! number is therefore compared with the number asked for wherever the answer names one.

use super::keys::{canonical_id, read_platform_key};
use crate::http::header;
use crate::keys::{KeyProblem, VerifyingKey};
use crate::text::printable;

/// How far the platform's timestamp may be from now; from here on it is refused. The platform's own
/// documents name five minutes.
const SKEW_MS_MAX: u64 = 5 * 60 * 1000;

/// Why bytes are not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unverified {
    #[error("header {0} is missing or there twice")]
    MissingHeader(&'static str),
    #[error("timestamp is not a number")]
    BadTimestamp,
    #[error("timestamp is five minutes or more from now")]
    Stale,
    #[error("unknown key {0}")]
    UnknownSerial(String),
    #[error("signature does not fit")]
    BadSignature,
}

/// The keys the platform may sign with.
#[derive(Default)]
pub(super) struct Keyring {
    keys: Vec<PinnedKey>,
}

struct PinnedKey {
    id: String,
    key: VerifyingKey,
}

impl Keyring {
    pub(super) fn add(&mut self, id: &str, pem: &str) -> Result<(), KeyProblem> {
        let key = read_platform_key(id, pem)?;
        self.keys.push(PinnedKey {
            id: canonical_id(id),
            key,
        });
        Ok(())
    }

    pub(super) fn holds(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    pub(super) fn ids(&self) -> Vec<&str> {
        self.keys.iter().map(|key| key.id.as_str()).collect()
    }

    /// Verifies an answer or a callback over its raw body.
    pub(super) fn verify(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now_ms: i64,
    ) -> Result<(), Unverified> {
        let timestamp = required(headers, "Wechatpay-Timestamp")?;
        let nonce = required(headers, "Wechatpay-Nonce")?;
        let serial = required(headers, "Wechatpay-Serial")?;
        let signature = required(headers, "Wechatpay-Signature")?;
        check_age(timestamp, now_ms)?;
        let pinned = self
            .find(serial)
            .ok_or_else(|| Unverified::UnknownSerial(printable(serial)))?;
        // The platform's probes carry `WECHATPAY/SIGNTEST/…` here and fail at this decoding or at the
        // verification, like any other wrong signature.
        let mut message = Vec::with_capacity(timestamp.len() + nonce.len() + body.len() + 3);
        for line in [timestamp.as_bytes(), nonce.as_bytes(), body] {
            message.extend_from_slice(line);
            message.push(b'\n');
        }
        if pinned.key.fits(&message, signature) {
            Ok(())
        } else {
            Err(Unverified::BadSignature)
        }
    }

    fn find(&self, id: &str) -> Option<&PinnedKey> {
        let id = canonical_id(id);
        self.keys.iter().find(|key| key.id == id)
    }
}

fn required<'a>(headers: &'a [(String, String)], name: &'static str) -> Result<&'a str, Unverified> {
    header(headers, name)
        .filter(|value| !value.is_empty())
        .ok_or(Unverified::MissingHeader(name))
}

fn check_age(timestamp: &str, now_ms: i64) -> Result<(), Unverified> {
    if !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Unverified::BadTimestamp);
    }
    let signed_s: i64 = timestamp.parse().map_err(|_| Unverified::BadTimestamp)?;
    let signed_ms = signed_s.checked_mul(1000).ok_or(Unverified::BadTimestamp)?;
    if now_ms.abs_diff(signed_ms) >= SKEW_MS_MAX {
        Err(Unverified::Stale)
    } else {
        Ok(())
    }
}
