//! A business system written from the existing contract alone, against the real centre and the stand-in platform:
//! its own client, its own reading of fields, none of our types.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use suanpan_tests::house::clock::{LATER, SOON, wait_until, wall_ms};
use suanpan_tests::house::picture::read_code;
use suanpan_tests::house::shop::Shop;

const APP: &str = "jzo2o.orders";

/// An answer as the contract's callers see it.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        assert_eq!(
            self.status,
            200,
            "{} {}",
            self.head,
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// What `INNER-ERROR` says: code and sentence.
    fn refused(&self) -> (u16, String) {
        let line = self.head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("inner-error")
                .then(|| value.trim().to_owned())
        });
        let text = STANDARD.decode(line.expect("a refusal")).unwrap();
        (self.status, String::from_utf8(text).unwrap())
    }
}

/// The smallest client there is.
fn send(address: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: trade\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: bytes[split + 4..].to_vec(),
    }
}

/// A caller and the trade service it was configured with.
struct Orders {
    trade: String,
    enterprise: String,
}

impl Orders {
    fn new(shop: &Shop, trusted: &[&str]) -> Self {
        let mut add = vec!["caller", "add", "--app", APP];
        add.extend(trusted);
        shop.centre.ask(&add);
        let enterprise = shop.merchant["enterpriseId"].as_str().unwrap().to_owned();
        shop.centre
            .ask(&["caller", "grant", "--app", APP, "--enterprise", &enterprise]);
        Self {
            trade: shop.centre.inner().trim_start_matches("http://").to_owned(),
            enterprise,
        }
    }

    fn native_body(&self, order: &str, amount: &str) -> String {
        format!(
            r#"{{"changeChannel":false,"enterpriseId":{},"memo":"日常保洁","productAppId":"{APP}",
            "productOrderNo":{order},"tradingAmount":{amount},"tradingChannel":"WECHAT_PAY"}}"#,
            self.enterprise
        )
    }

    fn native(&self, order: &str, amount: &str) -> Answer {
        let body = self.native_body(order, amount);
        let kind = "Content-Type: application/json\r\n";
        send(&self.trade, "POST", "/trade/inner/native", kind, &body)
    }

    /// The same order by Alipay, as a caller whose customer has changed their mind asks for it.
    fn native_by_alipay(&self, alipay: &str, order: &str, amount: &str) -> Answer {
        let by_wechat = self.native_body(order, amount);
        let body = by_wechat
            .replace("\"changeChannel\":false", "\"changeChannel\":true")
            .replace("WECHAT_PAY", "ALI_PAY")
            .replace(
                &format!("\"enterpriseId\":{}", self.enterprise),
                &format!("\"enterpriseId\":{alipay}"),
            );
        let kind = "Content-Type: application/json\r\n";
        send(&self.trade, "POST", "/trade/inner/native", kind, &body)
    }

    fn find(&self, trade_no: &str) -> Answer {
        let path = "/trade/inner/tradings/findTradResultByTradingOrderNo?tradingOrderNo=";
        send(&self.trade, "GET", &format!("{path}{trade_no}"), "", "")
    }

    fn refund(&self, trade_no: &str, amount: &str) -> Answer {
        let path =
            format!("/trade/inner/refund-record/refund?tradingOrderNo={trade_no}&refundAmount={amount}");
        send(&self.trade, "POST", &path, "", "")
    }
}

fn open_shop() -> Shop {
    Shop::plan()
        .tills(0)
        .centre_with(&["--inner", "127.0.0.1:0"])
        .open()
}

