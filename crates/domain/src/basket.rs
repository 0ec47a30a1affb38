//! What a basket costs: amounts of lines, discounts, 抹零, and the net that each line carries at the end.
//!
//! One function says what is due; what is shown, charged, stored and printed all come from it.

use crate::money::{Fen, MoneyError};
use crate::quantity::Quantity;

/// The most lines one basket may have: more is a scanner gone wild.
pub const LINES_MAX: usize = 500;

/// What decides a line's amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePrice {
    /// Price of one unit.
    pub price: Fen,
    /// How much of it.
    pub quantity: Quantity,
    /// Percent of the price that is charged: 80 for 八折, 100 without discount.
    pub charged_percent: u8,
}

/// A line's amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineAmount {
    /// Price × quantity, rounded half up to the fen.
    pub original: Fen,
    /// Zero or negative.
    pub discount: Fen,
    /// `original + discount`.
    pub amount: Fen,
}

/// How the total is rounded for the counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// To the fen: nothing is rounded.
    None,
    /// 抹去分: down to the jiao (10 fen).
    #[default]
    DownToJiao,
}

/// A basket's amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Per line, in order.
    pub lines: Vec<LineAmount>,
    /// Σ original.
    pub original: Fen,
    /// Σ discounts of lines and order, zero or negative.
    pub discount: Fen,
    /// 抹零, zero or negative: a row of its own, never mixed with discounts.
    pub rounding: Fen,
    /// What is due: original + discount + rounding.
    pub total: Fen,
}

impl LinePrice {
    /// The line's amounts.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] beyond what one sale may have.
    pub fn amount(&self) -> Result<LineAmount, MoneyError> {
        let original = scaled(self.price.minor(), self.quantity.milli(), 1000)?;
        let amount = scaled(original.minor(), i64::from(self.charged_percent), 100)?;
        Ok(LineAmount {
            original,
            discount: amount.minus(original)?,
            amount,
        })
    }
}

fn scaled(minor: i64, times: i64, over: i64) -> Result<Fen, MoneyError> {
    let exact = i128::from(minor) * i128::from(times);
    let rounded = (exact + i128::from(over) / 2).div_euclid(i128::from(over));
    let minor = i64::try_from(rounded).map_err(|_| MoneyError::TooLarge)?;
    if minor > crate::money::AMOUNT_MAX.minor() {
        return Err(MoneyError::TooLarge);
    }
    Ok(Fen::new(minor))
}

/// Adds a basket up.
///
/// # Errors
/// [`MoneyError::TooLarge`] when the total leaves what one sale may have.
pub fn totals(lines: &[LinePrice], order_discount: Fen, rounding: Rounding) -> Result<Totals, MoneyError> {
    let amounts = lines
        .iter()
        .map(LinePrice::amount)
        .collect::<Result<Vec<_>, _>>()?;
    let original = Fen::sum(amounts.iter().map(|l| l.original))?;
    let line_discount = Fen::sum(amounts.iter().map(|l| l.discount))?;
    let discount = line_discount.plus(order_discount)?;
    let before = original.plus(discount)?;
    if before > crate::money::AMOUNT_MAX {
        return Err(MoneyError::TooLarge);
    }
    let rounding = match rounding {
        Rounding::None => Fen::ZERO,
        Rounding::DownToJiao => Fen::new(-before.minor().rem_euclid(10)),
    };
    Ok(Totals {
        lines: amounts,
        original,
        discount,
        rounding,
        total: before.plus(rounding)?,
    })
}

impl Totals {
    /// What each line is worth after order discount and 抹零, by largest remainder: Σ nets = total
    /// exactly. Refunds draw from these.
    ///
    /// # Errors
    /// [`MoneyError`] when there are no lines.
    pub fn line_nets(&self) -> Result<Vec<Fen>, MoneyError> {
        let weights: Vec<i64> = self.lines.iter().map(|l| l.amount.minor()).collect();
        self.total.allocate(&weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Unit;
    use proptest::prelude::*;

    fn line(price: i64, milli: i64, percent: u8) -> LinePrice {
        let quantity = Quantity::try_new(milli, Unit::Kilogram).unwrap();
        LinePrice {
            price: Fen::new(price),
            quantity,
            charged_percent: percent,
        }
    }

    #[test]
    fn the_reference_basket_adds_up() {
        let lines = [
            line(200, 2000, 100),
            line(690, 1000, 100),
            line(1196, 862, 100),
            line(550, 2000, 100),
            line(380, 4000, 80),
            line(500, 1000, 100),
            line(450, 1000, 100),
            line(300, 3000, 100),
            line(480, 1000, 100),
        ];
        let totals = totals(&lines, Fen::ZERO, Rounding::DownToJiao).unwrap();
        assert_eq!(totals.lines[2].amount, Fen::new(1031));
        assert_eq!(totals.lines[4].discount, Fen::new(-304));
        assert_eq!(totals.original, Fen::new(7071));
        assert_eq!(totals.rounding, Fen::new(-7));
        assert_eq!(totals.total, Fen::new(6760));
    }

    #[test]
    fn enormous_prices_are_refused() {
        assert_eq!(line(i64::MAX, 9_000_000, 100).amount(), Err(MoneyError::TooLarge));
    }

    proptest! {
        #[test]
        fn f46_f56_every_fen_has_a_place(
            rows in prop::collection::vec((1i64..100_000, 1i64..9_999, 1u8..=100), 1..60), jiao: bool,
        ) {
            let lines: Vec<_> = rows.iter().map(|(p, q, d)| line(*p, *q, *d)).collect();
            let rounding = if jiao { Rounding::DownToJiao } else { Rounding::None };
            let totals = totals(&lines, Fen::ZERO, rounding).unwrap();
            let nets = totals.line_nets().unwrap();
            prop_assert_eq!(Fen::sum(nets.iter().copied()).unwrap(), totals.total);
            prop_assert!(totals.total.minor() >= 0);
            prop_assert!(totals.rounding.minor() <= 0 && totals.rounding.minor() > -10);
            let sum = totals.original.plus(totals.discount).unwrap().plus(totals.rounding).unwrap();
            prop_assert_eq!(sum, totals.total);
        }
    }
}
