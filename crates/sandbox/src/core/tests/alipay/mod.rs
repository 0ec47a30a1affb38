//! Alipay's behaviour, called as a merchant would call it. Requests are signed and answers checked here from
//! the published rules, apart from the code under test.

mod certificates;
mod codes;
mod notices;
mod openssl;
mod refunds;
mod signing;
mod switches;

use std::collections::BTreeMap;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{START_MS, public_key_of, sign};
use crate::{
    AlipayApp, HttpReply, HttpRequest, Outcome, OutgoingCallback, Platform, PlatformConfig, PlatformName,
    alipay_apps,
};

pub(crate) const NUMBER: &str = "T20260302_0001";
pub(crate) const PRECREATE: &str = "alipay.trade.precreate";
pub(crate) const QUERY: &str = "alipay.trade.query";

/// A merchant at Alipay, with a clock of its own.
pub(crate) struct Stall {
    pub(crate) platform: Platform,
    pub(crate) app: AlipayApp,
    pub(crate) now_ms: i64,
}

/// What came back: the inner object, and its text as it was sent.
pub(crate) struct Answer {
    pub(crate) node: Value,
    pub(crate) text: String,
    pub(crate) sign: Option<String>,
}

impl Answer {
    pub(crate) fn read(reply: &HttpReply) -> Self {
        let body = String::from_utf8(reply.body.clone()).unwrap();
        let whole: Value = serde_json::from_str(&body).unwrap();
        let name = whole
            .as_object()
            .unwrap()
            .keys()
            .find(|key| *key != "sign")
            .unwrap();
        let start = body.find(&format!("\"{name}\":")).unwrap() + name.len() + 3;
        let end = body.rfind(",\"sign\":").unwrap_or(body.len() - 1);
        Self {
            node: whole[name].clone(),
            text: body[start..end].to_owned(),
            sign: whole["sign"].as_str().map(str::to_owned),
        }
    }

    pub(crate) fn code(&self) -> &str {
        self.node["code"].as_str().unwrap()
    }

    /// Code and sub code.
    pub(crate) fn refused(&self) -> (&str, &str) {
        (self.code(), self.node["sub_code"].as_str().unwrap_or_default())
    }
}

impl Stall {
    pub(crate) fn new() -> Self {
        Self {
            platform: Platform::new(PlatformConfig::new(1)),
            app: alipay_apps().remove(0),
            now_ms: START_MS,
        }
    }

