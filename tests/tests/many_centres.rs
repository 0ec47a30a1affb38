//! Two processes of a centre on one PostgreSQL: whichever dies, and when, nothing is lost and nothing done twice.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::time::Duration;

use serde_json::json;
use suanpan_private_postgres::Ending;
use suanpan_tests::house::clock::{LATER, SOON, Stopwatch, wait_until};
use suanpan_tests::house::crowd::{Crowd, Sale, Seen};
use suanpan_tests::house::twins::Twins;

/// Members of the crowd, for a run of every day; `./x soak` sends two hundred.
const CROWD: usize = 12;
const SALES_EACH: usize = 3;
/// Processes killed in turn.
const KILLS: usize = 6;
/// Long enough for a sale to end between two crashes, also after what the dead had claimed is free again.
const BETWEEN_CRASHES: Duration = Duration::from_secs(3);

#[test]
fn r14_tills_sell_at_either_process_and_are_told_by_either() {
    let mut shop = Twins::open();
    shop.add_till(0);
    shop.add_till(1);
    for at in [0, 1] {
        let till = &shop.tills[at];
        till.wait_in_step(SOON);
        let goods = till.goods();
        till.sell_for_cash(&[&goods[0].code]);
        till.begin(&[&goods[1].code]);
        let shown = till.show_code("");
        // From here on the till asks the other process, which must know all of it.
        shop.wires[at].lead_to(shop.centres[1 - at].url());
        shop.wires[at].cut();
        shop.wires[at].restore();
        shop.sandbox.pay(&shown.trade_no);
        till.wait_phase(&shown, "settled", LATER);
        till.wait_in_step(SOON);
    }
    assert_eq!(shop.number("SELECT sum(orders) FROM till_day"), 4);
    shop.wait_at_rest(LATER);
    shop.assert_nothing_lost_and_nothing_twice();
}

#[test]
fn r14_a_process_without_tills_makes_the_calls_that_are_due_as_well() {
    let shop = Twins::open();
    // Nobody is called back: the platform is only asked.
    shop.sandbox
        .set_fault(&json!({ "at": "callback", "effect": "never" }));
    let crowd = Crowd {
        doors: vec![shop.centres[0].url().to_owned()],
        sandbox: &shop.sandbox,
        sales: Sale::PAID_ONCE,
        seed: 1,
    };
    let seen = crowd.sell(&shop.invitations(CROWD), SALES_EACH, || true);
    assert_eq!(seen.sold(), CROWD * SALES_EACH);
    assert_eq!(seen.by_sale.len(), Sale::PAID_ONCE.len(), "{:?}", seen.by_sale);
    assert_eq!(seen.snapshots, 0);
    assert!(shop.calls_of(1) > 0, "the other process only looked on");
    assert!(shop.calls_of(0) > 0);
    wait_and_assert_books_say(&shop, &seen);
}

#[test]
fn i13_a_process_killed_again_and_again_loses_nothing_and_does_nothing_twice() {
    let mut shop = Twins::open();
    let codes = shop.invitations(CROWD);
    let doors = shop.doors();
    let Twins { centres, sandbox, .. } = &mut shop;
    let crowd = Crowd {
        doors,
        sandbox,
        sales: Sale::ALL_BUT_REFUSED,
        seed: 2,
    };
    let seen = crowd.sell_while(&codes, || {
        for kill in 0..KILLS {
            let victim = &mut centres[kill % 2];
            victim.kill();
            victim.start();
            wait_between_crashes();
        }
    });
    assert!(seen.sold() >= CROWD);
    assert_eq!(seen.snapshots, 0, "a start of a process begins no generation");
    wait_and_assert_books_say(&shop, &seen);
}

#[test]
fn i13_the_database_server_crashes_and_comes_back_and_nothing_is_lost_or_done_twice() {
    let shop = Twins::open();
    let codes = shop.invitations(CROWD);
    let crowd = Crowd {
        doors: shop.doors(),
        sandbox: &shop.sandbox,
        sales: Sale::ALL_BUT_REFUSED,
        seed: 3,
    };
    let seen = crowd.sell_while(&codes, || {
        for ending in [Ending::Immediate, Ending::Fast, Ending::Immediate] {
            shop.server.stop(ending).unwrap();
            shop.server.start_again().unwrap();
            wait_between_crashes();
        }
    });
    assert!(seen.sold() >= CROWD);
    assert!(
        seen.snapshots > 0,
        "a server that was started anew may be a copy: the tills read a snapshot"
    );
    shop.wait_ready(SOON);
    wait_and_assert_books_say(&shop, &seen);
}

/// Once everything has come to rest, the books hold what the crowd was promised, each once.
fn wait_and_assert_books_say(shop: &Twins, seen: &Seen) {
    shop.wait_at_rest(LATER);
    shop.assert_nothing_lost_and_nothing_twice();
    shop.assert_books_say(seen);
}

/// Lets the crowd sell for a while between two crashes.
fn wait_between_crashes() {
    let watch = Stopwatch::start();
    wait_until(
        "the pause between two crashes is over",
        BETWEEN_CRASHES * 2,
        || (watch.elapsed() >= BETWEEN_CRASHES).then_some(()),
    );
}
