//! Times as the platforms write them: whole seconds on China's wall clock. Nothing here reads a clock.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat};

/// China's offset from UTC, which the platforms write times in.
const CHINA_OFFSET_S: i32 = 8 * 3600;

/// 9999-12-31T15:59:59Z: the last moment a four-digit year at +08:00 can show.
const MS_MAX: i64 = 253_402_271_999_000;

/// `2018-06-08 10:34:56`.
const PLAIN: &str = "%Y-%m-%d %H:%M:%S";

/// RFC 3339 in whole seconds at +08:00, rounded down so that a code never outlives its deadline.
pub(crate) fn china_rfc3339(ms: i64) -> String {
    china(ms).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// `2018-06-08 10:34:56` on China's wall clock, rounded down.
pub(crate) fn china_plain(ms: i64) -> String {
    china(ms).format(PLAIN).to_string()
}

/// Reads `2018-06-08 10:34:56` as a moment on China's wall clock.
pub(crate) fn read_china_plain(text: &str) -> Option<i64> {
    let wall = NaiveDateTime::parse_from_str(text, PLAIN).ok()?;
    Some(wall.and_utc().timestamp_millis() - i64::from(CHINA_OFFSET_S) * 1000)
}

/// Reads RFC 3339.
pub(crate) fn read_rfc3339(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.timestamp_millis())
}

/// The day it is in China.
pub(crate) fn china_day(ms: i64) -> NaiveDate {
    china(ms).date_naive()
}

fn china(ms: i64) -> DateTime<FixedOffset> {
    let offset = FixedOffset::east_opt(CHINA_OFFSET_S).expect("eight hours is a valid offset");
    DateTime::from_timestamp_millis(ms.clamp(0, MS_MAX))
        .expect("clamped into the years 1970 to 9999")
        .with_timezone(&offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_china_rounded_down_and_never_fail() {
        assert_eq!(china_rfc3339(1_528_425_296_999), "2018-06-08T10:34:56+08:00");
        assert_eq!(china_rfc3339(i64::MIN), "1970-01-01T08:00:00+08:00");
        assert_eq!(china_rfc3339(i64::MAX), "9999-12-31T23:59:59+08:00");
        assert_eq!(china_plain(1_528_425_296_999), "2018-06-08 10:34:56");
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(read_china_plain("2018-06-08 10:34:56"), Some(1_528_425_296_000));
        assert_eq!(read_rfc3339("2018-06-08T10:34:56+08:00"), Some(1_528_425_296_000));
        for bad in ["", "2018-06-08", "2018-06-08T10:34:56", "2018-13-08 10:34:56"] {
            assert_eq!(read_china_plain(bad), None, "{bad}");
        }
    }
}
