//! What a test or a person behind the sandbox can do: look, count, set switches, settle.

use super::alipay::{AlipayKey, AlipayMode, AlipayRing, AlipayTrade};
use super::callback::CallbackView;
use super::counters::Counters;
use super::fault::{FaultRule, RefundEnd, StandingFault};
use super::keys::{AnswerKeys, CallbackKey, CertificateChange, KeyRing};
use super::name::PlatformName;
use super::platform::Platform;
use super::trade::TradeKey;
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
    /// All orders of both platforms, by merchant and number; Alipay's unscanned codes too.
    #[must_use]
    pub fn trades(&self) -> Vec<TradeView> {
        let wechat = self
            .trades
            .values()
            .map(|trade| TradeView::of(trade, self.code_url(&trade.code.token)));
        let alipay = self
            .alipay
            .trades
            .values()
            .map(|trade| TradeView::of_alipay(trade, self.alipay_code_url(&trade.token)));
        let unscanned = self
            .alipay
            .offers
            .iter()
            .filter(|(_, offer)| !self.alipay.trades.contains_key(&offer.key))
            .map(|(token, offer)| TradeView::of_offer(offer, self.alipay_code_url(token)));
        wechat.chain(alipay).chain(unscanned).collect()
    }

    /// All refunds, by order.
    #[must_use]
    pub fn refunds(&self) -> Vec<RefundView> {
        let of_trade = |trade| move |refund| RefundView::of(trade, refund);
        let wechat = self
            .trades
            .values()
            .flat_map(|trade| trade.refunds.iter().map(of_trade(trade)));
        let of_alipay = |trade| move |part| RefundView::of_alipay(trade, part);
        let alipay = self
            .alipay
            .trades
            .values()
            .flat_map(|trade: &AlipayTrade| trade.refunds.iter().map(of_alipay(trade)));
        wechat.chain(alipay).collect()
    }

    /// The token in the code of an order; `mchid` only where two merchants use one number. Of several codes of
    /// Alipay for one number it is the one that was scanned, else the latest.
    ///
    /// # Errors
    /// [`OperateError::NoSuchTrade`], [`OperateError::Ambiguous`].
    pub fn code_of_trade(&self, mchid: Option<&str>, out_trade_no: &str) -> Result<String, OperateError> {
        let fits =
            |key: &TradeKey| key.out_trade_no == out_trade_no && mchid.is_none_or(|mchid| mchid == key.mchid);
        let wechat = self
            .trades
            .values()
            .filter(|trade| fits(&trade.key))
            .map(|trade| trade.code.token.clone());
        let scanned = self
            .alipay
            .trades
            .values()
            .filter(|trade| fits(&trade.key))
            .map(|trade| trade.token.clone());
        let offered = self
            .alipay
            .latest
            .iter()
            .filter(|(key, _)| fits(key) && !self.alipay.trades.contains_key(key))
            .map(|(_, token)| token.clone());
        let mut found = wechat.chain(scanned).chain(offered);
        match (found.next(), found.next()) {
            (Some(token), None) => Ok(token),
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

    /// How often each call came, and what came of it, at both platforms together.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
            .values()
            .fold(Counters::default(), |sum, counters| sum.plus(counters))
    }

    /// The same at one platform.
    #[must_use]
    pub fn counters_of(&self, platform: PlatformName) -> Counters {
        self.counters.get(&platform).cloned().unwrap_or_default()
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

    /// How long after a refund of an order of WeChat Pay the next one is taken from now on.
    pub const fn set_refund_gap_ms(&mut self, gap_ms: u32) {
        self.config.refund_gap_ms = gap_ms;
    }

    /// How long trades of Alipay paid from now on can be refunded.
    pub const fn set_alipay_finish_ms(&mut self, after_ms: i64) {
        self.config.alipay_finish_ms = after_ms;
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

    /// Which kinds of answer a merchant of WeChat Pay may ask for from now on.
    ///
    /// # Errors
    /// [`OperateError::NoSuchMerchant`].
    pub fn set_answer_keys(&mut self, mchid: &str, keys: AnswerKeys) -> Result<(), OperateError> {
        KeyRing::get()
            .merchant(mchid)
            .ok_or(OperateError::NoSuchMerchant)?;
        self.answer_keys.insert(mchid.to_owned(), keys);
        Ok(())
    }

    /// How far the change of a merchant's platform certificate has come from now on.
    ///
    /// # Errors
    /// [`OperateError::NoSuchMerchant`].
    pub fn set_certificate_change(
        &mut self,
        mchid: &str,
        change: CertificateChange,
    ) -> Result<(), OperateError> {
        KeyRing::get()
            .merchant(mchid)
            .ok_or(OperateError::NoSuchMerchant)?;
        self.certificate_changes.insert(mchid.to_owned(), change);
        Ok(())
    }

    /// Whether an app of Alipay may call without naming its certificates from now on.
    ///
    /// # Errors
    /// [`OperateError::NoSuchMerchant`].
    pub fn set_alipay_mode(&mut self, app_id: &str, mode: AlipayMode) -> Result<(), OperateError> {
        AlipayRing::get()
            .app(app_id)
            .ok_or(OperateError::NoSuchMerchant)?;
        self.alipay.modes.insert(app_id.to_owned(), mode);
        Ok(())
    }

    /// Which key Alipay signs with for an app from now on.
    ///
    /// # Errors
    /// [`OperateError::NoSuchMerchant`].
    pub fn set_alipay_key(&mut self, app_id: &str, key: AlipayKey) -> Result<(), OperateError> {
        AlipayRing::get()
            .app(app_id)
            .ok_or(OperateError::NoSuchMerchant)?;
        self.alipay.keys.insert(app_id.to_owned(), key);
        Ok(())
    }

    /// Ends a paid trade of Alipay's time for refunds now: it is TRADE_FINISHED.
    ///
    /// # Errors
    /// [`OperateError::NoSuchTrade`] when no paid trade of Alipay has that number, [`OperateError::Ambiguous`].
    pub fn finish_alipay(
        &mut self,
        app_id: Option<&str>,
        out_trade_no: &str,
        now_ms: i64,
    ) -> Result<(), OperateError> {
        self.catch_up(now_ms);
        let fits = |trade: &&AlipayTrade| {
            trade.key.out_trade_no == out_trade_no && app_id.is_none_or(|id| id == trade.key.mchid)
        };
        let mut found = self.alipay.trades.values().filter(fits);
        let key = match (found.next(), found.next()) {
            (Some(trade), None) if trade.paid.is_some() => trade.key.clone(),
            (_, None) => return Err(OperateError::NoSuchTrade),
            (_, Some(_)) => return Err(OperateError::Ambiguous),
        };
        self.alipay_finish(&key, now_ms);
        Ok(())
    }

    /// Ends one refund now, `ends` as given or as it was going to. An ABNORMAL one of WeChat Pay can be ended
    /// again, as a merchant does by hand on the real platform.
    ///
    /// # Errors
    /// [`OperateError::NoSuchRefund`].
    pub fn settle_refund(
        &mut self,
        out_refund_no: &str,
        ends: Option<RefundEnd>,
        now_ms: i64,
    ) -> Result<(), OperateError> {
        let wechat = self
            .refunds
            .keys()
            .find(|(_, number)| number == out_refund_no)
            .cloned();
        let settled = match wechat {
            Some((mchid, _)) => self.settle(&mchid, out_refund_no, ends, now_ms),
            None => {
                let key = self
                    .alipay
                    .trades
                    .values()
                    .find(|trade| trade.refund(out_refund_no).is_some())
                    .map(|trade| trade.key.clone());
                key.is_some_and(|key| self.settle_alipay(&key, out_refund_no, ends, now_ms))
            }
        };
        if settled {
            Ok(())
        } else {
            Err(OperateError::NoSuchRefund)
        }
    }

    /// Ends every refund that is in progress, and with `ends` given WeChat Pay's ABNORMAL ones too; how many.
    pub fn settle_refunds(&mut self, ends: Option<RefundEnd>, now_ms: i64) -> usize {
        let wechat: Vec<(String, String)> = self.refunds.keys().cloned().collect();
        let alipay: Vec<(TradeKey, String)> = self
            .alipay
            .trades
            .values()
            .flat_map(|trade| {
                let numbers = trade.refunds.iter().map(|part| part.out_request_no.clone());
                numbers.map(|number| (trade.key.clone(), number))
            })
            .collect();
        let of_wechat = wechat
            .iter()
            .filter(|(mchid, number)| self.settle(mchid, number, ends, now_ms))
            .count();
        let of_alipay = alipay
            .iter()
            .filter(|(key, number)| self.settle_alipay(key, number, ends, now_ms))
            .count();
        of_wechat + of_alipay
    }
}
