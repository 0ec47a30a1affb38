//! Turns a call into the form the gateway takes.
//!
//! The content is written from structs with fields in a fixed order, so that equal calls become equal
//! content; beside it only the time and the signature differ between two sendings.

use serde::Serialize;

use super::Alipay;
use crate::bill::BillDay;
use crate::call::{Call, CodePay, NotifyUrl, Prepay, RefundOrder};
use crate::channel::SignedAt;
use crate::http::{HttpRequest, Method};
use crate::text::{cut, write_form};
use crate::time::china_plain;

/// `subject`: 256 characters by the documents, counted in bytes to be within by any count.
const SUBJECT_BYTES_MAX: usize = 256;

/// `refund_reason`, by the same reading.
const REASON_BYTES_MAX: usize = 256;

/// `store_id`: 32 characters.
const STORE_ID_BYTES_MAX: usize = 32;

/// A life shorter than a minute cannot be said.
const LIFE_MINUTES_MIN: i64 = 1;

/// One minute.
const MINUTE_MS: i64 = 60_000;

#[derive(Serialize)]
struct PrecreateContent<'a> {
    out_trade_no: &'a str,
    total_amount: String,
    subject: String,
    /// Last payable moment; where the platform takes both, this one counts.
    time_expire: String,
    /// How long it can be paid once it has been scanned.
    timeout_express: String,
    /// How long the code can be scanned.
    qr_code_timeout_express: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
}

#[derive(Serialize)]
struct PayContent<'a> {
    out_trade_no: &'a str,
    scene: &'static str,
    auth_code: &'a str,
    product_code: &'static str,
    total_amount: String,
    subject: String,
    store_id: &'a str,
    timeout_express: String,
}

#[derive(Serialize)]
struct TradeContent<'a> {
    out_trade_no: &'a str,
}

#[derive(Serialize)]
struct RefundContent<'a> {
    out_trade_no: &'a str,
    out_request_no: &'a str,
    refund_amount: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    refund_reason: &'a str,
}

#[derive(Serialize)]
struct RefundQueryContent<'a> {
    out_trade_no: &'a str,
    out_request_no: &'a str,
}

#[derive(Serialize)]
struct BillContent {
    bill_type: &'static str,
    bill_date: String,
}

/// The name of a call's interface.
pub(super) const fn method_of(call: &Call) -> &'static str {
    match call {
        Call::Prepay(_) => "alipay.trade.precreate",
        Call::PayByCode(_) => "alipay.trade.pay",
        Call::Query { .. } => "alipay.trade.query",
        Call::Close { .. } => "alipay.trade.close",
        Call::Reverse { .. } => "alipay.trade.cancel",
        Call::Refund(_) => "alipay.trade.refund",
        Call::QueryRefund { .. } => "alipay.trade.fastpay.refund.query",
    }
}

/// The name of the interface that says where a bill is.
pub(super) const BILL_METHOD: &str = "alipay.data.dataservice.bill.downloadurl.query";

impl Alipay {
    pub(super) fn build_request(&self, call: &Call, at: &SignedAt) -> HttpRequest {
        self.signed_form(method_of(call), content_of(call), notify_url_of(call), at)
    }

    pub(super) fn build_bill_request(&self, day: BillDay, at: &SignedAt) -> HttpRequest {
        let content = to_text(&BillContent {
            bill_type: "trade",
            bill_date: day.to_string(),
        });
        self.signed_form(BILL_METHOD, content, None, at)
    }

