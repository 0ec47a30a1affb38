//! A centre put back to yesterday's copy: what the tills' journals say was settled is known again, by the
//! platform's word, and nothing of it goes back by mistake. What was not over yet goes on under its numbers.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::tender::Means;
use suanpan_wire::entry::{FactSaid, Said, TenderSaid};
use suanpan_wire::journal::EntryResult;
use suanpan_wire::tender::{CloseTender, CreateAttempt, TenderView, ToldAttempt, ToldTender};

use super::kit::{Shop, attempt, given_up};
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
            shift_id: None,
        },
    };
    assert_eq!(shop.say(&said).results, [EntryResult::Accepted]);
}

/// Sells by code today, then loses today. The journal is not sent yet.
fn lost() -> (Shop, String) {
    let mut shop = Shop::open();
    let yesterday = shop.copy();
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
    let yesterday = shop.copy();
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

/// A code is out for tender 21; then the centre is put back to before it. What the till was told of it.
fn lost_while_out() -> (Shop, TenderView, Vec<ToldAttempt>) {
    let mut shop = Shop::open();
    let yesterday = shop.copy();
    let view = shop.create(21, "k1", 2810).unwrap();
    let told = told_of(&view);
    shop.now_ms += 1_000;
    (shop.restored_from(yesterday), view, told)
}

fn told_of(view: &TenderView) -> Vec<ToldAttempt> {
    let told = view.trades.iter().map(|trade| ToldAttempt {
        attempt_key: trade.attempt_key.clone(),
        trade_no: trade.trade_no.clone(),
        code_url: trade.code_url.clone(),
        expires_at_ms: Some(trade.expires_at_ms),
        created_at_ms: Some(trade.created_at_ms),
    });
    told.collect()
}

fn ask(shop: &mut Shop, key: &str, told: &[ToldAttempt], renew: bool) -> TenderView {
    let body = CreateAttempt {
        told: told.to_vec(),
        ..attempt(2810, renew)
    };
    shop.call("PUT", &format!("/v1/tenders/21/attempts/{key}"), &body)
        .unwrap()
}

fn whole(told: &[ToldAttempt]) -> ToldTender {
    ToldTender {
        order_no: "11".into(),
        means: Means::WechatPay,
        amount_minor: 2810,
        told: told.to_vec(),
    }
}

#[test]
fn a_code_that_is_out_stays_out_under_its_number_and_is_paid_by_it() {
    let (mut shop, before, told) = lost_while_out();
    let prepays = shop.platform.count("prepay");
    let after = ask(&mut shop, "k1", &told, false);
    let (was, is) = (&before.trades[0], &after.trades[0]);
    assert_eq!((&is.trade_no, &is.code_url), (&was.trade_no, &was.code_url));
    assert_eq!(
        (is.created_at_ms, is.expires_at_ms),
        (was.created_at_ms, was.expires_at_ms)
    );
    assert!(is.code_url.is_some());
    shop.platform.pay(&was.trade_no);
    shop.pass(6);
    let view = shop.query(21);
    assert_eq!((view.state, view.trades.len()), (PayOrderState::Paid, 1));
    assert_eq!(view.winner_trade_no.as_ref(), Some(&was.trade_no));
    assert_eq!(
        (shop.platform.count("prepay"), shop.platform.returned()),
        (prepays, 0)
    );
}

#[test]
fn a_fresh_code_after_the_loss_leaves_the_older_one_watched() {
    let (mut shop, before, told) = lost_while_out();
    let older = &before.trades[0].trade_no;
    let view = ask(&mut shop, "k2", &told, true);
    assert_eq!(view.trades.len(), 2);
    assert_ne!(&view.trades[1].trade_no, older);
    shop.platform.pay(older);
    shop.pass(10);
    assert_eq!(shop.query(21).winner_trade_no.as_ref(), Some(older));
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 0);
}

#[test]
fn when_a_lost_trade_was_made_is_believed_within_a_day() {
    for (age_ms, is_believed) in [(86_400_000, true), (86_400_001, false), (-1, false)] {
        let (mut shop, _, mut told) = lost_while_out();
        let made_at_ms = shop.now_ms - age_ms;
        told[0].created_at_ms = Some(made_at_ms);
        let view = ask(&mut shop, "k1", &told, false);
        let expected_ms = if is_believed { made_at_ms } else { shop.now_ms };
        assert_eq!(view.trades[0].created_at_ms, expected_ms, "{age_ms}");
    }
}

