//! The stand-in for the Alipay Open API: the gateway, its trades, refunds and notices.
//!
//! What is peculiar to Alipay and hurts merchants is here on purpose: no trade exists until somebody scans the
//! code, a cancel of an unknown number is answered with yes, a repeated refund with yes and "no change", and a
//! refund query with yes whether or not anything was refunded.
//!
//! Deliberately not here: other products than face-to-face payment (codes and bar codes), and service providers acting for a merchant.

mod call;
mod certificates;
mod documented;
mod form;
mod keys;
mod node;
mod notice;
mod params;
mod phone;
mod refunds;
mod time;
mod trade;
mod trades;

use std::collections::{BTreeMap, BTreeSet};

pub use self::certificates::AlipayMode;
pub(crate) use self::documented::DOCUMENTED;
#[cfg(test)]
pub(crate) use self::form::to_be_signed;
pub use self::keys::{AlipayApp, AlipayKey, alipay_apps};
pub(crate) use self::keys::{AlipayRing, AppKey};
pub(crate) use self::node::{Node, Trouble, business};
pub(crate) use self::params::Content;
pub(crate) use self::time::{china, stamp};
pub(crate) use self::trade::{AlipayTrade, Offer, RefundPart};
use super::trade::TradeKey;

/// How long a code can be scanned unless it says less.
pub(crate) const CODE_LIFE_MS: i64 = 2 * 3_600_000;

/// Everything Alipay knows.
#[derive(Debug, Default)]
pub(crate) struct AlipayBooks {
    /// Codes that were handed out: token → what scanning it makes.
    pub(crate) offers: BTreeMap<String, Offer>,
    /// The latest code of a merchant's number.
    pub(crate) latest: BTreeMap<TradeKey, String>,
    /// Trades: scanned codes, and payments by the customer's code.
    pub(crate) trades: BTreeMap<TradeKey, AlipayTrade>,
    /// The token a trade's page is known by.
    pub(crate) tokens: BTreeMap<String, TradeKey>,
    /// Alipay's number → trade.
    pub(crate) numbers: BTreeMap<String, TradeKey>,
    /// Which key signs for an app from now on.
    pub(crate) keys: BTreeMap<String, AlipayKey>,
    /// How an app may call from now on.
    pub(crate) modes: BTreeMap<String, AlipayMode>,
    /// Apps whose last call was in certificate mode: their notices name a certificate too.
    pub(crate) by_certificate: BTreeSet<String>,
    /// How many signatures were made, for a change of keys.
    pub(crate) signatures: u64,
}

impl AlipayBooks {
    /// Whether a token is Alipay's.
    pub(crate) fn knows(&self, token: &str) -> bool {
        self.offers.contains_key(token) || self.tokens.contains_key(token)
    }

    /// The number a token stands for.
    pub(crate) fn key_of(&self, token: &str) -> Option<TradeKey> {
        let offered = self.offers.get(token).map(|offer| &offer.key);
        offered.or_else(|| self.tokens.get(token)).cloned()
    }
}
