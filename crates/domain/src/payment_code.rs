//! The code a customer shows on the phone to be charged by (付款码): which platform's it is, and that it is
//! never shown by us.
//!
//! Whoever has it can charge the customer once within a minute, so it has no `Debug` and no `Display`; it is
//! handed on and forgotten. How it is sent is the channels' matter.

use std::fmt;

use crate::tender::Means;

/// Digits of a WeChat payment code, by the platform's documents.
const WECHAT_DIGITS: usize = 18;
/// First two digits of a WeChat payment code.
const WECHAT_PREFIXES: std::ops::RangeInclusive<u8> = 10..=15;
/// Digits of an Alipay payment code, by the platform's documents.
const ALIPAY_DIGITS: std::ops::RangeInclusive<usize> = 16..=24;
/// First two digits of an Alipay payment code.
const ALIPAY_PREFIXES: std::ops::RangeInclusive<u8> = 25..=30;

/// A payment code that one of the platforms can have issued.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentCode {
    digits: String,
    means: Means,
}

/// Not a payment code of any platform; what was read instead is deliberately not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a payment code")]
pub struct NoPaymentCode;

impl PaymentCode {
    /// Takes digits that a platform's payment code can have.
    ///
    /// # Errors
    /// [`NoPaymentCode`] for everything else.
    pub fn try_new(digits: impl Into<String>) -> Result<Self, NoPaymentCode> {
        let digits = digits.into();
        let means = means_of(&digits).ok_or(NoPaymentCode)?;
        Ok(Self { digits, means })
    }

    /// Whose it is.
    #[must_use]
    pub const fn means(&self) -> Means {
        self.means
    }

    /// The digits, for the one request that carries them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.digits
    }
}

fn means_of(digits: &str) -> Option<Means> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let prefix: u8 = digits.get(..2)?.parse().ok()?;
    if digits.len() == WECHAT_DIGITS && WECHAT_PREFIXES.contains(&prefix) {
        return Some(Means::WechatPay);
    }
    (ALIPAY_DIGITS.contains(&digits.len()) && ALIPAY_PREFIXES.contains(&prefix)).then_some(Means::AliPay)
}

impl fmt::Debug for PaymentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentCode")
            .field("means", &self.means)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digits_say_whose_it_is() {
        let table = [
            ("134567890123456789", Some(Means::WechatPay)),
            ("100000000000000000", Some(Means::WechatPay)),
            ("159999999999999999", Some(Means::WechatPay)),
            ("169999999999999999", None),
            ("1345678901234567890", None),
            ("13456789012345678", None),
            ("2512345678901234", Some(Means::AliPay)),
            ("281234567890123456", Some(Means::AliPay)),
            ("301234567890123456789012", Some(Means::AliPay)),
            ("251234567890123", None),
            ("3012345678901234567890123", None),
            ("311234567890123456", None),
            ("6901668005731", None),
            ("28123456789012345x", None),
            ("２８１２３４５６７８９０１２３４", None),
            ("", None),
            ("1", None),
        ];
        for (digits, means) in table {
            let read = PaymentCode::try_new(digits).ok().map(|code| code.means());
            assert_eq!(read, means, "{digits}");
        }
    }

    #[test]
    fn a_payment_code_is_never_shown() {
        let code = PaymentCode::try_new("281234567890123456").unwrap();
        assert!(!format!("{code:?}").contains("1234"));
        assert_eq!(code.reveal(), "281234567890123456");
    }
}
