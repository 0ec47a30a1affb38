//! Alipay over real sockets, the wallet, late payments, and the page for people.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use reqwest::header::HOST;
use serde_json::json;
use tokio::net::TcpListener;

use super::{Desk, NUMBER, until};
use crate::core::tests::alipay::{Answer, NUMBER as ALIPAY_NUMBER, PRECREATE, QUERY, Stall};
use crate::{HttpReply, HttpRequest, PlatformName};

impl Desk {
    /// Sends a signed request to the gateway.
    async fn gateway(&self, request: HttpRequest) -> Answer {
        let sent = self
            .client
            .post(self.url(&request.path_and_query))
            .header("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
            .body(request.body);
        let reply = sent.send().await.unwrap();
        assert_eq!(reply.status(), 200);
        Answer::read(&HttpReply {
            status: 200,
            headers: Vec::new(),
            body: reply.bytes().await.unwrap().to_vec(),
        })
    }

    /// Asks Alipay for the usual code with a notify address; the code.
    async fn alipay_code(&self, stall: &Stall, notify_url: &str) -> String {
        let mut parameters = stall.parameters(PRECREATE, &stall.order());
        parameters.insert("notify_url".to_owned(), notify_url.to_owned());
        let answer = self.gateway(stall.signed(parameters)).await;
        assert!(stall.verified(&answer), "{}", answer.text);
        answer.node["qr_code"].as_str().unwrap().to_owned()
    }

    async fn alipay_status(&self, stall: &Stall) -> String {
        let request = stall.signed(stall.parameters(QUERY, &json!({ "out_trade_no": ALIPAY_NUMBER })));
        let node = self.gateway(request).await.node;
        let said = node["trade_status"].as_str().or(node["sub_code"].as_str());
        said.unwrap().to_owned()
    }

    async fn press(&self, address: &str) -> String {
        let reply = self.client.post(address).send().await.unwrap();
        assert_eq!(reply.status(), 303, "{address}");
        reply.headers()["location"].to_str().unwrap().to_owned()
    }
}

/// A merchant of Alipay that answers with `word`; what came there.
async fn stall_door(word: &'static str) -> (String, Arc<Mutex<Vec<Bytes>>>) {
    let seen: Arc<Mutex<Vec<Bytes>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let take = move |body: Bytes| {
        kept.lock().unwrap().push(body);
        async move { word }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/notify", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/notify"), seen)
}

