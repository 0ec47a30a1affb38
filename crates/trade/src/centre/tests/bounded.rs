//! Work that is bounded and shared fairly: what is held, damaged or without a place keeps nobody else waiting.

use std::collections::BTreeMap;

use suanpan_channels::Call;
use suanpan_domain::pay_order::PayOrderState;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::TradeState;

use super::kit::{ENTERPRISE, Shop, pay_channel};
use crate::rows::pay_channel::PayChannel;
use crate::{Begun, Look, PlatformCall, Room, WorkId, office};

/// More than are looked at in one go.
const MANY: i64 = 40;

/// Paid and given up, so that the money of each goes back.
fn to_be_returned(shop: &mut Shop, tenders: std::ops::Range<i64>) {
    for tender in tenders.clone() {
        let trade_no = shop.create(tender, "k1", 100).unwrap().trades[0].trade_no.clone();
        shop.platform.pay(&trade_no);
        shop.callback(&shop.paid_notice(&trade_no, 100));
    }
    for tender in tenders {
        shop.give_up(tender);
    }
}

/// A refund that was asked for, which no brake holds.
fn requested(shop: &mut Shop, tender: i64) {
    let paid = shop.create(tender, "k1", 100).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&paid);
    shop.callback(&shop.paid_notice(&paid, 100));
    let trade_no = paid.parse().unwrap();
    shop.do_it(|ledger| office::refund(ledger, "boss", trade_no, "a", 100));
}

fn stop_refunds(shop: &Shop) {
    shop.do_it(|ledger| {
        office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.refunds_stopped = true)
    });
}

/// Looks as the job does without a pause; how often.
fn looks_until_empty(shop: &Shop, room: &Room) -> (usize, Vec<PlatformCall>) {
    let mut calls = Vec::new();
    for looks in 1..100 {
        let look = shop.centre.due(shop.now_ms, room);
        calls.extend(look.calls);
        if !look.is_full {
            return (looks, calls);
        }
    }
    panic!("it looks without an end");
}

fn claimed_trades(look: &Look) -> usize {
    let trades = look.calls.iter();
    trades
        .filter(|call| matches!(call.work, WorkId::Trade(_)))
        .count()
}

#[test]
fn held_refunds_are_looked_at_without_a_pause_and_keep_no_trade_waiting() {
    let mut shop = Shop::open();
    stop_refunds(&shop);
    to_be_returned(&mut shop, 100..100 + MANY);
    requested(&mut shop, 50);
    shop.now_ms += 1_000;
    shop.create(21, "k1", 2810).unwrap();
    shop.now_ms += 6_000;
    let first = shop.centre.due(shop.now_ms, &Room::of(16));
    assert_eq!(claimed_trades(&first), 1, "behind nothing");
    assert!(first.is_full, "more refunds are to be looked at");
    let (_, rest) = looks_until_empty(&shop, &Room::of(16));
    let sent = first.calls.iter().chain(&rest);
    let refunds: Vec<_> = sent.filter(|call| matches!(call.call, Call::Refund(_))).collect();
    assert_eq!(refunds.len(), 1, "the one that nothing holds");
    let due = shop.number("SELECT COUNT(*) FROM refund_record WHERE next_call_at_ms <= 1");
    assert_eq!(due, 0);
    let waiting = format!(
        "SELECT COUNT(*) FROM refund_record WHERE needs_attention = 1 AND next_call_at_ms > {}",
        shop.now_ms
    );
    assert_eq!(shop.number(&waiting), MANY, "every other is held for a minute");
}

#[test]
fn neither_trades_nor_refunds_take_the_others_share() {
    let mut shop = Shop::open();
    for tender in 200..200 + MANY {
        requested(&mut shop, tender);
        shop.create(tender + 100, "k1", 100).unwrap();
    }
    shop.now_ms += 6_000;
    let room = Room {
        trades: 3,
        refunds: 2,
        ..Room::of(16)
    };
    let look = shop.centre.due(shop.now_ms, &room);
    assert_eq!((claimed_trades(&look), look.calls.len()), (3, 5));
    assert!(look.is_full, "more is due, should there be room for it");
    let look = shop.centre.due(shop.now_ms, &Room::of(0));
    assert_eq!(look, Look::default());
    let none = Room {
        trades: 0,
        refunds: 1,
        ..Room::of(16)
    };
    let look = shop.centre.due(shop.now_ms, &none);
    assert_eq!((claimed_trades(&look), look.calls.len()), (0, 1));
}

