//! The platform's behaviour, called as a merchant would call it. The requests are signed here from the
//! published rules, apart from the code under test.

pub(crate) mod alipay;
mod bills;
mod callbacks;
mod calls;
mod codepay;
mod faults;
mod golden;
mod kept;
mod keys;
mod late;
pub(crate) mod openssl;
mod refunds;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    HttpReply, HttpRequest, Merchant, Outcome, OutgoingCallback, Platform, PlatformConfig, merchants,
};

/// 2026-03-02 10:00:00 in Shanghai.
pub(crate) const START_MS: i64 = 1_772_416_800_000;
pub(crate) const NATIVE: &str = "/v3/pay/transactions/native";
pub(crate) const REFUNDS: &str = "/v3/refund/domestic/refunds";
pub(crate) const NUMBER: &str = "T20260302_0001";

/// A merchant at the platform, with a clock of its own.
pub(crate) struct Shop {
    pub(crate) platform: Platform,
    pub(crate) merchant: Merchant,
    pub(crate) now_ms: i64,
    serial: Option<String>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with(PlatformConfig::new(1), 0)
    }

    pub(crate) fn with(config: PlatformConfig, merchant: usize) -> Self {
        let merchant = merchants().remove(merchant);
        Self {
            platform: Platform::new(config),
            merchant,
            now_ms: START_MS,
            serial: None,
        }
    }

    pub(crate) fn asking_for(mut self, serial: &str) -> Self {
        self.serial = Some(serial.to_owned());
        self
    }

    pub(crate) fn signed(&self, method: &str, path: &str, body: &str) -> HttpRequest {
        let (seconds, nonce) = (
            (self.now_ms / 1000).to_string(),
            "0123456789abcdef0123456789ABCDEF",
        );
        let message = format!("{method}\n{path}\n{seconds}\n{nonce}\n{body}\n");
        let signature = sign(&self.merchant.private_key_pem, message.as_bytes());
        let (mchid, serial) = (&self.merchant.mchid, &self.merchant.certificate_serial);
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{seconds}\",\
             serial_no=\"{serial}\",signature=\"{signature}\""
        );
        let mut headers = vec![
            ("Authorization".to_owned(), authorization),
            ("Accept".to_owned(), "application/json".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ];
        headers.extend(
            self.serial
                .iter()
                .map(|serial| ("Wechatpay-Serial".to_owned(), serial.clone())),
        );
        HttpRequest {
            method: method.to_owned(),
            path_and_query: path.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn send(&mut self, request: &HttpRequest) -> HttpReply {
        match self.platform.handle(request, self.now_ms).outcome {
            Outcome::Reply(reply) => reply,
            Outcome::Dropped => panic!("the connection was dropped"),
        }
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> HttpReply {
        let request = self.signed("POST", path, &body.to_string());
        self.send(&request)
    }

    pub(crate) fn get(&mut self, path: &str) -> HttpReply {
        let request = self.signed("GET", path, "");
        self.send(&request)
    }

    pub(crate) fn order(&self) -> Value {
        json!({
            "appid": self.merchant.appid, "mchid": self.merchant.mchid, "description": "练习 商品",
            "out_trade_no": NUMBER, "notify_url": "https://centre.example/notify",
            "time_expire": "2026-03-02T10:05:00+08:00", "amount": { "total": 1250, "currency": "CNY" },
        })
    }

    /// Opens the usual order; its code.
    pub(crate) fn opened(&mut self) -> String {
        let reply = self.post(NATIVE, &self.order());
        assert_eq!(reply.status, 200, "{}", text(&reply));
        body(&reply)["code_url"].as_str().unwrap().to_owned()
    }

    /// Opens the usual order and pays it.
    pub(crate) fn paid(&mut self) {
        let code = self.opened();
        self.platform.confirm(&code, self.now_ms).unwrap();
    }

    pub(crate) fn query(&mut self) -> HttpReply {
        let path = format!(
            "/v3/pay/transactions/out-trade-no/{NUMBER}?mchid={}",
            self.merchant.mchid
        );
        self.get(&path)
    }

    pub(crate) fn state(&mut self) -> String {
        body(&self.query())["trade_state"].as_str().unwrap().to_owned()
    }

    pub(crate) fn close(&mut self) -> HttpReply {
        let path = format!("/v3/pay/transactions/out-trade-no/{NUMBER}/close");
        let mchid = json!({ "mchid": self.merchant.mchid });
        self.post(&path, &mchid)
    }

    pub(crate) fn refund(&mut self, number: &str, refund: i64) -> HttpReply {
        let asked = json!({
            "out_trade_no": NUMBER, "out_refund_no": number, "notify_url": "https://centre.example/refund",
            "amount": { "refund": refund, "total": 1250, "currency": "CNY" },
        });
        self.post(REFUNDS, &asked)
    }

    pub(crate) fn after(&mut self, ms: i64) -> Vec<OutgoingCallback> {
        self.now_ms += ms;
        self.platform.due_callbacks(self.now_ms)
    }

    /// Checks a callback's or reply's signature, first in public-key mode, then by certificate.
    pub(crate) fn verified(&self, headers: &[(String, String)], body: &[u8]) -> bool {
        let value = |name: &str| {
            headers
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.clone())
                .unwrap()
        };
        let key = if value("Wechatpay-Serial") == self.merchant.platform_public_key_id {
            public_key_of(&self.merchant.platform_public_key_pem)
        } else {
            assert_eq!(
                value("Wechatpay-Serial"),
                self.merchant.platform_certificate_serial
            );
            public_key_of_certificate(&self.merchant.platform_certificate_pem)
        };
        let mut message =
            format!("{}\n{}\n", value("Wechatpay-Timestamp"), value("Wechatpay-Nonce")).into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        let Ok(signature) = STANDARD.decode(value("Wechatpay-Signature")) else {
            return false;
        };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(&message, &signature)
            .is_ok()
    }

    /// Decrypts `{ciphertext, nonce, associated_data}` with the APIv3 key.
    pub(crate) fn decrypted(&self, sealed: &Value) -> Vec<u8> {
        let part = |name: &str| sealed[name].as_str().unwrap();
        let key = UnboundKey::new(&AES_256_GCM, self.merchant.api_v3_key.as_bytes()).unwrap();
        let nonce = Nonce::try_assume_unique_for_key(part("nonce").as_bytes()).unwrap();
        let mut bytes = STANDARD.decode(part("ciphertext")).unwrap();
        let associated = Aad::from(part("associated_data").as_bytes());
        LessSafeKey::new(key)
            .open_in_place(nonce, associated, &mut bytes)
            .unwrap()
            .to_vec()
    }

    /// The decrypted resource of a callback whose signature fits.
    pub(crate) fn told(&self, callback: &OutgoingCallback) -> Value {
        assert!(self.verified(&callback.headers, &callback.body));
        let body: Value = serde_json::from_slice(&callback.body).unwrap();
        assert_eq!(body["resource_type"], "encrypt-resource");
        serde_json::from_slice(&self.decrypted(&body["resource"])).unwrap()
    }
}

pub(crate) fn body(reply: &HttpReply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

pub(crate) fn text(reply: &HttpReply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

/// Status and code of an error.
pub(crate) fn refused(reply: &HttpReply) -> (u16, String) {
    (
        reply.status,
        body(reply)["code"].as_str().unwrap_or_default().to_owned(),
    )
}

pub(crate) fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

pub(crate) fn sign(private_key_pem: &str, message: &[u8]) -> String {
    let pair = RsaKeyPair::from_pkcs8(&der(private_key_pem)).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .unwrap();
    STANDARD.encode(signature)
}

fn der(pem: &str) -> Vec<u8> {
    STANDARD
        .decode(
            pem.lines()
                .filter(|line| !line.starts_with('-'))
                .collect::<String>(),
        )
        .unwrap()
}

/// The PKCS#1 key inside a `PUBLIC KEY`: for RSA 2048 it follows a header of 24 bytes.
pub(crate) fn public_key_of(pem: &str) -> Vec<u8> {
    der(pem)[24..].to_vec()
}

/// The PKCS#1 key inside a certificate: found by the header that stands before every RSA 2048 key.
fn public_key_of_certificate(pem: &str) -> Vec<u8> {
    let der = der(pem);
    let header = [0x03, 0x82, 0x01, 0x0f, 0x00];
    let at = der
        .windows(header.len())
        .position(|window| window == header)
        .unwrap()
        + header.len();
    der[at..at + 270].to_vec()
}
