//! Folders restored from a copy: a new epoch, no number twice, and the lost orders come back.

use std::collections::HashSet;
use std::path::Path;

use suanpan_domain::order::OrderState;
use suanpan_wire::journal::Mark;

use crate::rpc::state::Stage;
use crate::rpc::{Command, NameOrder, Nothing};
use crate::store::check;
use crate::testkit::{Shop, config, paid};
use crate::till::Till;

fn sell(shop: &mut Shop) -> (String, i64) {
    shop.enter("6928804011142");
    shop.begin();
    let paid = shop.cash("").unwrap().paid.unwrap();
    shop.run(Command::PayNext(Nothing {})).unwrap();
    let order = shop.till.view().order(&paid.order_id).unwrap().unwrap();
    (paid.short_no, order.order_no.unwrap())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Puts the copy in the place of the data folder.
pub(crate) fn restored(shop: Shop) -> Shop {
    let Shop { folder, host, till } = shop;
    drop(till);
    let data = folder.path().join("data");
    std::fs::remove_dir_all(&data).unwrap();
    copy(&folder.path().join("copy"), &data);
    let till = Till::open(&config(folder.path()), host.clone()).unwrap();
    Shop { folder, host, till }
}

pub(crate) fn kept_copy(shop: Shop) -> Shop {
    let Shop { folder, host, till } = shop;
    till.close().unwrap();
    copy(&folder.path().join("data"), &folder.path().join("copy"));
    let till = Till::open(&config(folder.path()), host.clone()).unwrap();
    Shop { folder, host, till }
}

#[test]
fn f09_f17_restoring_one_copy_twice_offline_repeats_no_number() {
    let mut shop = Shop::open();
    let mut seen = HashSet::new();
    let mut numbers = HashSet::new();
    let mut note = |sale: (String, i64)| {
        assert!(seen.insert(sale.0.clone()), "{} twice", sale.0);
        assert!(numbers.insert(sale.1), "{} twice", sale.1);
        sale.0
    };
    note(sell(&mut shop));
    shop = kept_copy(shop);
    assert_eq!(note(sell(&mut shop)), "2-1121-0002");
    shop.host.set_wall_off_by(-3_600_000);
    shop = restored(shop);
    assert_eq!(note(sell(&mut shop)), "2-1121-B001");
    note(sell(&mut shop));
    shop = restored(shop);
    assert_eq!(note(sell(&mut shop)), "2-1121-C001");
    let opened = shop.till.view().entry(3, 1).unwrap().unwrap();
    assert_eq!(opened.kind, "epoch_opened");
    assert_eq!(check::tail(shop.till.view()).unwrap(), None);
}

#[test]
fn an_ordinary_restart_or_crash_stays_in_its_epoch() {
    let mut shop = Shop::open();
    assert_eq!(sell(&mut shop).0, "2-1121-0001");
    shop = shop.restart();
    assert_eq!(sell(&mut shop).0, "2-1121-0002");
    shop = kept_copy(shop);
    assert_eq!(sell(&mut shop).0, "2-1121-0003");
}

#[test]
fn a_folder_without_its_witness_is_taken_for_a_copy() {
    let mut shop = Shop::open();
    sell(&mut shop);
    let Shop { folder, host, till } = shop;
    drop(till);
    std::fs::remove_file(folder.path().join("witness")).unwrap();
    let till = Till::open(&config(folder.path()), host.clone()).unwrap();
    let mut shop = Shop { folder, host, till };
    assert_eq!(sell(&mut shop).0, "2-1121-B001");
}

#[test]
fn a_folder_that_vanished_begins_anew_only_when_a_person_says_so_and_in_a_new_epoch() {
    let mut shop = Shop::open();
    sell(&mut shop);
    let Shop { folder, host, till } = shop;
    drop(till);
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    let mut config = config(folder.path());
    let refused = Till::open(&config, host.clone()).unwrap_err();
    assert_eq!(refused.code, crate::rpc::Code::DatabaseDamaged);
    assert!(!folder.path().join("data").join("till.db").exists());
    config.store.begin_anew = true;
    let till = Till::open(&config, host).unwrap();
    assert_eq!(till.view().head().unwrap().epoch, 2);
}

#[test]
fn own_entries_that_come_back_bring_orders_money_and_takings_with_them() {
    let mut shop = Shop::open();
    shop = kept_copy(shop);
    shop.link(crate::sync::Reach::Up);
    sell(&mut shop);
    let tender = shop.sell_by_code();
    shop.hear(&paid(&tender, 1));
    shop.run(Command::PayNext(Nothing {})).unwrap();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.cash("1").unwrap();
    shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    let before = shop
        .till
        .view()
        .facts(shop.till.view().days_with_facts().unwrap()[0])
        .unwrap();
    let lost = shop.till.view().entries_after(&Mark::genesis(), 1_000).unwrap();
    let mut shop = restored(shop);
    assert!(shop.till.view().days_with_facts().unwrap().is_empty());
    let count = shop.till.write(|tx| tx.adopt(&lost)).unwrap();
    assert!(count > 10);
    assert_eq!(shop.till.write(|tx| tx.adopt(&lost)).unwrap(), 0);
    let view = shop.till.view();
    let day = view.days_with_facts().unwrap()[0];
    assert_eq!(view.facts(day).unwrap(), before);
    assert_eq!(check::day_flaw(view, day).unwrap(), None);
    assert_eq!(view.order_counts(day).unwrap(), [(14, 2)]);
    assert_eq!(view.code_counts(day).unwrap(), (1, 1));
    let whole = check::entries(view, &Mark::genesis(), 10_000).unwrap().unwrap();
    assert_eq!(
        check::entries(view, &whole, 10_000).unwrap().unwrap(),
        view.head().unwrap()
    );
    assert_eq!(sell(&mut shop).0, "2-1121-B001");
}

#[test]
fn an_entry_that_does_not_fit_the_chain_is_not_taken_back() {
    let mut shop = Shop::open();
    shop = kept_copy(shop);
    sell(&mut shop);
    let mut lost = shop.till.view().entries_after(&Mark::genesis(), 1_000).unwrap();
    lost.last_mut().unwrap().payload.push(' ');
    let mut shop = restored(shop);
    assert!(shop.till.write(|tx| tx.adopt(&lost)).is_err());
    assert!(shop.till.view().days_with_facts().unwrap().is_empty());
}

#[test]
fn an_order_that_has_gone_on_since_the_restore_keeps_the_rows_people_see() {
    let mut shop = Shop::open();
    shop.enter("6928804011142");
    shop = kept_copy(shop);
    let basket = shop.till.view().current_order_id().unwrap().unwrap();
    shop.begin();
    shop.cash("").unwrap();
    let lost = shop.till.view().entries_after(&Mark::genesis(), 1_000).unwrap();
    let mut shop = restored(shop);
    shop.enter("6928804011142");
    shop.begin();
    shop.cash("").unwrap();
    let sold = shop.till.view().order(&basket).unwrap().unwrap();
    assert!(shop.till.write(|tx| tx.adopt(&lost)).unwrap() > 1);
    let view = shop.till.view();
    assert_eq!(view.order(&basket).unwrap().unwrap(), sold);
    let day = view.days_with_facts().unwrap()[0];
    assert_eq!(check::day_flaw(view, day).unwrap(), None);
    assert_eq!(view.facts(day).unwrap().len(), 1);
    assert!(check::entries(view, &Mark::genesis(), 10_000).unwrap().is_ok());
}

#[test]
fn an_order_on_the_counter_that_comes_back_in_another_state_is_put_aside_and_goes_on() {
    for (last, comes_back) in [
        (Command::PayBack(Nothing {}), OrderState::Held),
        (Command::PayPark(Nothing {}), OrderState::ToConfirm),
    ] {
        let mut shop = Shop::open();
        shop.link(crate::sync::Reach::Up);
        shop.enter("6928804011142");
        shop.begin();
        if comes_back == OrderState::ToConfirm {
            shop.code("").unwrap();
        }
        shop = kept_copy(shop);
        let order_id = shop.till.view().current_order_id().unwrap().unwrap();
        shop.run(last).unwrap();
        let lost = shop.till.view().entries_after(&Mark::genesis(), 1_000).unwrap();
        let mut shop = restored(shop);
        assert_eq!(shop.state().stage, Stage::Pay, "as it was in the copy");
        assert!(shop.till.write(|tx| tx.adopt(&lost)).unwrap() > 0);
        let order = shop.till.view().order(&order_id).unwrap().unwrap();
        assert_eq!(order.state, comes_back);
        assert_eq!(shop.till.view().current_order_id().unwrap(), None);
        assert_eq!(shop.state().stage, Stage::Sell);
        let again = match comes_back {
            OrderState::Held => Command::BasketResume(NameOrder { order_id }),
            _ => Command::PayOpen(NameOrder { order_id }),
        };
        shop.run(again).unwrap();
        assert!(shop.till.view().current_order_id().unwrap().is_some());
    }
}

#[test]
fn a_command_that_could_not_be_committed_leaves_no_sign_of_a_restore() {
    let mut shop = Shop::open();
    let refused = shop.till.write(|tx| {
        tx.mint();
        let broken = "PRAGMA defer_foreign_keys = ON;
             INSERT INTO undo (order_id, code, line_id, name, at_ms) VALUES ('nowhere', '', '', '', 0)";
        tx.say(None, &suanpan_wire::entry::Said::ClockJumped { by_ms: 1 })?;
        Ok(tx
            .conn()
            .execute_batch(broken)
            .map_err(crate::store::StoreError::from)?)
    });
    assert!(refused.is_err());
    let shop = shop.restart();
    assert_eq!(shop.till.view().head().unwrap().epoch, 1);
}

#[test]
fn a_report_sees_one_state_though_sales_go_on_meanwhile() {
    let mut shop = Shop::open();
    let reader = shop.till.reader().unwrap();
    let before = reader.read(|glance| Ok(glance.view.head()?)).unwrap();
    let seen = reader.read(|glance| {
        let first = glance.view.head()?;
        shop.enter("6928804011142");
        Ok((first, glance.view.head()?))
    });
    assert_eq!(seen.unwrap(), (before.clone(), before.clone()));
    assert_ne!(reader.read(|glance| Ok(glance.view.head()?)).unwrap(), before);
}
