//! What an operator may set, with the values that are used otherwise.

use suanpan_domain::trade::Way;

/// Settings of a centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a code can be paid, milliseconds; see [`CODE_LIFE_MS_MIN`].
    pub code_life_ms: i64,
    /// How long an order of the existing contract can be paid, milliseconds.
    pub caller_order_life_ms: i64,
    /// How long money that came late waits for a person before it goes back by itself, milliseconds.
    pub late_delay_ms: i64,
    /// Requests of one till, or one caller, within ten seconds; more are told to wait.
    pub till_requests_max: u32,
    /// Address of this centre as platforms reach it, for merchant accounts that name no other.
    pub public_url: String,
}

/// A code lives five minutes: a customer has the phone out by then, and a dead code is renewed by one key.
pub const CODE_LIFE_MS_DEFAULT: i64 = 300_000;
/// How long a customer whose payment code was taken may take over the password, before the payment is reversed:
/// both platforms advise to ask for about a minute.
pub const PAYMENT_CODE_WAIT_MS: i64 = 60_000;
/// The platforms refuse a life of less than a minute when a request for a code reaches them: the least, the second that
/// is rounded off, and what a call may take.
pub const CODE_LIFE_MS_MIN: i64 = 75_000;
/// Fifteen minutes: the family's order services cancel an unpaid order after as long.
pub const CALLER_ORDER_LIFE_MS_DEFAULT: i64 = 900_000;
/// Time to find the customer, still well within a visit to the shop.
pub const LATE_DELAY_MS_DEFAULT: i64 = 600_000;
/// Automatic refunds per merchant and hour: a shop sees a few a day; more is a fault of ours.
pub const REFUNDS_PER_HOUR_MAX_DEFAULT: i64 = 30;
/// Their sum per hour, 5 000 yuan: what a fault of ours may cost before a person has looked.
pub const REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT: i64 = 500_000;

/// Requests of one till or caller within ten seconds: a till asks a few times a second, also while it refills a restored
/// centre by the hundred entries, and a business system of many stores some ten times.
pub const TILL_REQUESTS_MAX_DEFAULT: u32 = 1_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            code_life_ms: CODE_LIFE_MS_DEFAULT,
            caller_order_life_ms: CALLER_ORDER_LIFE_MS_DEFAULT,
            late_delay_ms: LATE_DELAY_MS_DEFAULT,
            till_requests_max: TILL_REQUESTS_MAX_DEFAULT,
            public_url: String::new(),
        }
    }
}

impl Settings {
    /// How long an attempt can be paid.
    #[must_use]
    pub const fn life_ms(&self, way: Way) -> i64 {
        match way {
            Way::Shown => self.code_life_ms,
            Way::Taken => PAYMENT_CODE_WAIT_MS,
        }
    }
}
