//! Reads a callback: signature over the raw bytes first, then decryption, then the content.
//!
//! Nothing is parsed before the signature fits. Amount and app id are left in the fact for the trade's
//! own rules, which put a mismatch in suspense; another merchant's notice has no trade here and is
//! refused.

use serde::Deserialize;
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::platform::Observation;

use super::WechatPay;
use super::body::{RefundBody, TradeBody};
use super::verify::Unverified;
use crate::channel::{Notice, NoticeRefused};
use crate::http::{BODY_BYTES_MAX, CallbackRequest};
use crate::text::printable;

#[derive(Deserialize)]
struct NoticeBody {
    id: String,
    event_type: String,
    resource: ResourceBody,
}

#[derive(Deserialize)]
struct ResourceBody {
    algorithm: String,
    ciphertext: String,
    #[serde(default)]
    associated_data: Option<String>,
    nonce: String,
}

impl WechatPay {
    pub(super) fn read_notice(&self, notice: &CallbackRequest, now_ms: i64) -> Result<Notice, NoticeRefused> {
        if notice.body.len() > BODY_BYTES_MAX {
            return Err(NoticeRefused::Malformed("body too large"));
        }
        if let Err(doubt) = self.keyring.verify(&notice.headers, &notice.body, now_ms)
            && !on(Mutant::CallbackUnverified)
        {
            return Err(refusal_of(doubt));
        }
        let body: NoticeBody =
            serde_json::from_slice(&notice.body).map_err(|_| NoticeRefused::Malformed("body"))?;
        let sealed = &body.resource;
        let associated = sealed.associated_data.as_deref().unwrap_or_default();
        let content = self
            .content_key
            .open(&sealed.algorithm, &sealed.nonce, associated, &sealed.ciphertext)
            .map_err(|_| NoticeRefused::Undecryptable)?;
        let fact = match body.event_type.split_once('.') {
            Some(("TRANSACTION", _)) => self.read_trade_content(&content)?,
            Some(("REFUND", _)) => self.read_refund_content(&content)?,
            Some(_) | None => return Err(NoticeRefused::UnknownEvent),
        };
        Ok(Notice { id: body.id, fact })
    }

    fn read_trade_content(&self, content: &[u8]) -> Result<Observation, NoticeRefused> {
        let trade: TradeBody =
            serde_json::from_slice(content).map_err(|_| NoticeRefused::Malformed("content"))?;
        let fact = trade
            .into_fact()
            .map_err(|_| NoticeRefused::Malformed("trade state"))?;
        self.check_merchant(fact.merchant_id.as_deref())?;
        Ok(Observation::Trade(fact))
    }

    fn read_refund_content(&self, content: &[u8]) -> Result<Observation, NoticeRefused> {
        let mut refund: RefundBody =
            serde_json::from_slice(content).map_err(|_| NoticeRefused::Malformed("content"))?;
        self.check_merchant(refund.mchid.take().as_deref())?;
        let fact = refund
            .into_fact()
            .map_err(|_| NoticeRefused::Malformed("refund state"))?;
        Ok(Observation::Refund(fact))
    }

    fn check_merchant(&self, named: Option<&str>) -> Result<(), NoticeRefused> {
        if named == Some(self.merchant_id.as_str()) {
            Ok(())
        } else {
            Err(NoticeRefused::WrongMerchant)
        }
    }
}

fn refusal_of(doubt: Unverified) -> NoticeRefused {
    match doubt {
        Unverified::MissingHeader(name) => NoticeRefused::Malformed(name),
        Unverified::BadTimestamp => NoticeRefused::Malformed("Wechatpay-Timestamp"),
        Unverified::Stale => NoticeRefused::Stale,
        Unverified::UnknownSerial(serial) => NoticeRefused::UnknownSerial(printable(&serial)),
        Unverified::BadSignature => NoticeRefused::BadSignature,
    }
}
