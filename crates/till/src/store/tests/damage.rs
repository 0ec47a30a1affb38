//! Files that cannot be used: nothing is lost, nothing is overwritten, and a sentence says why.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::rpc::{Code, Command, Nothing, Problem};
use crate::store::DATABASE_NAME;
use crate::testkit::{Shop, StillHost, config};
use crate::till::Till;

fn database(folder: &Path) -> PathBuf {
    folder.join("data").join(DATABASE_NAME)
}

/// A shop that sold three orders and closed; what is left is its folder.
fn sold() -> tempfile::TempDir {
    let mut shop = Shop::open();
    for _ in 0..3 {
        shop.enter("6928804011142");
        shop.begin();
        shop.cash("10").unwrap();
        shop.run(Command::PayNext(Nothing {})).unwrap();
    }
    let Shop { folder, till, .. } = shop;
    till.close().unwrap();
    folder
}

fn refusal(folder: &Path) -> Problem {
    Till::open(&config(folder), StillHost::new()).unwrap_err()
}

pub(crate) fn edited(folder: &Path, sql: &str) {
    Connection::open(database(folder))
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

#[test]
fn f08_a_second_start_on_the_same_folder_is_refused() {
    let shop = Shop::open();
    assert_eq!(refusal(shop.folder.path()).code, Code::AlreadyRunning);
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let folder = sold();
    edited(folder.path(), "PRAGMA user_version = 99");
    let before = std::fs::read(database(folder.path())).unwrap();
    let problem = refusal(folder.path());
    assert_eq!(
        (problem.code, problem.params["found"].as_str()),
        (Code::DatabaseNewer, "99")
    );
    assert!(problem.reference.is_some());
    assert_eq!(std::fs::read(database(folder.path())).unwrap(), before);
}

#[test]
fn damaged_files_are_left_as_they_are_and_nothing_starts_empty() {
    type Spoil = fn(&mut Vec<u8>);
    let spoils: [(&str, Spoil); 4] = [
        ("garbage", |bytes| bytes.fill(0x5A)),
        ("emptied", Vec::clear),
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("a page of zeros", |bytes| bytes[4096..8192].fill(0)),
    ];
    for (what, spoil) in spoils {
        let folder = sold();
        let mut bytes = std::fs::read(database(folder.path())).unwrap();
        spoil(&mut bytes);
        std::fs::write(database(folder.path()), &bytes).unwrap();
        assert_eq!(refusal(folder.path()).code, Code::DatabaseDamaged, "{what}");
        assert_eq!(std::fs::read(database(folder.path())).unwrap(), bytes, "{what}");
    }
}

#[test]
fn f10_f11_edited_money_is_noticed_at_the_next_start() {
    for edit in [
        "UPDATE orders SET total_minor = total_minor - 10, original_minor = original_minor - 10
         WHERE short_no = '2-1121-0002'",
        "UPDATE order_line SET price_minor = 100 WHERE order_id = (SELECT MIN(order_id) FROM orders)",
        "UPDATE order_line SET net_minor = net_minor + 1",
        "UPDATE money_fact SET amount_minor = 340 WHERE fact_id = 1",
        "UPDATE rollup SET net_minor = net_minor - 350",
        "UPDATE tender SET amount_minor = 340, received_minor = 990",
        "UPDATE orders SET state = 'VOIDED', completed_at_ms = NULL WHERE short_no = '2-1121-0001'",
        "PRAGMA foreign_keys = OFF; DELETE FROM orders WHERE short_no = '2-1121-0003'",
        "DELETE FROM money_fact WHERE fact_id = 2",
        "UPDATE journal SET payload = replace(payload, '350', '340') WHERE kind = 'order_completed'",
        "DELETE FROM journal WHERE seq = 3",
        "DELETE FROM journal WHERE seq = (SELECT MAX(seq) FROM journal)",
    ] {
        let folder = sold();
        edited(folder.path(), edit);
        assert_eq!(refusal(folder.path()).code, Code::DatabaseDamaged, "{edit}");
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), b"a file in the way").unwrap();
    let problem = refusal(folder.path());
    assert_eq!(problem.code, Code::DatabaseUnreadable);
    assert!(problem.params["path"].contains("data"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(database(folder.path())).unwrap();
    assert_eq!(refusal(folder.path()).code, Code::DatabaseUnreadable);
}

#[test]
fn f01_what_was_not_committed_never_happened() {
    let mut shop = Shop::open();
    shop.enter("6928804011142");
    let before = shop.state().basket;
    let head = shop.till.view().head().unwrap();
    let halted = shop.till.write(|tx| -> Result<(), crate::store::Halt> {
        let order = tx.view().current_order_id()?.unwrap();
        tx.begin_paying(&order)?;
        Err(Code::Internal.into())
    });
    assert!(halted.is_err());
    let shop = shop.restart();
    assert_eq!(shop.state().basket, before);
    assert_eq!(shop.till.view().head().unwrap(), head);
}

#[test]
fn what_the_disk_refuses_is_said_with_a_reference_and_did_not_happen() {
    let mut shop = Shop::open();
    shop.enter("6928804011142");
    let pages: i64 = {
        let conn = &shop.till.view().conn;
        conn.pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap()
    };
    shop.till
        .view()
        .conn
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    let mut refused = None;
    for _ in 0..2_000 {
        let entered = shop.till.execute(Command::BasketAdd(crate::rpc::AddArticle {
            article_id: "3001".into(),
            quantity_milli: 100,
        }));
        match entered {
            Ok(_) => {}
            Err(problem) if problem.code == Code::BasketTooLong => {
                shop.run(Command::BasketHold(Nothing {})).unwrap();
            }
            Err(problem) => {
                refused = Some(problem);
                break;
            }
        }
    }
    let problem = refused.expect("the disk is full at some line");
    assert_eq!(problem.code, Code::DiskFull);
    assert_eq!(problem.reference.unwrap().len(), 4);
    let lines = shop.state().basket.lines.len();
    assert_eq!(shop.restart().state().basket.lines.len(), lines);
}

#[test]
fn r12_a_full_disk_refuses_the_sale_before_money_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.store.free_bytes_min = u64::MAX;
    let mut till = Till::open(&config, StillHost::new()).unwrap();
    till.seed_practice().unwrap();
    till.execute(Command::BasketAdd(crate::rpc::AddArticle {
        article_id: "6928804011142".into(),
        quantity_milli: 1000,
    }))
    .unwrap();
    let problem = till.execute(Command::PayBegin(Nothing {})).unwrap_err();
    assert_eq!(problem.code, Code::DiskFull);
    assert_eq!(till.state().unwrap().basket.total_minor, 350);
}