    /// The common parameters of a call.
    pub(crate) fn parameters(&self, method: &str, content: &Value) -> BTreeMap<String, String> {
        let pairs = [
            ("app_id", self.app.app_id.clone()),
            ("method", method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", "2026-03-02 10:00:00".to_owned()),
            ("version", "1.0".to_owned()),
            ("notify_url", "https://centre.example/notify".to_owned()),
            ("biz_content", content.to_string()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// The request with its signature.
    pub(crate) fn signed(&self, mut parameters: BTreeMap<String, String>) -> HttpRequest {
        let joined: Vec<String> = parameters
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let signature = sign(&self.app.private_key_pem, joined.join("&").as_bytes());
        parameters.insert("sign".to_owned(), signature);
        form(&parameters)
    }

    pub(crate) fn outcome(&mut self, method: &str, content: &Value) -> Outcome {
        let request = self.signed(self.parameters(method, content));
        self.platform.handle(&request, self.now_ms).outcome
    }

    pub(crate) fn send(&mut self, request: &HttpRequest) -> Answer {
        match self.platform.handle(request, self.now_ms).outcome {
            Outcome::Reply(reply) => {
                assert_eq!(reply.status, 200);
                Answer::read(&reply)
            }
            Outcome::Dropped => panic!("the connection was dropped"),
        }
    }

    /// A call whose answer's signature fits.
    pub(crate) fn call(&mut self, method: &str, content: &Value) -> Answer {
        let request = self.signed(self.parameters(method, content));
        let answer = self.send(&request);
        assert!(self.verified(&answer), "{}", answer.text);
        answer
    }

    pub(crate) fn verified(&self, answer: &Answer) -> bool {
        let keys = [&self.app.alipay_public_key_pem];
        answer
            .sign
            .as_deref()
            .is_some_and(|sign| keys.iter().any(|pem| fits(pem, answer.text.as_bytes(), sign)))
    }

    pub(crate) fn order(&self) -> Value {
        json!({ "out_trade_no": NUMBER, "total_amount": "12.50", "subject": "练习 商品",
                "qr_code_timeout_express": "5m", "timeout_express": "5m" })
    }

    /// Asks for the usual code; its address.
    pub(crate) fn opened(&mut self) -> String {
        let answer = self.call(PRECREATE, &self.order());
        assert_eq!(answer.code(), "10000", "{}", answer.text);
        answer.node["qr_code"].as_str().unwrap().to_owned()
    }

    /// Somebody scans the usual code and pays.
    pub(crate) fn paid(&mut self) {
        let code = self.opened();
        self.platform.confirm(&code, self.now_ms).unwrap();
    }

    pub(crate) fn about(&mut self, method: &str) -> Answer {
        self.call(method, &json!({ "out_trade_no": NUMBER }))
    }

    pub(crate) fn status(&mut self) -> String {
        let answer = self.about(QUERY);
        answer.node["trade_status"]
            .as_str()
            .unwrap_or(answer.refused().1)
            .to_owned()
    }

    pub(crate) fn refund(&mut self, number: &str, yuan: &str) -> Answer {
        let asked = json!({ "out_trade_no": NUMBER, "refund_amount": yuan, "out_request_no": number });
        self.call("alipay.trade.refund", &asked)
    }

    pub(crate) fn refund_query(&mut self, number: &str) -> Answer {
        let asked = json!({ "out_trade_no": NUMBER, "out_request_no": number });
        self.call("alipay.trade.fastpay.refund.query", &asked)
    }

    /// Charges a fresh payment code for the usual order.
    pub(crate) fn charged(&mut self, asks_password: bool) -> (Answer, String) {
        let code = self
            .platform
            .show_payment_code(PlatformName::Alipay, asks_password, self.now_ms);
        let mut asked = self.order();
        asked["scene"] = json!("bar_code");
        asked["auth_code"] = json!(code);
        (self.call("alipay.trade.pay", &asked), code)
    }

    pub(crate) fn after(&mut self, ms: i64) -> Vec<OutgoingCallback> {
        self.now_ms += ms;
        self.platform.due_callbacks(self.now_ms)
    }

    /// The parameters of a notice whose signature fits.
    pub(crate) fn told(&self, callback: &OutgoingCallback) -> BTreeMap<String, String> {
        let told = read_form(&callback.body);
        assert!(self.notice_verified(&told), "{told:?}");
        told
    }

    pub(crate) fn notice_verified(&self, told: &BTreeMap<String, String>) -> bool {
        let joined: Vec<String> = told
            .iter()
            .filter(|(name, value)| *name != "sign" && *name != "sign_type" && !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        fits(
            &self.app.alipay_public_key_pem,
            joined.join("&").as_bytes(),
            &told["sign"],
        )
    }
}

/// Whether a signature was made by the key whose public half is `pem`.
pub(crate) fn fits(pem: &str, message: &[u8], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key_of(pem))
        .verify(message, &signature)
        .is_ok()
}

/// A form body with every byte escaped that might need it.
pub(crate) fn form(parameters: &BTreeMap<String, String>) -> HttpRequest {
    let escaped = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    };
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    HttpRequest {
        method: "POST".to_owned(),
        path_and_query: "/gateway.do".to_owned(),
        headers: vec![(
            "Content-Type".to_owned(),
            "application/x-www-form-urlencoded;charset=utf-8".to_owned(),
        )],
        body: pairs.join("&").into_bytes(),
    }
}

/// A form body read byte by byte.
pub(crate) fn read_form(body: &[u8]) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '+' => bytes.push(b' '),
                '%' => {
                    let hex: String = rest.by_ref().take(2).collect();
                    bytes.push(u8::from_str_radix(&hex, 16).unwrap());
                }
                other => bytes.extend(other.to_string().bytes()),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let text = std::str::from_utf8(body).unwrap();
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}
