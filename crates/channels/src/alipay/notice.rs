//! Reads a notice: signature over every parameter as sent first, then whose it is, then what it says.
//!
//! The signature covers all parameters but itself, also those nobody here knows, so they are kept as the
//! bytes received. Payments and refunds come to the same address: a refund's notice names the refund's
//! number and what has gone back. Amount and app are left in the fact for the trade's own rules, which put
//! a mismatch in suspense; another seller's notice has no trade here and is refused.

use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::platform::{Observation, RefundFact, RefundState, TradeFact};

use super::body::{read_amount, trade_state};
use super::{Alipay, CURRENCY};
use crate::channel::{Notice, NoticeRefused};
use crate::http::{BODY_BYTES_MAX, CallbackRequest};
use crate::text::{printable, read_form};
use crate::time::read_china_plain;

/// The platform sends the same notice for 25 hours; an hour more for clocks and queues. Nothing an old one
/// says can move a state backwards, so this only keeps a store of old ones from being played again for ever.
const AGE_MS_MAX: i64 = 26 * 3_600_000;

/// How far ahead of our clock the platform's may be, as with the other platform.
const AHEAD_MS_MAX: i64 = 5 * 60_000;

/// The one kind of notice this project asks for.
const TRADE_NOTICE: &str = "trade_status_sync";

/// What names the certificate that has signed, in certificate mode.
const CERTIFICATE: &str = "alipay_cert_sn";

/// The parameters of a notice, as sent.
struct Params(Vec<(Vec<u8>, Vec<u8>)>);

impl Alipay {
    pub(super) fn read_notice(&self, notice: &CallbackRequest, now_ms: i64) -> Result<Notice, NoticeRefused> {
        if notice.body.len() > BODY_BYTES_MAX {
            return Err(NoticeRefused::Malformed("body too large"));
        }
        let params = Params::read(&notice.body)?;
        if params.need("sign_type")? != "RSA2" {
            return Err(NoticeRefused::Malformed("sign_type"));
        }
        let sign = params.need("sign")?;
        let certificate = params.text(CERTIFICATE);
        if let Some(name) = certificate.filter(|name| !self.trust.knows(name)) {
            return Err(NoticeRefused::UnknownSerial(printable(name)));
        }
        // Whether empty parameters are signed is told in two ways, and merchants have found the certificate's name both
        // under the signature and beside it. It only picks the key, so that either way it cannot mislead.
        let fits = [(true, true), (true, false), (false, true), (false, false)]
            .into_iter()
            .any(|(with_empty, with_name)| {
                let message = params.signed(with_empty, with_name);
                self.trust.fits(&message, sign, certificate)
            });
        if !fits && !on(Mutant::CallbackUnverified) {
            return Err(NoticeRefused::BadSignature);
        }
        check_age(params.need("notify_time")?, now_ms)?;
        if params.need("notify_type")? != TRADE_NOTICE {
            return Err(NoticeRefused::UnknownEvent);
        }
        if params.text("seller_id") != Some(self.seller_id.as_str()) {
            return Err(NoticeRefused::WrongMerchant);
        }
        Ok(Notice {
            id: params.need("notify_id")?.to_owned(),
            fact: read_fact(&params)?,
        })
    }
}

impl Params {
    /// A parameter that is there twice is none: two readers could each take another one.
    fn read(body: &[u8]) -> Result<Self, NoticeRefused> {
        let mut params = read_form(body).ok_or(NoticeRefused::Malformed("form"))?;
        params.sort_unstable();
        if params.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(NoticeRefused::Malformed("parameter there twice"));
        }
        Ok(Self(params))
    }

    /// What the signature is over: all but itself and its kind, sorted by name.
    fn signed(&self, with_empty: bool, with_certificate: bool) -> Vec<u8> {
        let mut message = Vec::new();
        for (name, value) in &self.0 {
            let is_left_out =
                (value.is_empty() && !with_empty) || (name == CERTIFICATE.as_bytes() && !with_certificate);
            if is_left_out || name == b"sign" || name == b"sign_type" {
                continue;
            }
            if !message.is_empty() {
                message.push(b'&');
            }
            message.extend_from_slice(name);
            message.push(b'=');
            message.extend_from_slice(value);
        }
        message
    }

    /// A value that is there and not empty. What is read here is plain in any encoding.
    fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name.as_bytes())?;
        std::str::from_utf8(value).ok().filter(|text| !text.is_empty())
    }

    fn need(&self, name: &'static str) -> Result<&str, NoticeRefused> {
        self.text(name).ok_or(NoticeRefused::Malformed(name))
    }
}

fn check_age(time: &str, now_ms: i64) -> Result<(), NoticeRefused> {
    let sent_ms = read_china_plain(time).ok_or(NoticeRefused::Malformed("notify_time"))?;
    let age_ms = now_ms.saturating_sub(sent_ms);
    if age_ms >= AGE_MS_MAX || age_ms <= -AHEAD_MS_MAX {
        Err(NoticeRefused::Stale)
    } else {
        Ok(())
    }
}

fn read_fact(params: &Params) -> Result<Observation, NoticeRefused> {
    let is_refund = params.text("refund_fee").is_some() || params.text("gmt_refund").is_some();
    match params.text("out_biz_no") {
        Some(refund_no) if is_refund => read_refund(params, refund_no),
        Some(_) | None => read_trade(params),
    }
}

/// `refund_fee` counts all refunds of the trade together, so it is not this refund's amount.
fn read_refund(params: &Params, refund_no: &str) -> Result<Observation, NoticeRefused> {
    Ok(Observation::Refund(RefundFact {
        refund_no: refund_no.to_owned(),
        trade_no: params.need("out_trade_no")?.to_owned(),
        refund_id: None,
        state: RefundState::Success,
        amount: None,
    }))
}

fn read_trade(params: &Params) -> Result<Observation, NoticeRefused> {
    let paid_at = params.text("gmt_payment");
    let state = trade_state(params.need("trade_status")?, paid_at.is_some())
        .ok_or(NoticeRefused::Malformed("trade_status"))?;
    Ok(Observation::Trade(TradeFact {
        trade_no: params.need("out_trade_no")?.to_owned(),
        state,
        transaction_id: params.text("trade_no").map(str::to_owned),
        amount: params.text("total_amount").and_then(read_amount),
        currency: Some(CURRENCY.to_owned()),
        app_id: params.text("app_id").map(str::to_owned),
        merchant_id: params.text("seller_id").map(str::to_owned),
        paid_at_ms: paid_at.and_then(read_china_plain),
    }))
}
