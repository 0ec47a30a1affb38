//! Business systems hear of everything once, whatever falls over between the centre's commit and theirs.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_tests::house::books;
use suanpan_tests::house::broker_line::BrokerLine;
use suanpan_tests::house::clock::{LATER, SOON, wait_until};
use suanpan_tests::house::rabbit::Rabbit;
use suanpan_tests::house::receiver::{Receiver, hmac_sha256};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::Till;
use suanpan_tests::house::worker::Worker;

/// A claim runs out, a connection is made again, a round is sent: all of it beside other tests.
const DRAINED_MAX: Duration = Duration::from_secs(180);

fn sell_for_cash(till: &Till) {
    till.sell_for_cash(&[&till.goods()[0].code]);
}

fn sell_by_code(shop: &Shop) -> String {
    let till = shop.till();
    till.begin(&[&till.goods()[1].code]);
    let shown = till.show_code("");
    shop.sandbox.pay(&shown.trade_no);
    till.wait_phase(&shown, "settled", LATER);
    shown.trade_no
}

fn count(shop: &Shop, query: &str) -> i64 {
    books::number(shop.centre.data(), query)
}

fn shop_with_broker(rabbit: &Rabbit) -> Shop {
    shop_with_broker_at(rabbit.url())
}

fn shop_with_broker_at(url: String) -> Shop {
    let url: &'static str = Box::leak(url.into_boxed_str());
    let shop = Shop::plan().centre_with(&["--broker-url", url]).open();
    shop.centre.ask(&["subscriber", "add-worker"]);
    shop
}

const WAITING: &str = "SELECT count(*) FROM delivery WHERE delivered_at_ms IS NULL";

/// Everything was delivered and had its effect.
fn wait_until_heard(shop: &Shop, worker: &Worker) {
    shop.wait_until_books_agree(LATER);
    wait_until("nothing waits at the centre", DRAINED_MAX, || {
        (count(shop, WAITING) == 0).then_some(())
    });
    let deliveries = count(shop, "SELECT count(*) FROM delivery");
    wait_until("the listeners have heard everything", DRAINED_MAX, || {
        let heard = worker.number("SELECT count(*) FROM consumed_message");
        assert!(heard <= deliveries, "{heard} of {deliveries} heard");
        (heard == deliveries).then_some(())
    });
}

/// The listeners' books say what the centre's say, to the fen.
fn check_effects(shop: &Shop, worker: &Worker) {
    let pairs = [
        (
            "SELECT orders FROM payment_sum",
            "SELECT count(*) FROM completed_order",
        ),
        (
            "SELECT total_minor FROM payment_sum",
            "SELECT sum(total_minor) FROM completed_order",
        ),
        (
            "SELECT sum(times_paid) FROM order_status",
            "SELECT count(*) FROM pay_order WHERE winner_trade_no IS NOT NULL",
        ),
        (
            "SELECT count(*) FROM order_status WHERE status = 'PAID' AND times_paid = 1",
            "SELECT count(*) FROM trade WHERE disposition = 'WINNER'",
        ),
        (
            "SELECT sum(paid_minor) FROM order_status",
            "SELECT sum(amount_minor) FROM trade WHERE disposition = 'WINNER'",
        ),
        (
            "SELECT coalesce(sum(refunded_minor), 0) FROM trade_refund",
            "SELECT coalesce(sum(amount_minor), 0) FROM refund_record WHERE refund_status = 2",
        ),
    ];
    for (heard, told) in pairs {
        assert_eq!(
            worker.number(heard),
            count(shop, told),
            "{heard}\n{}",
            worker.log()
        );
    }
    assert_eq!(worker.number("SELECT count(*) FROM parked_message"), 0);
}

#[test]
fn p34_a_broker_killed_between_publish_and_confirm_is_given_the_same_event_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut rabbit = Rabbit::start(folder.path());
    let shop = shop_with_broker(&rabbit);
    let worker = Worker::start(folder.path(), &rabbit.url());
    sell_by_code(&shop);
    wait_until_heard(&shop, &worker);

    rabbit.freeze();
    let trade_no = sell_by_code(&shop);
    let sent = "SELECT count(*) FROM delivery WHERE delivered_at_ms IS NULL AND lease_no > 0";
    wait_until("events were sent and not confirmed", SOON, || {
        (count(&shop, sent) > 0).then_some(())
    });
    let ids = "SELECT count(DISTINCT event_id) FROM outbox_event";
    let told = count(&shop, ids);
    rabbit.kill();
    sell_for_cash(shop.till());
    rabbit.start_again();
    wait_until_heard(&shop, &worker);
    check_effects(&shop, &worker);
    // The cash sale is new; what was sent before has the id it had.
    assert_eq!(count(&shop, ids), told + 1);
    let settled = format!(
        "SELECT count(*) FROM outbox_event WHERE routing_key = 'UPDATE_STATUS' AND payload LIKE '%{trade_no}%'"
    );
    assert_eq!(count(&shop, &settled), 1);
}

