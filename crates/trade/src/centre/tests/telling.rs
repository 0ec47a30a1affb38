//! What business systems are told: each fact once, with the winner's name, frozen, kept until it is delivered.

use suanpan_domain::tender::Means;
use suanpan_wire::broadcast::{BroadcastKey, OrderStatusMsg, OrderWord, TradeStatusMsg};
use suanpan_wire::entry::{Said, TenderSaid};
use suanpan_wire::refund::{RefundReason, RefundSaid};

use super::journals::completed;
use super::kit::Shop;
use crate::broadcast::relay::{Claimed, Told};
use crate::broadcast::subscribers::{self, NewSubscriber};
use crate::db::{Db, testing};
use crate::fault::Fault;
use crate::office;
use crate::rows::subscriber::Way;

/// An event as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldEvent {
    pub event_id: String,
    pub key: String,
    pub payload: String,
    pub listeners: i64,
}

impl ToldEvent {
    pub fn status(&self) -> TradeStatusMsg {
        let mut messages = TradeStatusMsg::from_payload(self.payload.as_bytes()).unwrap();
        assert_eq!(messages.len(), 1);
        messages.remove(0)
    }

    pub fn order(&self) -> OrderStatusMsg {
        OrderStatusMsg::from_payload(self.payload.as_bytes()).unwrap()
    }
}

/// Every event, in the order in which it was written.
pub fn events(shop: &Shop) -> Vec<ToldEvent> {
    let sql =
        "SELECT event_id, routing_key, payload, listeners FROM outbox_event ORDER BY at_ms, subject, seq";
    let rows = shop.centre.db().read(|tx| Ok::<_, Fault>(tx.query(sql, &[])?));
    rows.unwrap()
        .iter()
        .map(|row| ToldEvent {
            event_id: row.text(0).unwrap(),
            key: row.text(1).unwrap(),
            payload: row.text(2).unwrap(),
            listeners: row.int(3).unwrap(),
        })
        .collect()
}

pub fn of_key(shop: &Shop, key: BroadcastKey) -> Vec<ToldEvent> {
    let mut events = events(shop);
    events.retain(|event| event.key == key.name());
    events
}

/// Status codes under a key, in the order they were told.
fn codes(shop: &Shop, key: BroadcastKey) -> Vec<u8> {
    of_key(shop, key)
        .iter()
        .map(|event| event.status().status_code)
        .collect()
}

/// I9 and I19 over everything that was ever told, for any test.
pub fn check_told(shop: &Shop, hint: &str) {
    let count = |sql: &str| shop.number(sql);
    let twice = "SELECT COUNT(*) FROM (SELECT subject, state FROM outbox_event \
        WHERE state IN ('SETTLED', 'CANCELED', 'CLOSED', 'FAILED', 'SURPLUS', 'SUCCESS', 'COMPLETED') \
        GROUP BY subject, state HAVING COUNT(*) > 1) AS twice";
    assert_eq!(count(twice), 0, "{hint}: a fact was told twice");
    let settled: Vec<TradeStatusMsg> = of_key(shop, BroadcastKey::UpdateStatus)
        .iter()
        .map(ToldEvent::status)
        .filter(|message| message.status_code == 4)
        .collect();
    for message in &settled {
        let winner = format!(
            "SELECT COUNT(*) FROM pay_order WHERE product_order_no = {} AND winner_trade_no = {}",
            message.product_order_no, message.trading_order_no
        );
        assert_eq!(count(&winner), 1, "{hint}: I19 {message:?}");
    }
    let mut tenders: Vec<i64> = settled.iter().map(|message| message.product_order_no).collect();
    tenders.sort_unstable();
    tenders.dedup();
    assert_eq!(
        tenders.len(),
        settled.len(),
        "{hint}: I19, code 4 twice for one pay order"
    );
    for (what, missing) in [
        (
            "a winner",
            "SELECT COUNT(*) FROM pay_order o WHERE winner_trade_no IS NOT NULL AND NOT EXISTS (SELECT 1 FROM \
             outbox_event e WHERE e.subject = 'pay_order/suanpan.till/' || o.product_order_no AND e.state = 'SETTLED')",
        ),
        (
            "an ended attempt",
            "SELECT COUNT(*) FROM trade t WHERE (t.state IN ('CLOSED', 'FAILED') OR t.disposition IN \
             ('DUPLICATE', 'LATE', 'GIVEN_UP')) AND NOT EXISTS (SELECT 1 FROM outbox_event e \
             WHERE e.subject = 'trade/' || t.merchant_id || '/' || t.trade_no)",
        ),
        (
            "a refund that succeeded",
            "SELECT COUNT(*) FROM refund_record r WHERE r.refund_status = 2 AND NOT EXISTS (SELECT 1 FROM \
             outbox_event e WHERE e.subject = 'refund/' || r.trade_no || '/' || r.refund_key AND e.state = 'SUCCESS')",
        ),
    ] {
        assert_eq!(count(missing), 0, "{hint}: I9, {what} was told to nobody");
    }
}

