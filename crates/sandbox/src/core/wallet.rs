//! Payment codes (付款码): what a customer's phone shows for the shop to scan.
//!
//! A code lives one minute and is good for one payment. Whether the customer must type a password is a
//! property of the code, so that both ways can be practised.

use std::collections::BTreeMap;

use super::name::PlatformName;
use super::phone::{PhoneError, PhoneView};
use super::platform::Platform;

/// How long a payment code can be charged.
pub(crate) const PAYMENT_CODE_LIFE_MS: i64 = 60_000;
/// Codes kept to look at; the oldest goes when there are more.
const KEPT_MAX: usize = 1_000;

/// Why a payment code cannot be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeTrouble {
    /// Nobody's code, or another platform's.
    Unknown,
    /// Older than a minute.
    Expired,
    /// Charged before.
    Used,
}

#[derive(Clone, Debug)]
struct ShownCode {
    platform: PlatformName,
    made_at_ms: i64,
    asks_password: bool,
    /// The token of the order it was charged for.
    charged: Option<String>,
}

/// The codes that phones have shown.
#[derive(Debug, Default)]
pub(crate) struct Wallet {
    shown: BTreeMap<String, ShownCode>,
}

/// Where a payment code stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentCodeState {
    /// It waits to be scanned.
    Waiting,
    /// Its minute is over.
    Expired,
    /// It was charged for this order.
    Charged(PhoneView),
}

/// A payment code as the phone shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentCodeView {
    /// The digits.
    pub code: String,
    /// Whose it is.
    pub platform: PlatformName,
    /// Whether the customer is asked for the password.
    pub asks_password: bool,
    /// The last moment it can be charged, ms UTC.
    pub ends_at_ms: i64,
    /// Where it stands.
    pub state: PaymentCodeState,
}

impl Platform {
    /// A pretended customer shows a fresh payment code: 18 digits, WeChat's from 10 to 15, Alipay's from 28.
    pub fn show_payment_code(&mut self, platform: PlatformName, asks_password: bool, now_ms: i64) -> String {
        self.catch_up(now_ms);
        let code = self.ids.payment_code(platform);
        let shown = ShownCode {
            platform,
            made_at_ms: now_ms,
            asks_password,
            charged: None,
        };
        self.wallet.shown.insert(code.clone(), shown);
        if self.wallet.shown.len() > KEPT_MAX {
            self.wallet.forget_oldest();
        }
        code
    }

    /// A payment code as the phone shows it.
    ///
    /// # Errors
    /// [`PhoneError::UnknownCode`].
    pub fn payment_code(&self, code: &str, now_ms: i64) -> Result<PaymentCodeView, PhoneError> {
        let shown = self.wallet.shown.get(code).ok_or(PhoneError::UnknownCode)?;
        let ends_at_ms = shown.made_at_ms + PAYMENT_CODE_LIFE_MS;
        let state = match &shown.charged {
            Some(token) => PaymentCodeState::Charged(self.open_code(token, now_ms)?),
            None if now_ms >= ends_at_ms => PaymentCodeState::Expired,
            None => PaymentCodeState::Waiting,
        };
        Ok(PaymentCodeView {
            code: code.to_owned(),
            platform: shown.platform,
            asks_password: shown.asks_password,
            ends_at_ms,
            state,
        })
    }

    /// The token of the order that a payment code was charged for.
    ///
    /// # Errors
    /// [`PhoneError::UnknownCode`] for a code that nobody has charged.
    pub fn charged_order(&self, code: &str) -> Result<String, PhoneError> {
        let shown = self.wallet.shown.get(code);
        shown
            .and_then(|shown| shown.charged.clone())
            .ok_or(PhoneError::UnknownCode)
    }
}

impl Wallet {
    /// Whether the code can be charged, and whether the customer will be asked for the password.
    pub(crate) fn check(&self, code: &str, platform: PlatformName, now_ms: i64) -> Result<bool, CodeTrouble> {
        let shown = self.shown.get(code).filter(|shown| shown.platform == platform);
        let shown = shown.ok_or(CodeTrouble::Unknown)?;
        if shown.charged.is_some() {
            return Err(CodeTrouble::Used);
        }
        if now_ms - shown.made_at_ms >= PAYMENT_CODE_LIFE_MS {
            return Err(CodeTrouble::Expired);
        }
        Ok(shown.asks_password)
    }

    /// The code has been charged for the order behind `token`.
    pub(crate) fn charge(&mut self, code: &str, token: &str) {
        if let Some(shown) = self.shown.get_mut(code) {
            shown.charged = Some(token.to_owned());
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.shown.iter().min_by_key(|(_, shown)| shown.made_at_ms);
        if let Some(code) = oldest.map(|(code, _)| code.clone()) {
            self.shown.remove(&code);
        }
    }
}
