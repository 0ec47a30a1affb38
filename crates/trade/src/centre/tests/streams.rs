//! The stream of changes: gapless, in commit order, and a snapshot where the generation is another one.

use std::sync::mpsc;
use std::thread;

use suanpan_domain::pay_order::PayOrderState;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::stream::{Changed, ChangesAnswer};

use super::kit::Shop;
use crate::db::{Db, DbError, SqliteDb, testing};
use crate::rows::stream;
use crate::{Begun, office};

fn told(answer: ChangesAnswer) -> (u64, Vec<u64>) {
    match answer {
        ChangesAnswer::Changes {
            generation, changes, ..
        } => (generation, changes.iter().map(|change| change.position).collect()),
        other @ ChangesAnswer::Snapshot { .. } => panic!("{other:?}"),
    }
}

fn snapshot(answer: ChangesAnswer) -> (u64, u64, Vec<suanpan_wire::tender::TenderView>) {
    match answer {
        ChangesAnswer::Snapshot {
            generation,
            position,
            tenders,
            ..
        } => (generation, position, tenders),
        other @ ChangesAnswer::Changes { .. } => panic!("{other:?}"),
    }
}

#[test]
fn i9_every_committed_change_of_a_tender_is_one_position() {
    let mut shop = Shop::open();
    let (generation, position, _) = snapshot(shop.changes(0, 0));
    assert_eq!(position, 0);
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    shop.pass(10);
    let (_, positions) = told(shop.changes(generation, 0));
    assert_eq!(positions, [1, 2, 3]);
    let (_, rest) = told(shop.changes(generation, 2));
    assert_eq!(rest, [3]);
    let ChangesAnswer::Changes { changes, .. } = shop.changes(generation, 2) else {
        panic!()
    };
    let Changed::Tender { tender } = &changes[0].what else {
        panic!()
    };
    assert_eq!(*tender, shop.query(21));
}

#[test]
fn a_restarted_centre_tells_what_was_missed_in_a_snapshot_where_it_may_be_another_database() {
    let mut shop = Shop::open();
    let (generation, _, _) = snapshot(shop.changes(0, 0));
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.create(22, "k1", 100).unwrap();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    let (_, positions) = told(shop.changes(generation, 0));
    assert!(positions.len() >= 3);
    let mut shop = shop.restart();
    shop.now_ms += 1;
    // The till had read up to its code, and not that it was paid.
    if testing::generation_outlives_starts() {
        assert_eq!(
            told(shop.changes(generation, 2)),
            (generation, positions[2..].to_vec())
        );
        return;
    }
    let (fresh, position, tenders) = snapshot(shop.changes(generation, 2));
    assert!(fresh > generation);
    assert_eq!(position, 0);
    let states: Vec<PayOrderState> = tenders.iter().map(|tender| tender.state).collect();
    assert_eq!(states, [PayOrderState::Paid, PayOrderState::NoPay]);
}

#[test]
fn a_position_beyond_the_last_one_is_answered_with_a_snapshot() {
    let shop = Shop::open();
    let (generation, _, _) = snapshot(shop.changes(0, 0));
    let (same, position, _) = snapshot(shop.changes(generation, 7));
    assert_eq!((same, position), (generation, 0));
}

#[test]
fn one_tills_changes_are_not_anothers() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    let other = shop.enrolled(2);
    shop.till = other;
    let (_, position, tenders) = snapshot(shop.changes(0, 0));
    assert_eq!((position, tenders.len()), (0, 0));
    let refused = shop
        .call("POST", "/v1/tenders/21/query", &serde_json::json!({}))
        .unwrap_err();
    assert_eq!(refused.code, suanpan_wire::error::ErrorCode::NotFound);
}

/// Written against [`Db`] alone, so that another database joins by one more call.
fn stream_commit_order<D: Db>(first: &D, second: &D, reader: &D) {
    let positions = |after: i64| {
        let read = reader
            .read(|tx| stream::changes_after(tx, "till:1", after, 10))
            .unwrap();
        read.iter().map(|change| change.position).collect::<Vec<u64>>()
    };
    let (taken, is_taken) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let stalling = scope.spawn(move || {
            first.write(|tx| {
                let position = stream::publish(tx, "till:1", &Changed::Settings, 1)?;
                taken.send(()).unwrap();
                may_go_on.recv().unwrap();
                Ok::<i64, DbError>(position)
            })
        });
        is_taken.recv().unwrap();
        let overtaking =
            scope.spawn(move || second.write(|tx| stream::publish(tx, "till:1", &Changed::Settings, 2)));
        // Whatever the second writer does meanwhile: nothing may be read that comes after what is missing.
        let read = positions(0);
        assert_eq!(
            read,
            Vec::<u64>::new(),
            "a reader saw a position before the ones below it"
        );
        go_on.send(()).unwrap();
        assert_eq!(stalling.join().unwrap().unwrap(), 1);
        assert_eq!(overtaking.join().unwrap().unwrap(), 2);
    });
    assert_eq!(positions(0), [1, 2], "both arrive");
}

#[test]
fn stream_commit_order_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("centre.db");
    let open = || SqliteDb::open(&path).unwrap();
    stream_commit_order(&open(), &open(), &open());
}

#[test]
fn stream_commit_order_on_postgresql() {
    let url = testing::new_schema(&suanpan_private_postgres::shared().url("postgres"));
    stream_commit_order(&testing::open(&url), &testing::open(&url), &testing::open(&url));
}

#[test]
fn a_till_that_is_revoked_while_it_waits_is_told_nothing_more() {
    let mut shop = Shop::open();
    let (generation, position, _) = snapshot(shop.changes(0, 0));
    let path = format!("/v1/till/changes?generation={generation}&after={position}&wait_ms=20000");
    let request = shop.request(&shop.till, "GET", &path, &());
    let Begun::WaitForChange(ticket) = shop.centre.begin(&request, shop.now_ms) else {
        panic!("there is nothing to tell yet")
    };
    shop.create(21, "k1", 2810).unwrap();
    let till_id: i64 = shop.till.till_id.parse().unwrap();
    shop.do_it(|ledger| office::revoke_till(ledger, "t", till_id));
    assert!(shop.centre.has_news(&ticket), "it must not wait any longer");
    let reply = shop.centre.finish(ticket, shop.now_ms);
    assert_eq!(reply.status, ErrorCode::TillUnknown.status());
}
