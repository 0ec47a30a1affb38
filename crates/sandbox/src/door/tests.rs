//! The door over real sockets, on free ports, with a merchant that listens for callbacks.

mod pages;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use reqwest::header::{HOST, ORIGIN};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{DoorConfig, Sandbox, serve};
use crate::core::tests::{NATIVE, NUMBER, START_MS, Shop};
use crate::{CallKind, OutgoingCallback};

/// How long a test waits for something that happens at once.
const SOON: Duration = Duration::from_secs(10);

/// A sandbox whose clock stands at the tests' time, and a merchant beside it.
struct Desk {
    sandbox: Sandbox,
    shop: Shop,
    client: reqwest::Client,
}

impl Desk {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = serve(listener, DoorConfig::default()).await.unwrap();
        let redirects = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder()
            .redirect(redirects)
            .no_proxy()
            .build()
            .unwrap();
        let desk = Self {
            sandbox,
            shop: Shop::new(),
            client,
        };
        let clock = json!({ "signs": true, "frozen": true, "nowMs": START_MS.to_string() });
        assert_eq!(
            desk.admin_post("clock", &clock).await["nowMs"],
            START_MS.to_string()
        );
        desk
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base())
    }

    async fn admin_get(&self, path: &str) -> Value {
        let request = self
            .client
            .get(self.url(&format!("/admin/{path}")))
            .bearer_auth(self.sandbox.token());
        answer(request).await
    }

    async fn admin_post(&self, path: &str, body: &Value) -> Value {
        let request = self
            .client
            .post(self.url(&format!("/admin/{path}")))
            .bearer_auth(self.sandbox.token());
        answer(request.body(body.to_string())).await
    }

    /// Sends a signed POST; an error when the connection ends without an answer.
    async fn api_post(&self, path: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
        let signed = self.shop.signed("POST", path, &body.to_string());
        let mut request = self.client.post(self.url(path)).body(signed.body);
        for (name, value) in signed.headers {
            request = request.header(name, value);
        }
        request.send().await
    }

    /// Opens the usual order; its code, which is the phone page's address.
    async fn opened(&self, notify_url: &str) -> String {
        let mut order = self.shop.order();
        order["notify_url"] = json!(notify_url);
        let reply = self.api_post(NATIVE, &order).await.unwrap();
        assert_eq!(reply.status(), 200);
        let body: Value = reply.json().await.unwrap();
        body["code_url"].as_str().unwrap().to_owned()
    }

    async fn page(&self, address: &str) -> String {
        self.client
            .get(address)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Value {
    let reply = request.send().await.unwrap();
    let status = reply.status();
    let text = reply.text().await.unwrap();
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}

/// A merchant's callback address, and what came there. It refuses the first `refusals`.
async fn merchant(refusals: usize) -> (String, Arc<Mutex<Vec<OutgoingCallback>>>) {
    let seen: Arc<Mutex<Vec<OutgoingCallback>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let take = move |headers: axum::http::HeaderMap, body: Bytes| {
        let mut seen = kept.lock().unwrap();
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let names = [
            "Wechatpay-Serial",
            "Wechatpay-Timestamp",
            "Wechatpay-Nonce",
            "Wechatpay-Signature",
        ];
        seen.push(OutgoingCallback {
            id: 0,
            url: String::new(),
            headers: names
                .iter()
                .map(|name| ((*name).to_owned(), text(name)))
                .collect(),
            body: body.to_vec(),
            attempt: 0,
        });
        let refuse = seen.len() <= refusals;
        async move {
            if refuse {
                StatusCode::INTERNAL_SERVER_ERROR
            } else {
                StatusCode::NO_CONTENT
            }
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/notify", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/notify"), seen)
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let wait = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        tokio::time::timeout(SOON, wait).await.is_ok(),
        "waited in vain for: {what}"
    );
}

