//! What a caller asks for, read from its JSON: numbers as texts or numbers, amounts exactly as written.
//!
//! Nothing is looked up here. An amount never becomes a floating-point number on its way.

use serde::Deserialize;
use serde_json::value::RawValue;
use suanpan_domain::money::{Fen, MoneyError};
use suanpan_domain::tender::Means;

use super::route::number;
use super::trouble::Refused;
use crate::http::names_nul;

/// `NativePayReqDTO`: a code for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeWish {
    /// The caller.
    pub product_app_id: String,
    /// The merchant account that collects.
    pub enterprise_id: i64,
    /// The caller's order.
    pub order_no: i64,
    /// By what.
    pub means: Means,
    /// How much.
    pub amount: Fen,
    /// What the customer reads.
    pub memo: String,
}

/// How an order is settled without a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// 免单: nobody pays.
    Waived,
    /// 挂账: paid later, elsewhere.
    OnAccount,
}

impl LocalKind {
    /// `tradingType`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waived => "MD",
            Self::OnAccount => "GZ",
        }
    }

    /// The kind of that `tradingType`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Waived, Self::OnAccount]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// An order to be settled without a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalWish {
    /// The caller.
    pub product_app_id: String,
    /// The caller's order.
    pub order_no: i64,
    /// How.
    pub kind: LocalKind,
    /// How much.
    pub amount: Fen,
    /// Why.
    pub memo: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawNative<'a> {
    #[serde(borrow, default)]
    enterprise_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    product_app_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    product_order_no: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trading_channel: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trading_amount: Option<&'a RawValue>,
    #[serde(borrow, default)]
    memo: Option<&'a RawValue>,
    #[serde(borrow, default)]
    change_channel: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLocal<'a> {
    #[serde(borrow, default)]
    product_app_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trading_amount: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trading_type: Option<&'a RawValue>,
    #[serde(borrow, default)]
    memo: Option<&'a RawValue>,
}

impl NativeWish {
    /// Reads the body of `POST /trade/inner/native`. `changeChannel` must be a truth value and changes nothing: a
    /// code of another channel is always closed, since an order shows at most one.
    ///
    /// # Errors
    /// [`Refused::FieldMissing`], [`Refused::Malformed`], [`Refused::TooPrecise`], [`Refused::TooLarge`].
    pub fn read(body: &[u8]) -> Result<Self, Refused> {
        let raw: RawNative<'_> = read(body)?;
        if let Some(change) = raw.change_channel {
            serde_json::from_str::<bool>(change.get()).map_err(|_| Refused::Malformed)?;
        }
        let channel = needed(text(raw.trading_channel)?)?;
        let means = Means::from_name(&channel).filter(|means| *means != Means::Cash);
        Ok(Self {
            memo: needed(text(raw.memo)?)?,
            order_no: needed(long(raw.product_order_no)?)?,
            enterprise_id: needed(long(raw.enterprise_id)?)?,
            amount: needed(amount(raw.trading_amount)?)?,
            means: means.ok_or(Refused::Malformed)?,
            product_app_id: needed(text(raw.product_app_id)?)?,
        })
    }
}

impl LocalWish {
    /// Reads the body of `POST /trade/inner/orders/{productOrderNo}/local`.
    ///
    /// # Errors
    /// As [`NativeWish::read`], and [`Refused::KindUnknown`].
    pub fn read(order_no: i64, body: &[u8]) -> Result<Self, Refused> {
        let raw: RawLocal<'_> = read(body)?;
        let kind = needed(text(raw.trading_type)?)?;
        Ok(Self {
            product_app_id: needed(text(raw.product_app_id)?)?,
            order_no,
            kind: LocalKind::from_code(&kind).ok_or(Refused::KindUnknown)?,
            amount: needed(amount(raw.trading_amount)?)?,
            memo: needed(text(raw.memo)?)?,
        })
    }
}

/// Only an object, and no text with U+0000 in it: a list would be taken for one, field by field.
fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    if body.trim_ascii_start().first() != Some(&b'{') || names_nul(body) {
        return Err(Refused::Malformed);
    }
    serde_json::from_slice(body).map_err(|_| Refused::Malformed)
}