#[test]
fn damaged_rows_are_set_aside_and_looked_at_again_later() {
    let mut shop = Shop::open();
    to_be_returned(&mut shop, 100..100 + MANY);
    for tender in 200..200 + MANY {
        shop.create(tender, "k1", 100).unwrap();
    }
    shop.do_it(|ledger| {
        ledger.execute("UPDATE refund_record SET next_call = 'NONE_OF_OURS'", &[])?;
        ledger.execute(
            "UPDATE trade SET state = 'NONE_OF_OURS' WHERE state <> 'PAID'",
            &[],
        )?;
        Ok(())
    });
    shop.now_ms += 1_000;
    requested(&mut shop, 50);
    shop.create(21, "k1", 2810).unwrap();
    shop.now_ms += 6_000;
    let (_, calls) = looks_until_empty(&shop, &Room::of(16));
    assert_eq!(calls.len(), 2, "what is sound has its turn: {calls:?}");
    let (looks, calls) = looks_until_empty(&shop, &Room::of(16));
    assert_eq!(
        (looks, calls.len()),
        (1, 0),
        "nobody looks at the others just now"
    );
    shop.do_it(|ledger| {
        ledger.execute(
            "UPDATE refund_record SET next_call = 'REFUND' WHERE next_call = 'NONE_OF_OURS'",
            &[],
        )?;
        Ok(())
    });
    shop.now_ms += 6_000;
    let (_, calls) = looks_until_empty(&shop, &Room::of(100));
    let refunds = calls.iter().filter(|call| matches!(call.call, Call::Refund(_)));
    assert_eq!(
        refunds.count(),
        30,
        "what is mended goes out, as many as the brake lets"
    );
}

#[test]
fn late_money_and_orders_that_cannot_be_worked_at_are_set_aside_too() {
    let mut shop = Shop::open();
    for tender in 200..200 + MANY {
        shop.create(tender, "k1", 100).unwrap();
    }
    shop.do_it(|ledger| {
        ledger.execute(
            "UPDATE trade SET state = 'NONE_OF_OURS', refund_due_at_ms = 1",
            &[],
        )?;
        Ok(())
    });
    let late = shop.create(22, "k1", 100).unwrap().trades[0].trade_no.clone();
    shop.close(22).unwrap();
    shop.platform.pay(&late);
    shop.callback(&shop.paid_notice(&late, 100));
    shop.pass(605);
    assert_eq!(shop.platform.returned(), 100);
}

/// The shop with a second account, Alipay's, and a code of each account's out.
fn two_accounts() -> Shop {
    let mut shop = Shop::open();
    let other = PayChannel {
        enterprise_id: 8,
        label: Means::AliPay.name().into(),
        ..pay_channel()
    };
    let store_id = shop.store_id;
    shop.do_it(|ledger| {
        office::put_channel(ledger, "t", &other)?;
        office::offer(ledger, "t", store_id, Means::AliPay.name(), 8)
    });
    for tender in 100..100 + MANY {
        shop.create(tender, "k1", 100).unwrap();
    }
    shop.now_ms += 1_000;
    shop.means = Means::AliPay;
    shop.create(21, "k1", 100).unwrap();
    shop.now_ms += 6_000;
    shop
}

fn accounts_of(calls: &[PlatformCall]) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.enterprise_id).or_default() += 1;
    }
    counts
}

#[test]
fn an_account_without_a_free_place_is_left_out_and_holds_up_no_other() {
    let shop = two_accounts();
    let full = Room {
        merchants: BTreeMap::from([(ENTERPRISE, 0)]),
        ..Room::of(16)
    };
    let look = shop.centre.due(shop.now_ms, &full);
    assert_eq!(accounts_of(&look.calls), BTreeMap::from([(8, 1)]));
    let claimed = shop.number("SELECT COUNT(*) FROM trade WHERE enterprise_id = 7 AND lease_no > 1");
    assert_eq!(claimed, 0);
}

#[test]
fn an_account_gets_no_more_calls_than_it_has_places() {
    let shop = two_accounts();
    let mut room = Room {
        merchants: BTreeMap::from([(ENTERPRISE, 2)]),
        ..Room::of(16)
    };
    let look = shop.centre.due(shop.now_ms, &room);
    assert_eq!(accounts_of(&look.calls), BTreeMap::from([(ENTERPRISE, 2)]));
    assert!(look.is_full, "others may be behind these");
    room.merchants.insert(ENTERPRISE, 0);
    let look = shop.centre.due(shop.now_ms, &room);
    assert_eq!(accounts_of(&look.calls), BTreeMap::from([(8, 1)]));
    assert!(!look.is_full);
}

#[test]
fn a_refund_that_found_no_place_was_never_sent() {
    let mut shop = Shop::open();
    requested(&mut shop, 21);
    let row = "SELECT COUNT(*) FROM refund_record WHERE first_sent_at_ms IS NULL AND last_sent_at_ms IS NULL \
               AND lease_no = 0 AND lease_until_ms = 0 AND refund_status = 0";
    for _ in 0..3 {
        let look = shop.centre.due(shop.now_ms, &Room::of(16));
        assert_eq!(look.calls.len(), 1);
        shop.centre.unsent(&look.calls[0], shop.now_ms).unwrap();
        assert_eq!(shop.number(row), 1);
        assert!(
            shop.centre.due(shop.now_ms, &Room::of(16)).calls.is_empty(),
            "not at once"
        );
        shop.now_ms += 10_000;
    }
    shop.tick();
    assert_eq!(shop.platform.returned(), 100);
    assert_eq!(shop.number(row), 0);
}

