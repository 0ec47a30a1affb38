//! Takings: the sum of money facts. A fact is a settled tender or a succeeded refund, dated once.
//!
//! Rollups are kept by day, hour, means and cashier, in the same transaction as the fact. Recomputing
//! them from the facts must always give the same.

use std::collections::BTreeMap;

use crate::money::{Fen, MoneyError};
use crate::tender::Means;
use crate::time::BusinessDay;

/// One movement of money, dated when the till learnt it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyFact {
    /// The day it counts for: the open shift's, else the shop's clock minus the cut-off.
    pub day: BusinessDay,
    /// Hour of the shop's clock.
    pub hour: u8,
    /// By what.
    pub means: Means,
    /// Who.
    pub cashier: String,
    /// Money in; negative for a refund or a reversal. Change is already taken off.
    pub amount: Fen,
}

/// Key of a rollup row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollupKey {
    /// The business day.
    pub day: BusinessDay,
    /// Hour of the shop's clock.
    pub hour: u8,
    /// By what.
    pub means: Means,
    /// Who.
    pub cashier: String,
}

/// A rollup row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollup {
    /// Facts counted.
    pub facts: i64,
    /// Their sum.
    pub net: Fen,
}

/// Sums facts from scratch, for checking rollups.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn recompute<'a>(
    facts: impl IntoIterator<Item = &'a MoneyFact>,
) -> Result<BTreeMap<RollupKey, Rollup>, MoneyError> {
    let mut rows: BTreeMap<RollupKey, Rollup> = BTreeMap::new();
    for fact in facts {
        let key = RollupKey {
            day: fact.day,
            hour: fact.hour,
            means: fact.means,
            cashier: fact.cashier.clone(),
        };
        let row = rows.entry(key).or_default();
        row.facts += 1;
        row.net = row.net.plus(fact.amount)?;
    }
    Ok(rows)
}

/// `part` in tenths of a percent of `whole`, rounded half up; zero when there is no whole.
#[must_use]
pub fn permille(part: Fen, whole: Fen) -> i64 {
    if whole.is_zero() {
        return 0;
    }
    let exact = i128::from(part.minor()) * 1000;
    let rounded = (exact * 2 + i128::from(whole.minor())).div_euclid(i128::from(whole.minor()) * 2);
    i64::try_from(rounded).unwrap_or(0)
}

/// Net per order, rounded toward zero; zero without orders.
#[must_use]
pub fn average(net: Fen, orders: i64) -> Fen {
    if orders == 0 {
        Fen::ZERO
    } else {
        Fen::new(net.minor() / orders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up() {
        assert_eq!(permille(Fen::new(427_680), Fen::new(726_740)), 588);
        assert_eq!(permille(Fen::new(1), Fen::ZERO), 0);
        assert_eq!(average(Fen::new(726_740), 294), Fen::new(2471));
        assert_eq!(average(Fen::ZERO, 0), Fen::ZERO);
    }

    #[test]
    fn facts_of_one_key_are_summed() {
        let fact = |amount| MoneyFact {
            day: BusinessDay::parse("2026-11-21").unwrap(),
            hour: 14,
            means: Means::Cash,
            cashier: "王芳".into(),
            amount: Fen::new(amount),
        };
        let rows = recompute(&[fact(5000), fact(-1000)]).unwrap();
        assert_eq!(
            rows.values().copied().collect::<Vec<_>>(),
            [Rollup {
                facts: 2,
                net: Fen::new(4000)
            }]
        );
    }
}
