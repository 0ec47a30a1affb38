//! How a till comes to belong to a store: one line to paste, one request, one answer.

use serde::{Deserialize, Serialize};

/// The line an operator hands over: `address#code#fingerprint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolLine {
    /// Base address of the centre, `https://…` (plain `http://` only on loopback).
    pub address: String,
    /// One-time code, 8 characters, 30 minutes.
    pub code: String,
    /// Fingerprint of the centre's identity key ([`crate::sign::fingerprint`]).
    pub fingerprint: String,
}

/// Why a line was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolLineError {
    /// Not three parts, or one is empty.
    #[error("not address#code#fingerprint")]
    Malformed,
    /// Plain http to another machine.
    #[error("plain http is only for this machine")]
    PlainHttp,
}

impl EnrolLine {
    /// Reads a line, tolerating blanks around it.
    ///
    /// # Errors
    /// [`EnrolLineError`].
    pub fn parse(text: &str) -> Result<Self, EnrolLineError> {
        let parts: Vec<&str> = text.trim().split('#').map(str::trim).collect();
        let [address, code, fingerprint] = parts.as_slice() else {
            return Err(EnrolLineError::Malformed);
        };
        if address.is_empty() || code.is_empty() || fingerprint.is_empty() {
            return Err(EnrolLineError::Malformed);
        }
        let host = address.strip_prefix("http://");
        let is_loopback = |host: &str| {
            let name = host.split('/').next().unwrap_or(host);
            let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
            name == "localhost" || name == "[::1]" || name.starts_with("127.")
        };
        match host {
            Some(host) if !is_loopback(host) => return Err(EnrolLineError::PlainHttp),
            None if !address.starts_with("https://") => return Err(EnrolLineError::Malformed),
            Some(_) | None => {}
        }
        Ok(Self {
            address: address.trim_end_matches('/').to_owned(),
            code: code.to_uppercase(),
            fingerprint: (*fingerprint).to_owned(),
        })
    }
}

impl std::fmt::Display for EnrolLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}#{}", self.address, self.code, self.fingerprint)
    }
}

/// `POST /v1/enrol`. Signed like any request, with an empty till header, by the key it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code.
    pub code: String,
    /// The till's public key, base64.
    pub public_key: String,
}

/// Answer to an enrolment; the same key with the same code is answered the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The till's id, a 64-bit number.
    pub till_id: String,
    /// The store's id.
    pub store_id: String,
    /// Number of the till within the store, for short numbers: `2`.
    pub till_label: String,
    /// Worker of the till's order numbers, unique among all tills, 0 to 65535.
    pub worker: u16,
    /// Name of the store.
    pub store_name: String,
    /// IANA name of the store's zone.
    pub zone: String,
    /// Minutes after midnight at which the store's day turns.
    pub cutoff_minutes: u16,
    /// The centre's identity key, base64; its fingerprint must be the one of the line.
    pub centre_key: String,
    /// The centre's clock.
    pub centre_time_ms: i64,
}
