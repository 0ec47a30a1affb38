//! Signs requests: `WECHATPAY2-SHA256-RSA2048`, five lines, each ended by a line feed.
//!
//! A signer holds the key and nothing that changes, so that requests made at once cannot mix.

use crate::channel::SignedAt;
use crate::http::Method;
use crate::keys::{KeyProblem, SigningKey};

/// Longest nonce the platform's documents describe.
const NONCE_CHARS_MAX: usize = 32;

/// A merchant's signing key and the serial of its certificate. Has no `Debug`: it is never shown.
pub(super) struct Signer {
    serial: String,
    key: SigningKey,
}

impl Signer {
    pub(super) fn try_new(serial: String, pem: &str) -> Result<Self, KeyProblem> {
        let key = SigningKey::try_new(pem)?;
        Ok(Self { serial, key })
    }

    pub(super) fn serial(&self) -> &str {
        &self.serial
    }

    /// The `Authorization` header. `target` is the path with its query, exactly as sent.
    pub(super) fn authorization(
        &self,
        merchant_id: &str,
        method: Method,
        target: &str,
        body: &[u8],
        at: &SignedAt,
    ) -> String {
        let nonce = plain_nonce(&at.nonce);
        let timestamp_s = at.now_ms.div_euclid(1000);
        let mut message = format!("{}\n{target}\n{timestamp_s}\n{nonce}\n", method.as_str()).into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        let signature = self.key.sign(&message);
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{merchant_id}\",nonce_str=\"{nonce}\",\
             timestamp=\"{timestamp_s}\",serial_no=\"{}\",signature=\"{signature}\"",
            self.serial
        )
    }
}

/// The nonce stands in a header between quotes and in a signed line: letters and digits only.
fn plain_nonce(nonce: &str) -> String {
    nonce
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(NONCE_CHARS_MAX)
        .collect()
}
