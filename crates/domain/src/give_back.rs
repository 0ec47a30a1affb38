//! From which tenders of an order a refund is drawn, and how much from each.
//!
//! Money goes back the way it came: codes first, the newest before the older ones, then cash. No tender gives
//! back more than it brought. How one part then lives is in [`crate::refund`].

use crate::money::{Fen, MoneyError};
use crate::tender::Means;

/// A settled tender, as far as it can give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its number; a newer tender has a higher one.
    pub tender_no: i64,
    /// By what it was paid.
    pub means: Means,
    /// What it brought.
    pub brought: Fen,
    /// What has gone back of it, or is on its way.
    pub gone: Fen,
}

impl Source {
    /// What it can still give back; never negative.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn left(&self) -> Result<Fen, MoneyError> {
        Ok(self.brought.minus(self.gone)?.max(Fen::ZERO))
    }

    /// Codes before cash, newer before older.
    fn turn(&self) -> (bool, std::cmp::Reverse<i64>) {
        (self.means == Means::Cash, std::cmp::Reverse(self.tender_no))
    }
}

/// What one tender gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The tender.
    pub tender_no: i64,
    /// By what it goes back.
    pub means: Means,
    /// How much, above zero.
    pub amount: Fen,
}

/// Why nothing is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// A refund is above zero.
    #[error("a refund is above zero")]
    NotPositive,
    /// More than is left to give back.
    #[error("only {left} is left to give back")]
    OverLeft {
        /// What is left.
        left: Fen,
    },
    /// A sum beyond what can be counted.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// What can still go back of an order: Σ brought − gone.
///
/// # Errors
/// [`MoneyError::TooLarge`].
pub fn left(sources: &[Source]) -> Result<Fen, MoneyError> {
    sources
        .iter()
        .try_fold(Fen::ZERO, |sum, source| sum.plus(source.left()?))
}

/// Draws an amount: each tender gives what it can in its turn, until the amount is reached.
///
/// # Errors
/// [`DrawError`].
pub fn draw(sources: &[Source], amount: Fen) -> Result<Vec<Part>, DrawError> {
    if !amount.is_positive() {
        return Err(DrawError::NotPositive);
    }
    let left = left(sources)?;
    if amount > left {
        return Err(DrawError::OverLeft { left });
    }
    let mut in_turn = sources.to_vec();
    in_turn.sort_by_key(Source::turn);
    let mut wanted = amount;
    let mut parts = Vec::new();
    for source in in_turn {
        let gives = source.left()?.min(wanted);
        if gives.is_positive() {
            wanted = wanted.minus(gives)?;
            parts.push(Part {
                tender_no: source.tender_no,
                means: source.means,
                amount: gives,
            });
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn source(tender_no: i64, means: Means, brought: i64, gone: i64) -> Source {
        Source {
            tender_no,
            means,
            brought: Fen::new(brought),
            gone: Fen::new(gone),
        }
    }

    fn drawn(sources: &[Source], amount: i64) -> Vec<(i64, i64)> {
        let parts = draw(sources, Fen::new(amount)).unwrap();
        parts
            .iter()
            .map(|part| (part.tender_no, part.amount.minor()))
            .collect()
    }

    #[test]
    fn the_newest_code_gives_first_and_cash_last() {
        let sources = [
            source(1, Means::WechatPay, 500, 0),
            source(2, Means::Cash, 300, 0),
            source(3, Means::AliPay, 200, 0),
        ];
        assert_eq!(drawn(&sources, 150), [(3, 150)]);
        assert_eq!(drawn(&sources, 600), [(3, 200), (1, 400)]);
        assert_eq!(drawn(&sources, 1_000), [(3, 200), (1, 500), (2, 300)]);
    }

    #[test]
    fn f58_what_is_gone_or_on_its_way_is_not_given_again() {
        let sources = [
            source(1, Means::WechatPay, 500, 350),
            source(2, Means::Cash, 300, 300),
        ];
        assert_eq!(left(&sources), Ok(Fen::new(150)));
        assert_eq!(drawn(&sources, 150), [(1, 150)]);
        let over = DrawError::OverLeft { left: Fen::new(150) };
        assert_eq!(draw(&sources, Fen::new(151)), Err(over));
    }

    #[test]
    fn nothing_is_no_refund() {
        let sources = [source(1, Means::Cash, 500, 0)];
        assert_eq!(draw(&sources, Fen::ZERO), Err(DrawError::NotPositive));
        assert_eq!(draw(&sources, Fen::new(-1)), Err(DrawError::NotPositive));
        let none_left = DrawError::OverLeft { left: Fen::ZERO };
        assert_eq!(draw(&[], Fen::new(1)), Err(none_left));
    }

    fn sources() -> impl Strategy<Value = Vec<Source>> {
        let means = prop_oneof![Just(Means::Cash), Just(Means::WechatPay), Just(Means::AliPay)];
        let one = (means, 1_i64..100_000, 0_i64..120_000);
        prop::collection::vec(one, 0..6).prop_map(|all| {
            let numbered = (1..).zip(all);
            numbered
                .map(|(tender_no, (means, brought, gone))| source(tender_no, means, brought, gone))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn f58_parts_add_up_and_no_tender_gives_more_than_it_brought(
            sources in sources(), amount in 1_i64..400_000,
        ) {
            let left = left(&sources).unwrap();
            match draw(&sources, Fen::new(amount)) {
                Ok(parts) => {
                    prop_assert_eq!(parts.iter().map(|part| part.amount.minor()).sum::<i64>(), amount);
                    for part in &parts {
                        let from = sources.iter().find(|source| source.tender_no == part.tender_no).unwrap();
                        prop_assert!(part.amount.is_positive());
                        prop_assert!(from.gone.minor() + part.amount.minor() <= from.brought.minor());
                        prop_assert_eq!(from.means, part.means);
                    }
                    let cash = parts.iter().position(|part| part.means == Means::Cash);
                    let all_codes: i64 = sources.iter().filter(|source| source.means != Means::Cash)
                        .map(|source| source.left().unwrap().minor()).sum();
                    prop_assert_eq!(cash.is_some(), amount > all_codes);
                }
                Err(DrawError::OverLeft { left: said }) => {
                    prop_assert_eq!(said, left);
                    prop_assert!(amount > left.minor());
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }
}
