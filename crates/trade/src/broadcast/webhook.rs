//! Webhooks, for business systems without a broker: one signed request per event.
//!
//! The headers and the signature are those of the Standard Webhooks specification, so that receivers need not
//! write their own check: `webhook-id` is the event's id, `webhook-timestamp` the second of sending, and
//! `webhook-signature` an HMAC-SHA256 over id, second and body. The order of events is not promised.

use std::path::Path;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_channels::{HttpRequest, Method};

use super::relay::Claimed;
use crate::identity::is_readable_by_others;
use crate::network::is_within_this_machine;

/// Header with the event's id.
pub const ID_HEADER: &str = "webhook-id";
/// Header with the second of sending.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// Header with the signature.
pub const SIGNATURE_HEADER: &str = "webhook-signature";
/// Header with the routing key, which a queue's message has from its exchange.
pub const KEY_HEADER: &str = "suanpan-routing-key";

/// A secret in base64 begins like this; any other text is taken as it stands.
const BASE64_PREFIX: &str = "whsec_";
/// Shortest secret, as the specification has it: 192 bits.
const SECRET_BYTES_MIN: usize = 24;

/// The secret a subscriber checks signatures with.
pub struct Secret(hmac::Key);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// Why there is no secret. Names where it should be, never what it is.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Neither `file:` nor `env:`.
    #[error("a secret reference is file:PATH or env:NAME")]
    BadReference,
    /// Nothing is there.
    #[error("{0} is missing")]
    Missing(String),
    /// Others may read it.
    #[error("{0} can be read by others than its owner: set its mode to 0600")]
    Readable(String),
    /// It can be guessed, or its base64 is none.
    #[error("a secret has at least 24 bytes; after whsec_ it is base64")]
    Weak,
}

impl Secret {
    /// Reads the secret that a reference names.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn read(reference: &str) -> Result<Self, SecretError> {
        let missing = || SecretError::Missing(reference.to_owned());
        let text = if let Some(path) = reference.strip_prefix("file:") {
            if is_readable_by_others(Path::new(path)).map_err(|_| missing())? {
                return Err(SecretError::Readable(path.to_owned()));
            }
            std::fs::read_to_string(path).map_err(|_| missing())?
        } else if let Some(name) = reference.strip_prefix("env:") {
            std::env::var(name).map_err(|_| missing())?
        } else {
            return Err(SecretError::BadReference);
        };
        Self::from_text(text.trim())
    }

    fn from_text(text: &str) -> Result<Self, SecretError> {
        let bytes = match text.strip_prefix(BASE64_PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| SecretError::Weak)?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretError::Weak);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, event_id: &str, second: i64, body: &str) -> String {
        let signed = format!("{event_id}.{second}.{body}");
        let tag = hmac::sign(&self.0, signed.as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }
}

/// Whether a message may go there: encrypted, or within this machine.
#[must_use]
pub fn is_safe_address(url: &str) -> bool {
    // A name before `@` is no host, however much it looks like one.
    if url
        .chars()
        .any(|c| c == '@' || c.is_whitespace() || c.is_control())
    {
        return false;
    }
    if let Some(rest) = url.strip_prefix("https://") {
        return !rest.is_empty() && !rest.starts_with('/');
    }
    url.strip_prefix("http://").is_some_and(is_within_this_machine)
}

/// The request that carries a delivery.
#[must_use]
pub fn request(claimed: &Claimed, secret: &Secret, now_ms: i64) -> HttpRequest {
    let delivery = &claimed.delivery;
    let second = now_ms / 1_000;
    let headers = [
        ("content-type", "application/json".to_owned()),
        (ID_HEADER, delivery.event_id.clone()),
        (TIMESTAMP_HEADER, second.to_string()),
        (
            SIGNATURE_HEADER,
            secret.sign(&delivery.event_id, second, &delivery.payload),
        ),
        (KEY_HEADER, delivery.key.name().to_owned()),
    ];
    HttpRequest {
        method: Method::Post,
        url: claimed.subscriber.target.clone(),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        body: delivery.payload.clone().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by openssl over the same id, second and body.
    #[test]
    fn golden_a_signature_is_what_openssl_makes_of_it() {
        let secret = Secret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused() {
        for weak in ["", "short", "whsec_AAAA", "whsec_*"] {
            assert!(
                matches!(Secret::from_text(weak), Err(SecretError::Weak)),
                "{weak}"
            );
        }
        assert!(Secret::from_text("a sentence that is long enough").is_ok());
        assert!(matches!(Secret::read("x"), Err(SecretError::BadReference)));
        assert!(matches!(
            Secret::read("file:/nowhere/at/all"),
            Err(SecretError::Missing(_))
        ));
    }

    #[test]
    fn messages_go_out_encrypted_or_stay_on_this_machine() {
        for safe in [
            "https://orders.example/hook",
            "http://127.0.0.1:81/x",
            "http://localhost/",
            "http://[::1]:9/",
        ] {
            assert!(is_safe_address(safe), "{safe}");
        }
        for unsafe_one in [
            "http://orders.example/hook",
            "http://127.0.0.1.example/",
            "http://127.0.0.1:81@evil.example/",
            "ftp://127.0.0.1/",
            "https:///x",
            "https://a\r\nb/",
            "",
        ] {
            assert!(!is_safe_address(unsafe_one), "{unsafe_one}");
        }
    }
}
