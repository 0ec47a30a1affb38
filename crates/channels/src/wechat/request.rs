//! Turns a call into the address, body and headers of WeChat Pay APIv3.
//!
//! Bodies are written from structs with fields in a fixed order: equal calls become equal bytes.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::Serialize;

use super::WechatPay;
use crate::call::{Call, Prepay, RefundOrder};
use crate::channel::SignedAt;
use crate::http::{HttpRequest, Method};

/// `description`: the documents say 127 characters, the platform's own refusals count bytes; 127 bytes
/// keep both.
const DESCRIPTION_BYTES_MAX: usize = 127;

/// `attach`, by the same reading.
const ATTACH_BYTES_MAX: usize = 128;

/// `reason` of a refund, by the same reading.
const REASON_BYTES_MAX: usize = 80;

/// Currency of every amount sent.
const CURRENCY: &str = "CNY";

/// China's offset from UTC, which the platform writes times in.
const CHINA_OFFSET_S: i32 = 8 * 3600;

/// 9999-12-31T15:59:59Z: the last moment a four-digit year at +08:00 can show.
const EXPIRY_MS_MAX: i64 = 253_402_271_999_000;

#[derive(Serialize)]
struct PrepayBody<'a> {
    appid: &'a str,
    mchid: &'a str,
    description: &'a str,
    out_trade_no: &'a str,
    time_expire: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'a str>,
    notify_url: &'a str,
    amount: TotalBody,
}

#[derive(Serialize)]
struct TotalBody {
    total: i64,
    currency: &'static str,
}

#[derive(Serialize)]
struct CloseBody<'a> {
    mchid: &'a str,
}

#[derive(Serialize)]
struct RefundBody<'a> {
    out_trade_no: &'a str,
    out_refund_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    notify_url: &'a str,
    amount: RefundAmountBody,
}

#[derive(Serialize)]
struct RefundAmountBody {
    refund: i64,
    total: i64,
    currency: &'static str,
}

impl WechatPay {
    pub(super) fn build_request(&self, call: &Call, at: &SignedAt) -> HttpRequest {
        let (method, path, body) = self.target(call);
        let target = format!("{}{path}", self.origin.path_prefix);
        let authorization = self
            .signer
            .authorization(&self.merchant_id, method, &target, &body, at);
        let mut headers = vec![
            ("Authorization".to_owned(), authorization),
            ("Accept".to_owned(), "application/json".to_owned()),
            (
                "User-Agent".to_owned(),
                concat!("suanpan/", env!("CARGO_PKG_VERSION")).to_owned(),
            ),
        ];
        if !body.is_empty() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        if let Some(id) = &self.asked_key_id {
            headers.push(("Wechatpay-Serial".to_owned(), id.clone()));
        }
        HttpRequest {
            method,
            url: format!("{}{target}", self.origin.base),
            headers,
            body,
        }
    }

    /// Method, path with query, and body of a call.
    fn target(&self, call: &Call) -> (Method, String, Vec<u8>) {
        match call {
            Call::Prepay(prepay) => (
                Method::Post,
                "/v3/pay/transactions/native".to_owned(),
                self.prepay_body(prepay),
            ),
            Call::Query { trade_no } => {
                let path = format!("{}?mchid={}", trade_path(trade_no), self.merchant_id);
                (Method::Get, path, Vec::new())
            }
            Call::Close { trade_no } => {
                let body = to_bytes(&CloseBody {
                    mchid: &self.merchant_id,
                });
                (Method::Post, format!("{}/close", trade_path(trade_no)), body)
            }
            Call::Refund(order) => (
                Method::Post,
                "/v3/refund/domestic/refunds".to_owned(),
                refund_body(order),
            ),
            Call::QueryRefund {
                refund_no,
                trade_no: _,
            } => {
                let path = format!("/v3/refund/domestic/refunds/{}", escape(refund_no));
                (Method::Get, path, Vec::new())
            }
        }
    }

    fn prepay_body(&self, prepay: &Prepay) -> Vec<u8> {
        to_bytes(&PrepayBody {
            appid: &self.app_id,
            mchid: &self.merchant_id,
            description: cut(&prepay.description, DESCRIPTION_BYTES_MAX),
            out_trade_no: &prepay.trade_no,
            time_expire: china_time(prepay.expires_at_ms),
            attach: prepay.attach.as_deref().map(|text| cut(text, ATTACH_BYTES_MAX)),
            notify_url: prepay.notify_url.as_str(),
            amount: TotalBody {
                total: prepay.amount.minor(),
                currency: CURRENCY,
            },
        })
    }
}

fn refund_body(order: &RefundOrder) -> Vec<u8> {
    to_bytes(&RefundBody {
        out_trade_no: &order.trade_no,
        out_refund_no: &order.refund_no,
        reason: cut(&order.reason, REASON_BYTES_MAX),
        notify_url: order.notify_url.as_str(),
        amount: RefundAmountBody {
            refund: order.refund.minor(),
            total: order.total.minor(),
            currency: CURRENCY,
        },
    })
}

fn trade_path(trade_no: &str) -> String {
    format!("/v3/pay/transactions/out-trade-no/{}", escape(trade_no))
}

fn to_bytes(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("structs of text and whole numbers always serialise")
}

/// Percent-encodes all but unreserved characters. Our numbers are digits; should one ever not be, it
/// must not reach into another path.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// The longest beginning of at most `bytes_max` bytes that ends at a character boundary.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// RFC 3339 in whole seconds at +08:00, rounded down so that a code never outlives its deadline.
fn china_time(ms: i64) -> String {
    let china = FixedOffset::east_opt(CHINA_OFFSET_S).expect("eight hours is a valid offset");
    DateTime::from_timestamp_millis(ms.clamp(0, EXPIRY_MS_MAX))
        .expect("clamped into the years 1970 to 9999")
        .with_timezone(&china)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_a_character_within_the_limit_in_bytes() {
        let long = "算".repeat(60);
        let description = cut(&long, DESCRIPTION_BYTES_MAX);
        assert_eq!(description.chars().count(), 42);
        assert_eq!(description.len(), 126);
        assert_eq!(cut("short", DESCRIPTION_BYTES_MAX), "short");
        assert_eq!(cut(&"a".repeat(200), DESCRIPTION_BYTES_MAX).len(), 127);
    }

    #[test]
    fn times_are_written_in_china_rounded_down_and_never_fail() {
        assert_eq!(china_time(1_528_425_296_999), "2018-06-08T10:34:56+08:00");
        assert_eq!(china_time(i64::MIN), "1970-01-01T08:00:00+08:00");
        assert_eq!(china_time(i64::MAX), "9999-12-31T23:59:59+08:00");
    }

    #[test]
    fn a_number_cannot_reach_into_another_path() {
        assert_eq!(
            trade_path("1/../2?x"),
            "/v3/pay/transactions/out-trade-no/1%2F..%2F2%3Fx"
        );
    }
}