#[tokio::test]
async fn a_person_opens_the_code_pays_on_the_page_and_the_merchant_hears_of_it() {
    let desk = Desk::open().await;
    let (notify_url, seen) = merchant(0).await;
    let code = desk.opened(&notify_url).await;
    assert!(code.starts_with(&desk.url("/pay/")) && code.len() <= 64, "{code}");
    let page = desk.page(&code).await;
    for text in [
        "算盘便利店（练习）",
        "12.50",
        "练习 商品",
        NUMBER,
        "确认付款",
        "取消",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let reply = desk.client.post(format!("{code}/confirm")).send().await.unwrap();
    assert_eq!(reply.status(), 303);
    assert!(desk.page(&code).await.contains("支付成功"));

    until("the callback", || !seen.lock().unwrap().is_empty()).await;
    let callback = seen.lock().unwrap()[0].clone();
    assert_eq!(desk.shop.told(&callback)["trade_state"], "SUCCESS");
    until("its acknowledgement", || {
        desk.sandbox
            .with_platform(|platform, _| platform.counters().callbacks_acknowledged == 1)
    })
    .await;
    assert_eq!(desk.admin_get("counters").await["calls"]["prepay"]["received"], 1);
    desk.sandbox.stop().await;
}

#[tokio::test]
async fn a_refused_callback_comes_again_when_the_clock_has_moved_on() {
    let desk = Desk::open().await;
    let (notify_url, seen) = merchant(2).await;
    desk.opened(&notify_url).await;
    desk.admin_post("trades/pay", &json!({ "outTradeNo": NUMBER }))
        .await;
    for sent in 1..=2 {
        until("an attempt", || seen.lock().unwrap().len() == sent).await;
        let waiting = |desk: &Desk| {
            desk.sandbox
                .with_platform(|p, _| p.callbacks()[0].next_at_ms.is_some())
        };
        until("its failure", || waiting(&desk)).await;
        desk.admin_post("clock", &json!({ "advanceMs": 15_000 })).await;
    }
    until("the third attempt", || seen.lock().unwrap().len() == 3).await;
}

#[tokio::test]
async fn the_page_says_plainly_why_an_order_cannot_be_paid() {
    let desk = Desk::open().await;
    let code = desk.opened("http://127.0.0.1:9/none").await;
    let reply = desk.client.post(format!("{code}/refuse")).send().await.unwrap();
    let back = reply.headers()["location"].to_str().unwrap().to_owned();
    assert!(desk.page(&desk.url(&back)).await.contains("已取消，没有扣款"));

    desk.admin_post("clock", &json!({ "advanceMs": 300_001 })).await;
    let page = desk.page(&code).await;
    assert!(page.contains("付款码已过期") && !page.contains("确认付款"));
    desk.client.post(format!("{code}/confirm")).send().await.unwrap();
    assert_eq!(
        desk.admin_get("trades").await["trades"][0]["tradeState"],
        "NOTPAY"
    );

    desk.admin_post("clock", &json!({ "nowMs": START_MS.to_string() }))
        .await;
    let path = format!("/v3/pay/transactions/out-trade-no/{NUMBER}/close");
    let closed = desk
        .api_post(&path, &json!({ "mchid": "1900000101" }))
        .await
        .unwrap();
    assert_eq!(closed.status(), 204);
    assert!(closed.headers().contains_key("wechatpay-signature"));
    assert!(desk.page(&code).await.contains("订单已关闭"));

    let unknown = desk.client.get(desk.url("/pay/nothing")).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().await.unwrap().contains("二维码无效"));
}