#[test]
fn a_repeat_that_found_no_place_leaves_the_first_sending_as_it_was() {
    let mut shop = Shop::open();
    requested(&mut shop, 21);
    shop.platform.lose_requests = 1;
    shop.tick();
    let sent = "SELECT first_sent_at_ms FROM refund_record WHERE last_sent_at_ms = first_sent_at_ms";
    let sent_at_ms = shop.number(sent);
    // It is asked about, is not known, and is due to be sent again after a minute.
    shop.pass(6);
    shop.now_ms += 60_000;
    let look = shop.centre.due(shop.now_ms, &Room::of(16));
    assert!(matches!(look.calls[0].call, Call::Refund(_)), "{look:?}");
    shop.centre.unsent(&look.calls[0], shop.now_ms).unwrap();
    assert_eq!(shop.number(sent), sent_at_ms);
    shop.pass(60);
    assert_eq!(shop.platform.returned(), 100);
}

#[test]
fn an_account_that_cannot_be_asked_is_tried_ever_more_seldom_about_what_has_ended_and_not_for_ever() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    shop.close(21).unwrap();
    shop.pass(60);
    let watched = "SELECT COUNT(*) FROM trade WHERE state = 'CLOSED' AND next_call_at_ms IS NOT NULL";
    assert_eq!(shop.number(watched), 1);
    let mut tries = 0;
    let ends_ms = shop.now_ms + 15 * 86_400_000;
    while shop.now_ms < ends_ms {
        for call in shop.centre.due(shop.now_ms, &Room::of(16)).calls {
            shop.centre.unsent(&call, shop.now_ms).unwrap();
            tries += 1;
        }
        shop.now_ms += 30_000;
    }
    assert_eq!(shop.number(watched), 0);
    assert!((300..500).contains(&tries), "{tries}");
}

#[test]
fn a_claim_that_somebody_else_has_taken_over_is_not_put_back() {
    let mut shop = Shop::open();
    requested(&mut shop, 21);
    let stale = shop.centre.due(shop.now_ms, &Room::of(16)).calls.remove(0);
    shop.now_ms += 31_000;
    let again = shop.centre.due(shop.now_ms, &Room::of(16)).calls.remove(0);
    assert_ne!(stale.lease_no, again.lease_no);
    shop.centre.unsent(&stale, shop.now_ms).unwrap();
    assert!(shop.centre.is_in_hand(again.work, shop.now_ms));
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM refund_record WHERE last_sent_at_ms IS NOT NULL"),
        1
    );
}

/// Asks for an attempt and claims its first call.
fn first_call(shop: &Shop, path: &str, wish: &suanpan_wire::tender::CreateAttempt) -> PlatformCall {
    let request = shop.request(&shop.till, "PUT", path, wish);
    let Begun::Work(ticket) = shop.centre.begin(&request, shop.now_ms) else {
        panic!("a call is due")
    };
    shop.centre.take(ticket.works[0], shop.now_ms).unwrap()
}

#[test]
fn a_charge_that_was_certainly_not_sent_frees_the_tender_at_once() {
    let mut shop = Shop::open();
    let call = first_call(&shop, "/v1/tenders/21/attempts/k1", &shop.charge_wish(2810));
    shop.centre.unsent(&call, shop.now_ms).unwrap();
    let view = shop.query(21);
    assert_eq!(view.trades[0].state, TradeState::Failed);
    assert_eq!(view.trades[0].refused_code.as_deref(), Some("NOT_SENT"));
    assert_eq!(shop.platform.count("reverse"), 0);
    // The cashier goes on without waiting, and the first code is not sent by anybody any more.
    assert_eq!(shop.charge(21, "k2", 2810).unwrap().state, PayOrderState::Paid);
    shop.pass(120);
    assert_eq!(shop.platform.count("charge"), 1);
    assert_eq!(shop.platform.captured(), 2810);
}

#[test]
fn a_charge_that_waited_for_its_place_in_vain_ends_a_tender_that_was_closed_meanwhile() {
    let mut shop = Shop::open();
    let call = first_call(&shop, "/v1/tenders/21/attempts/k1", &shop.charge_wish(2810));
    assert_eq!(shop.close(21).unwrap().state, PayOrderState::Canceling);
    shop.centre.unsent(&call, shop.now_ms).unwrap();
    assert_eq!(shop.query(21).state, PayOrderState::Canceled);
}

#[test]
fn a_code_to_be_shown_that_was_not_sent_is_simply_asked_for_again() {
    let mut shop = Shop::open();
    let call = first_call(
        &shop,
        "/v1/tenders/21/attempts/k1",
        &super::kit::attempt(2810, false),
    );
    shop.centre.unsent(&call, shop.now_ms).unwrap();
    let row = "SELECT COUNT(*) FROM trade WHERE state = 'CREATED' AND lease_no = 0 AND lease_until_ms = 0";
    assert_eq!(shop.number(row), 1);
    // What is refused then is this try, and there was none before it.
    shop.pass(1);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Awaiting);
    assert_eq!(shop.platform.count("prepay"), 1);
}
