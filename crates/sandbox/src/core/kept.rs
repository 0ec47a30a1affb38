//! The platforms' orders as text, so that a stand-in that ends and starts again still knows what it was asked.
//!
//! Kept are the orders with their codes, payments and refunds, and where the numbers stand. Not kept are
//! notices under way, payment codes, switches and counters: a merchant that hears nothing asks.

use serde::{Deserialize, Serialize};

use super::agenda::Due;
use super::alipay::{AlipayTrade, Offer};
use super::fault::RefundEnd;
use super::ids::Ids;
use super::name::PlatformName;
use super::platform::Platform;
use super::refunds::due;
use super::trade::{RefundStatus, Trade, TradeKey};

#[derive(Serialize)]
struct Keeping<'a> {
    numbers_at: u64,
    trades: Vec<&'a Trade>,
    codes: Vec<(&'a String, &'a TradeKey)>,
    offers: Vec<(&'a String, &'a Offer)>,
    alipay_trades: Vec<&'a AlipayTrade>,
}

#[derive(Deserialize)]
struct Kept {
    numbers_at: u64,
    trades: Vec<Trade>,
    codes: Vec<(String, TradeKey)>,
    #[serde(default)]
    offers: Vec<(String, Offer)>,
    #[serde(default)]
    alipay_trades: Vec<AlipayTrade>,
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
            offers: self.alipay.offers.iter().collect(),
            alipay_trades: self.alipay.trades.values().collect(),
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
        for (token, offer) in kept.offers {
            let latest = self.alipay.latest.get(&offer.key);
            let later = latest.and_then(|token| self.alipay.offers.get(token));
            if later.is_none_or(|other| other.made_at_ms <= offer.made_at_ms) {
                self.alipay.latest.insert(offer.key.clone(), token.clone());
            }
            self.alipay.offers.insert(token, offer);
        }
        for trade in kept.alipay_trades {
            self.index_alipay(trade);
        }
        Ok(())
    }

    fn index_alipay(&mut self, trade: AlipayTrade) {
        let key = trade.key.clone();
        let (platform, due) = (PlatformName::Alipay, key.clone());
        match (trade.paid, trade.arriving) {
            (Some(paid), _) => {
                let at_ms = paid.at_ms.saturating_add(self.config.alipay_finish_ms);
                self.agenda.plan(at_ms, Due::AlipayFinish { key: due });
            }
            (None, Some(arriving)) => {
                self.agenda
                    .plan(arriving.at_ms, Due::Payment { platform, key: due });
            }
            (None, None) => self
                .agenda
                .plan(trade.pay_until_ms, Due::AlipayClose { key: due }),
        }
        self.alipay.numbers.insert(trade.trade_no.clone(), key.clone());
        self.alipay.tokens.insert(trade.token.clone(), key.clone());
        self.alipay.trades.insert(key, trade);
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
                self.agenda.plan(at_ms, due(&trade.key.mchid, &number));
            }
        }
        if let (None, Some(arriving)) = (&trade.payment, trade.arriving) {
            let key = trade.key.clone();
            let platform = PlatformName::Wechat;
            self.agenda.plan(arriving.at_ms, Due::Payment { platform, key });
        }
    }
}
