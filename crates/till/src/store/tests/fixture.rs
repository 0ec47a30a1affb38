//! A database as version 1 wrote it, kept for ever: every later program must open it.
//!
//! `SUANPAN_BLESS=1 cargo test -p suanpan-till fixture` writes it where it is missing, never over one.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::rpc::{CatalogueFile, Command, Nothing};
use crate::store::{DATABASE_NAME, newest_schema};
use crate::testkit::{Shop, StillHost, config};
use crate::till::Till;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/fixtures/till-1.db")
}

fn write_missing() {
    assert_eq!(newest_schema(), 1, "version 1 can only be written by version 1");
    let mut shop = Shop::open();
    shop.enter("0.862*3001");
    shop.begin();
    shop.cash("20").unwrap();
    shop.run(Command::PayNext(Nothing {})).unwrap();
    shop.sell_by_code();
    let conn = &shop.till.view().conn;
    conn.execute_batch(
        "DELETE FROM reading; DELETE FROM article_words; DELETE FROM barcode; DELETE FROM article;",
    )
    .unwrap();
    conn.execute("VACUUM INTO ?1", [fixture().to_str().unwrap()])
        .unwrap();
}

#[test]
fn a_database_of_version_1_opens_with_its_orders() {
    if !fixture().exists() && std::env::var_os("SUANPAN_BLESS").is_some() {
        write_missing();
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::copy(fixture(), data.join(DATABASE_NAME)).unwrap();
    let mut till = Till::open(&config(folder.path()), StillHost::new()).unwrap();
    let pay = till.state().unwrap().pay.unwrap();
    assert_eq!((pay.short_no.as_str(), pay.total_minor), ("2-1121-0002", 350));
    let day = till.view().days_with_facts().unwrap()[0];
    assert_eq!(till.view().rollups(day).unwrap().len(), 1);
    let file = Command::CatalogueImport(CatalogueFile {
        csv: "条码,品名,售价\n9001,新货,1.00\n".into(),
        dry_run: false,
    });
    assert_eq!(till.execute(file).unwrap()["added"], 1);
    drop(till);
    let conn = Connection::open(data.join(DATABASE_NAME)).unwrap();
    let version: i64 = conn
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, newest_schema());
}
