//! How refunds end or wait that a platform refuses, does not know, or cannot carry out: never by a guess.

use suanpan_domain::platform::{Observation, RefundState};

use super::kit::Shop;
use crate::fault::Fault;
use crate::office;

/// A paid tender, and the number of its trade.
fn paid(shop: &mut Shop) -> i64 {
    shop.sold(21, 2810).parse().unwrap()
}

fn asked(shop: &Shop, trade_no: i64, key: &str, amount_minor: i64) -> Result<(), Fault> {
    shop.centre.commit(shop.now_ms, |ledger| {
        office::refund(ledger, "boss", trade_no, key, amount_minor)
    })
}

fn refused() -> Observation {
    Observation::Refused {
        code: "ACQ.TRADE_HAS_FINISHED".into(),
        message: String::new(),
    }
}

/// State and whether a person must look, of the first refund.
fn first(shop: &mut Shop) -> (u8, bool) {
    let view = shop.query(21);
    let refund = &view.trades[0].refunds[0];
    (refund.refund_status, refund.needs_attention)
}

fn held(shop: &Shop) -> i64 {
    shop.centre.standing(shop.now_ms).unwrap().refunds_held
}

/// A refund that never arrived and whose repeats are refused for good.
fn refused_for_good(shop: &mut Shop) -> i64 {
    let trade_no = paid(shop);
    asked(shop, trade_no, "a", 2810).unwrap();
    shop.platform.lose_requests = 1;
    shop.platform.refund_answers = vec![refused(); 10];
    shop.tick();
    assert_eq!(first(shop), (1, false), "nobody knows whether it has arrived");
    trade_no
}

#[test]
fn a_repeat_that_is_refused_for_good_ends_once_the_platform_knows_nothing_of_it() {
    let mut shop = Shop::open();
    let trade_no = refused_for_good(&mut shop);
    shop.pass(58);
    assert_eq!(first(&mut shop), (1, false));
    shop.pass(90);
    assert_eq!(first(&mut shop), (3, true));
    let sendings = shop.platform.count("refund ");
    assert_eq!(sendings, 1, "the one that arrived");
    shop.pass(4_000);
    assert_eq!(
        shop.platform.count("refund "),
        sendings,
        "it is not sent for ever"
    );
    shop.platform.refund_answers.clear();
    asked(&shop, trade_no, "b", 2810).unwrap();
    shop.pass(10);
    assert_eq!(shop.platform.returned(), 2810, "the amount was free again");
}

#[test]
fn a_refused_repeat_is_no_end_while_the_platform_is_silent_about_the_first() {
    let mut shop = Shop::open();
    let trade_no = refused_for_good(&mut shop);
    for _ in 0..120 {
        if first(&mut shop) == (1, true) {
            break;
        }
        shop.pass(1);
    }
    assert_eq!(first(&mut shop), (1, true), "a repeat was refused");
    shop.platform.lose_replies = 3;
    shop.pass(40);
    assert_eq!(first(&mut shop), (1, true));
    // The first had only been slow.
    let number = shop.number("SELECT refund_no FROM refund_record").to_string();
    let row = (
        trade_no.to_string(),
        suanpan_domain::money::Fen::new(2810),
        RefundState::Success,
    );
    shop.platform.refunds.insert(number, row);
    shop.pass(400);
    assert_eq!(first(&mut shop), (2, false));
}

#[test]
fn a_refused_refund_that_arrives_all_the_same_counts_and_what_is_too_much_is_in_suspense() {
    let mut shop = Shop::open();
    let trade_no = refused_for_good(&mut shop);
    let number = shop.number("SELECT refund_no FROM refund_record");
    shop.pass(200);
    assert_eq!(first(&mut shop), (3, true));
    shop.platform.refund_answers.clear();
    asked(&shop, trade_no, "b", 2810).unwrap();
    shop.pass(10);
    shop.callback(&format!(
        "signed|{}|{trade_no}|4200{trade_no}|2810|{number}",
        shop.now_ms
    ));
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM refund_record WHERE refund_status = 2"),
        2
    );
    assert_eq!(
        shop.number("SELECT amount_minor FROM suspense WHERE kind = 'OVER_REFUNDED'"),
        5620
    );
}

