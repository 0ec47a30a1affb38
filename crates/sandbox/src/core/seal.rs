//! RSA signatures and AES-256-GCM, as the platform's signing and encryption rules state them.
//!
//! The signatures are PKCS#1 v1.5 with SHA-256, which is deterministic: the random source that the
//! library asks for does not change a byte of them, so a run stays repeatable.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, KeyPair, RsaKeyPair, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A private key that signs, and checks what it signed.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
}

impl SigningKey {
    /// Reads a PKCS#8 `PRIVATE KEY` in PEM. Only the keys shipped with this crate come here.
    pub(crate) fn from_pem(pem: &str) -> Self {
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(base64).expect("the shipped keys are PEM");
        let pair = RsaKeyPair::from_pkcs8(&der).expect("the shipped keys are RSA in PKCS#8");
        Self { pair }
    }

    /// SHA256withRSA over `message`, in base64.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &signature::RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .expect("the buffer has the modulus' length");
        STANDARD.encode(signature)
    }

    /// Whether `signature_base64` over `message` was made by this key.
    pub(crate) fn made(&self, message: &[u8], signature_base64: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature_base64) else {
            return false;
        };
        let public = UnparsedPublicKey::new(
            &signature::RSA_PKCS1_2048_8192_SHA256,
            self.pair.public_key().as_ref(),
        );
        public.verify(message, &signature).is_ok()
    }
}

/// Encrypts `plain` with the merchant's APIv3 key; base64 of ciphertext and tag.
///
/// `key` has 32 bytes and `nonce` 12; both come from this crate.
pub(crate) fn seal_gcm(key: &[u8], nonce: &str, associated: &str, plain: &[u8]) -> String {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("an APIv3 key has 32 bytes"));
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).expect("a nonce has 12 bytes");
    let mut sealed = plain.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(associated.as_bytes()), &mut sealed)
        .expect("a notification is far below the cipher's limit");
    STANDARD.encode(sealed)
}
