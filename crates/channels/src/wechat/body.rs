//! The JSON bodies WeChat Pay answers and reports with, and the facts they become.
//!
//! Fields that are not needed are not named and may come and go. A field that is there twice makes a
//! body unreadable: two readers could each take another one.

use serde::Deserialize;
use suanpan_domain::money::Fen;
use suanpan_domain::platform::{PlatformState, RefundFact, RefundState, TradeFact};

use crate::text::filled;
use crate::time::read_rfc3339;

/// Answer to a prepay.
#[derive(Deserialize)]
pub(super) struct CodeBody {
    pub(super) code_url: String,
}

/// What a charge's answer may be besides a trade.
#[derive(Deserialize)]
pub(super) struct ChargeBody {
    #[serde(default)]
    pub(super) out_trade_no: Option<String>,
    #[serde(default)]
    pub(super) trade_state: String,
}

/// Answer to a reversal; the newer interface leaves it empty.
#[derive(Deserialize)]
pub(super) struct ReversalBody {
    #[serde(default)]
    pub(super) out_trade_no: Option<String>,
    #[serde(default)]
    pub(super) recall: Option<String>,
}

/// Answer to the question for a bill.
#[derive(Deserialize)]
pub(super) struct BillBody {
    pub(super) hash_type: String,
    pub(super) hash_value: String,
    pub(super) download_url: String,
}

/// Body of a refusal.
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}

/// Answer to a query, and decrypted content of a payment callback.
#[derive(Deserialize)]
pub(super) struct TradeBody {
    out_trade_no: String,
    trade_state: String,
    appid: Option<String>,
    mchid: Option<String>,
    transaction_id: Option<String>,
    success_time: Option<String>,
    amount: Option<TradeAmountBody>,
}

#[derive(Deserialize)]
struct TradeAmountBody {
    /// What was owed. `payer_total` beside it shrinks with the platform's coupons and is not ours.
    total: Option<i64>,
    currency: Option<String>,
}

/// Answer to a refund or its query (`status`), and decrypted content of a refund callback
/// (`refund_status`).
#[derive(Deserialize)]
pub(super) struct RefundBody {
    out_refund_no: String,
    out_trade_no: String,
    pub(super) mchid: Option<String>,
    refund_id: Option<String>,
    status: Option<String>,
    refund_status: Option<String>,
    amount: Option<RefundAmountBody>,
}

#[derive(Deserialize)]
struct RefundAmountBody {
    refund: Option<i64>,
}

impl TradeBody {
    /// The fact, or the state's word where it is not known.
    pub(super) fn into_fact(self) -> Result<TradeFact, String> {
        let Some(state) = trade_state(&self.trade_state) else {
            return Err(self.trade_state);
        };
        let (total, currency) = self.amount.map_or((None, None), |a| (a.total, a.currency));
        Ok(TradeFact {
            trade_no: self.out_trade_no,
            state,
            transaction_id: filled(self.transaction_id),
            amount: total.map(Fen::new),
            currency: filled(currency),
            app_id: filled(self.appid),
            merchant_id: filled(self.mchid),
            // An unreadable time is left out: it must not hide that money arrived.
            paid_at_ms: self.success_time.as_deref().and_then(read_rfc3339),
        })
    }
}

impl RefundBody {
    /// The fact, or the state's word where it is missing or not known.
    pub(super) fn into_fact(self) -> Result<RefundFact, String> {
        let word = self.status.or(self.refund_status).unwrap_or_default();
        let Some(state) = refund_state(&word) else {
            return Err(word);
        };
        Ok(RefundFact {
            refund_no: self.out_refund_no,
            trade_no: self.out_trade_no,
            refund_id: filled(self.refund_id),
            state,
            amount: self.amount.and_then(|a| a.refund).map(Fen::new),
        })
    }
}

fn trade_state(word: &str) -> Option<PlatformState> {
    match word {
        "NOTPAY" => Some(PlatformState::NotPaid),
        // ACCEPT is in the platform's own library: taken, waiting for the money.
        "USERPAYING" | "ACCEPT" => Some(PlatformState::Paying),
        "SUCCESS" => Some(PlatformState::Paid),
        "REFUND" => Some(PlatformState::Refunded),
        "CLOSED" | "REVOKED" => Some(PlatformState::Closed),
        "PAYERROR" => Some(PlatformState::PayError),
        _new_word => None,
    }
}

fn refund_state(word: &str) -> Option<RefundState> {
    match word {
        "PROCESSING" => Some(RefundState::Processing),
        "SUCCESS" => Some(RefundState::Success),
        "CLOSED" => Some(RefundState::Closed),
        "ABNORMAL" => Some(RefundState::Abnormal),
        _new_word => None,
    }
}
