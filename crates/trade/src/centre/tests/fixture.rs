//! Databases as every version wrote them, on both engines, kept for ever: every later program must open them
//! and go on with them.
//!
//! `SUANPAN_BLESS=1 cargo test -p suanpan-trade fixture` writes those of the present version where they are
//! missing, never over one.

use std::path::{Path, PathBuf};

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_private_postgres::shared;

use super::contract_kit;
use super::journals::completed;
use super::kit::Shop;
use crate::db::migrations::known_version;
use crate::db::postgres::testing::{dump, execute};
use crate::db::{AnyDb, Db, Row, SqliteDb, testing};
use crate::fault::Fault;

const SQLITE_SCHEMA: &str = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name";
const POSTGRES_SCHEMA: &str = "
    SELECT CAST(table_name AS TEXT) || '.' || CAST(column_name AS TEXT) AS what,
        CAST(data_type AS TEXT) || ' ' || CAST(is_nullable AS TEXT) || ' ' || COALESCE(CAST(column_default AS TEXT), '')
        FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL SELECT CAST(indexname AS TEXT), replace(indexdef, current_schema() || '.', '')
        FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL SELECT CAST(conname AS TEXT), pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = CAST(current_schema() AS regnamespace)
    ORDER BY 1, 2";

fn fixture(version: i64, ending: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/fixtures");
    folder.join(format!("trade-{version}.{ending}"))
}

/// Whether the fixture of the present version is to be written now.
fn is_wanted(version: i64, path: &Path) -> bool {
    version == known_version() && !path.exists() && std::env::var_os("SUANPAN_BLESS").is_some()
}

/// A till's journal, and a tender in every state that matters.
fn written(db: AnyDb) -> Shop {
    let mut shop = Shop::open_on(db);
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
    contract_kit::let_in(&shop);
    shop.native_no("WECHAT_PAY", "28.10");
    shop
}

fn rows(db: &AnyDb, sql: &str) -> Vec<Row> {
    db.read(|tx| Ok::<_, Fault>(tx.query(sql, &[])?)).unwrap()
}

/// The money is there, and what was under way is finished.
fn goes_on(db: AnyDb) {
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
    if shop.number("SELECT COUNT(*) FROM caller") > 0 {
        let waiting =
            shop.number("SELECT trade_no FROM trade WHERE state = 'AWAITING' ORDER BY trade_no DESC LIMIT 1");
        assert_eq!(shop.native_no("WECHAT_PAY", "28.10"), waiting.to_string());
    }
    let fresh = shop.create(31, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&fresh);
    shop.pass(6);
    assert_eq!(shop.query(31).state, PayOrderState::Paid);
}

#[test]
fn sqlite_files_of_every_version_open_with_their_money_and_go_on() {
    for version in 1..=known_version() {
        let path = fixture(version, "db");
        if is_wanted(version, &path) {
            let shop = written(SqliteDb::in_memory().unwrap().into());
            let AnyDb::Sqlite(db) = shop.centre.db() else {
                panic!("it was just made")
            };
            db.write_file(&path);
        }
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("centre.db");
        std::fs::copy(&path, &copy).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let upgraded = AnyDb::from(SqliteDb::open(&copy).unwrap());
        let new = AnyDb::from(SqliteDb::in_memory().unwrap());
        assert_eq!(rows(&upgraded, SQLITE_SCHEMA), rows(&new, SQLITE_SCHEMA));
        goes_on(upgraded);
    }
}

#[test]
fn postgresql_dumps_of_every_version_open_with_their_money_and_go_on() {
    let server = shared().url("postgres");
    let new_url = testing::new_schema(&server);
    let new = AnyDb::from(testing::open(&new_url));
    for version in 1..=known_version() {
        let path = fixture(version, "sql");
        if is_wanted(version, &path) {
            let url = testing::new_schema(&server);
            drop(written(testing::open(&url).into()));
            std::fs::write(&path, dump(&url)).unwrap();
        }
        let script =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let url = testing::new_schema(&server);
        execute(&url, &script);
        let upgraded = AnyDb::from(testing::open(&url));
        assert_eq!(rows(&upgraded, POSTGRES_SCHEMA), rows(&new, POSTGRES_SCHEMA));
        goes_on(upgraded);
    }
}
