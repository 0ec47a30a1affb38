//! What the practice platforms would write: notices signed with their published keys. Made from the platforms'
//! documents and apart from the channels that read them.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use suanpan_channels::{CallbackRequest, Channel, alipay, wechat};
use suanpan_domain::tender::Means;
use suanpan_domain::time::ShopTime;

use super::kit::{ENTERPRISE, Shop, parts};
use crate::http::Reply;
use crate::rows::pay_channel::PayChannel;
use crate::{CentreParts, SqliteDb, merchants, office, practice};

const WECHAT_KEY: &str = include_str!("../../../../sandbox/keys/platform_public_key_private.pem");
const WECHAT_KEY_ID: &str = "PUB_KEY_ID_0119000001012026010100000000000001";
const API_V3_KEY: &[u8; 32] = b"SandboxOnlyApiV3KeyMerchant00101";
const ALIPAY_KEY: &str = include_str!("../../../../sandbox/keys/alipay_platform_private.pem");
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// What happened at the platform.
#[derive(Clone, Copy, Debug)]
pub enum Happened<'a> {
    /// A trade was paid.
    Paid { trade_no: &'a str, amount_minor: i64 },
    /// A trade ended unpaid.
    Ended { trade_no: &'a str, amount_minor: i64 },
    /// A refund succeeded.
    Refunded {
        trade_no: &'a str,
        amount_minor: i64,
        refund_no: &'a str,
    },
}

/// The account of the practice merchant, its keys below the folder.
pub fn account(folder: &Path, enterprise_id: i64, means: Means) -> PayChannel {
    practice::account(folder, enterprise_id, means.name(), NOWHERE).unwrap()
}

/// A shop on a file whose channel is the real one, with the keys of the practice merchant.
pub fn shop(folder: &Path, means: Means) -> Shop {
    let db = SqliteDb::open(&folder.join("centre.db")).unwrap();
    let shop = Shop::open_with(
        CentreParts {
            open_channel: Box::new(merchants::open),
            ..parts(db.into())
        },
        means,
    );
    let row = account(folder, ENTERPRISE, means);
    shop.do_it(|ledger| office::put_channel(ledger, "t", &row));
    shop
}

impl Shop {
    /// The channel that reads notices here.
    pub fn real_channel(&self) -> Arc<dyn Channel> {
        self.centre.channel(ENTERPRISE).unwrap().unwrap()
    }

    /// The notice of what happened at the shop's platform just now.
    pub fn notice(&self, happened: Happened<'_>) -> CallbackRequest {
        notice(self.means, happened, self.now_ms)
    }

    /// Hands a notice in where the shop's platform would.
    pub fn notified(&self, notice: &CallbackRequest) -> Reply {
        self.centre.callback(
            self.means.name(),
            &ENTERPRISE.to_string(),
            &notice.headers,
            &notice.body,
            self.now_ms,
        )
    }
}

/// The notice of what happened, signed at this time.
pub fn notice(means: Means, happened: Happened<'_>, now_ms: i64) -> CallbackRequest {
    match means {
        Means::AliPay => of_alipay(happened, now_ms),
        Means::WechatPay | Means::Cash => of_wechat(happened, now_ms),
    }
}

fn of_wechat(happened: Happened<'_>, now_ms: i64) -> CallbackRequest {
    let (event, kind, content) = match happened {
        Happened::Paid {
            trade_no,
            amount_minor,
        } => (
            "TRANSACTION.SUCCESS",
            "transaction",
            json!({
                "mchid": "1900000101", "appid": "wx5a9dbc0000000101", "out_trade_no": trade_no,
                "transaction_id": format!("4200{trade_no}"), "trade_type": "NATIVE", "trade_state": "SUCCESS",
                "success_time": rfc3339(now_ms), "payer": { "openid": "o1" },
                "amount": { "total": amount_minor, "payer_total": amount_minor, "currency": "CNY" },
            }),
        ),
        Happened::Ended {
            trade_no,
            amount_minor,
        } => (
            "TRANSACTION.SUCCESS",
            "transaction",
            json!({
                "mchid": "1900000101", "appid": "wx5a9dbc0000000101", "out_trade_no": trade_no,
                "trade_type": "NATIVE", "trade_state": "CLOSED",
                "amount": { "total": amount_minor, "currency": "CNY" },
            }),
        ),
        Happened::Refunded {
            trade_no,
            amount_minor,
            refund_no,
        } => (
            "REFUND.SUCCESS",
            "refund",
            json!({
                "mchid": "1900000101", "out_trade_no": trade_no, "transaction_id": format!("4200{trade_no}"),
                "out_refund_no": refund_no, "refund_id": "5030", "refund_status": "SUCCESS",
                "success_time": rfc3339(now_ms),
                "amount": { "total": 2810, "refund": amount_minor, "payer_total": 2810, "payer_refund": amount_minor },
            }),
        ),
    };
    let body = sealed(event, kind, &content, now_ms);
    CallbackRequest {
        headers: wechat_headers(&body, now_ms),
        body,
    }
}

fn sealed(event: &str, kind: &str, content: &Value, now_ms: i64) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY).unwrap());
    let mut bytes = content.to_string().into_bytes();
    let nonce = Nonce::assume_unique_for_key(*b"fdasflkja484");
    key.seal_in_place_append_tag(nonce, Aad::from(kind), &mut bytes)
        .unwrap();
    let body = json!({
        "id": "EV-1", "create_time": rfc3339(now_ms), "event_type": event, "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": {
            "original_type": kind, "algorithm": "AEAD_AES_256_GCM", "ciphertext": STANDARD.encode(bytes),
            "associated_data": kind, "nonce": "fdasflkja484",
        },
    });
    body.to_string().into_bytes()
}

