//! Waiting times between tries: full jitter with a cap on the delay and none on the tries.

/// A small seeded source of jitter (SplitMix64): repeatable, never used for keys or nonces.
#[derive(Clone, Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `most`.
    pub(super) fn up_to(&mut self, most: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let span = most.max(0).unsigned_abs().saturating_add(1);
        i64::try_from(z % span).unwrap_or(0)
    }
}

/// How a lane waits after failures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    /// Upper bound of the first delay.
    pub base_ms: i64,
    /// Upper bound of every delay.
    pub cap_ms: i64,
}

/// Even the luckiest draw waits this long, so that a failing call cannot spin.
const DELAY_MS_MIN: i64 = 100;
/// Doubling stops here; the cap has long been reached.
const DOUBLINGS_MAX: u32 = 16;

impl Backoff {
    /// The delay after the `fails`-th failure in a row, never below what the other side asked for.
    pub(super) fn delay_ms(self, fails: u32, retry_after_ms: Option<u32>, jitter: &mut Jitter) -> i64 {
        let doublings = fails.saturating_sub(1).min(DOUBLINGS_MAX);
        let bound = self.base_ms.saturating_mul(1 << doublings).min(self.cap_ms);
        let drawn = DELAY_MS_MIN.max(jitter.up_to(bound));
        match retry_after_ms {
            // Everyone was told the same moment: spread out behind it.
            Some(asked_ms) => i64::from(asked_ms) + jitter.up_to(bound),
            None => drawn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BACKOFF: Backoff = Backoff {
        base_ms: 500,
        cap_ms: 15_000,
    };

    proptest! {
        #[test]
        fn a_delay_is_bounded_by_its_cap_and_never_below_what_was_asked(
            seed: u64, fails in 1u32..1_000_000, asked in prop::option::of(0u32..100_000),
        ) {
            let delay = BACKOFF.delay_ms(fails, asked, &mut Jitter::new(seed));
            let least = asked.map_or(DELAY_MS_MIN, i64::from);
            prop_assert!(delay >= least && delay <= asked.map_or(0, i64::from) + BACKOFF.cap_ms);
        }
    }

    #[test]
    fn delays_grow_and_spread() {
        let mut jitter = Jitter::new(1);
        let mut longest = |fails| (0..200).map(|_| BACKOFF.delay_ms(fails, None, &mut jitter)).max();
        assert!(longest(1).unwrap() <= 500);
        assert!(longest(4).unwrap() > 2_000);
        let mut jitter = Jitter::new(2);
        let mut drawn: Vec<i64> = (0..200)
            .map(|_| BACKOFF.delay_ms(10, None, &mut jitter))
            .collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert!(drawn.len() > 190, "a herd must not come back at one moment");
    }

    #[test]
    fn one_seed_draws_one_sequence() {
        let draw = |seed| {
            let mut jitter = Jitter::new(seed);
            (0..20).map(|_| jitter.up_to(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
