//! `./x demo`: the file it writes, the tills it opens, the callers it serves, the private servers it can run on, and
//! that nothing is left when it is told to end.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use suanpan_tests::house::books;
use suanpan_tests::house::clock::{LATER, SOON, wait_until};
use suanpan_tests::house::http1::{Message, Request};
use suanpan_tests::house::programs::sources;
use suanpan_tests::house::shop::Shop;

/// It may have to build the programs first.
const OPEN_MAX: Duration = Duration::from_secs(600);

/// One at a time: each builds the screens anew before it shows them.
static BUILDING: Mutex<()> = Mutex::new(());

/// A practice shop opened by the command a newcomer types.
struct Demo {
    child: Child,
    file: PathBuf,
    said: Value,
    temp: PathBuf,
    _building: MutexGuard<'static, ()>,
}

impl Demo {
    /// Opens it; everything it leaves anywhere can only be in `temp`.
    fn open(folder: &Path, arguments: &[&str]) -> Self {
        let building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, temp) = (folder.join("shop.json"), folder.join("temp"));
        fs::create_dir_all(&temp).unwrap();
        // The database's server runs as its own user, who must find its folder.
        for passed in [folder, &temp] {
            fs::set_permissions(passed, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let child = Command::new(sources().join("x"))
            .args(["demo", "--json"])
            .arg(&file)
            .args(arguments)
            .env("TMPDIR", &temp)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut demo = Self {
            child,
            file,
            said: Value::Null,
            temp,
            _building: building,
        };
        demo.said = wait_until("the shop is open", OPEN_MAX, || {
            assert_eq!(demo.child.try_wait().unwrap(), None, "./x demo ended by itself");
            serde_json::from_slice(&fs::read(&demo.file).ok()?).ok()
        });
        demo
    }

    fn text(&self, name: &str) -> &str {
        self.said[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.said))
    }

    /// Sends the first till a command that must work.
    fn act(&self, cmd: &str, payload: &Value) -> Value {
        let answer = Request::new("POST", self.text("rpc"))
            .header("authorization", &format!("Bearer {}", self.text("token")))
            .json(&json!({ "cmd": cmd, "payload": payload }))
            .send()
            .unwrap();
        let mut body = answer.json();
        assert!(body.get("ok").is_some(), "{cmd}: {body}");
        body["ok"].take()
    }

    fn state(&self) -> Value {
        self.act("state.get", &json!({}))
    }

    /// Sells the first article on the tiles for cash and sees it arrive at the centre.
    fn sell_for_cash(&self) {
        let tiles = self.act("catalogue.tiles", &json!({}));
        let code = tiles[0]["tiles"][0]["code"].as_str().unwrap();
        let entered = self.act("basket.enter", &json!({ "text": code, "by": "scan" }));
        assert!(entered["problem"].is_null(), "{entered}");
        self.act("pay.begin", &json!({}));
        let state = self.act("pay.cash", &json!({ "received_yuan": "" }));
        assert_eq!(state["stage"], "paid", "{state}");
        assert_ne!(state["shop"]["cashier"], "-", "somebody sold it: {state}");
        self.act("pay.next", &json!({}));
        wait_until("the sale is at the centre", SOON, || {
            let sync = self.state()["sync"].clone();
            (sync["phase"] == "in_step" && sync["entries_only_here"] == 0).then_some(())
        });
    }

    /// The customer's phone, and what the stand-in counts.
    fn sandbox(&self, method: &'static str, path: &str, body: &Value) -> Value {
        let mut request = Request::new(method, &format!("{}/admin{path}", self.text("sandbox")))
            .header("authorization", &format!("Bearer {}", self.text("sandboxToken")));
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.json()
    }

    /// Asks the door of the existing contract as a program does that knows nothing but the contract: unsigned.
    fn call(&self, method: &'static str, path: &str, body: &Value) -> Message {
        let mut request = Request::new(method, &format!("{}/trade/inner/{path}", self.text("inner")));
        if !body.is_null() {
            request = request.json(body);
        }
        request.send().unwrap()
    }

    fn find(&self, trade_no: &str) -> Value {
        let path = format!("tradings/findTradResultByTradingOrderNo?tradingOrderNo={trade_no}");
        self.call("GET", &path, &Value::Null).json()
    }

    /// Folders of the shop's own that are there while it is open, by the beginning of their name.
    fn folders(&self, beginning: &str) -> Vec<PathBuf> {
        let listed = fs::read_dir(&self.temp)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let fitting = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(beginning);
        listed.filter(fitting).collect()
    }