pub fn listen(shop: &Shop, name: &str, way: Way, keys: &[BroadcastKey]) {
    let target = match way {
        Way::Queue => format!("q.{name}"),
        Way::Webhook => "http://127.0.0.1:1/hook".to_owned(),
    };
    // Readable by its owner alone, and read once, when the subscriber is added.
    let mut secret = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut secret, b"a secret of more than 24 bytes").unwrap();
    let new = NewSubscriber {
        name: name.to_owned(),
        way,
        target,
        keys: keys.to_vec(),
        secret_ref: (way == Way::Webhook).then(|| format!("file:{}", secret.path().display())),
    };
    shop.do_it(|ledger| subscribers::add(ledger, "t", &new));
}

/// Claims what is due for everybody of a way, as one of several centre processes would.
pub fn claim(shop: &Shop, way: Way) -> Vec<Claimed> {
    shop.centre.claim_deliveries(way, shop.now_ms, &|_| 100).unwrap()
}

fn settle(shop: &Shop, tries: &[(Claimed, Told)]) {
    shop.centre.settle_deliveries(tries, shop.now_ms).unwrap();
}

fn in_vain(claimed: Claimed) -> (Claimed, Told) {
    (claimed, Told::InVain("503".to_owned()))
}

pub fn paid(shop: &mut Shop, tender: i64) -> String {
    let trade_no = shop.create(tender, "k1", 2810).unwrap().trades[0]
        .trade_no
        .clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    trade_no
}

#[test]
fn f33_i19_a_payment_noticed_five_times_is_told_once_in_the_winners_name() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    let notice = shop.paid_notice(&trade_no, 2810);
    for _ in 0..5 {
        assert_eq!(shop.callback(&notice).status, 204);
    }
    shop.pass(60);
    assert_eq!(codes(&shop, BroadcastKey::UpdateStatus), [4]);
    let told = of_key(&shop, BroadcastKey::UpdateStatus)[0].status();
    assert_eq!(told.trading_order_no.to_string(), trade_no);
    assert_eq!(told.product_order_no, 21);
    assert_eq!(told.product_app_id, "suanpan.till");
    assert_eq!(told.trading_amount, "28.10");
    assert!(told.transaction_id.is_some());
    assert_eq!(
        told.event_id,
        of_key(&shop, BroadcastKey::UpdateStatus)[0].event_id
    );
    check_told(&shop, "notices");
}

#[test]
fn i19_a_duplicate_goes_out_under_its_own_key_and_its_refund_under_another() {
    let mut shop = Shop::open();
    let first = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let second = shop.renew(21, "k2", 2810).unwrap().trades[1].trade_no.clone();
    for trade_no in [&second, &first] {
        shop.platform.pay(trade_no);
        shop.callback(&shop.paid_notice(trade_no, 2810));
    }
    shop.pass(120);
    assert_eq!(codes(&shop, BroadcastKey::UpdateStatus), [4]);
    let surplus = of_key(&shop, BroadcastKey::SurplusUpdateStatus);
    assert_eq!(surplus.len(), 1);
    assert_eq!(surplus[0].status().trading_order_no.to_string(), first);
    assert_eq!(surplus[0].status().info.as_deref(), Some("DUPLICATE"));
    assert_eq!(codes(&shop, BroadcastKey::RefundUpdateStatus), [2]);
    let refund = of_key(&shop, BroadcastKey::RefundUpdateStatus)[0].status();
    assert_eq!(
        (refund.status_name.as_str(), refund.info.as_deref()),
        ("SUCCESS", Some("DUPLICATE"))
    );
    assert!(refund.refund_no.is_some());
    check_told(&shop, "duplicate");
}

#[test]
fn b25_a_closed_tender_is_told_and_a_renewed_code_ends_nothing() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    shop.renew(21, "k2", 2810).unwrap();
    shop.pass(30);
    assert_eq!(codes(&shop, BroadcastKey::UpdateStatus), [] as [u8; 0]);
    assert_eq!(codes(&shop, BroadcastKey::AttemptUpdateStatus), [5]);
    shop.close(21).unwrap();
    shop.pass(30);
    assert_eq!(codes(&shop, BroadcastKey::UpdateStatus), [5]);
    assert_eq!(codes(&shop, BroadcastKey::AttemptUpdateStatus), [5, 5]);
    check_told(&shop, "closed");
}

