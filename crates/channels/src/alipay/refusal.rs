//! What a verified refusal says, by the platform's own codes.
//!
//! A refusal for good exists only for the calls that create something; a refused *question* says nothing
//! about what was asked. A code that is in no list leaves the outcome open.

use suanpan_domain::platform::Observation;

use super::body::Outcome;
use crate::call::Call;
use crate::text::printable;

/// Neither a code nor a charge comes of it: the request or the account does not allow it.
const NOT_ALLOWED: &[&str] = &[
    "ACQ.INVALID_PARAMETER",
    "ACQ.ACCESS_FORBIDDEN",
    "ACQ.EXIST_FORBIDDEN_WORD",
    "ACQ.PARTNER_ERROR",
    "ACQ.TOTAL_FEE_EXCEED",
    "ACQ.PRODUCT_AMOUNT_LIMIT_ERROR",
    "ACQ.BUYER_SELLER_EQUAL",
    "ACQ.INVALID_STORE_ID",
    "ACQ.INVALID_RECEIVE_ACCOUNT",
    "ACQ.SELLER_BEEN_BLOCKED",
    "ACQ.ERROR_SELLER_CERTIFY_LEVEL_LIMIT",
    "ACQ.MERCHANT_AGREEMENT_NOT_EXIST",
    "ACQ.MERCHANT_AGREEMENT_INVALID",
    "ACQ.AGREEMENT_NOT_EXIST",
    "ACQ.AGREEMENT_INVALID",
];

/// A charge has certainly not been made: the payment code or the buyer does not allow it.
const NOT_CHARGED: &[&str] = &[
    "ACQ.PAYMENT_AUTH_CODE_INVALID",
    "ACQ.PAYMENT_FAIL",
    "ACQ.PAYMENT_REQUEST_HAS_RISK",
    "ACQ.BUYER_BALANCE_NOT_ENOUGH",
    "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH",
    "ACQ.ERROR_BALANCE_PAYMENT_DISABLE",
    "ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT",
    "ACQ.BUYER_ENABLE_STATUS_FORBID",
    "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
    "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR",
    "ACQ.BEYOND_PAY_RESTRICTION",
    "ACQ.BEYOND_PER_RECEIPT_RESTRICTION",
    "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE",
    "ACQ.PULL_MOBILE_CASHIER_FAIL",
    "ACQ.MOBILE_PAYMENT_SWITCH_OFF",
    "ACQ.USER_FACE_PAYMENT_SWITCH_OFF",
];

/// The number is in use: it was closed, or was sent with other parameters, or by another buyer's code.
const NUMBER_USED: &[&str] = &[
    "ACQ.TRADE_HAS_CLOSE",
    "ACQ.CONTEXT_INCONSISTENT",
    "ACQ.TRADE_BUYER_NOT_MATCH",
];

/// A trade that cannot be closed because it is not waiting any more.
const NOT_WAITING: &[&str] = &[
    "ACQ.TRADE_HAS_SUCCESS",
    "ACQ.TRADE_HAS_FINISHED",
    "ACQ.TRADE_STATUS_ERROR",
    "ACQ.REASON_TRADE_STATUS_INVALID",
    "ACQ.REASON_ILLEGAL_STATUS",
];

/// No money goes back by this request, ever.
const NOT_REFUNDABLE: &[&str] = &[
    "ACQ.INVALID_PARAMETER",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
    "ACQ.REFUND_FEE_ERROR",
    "ACQ.REASON_TRADE_REFUND_FEE_ERR",
    "ACQ.NOT_ALLOW_PARTIAL_REFUND",
    "ACQ.DISCORDANT_REPEAT_REQUEST",
    "ACQ.TRADE_HAS_FINISHED",
    "ACQ.TRADE_NOT_ALLOW_REFUND",
];

/// No money goes back now; somebody has to fill an account or lift a block first.
const REFUND_LATER: &[&str] = &[
    "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "ACQ.REASON_TRADE_BEEN_FREEZEN",
    "ACQ.TRADE_STATUS_ERROR",
    "ACQ.REASON_TRADE_STATUS_INVALID",
    "ACQ.BUYER_NOT_EXIST",
    "ACQ.BUYER_ENABLE_STATUS_FORBID",
    "ACQ.BUYER_ERROR",
    "ACQ.CUSTOMER_VALIDATE_ERROR",
    "ACQ.USER_NOT_MATCH_ERR",
    "ACQ.OVERDRAFT_AGREEMENT_NOT_MATCH",
];

/// What a business refusal says, or nothing where it leaves the outcome open.
pub(super) fn meaning_of(call: &Call, outcome: &Outcome) -> Option<Observation> {
    let code = outcome.sub_code.as_str();
    match call {
        Call::Prepay(_) => create_refusal(code, outcome),
        Call::PayByCode(_) if NOT_CHARGED.contains(&code) => Some(refused_with(outcome)),
        Call::PayByCode(_) => create_refusal(code, outcome),
        Call::Query { .. } | Call::QueryRefund { .. } => missing(code),
        Call::Close { .. } | Call::Reverse { .. } => end_refusal(code),
        Call::Refund(_) => refund_refusal(code, outcome),
    }
}

/// What a refusal by the gateway itself says: the request never reached the business.
pub(super) fn refused(call: &Call, outcome: &Outcome) -> Observation {
    match call {
        Call::Prepay(_) | Call::PayByCode(_) | Call::Refund(_) => refused_with(outcome),
        Call::Query { .. } | Call::Close { .. } | Call::Reverse { .. } | Call::QueryRefund { .. } => {
            Observation::Unknown {
                why: super::answer::in_words(outcome),
            }
        }
    }
}

fn create_refusal(code: &str, outcome: &Outcome) -> Option<Observation> {
    if code == "ACQ.TRADE_HAS_SUCCESS" {
        return Some(Observation::AlreadyPaid);
    }
    if NUMBER_USED.contains(&code) {
        return Some(Observation::NumberUsed);
    }
    NOT_ALLOWED.contains(&code).then(|| refused_with(outcome))
}

fn end_refusal(code: &str) -> Option<Observation> {
    if NOT_WAITING.contains(&code) {
        return Some(Observation::AlreadyPaid);
    }
    if code == "ACQ.TRADE_HAS_CLOSE" {
        return Some(Observation::CloseAccepted);
    }
    missing(code)
}

fn refund_refusal(code: &str, outcome: &Outcome) -> Option<Observation> {
    if NOT_REFUNDABLE.contains(&code) {
        return Some(refused_with(outcome));
    }
    if REFUND_LATER.contains(&code) {
        return Some(Observation::RefundDeferred {
            code: code.to_owned(),
        });
    }
    missing(code)
}

/// Also said of every code that nobody has scanned yet.
fn missing(code: &str) -> Option<Observation> {
    (code == "ACQ.TRADE_NOT_EXIST").then_some(Observation::NotExist)
}

fn refused_with(outcome: &Outcome) -> Observation {
    let code = if outcome.sub_code.is_empty() {
        &outcome.code
    } else {
        &outcome.sub_code
    };
    Observation::Refused {
        code: printable(code),
        message: printable(&format!("{} {}", outcome.msg, outcome.sub_msg)),
    }
}
