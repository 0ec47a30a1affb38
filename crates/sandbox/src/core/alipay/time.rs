//! Times as Alipay writes them: `2026-03-02 10:00:00`, in China's zone.

use chrono::{DateTime, FixedOffset, NaiveDateTime};

/// China has one zone without summer time.
const CHINA_OFFSET_S: i32 = 8 * 3_600;

/// The moment in China's zone.
pub(crate) fn china(at_ms: i64) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(CHINA_OFFSET_S).expect("eight hours are a valid offset");
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or(DateTime::UNIX_EPOCH);
    at.with_timezone(&zone)
}

/// `2026-03-02 10:00:00`.
pub(crate) fn stamp(at_ms: i64) -> String {
    china(at_ms).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The moment of a stamp, ms UTC.
pub(crate) fn parse_stamp(text: &str) -> Option<i64> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    let zone = FixedOffset::east_opt(CHINA_OFFSET_S)?;
    let at = local.and_local_timezone(zone).single()?;
    // The library is lenient about leading zeros and signs; the platform is not.
    (stamp(at.timestamp_millis()) == text).then(|| at.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_as_they_are_written() {
        assert_eq!(stamp(1_772_416_800_000), "2026-03-02 10:00:00");
        assert_eq!(parse_stamp("2026-03-02 10:00:00"), Some(1_772_416_800_000));
        for bad in [
            "2026-3-2 10:00:00",
            "2026-03-02T10:00:00",
            "2026-02-30 10:00:00",
            "",
        ] {
            assert_eq!(parse_stamp(bad), None, "{bad}");
        }
    }
}
