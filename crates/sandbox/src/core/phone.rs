//! What the customer's phone does: opens a code, starts paying, confirms, refuses, pays late.
//!
//! The code says whose it is. Alipay's part is in `alipay::phone`.

use suanpan_domain::money::Fen;

use super::agenda::Due;
use super::board::Subject;
use super::fault::PaymentEffect;
use super::keys::KeyRing;
use super::name::PlatformName;
use super::notices::Event;
use super::platform::Platform;
use super::trade::{Arriving, CODE_LIFE_MS, Payment, Trade, TradeKey, TradeKind, TradeState};
use super::wire;

/// What the phone shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneState {
    /// The customer can pay.
    Payable,
    /// The customer has begun to pay and not confirmed.
    Paying,
    /// Confirmed; the money is on its way.
    Arriving,
    /// Paid.
    Paid,
    /// The merchant closed the order.
    Closed,
    /// The order's or the code's time is over.
    Expired,
}

/// One order on the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneView {
    /// Whose code it is.
    pub platform: PlatformName,
    /// The merchant's name.
    pub merchant: String,
    /// What is being paid for.
    pub description: String,
    /// The merchant's number.
    pub out_trade_no: String,
    /// What is to be paid, or was.
    pub total: Fen,
    /// The token in the code.
    pub token: String,
    /// When it was paid, ms UTC.
    pub paid_at_ms: Option<i64>,
    /// What the customer can do.
    pub state: PhoneState,
}

/// Why the phone cannot do that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// The platform made no such code.
    #[error("no such payment code")]
    UnknownCode,
    /// The order cannot be paid, for the reason in the state.
    #[error("the order cannot be paid: {0:?}")]
    NotPayable(PhoneState),
}

impl Platform {
    /// Opens a code: its whole address, or only the token in it. Looking alone scans nothing: an Alipay code
    /// stays unscanned.
    ///
    /// # Errors
    /// [`PhoneError::UnknownCode`].
    pub fn open_code(&self, code: &str, now_ms: i64) -> Result<PhoneView, PhoneError> {
        let token = token_in(code);
        if self.alipay.knows(token) {
            return self.alipay_view(token, now_ms);
        }
        let (token, trade) = self.scanned(code)?;
        let merchant = KeyRing::get()
            .merchant(&trade.key.mchid)
            .map(|m| m.merchant.name.clone());
        Ok(PhoneView {
            platform: PlatformName::Wechat,
            merchant: merchant.unwrap_or_default(),
            description: trade.description.clone(),
            out_trade_no: trade.key.out_trade_no.clone(),
            total: trade.total,
            token: token.to_owned(),
            paid_at_ms: trade.payment.as_ref().map(|payment| payment.paid_at_ms),
            state: phone_state(trade, token, now_ms),
        })
    }

    /// The phone scans a code. At WeChat Pay the order was there before; at Alipay it begins to exist now.
    ///
    /// # Errors
    /// [`PhoneError::UnknownCode`].
    pub fn scan(&mut self, code: &str, now_ms: i64) -> Result<PhoneView, PhoneError> {
        self.catch_up(now_ms);
        let token = token_in(code);
        if self.alipay.knows(token) {
            self.alipay_scan(token, now_ms);
        }
        self.open_code(code, now_ms)
    }

