//! What the customer's phone does: opens a code, starts paying, confirms, refuses.

use suanpan_domain::money::Fen;

use super::fault::{Fault, PaymentEffect, Subject};
use super::keys::KeyRing;
use super::platform::{Event, Platform};
use super::trade::{CODE_LIFE_MS, Payment, Trade, TradeKey, TradeState};
use super::wire;

/// What the phone shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneState {
    /// The customer can pay.
    Payable,
    /// The customer has begun to pay and not confirmed.
    Paying,
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
    /// Opens a code: its whole address, or only the token in it.
    ///
    /// # Errors
    /// [`PhoneError::UnknownCode`].
    pub fn open_code(&self, code: &str, now_ms: i64) -> Result<PhoneView, PhoneError> {
        let (token, trade) = self.scanned(code)?;
        let merchant = KeyRing::get()
            .merchant(&trade.key.mchid)
            .map(|m| m.merchant.name.clone());
        Ok(PhoneView {
            merchant: merchant.unwrap_or_default(),
            description: trade.description.clone(),
            out_trade_no: trade.key.out_trade_no.clone(),
            total: trade.total,
            token: token.to_owned(),
            paid_at_ms: trade.payment.as_ref().map(|payment| payment.paid_at_ms),
            state: phone_state(trade, token, now_ms),
        })
    }

    /// The customer begins to pay: until confirmed or refused a query says USERPAYING and a close is
    /// answered with 202.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub fn start_paying(&mut self, code: &str, now_ms: i64) -> Result<(), PhoneError> {
        let key = self.payable(code, now_ms)?;
        if let Some(trade) = self.trades.get_mut(&key) {
            trade.paying = true;
        }
        Ok(())
    }

    /// The customer confirms: the order is paid and its callback queued.
    ///
    /// # Errors
    /// [`PhoneError`]; an order that is paid already is [`PhoneError::NotPayable`] and stays paid once.
    pub fn confirm(&mut self, code: &str, now_ms: i64) -> Result<(), PhoneError> {
        let key = self.payable(code, now_ms)?;
        self.pay(&key, now_ms);
        Ok(())
    }

    /// The customer goes back without paying; the order stays open.
    ///
    /// # Errors
    /// [`PhoneError`].
    pub fn refuse(&mut self, code: &str, now_ms: i64) -> Result<(), PhoneError> {
        let key = self.payable(code, now_ms)?;
        if let Some(trade) = self.trades.get_mut(&key) {
            trade.paying = false;
        }
        Ok(())
    }

    fn scanned<'a>(&'a self, code: &'a str) -> Result<(&'a str, &'a Trade), PhoneError> {
        let token = token_in(code);
        let trade = self.codes.get(token).and_then(|key| self.trades.get(key));
        Ok((token, trade.ok_or(PhoneError::UnknownCode)?))
    }

    fn payable(&mut self, code: &str, now_ms: i64) -> Result<TradeKey, PhoneError> {
        self.settle_due(now_ms);
        let (token, trade) = self.scanned(code)?;
        match phone_state(trade, token, now_ms) {
            PhoneState::Payable | PhoneState::Paying => Ok(trade.key.clone()),
            state @ (PhoneState::Paid | PhoneState::Closed | PhoneState::Expired) => {
                Err(PhoneError::NotPayable(state))
            }
        }
    }

    /// Marks an order paid and tells its merchant.
    fn pay(&mut self, key: &TradeKey, now_ms: i64) {
        let subject = Subject {
            mchid: Some(&key.mchid),
            out_trade_no: Some(&key.out_trade_no),
        };
        let effects = self.faults.take(subject, |fault| match fault {
            Fault::Payment { effect } => Some(effect),
            Fault::Call { .. } | Fault::Close { .. } | Fault::Callback { .. } | Fault::Refund { .. } => None,
        });
        let (transaction_id, openid) = (self.ids.transaction_id(), self.ids.openid());
        let Some(trade) = self.trades.get_mut(key) else {
            return;
        };
        let (total, payer_total) = amounts(trade.total, &effects);
        self.transactions.insert(transaction_id.clone(), key.clone());
        trade.payment = Some(Payment {
            transaction_id,
            paid_at_ms: now_ms,
            openid,
            total,
            payer_total,
        });
        trade.paying = false;
        self.counters.orders_paid += 1;
        let event = Event {
            key: key.clone(),
            url: trade.notify_url.clone(),
            name: "TRANSACTION.SUCCESS",
            summary: "支付成功",
            original_type: "transaction",
            resource: wire::transaction(trade),
        };
        self.notify(&event, now_ms);
    }
}

/// The total and the payer's part of it as the platform will report them.
fn amounts(asked: Fen, effects: &[PaymentEffect]) -> (Fen, Fen) {
    let (mut total, mut off) = (asked, Fen::ZERO);
    for effect in effects {
        match effect {
            PaymentEffect::WrongTotal { total_minor } => total = Fen::new(i64::from(*total_minor)),
            PaymentEffect::Coupon { off_minor } => off = Fen::new(i64::from(*off_minor)),
        }
    }
    let off = off.min(total);
    (total, total.minus(off).unwrap_or(Fen::ZERO))
}

fn phone_state(trade: &Trade, token: &str, now_ms: i64) -> PhoneState {
    let code_over = trade.code.token != token || now_ms - trade.code.made_at_ms >= CODE_LIFE_MS;
    let over = now_ms > trade.expires_at_ms || code_over;
    match trade.state() {
        TradeState::Success | TradeState::Refund => PhoneState::Paid,
        TradeState::Closed if !trade.payable_though_closed => PhoneState::Closed,
        TradeState::Closed | TradeState::NotPay | TradeState::UserPaying if over => PhoneState::Expired,
        TradeState::UserPaying => PhoneState::Paying,
        TradeState::Closed | TradeState::NotPay => PhoneState::Payable,
    }
}

/// The token in a code's address, or the text itself.
pub(crate) fn token_in(code: &str) -> &str {
    let after = |mark: &str| code.rsplit_once(mark).map(|(_, token)| token);
    after("/pay/").or_else(|| after("pr=")).unwrap_or(code)
}
