//! Money that goes back: told through commands and the centre's words.

use suanpan_domain::order::OrderState;
use suanpan_wire::entry::Said;
use suanpan_wire::tender::RefundView;

use crate::rpc::refund::{
    AskRefund, NameRefund, PreviewRefund, RefundPart, RefundPhase, RefundPreview, RefundReason,
};
use crate::rpc::state::Means;
use crate::rpc::views::{OrderDetail, SyncList};
use crate::rpc::{Approval, Code, Command, NameOrder, Nothing};
use crate::store::RefundRow;
use crate::sync::Reach;
use crate::testkit::{Shop, paid};

const BOTTLE: &str = "6928804011142";
pub(super) const BOSS: Option<&str> = Some("8888");

/// An order of 7.00: 5.00 by code, 2.00 in cash.
fn mixed() -> (Shop, String) {
    let mut shop = Shop::open();
    shop.open_shift("100");
    shop.enter("2*6928804011142");
    shop.begin();
    shop.code("5").unwrap();
    let tender = shop.newest_tender();
    shop.cash("2").unwrap();
    shop.hear(&paid(&tender, 1));
    let order_id = tender.order_id;
    shop.run(Command::PayNext(Nothing {})).unwrap();
    (shop, order_id)
}

fn detail(shop: &mut Shop, order_id: &str) -> OrderDetail {
    let order_id = order_id.to_owned();
    shop.ask(Command::OrdersGet(NameOrder { order_id })).unwrap()
}

pub(super) fn sheet(shop: &mut Shop) -> SyncList {
    let list: SyncList = shop.ask(Command::SyncGet(Nothing {})).unwrap();
    let listed = list.attention.len() + list.refused.len() + list.late.len() + list.refunds.len();
    assert_eq!(list.status.attention, i64::try_from(listed).unwrap());
    list
}

fn open_refund(shop: &Shop) -> RefundRow {
    let mut open = shop.till.view().refunds_under_way().unwrap();
    open.retain(RefundRow::is_open);
    open.remove(0)
}

fn ends(shop: &mut Shop, refund: &RefundRow, version: u64, status: u8) {
    let view = shop.refund_view(refund, version, status);
    shop.hear(&view);
}

fn preview(shop: &mut Shop, order_id: &str, yuan: &str) -> RefundPreview {
    let (order_id, yuan) = (order_id.to_owned(), yuan.to_owned());
    shop.ask(Command::RefundPreview(PreviewRefund { order_id, yuan }))
        .unwrap()
}

const fn part(means: Means, amount_minor: i64) -> RefundPart {
    RefundPart { means, amount_minor }
}

pub(super) fn today(shop: &Shop) -> i64 {
    let day = shop.till.view().days_with_facts().unwrap()[0];
    let facts = shop.till.view().facts(day).unwrap();
    facts.iter().map(|fact| fact.amount.minor()).sum()
}

#[test]
fn f58_codes_go_back_first_and_cash_last_and_no_more_than_was_paid() {
    let (mut shop, order_id) = mixed();
    let after = shop.refund(&order_id, "6", BOSS).unwrap();
    let drawn: Vec<_> = after
        .refunds
        .iter()
        .map(|refund| (refund.means, refund.amount_minor, refund.phase))
        .collect();
    assert_eq!(
        drawn,
        [
            (Means::WechatPay, 500, RefundPhase::Requested),
            (Means::CashPay, 100, RefundPhase::Returned)
        ]
    );
    assert_eq!(after.refundable_minor, 100);
    assert_eq!(shop.shift().expected_minor, Some(10_100));
    let over = shop.refund(&order_id, "1.01", BOSS).unwrap_err();
    assert_eq!(
        (over.code, over.params["left"].as_str()),
        (Code::RefundOverLeft, "1.00")
    );
    assert_eq!(
        shop.refund(&order_id, "0", BOSS).unwrap_err().code,
        Code::AmountNotPositive
    );
    let rest = shop.refund(&order_id, "", BOSS).unwrap();
    assert_eq!((rest.refundable_minor, rest.refunds.len()), (0, 3));
    assert_eq!(
        shop.refund(&order_id, "", BOSS).unwrap_err().code,
        Code::RefundOverLeft
    );
}

