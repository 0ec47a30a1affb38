//! Turns a call into the address, body and headers of WeChat Pay APIv3.
//!
//! Bodies are written from structs with fields in a fixed order: equal calls become equal bytes.

use serde::Serialize;

use super::WechatPay;
use crate::bill::{BillDay, BillLink};
use crate::call::{Call, CodePay, Prepay, RefundOrder};
use crate::channel::SignedAt;
use crate::http::{HttpRequest, Method};
use crate::text::{cut, escape};
use crate::time::china_rfc3339;

/// `description`: the documents say 127 characters, the platform's own refusals count bytes; 127 bytes
/// keep both.
const DESCRIPTION_BYTES_MAX: usize = 127;

/// `attach`, by the same reading.
const ATTACH_BYTES_MAX: usize = 128;

/// `reason` of a refund, by the same reading.
const REASON_BYTES_MAX: usize = 80;

/// `scene_info.store_info.out_id`, the merchant's own number of a store.
const STORE_ID_BYTES_MAX: usize = 32;

/// Currency of every amount sent.
const CURRENCY: &str = "CNY";

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
struct CodePayBody<'a> {
    appid: &'a str,
    mchid: &'a str,
    description: &'a str,
    out_trade_no: &'a str,
    payer: PayerBody<'a>,
    amount: TotalBody,
    scene_info: SceneBody<'a>,
}

#[derive(Serialize)]
struct PayerBody<'a> {
    auth_code: &'a str,
}

#[derive(Serialize)]
struct SceneBody<'a> {
    store_info: StoreBody<'a>,
}

#[derive(Serialize)]
struct StoreBody<'a> {
    out_id: &'a str,
}

#[derive(Serialize)]
struct CloseBody<'a> {
    mchid: &'a str,
}

/// Without the app id the platform answers a reversal with an error of its own making.
#[derive(Serialize)]
struct ReverseBody<'a> {
    appid: &'a str,
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
        self.signed_request(method, format!("{}{target}", self.origin.base), &target, body, at)
    }

    /// Asks where the bill of a day is, packed.
    pub(super) fn build_bill_request(&self, day: BillDay, at: &SignedAt) -> HttpRequest {
        let target = format!(
            "{}/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP",
            self.origin.path_prefix
        );
        let url = format!("{}{target}", self.origin.base);
        self.signed_request(Method::Get, url, &target, Vec::new(), at)
    }

    /// A download is signed like every call, over the path and query the platform handed out.
    pub(super) fn build_bill_fetch(&self, link: &BillLink, at: &SignedAt) -> HttpRequest {
        let after_scheme = link.url.find("://").map_or(0, |at| at + 3);
        let path_at = link.url[after_scheme..].find('/').map(|at| after_scheme + at);
        let target = path_at.map_or("/", |at| &link.url[at..]);
        self.signed_request(Method::Get, link.url.clone(), target, Vec::new(), at)
    }

    pub(super) fn signed_request(
        &self,
        method: Method,
        url: String,
        target: &str,
        body: Vec<u8>,
        at: &SignedAt,
    ) -> HttpRequest {
        let authorization = self
            .signer
            .authorization(&self.merchant_id, method, target, &body, at);
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
            url,
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
            Call::PayByCode(pay) => (
                Method::Post,
                "/v3/pay/transactions/codepay".to_owned(),
                self.code_pay_body(pay),
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
            Call::Reverse { trade_no } => {
                let body = to_bytes(&ReverseBody {
                    appid: &self.app_id,
                    mchid: &self.merchant_id,
                });
                (Method::Post, format!("{}/reverse", trade_path(trade_no)), body)
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
            time_expire: china_rfc3339(prepay.expires_at_ms),
            attach: prepay.attach.as_deref().map(|text| cut(text, ATTACH_BYTES_MAX)),
            notify_url: prepay.notify_url.as_str(),
            amount: TotalBody {
                total: prepay.amount.minor(),
                currency: CURRENCY,
            },
        })
    }

    fn code_pay_body(&self, pay: &CodePay) -> Vec<u8> {
        to_bytes(&CodePayBody {
            appid: &self.app_id,
            mchid: &self.merchant_id,
            description: cut(&pay.description, DESCRIPTION_BYTES_MAX),
            out_trade_no: &pay.trade_no,
            payer: PayerBody {
                auth_code: pay.code.reveal(),
            },
            amount: TotalBody {
                total: pay.amount.minor(),
                currency: CURRENCY,
            },
            scene_info: SceneBody {
                store_info: StoreBody {
                    out_id: cut(&pay.store_id, STORE_ID_BYTES_MAX),
                },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_cannot_reach_into_another_path() {
        assert_eq!(
            trade_path("1/../2?x"),
            "/v3/pay/transactions/out-trade-no/1%2F..%2F2%3Fx"
        );
    }
}