    /// The customer begins to pay: until confirmed or refused a query of WeChat Pay says USERPAYING and a close
    /// is answered with 202.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub fn start_paying(&mut self, code: &str, now_ms: i64) -> Result<(), PhoneError> {
        let (platform, key) = self.payable(code, now_ms)?;
        match platform {
            PlatformName::Wechat => {
                if let Some(trade) = self.trades.get_mut(&key) {
                    trade.paying = true;
                }
            }
            PlatformName::Alipay => self.alipay_paying(&key, true, now_ms),
        }
        Ok(())
    }

    /// The customer confirms: the order is paid and its callback queued.
    ///
    /// # Errors
    /// [`PhoneError`]; an order that is paid already is [`PhoneError::NotPayable`] and stays paid once.
    pub fn confirm(&mut self, code: &str, now_ms: i64) -> Result<(), PhoneError> {
        let (platform, key) = self.payable(code, now_ms)?;
        match platform {
            PlatformName::Wechat => self.pay(&key, now_ms),
            PlatformName::Alipay => self.alipay_pay(&key, now_ms),
        }
        Ok(())
    }

    /// The customer pays although the order is closed or its time is over, as when the money was under way at
    /// that moment. An order that is paid is not paid again.
    ///
    /// # Errors
    /// [`PhoneError::UnknownCode`]; [`PhoneError::NotPayable`] for an order that is paid.
    pub fn confirm_late(&mut self, code: &str, now_ms: i64) -> Result<(), PhoneError> {
        let view = self.scan(code, now_ms)?;
        match view.state {
            PhoneState::Payable | PhoneState::Paying => self.confirm(code, now_ms),
            state @ (PhoneState::Paid | PhoneState::Arriving) => Err(PhoneError::NotPayable(state)),
            PhoneState::Closed | PhoneState::Expired => {
                match view.platform {
                    PlatformName::Wechat => {
                        let key = self.scanned(code)?.1.key.clone();
                        self.pay(&key, now_ms);
                    }
                    PlatformName::Alipay => self.alipay_pay_late(token_in(code), now_ms),
                }
                Ok(())
            }
        }
    }

    /// The customer goes back without paying. The order stays open; a payment by the customer's code has come
    /// to nothing.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub fn refuse(&mut self, code: &str, now_ms: i64) -> Result<(), PhoneError> {
        let (platform, key) = self.payable(code, now_ms)?;
        match platform {
            PlatformName::Wechat => {
                if let Some(trade) = self.trades.get_mut(&key) {
                    trade.paying = false;
                    trade.declined = trade.kind == TradeKind::CodePay;
                }
            }
            PlatformName::Alipay => self.alipay_paying(&key, false, now_ms),
        }
        Ok(())
    }

    fn scanned<'a>(&'a self, code: &'a str) -> Result<(&'a str, &'a Trade), PhoneError> {
        let token = token_in(code);
        let trade = self.codes.get(token).and_then(|key| self.trades.get(key));
        Ok((token, trade.ok_or(PhoneError::UnknownCode)?))
    }

    fn payable(&mut self, code: &str, now_ms: i64) -> Result<(PlatformName, TradeKey), PhoneError> {
        let view = self.scan(code, now_ms)?;
        match view.state {
            PhoneState::Payable | PhoneState::Paying => {
                let key = match view.platform {
                    PlatformName::Wechat => self.scanned(code)?.1.key.clone(),
                    PlatformName::Alipay => self
                        .alipay
                        .key_of(token_in(code))
                        .ok_or(PhoneError::UnknownCode)?,
                };
                Ok((view.platform, key))
            }
            state @ (PhoneState::Arriving | PhoneState::Paid | PhoneState::Closed | PhoneState::Expired) => {
                Err(PhoneError::NotPayable(state))
            }
        }
    }

    /// The customer's side of a payment is done: the money is there, or on its way.
    pub(crate) fn pay(&mut self, key: &TradeKey, now_ms: i64) {
        let subject = Subject::of(PlatformName::Wechat, key);
        let effects = self
            .faults
            .take(subject, |fault| fault.payment().filter(|e| e.is_about_money()));
        let Some(trade) = self.trades.get_mut(key) else {
            return;
        };
        let (total, payer_total) = amounts(trade.total, &effects);
        let at_ms = now_ms + lateness_ms(&effects);
        trade.arriving = Some(Arriving {
            at_ms,
            total,
            payer_total,
        });
        if at_ms > now_ms {
            let due = Due::Payment {
                platform: PlatformName::Wechat,
                key: key.clone(),
            };
            self.agenda.plan(at_ms, due);
        } else {
            self.money_arrives(key, now_ms);
        }
    }

    /// Marks an order paid and tells its merchant.
    pub(crate) fn money_arrives(&mut self, key: &TradeKey, now_ms: i64) {
        let (transaction_id, openid) = (self.ids.transaction_id(), self.ids.openid());
        let Some(trade) = self.trades.get_mut(key) else {
            return;
        };
        let Some(Arriving {
            total, payer_total, ..
        }) = trade.arriving.take()
        else {
            return;
        };
        self.transactions.insert(transaction_id.clone(), key.clone());
        trade.payment = Some(Payment {
            transaction_id,
            paid_at_ms: now_ms,
            openid,
            total,
            payer_total,
        });
        trade.paying = false;
        trade.declined = false;
        trade.revoked = false;
        let event = (trade.kind == TradeKind::Native).then(|| Event {
            key: key.clone(),
            url: trade.notify_url.clone(),
            name: "TRANSACTION.SUCCESS",
            summary: "支付成功",
            original_type: "transaction",
            resource: wire::transaction(trade),
        });
        self.counters_at(PlatformName::Wechat).orders_paid += 1;
        if let Some(event) = event {
            self.notify(&event, now_ms);
        }
    }
}

