//! The clock of the service: the one place of the centre that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

/// UTC milliseconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the centre that reads the clock; everything else takes time as an argument"
)]
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