#[test]
fn f41_money_counts_as_gone_when_the_platform_says_so_and_once() {
    let (mut shop, order_id) = mixed();
    shop.refund(&order_id, "5", BOSS).unwrap();
    assert_eq!(today(&shop), 700);
    let refund = open_refund(&shop);
    ends(&mut shop, &refund, 2, 1);
    let sending = detail(&mut shop, &order_id);
    assert_eq!(sending.refunds[0].phase, RefundPhase::Sending);
    assert_eq!(
        shop.till.view().order(&order_id).unwrap().unwrap().state,
        OrderState::Completed
    );
    for version in 3..6 {
        ends(&mut shop, &refund, version, 2);
        shop = shop.restart();
    }
    assert_eq!(today(&shop), 200);
    let returned = detail(&mut shop, &order_id);
    assert_eq!(returned.refunds[0].phase, RefundPhase::Returned);
    let order = shop.till.view().order(&order_id).unwrap().unwrap();
    assert_eq!(order.state, OrderState::PartRefunded);
    shop.refund(&order_id, "", BOSS).unwrap();
    let order = shop.till.view().order(&order_id).unwrap().unwrap();
    assert_eq!((order.state, today(&shop)), (OrderState::Refunded, 0));
}

#[test]
fn p03_a_refused_refund_is_listed_frees_its_amount_and_is_answered_by_the_next() {
    let (mut shop, order_id) = mixed();
    shop.refund(&order_id, "5", BOSS).unwrap();
    let refund = open_refund(&shop);
    ends(&mut shop, &refund, 2, 3);
    let list = sheet(&mut shop);
    assert_eq!(list.refunds[0].refund.phase, RefundPhase::Refused);
    assert_eq!(detail(&mut shop, &order_id).refundable_minor, 700);
    shop.refund(&order_id, "5", BOSS).unwrap();
    assert!(sheet(&mut shop).refunds.is_empty());
    let again = open_refund(&shop);
    assert_ne!(again.refund_no, refund.refund_no);
    ends(&mut shop, &again, 3, 2);
    assert_eq!(today(&shop), 200);
}

#[test]
fn a_refused_refund_leaves_the_list_when_somebody_has_looked() {
    let (mut shop, order_id) = mixed();
    shop.refund(&order_id, "5", BOSS).unwrap();
    let refund = open_refund(&shop);
    shop.till
        .write(|tx| tx.refund_refused(refund.refund_no, "amount_invalid"))
        .unwrap();
    let refund_no = refund.refund_no.to_string();
    let list: SyncList = shop.ask(Command::RefundSeen(NameRefund { refund_no })).unwrap();
    assert!(list.refunds.is_empty());
    assert_eq!(
        detail(&mut shop, &order_id).refunds[0].phase,
        RefundPhase::Refused
    );
    let nobody = NameRefund {
        refund_no: "7".into(),
    };
    let unknown = shop.run(Command::RefundSeen(nobody)).unwrap_err();
    assert_eq!(unknown.code, Code::RefundNotFound);
}

#[test]
fn offline_the_cash_part_goes_at_once_and_the_rest_waits_and_says_so() {
    let (mut shop, order_id) = mixed();
    shop.link(Reach::Offline);
    shop.refund(&order_id, "", BOSS).unwrap();
    let mut shop = shop.restart();
    shop.link(Reach::Offline);
    let phases: Vec<_> = detail(&mut shop, &order_id)
        .refunds
        .iter()
        .map(|refund| refund.phase)
        .collect();
    assert_eq!(phases, [RefundPhase::Requested, RefundPhase::Returned]);
    assert!(sheet(&mut shop).refunds.is_empty());
    shop.host.pass(3_600_000);
    let list = sheet(&mut shop);
    assert_eq!(list.refunds[0].refund.phase, RefundPhase::Unknown);
}

#[test]
fn f70_a_refund_takes_one_managers_word_with_both_names() {
    let (mut shop, order_id) = mixed();
    assert_eq!(
        shop.refund(&order_id, "1", None).unwrap_err().code,
        Code::ApprovalNeeded
    );
    assert_eq!(
        shop.refund(&order_id, "1", Some("0000")).unwrap_err().code,
        Code::PinWrong
    );
    shop.refund(&order_id, "1", BOSS).unwrap();
    let said = shop.said();
    let words = said.iter().filter(|said| {
        matches!(said, Said::ApprovalAsked { action, approved_by: Some(_), order_no, .. }
            if action == "refund" && !order_no.is_empty())
    });
    assert_eq!(words.count(), 1);
    let asked = said.iter().find_map(|said| match said {
        Said::RefundAsked { refund } => Some(refund),
        _ => None,
    });
    let asked = asked.unwrap();
    assert!(!asked.requested_by.is_empty() && !asked.approved_by.is_empty());
}