    /// Everything in the body: an address would show the signature to every log on the way.
    pub(super) fn signed_form(
        &self,
        method: &str,
        content: String,
        notify_url: Option<&NotifyUrl>,
        at: &SignedAt,
    ) -> HttpRequest {
        let mut params = vec![
            ("app_id", self.app_id.clone()),
            ("biz_content", content),
            ("charset", "utf-8".to_owned()),
            ("format", "JSON".to_owned()),
            ("method", method.to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", china_plain(at.now_ms)),
            ("version", "1.0".to_owned()),
        ];
        if let Some(url) = notify_url {
            params.push(("notify_url", url.as_str().to_owned()));
        }
        if let Some(names) = &self.names {
            params.push(("app_cert_sn", names.app.clone()));
            params.push(("alipay_root_cert_sn", names.root.clone()));
        }
        params.sort_unstable_by_key(|(name, _)| *name);
        let signature = self.key.sign(signed_text(&params).as_bytes());
        params.push(("sign", signature));
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded;charset=utf-8"),
            ("Accept", "application/json"),
            ("User-Agent", concat!("suanpan/", env!("CARGO_PKG_VERSION"))),
        ];
        HttpRequest {
            method: Method::Post,
            url: self.gateway.clone(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: write_form(&params),
        }
    }
}

/// What is signed: every parameter that says something, sorted by name, unescaped.
fn signed_text(params: &[(&str, String)]) -> String {
    let pairs: Vec<String> = params
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn content_of(call: &Call) -> String {
    match call {
        Call::Prepay(prepay) => precreate_content(prepay),
        Call::PayByCode(pay) => pay_content(pay),
        Call::Query { trade_no } | Call::Close { trade_no } | Call::Reverse { trade_no } => {
            to_text(&TradeContent {
                out_trade_no: trade_no,
            })
        }
        Call::Refund(order) => refund_content(order),
        Call::QueryRefund { refund_no, trade_no } => to_text(&RefundQueryContent {
            out_trade_no: trade_no,
            out_request_no: refund_no,
        }),
    }
}

/// Refunds are reported to the address of the payment.
const fn notify_url_of(call: &Call) -> Option<&NotifyUrl> {
    match call {
        Call::Prepay(prepay) => Some(&prepay.notify_url),
        Call::PayByCode(pay) => Some(&pay.notify_url),
        Call::Query { .. }
        | Call::Close { .. }
        | Call::Reverse { .. }
        | Call::Refund(_)
        | Call::QueryRefund { .. } => None,
    }
}

fn precreate_content(prepay: &Prepay) -> String {
    let life = life(prepay.made_at_ms, prepay.expires_at_ms);
    to_text(&PrecreateContent {
        out_trade_no: &prepay.trade_no,
        total_amount: prepay.amount.to_string(),
        subject: subject(&prepay.description),
        time_expire: china_plain(prepay.expires_at_ms),
        timeout_express: life.clone(),
        qr_code_timeout_express: life,
        body: prepay.attach.as_deref(),
    })
}

fn pay_content(pay: &CodePay) -> String {
    to_text(&PayContent {
        out_trade_no: &pay.trade_no,
        scene: "bar_code",
        auth_code: pay.code.reveal(),
        product_code: "FACE_TO_FACE_PAYMENT",
        total_amount: pay.amount.to_string(),
        subject: subject(&pay.description),
        store_id: cut(&pay.store_id, STORE_ID_BYTES_MAX),
        timeout_express: life(pay.made_at_ms, pay.expires_at_ms),
    })
}

fn refund_content(order: &RefundOrder) -> String {
    to_text(&RefundContent {
        out_trade_no: &order.trade_no,
        out_request_no: &order.refund_no,
        refund_amount: order.refund.to_string(),
        refund_reason: cut(&order.reason, REASON_BYTES_MAX),
    })
}

/// A life in whole minutes, rounded down: the same in every repeat, whenever it is sent.
fn life(made_at_ms: i64, expires_at_ms: i64) -> String {
    let minutes = expires_at_ms.saturating_sub(made_at_ms) / MINUTE_MS;
    format!("{}m", minutes.max(LIFE_MINUTES_MIN))
}

/// Some signs are refused in a subject, and a comma would divide its field in a bill.
fn subject(description: &str) -> String {
    let plain: String = description
        .chars()
        .map(|c| match c {
            '/' | '=' | '&' | ',' | '"' | '\\' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    cut(&plain, SUBJECT_BYTES_MAX).to_owned()
}

fn to_text(content: &impl Serialize) -> String {
    serde_json::to_string(content).expect("structs of text always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_whole_minutes_and_the_same_in_every_repeat() {
        assert_eq!(life(0, 300_000), "5m");
        assert_eq!(life(1_500, 301_000), "4m");
        assert_eq!(life(0, 59_999), "1m");
        assert_eq!(life(5, 0), "1m");
        assert_eq!(life(0, 900_000), "15m");
    }

    #[test]
    fn signs_that_the_platform_refuses_are_left_out_of_a_subject() {
        assert_eq!(subject("a/b=c&d,e"), "a b c d e");
        assert_eq!(subject(&"算".repeat(100)).chars().count(), 85);
    }
}
