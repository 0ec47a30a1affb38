//! The platform's orders as text, so that a stand-in that ends and starts again still knows what it was asked.
//!
//! Kept are the orders with their codes, payments and refunds, and where the numbers stand. Not kept are
//! notices under way, switches and counters: a merchant that hears nothing asks.

use serde::{Deserialize, Serialize};

use super::fault::RefundEnd;
use super::ids::Ids;
use super::platform::Platform;
use super::trade::{RefundStatus, Trade, TradeKey};

#[derive(Serialize)]
struct Keeping<'a> {
    numbers_at: u64,
    trades: Vec<&'a Trade>,
    codes: Vec<(&'a String, &'a TradeKey)>,
}

#[derive(Deserialize)]
struct Kept {
    numbers_at: u64,
    trades: Vec<Trade>,
    codes: Vec<(String, TradeKey)>,
}

impl Platform {
    /// The orders as text for [`Self::recall`]. The same orders give the same text.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn kept(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Keeping {
            numbers_at: self.ids.state(),
            trades: self.trades.values().collect(),
            codes: self.codes.iter().collect(),
        })
    }

    /// Takes up the orders of a text that [`Self::kept`] gave.
    ///
    /// # Errors
    /// When the text is none of these; nothing was changed then.
    pub fn recall(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let kept: Kept = serde_json::from_str(text)?;
        self.ids = Ids::new(kept.numbers_at);
        self.codes.extend(kept.codes);
        for trade in kept.trades {
            self.index(&trade);
            self.trades.insert(trade.key.clone(), trade);
        }
        Ok(())
    }

    fn index(&mut self, trade: &Trade) {
        if let Some(payment) = &trade.payment {
            self.transactions
                .insert(payment.transaction_id.clone(), trade.key.clone());
        }
        let settle_ms = i64::from(self.config.refund_settle_ms);
        for refund in &trade.refunds {
            let number = refund.out_refund_no.clone();
            self.refunds
                .insert((trade.key.mchid.clone(), number.clone()), trade.key.clone());
            if refund.status == RefundStatus::Processing && refund.ends != RefundEnd::Held {
                let at_ms = refund.created_at_ms.saturating_add(settle_ms);
                self.settling.insert((at_ms, trade.key.mchid.clone(), number));
            }
        }
    }
}
