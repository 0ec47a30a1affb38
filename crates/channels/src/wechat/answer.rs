//! Reads an answer: done, refused for good, or unknown.
//!
//! The platform signs its refusals as it signs its successes, so an unsigned refusal may be anybody's
//! and is unknown: a proxy's invented `PARAM_ERROR` must not fail an order that is being paid. Where
//! the platform itself does not sign (a request whose own signature or merchant it does not accept),
//! the cost is that a wrong configuration shows as unknown with the code in the log.
//! A refusal for good exists only for the calls that create something; a refused *question* says
//! nothing about what was asked.

use suanpan_domain::platform::Observation;

use super::WechatPay;
use super::body::{ChargeBody, CodeBody, ErrorBody, RefundBody, ReversalBody, TradeBody};
use crate::call::Call;
use crate::http::{BODY_BYTES_MAX, HttpReply};
use crate::text::printable;

/// Words by which the platform refuses a used number as an invalid request.
const USED_NUMBER_WORDS: &str = "订单号重复";

impl WechatPay {
    pub(super) fn read_answer(&self, call: &Call, reply: &HttpReply, now_ms: i64) -> Observation {
        if reply.body.len() > BODY_BYTES_MAX {
            return unknown(format!("HTTP {}: body too large", reply.status));
        }
        if let Err(doubt) = self.keyring.verify(&reply.headers, &reply.body, now_ms) {
            return unknown(format!("HTTP {}: {doubt}{}", reply.status, code_for_log(reply)));
        }
        match reply.status {
            200 => read_success(call, &reply.body),
            204 => read_empty(call),
            202 | 400..=428 | 430..=499 => read_refusal(call, reply),
            status => unknown(format!("HTTP {status}{}", code_for_log(reply))),
        }
    }
}

fn read_success(call: &Call, body: &[u8]) -> Observation {
    match call {
        Call::Prepay(_) => read_code(body),
        Call::PayByCode(pay) => read_charge(body, &pay.trade_no),
        Call::Query { trade_no } => read_trade(body, trade_no),
        Call::Close { .. } => unknown("HTTP 200 to a close, which answers 204".to_owned()),
        Call::Reverse { trade_no } => read_reversal(body, trade_no),
        Call::Refund(order) => read_refund(body, &order.refund_no, &order.trade_no),
        Call::QueryRefund { refund_no, trade_no } => read_refund(body, refund_no, trade_no),
    }
}

fn read_empty(call: &Call) -> Observation {
    match call {
        Call::Close { .. } | Call::Reverse { .. } => Observation::CloseAccepted,
        Call::Prepay(_)
        | Call::PayByCode(_)
        | Call::Query { .. }
        | Call::Refund(_)
        | Call::QueryRefund { .. } => unknown("HTTP 204 to a call that has an answer".to_owned()),
    }
}

fn read_code(body: &[u8]) -> Observation {
    match serde_json::from_slice::<CodeBody>(body) {
        Ok(code) if !code.code_url.is_empty() => Observation::CodeReady {
            code_url: code.code_url,
        },
        Ok(_) => unknown("empty code_url".to_owned()),
        Err(_) => unreadable(),
    }
}

/// The platform has said yes to reversals it did not make, so only a query confirms one. `recall` is what
/// the older interface asks with to be called again.
fn read_reversal(body: &[u8], asked_no: &str) -> Observation {
    match serde_json::from_slice::<ReversalBody>(body) {
        // An empty list would do for an empty object as well.
        Ok(_) if !body.trim_ascii_start().starts_with(b"{") => unreadable(),
        Ok(reversal)
            if reversal
                .out_trade_no
                .as_deref()
                .is_some_and(|named| named != asked_no) =>
        {
            unknown("answer about another trade".to_owned())
        }
        Ok(reversal) if reversal.recall.as_deref() == Some("Y") => Observation::Busy,
        Ok(_) => Observation::CloseAccepted,
        Err(_) => unreadable(),
    }
}

/// While the customer types a password the platform may name that state and nothing else. It says nothing of
/// money, and the query tells the rest.
fn read_charge(body: &[u8], asked_no: &str) -> Observation {
    match serde_json::from_slice::<ChargeBody>(body) {
        Ok(charge) if charge.out_trade_no.is_none() && charge.trade_state == "USERPAYING" => {
            Observation::Busy
        }
        Ok(_) | Err(_) => read_trade(body, asked_no),
    }
}

fn read_trade(body: &[u8], asked_no: &str) -> Observation {
    let Ok(trade) = serde_json::from_slice::<TradeBody>(body) else {
        return unreadable();
    };
    match trade.into_fact() {
        Ok(fact) if fact.trade_no == asked_no => Observation::Trade(fact),
        Ok(_) => unknown("answer about another trade".to_owned()),
        Err(state) => unknown(format!("unknown trade state {}", printable(&state))),
    }
}

fn read_refund(body: &[u8], asked_refund_no: &str, asked_trade_no: &str) -> Observation {
    let Ok(refund) = serde_json::from_slice::<RefundBody>(body) else {
        return unreadable();
    };
    match refund.into_fact() {
        Ok(fact) if fact.refund_no == asked_refund_no && fact.trade_no == asked_trade_no => {
            Observation::Refund(fact)
        }
        Ok(_) => unknown("answer about another refund".to_owned()),
        Err(state) => unknown(format!("unknown refund state {}", printable(&state))),
    }
}