#[test]
fn f42_a_key_pressed_twice_gives_back_once() {
    let (mut shop, order_id) = mixed();
    let ask = AskRefund {
        order_id,
        yuan: "1".into(),
        reason: RefundReason::Other,
        note: "两次".into(),
        refunds_seen: Some(0),
        parts_seen: None,
        approval: Some(Approval { pin: "8888".into() }),
    };
    shop.run(Command::RefundAsk(ask.clone())).unwrap();
    assert_eq!(
        shop.run(Command::RefundAsk(ask)).unwrap_err().code,
        Code::RefundsChanged
    );
}

fn as_previewed(shop: &mut Shop, order_id: &str, yuan: &str) -> AskRefund {
    let refunds_seen = detail(shop, order_id).refunds.len();
    AskRefund {
        order_id: order_id.to_owned(),
        yuan: yuan.to_owned(),
        reason: RefundReason::Goods,
        note: String::new(),
        refunds_seen: Some(u32::try_from(refunds_seen).unwrap()),
        parts_seen: Some(preview(shop, order_id, yuan).parts),
        approval: Some(Approval { pin: "8888".into() }),
    }
}

#[test]
fn f42_what_another_window_gave_back_is_not_given_again() {
    let (mut shop, order_id) = mixed();
    let here = as_previewed(&mut shop, &order_id, "1");
    let there = as_previewed(&mut shop, &order_id, "1");
    shop.run(Command::RefundAsk(there)).unwrap();
    let refused = shop.run(Command::RefundAsk(here)).unwrap_err();
    assert_eq!(refused.code, Code::RefundsChanged);
    let again = as_previewed(&mut shop, &order_id, "1");
    shop.run(Command::RefundAsk(again)).unwrap();
    assert_eq!(detail(&mut shop, &order_id).refundable_minor, 500);
}

#[test]
fn f70_a_manager_approves_the_sum_and_the_way_though_a_refund_was_refused_meanwhile() {
    let (mut shop, order_id) = mixed();
    shop.refund(&order_id, "5", BOSS).unwrap();
    let all = as_previewed(&mut shop, &order_id, "");
    let cash = as_previewed(&mut shop, &order_id, "2");
    assert_eq!(all.parts_seen, Some(vec![part(Means::CashPay, 200)]));
    let refund = open_refund(&shop);
    ends(&mut shop, &refund, 2, 3);
    // Now all would be 7.00, and 2.00 would go back by code.
    for ask in [all, cash] {
        let refused = shop.run(Command::RefundAsk(ask)).unwrap_err();
        assert_eq!(refused.code, Code::RefundsChanged);
    }
    assert_eq!(detail(&mut shop, &order_id).refunds.len(), 1);
    let seen = as_previewed(&mut shop, &order_id, "");
    shop.run(Command::RefundAsk(seen)).unwrap();
    assert_eq!(detail(&mut shop, &order_id).refundable_minor, 0);
}

#[test]
fn what_is_not_paid_gives_nothing_back_and_a_preview_says_which_way() {
    let (mut shop, order_id) = mixed();
    let ask = PreviewRefund {
        order_id,
        yuan: "5.50".into(),
    };
    let preview: RefundPreview = shop.ask(Command::RefundPreview(ask)).unwrap();
    let parts: Vec<_> = preview
        .parts
        .iter()
        .map(|part| (part.means, part.amount_minor))
        .collect();
    assert_eq!(parts, [(Means::WechatPay, 500), (Means::CashPay, 50)]);
    assert_eq!((preview.left_minor, preview.amount_minor), (700, 550));
    shop.enter(BOTTLE);
    shop.begin();
    let order_id = shop.till.view().current_order_id().unwrap().unwrap();
    assert_eq!(
        shop.refund(&order_id, "", BOSS).unwrap_err().code,
        Code::OrderState
    );
    assert_eq!(detail(&mut shop, &order_id).refundable_minor, 0);
}

