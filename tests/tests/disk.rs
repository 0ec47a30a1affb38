//! A disk that runs full: on a small file system of its own, which only root can mount, and everywhere with a
//! till that is told to want more room than there is.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::Till;
use suanpan_till::host::SystemHost;
use suanpan_till::rpc::{Code, Problem};
use suanpan_till::{Till as Core, TillConfig};

/// Room for a till's data and its reserve, and above the least room with which a sale begins.
const SIZE_MIB: usize = 96;

/// A mounted small disk, gone with the value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Nothing for people without root. Root and continuous integration must be able to: a scenario that is
    /// left out where everything is checked would be believed to hold.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", &format!("size={SIZE_MIB}m"), "tmpfs"])
            .arg(at);
        let done = command.output().unwrap();
        if done.status.success() {
            return Some(Self(at.to_path_buf()));
        }
        let refused = String::from_utf8_lossy(&done.stderr);
        let may_be_left_out = !rustix::process::geteuid().is_root() && std::env::var_os("CI").is_none();
        assert!(may_be_left_out, "no small disk can be mounted: {refused}");
        eprintln!("LEFT OUT, because only root can mount a small disk: {refused}");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).output());
    }
}

#[test]
fn r12_a_full_disk_refuses_the_sale_before_money_is_taken() {
    let mut shop = Shop::open();
    let place = shop.inside("small");
    let Some(_disk) = SmallDisk::mount(&place) else {
        return;
    };
    let line = shop.invite();
    let mut plan = shop.till_plan(2);
    plan.data = place.join("till");
    plan.enrol = Some(line);
    let mut till = Till::new(plan);
    till.start();
    let good = till.goods()[0].code.clone();
    till.sell_for_cash(&[&good]);
    let before = till.net_minor();
    till.begin(&[&good]);
    fs::write(place.join("filler"), vec![1; (SIZE_MIB - 16) << 20]).unwrap();
    assert_eq!(
        till.refused("pay.cash", &json!({ "received_yuan": "" })),
        "DISK_FULL"
    );
    assert_eq!(till.net_minor(), before);
    fs::remove_file(place.join("filler")).unwrap();
    let state = till.act("pay.cash", &json!({ "received_yuan": "" }));
    assert_eq!(state["stage"], "paid", "{state}");
    assert_eq!(till.takings()["orders"], 2);
    // The disk goes before the shop's folder does.
    till.stop();
    shop.till_mut().stop();
}

/// A till in `folder` that wants so much room.
fn wanting(folder: &Path, free_bytes_min: u64) -> Core {
    let mut config = TillConfig::new(&folder.join("till"), &folder.join("witness"));
    config.store.free_bytes_min = free_bytes_min;
    Core::open(&config, Arc::new(SystemHost::new())).unwrap()
}

fn run(till: &mut Core, cmd: &str, payload: &Value) -> Result<Value, Problem> {
    let command = json!({ "cmd": cmd, "payload": payload });
    till.execute(serde_json::from_value(command).unwrap())
}

#[test]
fn r12_without_room_neither_a_sale_begins_nor_cash_is_taken_and_with_room_both_do() {
    let folder = tempfile::tempdir().unwrap();
    let cash = json!({ "received_yuan": "" });
    let mut till = wanting(folder.path(), 0);
    till.seed_practice().unwrap();
    let scan = json!({ "text": "6928804011142", "by": "scan" });
    run(&mut till, "basket.enter", &scan).unwrap();
    till.close().unwrap();

    let mut till = wanting(folder.path(), u64::MAX);
    let refused = run(&mut till, "pay.begin", &json!({})).unwrap_err();
    assert_eq!(refused.code, Code::DiskFull);
    till.close().unwrap();

    let mut till = wanting(folder.path(), 0);
    run(&mut till, "pay.begin", &json!({})).unwrap();
    till.close().unwrap();

    let mut till = wanting(folder.path(), u64::MAX);
    assert_eq!(
        run(&mut till, "pay.cash", &cash).unwrap_err().code,
        Code::DiskFull
    );
    let takings = run(&mut till, "takings.day", &json!({ "day": null })).unwrap();
    assert_eq!(takings["net_minor"], 0, "no money was taken: {takings}");
    till.close().unwrap();

    let mut till = wanting(folder.path(), 0);
    let state = run(&mut till, "pay.cash", &cash).unwrap();
    assert_eq!(state["stage"], "paid", "{state}");
}
