//! Money that came after its code was closed: what a person decides, and what the centre makes of it.

use suanpan_domain::order::OrderState;
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::trade::TradeState;
use suanpan_wire::entry::Said;
use suanpan_wire::tender::{RefundView, TenderView};

use super::refunds::{BOSS, sheet, today};
use crate::rpc::refund::{DecideLate, LateWish, RefundPhase, RefundWhy};
use crate::rpc::views::SyncList;
use crate::rpc::{Approval, Code, Command, NameOrder, Nothing, Problem};
use crate::store::TenderRow;
use crate::testkit::{Shop, canceled, paid};

/// A parked order of 3.50 whose code was closed, and whose money came all the same.
fn late() -> (Shop, TenderRow) {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    shop.hear(&canceled(&tender, 1));
    shop.hear(&late_view(&tender, 2));
    (shop, tender)
}

fn late_view(tender: &TenderRow, version: u64) -> TenderView {
    let mut view = paid(tender, version);
    view.state = PayOrderState::Canceled;
    view.winner_trade_no = None;
    let trade = view.trades.last_mut().unwrap();
    trade.disposition = Disposition::Late;
    trade.returns_at_ms = Some(trade.created_at_ms + 600_000);
    view
}

fn decide(
    shop: &mut Shop,
    tender: &TenderRow,
    wish: LateWish,
    pin: Option<&str>,
) -> Result<SyncList, Problem> {
    shop.ask(Command::LateDecide(DecideLate {
        tender_no: tender.tender_no.to_string(),
        wish,
        approval: pin.map(|pin| Approval { pin: pin.into() }),
    }))
}

#[test]
fn f29_late_money_is_listed_and_accepted_once() {
    let (mut shop, tender) = late();
    let list = sheet(&mut shop);
    assert_eq!((list.late[0].amount_minor, list.late[0].can_accept), (350, true));
    let due = late_view(&tender, 2).trades.pop().unwrap().returns_at_ms;
    assert_eq!(Some(list.late[0].returns_at_ms), due);
    decide(&mut shop, &tender, LateWish::Accept, None).unwrap();
    let list = decide(&mut shop, &tender, LateWish::Accept, None).unwrap();
    assert_eq!(list.late[0].decided, Some(LateWish::Accept));
    let words = |shop: &Shop| {
        let said = shop.said();
        said.iter()
            .filter(|said| matches!(said, Said::LateDecided { .. }))
            .count()
    };
    assert_eq!(words(&shop), 1);
    let mut shop = shop.restart();
    assert_eq!(shop.till.view().tenders_with_late_wish().unwrap().len(), 1);
    shop.hear(&paid(&tender, 3));
    shop.till
        .write(|tx| tx.late_answered(tender.tender_no, false))
        .unwrap();
    assert!(sheet(&mut shop).late.is_empty());
    let order = shop.till.view().order(&tender.order_id).unwrap().unwrap();
    assert_eq!(order.state, OrderState::Completed);
    assert_eq!(
        decide(&mut shop, &tender, LateWish::Accept, None)
            .unwrap_err()
            .code,
        Code::LateGone
    );
}

#[test]
fn p31_late_money_goes_back_now_with_a_managers_word_and_is_no_taking() {
    let (mut shop, tender) = late();
    let refused = decide(&mut shop, &tender, LateWish::ReturnNow, None).unwrap_err();
    assert_eq!(refused.code, Code::ApprovalNeeded);
    decide(&mut shop, &tender, LateWish::ReturnNow, BOSS).unwrap();
    let mut view = late_view(&tender, 3);
    let trade = view.trades.last_mut().unwrap();
    assert_eq!(trade.state, TradeState::Paid);
    trade.returns_at_ms = None;
    trade.refunds.push(RefundView {
        refund_no: "77".into(),
        refund_status: 0,
        amount_minor: 350,
        reason: "LATE".into(),
        needs_attention: true,
    });
    shop.hear(&view);
    let list = sheet(&mut shop);
    assert!(list.late.is_empty());
    let held = &list.refunds[0].refund;
    assert_eq!((held.phase, held.why), (RefundPhase::Held, RefundWhy::Late));
    // Once it has gone out nobody may say that the money is still here.
    view.version = 4;
    view.trades
        .last_mut()
        .unwrap()
        .refunds
        .last_mut()
        .unwrap()
        .refund_status = 1;
    shop.hear(&view);
    assert_eq!(sheet(&mut shop).refunds[0].refund.phase, RefundPhase::Unknown);
    view.version = 5;
    let refund = view.trades.last_mut().unwrap().refunds.last_mut().unwrap();
    (refund.refund_status, refund.needs_attention) = (2, false);
    shop.hear(&view);
    assert!(sheet(&mut shop).refunds.is_empty());
    assert!(shop.till.view().days_with_facts().unwrap().is_empty());
}