#[test]
fn late_money_is_told_when_it_comes_and_as_settled_once_it_is_accepted() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.pass(10);
    shop.platform.pay(&trade_no);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    assert_eq!(codes(&shop, BroadcastKey::SurplusUpdateStatus), [4]);
    assert_eq!(codes(&shop, BroadcastKey::UpdateStatus), [5]);
    shop.late(21, "accept").unwrap();
    assert_eq!(codes(&shop, BroadcastKey::UpdateStatus), [5, 4]);
    check_told(&shop, "late");
}

fn paid_by_code(order_no: i64, tender: i64, trade_no: &str) -> Said {
    let Said::OrderCompleted {
        mut order,
        mut tenders,
        fact,
        change_minor,
    } = completed(order_no, 2810)
    else {
        unreachable!()
    };
    order.member_id = Some("m1".into());
    tenders[0] = TenderSaid {
        tender_no: tender.to_string(),
        means: Means::WechatPay,
        trade_no: Some(trade_no.to_owned()),
        ..tenders[0].clone()
    };
    Said::OrderCompleted {
        order,
        tenders,
        change_minor,
        fact,
    }
}

#[test]
fn an_order_is_told_once_when_it_is_complete_and_once_per_refund_whichever_is_known_first() {
    let mut shop = Shop::open();
    shop.say(&completed(1, 500));
    let cash = of_key(&shop, BroadcastKey::OrderStatus)[0].order();
    assert_eq!((cash.status_name, cash.total_minor), (OrderWord::Completed, 500));
    assert_eq!(cash.tenders[0].means, "CASH_PAY");

    let trade_no = paid(&mut shop, 21);
    shop.do_it(|ledger| office::refund(ledger, "t", trade_no.parse().unwrap(), "r1", 100));
    shop.pass(30);
    assert_eq!(codes(&shop, BroadcastKey::RefundUpdateStatus), [2]);
    assert_eq!(
        of_key(&shop, BroadcastKey::OrderStatus).len(),
        1,
        "its order is not complete yet"
    );
    let entry = shop.entry(&paid_by_code(11, 21, &trade_no));
    shop.send(vec![entry.clone()]).unwrap();
    shop.send(vec![entry]).unwrap();
    shop.do_it(|ledger| office::refund(ledger, "t", trade_no.parse().unwrap(), "r2", 10));
    shop.pass(30);
    let mut orders: Vec<OrderStatusMsg> = of_key(&shop, BroadcastKey::OrderStatus)
        .iter()
        .map(ToldEvent::order)
        .filter(|order| order.order_no == "11")
        .collect();
    orders.sort_by_key(|order| (order.created, order.refund.is_some()));
    let words: Vec<_> = orders
        .iter()
        .map(|order| {
            (
                order.status_name,
                order.refund.as_ref().map(|refund| refund.amount_minor),
            )
        })
        .collect();
    assert_eq!(
        words,
        [
            (OrderWord::Completed, None),
            (OrderWord::Refunded, Some(100)),
            (OrderWord::Refunded, Some(10))
        ]
    );
    assert!(
        orders
            .iter()
            .all(|order| order.member_id.as_deref() == Some("m1"))
    );
    check_told(&shop, "orders");
}

#[test]
fn cash_that_went_back_is_told_once_per_refund_as_an_orders_news() {
    let shop = Shop::open();
    let early = shop.entry(&cash_returned("901", 1, 200));
    shop.send(vec![early]).unwrap();
    assert_eq!(events(&shop), [], "nobody was told of its order");
    shop.say(&completed(1, 500));
    let entry = shop.entry(&cash_returned("902", 1, 200));
    shop.send(vec![entry.clone()]).unwrap();
    shop.send(vec![entry]).unwrap();
    shop.say(&cash_returned("903", 1, 300));
    let told: Vec<_> = of_key(&shop, BroadcastKey::OrderStatus)
        .iter()
        .map(ToldEvent::order)
        .filter_map(|order| {
            let refund = order.refund?;
            let is_cash = refund.trading_order_no.is_none() && order.status_name == OrderWord::Refunded;
            is_cash.then_some((order.order_no, refund.refund_no, refund.amount_minor))
        })
        .collect();
    let of = |refund_no: &str, amount_minor| ("1".to_owned(), refund_no.to_owned(), amount_minor);
    assert_eq!(told, [of("902", 200), of("903", 300)]);
    assert_eq!(codes(&shop, BroadcastKey::RefundUpdateStatus), [] as [u8; 0]);
    check_told(&shop, "cash");
}

fn cash_returned(refund_no: &str, order_no: i64, amount_minor: i64) -> Said {
    let Said::OrderCompleted { fact, .. } = completed(order_no, amount_minor) else {
        unreachable!()
    };
    let refund = RefundSaid {
        refund_no: refund_no.into(),
        order_no: order_no.to_string(),
        tender_no: "5".into(),
        means: Means::Cash,
        amount_minor,
        reason: RefundReason::Goods,
        note: String::new(),
        requested_by: "1001".into(),
        approved_by: "1002".into(),
        shift_id: None,
    };
    Said::RefundReturned { refund, fact }
}

