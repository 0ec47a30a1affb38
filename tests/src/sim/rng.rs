//! The one source of chance: SplitMix64, so that a seed gives the same run on every machine.
//!
//! Each actor has a stream of its own, forked by name: a change in what one actor draws does not move
//! the others.

/// A stream of numbers from one seed.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The stream of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A stream of its own for the actor called `name`.
    #[must_use]
    pub fn fork(&self, name: &str) -> Self {
        let mut forked = Self::new(self.state ^ 0xA5A5_5A5A_0F0F_F0F0);
        for byte in name.bytes() {
            forked.state = forked.state.wrapping_add(u64::from(byte));
            forked.number();
        }
        Self::new(forked.number())
    }

    /// 64 random bits.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low).unwrap_or(0) + 1;
        low + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// True `permille` times out of a thousand.
    pub fn chance(&mut self, permille: u32) -> bool {
        self.below(1000) < u64::from(permille)
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let bound = u64::try_from(of.len()).unwrap_or(0);
        let index = usize::try_from(self.below(bound)).unwrap_or(0);
        of.get(index)
    }

    /// The first whose share of the weights the draw falls into.
    pub fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> Option<T> {
        let total: u64 = of.iter().map(|(weight, _)| u64::from(*weight)).sum();
        if total == 0 {
            return None;
        }
        let mut left = self.below(total);
        for (weight, what) in of {
            if left < u64::from(*weight) {
                return Some(*what);
            }
            left -= u64::from(*weight);
        }
        None
    }

    /// Fills a buffer.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.number().to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }

    /// Letters and digits, as nonces and tokens have them.
    pub fn text(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .filter_map(|_| self.pick(ALPHABET))
            .map(|byte| char::from(*byte))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_name_give_one_stream() {
        let (a, b) = (Rng::new(7), Rng::new(7));
        assert_eq!(a.fork("till").number(), b.fork("till").number());
        assert_ne!(a.fork("till").number(), b.fork("phone").number());
        assert_ne!(Rng::new(8).fork("till").number(), b.fork("till").number());
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut rng = Rng::new(1);
        for _ in 0..1000 {
            assert!((-3..=3).contains(&rng.between(-3, 3)));
            assert!(rng.weighted(&[(0, 'a'), (5, 'b')]) == Some('b'));
        }
        assert!(!rng.chance(0));
        assert!(rng.chance(1000));
    }
}
