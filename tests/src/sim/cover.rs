//! What a run has exercised: counts by name, so that a rule that is never reached is visible.

use std::collections::BTreeMap;

/// Counts by name.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    counts: BTreeMap<&'static str, u64>,
}

impl Cover {
    /// Counts one more.
    pub fn one(&mut self, name: &'static str) {
        self.many(name, 1);
    }

    /// Counts several more.
    pub fn many(&mut self, name: &'static str, count: u64) {
        *self.counts.entry(name).or_default() += count;
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.counts {
            self.many(name, *count);
        }
    }

    /// How often.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// All counts, by name.
    #[must_use]
    pub const fn all(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// The floors that were not reached.
    #[must_use]
    pub fn below(&self, floors: &[(&'static str, u64)]) -> Vec<String> {
        floors
            .iter()
            .filter(|(name, floor)| self.of(name) < *floor)
            .map(|(name, floor)| format!("{name}: {} of at least {floor}", self.of(name)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_that_is_missed_is_named() {
        let mut cover = Cover::default();
        cover.one("late success");
        assert!(cover.below(&[("late success", 1)]).is_empty());
        assert_eq!(cover.below(&[("crash", 2)]), ["crash: 0 of at least 2"]);
    }
}
