//! Days on which the centre is away: cash goes on, what is only here is counted, and everything arrives once.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use serde_json::json;
use suanpan_tests::house::books;
use suanpan_tests::house::clock::{LATER, SOON};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::Till;
use suanpan_wire::journal::BATCH_ENTRIES_MAX;

/// Sells so many baskets of two for cash; gives what was taken.
fn sell(till: &Till, baskets: usize) -> i64 {
    let goods = till.goods();
    (0..baskets)
        .map(|at| {
            let (one, other) = (&goods[at % goods.len()], &goods[(at * 3 + 1) % goods.len()]);
            let order = till.sell_for_cash(&[&one.code, &other.code]);
            till.order(&order)["row"]["total_minor"].as_i64().unwrap()
        })
        .sum()
}

fn wait_only_here(till: &Till, orders: usize) {
    till.wait_state("the indicator counts what is only here", SOON, |state| {
        state["sync"]["phase"] == "offline" && state["sync"]["orders_only_here"] == orders
    });
}

fn entries_only_here(till: &Till) -> usize {
    let entries = till.state()["sync"]["entries_only_here"].as_u64().unwrap();
    usize::try_from(entries).unwrap()
}

#[test]
fn f02_f12_a_stopped_centre_never_stops_cash_and_everything_arrives_once() {
    let mut shop = Shop::open();
    let mut taken = sell(shop.till(), 1);
    shop.till().wait_in_step(SOON);
    shop.centre.stop();
    taken += sell(shop.till(), 5);
    wait_only_here(shop.till(), 5);
    shop.till().begin(&[&shop.till().goods()[0].code]);
    let no = shop
        .till()
        .call("pay.code", &json!({ "means": "WECHAT_PAY", "yuan": "" }))
        .unwrap_err();
    assert_eq!(
        (no.code.as_str(), no.class.as_str()),
        ("CODE_NEEDS_NETWORK", "retryable")
    );
    let last = shop.till().act("pay.cash", &json!({ "received_yuan": "" }));
    taken += last["paid"]["total_minor"].as_i64().unwrap();
    shop.centre.start();
    shop.till().act("sync.retry", &json!({}));
    shop.till().act("sync.retry", &json!({}));
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
    let here = shop.till().net_minor();
    let there = books::number(shop.centre.data(), "SELECT sum(total_minor) FROM till_day");
    assert_eq!((here, there), (taken, taken));
    assert_eq!(
        books::number(shop.centre.data(), "SELECT sum(orders) FROM till_day"),
        7
    );
}

#[test]
fn f06_a_wire_cut_after_some_of_many_batches_loses_and_repeats_nothing() {
    let mut shop = Shop::open();
    shop.wire().cut();
    let mut orders = 0;
    while entries_only_here(shop.till()) <= BATCH_ENTRIES_MAX + BATCH_ENTRIES_MAX / 2 {
        sell(shop.till(), 20);
        orders += 20;
    }
    wait_only_here(shop.till(), orders);
    let before = shop.wire().answered("/journal");
    shop.wire().restore();
    shop.wire().cut_after("/journal", 1);
    shop.till().act("sync.retry", &json!({}));
    shop.till().wait_state("the wire was cut again", LATER, |_| {
        shop.wire().count("/journal") > before + 1
    });
    // Nothing the till does by itself, nor a start in between, forgets what has not been acknowledged.
    shop.till_mut().kill();
    shop.till_mut().start();
    assert!(entries_only_here(shop.till()) > 0);
    shop.wire().restore();
    shop.till().act("sync.retry", &json!({}));
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
    assert_eq!(
        books::number(shop.centre.data(), "SELECT sum(orders) FROM till_day"),
        i64::try_from(orders).unwrap()
    );
}

#[test]
fn f03_f05_lost_acknowledgements_repeat_harmlessly() {
    let mut shop = Shop::open();
    for _ in 0..3 {
        shop.wire().lose_answers("/journal", 1);
        sell(shop.till(), 2);
        shop.till().wait_in_step(LATER);
    }
    // The centre's own end between writing and answering is the same to the till as a lost answer.
    sell(shop.till(), 1);
    shop.centre.kill();
    sell(shop.till(), 1);
    shop.centre.start();
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
    assert_eq!(
        books::number(shop.centre.data(), "SELECT sum(orders) FROM till_day"),
        8
    );
}

#[test]
fn f07_two_tills_offline_at_once_arrive_each_with_its_own_orders() {
    let mut shop = Shop::plan().tills(2).open();
    shop.centre.stop();
    let taken: i64 = shop.tills.iter().map(|till| sell(till, 3)).sum();
    shop.centre.start();
    for till in &shop.tills {
        till.wait_in_step(LATER);
    }
    shop.wait_until_books_agree(SOON);
    let there = books::number(shop.centre.data(), "SELECT sum(total_minor) FROM till_day");
    assert_eq!(taken, there);
    let tills = books::number(
        shop.centre.data(),
        "SELECT count(DISTINCT till_id) FROM completed_order",
    );
    assert_eq!(tills, 2);
}

#[test]
fn a_centre_replaced_by_yesterdays_copy_is_refilled_from_the_tills_journal() {
    let mut shop = Shop::open();
    sell(shop.till(), 2);
    shop.till().wait_in_step(SOON);
    shop.centre.stop();
    let copy = shop.inside("yesterday");
    copy_folder(shop.centre.data(), &copy);
    shop.centre.start();
    sell(shop.till(), 3);
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
    shop.centre.stop();
    std::fs::remove_dir_all(shop.centre.data()).unwrap();
    copy_folder(&copy, shop.centre.data());
    shop.centre.start();
    shop.wait_until_books_agree(LATER);
    sell(shop.till(), 1);
    shop.till().wait_in_step(LATER);
    shop.wait_until_books_agree(SOON);
    assert_eq!(
        books::number(shop.centre.data(), "SELECT sum(orders) FROM till_day"),
        6
    );
    assert_eq!(
        books::number(shop.centre.data(), "SELECT sum(total_minor) FROM till_day"),
        shop.till().net_minor()
    );
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
