//! Who is told: subscribers that are added, paused, taken out, and do not stand in each other's way.

use suanpan_wire::broadcast::BroadcastKey;

use super::kit::Shop;
use super::telling::{claim, listen, paid};
use crate::broadcast::subscribers::{self, NewSubscriber};
use crate::db::Db;
use crate::fault::Fault;
use crate::rows::subscriber::Way;

#[test]
fn a_paused_subscriber_misses_nothing() {
    let mut shop = Shop::open();
    listen(&shop, "erp", Way::Queue, &[BroadcastKey::UpdateStatus]);
    shop.do_it(|ledger| subscribers::set_paused(ledger, "t", "erp", true));
    paid(&mut shop, 21);
    assert_eq!(claim(&shop, Way::Queue), []);
    assert_eq!(shop.centre.deliveries_waiting().unwrap()[0].1.waiting, 1);
    shop.do_it(|ledger| subscribers::set_paused(ledger, "t", "erp", false));
    assert_eq!(claim(&shop, Way::Queue).len(), 1);
}

#[test]
fn a_subscriber_is_taken_out_with_what_it_has_not_heard_once_it_is_paused() {
    let mut shop = Shop::open();
    listen(&shop, "erp", Way::Queue, &[BroadcastKey::UpdateStatus]);
    listen(&shop, "log", Way::Queue, &[BroadcastKey::UpdateStatus]);
    paid(&mut shop, 21);
    let remove = |shop: &Shop| {
        shop.centre
            .commit(shop.now_ms, |ledger| subscribers::remove(ledger, "t", "erp"))
    };
    assert!(remove(&shop).is_err(), "somebody may be sending to it");
    shop.do_it(|ledger| subscribers::set_paused(ledger, "t", "erp", true));
    assert_eq!(remove(&shop).unwrap(), 1);
    assert!(remove(&shop).is_err());
    let claimed = claim(&shop, Way::Queue);
    let names: Vec<_> = claimed.iter().map(|claimed| &claimed.subscriber.name).collect();
    assert_eq!(names, ["log"]);
    paid(&mut shop, 22);
    assert_eq!(shop.centre.deliveries_waiting().unwrap().len(), 1);
}

#[test]
fn p2_what_this_version_does_not_know_keeps_no_other_event() {
    let mut shop = Shop::open();
    listen(&shop, "erp", Way::Queue, &[BroadcastKey::UpdateStatus]);
    paid(&mut shop, 21);
    shop.do_it(|ledger| {
        ledger.execute("UPDATE outbox_event SET routing_key = 'OF_A_NEWER_VERSION'", &[])?;
        ledger.execute(
            "UPDATE subscriber SET routing_keys = 'OF_A_NEWER_VERSION,UPDATE_STATUS'",
            &[],
        )?;
        Ok(())
    });
    paid(&mut shop, 22);
    let claimed = claim(&shop, Way::Queue);
    let keys: Vec<_> = claimed.iter().map(|claimed| claimed.delivery.key).collect();
    assert_eq!(keys, [BroadcastKey::UpdateStatus]);
}

#[test]
fn no_two_subscribers_have_one_queue() {
    let shop = Shop::open();
    let named = |name: &str| NewSubscriber {
        name: name.into(),
        way: Way::Queue,
        target: "q".into(),
        keys: vec![BroadcastKey::UpdateStatus],
        secret_ref: None,
    };
    let add = |name: &str| {
        shop.centre
            .commit(shop.now_ms, |ledger| subscribers::add(ledger, "t", &named(name)))
    };
    assert!(add("one").is_ok());
    assert!(matches!(add("two"), Err(Fault::Refused(_))));
    assert!(add("one").is_ok(), "a repeat changes nothing");
}

#[test]
fn a_subscriber_is_added_once_and_not_changed_by_a_repeat() {
    let shop = Shop::open();
    let new = NewSubscriber {
        name: "orders".into(),
        way: Way::Queue,
        target: "q".into(),
        keys: vec![BroadcastKey::UpdateStatus],
        secret_ref: None,
    };
    let first = shop.do_it(|ledger| subscribers::add(ledger, "t", &new));
    let again = shop.do_it(|ledger| subscribers::add(ledger, "t", &new));
    assert_eq!(first, again);
    let other = NewSubscriber {
        target: "q2".into(),
        ..new.clone()
    };
    let refused = shop
        .centre
        .commit(shop.now_ms, |ledger| subscribers::add(ledger, "t", &other));
    assert!(matches!(refused, Err(Fault::Refused(_))));
    for bad in [
        NewSubscriber {
            name: " ".into(),
            ..new.clone()
        },
        NewSubscriber {
            keys: Vec::new(),
            name: "x".into(),
            ..new.clone()
        },
        NewSubscriber {
            way: Way::Webhook,
            name: "y".into(),
            target: "http://example.org".into(),
            ..new.clone()
        },
        NewSubscriber {
            way: Way::Webhook,
            name: "z".into(),
            target: "https://example.org".into(),
            ..new
        },
    ] {
        let refused = shop
            .centre
            .commit(shop.now_ms, |ledger| subscribers::add(ledger, "t", &bad));
        assert!(matches!(refused, Err(Fault::Refused(_))), "{bad:?}");
    }
    let listed = shop
        .centre
        .db()
        .read(|tx| crate::rows::delivery::depths(tx))
        .unwrap();
    assert_eq!(listed.len(), 1);
}
