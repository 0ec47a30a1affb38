//! How long a call to a platform may take, how many may be under way, and when a platform that does not answer is left
//! alone: what is used when nobody says anything, and the bounds of what may be said.

use suanpan_channels::BreakerPolicy;

use crate::rows::lease::LEASE_MS;

/// The limits of calls to platforms. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Longest time of a question: it can be asked again, and a customer may be waiting for its answer.
    pub question_ms: u64,
    /// Longest time of a call that changes something.
    pub change_ms: u64,
    /// Longest time of a charge by payment code: the platforms' own advice is ten seconds.
    pub charge_ms: u64,
    /// Longest time to a connection.
    pub connect_ms: u64,
    /// Calls at once: what a platform that answers in a second needs for 32 new codes a second.
    pub at_once: usize,
    /// Calls at once for one merchant: half of all, so that one whose platform hangs leaves room for the others.
    pub per_merchant: usize,
    /// When a merchant's platform is left alone, and for how long.
    pub breaker: BreakerPolicy,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            question_ms: 5_000,
            change_ms: 8_000,
            charge_ms: 10_000,
            connect_ms: 3_000,
            at_once: 32,
            per_merchant: 16,
            breaker: BreakerPolicy::default(),
        }
    }
}

/// Longest wait for a place; with the longest call after it a row's lease still holds.
pub const PLACE_MS_MAX: u64 = 8_000;
/// The longest time that any call may be given, in seconds: the claim on its row has to outlive it.
pub const CALL_SECONDS_MAX: i64 = 20;
/// A charge that is cut off sooner would be reversed while the customer takes over the password.
pub const CHARGE_SECONDS_MIN: i64 = 5;
/// A connection that has not come by then does not come.
pub const CONNECT_SECONDS_MAX: i64 = 10;
/// Sockets of one process that no system refuses.
pub const AT_ONCE_MAX: i64 = 512;
/// One failure opens nothing: a lost packet is no platform that is away. More than fifty protect nobody.
pub const BREAKER_FAILURES: (i64, i64) = (2, 50);
/// A shop notices a platform that is back only after the pause.
pub const BREAKER_PAUSE_SECONDS_MAX: i64 = 300;

/// The wait for a place and the longest call end before the claim does, with room for the commit.
const _: () = assert!((PLACE_MS_MAX as i64) + CALL_SECONDS_MAX * 1_000 + 2_000 <= LEASE_MS);
