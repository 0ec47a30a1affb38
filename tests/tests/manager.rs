//! A till of a real shop gets its manager from the command line, and that manager's word counts.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use serde_json::{Value, json};
use suanpan_tests::house::clock::{LATER, SOON};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Shown, Till};

const CODE: &str = "6901234567892";

/// A till as a real shop has it: enrolled, with articles of its own, and no practice people.
fn real_till(shop: &mut Shop) -> usize {
    let line = shop.invite();
    let mut plan = shop.add_till(&line).plan().clone();
    plan.sandbox = None;
    let at = shop.tills.len() - 1;
    shop.tills[at] = Till::new(plan);
    shop.tills[at].start();
    shop.tills[at].wait_in_step(SOON);
    let csv = format!("条码,品名,售价\n{CODE},橡皮,2.00\n");
    shop.tills[at].act("catalogue.import", &json!({ "csv": csv, "dry_run": false }));
    at
}

/// Starts the till again, once, with a manager of that PIN.
fn name_manager(till: &mut Till, pin: &str) {
    till.stop();
    let mut plan = till.plan().clone();
    plan.enrol = None;
    let mut named = plan.clone();
    named.arguments = vec!["--manager".into(), "赵店长".into()];
    named.typed = Some(pin.into());
    let mut once = Till::new(named);
    once.start();
    once.stop();
    *till = Till::new(plan);
    till.start();
}

fn cash_instead(shown: &Shown, pin: &str) -> Value {
    json!({ "received_yuan": "", "replaces_tender": shown.tender_no, "approval": { "pin": pin } })
}

#[test]
fn a_manager_named_at_the_start_can_approve_and_has_the_newest_pin() {
    let mut shop = Shop::without_tills();
    let at = real_till(&mut shop);
    name_manager(&mut shop.tills[at], "1357");
    name_manager(&mut shop.tills[at], "2468");
    let till = &shop.tills[at];
    till.begin(&[CODE]);
    let shown = till.show_code("");
    shop.wires[at].cut();
    till.act("pay.ask", &json!({ "tender_no": shown.tender_no }));
    till.wait_phase(&shown, "unknown", LATER);
    assert_eq!(
        till.refused("pay.cash", &cash_instead(&shown, "1357")),
        "PIN_WRONG"
    );
    let state = till.act("pay.cash", &cash_instead(&shown, "2468"));
    assert_eq!(state["stage"], "paid", "{state}");
    let files = std::fs::read_dir(till.data().join("logs")).unwrap();
    let logs: String = files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(!logs.contains("2468"), "the PIN is in no log");
}

#[test]
fn without_a_pin_nobody_is_named_and_no_till_starts() {
    let shop = Shop::without_tills();
    let mut plan = shop.till_plan(1);
    plan.arguments = vec!["--manager".into(), "赵店长".into()];
    let ended = Till::new(plan).try_start().expect_err("the till started");
    assert_eq!(ended.status.and_then(|status| status.code()), Some(2));
    assert!(ended.log.contains("4 to 8 digits"), "{}", ended.log);
}
