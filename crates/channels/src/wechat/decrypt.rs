//! Opens a callback's content: AES-256-GCM under the merchant's APIv3 key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The one algorithm the platform's documents name.
const ALGORITHM: &str = "AEAD_AES_256_GCM";

/// A merchant's APIv3 key, ready for use. Has no `Debug`: it is never shown.
pub(super) struct ContentKey(LessSafeKey);

/// The content did not open: another key, or altered bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotOpened;

impl ContentKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes any 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// Decrypts base64 text whose last 16 bytes are the tag.
    pub(super) fn open(
        &self,
        algorithm: &str,
        nonce: &str,
        associated: &str,
        ciphertext: &str,
    ) -> Result<Vec<u8>, NotOpened> {
        if algorithm != ALGORITHM {
            return Err(NotOpened);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| NotOpened)?;
        let mut content = STANDARD.decode(ciphertext).map_err(|_| NotOpened)?;
        let plain_len = self
            .0
            .open_in_place(nonce, Aad::from(associated.as_bytes()), &mut content)
            .map_err(|_| NotOpened)?
            .len();
        content.truncate(plain_len);
        Ok(content)
    }
}