#[test]
fn a_fact_that_a_restored_centre_learns_again_has_the_id_it_had() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let copy = testing::copy(shop.centre.db());
    shop.platform.pay(&trade_no);
    shop.pass(6);
    let before = events(&shop);
    assert_eq!(before.len(), 1);
    shop.now_ms += 60_000;
    let mut shop = shop.restored_from(copy);
    assert_eq!(events(&shop), []);
    shop.pass(6);
    assert_eq!(events(&shop)[0].event_id, before[0].event_id);
}

#[test]
fn without_a_subscriber_nobody_listens_and_a_later_one_hears_from_then_on() {
    let mut shop = Shop::open();
    paid(&mut shop, 21);
    assert_eq!(of_key(&shop, BroadcastKey::UpdateStatus)[0].listeners, 0);
    listen(&shop, "orders", Way::Queue, &[BroadcastKey::UpdateStatus]);
    assert_eq!(claim(&shop, Way::Queue), []);
    paid(&mut shop, 22);
    let heard = claim(&shop, Way::Queue);
    assert_eq!(heard.len(), 1);
    assert!(heard[0].delivery.payload.contains("\"productOrderNo\":22,"));
}

#[test]
fn p7_p33_an_event_that_is_written_is_not_delivered_and_is_tried_until_it_is() {
    let mut shop = Shop::open();
    listen(&shop, "erp", Way::Webhook, &[BroadcastKey::UpdateStatus]);
    paid(&mut shop, 21);
    let mut tries = 0;
    for _ in 0..40 {
        let claimed = claim(&shop, Way::Webhook);
        tries += claimed.len();
        settle(&shop, &claimed.into_iter().map(in_vain).collect::<Vec<_>>());
        shop.now_ms += 21_600_000;
    }
    assert_eq!(tries, 40, "no count ends it");
    let depth = shop.centre.deliveries_waiting().unwrap().remove(0).1;
    assert_eq!((depth.waiting, depth.problem.as_deref()), (1, Some("503")));
    let claimed = claim(&shop, Way::Webhook);
    settle(&shop, &[(claimed[0].clone(), Told::Delivered)]);
    shop.now_ms += 21_600_000;
    assert_eq!(claim(&shop, Way::Webhook), []);
    assert_eq!(shop.centre.deliveries_waiting().unwrap()[0].1.waiting, 0);
}

#[test]
fn p9_what_is_sent_later_says_what_was_committed_then() {
    let mut shop = Shop::open();
    listen(&shop, "erp", Way::Webhook, &[BroadcastKey::UpdateStatus]);
    let trade_no = paid(&mut shop, 21);
    let first = claim(&shop, Way::Webhook);
    settle(&shop, &[in_vain(first[0].clone())]);
    shop.do_it(|ledger| office::refund(ledger, "t", trade_no.parse().unwrap(), "r1", 2810));
    shop.pass(60);
    assert_eq!(shop.query(21).state.name(), "REFUNDED");
    let later = claim(&shop, Way::Webhook);
    assert_eq!(later.len(), 1);
    assert_eq!(later[0].delivery.payload, first[0].delivery.payload);
    assert_eq!(later[0].delivery.event_id, first[0].delivery.event_id);
    assert!(later[0].delivery.payload.contains("\"statusCode\":4"));
}

#[test]
fn p2_two_processes_share_the_work_and_a_dead_ones_claim_runs_out() {
    let mut shop = Shop::open();
    listen(&shop, "a", Way::Queue, &BroadcastKey::ALL);
    listen(&shop, "b", Way::Queue, &[BroadcastKey::UpdateStatus]);
    paid(&mut shop, 21);
    let one = claim(&shop, Way::Queue);
    assert_eq!(one.len(), 2, "one delivery per subscriber");
    assert_eq!(claim(&shop, Way::Queue), []);
    shop.now_ms += 21_000;
    let two = claim(&shop, Way::Queue);
    assert_eq!(two.len(), 2);
    assert!(two.iter().all(|claimed| claimed.delivery.lease_no == 2));
    // The first was only slow: its word that nothing arrived does not disturb the second.
    settle(&shop, &one.into_iter().map(in_vain).collect::<Vec<_>>());
    assert_eq!(claim(&shop, Way::Queue), []);
    settle(
        &shop,
        &[
            (two[0].clone(), Told::Delivered),
            (two[1].clone(), Told::Delivered),
        ],
    );
    shop.now_ms += 1_000_000;
    assert_eq!(claim(&shop, Way::Queue), []);
}
