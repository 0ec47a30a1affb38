//! The contents Alipay answers with, and the facts they become.
//!
//! Fields that are not needed are not named and may come and go. A field that is there twice makes a
//! content unreadable: two readers could each take another one.

use serde::Deserialize;
use suanpan_domain::money::Fen;
use suanpan_domain::platform::{PlatformState, RefundFact, RefundState, TradeFact};

use super::CURRENCY;
use crate::text::filled;
use crate::time::read_china_plain;

/// What every content begins with.
#[derive(Deserialize)]
pub(super) struct Outcome {
    pub(super) code: String,
    #[serde(default)]
    pub(super) msg: String,
    #[serde(default)]
    pub(super) sub_code: String,
    #[serde(default)]
    pub(super) sub_msg: String,
}

/// Content of a precreate.
#[derive(Deserialize)]
pub(super) struct CodeContent {
    pub(super) out_trade_no: Option<String>,
    pub(super) qr_code: Option<String>,
}

/// Content of a query, and of a charge that was made at once. Neither names app or seller: the question
/// was signed for one app, and the platform's key is of that app.
#[derive(Deserialize)]
pub(super) struct TradeContent {
    pub(super) out_trade_no: Option<String>,
    trade_no: Option<String>,
    trade_status: Option<String>,
    /// What was owed. What the buyer pays beside it shrinks with the platform's coupons and is not ours.
    total_amount: Option<String>,
    trans_currency: Option<String>,
    send_pay_date: Option<String>,
    gmt_payment: Option<String>,
}

/// Content of a close or a cancel.
#[derive(Deserialize)]
pub(super) struct EndContent {
    pub(super) out_trade_no: Option<String>,
    pub(super) retry_flag: Option<String>,
}

/// Content of a refund. `refund_fee` beside it counts all refunds of the trade together and is not ours.
#[derive(Deserialize)]
pub(super) struct RefundContent {
    pub(super) out_trade_no: Option<String>,
    pub(super) fund_change: Option<String>,
}

/// Content of a refund query.
#[derive(Deserialize)]
pub(super) struct RefundQueryContent {
    out_trade_no: Option<String>,
    trade_no: Option<String>,
    out_request_no: Option<String>,
    refund_amount: Option<String>,
    refund_status: Option<String>,
}

/// Content of the question for a bill.
#[derive(Deserialize)]
pub(super) struct BillContent {
    pub(super) bill_download_url: Option<String>,
}

/// Content of the download of a certificate.
#[derive(Deserialize)]
pub(super) struct CertificateContent {
    pub(super) alipay_cert_content: String,
}

/// Whose account an answer is about.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) app_id: &'a str,
    pub(super) seller_id: &'a str,
}

impl TradeContent {
    /// The fact about a trade in this state.
    pub(super) fn into_fact(self, state: PlatformState, account: Account<'_>) -> TradeFact {
        let paid_at = self.paid_at().and_then(read_china_plain);
        TradeFact {
            trade_no: self.out_trade_no.unwrap_or_default(),
            state,
            transaction_id: filled(self.trade_no),
            amount: self.total_amount.as_deref().and_then(read_amount),
            currency: filled(self.trans_currency).or_else(|| Some(CURRENCY.to_owned())),
            app_id: Some(account.app_id.to_owned()),
            merchant_id: Some(account.seller_id.to_owned()),
            paid_at_ms: paid_at,
        }
    }

    /// The state its words say; the word where it is missing or not known.
    pub(super) fn state(&self) -> Result<PlatformState, String> {
        let word = self.trade_status.clone().unwrap_or_default();
        let was_paid = self.paid_at().is_some();
        trade_state(&word, was_paid).ok_or(word)
    }

    fn paid_at(&self) -> Option<&str> {
        let times = [&self.send_pay_date, &self.gmt_payment];
        times
            .into_iter()
            .filter_map(|time| time.as_deref())
            .find(|time| !time.is_empty())
    }
}

impl RefundQueryContent {
    /// What it says of a refund. A query that succeeds says by that alone nothing: the money has gone back only
    /// where the refund is there with its number, its amount and the word that it succeeded. One without a refund
    /// in it, or without that word, has not been received, or was not made.
    pub(super) fn into_fact(
        self,
        refund_no: &str,
        trade_no: &str,
    ) -> Result<Option<RefundFact>, &'static str> {
        let named = [&self.trade_no, &self.out_request_no, &self.refund_amount]
            .iter()
            .all(|field| field.as_deref().is_some_and(|text| !text.is_empty()));
        if !named {
            return Ok(None);
        }
        if self.out_request_no.as_deref() != Some(refund_no) {
            return Err("answer about another refund");
        }
        if self
            .out_trade_no
            .as_deref()
            .is_some_and(|named| named != trade_no)
        {
            return Err("answer about another trade");
        }
        let state = match self.refund_status.as_deref().unwrap_or_default() {
            // Not received, or failed: asked for again under its number, it goes out once.
            "" => return Ok(None),
            "REFUND_SUCCESS" => RefundState::Success,
            "REFUND_PROCESSING" => RefundState::Processing,
            "REFUND_FAIL" => RefundState::Closed,
            _new_word => return Err("unknown refund state"),
        };
        let amount = self.refund_amount.as_deref().and_then(read_amount);
        let amount = amount.ok_or("refund amount is no amount")?;
        Ok(Some(RefundFact {
            refund_no: refund_no.to_owned(),
            trade_no: trade_no.to_owned(),
            refund_id: None,
            state,
            amount: Some(amount),
        }))
    }
}

/// `TRADE_FINISHED` is a payment that can no longer be given back, said months later and not a second
/// payment. `TRADE_CLOSED` is an unpaid trade that has ended, or a paid one that was given back whole.
pub(super) fn trade_state(word: &str, was_paid: bool) -> Option<PlatformState> {
    match word {
        "WAIT_BUYER_PAY" => Some(PlatformState::NotPaid),
        "TRADE_SUCCESS" | "TRADE_FINISHED" => Some(PlatformState::Paid),
        "TRADE_CLOSED" if was_paid => Some(PlatformState::Returned),
        "TRADE_CLOSED" => Some(PlatformState::Closed),
        _new_word => None,
    }
}

/// Yuan, exactly. What is no amount, as one with a third decimal, is none: the trade's own rules then put
/// the payment in suspense instead of guessing.
pub(super) fn read_amount(text: &str) -> Option<Fen> {
    Fen::parse_yuan(text).ok()
}