#[test]
fn p34_an_event_that_was_kept_and_whose_confirm_is_lost_is_sent_again_and_has_its_effect_once() {
    let folder = tempfile::tempdir().unwrap();
    let rabbit = Rabbit::start(folder.path());
    let line = BrokerLine::to(&rabbit.address());
    let shop = shop_with_broker_at(rabbit.url_behind(&line));
    let worker = Worker::start(folder.path(), &rabbit.url());
    sell_by_code(&shop);
    wait_until_heard(&shop, &worker);

    line.lose_confirms(true);
    sell_by_code(&shop);
    let unconfirmed = "SELECT event_id FROM delivery WHERE delivered_at_ms IS NULL";
    let twice = wait_until("what nobody confirmed had its effect", LATER, || {
        let unconfirmed = books::rows(shop.centre.data(), unconfirmed);
        let heard = worker.rows("SELECT event_id FROM consumed_message");
        unconfirmed.intersection(&heard).next().cloned()
    });
    let sent = line.published();
    line.lose_confirms(false);
    wait_until_heard(&shop, &worker);
    assert!(line.published() > sent, "{twice} was not sent again");
    check_effects(&shop, &worker);
}

#[test]
fn f33_i9_no_event_is_lost_and_none_has_its_effect_twice_while_everything_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut rabbit = Rabbit::start(folder.path());
    let mut shop = shop_with_broker(&rabbit);
    shop.centre.operate_as("t");
    let mut worker = Worker::start(folder.path(), &rabbit.url());
    let mut dice: u64 = 0x5eed;
    for round in 0..8 {
        sell_for_cash(shop.till());
        let trade_no = sell_by_code(&shop);
        if round % 3 == 0 {
            let refund = ["ops", "refund", "--trade", &trade_no];
            let part = ["--amount-minor", "10", "--key", "r"];
            shop.centre.ask(&[&refund[..], &part[..]].concat());
        }
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        match (dice >> 33) % 4 {
            0 => {
                worker.kill();
                sell_for_cash(shop.till());
                worker.start_again();
            }
            1 if round < 6 => {
                rabbit.kill();
                sell_for_cash(shop.till());
                rabbit.start_again();
            }
            _centre => {
                shop.centre.kill();
                sell_for_cash(shop.till());
                shop.centre.start();
            }
        }
    }
    let in_hand = "SELECT count(*) FROM refund_record WHERE refund_status < 2";
    wait_until("the refunds are done", LATER, || {
        (count(&shop, in_hand) == 0).then_some(())
    });
    wait_until_heard(&shop, &worker);
    check_effects(&shop, &worker);
    let twice = "SELECT count(*) FROM (SELECT subject, state FROM outbox_event GROUP BY subject, state \
        HAVING count(*) > 1)";
    assert_eq!(count(&shop, twice), 0, "a fact has two events");
}

#[test]
fn p7_p33_a_webhook_that_fails_is_asked_again_with_the_same_signed_message() {
    let receiver = Receiver::open(&[500, 302]);
    let shop = Shop::open();
    let secret = "a secret of at least twenty-four bytes";
    let path = shop.inside("hook.secret");
    std::fs::write(&path, secret).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    shop.centre.ask(&[
        "subscriber",
        "add",
        "--name",
        "erp",
        "--url",
        receiver.address(),
        "--secret-ref",
        &format!("file:{}", path.display()),
        "--keys",
        "ORDER_STATUS",
    ]);
    sell_for_cash(shop.till());
    let taken = wait_until("it was told until it took it", LATER, || {
        let done = count(
            &shop,
            "SELECT count(*) FROM delivery WHERE delivered_at_ms IS NOT NULL",
        ) == 1;
        done.then(|| receiver.taken())
    });
    assert_eq!(taken.len(), 3, "500 and a redirect are no success");
    for request in &taken {
        let header = |name: &str| request.header(name).unwrap().to_owned();
        let (id, second) = (header("webhook-id"), header("webhook-timestamp"));
        let signed = [format!("{id}.{second}.").as_bytes(), &request.body].concat();
        let wanted = STANDARD.encode(hmac_sha256(secret.as_bytes(), &signed));
        assert_eq!(header("webhook-signature"), format!("v1,{wanted}"));
        assert_eq!(header("suanpan-routing-key"), "ORDER_STATUS");
        assert_eq!(request.json()["eventId"], id);
        assert_eq!(
            (&request.body, &id),
            (&taken[0].body, &taken[0].header("webhook-id").unwrap().to_owned())
        );
    }
    let audit = "SELECT count(*) FROM audit WHERE action = 'subscriber_added'";
    assert_eq!(count(&shop, audit), 1);
}
