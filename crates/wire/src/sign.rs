//! Signatures of requests and answers (Ed25519, RFC 8032) over one canonical text each.
//!
//! A request is signed by the till's key over method, path with query, time, nonce and body. An answer is
//! signed by the centre's identity key over the request's nonce, the status and the body, so that nobody
//! between them can turn one word into another, also where there is no TLS. Keys are kept elsewhere.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Header with the till's id.
pub const TILL_HEADER: &str = "suanpan-till";
/// Header with the sender's time, UTC milliseconds.
pub const TIME_HEADER: &str = "suanpan-time";
/// Header with a nonce that is fresh per request, at most [`NONCE_LEN_MAX`] characters.
pub const NONCE_HEADER: &str = "suanpan-nonce";
/// Header with the base64 signature, on requests and answers.
pub const SIGNATURE_HEADER: &str = "suanpan-signature";
/// Longest nonce that is taken: 16 random bytes in base64 are 22 characters.
pub const NONCE_LEN_MAX: usize = 64;
/// How far a request's time may be from the centre's: shop clocks are corrected to far below it.
pub const TIME_WINDOW_MS: i64 = 300_000;

/// What of a request is signed.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    /// Upper-case method.
    pub method: &'a str,
    /// Path with query, as sent.
    pub path: &'a str,
    /// Header [`TIME_HEADER`].
    pub time_ms: i64,
    /// Header [`NONCE_HEADER`].
    pub nonce: &'a str,
    /// Raw body.
    pub body: &'a [u8],
}

impl RequestParts<'_> {
    /// The canonical text: five lines and a hash.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!(
            "SUANPAN1-REQUEST\n{}\n{}\n{}\n{}\n{}\n",
            self.method,
            self.path,
            self.time_ms,
            self.nonce,
            hex(&sha256(self.body))
        )
    }
}

/// What of an answer is signed.
#[derive(Clone, Copy, Debug)]
pub struct AnswerParts<'a> {
    /// Nonce of the request it answers.
    pub nonce: &'a str,
    /// HTTP status.
    pub status: u16,
    /// Raw body.
    pub body: &'a [u8],
}

impl AnswerParts<'_> {
    /// The canonical text.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!(
            "SUANPAN1-ANSWER\n{}\n{}\n{}\n",
            self.nonce,
            self.status,
            hex(&sha256(self.body))
        )
    }
}

/// A key that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable Ed25519 key")]
pub struct BadKey;

/// A private key. Its `Debug` shows the public half only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public_base64())
    }
}

impl SigningKey {
    /// The key of a 32-byte seed from a random source.
    ///
    /// # Errors
    /// [`BadKey`] when the seed has another length.
    pub fn try_from_seed(seed: &[u8]) -> Result<Self, BadKey> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(|pair| Self { pair })
            .map_err(|_| BadKey)
    }

    /// Signs a canonical text; base64.
    #[must_use]
    pub fn sign(&self, canonical: &str) -> String {
        STANDARD.encode(self.pair.sign(canonical.as_bytes()))
    }

    /// The public key, 32 bytes.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The public key in base64.
    #[must_use]
    pub fn public_base64(&self) -> String {
        STANDARD.encode(self.public())
    }
}

/// Whether `signature` (base64) over `canonical` was made by the key whose public half (base64) is given.
#[must_use]
pub fn verify(public_base64: &str, canonical: &str, signature: &str) -> bool {
    let (Ok(public), Ok(signature)) = (STANDARD.decode(public_base64), STANDARD.decode(signature)) else {
        return false;
    };
    UnparsedPublicKey::new(&ED25519, public)
        .verify(canonical.as_bytes(), &signature)
        .is_ok()
}

/// The fingerprint of an identity key: SHA-256 over the 32 public bytes, base64url without padding, 43
/// characters.
#[must_use]
pub fn fingerprint(public: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(public))
}

/// The fingerprint of an identity key given in base64; nothing when it is not base64.
#[must_use]
pub fn fingerprint_of_base64(public_base64: &str) -> Option<String> {
    STANDARD
        .decode(public_base64)
        .ok()
        .map(|public| fingerprint(&public))
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> SigningKey {
        SigningKey::try_from_seed(&[7; 32]).unwrap()
    }

    #[test]
    fn rfc_8032_test_1_is_reproduced() {
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
            0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ];
        let key = SigningKey::try_from_seed(&seed).unwrap();
        assert!(hex(key.public()).starts_with("d75a980182b10ab7d54bfed3c964073a"));
        let signature = STANDARD.decode(key.sign("")).unwrap();
        assert!(hex(&signature).starts_with("e5564300c360ac729086e2cc806e828a"));
    }

    proptest! {
        #[test]
        fn any_change_to_a_request_breaks_its_signature(
            body in prop::collection::vec(any::<u8>(), 0..64), flip in any::<prop::sample::Index>(), time in 0i64..9_999,
        ) {
            let parts = RequestParts { method: "POST", path: "/v1/x?a=1", time_ms: time, nonce: "n", body: &body };
            let signature = key().sign(&parts.canonical());
            prop_assert!(verify(&key().public_base64(), &parts.canonical(), &signature));
            let later = RequestParts { time_ms: time + 1, ..parts };
            prop_assert!(!verify(&key().public_base64(), &later.canonical(), &signature));
            if !body.is_empty() {
                let mut altered = body.clone();
                altered[flip.index(body.len())] ^= 1;
                let other = RequestParts { body: &altered, ..parts };
                prop_assert!(!verify(&key().public_base64(), &other.canonical(), &signature));
            }
        }
    }
}
