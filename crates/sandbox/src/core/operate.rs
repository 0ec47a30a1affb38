//! What a test or a person behind the sandbox can do: look, count, set switches, settle.

use super::callback::CallbackView;
use super::counters::Counters;
use super::fault::{FaultRule, RefundEnd, StandingFault};
use super::keys::{CallbackKey, KeyRing};
use super::platform::Platform;
use super::view::{RefundView, TradeView};

/// Why an operation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperateError {
    /// No order has that number.
    #[error("no order has that number")]
    NoSuchTrade,
    /// Two merchants have an order with that number: name the merchant too.
    #[error("several merchants have an order with that number; name the merchant")]
    Ambiguous,
    /// No refund with that number is in progress.
    #[error("no refund with that number is in progress")]
    NoSuchRefund,
    /// No switch has that number.
    #[error("no switch has that number")]
    NoSuchFault,
    /// The platform knows no such merchant.
    #[error("no such merchant")]
    NoSuchMerchant,
}

impl Platform {
    /// All orders, by merchant and number.
    #[must_use]
    pub fn trades(&self) -> Vec<TradeView> {
        let view = |trade: &super::trade::Trade| TradeView::of(trade, self.code_url(&trade.code.token));
        self.trades.values().map(view).collect()
    }

    /// All refunds, by order.
    #[must_use]
    pub fn refunds(&self) -> Vec<RefundView> {
        let of_trade = |trade| move |refund| RefundView::of(trade, refund);
        self.trades
            .values()
            .flat_map(|trade| trade.refunds.iter().map(of_trade(trade)))
            .collect()
    }

    /// The payment code of an order; `mchid` only where two merchants use one number.
    ///
    /// # Errors
    /// [`OperateError::NoSuchTrade`], [`OperateError::Ambiguous`].
    pub fn code_of_trade(&self, mchid: Option<&str>, out_trade_no: &str) -> Result<String, OperateError> {
        let same = self
            .trades
            .values()
            .filter(|trade| trade.key.out_trade_no == out_trade_no);
        let mut found = same.filter(|trade| mchid.is_none_or(|mchid| mchid == trade.key.mchid));
        match (found.next(), found.next()) {
            (Some(trade), None) => Ok(trade.code.token.clone()),
            (None, _) => Err(OperateError::NoSuchTrade),
            (Some(_), Some(_)) => Err(OperateError::Ambiguous),
        }
    }

    /// Sets a switch; its number.
    pub fn set_fault(&mut self, rule: FaultRule) -> u32 {
        self.faults.set(rule)
    }

    /// Clears one switch.
    ///
    /// # Errors
    /// [`OperateError::NoSuchFault`].
    pub fn clear_fault(&mut self, id: u32) -> Result<(), OperateError> {
        if self.faults.clear(Some(id)) {
            Ok(())
        } else {
            Err(OperateError::NoSuchFault)
        }
    }

    /// Clears all switches.
    pub fn clear_faults(&mut self) {
        self.faults.clear(None);
    }

    /// The switches that are set, with the times that are left.
    #[must_use]
    pub fn faults(&self) -> Vec<StandingFault> {
        self.faults.standing().to_vec()
    }

    /// How often each call came, and what came of it.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Callbacks still on their way and the latest finished ones.
    #[must_use]
    pub fn callbacks(&self) -> Vec<CallbackView> {
        self.callbacks.views()
    }

    /// Makes every waiting callback due now; how many.
    pub fn hurry_callbacks(&mut self, now_ms: i64) -> usize {
        self.callbacks.hurry(now_ms)
    }

    /// Makes and checks signatures with a time this far from the one the platform is given, so that its
    /// orders can be aged while merchants' clocks stay right.
    pub const fn set_signing_offset_ms(&mut self, offset_ms: i64) {
        self.signing_offset_ms = offset_ms;
    }

    /// How long refunds accepted from now on stay in progress.
    pub const fn set_refund_settle_ms(&mut self, delay_ms: u32) {
        self.config.refund_settle_ms = delay_ms;
    }

    /// Which key signs a merchant's callbacks from now on.
    ///
    /// # Errors
    /// [`OperateError::NoSuchMerchant`].
    pub fn set_callback_key(&mut self, mchid: &str, key: CallbackKey) -> Result<(), OperateError> {
        KeyRing::get()
            .merchant(mchid)
            .ok_or(OperateError::NoSuchMerchant)?;
        self.callback_keys.insert(mchid.to_owned(), key);
        Ok(())
    }

    /// Ends one refund now, `ends` as given or as it was going to. An ABNORMAL one can be ended again,
    /// as a merchant does by hand on the real platform.
    ///
    /// # Errors
    /// [`OperateError::NoSuchRefund`].
    pub fn settle_refund(
        &mut self,
        out_refund_no: &str,
        ends: Option<RefundEnd>,
        now_ms: i64,
    ) -> Result<(), OperateError> {
        let named = self
            .refunds
            .keys()
            .find(|(_, number)| number == out_refund_no)
            .cloned();
        let (mchid, _) = named.ok_or(OperateError::NoSuchRefund)?;
        if self.settle(&mchid, out_refund_no, ends, now_ms) {
            Ok(())
        } else {
            Err(OperateError::NoSuchRefund)
        }
    }

    /// Ends every refund that is in progress, and with `ends` given the ABNORMAL ones too; how many.
    pub fn settle_refunds(&mut self, ends: Option<RefundEnd>, now_ms: i64) -> usize {
        let all: Vec<(String, String)> = self.refunds.keys().cloned().collect();
        all.iter()
            .filter(|(mchid, number)| self.settle(mchid, number, ends, now_ms))
            .count()
    }
}