fn needed<T>(value: Option<T>) -> Result<T, Refused> {
    value.ok_or(Refused::FieldMissing)
}

/// A text; a blank one counts as absent.
fn text(raw: Option<&RawValue>) -> Result<Option<String>, Refused> {
    let Some(raw) = raw else { return Ok(None) };
    let text: String = serde_json::from_str(raw.get()).map_err(|_| Refused::Malformed)?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// What stands in a text, or the number as it is written.
fn written(raw: Option<&RawValue>) -> Result<Option<String>, Refused> {
    match raw {
        Some(raw) if raw.get().starts_with('"') => text(Some(raw)),
        Some(raw) => Ok(Some(raw.get().to_owned())),
        None => Ok(None),
    }
}

fn long(raw: Option<&RawValue>) -> Result<Option<i64>, Refused> {
    written(raw)?.map(|text| number(&text)).transpose()
}

fn amount(raw: Option<&RawValue>) -> Result<Option<Fen>, Refused> {
    written(raw)?
        .map(|text| yuan(&text, Refused::FieldMissing))
        .transpose()
}

/// Most places that a written amount's point moves by: beyond it nothing is an amount.
const SHIFT_MAX: usize = 20;

/// The digits of a number that callers' libraries write with a power of ten: they turn a round `100` into `1E+2`.
/// Exact, and nothing where it is no such number.
fn without_power(text: &str) -> Option<String> {
    let (digits, power) = text.split_once(['e', 'E'])?;
    let (is_left, power) = match power.strip_prefix('-') {
        Some(power) => (true, power),
        None => (false, power.strip_prefix('+').unwrap_or(power)),
    };
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    // A whole number is one with a fraction of nothing.
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if ![power, whole, fraction].into_iter().all(is_number) {
        return None;
    }
    let shift: usize = power.parse().ok().filter(|shift| *shift <= SHIFT_MAX)?;
    let moved = if is_left {
        let padded = format!("{}{whole}", "0".repeat(shift));
        let (left, right) = padded.split_at(padded.len() - shift);
        format!("{left}.{right}{fraction}")
    } else {
        let padded = format!("{fraction}{}", "0".repeat(shift));
        let (left, right) = padded.split_at(shift);
        format!("{whole}{left}.{right}")
    };
    let plain = moved
        .trim_start_matches('0')
        .trim_end_matches('0')
        .trim_end_matches('.');
    let zero = if plain.is_empty() || plain.starts_with('.') {
        "0"
    } else {
        ""
    };
    Some(format!("{sign}{zero}{plain}"))
}

/// Yuan as written; `not_positive` for nothing or less.
///
/// # Errors
/// [`Refused::Malformed`], [`Refused::TooPrecise`], [`Refused::TooLarge`], and `not_positive`.
pub fn yuan(text: &str, not_positive: Refused) -> Result<Fen, Refused> {
    let plain = without_power(text);
    let parsed = Fen::parse_yuan(plain.as_deref().unwrap_or(text));
    let positive = parsed.and_then(|amount| Fen::positive(amount.minor()));
    positive.map_err(|error| match error {
        MoneyError::NotAnAmount => Refused::Malformed,
        MoneyError::TooPrecise => Refused::TooPrecise,
        MoneyError::NotPositive => not_positive,
        MoneyError::TooLarge => Refused::TooLarge,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"enterpriseId":7,"productAppId":"jzo2o.orders","productOrderNo":"2312120000000000037",
        "tradingChannel":"WECHAT_PAY","tradingAmount":1.1,"memo":"家政","changeChannel":false,"more":[1]}"#;

    fn read_with(from: &str, to: &str) -> Result<NativeWish, Refused> {
        assert!(GOOD.contains(from), "{from}");
        NativeWish::read(GOOD.replace(from, to).as_bytes())
    }

    #[test]
    fn i12_an_amount_is_taken_as_it_is_written_and_never_rounded() {
        let amount = |text: &str| read_with("1.1,", &format!("{text},")).map(|wish| wish.amount.minor());
        assert_eq!(amount("1.1"), Ok(110));
        assert_eq!(amount("\"0.10\""), Ok(10));
        assert_eq!(amount("90071992.99"), Ok(9_007_199_299));
        assert_eq!(amount("1.005"), Err(Refused::TooPrecise));
        assert_eq!(amount("0.001"), Err(Refused::TooPrecise));
        for none in ["0", "0.00", "-0.01", "null", "\"\""] {
            assert_eq!(amount(none), Err(Refused::FieldMissing), "{none}");
        }
        assert_eq!(amount("100000000.01"), Err(Refused::TooLarge));
        assert_eq!(amount("99999999999999999999999"), Err(Refused::TooLarge));
        for bad in [
            "\"１\"",
            "true",
            "{}",
            "[1]",
            "\"1,0\"",
            "\"NaN\"",
            "\"e2\"",
            "\"1e\"",
            "1e999",
            "\"1e2e2\"",
            "\"1E+-2\"",
            "\"1E++2\"",
            "\"1.e2\"",
            "\".5e1\"",
            "\"１e2\"",
        ] {
            assert_eq!(amount(bad), Err(Refused::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_power_of_ten_is_the_number_it_stands_for() {
        let amount = |text: &str| read_with("1.1,", &format!("{text},")).map(|wish| wish.amount.minor());
        for (text, fen) in [
            ("1E+2", 10_000),
            ("1e2", 10_000),
            ("\"1.25E1\"", 1_250),
            ("1.5e0", 150),
            ("1250e-2", 1_250),
            ("5E-2", 5),
            ("0.00123E+3", 123),
        ] {
            assert_eq!(amount(text), Ok(fen), "{text}");
        }
        assert_eq!(amount("1E-3"), Err(Refused::TooPrecise));
        assert_eq!(amount("1.001E0"), Err(Refused::TooPrecise));
        assert_eq!(amount("1E+9"), Err(Refused::TooLarge));
        for none in ["0E+3", "-1E+2", "0e-5"] {
            assert_eq!(amount(none), Err(Refused::FieldMissing), "{none}");
        }
    }

    #[test]
    fn each_required_field_is_missed_when_it_is_absent_empty_or_null() {
        for (from, name) in [
            ("7,", "enterpriseId"),
            ("\"jzo2o.orders\"", "productAppId"),
            ("\"2312120000000000037\"", "productOrderNo"),
            ("\"WECHAT_PAY\"", "tradingChannel"),
            ("\"家政\"", "memo"),
        ] {
            let comma = if from.ends_with(',') { "," } else { "" };
            for empty in ["null", "\"\"", "\" \""] {
                let read = read_with(from, &format!("{empty}{comma}"));
                assert_eq!(read, Err(Refused::FieldMissing), "{name} {empty}");
            }
            let renamed = read_with(&format!("\"{name}\""), "\"other\"");
            assert_eq!(renamed, Err(Refused::FieldMissing), "{name}");
        }
    }

    #[test]
    fn what_has_another_type_is_malformed() {
        for (from, to) in [
            ("7,", "7.5,"),
            ("7,", "\"x\","),
            ("7,", "99999999999999999999,"),
            ("\"WECHAT_PAY\"", "\"CASH_PAY\""),
            ("\"WECHAT_PAY\"", "\"BITCOIN\""),
            ("\"WECHAT_PAY\"", "2"),
            ("false", "\"no\""),
            ("\"家政\"", "5"),
            ("\"家政\"", "\"家\\u0000政\""),
            ("\"jzo2o.orders\"", "\"jzo2o.orders\\u0000\""),
            ("\"memo\"", "\"memo\":\"a\",\"memo\""),
        ] {
            assert_eq!(read_with(from, to), Err(Refused::Malformed), "{from} {to}");
        }
        for bad in ["", "[]", "{", "null", "\u{0}"] {
            assert_eq!(NativeWish::read(bad.as_bytes()), Err(Refused::Malformed));
        }
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(read_with("\"家政\"", &deep), Err(Refused::Malformed));
        assert!(
            read_with("[1]", &deep).is_ok(),
            "what is passed over does no harm"
        );
        assert_eq!(NativeWish::read(&[0xff, 0xfe]), Err(Refused::Malformed));
    }
}
