//! Reads an answer: done, refused for good, or unknown.
//!
//! The gateway signs what it answers to an app it knows, so an unsigned refusal may be anybody's and is
//! unknown: a proxy's invented refusal must not fail an order that is being paid. The cost is that a wrong
//! configuration shows as unknown with the code in the log.

use serde::de::DeserializeOwned;
use suanpan_domain::platform::{Observation, PlatformState, RefundFact, RefundState};

use super::Alipay;
use super::body::{
    Account, CodeContent, EndContent, Outcome, RefundContent, RefundQueryContent, TradeContent,
};
use super::envelope::Envelope;
use super::refusal::{meaning_of, refused};
use super::request::method_of;
use crate::call::Call;
use crate::http::{BODY_BYTES_MAX, HttpReply};
use crate::text::printable;

/// Why an answer is not believed, for the log.
type Doubt = String;

impl Alipay {
    pub(super) fn read_answer(&self, call: &Call, reply: &HttpReply) -> Observation {
        let content = match self.verified(reply, method_of(call)) {
            Ok(content) => content,
            Err(doubt) => return unknown(doubt),
        };
        let Ok(outcome) = serde_json::from_str::<Outcome>(content) else {
            return unreadable();
        };
        match outcome.code.as_str() {
            "10000" => self.read_success(call, content),
            "10003" => read_waiting(call),
            "40001" | "40002" | "40006" => refused(call, &outcome),
            "40004" => meaning_of(call, &outcome).unwrap_or_else(|| unknown(in_words(&outcome))),
            _other_code => unknown(in_words(&outcome)),
        }
    }

    /// The content of an answer, once the platform's signature over its characters fits.
    pub(super) fn verified<'a>(&self, reply: &'a HttpReply, method: &str) -> Result<&'a str, Doubt> {
        if reply.body.len() > BODY_BYTES_MAX {
            return Err(format!("HTTP {}: body too large", reply.status));
        }
        if reply.status != 200 {
            return Err(format!("HTTP {}", reply.status));
        }
        let envelope = Envelope::read(&reply.body, method)
            .ok_or_else(|| "not an answer as the platform documents it".to_owned())?;
        let sign = envelope.sign.as_deref();
        let fits = sign.is_some_and(|sign| {
            self.trust
                .fits(envelope.content.as_bytes(), sign, envelope.certificate.as_deref())
        });
        if fits {
            return Ok(envelope.content);
        }
        let said = serde_json::from_str::<Outcome>(envelope.content).map(|outcome| in_words(&outcome));
        Err(format!(
            "{} (body says {})",
            self.doubt(&envelope),
            said.unwrap_or_default()
        ))
    }

    /// Why a signature that does not fit may not fit.
    fn doubt(&self, envelope: &Envelope<'_>) -> String {
        match (&envelope.sign, &envelope.certificate) {
            (None, _) => "not signed".to_owned(),
            (Some(_), Some(name)) if !self.trust.knows(name) => {
                format!(
                    "signed with the certificate {}, which is not held",
                    printable(name)
                )
            }
            (Some(_), Some(_) | None) => "signature does not fit".to_owned(),
        }
    }

    pub(super) fn account(&self) -> Account<'_> {
        Account {
            app_id: &self.app_id,
            seller_id: &self.seller_id,
        }
    }

    fn read_success(&self, call: &Call, content: &str) -> Observation {
        match call {
            Call::Prepay(prepay) => read_code(content, &prepay.trade_no),
            Call::PayByCode(pay) => self.read_trade(content, &pay.trade_no, Some(PlatformState::Paid)),
            Call::Query { trade_no } => self.read_trade(content, trade_no, None),
            Call::Close { trade_no } => read_end(content, trade_no),
            Call::Reverse { trade_no } => read_end(content, trade_no),
            Call::Refund(order) => read_refund(content, &order.refund_no, &order.trade_no),
            Call::QueryRefund { refund_no, trade_no } => read_refund_query(content, refund_no, trade_no),
        }
    }

    /// `known` is the state where the answer names none: a charge that succeeds is a payment.
    fn read_trade(&self, content: &str, asked_no: &str, known: Option<PlatformState>) -> Observation {
        let Some(trade) = parse::<TradeContent>(content) else {
            return unreadable();
        };
        if trade.out_trade_no.as_deref() != Some(asked_no) {
            return unknown("answer about another trade".to_owned());
        }
        let state = match (trade.state(), known) {
            (Ok(state), _) => state,
            (Err(word), Some(state)) if word.is_empty() => state,
            (Err(word), _) => return unknown(format!("unknown trade state {}", printable(&word))),
        };
        Observation::Trade(trade.into_fact(state, self.account()))
    }
}

