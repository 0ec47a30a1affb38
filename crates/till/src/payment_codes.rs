//! Payment codes between the scan and the centre's answer: in memory, and nowhere else.
//!
//! A code charges a customer for a minute. Where the answer is lost the same request goes out again with the same
//! code, and the centre sends it to the platform once. One that has grown old is forgotten: where the centre never
//! heard of the attempt, it then shows a code to scan instead, under the same key.
//!
//! An order has one at most: nothing else of it is being collected meanwhile.

use std::collections::BTreeMap;

use suanpan_domain::payment_code::PaymentCode;

/// How long a platform accepts a code after the phone has drawn it.
const LIFE_MS: i64 = 60_000;

#[derive(Debug)]
struct Held {
    code: PaymentCode,
    until_ms: i64,
}

/// Codes by the id of their order.
#[derive(Debug, Default)]
pub struct PaymentCodes(BTreeMap<String, Held>);

impl PaymentCodes {
    /// Holds a code for an order's charge; a newer one takes its place.
    pub fn hold(&mut self, order_id: String, code: PaymentCode, now_ms: i64) {
        let until_ms = now_ms + LIFE_MS;
        self.0.insert(order_id, Held { code, until_ms });
    }

    /// The code of an order's charge, while it is any good. Old ones are forgotten.
    pub fn of(&mut self, order_id: &str, now_ms: i64) -> Option<PaymentCode> {
        self.0.retain(|_, held| held.until_ms > now_ms);
        self.0.get(order_id).map(|held| held.code.clone())
    }

    /// The centre knows the charge: its code has done its part.
    pub fn forget(&mut self, order_id: &str) {
        self.0.remove(order_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> PaymentCodes {
        let mut codes = PaymentCodes::default();
        let code = PaymentCode::try_new("281234567890123456").unwrap();
        codes.hold("7".into(), code, 1_000);
        codes
    }

    #[test]
    fn a_code_is_there_for_every_sending_until_it_is_answered() {
        let mut codes = held();
        assert!(codes.of("7", 2_000).is_some());
        assert!(codes.of("7", 3_000).is_some());
        codes.forget("7");
        assert!(codes.of("7", 3_000).is_none());
    }

    #[test]
    fn a_code_that_grew_old_is_forgotten_and_none_is_printed() {
        let mut codes = held();
        assert!(!format!("{codes:?}").contains("2812"));
        assert!(codes.of("7", 61_000).is_none());
        assert!(codes.of("7", 2_000).is_none(), "it was forgotten for good");
    }
}