#[test]
fn late_money_whose_order_is_paid_otherwise_can_only_go_back() {
    let (mut shop, tender) = late();
    let order_id = tender.order_id.clone();
    shop.run(Command::PayOpen(NameOrder { order_id })).unwrap();
    shop.cash("5").unwrap();
    assert!(!sheet(&mut shop).late[0].can_accept);
    let refused = decide(&mut shop, &tender, LateWish::Accept, None).unwrap_err();
    assert_eq!(refused.code, Code::LateNoPlace);
}

#[test]
fn f31_late_money_that_is_to_pay_its_order_keeps_its_place_until_the_centre_has_answered() {
    let (mut shop, tender) = late();
    let order_id = tender.order_id.clone();
    shop.run(Command::PayOpen(NameOrder { order_id })).unwrap();
    decide(&mut shop, &tender, LateWish::Accept, None).unwrap();
    assert_eq!(shop.cash("5").unwrap_err().code, Code::AttemptLive);
    let back = shop.run(Command::PayBack(Nothing {})).unwrap_err();
    assert_eq!(back.code, Code::LinesLocked);
    shop.till
        .write(|tx| tx.late_answered(tender.tender_no, false))
        .unwrap();
    shop.hear(&paid(&tender, 3));
    let order = shop.till.view().order(&tender.order_id).unwrap().unwrap();
    assert_eq!((order.state, today(&shop)), (OrderState::Completed, 350));
}

#[test]
fn late_money_that_the_centre_has_decided_on_is_nobodys_task() {
    let (mut shop, tender) = late();
    let mut view = late_view(&tender, 3);
    view.trades.last_mut().unwrap().returns_at_ms = None;
    shop.hear(&view);
    assert!(sheet(&mut shop).late.is_empty());
    let gone = decide(&mut shop, &tender, LateWish::ReturnNow, BOSS).unwrap_err();
    assert_eq!(gone.code, Code::LateGone);
}

#[test]
fn acceptance_that_a_centre_has_forgotten_is_told_again_and_nobody_is_asked() {
    let (mut shop, tender) = late();
    decide(&mut shop, &tender, LateWish::Accept, None).unwrap();
    shop.hear(&paid(&tender, 3));
    let answered = |shop: &mut Shop, refused| {
        shop.till
            .write(|tx| tx.late_answered(tender.tender_no, refused))
            .unwrap();
    };
    answered(&mut shop, false);
    let (notices, said) = (shop.state().notices.len(), shop.said().len());

    // It was put back to a copy from before, and waits for a decision once more.
    shop.hear(&late_view(&tender, 4));
    let wishes = |shop: &Shop| shop.till.view().tenders_with_late_wish().unwrap();
    assert_eq!(wishes(&shop)[0].late, Some(crate::store::LateWish::Accept));
    assert_eq!((shop.state().notices.len(), shop.said().len()), (notices, said));
    let order = |shop: &Shop| shop.till.view().order(&tender.order_id).unwrap().unwrap();
    assert_eq!(order(&shop).state, OrderState::Completed);
    let mut shop = shop.restart();
    shop.hear(&paid(&tender, 5));
    answered(&mut shop, false);
    assert!(wishes(&shop).is_empty());

    // Where it is on its way back by then, a person hears of it.
    shop.hear(&late_view(&tender, 6));
    answered(&mut shop, true);
    assert_eq!(shop.state().notices.len(), notices + 1);
    assert_eq!(order(&shop).state, OrderState::Completed);
}