fn read_code(content: &str, asked_no: &str) -> Observation {
    let Some(code) = parse::<CodeContent>(content) else {
        return unreadable();
    };
    if code
        .out_trade_no
        .as_deref()
        .is_some_and(|named| named != asked_no)
    {
        return unknown("answer about another trade".to_owned());
    }
    match code.qr_code {
        Some(code_url) if !code_url.is_empty() => Observation::CodeReady { code_url },
        Some(_) | None => unknown("no qr_code".to_owned()),
    }
}

/// A cancel that asks to be repeated has not been made. One that has returned money says so by the trade's
/// state at the next query.
fn read_end(content: &str, asked_no: &str) -> Observation {
    let Some(end) = parse::<EndContent>(content) else {
        return unreadable();
    };
    if end.out_trade_no.as_deref().is_some_and(|named| named != asked_no) {
        return unknown("answer about another trade".to_owned());
    }
    if end.retry_flag.as_deref() == Some("Y") {
        return Observation::Busy;
    }
    Observation::CloseAccepted
}

/// Money has moved only where the answer says so. A repeat of the same number moves none, and whether the
/// first has is for a query to say.
fn read_refund(content: &str, refund_no: &str, asked_trade_no: &str) -> Observation {
    let Some(refund) = parse::<RefundContent>(content) else {
        return unreadable();
    };
    if refund
        .out_trade_no
        .as_deref()
        .is_some_and(|named| named != asked_trade_no)
    {
        return unknown("answer about another trade".to_owned());
    }
    Observation::Refund(RefundFact {
        refund_no: refund_no.to_owned(),
        trade_no: asked_trade_no.to_owned(),
        refund_id: None,
        state: if refund.fund_change.as_deref() == Some("Y") {
            RefundState::Success
        } else {
            RefundState::Processing
        },
        amount: None,
    })
}

fn read_refund_query(content: &str, refund_no: &str, trade_no: &str) -> Observation {
    let Some(refund) = parse::<RefundQueryContent>(content) else {
        return unreadable();
    };
    match refund.into_fact(refund_no, trade_no) {
        Ok(Some(fact)) => Observation::Refund(fact),
        Ok(None) => Observation::NotExist,
        Err(why) => unknown(why.to_owned()),
    }
}

/// The customer is at the keypad of the phone.
fn read_waiting(call: &Call) -> Observation {
    match call {
        Call::PayByCode(_) => Observation::Busy,
        Call::Prepay(_)
        | Call::Query { .. }
        | Call::Close { .. }
        | Call::Reverse { .. }
        | Call::Refund(_)
        | Call::QueryRefund { .. } => unknown("waiting for a buyer who is not asked for".to_owned()),
    }
}

fn parse<T: DeserializeOwned>(content: &str) -> Option<T> {
    serde_json::from_str(content).ok()
}

fn unknown(why: String) -> Observation {
    Observation::Unknown { why }
}

fn unreadable() -> Observation {
    unknown("verified content is not what the platform documents".to_owned())
}

/// An outcome for the log.
pub(super) fn in_words(outcome: &Outcome) -> String {
    let words = format!(
        "{} {} {} {}",
        outcome.code, outcome.sub_code, outcome.msg, outcome.sub_msg
    );
    printable(&words)
}
