//! A centre put back to yesterday's copy: what the tills' journals say was settled is known again, by the
//! platform's word, and nothing of it goes back by mistake.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::tender::Means;
use suanpan_wire::entry::{FactSaid, Said, TenderSaid};
use suanpan_wire::journal::EntryResult;

use super::kit::Shop;
use crate::office;

fn tender(tender_no: i64, trade_no: Option<&str>) -> TenderSaid {
    TenderSaid {
        tender_no: tender_no.to_string(),
        order_no: "11".into(),
        means: Means::WechatPay,
        amount_minor: 2810,
        received_minor: None,
        change_minor: None,
        replaces: None,
        trade_no: trade_no.map(Into::into),
        transaction_id: trade_no.map(|no| format!("4200{no}")),
    }
}

fn says_attempt(shop: &Shop, tender_no: i64, keys: &[&str]) {
    shop.say(&Said::TenderOpened {
        tender: tender(tender_no, None),
    });
    for key in keys {
        shop.say(&Said::AttemptCommitted {
            tender_no: tender_no.to_string(),
            attempt_key: (*key).into(),
            renew: false,
        });
    }
}

fn says_settled(shop: &Shop, tender_no: i64, trade_no: &str) {
    let said = Said::TenderSettled {
        tender: tender(tender_no, Some(trade_no)),
        fact: FactSaid {
            at_ms: shop.now_ms,
            business_day: "2026-11-21".into(),
            hour: 9,
            cashier: "c".into(),
        },
    };
    assert_eq!(shop.say(&said).results, [EntryResult::Accepted]);
}

/// Sells by code today, then loses today. The journal is not sent yet.
fn lost() -> (Shop, String) {
    let mut shop = Shop::open();
    let yesterday = shop.centre.db().copy_in_memory().unwrap();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
    shop.now_ms += 1_000;
    (shop.restored_from(yesterday), trade_no)
}

#[test]
fn a_settled_tender_is_known_as_paid_again_once_the_platform_says_so() {
    let (mut shop, trade_no) = lost();
    says_attempt(&shop, 21, &["k1"]);
    says_settled(&shop, 21, &trade_no);
    let prepays = shop.platform.count("prepay");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM pay_order WHERE state = 'PAID'"),
        0,
        "a till's word settles nothing"
    );
    shop.pass(2);
    let view = shop.query(21);
    assert_eq!(view.state, PayOrderState::Paid);
    assert_eq!(view.winner_trade_no.as_ref(), Some(&trade_no));
    assert_eq!(view.trades[0].attempt_key, "k1");
    assert_eq!(view.trades[0].disposition, Disposition::Winner);
    shop.pass(1_200);
    assert_eq!(
        (shop.platform.count("prepay"), shop.platform.refunds.len()),
        (prepays, 0)
    );
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 0);
    let number = trade_no.parse().unwrap();
    shop.do_it(|ledger| office::refund(ledger, "boss", number, "a", 2810));
    shop.pass(10);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.query(21).state, PayOrderState::Refunded);
}

#[test]
fn a_settled_tender_of_a_centre_that_lost_nothing_is_only_recorded() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    let before = shop.query(21);
    says_attempt(&shop, 21, &["k1"]);
    says_settled(&shop, 21, &trade_no);
    assert_eq!(shop.query(21), before);
    assert_eq!(shop.number("SELECT COUNT(*) FROM trade"), 1);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM audit WHERE action = 'trade_recalled'"),
        0
    );
}

#[test]
fn i16_a_till_that_says_settled_what_nobody_paid_gains_nothing() {
    let (mut shop, _) = lost();
    says_attempt(&shop, 22, &["k9"]);
    says_settled(&shop, 22, "777");
    shop.pass(120);
    let view = shop.query(22);
    assert_eq!(view.state, PayOrderState::Canceled);
    assert_eq!(view.winner_trade_no, None);
}

#[test]
fn a_settled_trade_among_several_attempts_waits_for_a_person() {
    let (mut shop, trade_no) = lost();
    says_attempt(&shop, 21, &["k0", "k1"]);
    says_settled(&shop, 21, &trade_no);
    shop.pass(1_200);
    assert_eq!(shop.number("SELECT COUNT(*) FROM trade"), 0);
    assert_eq!(
        shop.number("SELECT amount_minor FROM suspense WHERE kind = 'UNKNOWN_TRADE'"),
        2810
    );
    // The platform's own word about it is the same fact.
    assert_eq!(shop.callback(&shop.paid_notice(&trade_no, 2810)).status, 204);
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 1);
    assert_eq!(shop.platform.returned(), 0);
}

#[test]
fn a_settled_trade_beside_another_winner_waits_for_a_person_and_stays() {
    let (mut shop, trade_no) = lost();
    let other = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    assert_ne!(other, trade_no);
    shop.platform.pay(&other);
    shop.pass(6);
    says_attempt(&shop, 21, &["k1"]);
    says_settled(&shop, 21, &trade_no);
    shop.pass(1_200);
    assert_eq!(shop.platform.returned(), 0);
    assert_eq!(shop.query(21).winner_trade_no, Some(other));
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 1);
}

#[test]
fn a_restored_centre_asks_for_the_very_same_automatic_refund_again() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.pay(&trade_no);
    shop.pass(60);
    let yesterday = shop.centre.db().copy_in_memory().unwrap();
    shop.late(21, "return_now").unwrap();
    shop.pass(10);
    let first = shop.query(21).trades[0].refunds[0].refund_no.clone();
    assert_eq!((shop.platform.returned(), &first), (2810, &trade_no));
    shop.now_ms += 1_000;
    let mut shop = shop.restored_from(yesterday);
    shop.pass(1_200);
    let again = shop.query(21).trades[0].refunds[0].clone();
    assert_eq!((again.refund_no, again.refund_status), (first, 2));
    assert_eq!(shop.platform.returned(), 2810);
}