#[test]
fn a_refused_refund_is_counted_among_those_that_wait_for_a_person() {
    let mut shop = Shop::open();
    let trade_no = paid(&mut shop);
    assert_eq!(held(&shop), 0);
    shop.platform.refund_answers = vec![refused()];
    asked(&shop, trade_no, "a", 2810).unwrap();
    shop.tick();
    assert_eq!(first(&mut shop), (3, true));
    assert_eq!(held(&shop), 1);
    asked(&shop, trade_no, "a", 2810).unwrap();
    shop.pass(70);
    assert_eq!((first(&mut shop), held(&shop)), ((2, false), 0));
}

#[test]
fn an_abnormal_refund_is_sent_again_under_its_number_never_within_a_minute() {
    let mut shop = Shop::open();
    let trade_no = paid(&mut shop);
    asked(&shop, trade_no, "a", 2810).unwrap();
    let number = shop.number("SELECT refund_no FROM refund_record").to_string();
    let row = |state| (trade_no.to_string(), suanpan_domain::money::Fen::new(2810), state);
    shop.platform
        .refunds
        .insert(number.clone(), row(RefundState::Abnormal));
    shop.tick();
    assert_eq!(first(&mut shop), (1, true));
    shop.pass(59);
    assert_eq!(shop.platform.count("refund "), 1);
    shop.pass(5);
    assert_eq!(shop.platform.count("refund "), 2);
    shop.pass(3_600);
    let later = shop.platform.count("refund ");
    assert!((4..20).contains(&later), "ever more seldom: {later}");
    assert_eq!((first(&mut shop), held(&shop)), ((1, true), 1));
    // A person has seen to it at the platform, and says so here.
    shop.platform
        .refunds
        .insert(number.clone(), row(RefundState::Success));
    asked(&shop, trade_no, "a", 2810).unwrap();
    shop.pass(61);
    assert_eq!(first(&mut shop), (2, false));
    let sent = shop
        .platform
        .calls
        .iter()
        .filter(|call| call.starts_with("refund "));
    assert!(sent.into_iter().all(|call| *call == format!("refund {number}")));
}

#[test]
fn i20_a_refund_of_which_the_platform_says_nothing_for_half_an_hour_waits_for_a_person() {
    for said in [
        Observation::NotExist,
        Observation::Unknown {
            why: "TRADE_ERROR".into(),
        },
    ] {
        let mut shop = Shop::open();
        let trade_no = paid(&mut shop);
        asked(&shop, trade_no, "a", 2810).unwrap();
        shop.platform.refund_answers = vec![said; 400];
        shop.pass(1_700);
        assert_eq!((first(&mut shop), held(&shop)), ((1, false), 0));
        shop.pass(2_000);
        assert_eq!((first(&mut shop), held(&shop)), ((1, true), 1));
        // It goes out as before, under its number, also when a person asks for it.
        shop.platform.refund_answers = Vec::new();
        asked(&shop, trade_no, "a", 2810).unwrap();
        shop.pass(70);
        assert_eq!((first(&mut shop), held(&shop)), ((2, false), 0));
        assert_eq!((shop.platform.returned(), shop.platform.refunds.len()), (2810, 1));
    }
}

#[test]
fn a_refund_that_a_bank_takes_days_for_waits_for_nobody() {
    let mut shop = Shop::open();
    let trade_no = paid(&mut shop);
    shop.platform.hold_refunds = true;
    asked(&shop, trade_no, "a", 2810).unwrap();
    shop.pass(45_000);
    // An answer that is lost in between is no alarm.
    shop.platform.lose_replies = 1;
    shop.pass(1_900);
    assert_eq!((first(&mut shop), held(&shop)), ((1, false), 0));
}
