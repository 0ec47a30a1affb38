//! Money that came late and is asked back: what is back, or on its way, is nobody's to accept any more.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::platform::PlatformState;
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::stream::ChangesAnswer;
use suanpan_wire::tender::{LateChoice, TenderView};

use super::contract_kit::{APP, ORDER, open_shop};
use super::kit::{Shop, code_of};
use crate::fault::Fault;
use crate::office;
use crate::rows::meta;

/// A closed tender whose money has come after that.
fn paid_late(shop: &mut Shop, tender: i64) -> i64 {
    let trade_no = shop.create(tender, "k1", 2810).unwrap().trades[0]
        .trade_no
        .clone();
    shop.close(tender).unwrap();
    shop.platform.pay(&trade_no);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    trade_no.parse().unwrap()
}

fn ask_back(shop: &Shop, trade_no: i64, key: &str, amount_minor: i64) {
    shop.do_it(|ledger| office::refund(ledger, "boss", trade_no, key, amount_minor));
}

fn accepted(shop: &Shop, app: &str, number: i64) -> Result<(), ErrorCode> {
    let decided = shop.centre.commit(shop.now_ms, |ledger| {
        office::decide_late(ledger, "boss", app, number, LateChoice::Accept)
    });
    match decided {
        Ok(()) => Ok(()),
        Err(Fault::Refused(refusal)) => Err(refusal.code),
        Err(Fault::Db(error)) => panic!("{error}"),
    }
}

fn is_still_late(view: &TenderView) -> bool {
    view.state == PayOrderState::Canceled && view.trades[0].disposition == Disposition::Late
}

#[test]
fn late_money_that_was_asked_back_whole_is_not_accepted_under_way_nor_back() {
    let mut shop = Shop::open();
    let trade_no = paid_late(&mut shop, 21);
    assert!(shop.query(21).trades[0].returns_at_ms.is_some());
    ask_back(&shop, trade_no, "a", 2810);
    assert_eq!(
        shop.query(21).trades[0].returns_at_ms,
        None,
        "nothing waits any more"
    );
    assert_eq!(accepted(&shop, PRODUCT_APP_ID, 21), Err(ErrorCode::WrongState));
    shop.pass(6);
    assert_eq!(shop.platform.returned(), 2810);
    assert_eq!(accepted(&shop, PRODUCT_APP_ID, 21), Err(ErrorCode::WrongState));
    assert_eq!(code_of(shop.late(21, "accept")), ErrorCode::WrongState);
    assert!(is_still_late(&shop.query(21)));
    shop.pass(700);
    assert_eq!((shop.platform.refunds.len(), shop.platform.returned()), (1, 2810));
}

/// What a start on a file does, and another incarnation of a server's database.
fn begins_now(shop: &Shop) {
    let now = shop.now_ms.to_string();
    shop.do_it(|ledger| Ok(meta::put(ledger.tx(), meta::GENERATION, &now)?));
}

#[test]
fn late_money_waits_in_a_put_back_centre_whose_tills_can_still_say_what_was_accepted() {
    let mut shop = Shop::open();
    paid_late(&mut shop, 21);
    let before_it_was_accepted = shop.copy();
    assert_eq!(accepted(&shop, PRODUCT_APP_ID, 21), Ok(()));
    shop.pass(3_600);
    let mut shop = shop.restored_from(before_it_was_accepted);
    begins_now(&shop);
    assert!(is_still_late(&shop.query(21)));
    shop.pass(240);
    assert_eq!(
        shop.platform.returned(),
        0,
        "its time is over, but its till may have more to say"
    );
    assert!(shop.late(21, "accept").is_ok());
    shop.pass(700);
    assert_eq!(
        (shop.query(21).state, shop.platform.returned()),
        (PayOrderState::Paid, 0)
    );
}

