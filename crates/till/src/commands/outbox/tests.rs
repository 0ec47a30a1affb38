//! The sync sheet lists everything that its indicator counts.

use suanpan_domain::pay_order::Disposition;
use suanpan_domain::trade::TradeState;
use suanpan_wire::journal::EntryResult;

use crate::rpc::state::{Means, SyncPhase};
use crate::rpc::views::{AttentionMatter, OrderState, SyncList};
use crate::rpc::{Command, Nothing};
use crate::store::WriteTx;
use crate::sync::Reach;
use crate::testkit::{Shop, canceled, config, paid, waiting};
use crate::till::Till;

fn sheet(shop: &mut Shop) -> SyncList {
    let list = shop.till.execute(Command::SyncGet(Nothing {})).unwrap();
    let list: SyncList = serde_json::from_value(list).unwrap();
    let listed = list.attention.len() + list.refused.len();
    assert_eq!(list.status.attention, i64::try_from(listed).unwrap());
    list
}

#[test]
fn money_for_a_closed_code_is_listed_although_its_order_is_complete() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&canceled(&tender, 1));
    let done = shop.cash("").unwrap().paid.unwrap();
    assert!(sheet(&mut shop).attention.is_empty());
    shop.hear(&paid(&tender, 2));
    let list = sheet(&mut shop);
    assert_eq!(list.status.phase, SyncPhase::NeedsAttention);
    let [item] = &list.attention[..] else {
        panic!("one tender wants a look: {list:?}");
    };
    assert_eq!(item.tender_no, tender.tender_no.to_string());
    assert_eq!((&item.order_id, &item.short_no), (&done.order_id, &done.short_no));
    assert_eq!((item.means, item.amount_minor), (Means::WechatPay, 350));
    assert_eq!(item.order_state, OrderState::Completed);
    assert_eq!(item.matter, AttentionMatter::NoPlace);
}

#[test]
fn a_parked_order_with_another_amount_is_listed_once_and_says_so() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let mut view = waiting(&tender, 1);
    view.trades[0].state = TradeState::Paid;
    view.trades[0].disposition = Disposition::Suspense;
    view.trades[0].suspense_amount_minor = Some(300);
    shop.hear(&view);
    shop.run(Command::PayPark(Nothing {})).unwrap();
    let list = sheet(&mut shop);
    assert!(list.to_confirm.is_empty());
    assert_eq!(list.attention[0].order_state, OrderState::ToConfirm);
    assert_eq!(list.attention[0].matter, AttentionMatter::AmountDiffers);
}

#[test]
fn a_word_of_money_without_its_number_is_listed_until_it_is_proven() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let mut view = paid(&tender, 1);
    view.trades[0].transaction_id = None;
    shop.hear(&view);
    let list = sheet(&mut shop);
    assert_eq!(list.attention[0].matter, AttentionMatter::NotProven);
    shop.hear(&paid(&tender, 2));
    assert!(sheet(&mut shop).attention.is_empty());
}

#[test]
fn an_order_in_doubt_that_needs_nobody_stays_under_to_confirm() {
    let mut shop = Shop::open();
    shop.sell_by_code();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    let list = sheet(&mut shop);
    assert_eq!((list.attention.len(), list.to_confirm.len()), (0, 1));
}

/// Sells something whose last journal entry the centre then refuses; answers that entry's epoch and number.
fn refused_sale(shop: &mut Shop) -> (u32, i64) {
    shop.enter("6928804011142");
    shop.begin();
    shop.cash("").unwrap();
    shop.run(Command::PayNext(Nothing {})).unwrap();
    let head = shop.till.view().head().unwrap();
    let refused = EntryResult::Refused {
        code: "MEMBER_UNKNOWN".into(),
    };
    let results = [(head.seq, refused)];
    let saved = |tx: &mut WriteTx<'_>| Ok(tx.save_entry_results(head.epoch, &results)?);
    assert_eq!(shop.till.write(saved).unwrap().len(), 1);
    (head.epoch, i64::try_from(head.seq).unwrap())
}

#[test]
fn refused_entries_of_two_journals_are_told_apart() {
    let mut shop = Shop::open();
    let first = refused_sale(&mut shop);
    let Shop { folder, host, till } = shop;
    drop(till);
    // Without its witness the folder is taken for a copy, and its journal goes on in another epoch.
    std::fs::remove_file(folder.path().join("witness")).unwrap();
    let till = Till::open(&config(folder.path()), host.clone()).unwrap();
    let mut shop = Shop { folder, host, till };
    let second = refused_sale(&mut shop);
    assert!(second.0 > first.0, "{first:?} {second:?}");
    let refused = sheet(&mut shop).refused;
    let told: Vec<(u32, i64)> = refused.iter().map(|entry| (entry.epoch, entry.seq)).collect();
    assert_eq!(told, [first, second]);
}

#[test]
fn a_till_that_was_switched_off_is_told_in_the_sheet() {
    let mut shop = Shop::open();
    assert!(!sheet(&mut shop).revoked);
    shop.link(Reach::Revoked);
    let list = sheet(&mut shop);
    assert_eq!(list.status.phase, SyncPhase::NeedsAttention);
    assert!(list.revoked);
}