    /// Tells it to end and sees that it did, with everything it started.
    fn close(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let status = wait_until("it ends", SOON, || self.child.try_wait().unwrap());
        assert!(status.success(), "{status}");
        assert!(!self.file.exists(), "the file is still there");
        let left: Vec<PathBuf> = fs::read_dir(&self.temp)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(left.is_empty(), "{left:?}");
        let own: &[&str] = if self.said["sandbox"].is_null() {
            &["rpc"]
        } else {
            &["rpc", "centre", "sandbox"]
        };
        for name in own {
            assert!(
                Request::new("GET", self.text(name)).send().is_err(),
                "{name} still answers"
            );
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _already_gone = kill_process(Pid::from_child(&self.child), Signal::TERM);
            drop(self.child.wait());
        }
    }
}

#[test]
fn the_practice_shop_says_where_it_is_serves_unchanged_callers_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::open(folder.path(), &["--tills", "2"]);
    assert!(demo.text("till").contains(demo.text("token")));
    let page = Request::new("GET", demo.text("till")).send().unwrap();
    assert!(
        page.status() == 200 && page.text().contains("<script"),
        "{}",
        page.text()
    );
    let state = demo.state();
    assert_eq!(
        (&state["stage"], &state["shop"]["practice"]),
        (&json!("sell"), &json!(true))
    );
    assert_eq!(demo.said["tills"].as_array().unwrap().len(), 2);
    for (at, channel) in ["WECHAT_PAY", "ALI_PAY"].into_iter().enumerate() {
        let merchant = &demo.said["merchants"][at];
        assert_eq!(merchant["channel"], channel);
        assert!(merchant["enterpriseId"].is_string(), "{merchant}");
    }
    let healthy = |name: &str| Request::new("GET", &format!("{}/healthz", demo.text(name))).send();
    for name in ["centre", "sandbox"] {
        assert!([200, 204].contains(&healthy(name).unwrap().status()), "{name}");
    }
    assert_an_unchanged_caller_is_served(&demo);
    assert!(demo.said["broker"].is_null(), "{}", demo.said);
    demo.close();
}

#[test]
fn a_kept_shop_opens_again_with_what_it_had_its_broker_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("kept");
    let arguments = ["--rabbitmq", "--data", data.to_str().unwrap()];
    let demo = Demo::open(folder.path(), &arguments);
    let shop = demo.state()["shop"].clone();
    let said = demo.said.clone();
    assert!(demo.text("broker").starts_with("amqp://"), "{said}");
    demo.sell_for_cash();
    wait_until_logged(&data.join("worker"), 1);
    demo.close();
    let demo = Demo::open(folder.path(), &arguments);
    assert_eq!(demo.state()["shop"], shop);
    for name in ["centre", "inner", "broker", "merchants"] {
        assert_eq!(demo.said[name], said[name], "{name}");
    }
    demo.sell_for_cash();
    wait_until_logged(&data.join("worker"), 2);
    demo.close();
    assert!(data.is_dir());
}

/// Sells, and sees it in the books of a centre elsewhere.
fn assert_sells(demo: &Demo, shop: &Shop) {
    demo.sell_for_cash();
    let held = books::held_by_centre(shop.centre.data(), "1");
    assert!(!held.is_empty() && books::refused_by_centre(shop.centre.data()) == 0);
}

/// A caller written for the existing contract finds it at `inner`, for both accounts: its fields, 64-bit numbers as
/// texts, amounts with two decimals, no envelope, refusals in `INNER-ERROR`.
fn assert_an_unchanged_caller_is_served(demo: &Demo) {
    let merchants = demo.said["merchants"].as_array().unwrap();
    let channels: Vec<&Value> = merchants.iter().map(|merchant| &merchant["channel"]).collect();
    assert_eq!(channels, ["WECHAT_PAY", "ALI_PAY"]);
    for (merchant, order_no) in merchants.iter().zip(2_312_120_000_000_000_037_i64..) {
        let enterprise: i64 = merchant["enterpriseId"].as_str().unwrap().parse().unwrap();
        let wish = json!({
            "changeChannel": false, "enterpriseId": enterprise, "memo": "日常保洁",
            "productAppId": "jzo2o.orders", "productOrderNo": order_no, "tradingAmount": 28.1,
            "tradingChannel": merchant["channel"],
        });
        let answer = demo.call("POST", "native", &wish).json();
        assert_eq!(answer["productOrderNo"], order_no.to_string(), "{answer}");
        assert_eq!(answer["tradingChannel"], merchant["channel"]);
        assert!(
            answer["qrCode"]
                .as_str()
                .unwrap()
                .starts_with("data:image/png;base64,"),
            "{answer}"
        );
        assert!(
            answer["code"].is_null() && answer["data"].is_null(),
            "no envelope: {answer}"
        );
        let trade_no = answer["tradingOrderNo"].as_str().expect("a number as a text");
        let waiting = demo.find(trade_no);
        assert_eq!(
            (
                &waiting["tradingState"],
                &waiting["tradingAmount"],
                &waiting["isRefund"]
            ),
            (&json!(2), &json!("28.10"), &json!("NO"))
        );
        demo.sandbox("POST", "/trades/pay", &json!({ "outTradeNo": trade_no }));
        let paid = wait_until("the caller's order is settled", LATER, || {
            Some(demo.find(trade_no)).filter(|trade| trade["tradingState"] == 4)
        });
        assert!(
            paid["id"].is_string() && paid["transactionId"].is_string(),
            "{paid}"
        );
        assert_eq!(
            paid["created"].as_str().unwrap().len(),
            "2026-11-21 14:36:05".len()
        );
        let again = demo.call("POST", "native", &wish);
        assert_eq!(
            (again.status(), inner_error(&again)),
            (500, "609|交易单已完成".to_owned())
        );
    }
    let unknown = demo.call(
        "GET",
        "tradings/findTradResultByTradingOrderNo?tradingOrderNo=17",
        &Value::Null,
    );
    assert_eq!((unknown.status(), unknown.body.len()), (200, 0));
    // Alipay takes nothing but the seven bytes `success` for a yes, and stops telling only then.
    wait_until("Alipay's notice was answered with a bare success", LATER, || {
        let counters = demo.sandbox("GET", "/counters", &Value::Null);
        (counters["alipay"]["callbacksAcknowledged"] == 1).then_some(())
    });
}