#[tokio::test]
async fn orders_can_be_aged_while_signatures_follow_real_time() {
    let mut desk = Desk::open().await;
    desk.admin_post("clock", &json!({ "reset": true, "signs": false }))
        .await;
    desk.shop.now_ms = desk.sandbox.with_platform(|_, now_ms| now_ms);
    let mut order = desk.shop.order();
    order["time_expire"] = json!(null);
    assert_eq!(desk.api_post(NATIVE, &order).await.unwrap().status(), 200);
    let view = desk
        .admin_post("clock", &json!({ "advanceMs": 86_400_000 }))
        .await;
    let ahead_ms: i64 = view["offsetMs"].as_str().unwrap().parse().unwrap();
    assert!((86_400_000..86_460_000).contains(&ahead_ms), "{ahead_ms}");
    assert_eq!(desk.api_post(NATIVE, &order).await.unwrap().status(), 200);
    assert_eq!(
        desk.sandbox
            .with_platform(|platform, _| platform.trades()[0].prepay_calls),
        2
    );

    desk.admin_post("clock", &json!({ "signs": true })).await;
    assert_eq!(desk.api_post(NATIVE, &order).await.unwrap().status(), 401);
}

#[tokio::test]
async fn what_a_merchant_writes_cannot_become_part_of_the_page() {
    let desk = Desk::open().await;
    let mut order = desk.shop.order();
    order["description"] = json!("<script>alert(1)</script>\"'&");
    let reply: Value = desk.api_post(NATIVE, &order).await.unwrap().json().await.unwrap();
    let code = reply["code_url"].as_str().unwrap();
    let shown = desk.client.get(code).send().await.unwrap();
    assert!(
        shown.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let page = shown.text().await.unwrap();
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"),
        "{page}"
    );
}

#[tokio::test]
async fn another_sites_page_cannot_confirm_a_payment() {
    let desk = Desk::open().await;
    let code = desk.opened("http://127.0.0.1:9/none").await;
    let request = desk
        .client
        .post(format!("{code}/confirm"))
        .header(ORIGIN, "http://evil.example");
    assert_eq!(request.send().await.unwrap().status(), 403);
    let own = desk
        .client
        .post(format!("{code}/confirm"))
        .header(ORIGIN, desk.sandbox.base());
    assert_eq!(own.send().await.unwrap().status(), 303);
}

#[tokio::test]
async fn lost_requests_and_replies_end_the_connection_without_a_byte() {
    for (effect, orders) in [("lost_request", 0), ("lost_reply", 1)] {
        let desk = Desk::open().await;
        let rule = json!({ "at": "call", "on": "prepay", "effect": effect, "times": 1 });
        desk.admin_post("faults", &rule).await;
        let lost = desk.api_post(NATIVE, &desk.shop.order()).await.unwrap_err();
        assert!(!lost.is_timeout() && lost.status().is_none(), "{lost}");
        let counters = desk.admin_get("counters").await;
        assert_eq!(counters["ordersCreated"], orders, "{effect}");
        desk.opened("https://centre.example/notify").await;
        let received = desk
            .sandbox
            .with_platform(|p, _| p.counters().of(CallKind::Prepay).received);
        assert_eq!(received, 2, "the client must not repeat a call by itself");
    }
}

#[tokio::test]
async fn the_admin_api_wants_this_machine_the_token_and_no_foreign_page() {
    let desk = Desk::open().await;
    let address = desk.sandbox.address().to_string();
    let evil = format!("http://{address}.evil.example");
    let table = [
        (None, &address, None, 401),
        (Some("wrong"), &address, None, 401),
        (Some(desk.sandbox.token()), &"evil.example".to_owned(), None, 403),
        (
            Some(desk.sandbox.token()),
            &"127.0.0.1.evil.example".to_owned(),
            None,
            403,
        ),
        (
            Some(desk.sandbox.token()),
            &address,
            Some("http://evil.example"),
            403,
        ),
        (Some(desk.sandbox.token()), &address, Some(evil.as_str()), 403),
        (Some(desk.sandbox.token()), &address, Some("null"), 403),
        (
            Some(desk.sandbox.token()),
            &"localhost".to_owned(),
            Some("http://localhost"),
            200,
        ),
        (Some(desk.sandbox.token()), &address, None, 200),
    ];
    for path in [
        "merchants",
        "trades",
        "refunds",
        "faults",
        "callbacks",
        "clock",
        "counters",
    ] {
        for (token, host, origin, status) in &table {
            let mut request = desk
                .client
                .get(desk.url(&format!("/admin/{path}")))
                .header(HOST, *host);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if let Some(origin) = origin {
                request = request.header(ORIGIN, *origin);
            }
            assert_eq!(
                request.send().await.unwrap().status(),
                *status,
                "{path} {token:?} {host} {origin:?}"
            );
        }
    }
    assert_eq!(desk.page(&desk.url("/healthz")).await, "ok");
}