#[test]
fn an_unchanged_caller_collects_and_refunds() {
    let shop = open_shop();
    let orders = Orders::new(&shop, &["--trust", "127.0.0.0/8"]);
    let answer = orders.native("2312120000000000037", "28.1").json();
    assert_eq!(answer["productOrderNo"], "2312120000000000037");
    assert_eq!(answer["tradingChannel"], "WECHAT_PAY");
    let trade_no = answer["tradingOrderNo"].as_str().unwrap().to_owned();
    let picture = answer["qrCode"].as_str().unwrap();
    let png = STANDARD
        .decode(picture.strip_prefix("data:image/png;base64,").unwrap())
        .unwrap();
    let code = read_code(&png).expect("a code in the picture");
    assert_eq!(shop.sandbox.trade(&trade_no)["codeUrl"], code);

    let waiting = orders.find(&trade_no).json();
    assert_eq!(
        (&waiting["tradingState"], &waiting["tradingAmount"]),
        (&2.into(), &"28.10".into())
    );
    shop.sandbox.pay(&trade_no);
    let paid = wait_until("the order is settled", LATER, || {
        Some(orders.find(&trade_no).json()).filter(|trade| trade["tradingState"] == 4)
    });
    assert!(paid["transactionId"].is_string() && paid["id"].is_string());
    assert_eq!(
        paid["created"].as_str().unwrap().len(),
        "2026-11-21 14:36:05".len()
    );
    assert_eq!(
        orders.native("2312120000000000037", "28.10").refused(),
        (500, "609|交易单已完成".into())
    );

    let refund = orders.refund(&trade_no, "8.10").json();
    assert!(refund["refundNo"].is_string());
    let again = orders.refund(&trade_no, "8.10").json();
    assert_eq!(again["refundNo"], refund["refundNo"]);
    wait_until("the part has gone back", LATER, || {
        (shop.sandbox.trade(&trade_no)["refundedMinor"] == "810").then_some(())
    });
    let over = orders.refund(&trade_no, "20.01").refused();
    assert_eq!(over, (500, "609|退款金额超过订单总金额".into()));
    let told = orders.find(&trade_no).json();
    assert_eq!(
        (&told["isRefund"], &told["refund"]),
        (&"YES".into(), &"8.10".into())
    );
    assert_eq!(shop.sandbox.net_minor(), 2000);
}

#[test]
fn p27_of_a_switched_order_paid_by_both_codes_one_wins_and_the_other_goes_back_in_full() {
    let mut shop = Shop::plan()
        .tills(0)
        .with_alipay()
        .centre_with(&["--inner", "127.0.0.1:0"])
        .open();
    let orders = Orders::new(&shop, &["--trust", "127.0.0.0/8"]);
    let alipay = shop.alipay["enterpriseId"].as_str().unwrap().to_owned();
    shop.centre
        .ask(&["caller", "grant", "--app", APP, "--enterprise", &alipay]);
    let old = orders.native("17", "5.00").json();
    let new = orders.native_by_alipay(&alipay, "17", "5.00").json();
    let number = |answer: &Value| answer["tradingOrderNo"].as_str().unwrap().to_owned();
    let (old, new) = (number(&old), number(&new));
    assert_ne!(old, new);
    assert_eq!(shop.sandbox.trade(&old)["tradeState"], "CLOSED");
    shop.centre.kill();
    shop.sandbox.pay(&new);
    shop.sandbox.pay_late(&old);
    shop.centre.start();
    let orders = Orders {
        trade: shop.centre.inner().trim_start_matches("http://").to_owned(),
        ..orders
    };
    let settled = |trade_no: &str| orders.find(trade_no).json()["tradingState"] == 4;
    wait_until("both payments are known", LATER, || {
        shop.sandbox.deliver_callbacks();
        (settled(&old) && settled(&new)).then_some(())
    });
    let kept = wait_until("what was paid twice has gone back", LATER, || {
        let kept = shop.sandbox.kept_minor();
        (kept.len() == 1).then_some(kept)
    });
    let (winner, minor) = kept.first_key_value().unwrap();
    let loser = if *winner == old { &new } else { &old };
    shop.sandbox.wait_refunded_once(loser, SOON);
    assert_eq!((*minor, shop.sandbox.refunds().len()), (500, 1));
    wait_until("the books say so", LATER, || {
        let told = orders.find(loser).json();
        (told["isRefund"] == "YES" && told["refund"] == "5.00").then_some(())
    });
    assert_eq!(orders.find(winner).json()["isRefund"], "NO");
}

