//! A business system that calls the existing contract of the test shop.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::kit::{ENTERPRISE, Shop, pay_channel};
use crate::centre::contract::Step;
use crate::centre::contract::trouble::INNER_ERROR;
use crate::http::{Headers, Reply, Request};
use crate::office;
use crate::rows::caller::Caller;
use crate::rows::pay_channel::PayChannel;

pub const APP: &str = "jzo2o.orders";
pub const OTHER_APP: &str = "course.orders";
/// Collects by Alipay; the scripted platform makes no difference.
pub const ALI_ENTERPRISE: i64 = 8;
pub const ORDER: &str = "2312120000000000037";

/// The secret of a test caller is its reference.
pub fn caller(app: &str, trusted: &str) -> Caller {
    Caller {
        product_app_id: app.into(),
        caller_id: i64::try_from(app.len()).unwrap(),
        secret_ref: format!("the secret of {app}"),
        trusted: trusted.into(),
        revoked_at_ms: None,
    }
}

/// A shop whose loopback callers are trusted.
pub fn open_shop() -> Shop {
    let shop = Shop::open();
    let_in(&shop);
    shop
}

/// Lets a caller in that may name both merchants.
pub fn let_in(shop: &Shop) {
    shop.do_it(|ledger| {
        office::put_caller(ledger, "t", &caller(APP, "127.0.0.0/8"))?;
        let ali = PayChannel {
            enterprise_id: ALI_ENTERPRISE,
            label: "ALI_PAY".into(),
            ..pay_channel()
        };
        office::put_channel(ledger, "t", &ali)?;
        office::grant(ledger, "t", APP, ENTERPRISE)?;
        office::grant(ledger, "t", APP, ALI_ENTERPRISE)
    });
}

pub fn peer() -> IpAddr {
    "127.0.0.1".parse().unwrap()
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let headers: Headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Request {
        method: method.into(),
        path_and_query: format!("/trade/inner/{path}"),
        headers,
        body: body.as_bytes().to_vec(),
    }
}

/// `code|sentence` of a refusal.
pub fn inner_error(reply: &Reply) -> String {
    let header = reply.headers.iter().find(|(name, _)| name == INNER_ERROR);
    let bytes = STANDARD.decode(&header.expect("a refusal").1).unwrap();
    String::from_utf8(bytes).unwrap()
}

pub fn native_body(channel: &str, amount: &str) -> String {
    let enterprise = if channel == "ALI_PAY" {
        ALI_ENTERPRISE
    } else {
        ENTERPRISE
    };
    format!(
        r#"{{"enterpriseId":{enterprise},"productAppId":"{APP}","productOrderNo":{ORDER},
        "tradingChannel":"{channel}","tradingAmount":{amount},"memo":"日常保洁","changeChannel":false}}"#
    )
}

impl Shop {
    /// Answers a caller's request as the service would, each step's calls first.
    pub fn serve_caller(&mut self, request: &Request, from: IpAddr) -> Reply {
        let mut step = self.centre.contract_begin(request, from, self.now_ms);
        loop {
            match step {
                Step::Reply(reply) => return reply,
                Step::Work(pending) => {
                    for work in pending.works.clone() {
                        for _ in 0..4 {
                            let Some(call) = self.centre.take(work, self.now_ms) else {
                                break;
                            };
                            let seen = self.platform.call(&call.call);
                            self.centre.observe(&call, &seen, self.now_ms).unwrap();
                        }
                    }
                    step = self.centre.contract_go_on(pending, self.now_ms);
                }
            }
        }
    }

    pub fn call_contract(&mut self, method: &str, path: &str, body: &str) -> Reply {
        self.serve_caller(&request(method, path, &[], body), peer())
    }

    /// What was answered, or `code|sentence`.
    pub fn contract(&mut self, method: &str, path: &str, body: &str) -> Result<Value, String> {
        let reply = self.call_contract(method, path, body);
        match reply.status {
            200 if reply.body.is_empty() => Ok(Value::Null),
            200 => Ok(serde_json::from_slice(&reply.body).unwrap()),
            _ => Err(inner_error(&reply)),
        }
    }

    pub fn native(&mut self, channel: &str, amount: &str) -> Result<Value, String> {
        self.contract("POST", "native", &native_body(channel, amount))
    }

    /// The number of a new trade.
    pub fn native_no(&mut self, channel: &str, amount: &str) -> String {
        let answer = self.native(channel, amount).unwrap();
        answer["tradingOrderNo"].as_str().unwrap().to_owned()
    }

    pub fn find_trade(&mut self, trade_no: &str) -> Value {
        let path = format!("tradings/findTradResultByTradingOrderNo?tradingOrderNo={trade_no}");
        self.contract("GET", &path, "").unwrap()
    }

    /// A paid order's trade.
    pub fn paid_order(&mut self) -> String {
        let trade_no = self.native_no("WECHAT_PAY", "28.10");
        self.platform.pay(&trade_no);
        // A platform is asked about one trade once a second at most.
        self.now_ms += 2_000;
        assert_eq!(self.find_trade(&trade_no)["tradingState"], 4);
        trade_no
    }
}
