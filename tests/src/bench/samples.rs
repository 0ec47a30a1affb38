//! Measured times and what is said about them: percentiles, and ratios of two things measured in turns.
//!
//! No averages: one wait of a busy disk would move them.

/// Times in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    ns: Vec<u64>,
}

/// Parts per thousand of a half.
const P50: usize = 500;
/// Parts per thousand of all but one in a hundred.
const P99: usize = 990;

impl Samples {
    /// Adds one.
    pub fn push(&mut self, ns: u64) {
        self.ns.push(ns);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: &Self) {
        self.ns.extend_from_slice(&other.ns);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ns.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ns.is_empty()
    }

    /// The median; 0 without samples.
    #[must_use]
    pub fn p50(&self) -> u64 {
        self.permille(P50)
    }

    /// What 99 of 100 stay within; 0 without samples.
    #[must_use]
    pub fn p99(&self) -> u64 {
        self.permille(P99)
    }

    /// The largest; 0 without samples.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.ns.iter().copied().max().unwrap_or(0)
    }

    fn permille(&self, permille: usize) -> u64 {
        let mut sorted = self.ns.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * permille).div_ceil(1000).max(1) - 1;
        sorted.get(rank).copied().unwrap_or(0)
    }
}

/// A ratio measured once per round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The middle round's.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Ratio {
    /// Of the rounds' ratios; nothing without rounds.
    #[must_use]
    pub fn of(mut rounds: Vec<f64>) -> Option<Self> {
        rounds.sort_unstable_by(f64::total_cmp);
        let middle = rounds.len() / 2;
        let median = match rounds.len() % 2 {
            0 => f64::midpoint(*rounds.get(middle.checked_sub(1)?)?, *rounds.get(middle)?),
            _ => *rounds.get(middle)?,
        };
        Some(Self {
            median,
            min: *rounds.first()?,
            max: *rounds.last()?,
        })
    }

    /// Of two times, measured once.
    #[must_use]
    pub fn once(above: u64, below: u64) -> Self {
        let only = quotient(above, below);
        Self {
            median: only,
            min: only,
            max: only,
        }
    }
}

/// One number over another, a zero below counting as one.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a ratio is shown with three digits")]
pub fn quotient(above: u64, below: u64) -> f64 {
    above as f64 / below.max(1) as f64
}

/// What was measured in turns within one round.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// What the product took.
    pub product: Samples,
    /// What its limit took.
    pub limit: Samples,
    /// What a bare flush of the disk took; empty where no disk is waited for.
    pub flush: Samples,
}

/// All rounds of a row.
#[derive(Clone, Debug, Default)]
pub struct Rounds {
    rounds: Vec<Round>,
}

impl Rounds {
    /// Adds a round.
    pub fn push(&mut self, round: Round) {
        self.rounds.push(round);
    }

    /// Product over limit, medians of each round.
    #[must_use]
    pub fn ratio(&self) -> Option<Ratio> {
        self.ratio_of(|round| (round.product.p50(), round.limit.p50()))
    }

    /// Any two numbers of a round, one over the other.
    #[must_use]
    pub fn ratio_of(&self, pair: impl Fn(&Round) -> (u64, u64)) -> Option<Ratio> {
        Ratio::of(
            self.rounds
                .iter()
                .map(|round| {
                    let (above, below) = pair(round);
                    quotient(above, below)
                })
                .collect(),
        )
    }

    /// The product's times of all rounds.
    #[must_use]
    pub fn product(&self) -> Samples {
        self.all(|round| &round.product)
    }

    /// The limit's times of all rounds.
    #[must_use]
    pub fn limit(&self) -> Samples {
        self.all(|round| &round.limit)
    }

    /// The bare flushes of all rounds.
    #[must_use]
    pub fn flush(&self) -> Samples {
        self.all(|round| &round.flush)
    }

    fn all(&self, part: impl Fn(&Round) -> &Samples) -> Samples {
        let mut all = Samples::default();
        for round in &self.rounds {
            all.extend(part(round));
        }
        all
    }

    /// How far the disk itself wandered: the worst round's median over the best round's, of the bare flush or
    /// of the limit, whichever is more. A limit that moves is none: a commit that makes its file longer can
    /// be held up while overwriting is not. 1 where no disk was waited for.
    #[must_use]
    pub fn wander(&self) -> f64 {
        let durable = || self.rounds.iter().filter(|round| !round.flush.is_empty());
        let flush = spread(durable().map(|round| round.flush.p50()));
        let limit = spread(
            durable()
                .filter(|round| !round.limit.is_empty())
                .map(|round| round.limit.p50()),
        );
        flush.max(limit)
    }
}

/// The largest over the smallest; 1 without any.
fn spread(medians: impl Iterator<Item = u64> + Clone) -> f64 {
    match (medians.clone().max(), medians.min()) {
        (Some(worst), Some(best)) => quotient(worst, best),
        (None, _) | (_, None) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(ns: impl IntoIterator<Item = u64>) -> Samples {
        Samples {
            ns: ns.into_iter().collect(),
        }
    }

    #[test]
    fn percentiles_are_samples_that_were_measured() {
        let hundred = samples((1..=100).rev());
        assert_eq!((hundred.p50(), hundred.p99(), hundred.max()), (50, 99, 100));
        assert_eq!(samples([7]).p99(), 7);
        assert_eq!(Samples::default().p50(), 0);
    }

    #[test]
    fn the_ratio_is_the_middle_round_with_its_neighbours() {
        let mut rounds = Rounds::default();
        for (product, limit) in [(30, 10), (10, 10), (40, 20)] {
            rounds.push(Round {
                product: samples([product]),
                limit: samples([limit]),
                flush: Samples::default(),
            });
        }
        let ratio = rounds.ratio().unwrap();
        assert_eq!((ratio.min, ratio.median, ratio.max), (1.0, 2.0, 3.0));
    }

    #[test]
    fn a_disk_that_wanders_shows() {
        let mut rounds = Rounds::default();
        for flush in [50, 60, 200] {
            rounds.push(Round {
                flush: samples([flush]),
                ..Round::default()
            });
        }
        assert!((rounds.wander() - 4.0).abs() < f64::EPSILON);
        assert!((Rounds::default().wander() - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_limit_that_wanders_on_a_steady_disk_shows() {
        let mut rounds = Rounds::default();
        for limit in [100, 1_000] {
            rounds.push(Round {
                limit: samples([limit]),
                flush: samples([50]),
                ..Round::default()
            });
        }
        assert!((rounds.wander() - 10.0).abs() < f64::EPSILON);
    }
}
