//! Quantities in thousandths of a unit: 1000 is one piece or one kilogram.

/// How an article is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Whole pieces.
    Piece,
    /// Kilograms with three decimals.
    Kilogram,
}

impl Unit {
    /// Name in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Piece => "PIECE",
            Self::Kilogram => "KILOGRAM",
        }
    }

    /// The unit of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Piece, Self::Kilogram]
            .into_iter()
            .find(|unit| unit.name() == name)
    }
}

/// A quantity above zero, at most [`Quantity::MAX_MILLI`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i64);

/// Why a quantity was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a number with at most three decimals.
    #[error("not a quantity")]
    NotAQuantity,
    /// Zero or negative.
    #[error("quantity not above zero")]
    NotPositive,
    /// Beyond the bound of one line.
    #[error("quantity too large")]
    TooLarge,
    /// A piece cannot be divided.
    #[error("pieces cannot be divided")]
    NotWhole,
}

impl Quantity {
    /// The most one line may have: 9999 units. A scanned barcode taken for a quantity is far above it.
    pub const MAX_MILLI: i64 = 9_999_000;
    /// One unit.
    pub const ONE: Quantity = Quantity(1000);

    /// `milli` thousandths of `unit`.
    ///
    /// # Errors
    /// [`QuantityError::NotPositive`], [`QuantityError::TooLarge`], [`QuantityError::NotWhole`].
    pub fn try_new(milli: i64, unit: Unit) -> Result<Self, QuantityError> {
        if milli <= 0 {
            return Err(QuantityError::NotPositive);
        }
        if milli > Self::MAX_MILLI {
            return Err(QuantityError::TooLarge);
        }
        match unit {
            Unit::Piece if milli % 1000 != 0 => Err(QuantityError::NotWhole),
            Unit::Piece | Unit::Kilogram => Ok(Self(milli)),
        }
    }

    /// Thousandths.
    #[must_use]
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// Parses `3`, `0.862`, `-1`, to thousandths without judging the sign or size.
    ///
    /// # Errors
    /// [`QuantityError::NotAQuantity`] or, beyond 64 bits, [`QuantityError::TooLarge`].
    pub fn parse_milli(text: &str) -> Result<i64, QuantityError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 3 {
            return Err(QuantityError::NotAQuantity);
        }
        let whole: i64 = whole.parse().map_err(|_| QuantityError::TooLarge)?;
        let fraction: i64 = format!("{fraction:0<3}")
            .parse()
            .map_err(|_| QuantityError::NotAQuantity)?;
        let milli = whole
            .checked_mul(1000)
            .and_then(|m| m.checked_add(fraction))
            .ok_or(QuantityError::TooLarge)?;
        Ok(if negative { -milli } else { milli })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_zero_and_enormous_quantities_are_refused() {
        assert_eq!(Quantity::try_new(0, Unit::Piece), Err(QuantityError::NotPositive));
        assert_eq!(
            Quantity::try_new(-1000, Unit::Piece),
            Err(QuantityError::NotPositive)
        );
        assert_eq!(
            Quantity::try_new(10_000_000, Unit::Piece),
            Err(QuantityError::TooLarge)
        );
        assert_eq!(Quantity::try_new(1500, Unit::Piece), Err(QuantityError::NotWhole));
        assert_eq!(
            Quantity::try_new(862, Unit::Kilogram).map(Quantity::milli),
            Ok(862)
        );
    }

    #[test]
    fn quantities_are_parsed_strictly() {
        assert_eq!(Quantity::parse_milli("0.862"), Ok(862));
        assert_eq!(Quantity::parse_milli("3"), Ok(3000));
        assert_eq!(Quantity::parse_milli("-1"), Ok(-1000));
        for bad in ["", "1.2345", "1e3", "x", "."] {
            assert_eq!(
                Quantity::parse_milli(bad),
                Err(QuantityError::NotAQuantity),
                "{bad}"
            );
        }
        assert_eq!(
            Quantity::parse_milli("99999999999999999999"),
            Err(QuantityError::TooLarge)
        );
    }
}
