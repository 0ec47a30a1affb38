//! What the counter can do while a platform is silent, and how what needed a look stops needing one.

use suanpan_domain::order::OrderState;
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::tender::TenderState;
use suanpan_domain::trade::TradeState;
use suanpan_wire::tender::TenderView;

use crate::rpc::state::{Stage, TenderPhase};
use crate::rpc::{Code, Command, Nothing};
use crate::store::TenderRow;
use crate::testkit::{Shop, canceled, paid, waiting};

/// A code is out, and closing it is wanted.
fn closing() -> (Shop, TenderRow) {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&waiting(&tender, 1));
    shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    (shop, tender)
}

fn phase(shop: &Shop) -> TenderPhase {
    shop.state().pay.unwrap().tenders[0].phase
}

fn suspended(tender: &TenderRow, version: u64) -> TenderView {
    let mut view = waiting(tender, version);
    view.trades[0].disposition = Disposition::Suspense;
    view.trades[0].suspense_amount_minor = Some(100);
    view
}

#[test]
fn r4_a_platform_that_is_silent_behind_a_centre_that_answers_is_unknown_and_cash_may_take_its_place() {
    let (mut shop, tender) = closing();
    assert_eq!(phase(&shop), TenderPhase::Closing);
    let number = tender.tender_no.to_string();
    shop.cash_instead(&number, None).unwrap();
    assert_eq!(
        shop.newest_tender().state,
        TenderState::Closing,
        "first it is asked"
    );
    let before = shop.state().revision;
    for _ in 0..2 {
        shop.host.pass(4_000);
        shop.hear(&waiting(&tender, 1));
    }
    assert_eq!(phase(&shop), TenderPhase::Unknown);
    assert!(shop.state().revision > before, "the screens are told");
    assert_eq!(
        shop.cash_instead(&number, None).unwrap_err().code,
        Code::ApprovalNeeded
    );
    let done = shop.cash_instead(&number, Some("8888")).unwrap();
    assert_eq!(done.stage, Stage::Paid);
    let row = shop.till.view().tender(tender.tender_no).unwrap().unwrap();
    assert_eq!(row.state, TenderState::GivenUp);
}

#[test]
fn a_platform_that_answers_again_is_not_unknown_any_more() {
    let (mut shop, tender) = closing();
    for _ in 0..3 {
        shop.hear(&waiting(&tender, 1));
    }
    assert_eq!(phase(&shop), TenderPhase::Unknown);
    let mut view = waiting(&tender, 1);
    view.trades[0].answered_at_ms = Some(shop.till.now_ms() + 1);
    shop.hear(&view);
    assert_eq!(phase(&shop), TenderPhase::Closing);
}

#[test]
fn an_order_given_up_and_put_aside_comes_back_as_a_basket_when_its_code_has_ended() {
    let (mut shop, tender) = closing();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    assert_eq!(shop.state().stage, Stage::Sell, "the counter is free at once");
    shop.enter("6928804011142");
    let next = shop.state().basket.order_id;
    shop.hear(&canceled(&tender, 2));
    let order = shop.till.view().order(&tender.order_id).unwrap().unwrap();
    assert_eq!((order.state, order.giving_up), (OrderState::Held, false));
    assert_eq!(shop.state().basket.order_id, next, "the next customer stays");
}

#[test]
fn an_order_given_up_and_put_aside_is_complete_when_it_was_paid_after_all() {
    let (mut shop, tender) = closing();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    shop.hear(&paid(&tender, 2));
    let order = shop.till.view().order(&tender.order_id).unwrap().unwrap();
    assert_eq!((order.state, order.giving_up), (OrderState::Completed, false));
}

#[test]
fn what_fits_nothing_needs_a_look_only_until_it_is_settled() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&suspended(&tender, 1));
    assert_eq!(phase(&shop), TenderPhase::NeedsAttention);
    assert_eq!(shop.state().sync.attention, 1);
    shop.hear(&waiting(&tender, 2));
    assert_eq!(phase(&shop), TenderPhase::Waiting);
    assert_eq!(shop.state().sync.attention, 0);
    shop.hear(&suspended(&tender, 3));
    let number = tender.tender_no.to_string();
    let done = shop.cash_instead(&number, Some("8888")).unwrap();
    assert_eq!(done.stage, Stage::Paid, "a manager may let cash take its place");
}

#[test]
fn money_that_was_accepted_with_no_place_for_it_needs_a_look_until_it_went_back() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&canceled(&tender, 1));
    shop.cash("").unwrap();
    shop.hear(&paid(&tender, 2));
    assert_eq!(shop.state().sync.attention, 1);
    let mut back = paid(&tender, 3);
    back.state = PayOrderState::Refunded;
    shop.hear(&back);
    assert_eq!(shop.state().sync.attention, 0);
}

#[test]
fn a_tender_the_centre_holds_as_given_up_and_paid_is_not_waited_for() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let mut view = paid(&tender, 1);
    view.given_up = true;
    view.trades[0].state = TradeState::Paid;
    shop.hear(&view);
    let row = shop.till.view().tender(tender.tender_no).unwrap().unwrap();
    assert_eq!(row.state, TenderState::Canceled);
    assert_eq!(shop.state().pay.unwrap().open_minor, tender.amount_minor);
}