#[tokio::test]
async fn opening_an_alipay_code_scans_it_and_paying_tells_the_merchant() {
    let desk = Desk::open().await;
    let stall = Stall::new();
    let (notify_url, seen) = stall_door("success").await;
    let code = desk.alipay_code(&stall, &notify_url).await;
    assert!(code.starts_with(&desk.url("/pay/")), "{code}");
    assert_eq!(desk.alipay_status(&stall).await, "ACQ.TRADE_NOT_EXIST");
    let page = desk.page(&code).await;
    assert!(
        page.contains("class=\"alipay\"") && page.contains("确认付款"),
        "{page}"
    );
    assert_eq!(desk.alipay_status(&stall).await, "WAIT_BUYER_PAY");
    desk.press(&format!("{code}/confirm")).await;
    assert!(desk.page(&code).await.contains("支付成功"));
    until("the notice", || !seen.lock().unwrap().is_empty()).await;
    until("its acknowledgement", || {
        desk.sandbox
            .with_platform(|p, _| p.counters_of(PlatformName::Alipay).callbacks_acknowledged == 1)
    })
    .await;
    let counters = desk.admin_get("counters").await;
    assert_eq!(
        (
            &counters["alipay"]["ordersPaid"],
            &counters["wechat"]["ordersPaid"]
        ),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn a_merchant_that_answers_with_other_words_has_not_acknowledged() {
    let desk = Desk::open().await;
    let stall = Stall::new();
    let (notify_url, seen) = stall_door("{\"code\":200,\"data\":\"success\"}").await;
    desk.alipay_code(&stall, &notify_url).await;
    desk.admin_post("trades/pay", &json!({ "outTradeNo": ALIPAY_NUMBER }))
        .await;
    until("the notice", || !seen.lock().unwrap().is_empty()).await;
    until("its failure", || {
        desk.sandbox
            .with_platform(|p, _| p.callbacks()[0].next_at_ms.is_some())
    })
    .await;
    desk.admin_post("clock", &json!({ "advanceMs": 240_000 })).await;
    until("the second attempt", || seen.lock().unwrap().len() == 2).await;
}

#[tokio::test]
async fn a_late_payment_and_a_second_one_are_buttons_on_the_page() {
    let desk = Desk::open().await;
    let code = desk.opened("http://127.0.0.1:9/none").await;
    desk.admin_post("clock", &json!({ "advanceMs": 300_001 })).await;
    assert!(desk.page(&code).await.contains("id=\"late\""));
    desk.press(&format!("{code}/late")).await;
    assert_eq!(
        desk.admin_get("trades").await["trades"][0]["tradeState"],
        "SUCCESS"
    );
    assert!(desk.page(&code).await.contains("id=\"again\""));
    let back = desk.press(&format!("{code}/confirm")).await;
    assert!(desk.page(&desk.url(&back)).await.contains("没有再次扣款"));
    assert_eq!(desk.admin_get("counters").await["ordersPaid"], 1);
}

#[tokio::test]
async fn the_wallet_shows_a_code_asks_for_the_password_and_says_what_came_of_it() {
    let desk = Desk::open().await;
    assert!(desk.page(&desk.url("/wallet")).await.contains("需要输入密码"));
    let shown = desk
        .client
        .post(desk.url("/wallet"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("platform=alipay&password=1");
    let reply = shown.send().await.unwrap();
    let path = reply.headers()["location"].to_str().unwrap().to_owned();
    let code = path.strip_prefix("/wallet/").unwrap().to_owned();
    assert!(code.starts_with("28") && code.len() == 18, "{code}");
    let page = desk.page(&desk.url(&path)).await;
    for part in [
        &format!("data-code=\"{code}\""),
        "<svg",
        "http-equiv=\"refresh\"",
        "还有 60 秒",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let stall = Stall::new();
    let mut asked = stall.order();
    asked["scene"] = json!("bar_code");
    asked["auth_code"] = json!(code);
    let answer = desk
        .gateway(stall.signed(stall.parameters("alipay.trade.pay", &asked)))
        .await;
    assert_eq!(answer.code(), "10003");
    let page = desk.page(&desk.url(&path)).await;
    assert!(
        page.contains("12.50") && page.contains("输入密码并付款"),
        "{page}"
    );
    desk.press(&desk.url(&format!("{path}/confirm"))).await;
    assert!(desk.page(&desk.url(&path)).await.contains("支付成功"));
    assert_eq!(desk.alipay_status(&stall).await, "TRADE_SUCCESS");
    let gone = desk.client.get(desk.url("/wallet/000")).send().await.unwrap();
    assert_eq!(gone.status(), 404);
}

#[tokio::test]
async fn the_admin_api_shows_payment_codes_and_says_what_became_of_them() {
    let desk = Desk::open().await;
    let shown = desk
        .admin_post(
            "payment-codes",
            &json!({ "platform": "wechat", "asksPassword": true }),
        )
        .await;
    let code = shown["code"].as_str().unwrap().to_owned();
    assert_eq!((&shown["state"], code.len()), (&json!("waiting"), 18));
    let order = json!({
        "appid": desk.shop.merchant.appid, "mchid": desk.shop.merchant.mchid, "description": "d",
        "out_trade_no": NUMBER, "payer": { "auth_code": code }, "amount": { "total": 1 },
        "scene_info": { "device_ip": "127.0.0.1" },
    });
    let reply = desk
        .api_post("/v3/pay/transactions/codepay", &order)
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
    let charged = desk.admin_get(&format!("payment-codes/{code}")).await;
    assert_eq!(
        (&charged["state"], &charged["trade"]["tradeState"]),
        (&json!("charged"), &json!("USERPAYING"))
    );
    desk.admin_post("trades/refuse", &json!({ "outTradeNo": NUMBER }))
        .await;
    let refused = desk.admin_get(&format!("payment-codes/{code}")).await;
    assert_eq!(refused["trade"]["tradeState"], "PAYERROR");
    desk.admin_post("clock", &json!({ "advanceMs": 60_000 })).await;
}

#[tokio::test]
async fn the_admin_api_scans_finishes_and_changes_alipays_settings() {
    let desk = Desk::open().await;
    let stall = Stall::new();
    desk.alipay_code(&stall, "http://127.0.0.1:9/none").await;
    let which = json!({ "outTradeNo": ALIPAY_NUMBER, "mchid": stall.app.app_id });
    let scanned = desk.admin_post("trades/scan", &which).await;
    assert_eq!(scanned["trade"]["tradeState"], "WAIT_BUYER_PAY");
    desk.admin_post("settings", &json!({ "alipayFinishMs": "7776000000" }))
        .await;
    desk.admin_post("trades/pay", &which).await;
    desk.admin_post("trades/finish", &which).await;
    assert_eq!(desk.alipay_status(&stall).await, "TRADE_FINISHED");
    for settings in [
        json!({ "alipayKey": { "mchid": stall.app.app_id, "key": "alternating" } }),
        json!({ "answerKeys": { "mchid": "1900000101", "key": "public_key_only" } }),
    ] {
        desk.admin_post("settings", &settings).await;
    }
    let apps = desk.admin_get("merchants").await;
    assert_eq!(apps["alipayApps"][0]["sellerId"], stall.app.seller_id.as_str());
    assert_eq!(apps["alipayApps"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_page_for_people_is_for_this_machine_and_holds_no_token() {
    let desk = Desk::open().await;
    assert!(
        desk.sandbox
            .desk()
            .ends_with(&format!("/desk#{}", desk.sandbox.token()))
    );
    for path in ["/desk", "/desk.js", "/desk.css"] {
        let reply = desk.client.get(desk.url(path)).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        let policy = reply.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{policy}"
        );
        assert!(!reply.text().await.unwrap().contains(desk.sandbox.token()));
        let foreign = desk.client.get(desk.url(path)).header(HOST, "evil.example");
        assert_eq!(foreign.send().await.unwrap().status(), 403, "{path}");
    }
}

#[tokio::test]
async fn bills_are_fetched_from_the_sandboxs_own_address() {
    let desk = Desk::open().await;
    let stall = Stall::new();
    desk.alipay_code(&stall, "http://127.0.0.1:9/none").await;
    desk.admin_post("trades/pay", &json!({ "outTradeNo": ALIPAY_NUMBER }))
        .await;
    desk.admin_post("clock", &json!({ "advanceMs": 26 * 3_600_000 }))
        .await;
    let method = "alipay.data.dataservice.bill.downloadurl.query";
    let asked = json!({ "bill_type": "trade", "bill_date": "2026-03-02" });
    let answer = desk.gateway(stall.signed(stall.parameters(method, &asked))).await;
    let url = answer.node["bill_download_url"].as_str().unwrap();
    assert!(url.starts_with(&desk.url("/downloadBillFile.resource?")), "{url}");
    let file = desk.client.get(url).send().await.unwrap();
    assert_eq!(file.status(), 200);
    assert!(file.bytes().await.unwrap().starts_with(b"PK"));
}
