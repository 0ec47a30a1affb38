//! A database as version 1 wrote it, kept for ever: every later program must open it and go on with it.
//!
//! `SUANPAN_BLESS=1 cargo test -p suanpan-trade fixture` writes it where it is missing, never over one.

use std::path::{Path, PathBuf};

use suanpan_domain::pay_order::{Disposition, PayOrderState};

use super::journals::completed;
use super::kit::Shop;
use crate::db::{Db, SqliteDb};
use crate::fault::Fault;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/fixtures/trade-1.db")
}

/// A till's journal, and a tender in every state that matters.
fn write_missing() {
    let mut shop = Shop::open();
    assert_eq!(
        shop.number("PRAGMA user_version"),
        1,
        "version 1 can only be written by version 1"
    );
    shop.say(&completed(1, 500));
    let paid = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&paid);
    let given_up = shop.create(22, "k1", 990).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&given_up);
    shop.pass(6);
    shop.give_up(22);
    let late = shop.create(23, "k1", 100).unwrap().trades[0].trade_no.clone();
    shop.close(23).unwrap();
    shop.platform.pay(&late);
    shop.pass(60);
    shop.create(24, "k1", 100).unwrap();
    shop.close(25).unwrap_err();
    shop.callback(&shop.paid_notice("999", 77));
    shop.centre.db().write_file(&fixture());
}

fn schema(db: &SqliteDb) -> Vec<crate::db::Row> {
    let sql = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name";
    db.read(|tx| Ok::<_, Fault>(tx.query(sql, &[])?)).unwrap()
}

#[test]
fn a_database_of_version_1_opens_with_its_money_and_goes_on() {
    if !fixture().exists() && std::env::var_os("SUANPAN_BLESS").is_some() {
        write_missing();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("centre.db");
    std::fs::copy(fixture(), &path).unwrap();
    let db = SqliteDb::open(&path).unwrap();
    assert_eq!(schema(&db), schema(&SqliteDb::in_memory().unwrap()));

    let mut shop = Shop::open();
    shop.now_ms += 120_000;
    let mut shop = shop.restored_from(db);
    shop.till.till_id = shop.number("SELECT till_id FROM till").to_string();
    assert_eq!(shop.number("SELECT COUNT(*) FROM journal"), 2);
    assert_eq!(shop.number("SELECT total_minor FROM till_day"), 500);
    assert_eq!(shop.number("SELECT amount_minor FROM suspense"), 77);
    assert_eq!(shop.number("SELECT COUNT(*) FROM tombstone"), 1);
    let states = [21, 22, 23, 24].map(|tender| shop.query(tender).state);
    let wanted = [
        PayOrderState::Paid,
        PayOrderState::Refunded,
        PayOrderState::Canceled,
        PayOrderState::NoPay,
    ];
    assert_eq!(states, wanted);
    let accepted = shop.late(23, "accept").unwrap();
    assert_eq!(accepted.trades[0].disposition, Disposition::Winner);
    let fresh = shop.create(31, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&fresh);
    shop.pass(6);
    assert_eq!(shop.query(31).state, PayOrderState::Paid);
}
