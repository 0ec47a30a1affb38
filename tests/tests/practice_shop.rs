//! `./x demo`: the file it writes, the tills it opens, and that nothing is left when it is told to end.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use suanpan_tests::house::books;
use suanpan_tests::house::clock::{SOON, wait_until};
use suanpan_tests::house::http1::Request;
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
fn the_practice_shop_says_where_it_is_and_leaves_nothing_behind() {
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
    demo.close();
}

#[test]
fn a_kept_shop_opens_again_with_what_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("kept");
    let kept = data.to_str().unwrap();
    let demo = Demo::open(folder.path(), &["--data", kept]);
    let shop = demo.state()["shop"].clone();
    let (centre, merchants) = (demo.text("centre").to_owned(), demo.said["merchants"].clone());
    demo.close();
    let demo = Demo::open(folder.path(), &["--data", kept]);
    assert_eq!(demo.state()["shop"], shop);
    assert_eq!(
        (demo.text("centre"), &demo.said["merchants"]),
        (centre.as_str(), &merchants)
    );
    demo.close();
    assert!(data.is_dir());
}

/// Sells the first article on the tiles for cash and sees it arrive at the centre.
fn assert_sells(demo: &Demo, shop: &Shop) {
    let tiles = demo.act("catalogue.tiles", &json!({}));
    let code = tiles[0]["tiles"][0]["code"].as_str().unwrap();
    let entered = demo.act("basket.enter", &json!({ "text": code, "by": "scan" }));
    assert!(entered["problem"].is_null(), "{entered}");
    demo.act("pay.begin", &json!({}));
    let state = demo.act("pay.cash", &json!({ "received_yuan": "" }));
    assert_eq!(state["stage"], "paid", "{state}");
    assert_ne!(state["shop"]["cashier"], "-", "somebody sold it: {state}");
    wait_until("the sale is at the centre", SOON, || {
        let sync = demo.state()["sync"].clone();
        (sync["phase"] == "in_step" && sync["entries_only_here"] == 0).then_some(())
    });
    let held = books::held_by_centre(shop.centre.data(), "1");
    assert!(!held.is_empty() && books::refused_by_centre(shop.centre.data()) == 0);
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
