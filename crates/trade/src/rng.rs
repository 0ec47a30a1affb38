//! Randomness as an argument, so that a simulation can repeat a run.

use suanpan_channels::SignedAt;

/// Characters of the random text of a signed call, as many as the platforms' documents show.
const CALL_NONCE_CHARS: usize = 32;

/// A source of random bytes.
pub trait Rng: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

impl<F: Fn(&mut [u8]) + Send + Sync> Rng for F {
    fn fill(&self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// Letters and digits that are not taken for one another when read aloud.
const READABLE: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A random text of `length` readable characters, 5 bits each.
#[must_use]
pub fn readable(rng: &dyn Rng, length: usize) -> String {
    let mut bytes = vec![0; length];
    rng.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(READABLE[usize::from(byte % 32)]))
        .collect()
}

/// With what a call to a platform is signed.
#[must_use]
pub fn signed_at(rng: &dyn Rng, now_ms: i64) -> SignedAt {
    SignedAt {
        now_ms,
        nonce: readable(rng, CALL_NONCE_CHARS),
    }
}
