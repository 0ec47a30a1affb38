//! Money in integer fen (1/100 yuan), with checked arithmetic only.
//!
//! Yuan strings exist at two edges: what a person types and what a platform that speaks yuan sends.
//! They are parsed strictly: a third decimal is refused, never cut off. Floats do not occur.

use std::fmt;

/// An amount in fen. May be negative (a discount, a reversal); callers that need a positive amount
/// say so with [`Fen::positive`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(i64);

/// The largest amount one order, tender or refund may have: 100 000 000.00 yuan, the bound of the
/// platform that allows most.
pub const AMOUNT_MAX: Fen = Fen(10_000_000_000);

/// Why an amount was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not digits with at most one point.
    #[error("not an amount")]
    NotAnAmount,
    /// More than two decimals.
    #[error("more than two decimals")]
    TooPrecise,
    /// Zero or negative where money must be positive.
    #[error("not positive")]
    NotPositive,
    /// Beyond [`AMOUNT_MAX`], or the sum left the range of 64 bits.
    #[error("amount too large")]
    TooLarge,
}

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);

    /// An amount of `minor` fen.
    #[must_use]
    pub const fn new(minor: i64) -> Self {
        Self(minor)
    }

    /// The amount as a number of fen.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// `minor` fen, refused unless 0 < minor ≤ [`AMOUNT_MAX`].
    ///
    /// # Errors
    /// [`MoneyError::NotPositive`] or [`MoneyError::TooLarge`].
    pub const fn positive(minor: i64) -> Result<Self, MoneyError> {
        if minor <= 0 {
            return Err(MoneyError::NotPositive);
        }
        if minor > AMOUNT_MAX.0 {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self(minor))
    }

    /// Sum, or [`MoneyError::TooLarge`] on overflow.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_add(other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// Difference, or [`MoneyError::TooLarge`] on overflow.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.0.checked_sub(other.0).map(Self).ok_or(MoneyError::TooLarge)
    }

    /// The negated amount.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// Sum of many.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Whether the amount is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether the amount is exactly zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Parses yuan such as `12`, `12.5`, `12.50`, `-0.07`. Full-width digits are not taken here; the
    /// counter's grammar folds them first.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`], [`MoneyError::TooPrecise`], [`MoneyError::TooLarge`].
    pub fn parse_yuan(text: &str) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(MoneyError::NotAnAmount);
        }
        if fraction.len() > 2 {
            return Err(MoneyError::TooPrecise);
        }
        let yuan: i64 = whole.parse().map_err(|_| MoneyError::TooLarge)?;
        let parsed: i64 = fraction.parse().map_err(|_| MoneyError::NotAnAmount)?;
        let cents = if fraction.len() == 1 { parsed * 10 } else { parsed };
        let minor = yuan
            .checked_mul(100)
            .and_then(|m| m.checked_add(cents))
            .ok_or(MoneyError::TooLarge)?;
        if minor > AMOUNT_MAX.0 {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self(if negative { -minor } else { minor }))
    }

    /// Splits the amount over `weights` so that the parts sum to it exactly: each part is the
    /// proportional share rounded down, and the fen left over go to the largest remainders, the
    /// earliest first among equals. All-zero weights put everything on the first part.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`] when `weights` is empty or one is negative.
    pub fn allocate(self, weights: &[i64]) -> Result<Vec<Self>, MoneyError> {
        if weights.is_empty() || weights.iter().any(|w| *w < 0) {
            return Err(MoneyError::NotAnAmount);
        }
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        if total == 0 {
            let mut parts = vec![Self::ZERO; weights.len()];
            parts[0] = self;
            return Ok(parts);
        }
        let sign = i128::from(self.0.signum());
        let amount = i128::from(self.0).abs();
        let mut parts: Vec<i128> = weights.iter().map(|w| amount * i128::from(*w) / total).collect();
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|i| (std::cmp::Reverse(amount * i128::from(weights[*i]) % total), *i));
        let given: i128 = parts.iter().sum();
        let left = usize::try_from(amount - given).unwrap_or(0);
        for index in order.into_iter().cycle().take(left) {
            parts[index] += 1;
        }
        parts
            .into_iter()
            .map(|p| {
                i64::try_from(sign * p)
                    .map(Self)
                    .map_err(|_| MoneyError::TooLarge)
            })
            .collect()
    }
}

impl fmt::Display for Fen {
    /// Yuan with two decimals and an ASCII minus: `-0.07`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", minor / 100, minor % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn yuan_is_parsed_strictly() {
        assert_eq!(Fen::parse_yuan("12.5"), Ok(Fen::new(1250)));
        assert_eq!(Fen::parse_yuan("-0.07"), Ok(Fen::new(-7)));
        assert_eq!(Fen::parse_yuan("1.005"), Err(MoneyError::TooPrecise));
        for bad in ["", ".", "1.", ".5", "1e3", "+1", "--1", "1,000", " 1", "１"] {
            assert_eq!(Fen::parse_yuan(bad), Err(MoneyError::NotAnAmount), "{bad}");
        }
        assert_eq!(Fen::parse_yuan("100000000.01"), Err(MoneyError::TooLarge));
        assert_eq!(Fen::parse_yuan("99999999999999999999"), Err(MoneyError::TooLarge));
    }

    #[test]
    fn only_positive_amounts_within_bounds_are_positive() {
        assert_eq!(Fen::positive(0), Err(MoneyError::NotPositive));
        assert_eq!(Fen::positive(-1), Err(MoneyError::NotPositive));
        assert_eq!(Fen::positive(AMOUNT_MAX.minor() + 1), Err(MoneyError::TooLarge));
        assert_eq!(Fen::positive(1), Ok(Fen::new(1)));
    }

    proptest! {
        #[test]
        fn yuan_round_trips(minor in -AMOUNT_MAX.minor()..=AMOUNT_MAX.minor()) {
            prop_assert_eq!(Fen::parse_yuan(&Fen::new(minor).to_string()), Ok(Fen::new(minor)));
        }

        #[test]
        fn allocation_sums_exactly_and_stays_near_its_share(
            minor in -1_000_000i64..1_000_000, weights in prop::collection::vec(0i64..100_000, 1..40),
        ) {
            let parts = Fen::new(minor).allocate(&weights).unwrap();
            prop_assert_eq!(Fen::sum(parts.iter().copied()).unwrap(), Fen::new(minor));
            let total: i64 = weights.iter().sum();
            if total > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let share = i128::from(minor) * i128::from(*weight);
                    prop_assert!((i128::from(part.minor()) * i128::from(total) - share).abs() < i128::from(total));
                }
            }
        }
    }
}