#[tokio::test]
async fn the_admin_api_pays_refuses_and_settles() {
    let desk = Desk::open().await;
    let code = desk.opened("http://127.0.0.1:9/none").await;
    let paying = desk
        .admin_post("trades/start-paying", &json!({ "codeUrl": code }))
        .await;
    assert_eq!(paying["trade"]["tradeState"], "USERPAYING");
    desk.admin_post(
        "trades/refuse",
        &json!({ "outTradeNo": NUMBER, "mchid": "1900000101" }),
    )
    .await;
    let paid = desk
        .admin_post("trades/pay", &json!({ "outTradeNo": NUMBER }))
        .await;
    assert_eq!(
        (&paid["trade"]["tradeState"], &paid["trade"]["totalMinor"]),
        (&json!("SUCCESS"), &json!("1250"))
    );

    desk.admin_post("settings", &json!({ "refundSettleMs": 86_400_000 }))
        .await;
    let refund = json!({ "out_trade_no": NUMBER, "out_refund_no": "R1",
                         "amount": { "refund": 50, "total": 1250, "currency": "CNY" } });
    assert_eq!(
        desk.api_post("/v3/refund/domestic/refunds", &refund)
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        desk.admin_get("refunds").await["refunds"][0]["status"],
        "PROCESSING"
    );
    assert_eq!(
        desk.admin_post("refunds/settle", &json!({ "outRefundNo": "R1" }))
            .await["settled"],
        1
    );
    assert_eq!(desk.admin_get("refunds").await["refunds"][0]["status"], "SUCCESS");

    let merchants = desk.admin_get("merchants").await;
    assert_eq!(merchants["merchants"].as_array().unwrap().len(), 2);
    assert_eq!(merchants["merchants"][0]["apiV3Key"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn admin_mistakes_are_answered_with_a_code() {
    let desk = Desk::open().await;
    desk.opened("http://127.0.0.1:9/none").await;
    desk.admin_post("trades/pay", &json!({ "outTradeNo": NUMBER }))
        .await;
    let table = [
        ("trades/pay", json!({ "outTradeNo": NUMBER }), 409, "already_paid"),
        (
            "trades/pay",
            json!({ "outTradeNo": "nothing" }),
            404,
            "no_such_trade",
        ),
        ("trades/pay", json!({ "codeUrl": "nothing" }), 404, "unknown_code"),
        ("trades/pay", json!({}), 400, "bad_request"),
        ("trades/pay", json!({ "number": NUMBER }), 400, "bad_request"),
        (
            "refunds/settle",
            json!({ "outRefundNo": "R9" }),
            404,
            "no_such_refund",
        ),
        (
            "faults",
            json!({ "at": "call", "effect": "unheard_of" }),
            400,
            "bad_request",
        ),
        ("clock", json!({ "nowMs": "tomorrow" }), 400, "bad_request"),
        (
            "settings",
            json!({ "callbackKey": { "mchid": "1", "key": "certificate" } }),
            404,
            "no_such_merchant",
        ),
    ];
    for (path, body, status, code) in table {
        let request = desk
            .client
            .post(desk.url(&format!("/admin/{path}")))
            .bearer_auth(desk.sandbox.token());
        let reply = request.body(body.to_string()).send().await.unwrap();
        assert_eq!(reply.status(), status, "{path} {body}");
        assert_eq!(
            reply.json::<Value>().await.unwrap()["code"],
            code,
            "{path} {body}"
        );
    }
}