/// The total and the payer's part of it as the platform will report them.
pub(crate) fn amounts(asked: Fen, effects: &[PaymentEffect]) -> (Fen, Fen) {
    let (mut total, mut off) = (asked, Fen::ZERO);
    for effect in effects {
        match effect {
            PaymentEffect::WrongTotal { total_minor } => total = Fen::new(i64::from(*total_minor)),
            PaymentEffect::Coupon { off_minor } => off = Fen::new(i64::from(*off_minor)),
            PaymentEffect::Late { .. } | PaymentEffect::Declined | PaymentEffect::AsksPassword => {}
        }
    }
    let off = off.min(total);
    (total, total.minus(off).unwrap_or(Fen::ZERO))
}

/// How long the money takes.
pub(crate) fn lateness_ms(effects: &[PaymentEffect]) -> i64 {
    let late = effects.iter().map(|effect| match effect {
        PaymentEffect::Late { delay_ms } => i64::from(*delay_ms),
        PaymentEffect::WrongTotal { .. }
        | PaymentEffect::Coupon { .. }
        | PaymentEffect::Declined
        | PaymentEffect::AsksPassword => 0,
    });
    late.sum()
}

fn phone_state(trade: &Trade, token: &str, now_ms: i64) -> PhoneState {
    let code_over = trade.code.token != token || now_ms - trade.code.made_at_ms >= CODE_LIFE_MS;
    let over = now_ms > trade.expires_at_ms || code_over;
    if trade.payment.is_none() && trade.arriving.is_some() {
        return PhoneState::Arriving;
    }
    match trade.state() {
        TradeState::Revoked if trade.payment.is_some() => PhoneState::Paid,
        TradeState::Success | TradeState::Refund => PhoneState::Paid,
        TradeState::Closed | TradeState::Revoked if !trade.payable_though_closed => PhoneState::Closed,
        TradeState::PayError => PhoneState::Closed,
        TradeState::Closed | TradeState::Revoked | TradeState::NotPay | TradeState::UserPaying if over => {
            PhoneState::Expired
        }
        TradeState::UserPaying => PhoneState::Paying,
        TradeState::Closed | TradeState::Revoked | TradeState::NotPay => PhoneState::Payable,
    }
}

/// The token in a code's address, or the text itself.
pub(crate) fn token_in(code: &str) -> &str {
    let after = |mark: &str| code.rsplit_once(mark).map(|(_, token)| token);
    after("/pay/")
        .or_else(|| after("pr="))
        .or_else(|| after("qr.alipay.com/"))
        .unwrap_or(code)
}
