//! A disk that runs full, on a small file system of its own. Mounting one needs root; elsewhere the same
//! rule is tested inside the till with a made-up amount of room.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::Till;

/// Room for a till's data and its reserve, and above the least room with which a sale begins.
const SIZE_MIB: usize = 96;

/// A mounted small disk, gone with the value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", &format!("size={SIZE_MIB}m"), "tmpfs"])
            .arg(at);
        command
            .output()
            .is_ok_and(|done| done.status.success())
            .then(|| Self(at.to_path_buf()))
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
        eprintln!("no small disk can be mounted here; the till's own tests cover the rule");
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