#[test]
fn closing_after_the_loss_closes_the_trade_that_was_lost() {
    let (mut shop, before, told) = lost_while_out();
    let body = CloseTender {
        told: Some(whole(&told)),
    };
    let view = shop.call("POST", "/v1/tenders/21/close", &body).unwrap();
    assert_eq!(view.trades[0].trade_no, before.trades[0].trade_no);
    shop.pass(30);
    assert_eq!(shop.query(21).state, PayOrderState::Canceled);
    assert!(shop.platform.count("close") > 0);
}

#[test]
fn what_was_given_up_before_the_loss_still_goes_back() {
    let (mut shop, before, told) = lost_while_out();
    shop.platform.pay(&before.trades[0].trade_no);
    let Said::TenderGivenUp {
        tender_no,
        order_no,
        amount_minor,
        replaced_by,
        requested_by,
        approved_by,
        told: _,
    } = given_up(21)
    else {
        panic!("the kit gives tenders up")
    };
    shop.say(&Said::TenderGivenUp {
        tender_no,
        order_no,
        amount_minor,
        replaced_by,
        requested_by,
        approved_by,
        told: Some(whole(&told)),
    });
    shop.pass(30);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(shop.query(21).trades[0].disposition, Disposition::GivenUp);
}

#[test]
fn numbers_no_centre_has_given_are_not_taken_from_a_till() {
    let (mut shop, _, told) = lost_while_out();
    for wrong in ["0", "-5", "x", &i64::MAX.to_string()] {
        let told = [ToldAttempt {
            trade_no: wrong.into(),
            ..told[0].clone()
        }];
        let body = CloseTender {
            told: Some(whole(&told)),
        };
        assert!(shop.call("POST", "/v1/tenders/21/close", &body).is_err());
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM trade"), 0);
}

#[test]
fn a_centre_that_lost_nothing_does_not_look_at_what_it_told() {
    let mut shop = Shop::open();
    let before = shop.create(21, "k1", 2810).unwrap();
    let mut told = told_of(&before);
    told[0].code_url = Some("weixin://elsewhere".into());
    assert_eq!(ask(&mut shop, "k1", &told, false), before);
}

#[test]
fn a_payment_first_heard_of_on_its_way_back_wins_nothing_and_waits_for_a_person() {
    let mut shop = Shop::open();
    let duplicate = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let winner = shop.renew(21, "k2", 2810).unwrap().trades[1].trade_no.clone();
    let yesterday = shop.copy();
    shop.platform.pay(&winner);
    shop.pass(6);
    shop.platform.pay(&duplicate);
    shop.pass(60);
    assert_eq!(shop.platform.returned(), 2810);
    shop.now_ms += 1_000;
    let mut shop = shop.restored_from(yesterday);
    // The older one is asked about first, and the platform says that it goes back.
    shop.pass(60);
    let view = shop.query(21);
    assert_eq!(view.state, PayOrderState::Paid);
    assert_eq!(view.winner_trade_no.as_ref(), Some(&winner));
    assert_eq!(view.trades[0].disposition, Disposition::Suspense);
    assert_eq!(shop.platform.returned(), 2810, "nothing more goes back");
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM suspense WHERE kind = 'RETURNED_UNHEARD'"),
        1
    );
}

#[test]
fn a_key_that_got_another_number_since_keeps_it_and_holds_no_journal_up() {
    let (mut shop, before, told) = lost_while_out();
    // A till of an older version asks again without a word of what it was told.
    let other = ask(&mut shop, "k1", &[], false);
    assert_ne!(other.trades[0].trade_no, before.trades[0].trade_no);
    let body = CloseTender {
        told: Some(whole(&told)),
    };
    let view = shop.call("POST", "/v1/tenders/21/close", &body).unwrap();
    assert_eq!(view.trades.len(), 1);
    says_attempt(&shop, 21, &["k1"]);
    says_settled(&shop, 21, &before.trades[0].trade_no);
    assert_eq!(
        shop.number("SELECT amount_minor FROM suspense WHERE kind = 'UNKNOWN_TRADE'"),
        2810,
        "a person decides"
    );
}