fn wechat_headers(body: &[u8], now_ms: i64) -> Vec<(String, String)> {
    let timestamp = (now_ms / 1_000).to_string();
    let nonce = "d824f2e086d3c1df967785d13fcd22ef";
    let message = [format!("{timestamp}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
    [
        ("Content-Type", "application/json".to_owned()),
        ("Wechatpay-Timestamp", timestamp),
        ("Wechatpay-Nonce", nonce.to_owned()),
        ("Wechatpay-Serial", WECHAT_KEY_ID.to_owned()),
        ("Wechatpay-Signature", sign(WECHAT_KEY, &message)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn of_alipay(happened: Happened<'_>, now_ms: i64) -> CallbackRequest {
    let now = ShopTime::china().wall(now_ms);
    let (Happened::Paid { trade_no, .. }
    | Happened::Ended { trade_no, .. }
    | Happened::Refunded { trade_no, .. }) = happened;
    let status = match happened {
        Happened::Paid { .. } | Happened::Refunded { .. } => "TRADE_SUCCESS",
        Happened::Ended { .. } => "TRADE_CLOSED",
    };
    let mut params = vec![
        ("notify_time", now.clone()),
        ("notify_type", "trade_status_sync".to_owned()),
        ("notify_id", "N1".to_owned()),
        ("app_id", "2021000199900101".to_owned()),
        ("charset", "utf-8".to_owned()),
        ("version", "1.0".to_owned()),
        ("trade_no", format!("2026{trade_no}")),
        ("out_trade_no", trade_no.to_owned()),
        ("seller_id", "2088000199900101".to_owned()),
        ("trade_status", status.to_owned()),
        ("subject", "算盘 便利店".to_owned()),
    ];
    if !matches!(happened, Happened::Ended { .. }) {
        params.push(("gmt_payment", now.clone()));
    }
    match happened {
        Happened::Paid { amount_minor, .. } | Happened::Ended { amount_minor, .. } => {
            params.push(("total_amount", yuan(amount_minor)));
        }
        Happened::Refunded {
            amount_minor,
            refund_no,
            ..
        } => params.extend([
            ("total_amount", yuan(2810)),
            ("out_biz_no", refund_no.to_owned()),
            ("refund_fee", yuan(amount_minor)),
            ("gmt_refund", format!("{now}.000")),
        ]),
    }
    params.sort();
    let text: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    params.push(("sign", sign(ALIPAY_KEY, text.join("&").as_bytes())));
    params.push(("sign_type", "RSA2".to_owned()));
    let pairs: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    let kind = "application/x-www-form-urlencoded; text/html; charset=utf-8";
    CallbackRequest {
        headers: vec![("Content-Type".into(), kind.into())],
        body: pairs.join("&").into_bytes(),
    }
}

/// As forms are written: a blank is a plus, what is neither letter nor digit is escaped.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            plain if plain.is_ascii_alphanumeric() || b"-_.".contains(&plain) => {
                char::from(plain).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn yuan(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn rfc3339(now_ms: i64) -> String {
    ShopTime::china().wall(now_ms).replace(' ', "T") + "+08:00"
}

fn sign(pem: &str, message: &[u8]) -> String {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .unwrap();
    STANDARD.encode(signature)
}

#[test]
fn what_is_written_here_is_read_as_what_happened() {
    for means in [Means::WechatPay, Means::AliPay] {
        let folder = tempfile::tempdir().unwrap();
        let shop = shop(folder.path(), means);
        let label = shop.real_channel().label().to_owned();
        assert!([wechat::LABEL, alipay::LABEL].contains(&label.as_str()));
        let paid = shop.notice(Happened::Paid {
            trade_no: "17",
            amount_minor: 2810,
        });
        let read = shop.real_channel().notice(&paid, shop.now_ms).unwrap();
        assert!(format!("{:?}", read.fact).contains("Paid"), "{read:?}");
    }
}
