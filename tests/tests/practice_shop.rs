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

    fn rpc(&self, rpc: &str, token: &str, cmd: &str) -> Value {
        let answer = Request::new("POST", rpc)
            .header("authorization", &format!("Bearer {token}"))
            .json(&json!({ "cmd": cmd, "payload": {} }))
            .send()
            .unwrap();
        answer.json()["ok"].clone()
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
    let state = demo.rpc(demo.text("rpc"), demo.text("token"), "state.get");
    assert_eq!(
        (&state["stage"], &state["shop"]["practice"]),
        (&json!("sell"), &json!(true))
    );
    assert_eq!(demo.said["tills"].as_array().unwrap().len(), 2);
    let merchant = &demo.said["merchants"][0];
    assert_eq!(merchant["channel"], "WECHAT_PAY");
    assert!(merchant["enterpriseId"].is_string(), "{merchant}");
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
    let shop = demo.rpc(demo.text("rpc"), demo.text("token"), "state.get")["shop"].clone();
    let (centre, merchants) = (demo.text("centre").to_owned(), demo.said["merchants"].clone());
    demo.close();
    let demo = Demo::open(folder.path(), &["--data", kept]);
    assert_eq!(
        demo.rpc(demo.text("rpc"), demo.text("token"), "state.get")["shop"],
        shop
    );
    assert_eq!(
        (demo.text("centre"), &demo.said["merchants"]),
        (centre.as_str(), &merchants)
    );
    demo.close();
    assert!(data.is_dir());
}

#[test]
fn a_till_of_the_practice_shop_can_join_a_centre_elsewhere() {
    let shop = Shop::without_tills();
    let line = shop.invite();
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::open(folder.path(), &["--centre", shop.centre.url(), "--enrol", &line]);
    assert_eq!(demo.text("centre"), shop.centre.url());
    let state = demo.rpc(demo.text("rpc"), demo.text("token"), "state.get");
    assert_ne!(state["sync"]["phase"], "alone", "{state}");
    demo.close();
    assert!(shop.centre.is_ready(), "a centre that runs elsewhere goes on");
}