#[test]
fn f58_a_preview_says_one_sum_for_each_means_however_many_tenders_give() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    shop.enter("2*6928804011142");
    shop.begin();
    for (version, yuan) in [(1, "2"), (2, "3")] {
        shop.code(yuan).unwrap();
        let tender = shop.newest_tender();
        shop.hear(&paid(&tender, version));
    }
    shop.cash("0.50").unwrap();
    shop.cash("1.50").unwrap();
    let order_id = shop.newest_tender().order_id;
    let preview = preview(&mut shop, &order_id, "6.80");
    assert_eq!(
        preview.parts,
        [part(Means::WechatPay, 500), part(Means::CashPay, 180)]
    );
    assert_eq!(preview.amount_minor, 680);
}

#[test]
fn f47_a_codes_refund_after_the_close_stands_beside_the_frozen_figures() {
    let (mut shop, order_id) = mixed();
    shop.refund(&order_id, "5", BOSS).unwrap();
    let closed = shop.count_and_close();
    let refund = open_refund(&shop);
    ends(&mut shop, &refund, 2, 2);
    let report = shop.report(&closed.shift_id);
    let late: Vec<_> = report
        .amendments
        .iter()
        .map(|late| (late.means, late.amount_minor))
        .collect();
    assert_eq!(late, [(Means::WechatPay, -500)]);
}

#[test]
fn f42_a_centre_that_was_put_back_tells_of_a_refund_under_a_version_that_is_known() {
    let (mut shop, order_id) = mixed();
    shop.refund(&order_id, "5", BOSS).unwrap();
    let refund = open_refund(&shop);
    ends(&mut shop, &refund, 5, 1);
    ends(&mut shop, &refund, 5, 2);
    assert_eq!(today(&shop), 700, "of this centre a version is news once");
    shop.till.write(|tx| Ok(tx.forget_view_versions()?)).unwrap();
    ends(&mut shop, &refund, 5, 2);
    assert_eq!(today(&shop), 200);
}

#[test]
fn a_refund_that_a_centre_which_was_put_back_has_forgotten_is_unknown_until_it_is_told_of_again() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let told = |version, refunds: &[u8]| {
        let mut view = paid(&tender, version);
        view.trades.last_mut().unwrap().refunds = refunds
            .iter()
            .map(|status| RefundView {
                refund_no: "77".into(),
                refund_status: *status,
                amount_minor: 300,
                reason: "REQUESTED".into(),
                needs_attention: false,
            })
            .collect();
        view
    };
    let phase = |shop: &mut Shop| detail(shop, &tender.order_id).refunds[0].phase;
    shop.hear(&told(5, &[1]));
    assert_eq!(phase(&mut shop), RefundPhase::Sending);
    shop.till.write(|tx| Ok(tx.forget_view_versions()?)).unwrap();
    shop.hear(&told(2, &[]));
    assert_eq!(phase(&mut shop), RefundPhase::Unknown);
    shop.hear(&told(3, &[1]));
    assert_eq!(phase(&mut shop), RefundPhase::Sending);
    shop.hear(&told(4, &[2]));
    assert_eq!(phase(&mut shop), RefundPhase::Returned);
}

#[test]
fn a_refused_refund_that_is_tried_again_is_on_its_way_and_not_held() {
    let (mut shop, order_id) = mixed();
    shop.refund(&order_id, "5", BOSS).unwrap();
    let refund = open_refund(&shop);
    ends(&mut shop, &refund, 2, 3);
    ends(&mut shop, &refund, 3, 1);
    let shown = detail(&mut shop, &order_id);
    assert_eq!(shown.refunds[0].phase, RefundPhase::Sending);
}

#[test]
fn what_went_back_of_a_share_before_its_order_was_paid_counts_once_it_is() {
    let mut shop = Shop::open();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.code("5").unwrap();
    let tender = shop.newest_tender();
    shop.hear(&paid(&tender, 1));
    let mut view = paid(&tender, 2);
    view.trades.last_mut().unwrap().refunds.push(RefundView {
        refund_no: "77".into(),
        refund_status: 2,
        amount_minor: 300,
        reason: "REQUESTED".into(),
        needs_attention: false,
    });
    shop.hear(&view);
    shop.cash("2").unwrap();
    let order = shop.till.view().order(&tender.order_id).unwrap().unwrap();
    assert_eq!((order.state, today(&shop)), (OrderState::PartRefunded, 400));
}