#[test]
fn what_it_does_not_know_it_answers_as_the_reference_does() {
    let shop = open_shop();
    let orders = Orders::new(&shop, &["--trust", "127.0.0.0/8"]);
    let unknown = orders.find("17");
    assert_eq!((unknown.status, unknown.body.len()), (200, 0));
    assert_eq!(
        orders.native("17", "0").refused(),
        (500, "609|支付配置错误".into())
    );
    assert_eq!(
        orders.native("17", "0.001").refused(),
        (500, "609|金额最多两位小数".into())
    );
    assert_eq!(
        orders.native("17", "\"x\"").refused(),
        (500, "609|请求参数格式错误".into())
    );
    assert_eq!(
        orders.refund("17", "1.00").refused(),
        (500, "609|交易单不存在".into())
    );
    assert_eq!(shop.sandbox.counter("ordersCreated"), 0);
    // The public door knows nothing of it, and the other way round.
    let public = shop.centre.url().trim_start_matches("http://").to_owned();
    let body = orders.native_body("17", "1.00");
    assert_eq!(
        send(&public, "POST", "/trade/inner/native", "", &body).status,
        404
    );
    assert_eq!(
        send(&orders.trade, "POST", "/v1/till/hello", "", "{}").status,
        404
    );
}

/// Runs the tool that the documents name; bytes in, bytes out.
fn openssl(arguments: &[&str], input: &str) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed (Debian's ca-certificates need it)");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// Headers as docs/API.md describes them, made with a tool that shares nothing with the centre.
fn signed(secret: &str, path: &str, body: &str, time_ms: i64, nonce: &str) -> String {
    let digest = openssl(&["dgst", "-sha256", "-r"], body);
    let hash = String::from_utf8(digest).unwrap();
    let hash = hash.split(' ').next().unwrap();
    let text = format!("SUANPAN1-REQUEST\nPOST\n{path}\n{time_ms}\n{nonce}\n{hash}\n");
    let mac = openssl(&["dgst", "-sha256", "-hmac", secret, "-binary"], &text);
    format!(
        "suanpan-app: {APP}\r\nsuanpan-time: {time_ms}\r\nsuanpan-nonce: {nonce}\r\nsuanpan-signature: {}\r\n",
        STANDARD.encode(mac)
    )
}

#[test]
fn a_caller_that_is_not_trusted_signs_as_documented() {
    let shop = open_shop();
    let orders = Orders::new(&shop, &[]);
    let path = shop.centre.ask(&["caller", "add", "--app", APP])["secretFile"].clone();
    let secret = std::fs::read_to_string(path.as_str().unwrap()).unwrap();
    let secret = secret.trim();
    assert_eq!(
        orders.native("17", "1.00").refused(),
        (401, "401|签名不正确".into())
    );
    let native = "/trade/inner/native";
    let body = orders.native_body("17", "1.00");
    let try_with = |headers: &str, body: &str| send(&orders.trade, "POST", native, headers, body);
    let headers = signed(secret, native, &body, wall_ms(), "n1");
    assert_eq!(try_with(&headers, &body).json()["productOrderNo"], "17");
    assert_eq!(
        try_with(&headers, &body).refused(),
        (401, "401|请求已处理过".into())
    );
    let other = orders.native_body("17", "2.00");
    assert_eq!(
        try_with(&signed(secret, native, &body, wall_ms(), "n2"), &other)
            .refused()
            .0,
        401
    );
    let stale = signed(secret, native, &body, wall_ms() - 400_000, "n3");
    assert_eq!(
        try_with(&stale, &body).refused(),
        (401, "401|请求时间与服务器相差过大".into())
    );
    shop.centre.ask(&["caller", "revoke", "--app", APP]);
    let headers = signed(secret, native, &body, wall_ms(), "n4");
    assert_eq!(
        try_with(&headers, &body).refused(),
        (403, "403|调用方未登记".into())
    );
}

#[test]
fn an_order_survives_a_killed_centre_with_its_one_code() {
    let mut shop = open_shop();
    let orders = Orders::new(&shop, &["--trust", "127.0.0.0/8"]);
    let first = orders.native("17", "5.00").json()["tradingOrderNo"].clone();
    shop.centre.kill();
    shop.centre.start();
    let orders = Orders::new(&shop, &["--trust", "127.0.0.0/8"]);
    let again = wait_until("it answers", SOON, || {
        let answer = orders.native("17", "5.00");
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(again["tradingOrderNo"], first);
    assert_eq!(shop.sandbox.counter("ordersCreated"), 1);
}
