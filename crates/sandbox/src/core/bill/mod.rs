//! Bills: what was paid and returned on one day in China, as each platform writes it the next morning.
//!
//! A bill is made from the books when it is asked for, as they stood when it was due. So a refund that was
//! under way then says so for ever, as on the real platforms.

mod alipay;
mod wechat;
mod zip;

#[cfg(test)]
pub(crate) use self::alipay::gbk;
use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use suanpan_domain::money::Fen;

use super::alipay::china;
use super::name::PlatformName;
use super::platform::Platform;

/// Bills are ready at ten in the morning.
const READY_AFTER_MS: i64 = 10 * 3_600_000;
/// Both platforms take 0.60 %.
const FEE_PER_MILLE: i64 = 6;
/// Downloads nobody fetched are dropped after this long; no address lives longer.
const KEPT_MS: i64 = 3_600_000;

/// A file that waits to be downloaded.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) platform: PlatformName,
    pub(crate) mchid: String,
    pub(crate) until_ms: i64,
    pub(crate) bytes: Vec<u8>,
}

/// The time a bill is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: NaiveDate,
    /// The day after the last.
    pub(crate) after: NaiveDate,
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    /// When the bill is ready.
    pub(crate) ready_ms: i64,
}

impl Span {
    /// One day, `2026-03-02`.
    pub(crate) fn day(text: &str) -> Option<Self> {
        let first = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let whole = first.format("%Y-%m-%d").to_string() == text;
        let after = first.succ_opt()?;
        whole.then_some(())?;
        Self::between(first, after, after)
    }

    /// One month, `2026-03`; its bill is ready on the third of the next.
    pub(crate) fn month(text: &str) -> Option<Self> {
        let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
        let whole = first.format("%Y-%m").to_string() == text;
        let after = first.checked_add_days(Days::new(31))?.with_day(1)?;
        whole.then_some(())?;
        Self::between(first, after, after.with_day(3)?)
    }

    fn between(first: NaiveDate, after: NaiveDate, ready: NaiveDate) -> Option<Self> {
        Some(Self {
            first,
            after,
            from_ms: midnight_ms(first)?,
            to_ms: midnight_ms(after)?,
            ready_ms: midnight_ms(ready)? + READY_AFTER_MS,
        })
    }

    pub(crate) const fn has(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && at_ms < self.to_ms
    }
}

/// Midnight in China, ms UTC.
fn midnight_ms(day: NaiveDate) -> Option<i64> {
    let zone = *china(0).offset();
    let at = day.and_time(NaiveTime::MIN).and_local_timezone(zone);
    Some(at.single()?.timestamp_millis())
}

/// What the platform keeps of an amount, to the fen, half a fen up.
fn fee(amount: Fen) -> Fen {
    Fen::new((amount.minor() * FEE_PER_MILLE + 500).div_euclid(1000))
}

impl Platform {
    /// Keeps a file for its download; the token in its address.
    fn keep_download(&mut self, ready: Ready, now_ms: i64) -> String {
        self.bills.retain(|_, old| now_ms - old.until_ms < KEPT_MS);
        let token = self.ids.download_token();
        self.bills.insert(token.clone(), ready);
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_are_chinas() {
        let day = Span::day("2026-03-02").unwrap();
        assert_eq!(day.to_ms - day.from_ms, 86_400_000);
        assert!(day.has(1_772_416_800_000), "ten in the morning in Shanghai");
        assert_eq!(day.ready_ms, day.to_ms + READY_AFTER_MS);
        let month = Span::month("2026-02").unwrap();
        assert_eq!((month.to_ms - month.from_ms) / 86_400_000, 28);
        for bad in ["2026-3-2", "2026-02-30", "20260302", "2026-03"] {
            assert_eq!(Span::day(bad), None, "{bad}");
        }
        assert_eq!(Span::month("2026-13"), None);
    }

    #[test]
    fn the_fee_is_six_per_mille_to_the_fen() {
        for (amount, kept) in [(1250, 8), (1, 0), (83, 0), (84, 1), (100_000, 600)] {
            assert_eq!(fee(Fen::new(amount)), Fen::new(kept), "{amount}");
        }
    }
}
