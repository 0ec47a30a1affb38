//! Paper over real programs: printers that are off, answers that are lost, tills that are killed; and the pictures
//! that came out, read back.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use suanpan_tests::house::clock::SOON;
use suanpan_tests::house::picture::read_code;
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Till, text};

fn switch_printer(till: &Till, which: &str) {
    let mut switches = json!({
        "out_of_paper": false, "switched_off": false, "slow": false, "lose_answers": false,
    });
    if let Some(switch) = switches.get_mut(which) {
        *switch = json!(true);
    }
    till.act("practice.printer", &switches);
}

fn sell(till: &Till, orders: usize) -> Vec<String> {
    let goods = till.goods();
    (0..orders)
        .map(|at| till.sell_for_cash(&[&goods[at % goods.len()].code]))
        .collect()
}

fn wait_all_printed(till: &Till) {
    till.wait_state("everything is printed", SOON, |state| state["print"]["owed"] == 0);
}

fn short_no(till: &Till, order_id: &str) -> String {
    text(&till.order(order_id)["row"]["short_no"])
}

/// Papers by their name, as they lie in the till's folder: the text and the number in the picture's code.
fn papers(till: &Till) -> BTreeMap<String, (String, String)> {
    let folder = till.data().join("printed");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "png"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let code = read_code(&fs::read(&path).unwrap()).unwrap();
            let text = fs::read_to_string(path.with_extension("txt")).unwrap();
            (name, (text, code))
        })
        .collect()
}

/// Every order has exactly one receipt that is no copy, and its picture carries the order's number.
fn assert_one_original_each(till: &Till, orders: &[String]) {
    let papers = papers(till);
    for order_id in orders {
        let (short_no, order_no) = (short_no(till, order_id), text(&till.order(order_id)["order_no"]));
        let originals: Vec<_> = papers
            .values()
            .filter(|(text, _)| text.contains(&short_no) && !text.contains("补打"))
            .collect();
        assert_eq!(originals.len(), 1, "{short_no}: {papers:?}");
        assert_eq!(originals[0].1, order_no);
    }
}

#[test]
fn f65_f66_receipts_wait_for_a_broken_printer_over_a_kill_and_each_comes_out_once() {
    let mut shop = Shop::open();
    let mut orders = sell(shop.till(), 1);
    wait_all_printed(shop.till());
    switch_printer(shop.till(), "switched_off");
    orders.extend(sell(shop.till(), 5));
    shop.till().wait_state("five receipts wait", SOON, |state| {
        state["print"]["owed"] == 5 && state["print"]["trouble"] == "switched_off"
    });
    assert_eq!(papers(shop.till()).len(), 1);
    shop.till_mut().kill();
    shop.till_mut().start();
    wait_all_printed(shop.till());
    assert_eq!(papers(shop.till()).len(), 6);
    assert_one_original_each(shop.till(), &orders);
    let again = json!({ "order_id": orders[3] });
    shop.till().act("print.receipt", &again);
    wait_all_printed(shop.till());
    let last = shop.till().act("practice.printed", &json!({}));
    assert_eq!(last["count"], 7);
    let paper = text(&last["last"]["text"]);
    assert!(paper.contains("补打 1") && paper.contains(&short_no(shop.till(), &orders[3])));
    shop.till().wait_in_step(SOON);
    shop.wait_until_books_agree(SOON);
}

#[test]
fn a_till_killed_before_it_heard_that_the_paper_was_out_asks_and_prints_nothing_twice() {
    let mut shop = Shop::open();
    switch_printer(shop.till(), "lose_answers");
    let orders = sell(shop.till(), 2);
    let is_unsure = |state: &Value| state["print"]["phase"] == "unsure" && state["print"]["owed"] == 2;
    shop.till()
        .wait_state("the printer does not say", SOON, is_unsure);
    assert_eq!(papers(shop.till()).len(), 1);
    shop.till_mut().kill();
    shop.till_mut().start();
    wait_all_printed(shop.till());
    assert_eq!(papers(shop.till()).len(), 2);
    assert_one_original_each(shop.till(), &orders);
}

#[test]
fn a_slow_printer_makes_nobody_at_the_counter_wait_and_a_stop_ends_in_the_middle() {
    let mut shop = Shop::open();
    switch_printer(shop.till(), "slow");
    let orders = sell(shop.till(), 3);
    let state = shop.till().state();
    let owed = state["print"]["owed"].as_u64().unwrap();
    assert!(
        (1..=3).contains(&owed),
        "three papers of three seconds each, sold sooner: {owed}"
    );
    shop.till_mut().stop();
    shop.till_mut().start();
    wait_all_printed(shop.till());
    assert_eq!(papers(shop.till()).len(), 3);
    assert_one_original_each(shop.till(), &orders);
}
