//! `biz_content`, read field by field within the documented bounds.

use serde_json::{Map, Value};
use suanpan_domain::money::Fen;

use super::node::{Trouble, business, invalid};
use super::time::parse_stamp;
use super::trade::Asked;

/// The most a trade can ask for: a hundred million yuan.
const TOTAL_MINOR_MAX: i64 = 10_000_000_000;
/// Numbers of merchants have at most 64 characters.
const NUMBER_CHARS_MAX: usize = 64;
/// Timeouts reach from a minute to 15 days.
const TIMEOUT_MS: std::ops::RangeInclusive<i64> = 60_000..=15 * 86_400_000;

/// What is wrong with a field of the business.
pub(crate) const fn bad(sub_msg: &'static str) -> Trouble {
    business("ACQ.INVALID_PARAMETER", sub_msg)
}

/// `biz_content`.
pub(crate) struct Content(Map<String, Value>);

impl Content {
    pub(crate) fn parse(text: &str) -> Result<Self, Trouble> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) | Err(_) => Err(invalid("isv.invalid-parameter", "biz_content不是有效的JSON对象")),
        }
    }

    /// The whole of it.
    pub(crate) fn raw(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// A text that is there and not empty. Alipay takes numbers for texts.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The merchant's number.
    pub(crate) fn out_trade_no(&self) -> Result<String, Trouble> {
        let number = self
            .text("out_trade_no")
            .ok_or(bad("参数有误，商户订单号不能为空"))?;
        let plain = number.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && number.len() <= NUMBER_CHARS_MAX {
            Ok(number)
        } else {
            Err(bad("参数有误，商户订单号只能是64个字符以内的字母、数字、下划线"))
        }
    }

    /// An amount in yuan: two decimals at most, above zero.
    pub(crate) fn yuan(&self, name: &str) -> Result<Fen, Trouble> {
        let text = self.text(name).ok_or(bad("参数有误，金额不能为空"))?;
        let amount = Fen::parse_yuan(&text).map_err(|_| bad("参数有误，金额格式不正确"))?;
        if amount.is_positive() && amount.minor() <= TOTAL_MINOR_MAX {
            Ok(amount)
        } else {
            Err(bad("参数有误，金额取值范围为[0.01,100000000]"))
        }
    }

    /// `90m`, `2h`, `1d`: how many milliseconds.
    pub(crate) fn timeout_ms(&self, name: &str) -> Result<Option<i64>, Trouble> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let wrong = bad("参数有误，超时时间取值范围为1m～15d");
        let unit_ms = match text.chars().last() {
            Some('m') => 60_000,
            Some('h') => 3_600_000,
            Some('d') => 86_400_000,
            Some(_) | None => return Err(wrong),
        };
        let count: i64 = text[..text.len() - 1].parse().map_err(|_| wrong)?;
        let ms = count.checked_mul(unit_ms).filter(|ms| TIMEOUT_MS.contains(ms));
        ms.map(Some).ok_or(wrong)
    }

    /// What is common to asking for a code and charging one.
    pub(crate) fn asked(&self, notify_url: Option<String>) -> Result<Asked, Trouble> {
        let subject = self.text("subject").ok_or(bad("参数有误，订单标题不能为空"))?;
        if subject.chars().count() > 256 {
            return Err(bad("参数有误，订单标题不能超过256个字符"));
        }
        let time_expire_ms = match self.text("time_expire") {
            Some(text) => Some(parse_stamp(&text).ok_or(bad("参数有误，time_expire格式不正确"))?),
            None => None,
        };
        Ok(Asked {
            subject,
            total: self.yuan("total_amount")?,
            notify_url,
            passback: self.text("passback_params"),
            store_id: self.text("store_id"),
            timeout_ms: self.timeout_ms("timeout_express")?,
            time_expire_ms,
            raw: self.raw(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(name: &str, value: Value) -> Content {
        Content(Map::from_iter([(name.to_owned(), value)]))
    }

    #[test]
    fn amounts_are_yuan_with_two_decimals_at_most() {
        let yuan = |value: Value| content("total_amount", value).yuan("total_amount");
        assert_eq!(yuan("12.50".into()), Ok(Fen::new(1250)));
        assert_eq!(yuan(serde_json::json!(88.8)), Ok(Fen::new(8880)));
        for bad in ["0", "0.00", "-1", "1.001", "1,00", "100000000.01", "", "abc"] {
            assert!(yuan(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn timeouts_are_whole_minutes_hours_or_days_within_bounds() {
        let ms = |text: &str| content("t", text.into()).timeout_ms("t");
        assert_eq!(ms("5m"), Ok(Some(300_000)));
        assert_eq!(ms("2h"), Ok(Some(7_200_000)));
        assert_eq!(ms("15d"), Ok(Some(15 * 86_400_000)));
        for bad in ["0m", "16d", "1.5h", "90", "m", "-1m", "1s", "5分"] {
            assert!(ms(bad).is_err(), "{bad}");
        }
    }
}
