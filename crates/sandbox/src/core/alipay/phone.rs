//! The customer's phone at Alipay: looking at a code, scanning it, paying, coming too late.

use super::keys::AlipayRing;
use super::trade::{AlipayTrade, Paid, TradeStatus};
use crate::core::agenda::Due;
use crate::core::board::Subject;
use crate::core::name::PlatformName;
use crate::core::phone::{PhoneError, PhoneState, PhoneView, amounts, lateness_ms};
use crate::core::platform::Platform;
use crate::core::trade::{Arriving, TradeKey};

impl Platform {
    /// A code or a trade as the phone shows it.
    pub(crate) fn alipay_view(&self, token: &str, now_ms: i64) -> Result<PhoneView, PhoneError> {
        let key = self.alipay.key_of(token).ok_or(PhoneError::UnknownCode)?;
        let trade = self.alipay.trades.get(&key);
        let offer = self.alipay.offers.get(token);
        let asked = trade
            .map(|trade| &trade.asked)
            .or_else(|| offer.map(|offer| &offer.asked))
            .ok_or(PhoneError::UnknownCode)?;
        let app = AlipayRing::get().app(&key.mchid);
        let over = offer.is_some_and(|offer| now_ms >= offer.ends_at_ms);
        Ok(PhoneView {
            platform: PlatformName::Alipay,
            merchant: app.map(|app| app.app.name.clone()).unwrap_or_default(),
            description: asked.subject.clone(),
            out_trade_no: key.out_trade_no.clone(),
            total: asked.total,
            token: token.to_owned(),
            paid_at_ms: trade.and_then(|trade| trade.paid).map(|paid| paid.at_ms),
            state: match trade {
                Some(trade) => phone_state(trade),
                None if over => PhoneState::Expired,
                None => PhoneState::Payable,
            },
        })
    }

    /// Scans a code; what is scanned already stays as it is.
    pub(crate) fn alipay_scan(&mut self, token: &str, now_ms: i64) {
        self.alipay_scan_offer(token, false, now_ms);
    }

    /// The customer has begun to pay, or goes back. A charged code comes to nothing when they go back.
    pub(crate) fn alipay_paying(&mut self, key: &TradeKey, paying: bool, now_ms: i64) {
        if let Some(trade) = self.alipay.trades.get_mut(key) {
            let refused = !paying && trade.by_code;
            trade.paying = paying;
            if refused {
                trade.closed_at_ms = Some(now_ms);
            }
        }
    }

    /// The customer's side is done: the money is there, or on its way.
    pub(crate) fn alipay_pay(&mut self, key: &TradeKey, now_ms: i64) {
        let subject = Subject::of(PlatformName::Alipay, key);
        let effects = self
            .faults
            .take(subject, |fault| fault.payment().filter(|e| e.is_about_money()));
        let Some(trade) = self.alipay.trades.get_mut(key) else {
            return;
        };
        let (total, payer_total) = amounts(trade.asked.total, &effects);
        let at_ms = now_ms + lateness_ms(&effects);
        trade.arriving = Some(Arriving {
            at_ms,
            total,
            payer_total,
        });
        if at_ms > now_ms {
            let due = Due::Payment {
                platform: PlatformName::Alipay,
                key: key.clone(),
            };
            self.agenda.plan(at_ms, due);
        } else {
            self.alipay_money_arrives(key, now_ms);
        }
    }

    /// The customer pays though the trade is closed or the code is over.
    pub(crate) fn alipay_pay_late(&mut self, token: &str, now_ms: i64) {
        self.alipay_scan_offer(token, true, now_ms);
        if let Some(key) = self.alipay.key_of(token) {
            self.alipay_pay(&key, now_ms);
        }
    }

    /// Marks a trade paid and tells its merchant.
    pub(crate) fn alipay_money_arrives(&mut self, key: &TradeKey, now_ms: i64) {
        let Some(trade) = self.alipay.trades.get_mut(key) else {
            return;
        };
        let Some(Arriving {
            total, payer_total, ..
        }) = trade.arriving.take()
        else {
            return;
        };
        trade.paid = Some(Paid {
            at_ms: now_ms,
            total,
            payer_total,
        });
        trade.paying = false;
        let finish_at_ms = now_ms + self.config.alipay_finish_ms;
        self.agenda.strike(&Due::AlipayClose { key: key.clone() });
        self.agenda
            .plan(finish_at_ms, Due::AlipayFinish { key: key.clone() });
        self.counters_at(PlatformName::Alipay).orders_paid += 1;
        self.alipay_notify_trade(key, now_ms);
    }
}

fn phone_state(trade: &AlipayTrade) -> PhoneState {
    if trade.paid.is_none() && trade.arriving.is_some() {
        return PhoneState::Arriving;
    }
    match trade.status() {
        TradeStatus::Success | TradeStatus::Finished => PhoneState::Paid,
        TradeStatus::Closed if trade.paid.is_some() => PhoneState::Paid,
        TradeStatus::Closed if trade.payable_though_closed => PhoneState::Payable,
        TradeStatus::Closed => PhoneState::Closed,
        TradeStatus::WaitBuyerPay if trade.paying => PhoneState::Paying,
        TradeStatus::WaitBuyerPay => PhoneState::Payable,
    }
}