#[test]
fn late_money_of_which_nobody_says_more_goes_back_minutes_after_a_start() {
    let mut shop = Shop::open();
    paid_late(&mut shop, 21);
    shop.now_ms += 3_600_000;
    let mut shop = shop.restart();
    begins_now(&shop);
    shop.pass(290);
    assert_eq!(shop.platform.returned(), 0);
    shop.pass(20);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn a_clock_that_was_ahead_at_the_start_keeps_no_late_money() {
    let mut shop = Shop::open();
    begins_now(&shop);
    shop.now_ms -= 86_400_000;
    paid_late(&mut shop, 21);
    shop.pass(601);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn late_money_of_which_a_part_is_back_is_not_accepted_and_only_its_rest_goes_back_by_itself() {
    let mut shop = Shop::open();
    let trade_no = paid_late(&mut shop, 21);
    ask_back(&shop, trade_no, "a", 1000);
    assert_eq!(code_of(shop.late(21, "accept")), ErrorCode::WrongState);
    shop.pass(6);
    assert_eq!(shop.platform.returned(), 1000);
    assert_eq!(code_of(shop.late(21, "accept")), ErrorCode::WrongState);
    shop.pass(700);
    let amounts: Vec<i64> = shop
        .platform
        .refunds
        .values()
        .map(|(_, amount, _)| amount.minor())
        .collect();
    assert_eq!(
        (amounts.len(), shop.platform.returned()),
        (2, 2810),
        "{amounts:?}"
    );
    assert!(is_still_late(&shop.query(21)));
}

#[test]
fn late_money_asked_back_in_parts_that_are_all_of_it_waits_for_nothing_more() {
    let mut shop = Shop::open();
    let trade_no = paid_late(&mut shop, 21);
    ask_back(&shop, trade_no, "a", 1000);
    ask_back(&shop, trade_no, "a", 1000);
    ask_back(&shop, trade_no, "b", 1810);
    assert_eq!(shop.query(21).trades[0].returns_at_ms, None);
    shop.pass(700);
    assert_eq!((shop.platform.refunds.len(), shop.platform.returned()), (2, 2810));
}

#[test]
fn late_money_whose_part_was_refused_is_here_whole_and_can_be_accepted() {
    let mut shop = Shop::open();
    let trade_no = paid_late(&mut shop, 21);
    shop.platform.refund_answers = vec![suanpan_domain::platform::Observation::Refused {
        code: "PARAM_ERROR".into(),
        message: String::new(),
    }];
    ask_back(&shop, trade_no, "a", 1000);
    assert_eq!(code_of(shop.late(21, "accept")), ErrorCode::WrongState);
    shop.tick();
    assert_eq!(shop.late(21, "accept").unwrap().state, PayOrderState::Paid);
    shop.pass(700);
    assert_eq!(shop.platform.returned(), 0);
}

#[test]
fn p31_late_money_that_a_caller_has_asked_back_is_settled_by_nobody() {
    let mut shop = open_shop();
    let trade_no = shop.native_no("WECHAT_PAY", "28.10");
    shop.pass(920);
    shop.platform.pay(&trade_no);
    shop.callback(&shop.paid_notice(&trade_no, 2810));
    let late = "SELECT COUNT(*) FROM trade WHERE disposition = 'LATE' AND state = 'PAID'";
    assert_eq!(shop.number(late), 1);
    let path = format!("refund-record/refund?tradingOrderNo={trade_no}&refundAmount=28.10");
    let answer = shop.contract("POST", &path, "").unwrap();
    assert_eq!(answer["refundStatus"], 2);
    let number = ORDER.parse().unwrap();
    assert_eq!(accepted(&shop, APP, number), Err(ErrorCode::WrongState));
    let settled = "SELECT COUNT(*) FROM outbox_event WHERE state IN ('SETTLED', 'COMPLETED')";
    assert_eq!(
        shop.number(settled),
        0,
        "code 4 and COMPLETED are told of money that is held"
    );
}

#[test]
fn late_money_that_is_first_heard_of_on_its_way_back_waits_for_nobody() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.pay(&trade_no);
    shop.platform.set(&trade_no, PlatformState::Refunded);
    shop.pass(90);
    let view = shop.query(21);
    assert!(is_still_late(&view), "{view:?}");
    assert_eq!(view.trades[0].returns_at_ms, None);
    assert_eq!(view.trades[0].refunds.len(), 1, "it is drawn at once");
    assert_eq!(accepted(&shop, PRODUCT_APP_ID, 21), Err(ErrorCode::WrongState));
}

#[test]
fn a_snapshot_has_late_money_that_waits_however_old_it_is() {
    let mut shop = Shop::open();
    paid_late(&mut shop, 21);
    let is_told = |shop: &Shop| match shop.changes(0, 0) {
        ChangesAnswer::Snapshot { tenders, .. } => tenders.iter().any(|view| view.tender_no == "21"),
        other @ ChangesAnswer::Changes { .. } => panic!("{other:?}"),
    };
    shop.now_ms += 30 * 86_400_000;
    assert!(is_told(&shop), "its till may have settled by it");
    shop.pass(700);
    shop.now_ms += 30 * 86_400_000;
    assert!(!is_told(&shop), "it is back, and at rest");
}