fn read_refusal(call: &Call, reply: &HttpReply) -> Observation {
    let Ok(error) = serde_json::from_slice::<ErrorBody>(&reply.body) else {
        return unreadable();
    };
    // 202 is "taken, not done": only the customer at the keypad is a finding, all else is unknown.
    let meaning = if reply.status == 202 {
        busy(&error)
    } else {
        meaning_of(call, &error)
    };
    meaning.unwrap_or_else(|| {
        unknown(format!(
            "HTTP {}: {}: {}",
            reply.status,
            printable(&error.code),
            printable(&error.message)
        ))
    })
}

/// What a verified refusal says, or nothing where it leaves the outcome open.
fn meaning_of(call: &Call, error: &ErrorBody) -> Option<Observation> {
    match call {
        Call::Prepay(_) => prepay_refusal(error),
        Call::PayByCode(_) => code_pay_refusal(error),
        Call::Query { .. } => missing_trade(error),
        Call::Close { .. } => close_refusal(error),
        Call::Reverse { .. } => reverse_refusal(error),
        Call::Refund(_) => refund_refusal(error),
        Call::QueryRefund { .. } => missing_refund(error),
    }
}

fn prepay_refusal(error: &ErrorBody) -> Option<Observation> {
    match error.code.as_str() {
        "OUT_TRADE_NO_USED" | "ORDER_CLOSED" | "ORDERCLOSED" => Some(Observation::NumberUsed),
        "INVALID_REQUEST" if error.message.contains(USED_NUMBER_WORDS) => Some(Observation::NumberUsed),
        "ORDERPAID" | "ORDER_PAID" => Some(Observation::AlreadyPaid),
        _other_code => refused_for_good(error),
    }
}

/// What the platform's documents list as a payment that has certainly not been made. A bank's or the
/// system's trouble is not among them, nor is `TRADE_ERROR`: what became of those is asked.
fn code_pay_refusal(error: &ErrorBody) -> Option<Observation> {
    let refused = matches!(
        error.code.as_str(),
        "AUTH_CODE_EXPIRE"
            | "AUTH_CODE_EXPIRED"
            | "AUTHCODEEXPIRE"
            | "AUTH_CODE_ERROR"
            | "AUTH_CODE_INVALID"
            | "NOT_ENOUGH"
            | "NOTENOUGH"
            | "NOT_SUPPORT_CARD"
            | "NOTSUPORTCARD"
            | "BUYER_MISMATCH"
    );
    if refused {
        return Some(refused_with(error));
    }
    match error.code.as_str() {
        "ORDERREVERSED" | "ORDER_REVERSED" => Some(Observation::NumberUsed),
        _other_code => busy(error).or_else(|| prepay_refusal(error)),
    }
}

fn reverse_refusal(error: &ErrorBody) -> Option<Observation> {
    match error.code.as_str() {
        "ORDER_CLOSED" | "ORDERCLOSED" | "ORDERREVERSED" | "ORDER_REVERSED" => {
            Some(Observation::CloseAccepted)
        }
        _other_code => busy(error).or_else(|| missing_trade(error)),
    }
}

fn close_refusal(error: &ErrorBody) -> Option<Observation> {
    match error.code.as_str() {
        "ORDERPAID" | "ORDER_PAID" => Some(Observation::AlreadyPaid),
        "ORDER_CLOSED" | "ORDERCLOSED" => Some(Observation::CloseAccepted),
        _other_code => busy(error).or_else(|| missing_trade(error)),
    }
}

fn refund_refusal(error: &ErrorBody) -> Option<Observation> {
    match error.code.as_str() {
        "NOT_ENOUGH" | "NOTENOUGH" | "USER_ACCOUNT_ABNORMAL" | "REQUEST_BLOCKED" => {
            Some(Observation::RefundDeferred {
                code: error.code.clone(),
            })
        }
        _other_code => missing_refund(error).or_else(|| refused_for_good(error)),
    }
}

/// `ORDERNOTEXIST` is the older spelling and still seen.
fn missing_trade(error: &ErrorBody) -> Option<Observation> {
    matches!(error.code.as_str(), "ORDER_NOT_EXIST" | "ORDERNOTEXIST").then_some(Observation::NotExist)
}

fn missing_refund(error: &ErrorBody) -> Option<Observation> {
    let missing = error.code == "RESOURCE_NOT_EXISTS";
    if missing {
        Some(Observation::NotExist)
    } else {
        missing_trade(error)
    }
}

fn busy(error: &ErrorBody) -> Option<Observation> {
    matches!(error.code.as_str(), "USERPAYING" | "USER_PAYING").then_some(Observation::Busy)
}

fn refused_for_good(error: &ErrorBody) -> Option<Observation> {
    matches!(
        error.code.as_str(),
        "PARAM_ERROR"
            | "SIGN_ERROR"
            | "NO_AUTH"
            | "NOAUTH"
            | "INVALID_REQUEST"
            | "APPID_MCHID_NOT_MATCH"
            | "MCH_NOT_EXISTS"
    )
    .then(|| refused_with(error))
}

fn refused_with(error: &ErrorBody) -> Observation {
    Observation::Refused {
        code: printable(&error.code),
        message: printable(&error.message),
    }
}

fn unknown(why: String) -> Observation {
    Observation::Unknown { why }
}

fn unreadable() -> Observation {
    unknown("verified body is not what the platform documents".to_owned())
}

/// What a body that is not believed says, for the log only.
pub(super) fn code_for_log(reply: &HttpReply) -> String {
    serde_json::from_slice::<ErrorBody>(&reply.body)
        .map(|error| {
            format!(
                " (body says {}: {})",
                printable(&error.code),
                printable(&error.message)
            )
        })
        .unwrap_or_default()
}
