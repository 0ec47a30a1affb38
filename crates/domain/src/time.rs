//! Business days and hours of a shop, from UTC milliseconds and the shop's own zone.
//!
//! The zone of the operating system is never asked. Which day a money fact belongs to is decided once,
//! when the till learns it.

use std::fmt;

use chrono::{DateTime, Datelike, Duration, NaiveDate, TimeZone, Timelike};
use chrono_tz::Tz;

/// A business day, shown as `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDay(NaiveDate);

impl BusinessDay {
    /// The day of that text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self)
    }

    /// Month and day of the month.
    #[must_use]
    pub fn month_day(self) -> (u32, u32) {
        (self.0.month(), self.0.day())
    }

    /// That many days later (negative: earlier).
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.checked_add_signed(Duration::days(days)).unwrap_or(self.0))
    }
}

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// A shop's clock: its zone and when its day turns.
#[derive(Clone, Copy, Debug)]
pub struct ShopTime {
    zone: Tz,
    cutoff_minutes: u16,
}

/// The zone of a shop that has not chosen one.
pub const DEFAULT_ZONE: &str = "Asia/Shanghai";

impl ShopTime {
    /// A shop in `zone` (IANA name) whose day turns `cutoff_minutes` after midnight; nothing when the
    /// zone is not known.
    #[must_use]
    pub fn try_new(zone: &str, cutoff_minutes: u16) -> Option<Self> {
        zone.parse().ok().map(|zone| Self { zone, cutoff_minutes })
    }

    /// A shop in China whose day turns at midnight.
    #[must_use]
    pub const fn china() -> Self {
        Self {
            zone: Tz::Asia__Shanghai,
            cutoff_minutes: 0,
        }
    }

    fn local(&self, at_ms: i64) -> DateTime<Tz> {
        let utc = DateTime::from_timestamp_millis(at_ms).unwrap_or(DateTime::UNIX_EPOCH);
        self.zone.from_utc_datetime(&utc.naive_utc())
    }

    /// The business day of a moment.
    #[must_use]
    pub fn business_day(&self, at_ms: i64) -> BusinessDay {
        let local = self.local(at_ms).naive_local() - Duration::minutes(i64::from(self.cutoff_minutes));
        BusinessDay(local.date())
    }

    /// The hour on the shop's wall, 0 to 23.
    #[must_use]
    pub fn hour(&self, at_ms: i64) -> u8 {
        u8::try_from(self.local(at_ms).hour()).unwrap_or(0)
    }

    /// The shop's wall clock as `2026-11-21 14:36:05`.
    #[must_use]
    pub fn wall(&self, at_ms: i64) -> String {
        self.local(at_ms).format("%Y-%m-%d %H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T18:30:00Z, which is 02:30 of the 22nd in Shanghai.
    const LATE: i64 = 1_795_285_800_000;

    #[test]
    fn the_day_turns_at_the_cutoff_in_the_shops_zone() {
        assert_eq!(ShopTime::china().business_day(LATE).to_string(), "2026-11-22");
        let until_four = ShopTime::try_new("Asia/Shanghai", 240).unwrap();
        assert_eq!(until_four.business_day(LATE).to_string(), "2026-11-21");
        assert_eq!(until_four.hour(LATE), 2);
        assert_eq!(until_four.wall(LATE), "2026-11-22 02:30:00");
        let urumqi = ShopTime::try_new("Asia/Urumqi", 0).unwrap();
        assert_eq!(urumqi.hour(LATE), 0);
        assert!(ShopTime::try_new("Mars/Olympus", 0).is_none());
    }

    #[test]
    fn a_week_before_is_the_same_weekday() {
        let day = BusinessDay::parse("2026-03-03").unwrap();
        assert_eq!(day.plus_days(-7).to_string(), "2026-02-24");
    }
}