fn inner_error(answer: &Message) -> String {
    let coded = answer.header("inner-error").expect("a refusal says why");
    String::from_utf8(STANDARD.decode(coded).unwrap()).unwrap()
}

/// The books are in no file of the shop's, and its server is a private one.
fn assert_books_are_on_postgres(demo: &Demo) {
    let servers = demo.folders("suanpan-postgres-");
    assert!(
        servers.len() == 1 && servers[0].join("data/postmaster.pid").exists(),
        "{servers:?}"
    );
    let shops = demo.folders("suanpan-demo-");
    assert!(
        shops.len() == 1 && !shops[0].join("centre/centre.db").exists(),
        "{shops:?}"
    );
    let address = fs::read_to_string(shops[0].join("centre/database.url")).unwrap();
    assert!(address.starts_with("postgres://postgres@127.0.0.1:"), "{address}");
}

/// The listeners of a shop have heard of so many completed orders, and noted each once.
fn wait_until_logged(worker: &Path, orders: i64) {
    wait_until("the payment log has heard of it", LATER, || {
        let heard = books::number(worker, "SELECT count(*) FROM payment_log");
        assert!(heard <= orders, "{heard} of {orders}");
        (heard == orders).then_some(())
    });
}

#[test]
fn the_practice_shop_runs_on_private_servers_and_they_go_with_it() {
    for arguments in [&["--postgres"][..], &["--postgres", "--rabbitmq"]] {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo::open(folder.path(), arguments);
        assert_books_are_on_postgres(&demo);
        demo.sell_for_cash();
        assert_an_unchanged_caller_is_served(&demo);
        if arguments.contains(&"--rabbitmq") {
            assert!(demo.text("broker").starts_with("amqp://"), "{}", demo.said);
            let worker = demo.folders("suanpan-demo-")[0].join("worker");
            wait_until_logged(&worker, 3);
        } else {
            assert!(demo.said["broker"].is_null(), "{}", demo.said);
        }
        demo.close();
    }
}

#[test]
fn a_till_of_the_practice_shop_can_join_a_centre_elsewhere_and_sell() {
    let shop = Shop::without_tills();
    let line = shop.invite();
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::open(folder.path(), &["--centre", shop.centre.url(), "--enrol", &line]);
    assert_eq!(demo.text("centre"), shop.centre.url());
    assert_sells(&demo, &shop);
    demo.close();
    assert!(shop.centre.is_ready(), "a centre that runs elsewhere goes on");
}

#[test]
fn a_code_alone_joins_a_centre_on_this_machine() {
    let shop = Shop::without_tills();
    let line = shop.invite();
    let code = line.split('#').nth(1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::open(folder.path(), &["--centre", shop.centre.url(), "--enrol", code]);
    assert_sells(&demo, &shop);
    demo.close();
}

#[test]
fn a_code_alone_for_a_centre_on_another_machine_is_answered_with_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = Command::new(sources().join("x"))
        .args([
            "demo",
            "--centre",
            "https://centre.example",
            "--enrol",
            "ABCD2345",
        ])
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success(), "{said}");
    let needed = "https://centre.example needs the whole line, address#code#fingerprint";
    assert!(said.contains(needed), "{said}");
}
