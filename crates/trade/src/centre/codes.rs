//! Payment codes between the request that brought one and the one call that carries it: in memory, and nowhere
//! else.
//!
//! A code charges a customer for a minute. It is handed out once and forgotten; a crash before that loses it, and
//! its trade then ends as never sent.

use std::collections::BTreeMap;

use suanpan_domain::payment_code::PaymentCode;

/// Codes that wait at most: those of every till of a large chain, all within one second.
const CODES_MAX: usize = 1_024;

/// Codes by the number of their trade.
#[derive(Debug, Default)]
pub struct Codes(BTreeMap<i64, PaymentCode>);

impl Codes {
    /// Keeps a code for the call of its trade. Where too many wait, the oldest trade's goes: it ends as never
    /// sent, and nobody is charged.
    pub fn put(&mut self, trade_no: i64, code: PaymentCode) {
        self.0.insert(trade_no, code);
        while self.0.len() > CODES_MAX {
            self.0.pop_first();
        }
    }

    /// Hands a trade's code out, once.
    pub fn take(&mut self, trade_no: i64) -> Option<PaymentCode> {
        self.0.remove(&trade_no)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> PaymentCode {
        PaymentCode::try_new("281234567890123456").unwrap()
    }

    #[test]
    fn a_code_is_handed_out_once() {
        let mut codes = Codes::default();
        codes.put(7, code());
        assert!(codes.take(7).is_some());
        assert!(codes.take(7).is_none());
    }

    #[test]
    fn codes_that_nobody_sends_do_not_pile_up() {
        let mut codes = Codes::default();
        for trade_no in 0..2_000 {
            codes.put(trade_no, code());
        }
        assert!(codes.take(0).is_none());
        assert!(codes.take(1_999).is_some());
        assert!(!format!("{codes:?}").contains("2812"));
    }
}
