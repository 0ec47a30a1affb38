//! Codes: waiting, unknown, renewed, parked, replaced by cash, late, twice, wrong.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::tender::TenderState;
use suanpan_domain::trade::TradeState;

use crate::rpc::state::{NoticeCode, Stage, TenderPhase};
use crate::rpc::views::{CustomerScene, CustomerView};
use crate::rpc::{Code, Command, NameOrder, NameTender, Nothing};
use crate::sync::Reach;
use crate::testkit::{Shop, canceled, paid, waiting};

fn named(tender: &crate::store::TenderRow) -> NameTender {
    NameTender {
        tender_no: tender.tender_no.to_string(),
    }
}

fn notices(shop: &Shop) -> Vec<NoticeCode> {
    shop.state().notices.iter().map(|notice| notice.code).collect()
}

fn vain(shop: &mut Shop, tender_no: i64, times: usize) {
    for _ in 0..times {
        shop.till.write(|tx| tx.note_unanswered(tender_no, None)).unwrap();
    }
}

#[test]
fn f29_order_tender_and_attempt_are_on_disk_before_anything_can_be_sent() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let shop = shop.restart();
    let kept = shop.till.view().open_tenders(0).unwrap();
    assert_eq!(kept, [tender]);
    assert_eq!(kept[0].attempts[0].description, "幸福里便利店 2-1121-0001");
    assert_eq!(shop.state().pay.unwrap().tenders[0].phase, TenderPhase::Fetching);
}

#[test]
fn f25_the_pay_screen_with_its_code_survives_a_restart() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&waiting(&tender, 1));
    let before = shop.state().pay.unwrap();
    assert_eq!(before.tenders[0].phase, TenderPhase::Waiting);
    let code = before.tenders[0].code.clone().unwrap();
    assert!(code.url.starts_with("weixin://") && code.svg_path.starts_with('M'));
    let shop = shop.restart();
    assert_eq!(shop.state().pay.unwrap().tenders, before.tenders);
}

#[test]
fn f24_no_answer_is_unknown_and_never_a_failure() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&waiting(&tender, 1));
    vain(&mut shop, tender.tender_no, 1);
    assert_eq!(shop.state().pay.unwrap().tenders[0].phase, TenderPhase::Waiting);
    vain(&mut shop, tender.tender_no, 1);
    let pay = shop.state().pay.unwrap();
    assert_eq!(pay.tenders[0].phase, TenderPhase::Unknown);
    assert!(pay.tenders[0].code.is_none() && pay.tenders[0].unknown_since_ms.is_some());
    assert_eq!(shop.code("").unwrap_err().code, Code::AttemptLive);
    shop.hear(&waiting(&tender, 1));
    assert_eq!(shop.state().pay.unwrap().tenders[0].phase, TenderPhase::Waiting);
}

#[test]
fn f23_a_state_without_the_platforms_number_is_not_money() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let mut view = paid(&tender, 1);
    view.trades[0].transaction_id = None;
    shop.hear(&view);
    let pay = shop.state().pay.unwrap();
    assert_eq!(
        (pay.due_minor, pay.tenders[0].phase),
        (350, TenderPhase::NeedsAttention)
    );
    shop.hear(&paid(&tender, 2));
    assert_eq!(shop.state().stage, Stage::Paid);
}

#[test]
fn f05_paid_never_goes_back_whatever_the_centre_says() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&paid(&tender, 5));
    for (version, view) in [
        (1, waiting(&tender, 1)),
        (4, canceled(&tender, 4)),
        (9, canceled(&tender, 9)),
    ] {
        shop.hear(&view);
        assert_eq!(shop.state().stage, Stage::Paid, "version {version}");
    }
    let mut shop = shop.restart();
    shop.hear(&waiting(&tender, 10));
    assert_eq!(shop.newest_tender().state, TenderState::Settled);
}

#[test]
fn the_same_word_twice_has_one_effect() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&paid(&tender, 3));
    let head = shop.till.view().head().unwrap();
    shop.hear(&paid(&tender, 3));
    shop.hear(&paid(&tender, 4));
    assert_eq!(shop.till.view().head().unwrap(), head);
}

#[test]
fn f22_a_parked_order_that_turns_out_paid_completes_by_itself_and_says_so() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let parked = shop.run(Command::PayPark(Nothing {})).unwrap();
    assert_eq!(parked.stage, Stage::Sell);
    assert!(parked.held[0].to_confirm);
    shop.enter("6901668005731");
    shop.hear(&paid(&tender, 1));
    let state = shop.state();
    assert_eq!(state.basket.total_minor, 690);
    assert!(state.held.is_empty());
    assert_eq!(state.notices[0].code, NoticeCode::ParkedOrderPaid);
    assert_eq!(state.notices[0].params["short_no"], "2-1121-0001");
    assert_eq!(state.notices[0].params["amount_minor"], "350");
    let seen = Command::NoticeSeen(crate::rpc::NameNotice {
        notice_id: state.notices[0].notice_id.clone(),
    });
    assert!(shop.run(seen).unwrap().notices.is_empty());
}

#[test]
fn a_parked_order_can_be_opened_again() {
    let mut shop = Shop::open();
    shop.sell_by_code();
    let parked = shop.run(Command::PayPark(Nothing {})).unwrap();
    shop.enter("6901668005731");
    let name = NameOrder {
        order_id: parked.held[0].order_id.clone(),
    };
    let state = shop.run(Command::PayOpen(name)).unwrap();
    assert_eq!((state.stage, state.held.len()), (Stage::Pay, 1));
    assert_eq!(state.held[0].total_minor, 690);
}

#[test]
fn f30_renewing_makes_a_child_of_the_same_tender_and_the_old_code_still_counts() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    assert_eq!(
        shop.run(Command::PayRenew(named(&tender))).unwrap_err().code,
        Code::AttemptLive
    );
    shop.hear(&waiting(&tender, 1));
    shop.run(Command::PayRenew(named(&tender))).unwrap();
    let renewed = shop.newest_tender();
    assert_eq!(renewed.tender_no, tender.tender_no);
    assert_eq!(
        renewed.attempts.iter().map(|a| a.renew).collect::<Vec<_>>(),
        [false, true]
    );
    assert!(shop.state().pay.unwrap().tenders[0].code.is_none());
    let mut view = waiting(&renewed, 2);
    view.state = PayOrderState::Paid;
    view.trades[0].state = TradeState::Paid;
    view.trades[0].transaction_id = Some("4200".into());
    view.trades[0].disposition = Disposition::Winner;
    view.winner_trade_no = Some(view.trades[0].trade_no.clone());
    shop.hear(&view);
    let paid = shop.state().paid.unwrap();
    assert!(paid.tenders[0].renewed);
}

#[test]
fn cash_for_a_code_in_doubt_needs_a_managers_pin_and_is_one_transaction() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&waiting(&tender, 1));
    shop.link(Reach::Offline);
    let number = tender.tender_no.to_string();
    assert_eq!(
        shop.cash_instead(&number, None).unwrap_err().code,
        Code::ApprovalNeeded
    );
    assert_eq!(
        shop.cash_instead(&number, Some("1234")).unwrap_err().code,
        Code::PinWrong
    );
    let done = shop.cash_instead(&number, Some("8888")).unwrap().paid.unwrap();
    assert_eq!(done.tenders[0].phase, TenderPhase::GivenUp);
    assert_eq!(done.tenders[1].amount_minor, 350);
    let said = shop
        .till
        .view()
        .entries_after(&shop.till.view().acked().unwrap(), 1000)
        .unwrap();
    let approvals: Vec<&str> = said
        .iter()
        .filter(|entry| entry.kind == "approval_asked")
        .map(|entry| entry.payload.as_str())
        .collect();
    assert!(approvals[0].contains("\"approved_by\":null"));
    assert!(approvals[1].contains("李店长") && approvals[1].contains("王芳"));
    let mut late = paid(&tender, 2);
    late.given_up = true;
    late.trades[0].disposition = Disposition::GivenUp;
    shop.hear(&late);
    assert_eq!(notices(&shop), [NoticeCode::GivenUpReturned]);
    assert_eq!(shop.state().paid.unwrap().tenders.len(), 2);
}

#[test]
fn wrong_pins_make_everybody_wait() {
    let mut shop = Shop::open();
    let number = shop.sell_by_code().tender_no.to_string();
    shop.link(Reach::Offline);
    for _ in 0..3 {
        assert_eq!(
            shop.cash_instead(&number, Some("0000")).unwrap_err().code,
            Code::PinWrong
        );
    }
    let wait = shop.cash_instead(&number, Some("8888")).unwrap_err();
    assert_eq!(
        (wait.code, wait.params["seconds"].as_str()),
        (Code::PinWait, "30")
    );
    let mut shop = shop.restart();
    shop.link(Reach::Offline);
    assert_eq!(
        shop.cash_instead(&number, Some("8888")).unwrap_err().code,
        Code::PinWait
    );
    shop.host.pass(30_000);
    assert_eq!(
        shop.cash_instead(&number, Some("8888")).unwrap().stage,
        Stage::Paid
    );
}

#[test]
fn with_a_line_cash_waits_until_the_code_is_closed() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&waiting(&tender, 1));
    let number = tender.tender_no.to_string();
    let pay = shop.cash_instead(&number, None).unwrap().pay.unwrap();
    assert_eq!(pay.tenders[0].phase, TenderPhase::Closing);
    assert!(shop.newest_tender().ask_now);
    shop.hear(&canceled(&tender, 2));
    assert_eq!(shop.state().pay.unwrap().open_minor, 350);
    assert_eq!(shop.cash("").unwrap().stage, Stage::Paid);
}

#[test]
fn codes_need_a_centre_that_answers_and_offers_them() {
    let mut shop = Shop::open();
    shop.enter("6928804011142");
    shop.begin();
    shop.link(Reach::Offline);
    assert_eq!(shop.code("").unwrap_err().code, Code::CodeNeedsNetwork);
    shop.link(Reach::Up);
    shop.till
        .write(|tx| Ok(tx.set_setting(crate::store::keys::MEANS_OFFERED, "")?))
        .unwrap();
    assert_eq!(shop.code("").unwrap_err().code, Code::MeansNotOffered);
    assert!(shop.state().pay.unwrap().tenders.is_empty());
}

#[test]
fn a_refusal_for_good_fails_the_tender_and_leaves_the_order_payable() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    let mut view = waiting(&tender, 1);
    view.trades[0].state = TradeState::Failed;
    view.trades[0].code_url = None;
    view.trades[0].refused_code = Some("NO_AUTH".into());
    shop.hear(&view);
    let pay = shop.state().pay.unwrap();
    assert_eq!((pay.tenders[0].phase, pay.open_minor), (TenderPhase::Failed, 350));
    assert_eq!(notices(&shop), [NoticeCode::CodeRefused]);
    shop.cash("").unwrap();
}

#[test]
fn f31_late_duplicate_and_wrong_money_are_told_once() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    shop.hear(&canceled(&tender, 1));
    let mut late = canceled(&tender, 2);
    late.trades[0].state = TradeState::Paid;
    late.trades[0].disposition = Disposition::Late;
    shop.hear(&late);
    late.version = 3;
    shop.hear(&late);
    assert_eq!(notices(&shop), [NoticeCode::LateMoney]);
    late.version = 4;
    late.trades[0].disposition = Disposition::Suspense;
    late.trades[0].suspense_amount_minor = Some(300);
    shop.hear(&late);
    let told = shop.state().notices;
    assert_eq!(told[1].code, NoticeCode::AmountDiffers);
    assert_eq!(
        (
            told[1].params["amount_minor"].as_str(),
            told[1].params["due_minor"].as_str()
        ),
        ("300", "350")
    );
    assert_eq!(shop.state().sync.attention, 1);
}

#[test]
fn late_money_that_is_accepted_settles_an_order_that_still_waits_and_no_other() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&canceled(&tender, 1));
    shop.hear(&paid(&tender, 2));
    assert_eq!(shop.state().stage, Stage::Paid);

    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&canceled(&tender, 1));
    shop.cash("").unwrap();
    shop.hear(&paid(&tender, 2));
    let tenders = shop.state().paid.unwrap().tenders;
    assert_eq!(tenders[0].phase, TenderPhase::NeedsAttention);
}

#[test]
fn the_customers_screen_shows_the_code_and_never_a_failure() {
    let scene = |shop: &mut Shop| -> CustomerScene {
        let value = shop.till.execute(Command::CustomerGet(Nothing {})).unwrap();
        serde_json::from_value::<CustomerView>(value).unwrap().scene
    };
    let mut shop = Shop::open();
    assert_eq!(scene(&mut shop), CustomerScene::Welcome);
    let tender = shop.sell_by_code();
    assert_eq!(scene(&mut shop), CustomerScene::Due { due_minor: 350 });
    shop.hear(&waiting(&tender, 1));
    assert!(matches!(
        scene(&mut shop),
        CustomerScene::Code {
            amount_minor: 350,
            ..
        }
    ));
    vain(&mut shop, tender.tender_no, 2);
    assert_eq!(scene(&mut shop), CustomerScene::Confirming);
    shop.hear(&paid(&tender, 2));
    assert!(matches!(
        scene(&mut shop),
        CustomerScene::Paid { total_minor: 350, .. }
    ));
    shop.host.pass(20_001);
    assert_eq!(scene(&mut shop), CustomerScene::Welcome);
}

#[test]
fn the_customer_sees_what_was_taken_off_and_what_was_paid_already() {
    let mut shop = Shop::open();
    let seen = |shop: &mut Shop| -> (i64, i64, i64) {
        let value = shop.till.execute(Command::CustomerGet(Nothing {})).unwrap();
        let view: CustomerView = serde_json::from_value(value).unwrap();
        (view.total_minor, view.saved_minor, view.received_minor)
    };
    assert_eq!(seen(&mut shop), (0, 0, 0));
    // 3.80 at a fifth off is 3.04, and coins of one fen are not in use.
    shop.enter("6907992500010");
    assert_eq!(seen(&mut shop), (300, 80, 0));
    shop.begin();
    shop.cash("1.00").unwrap();
    assert_eq!(seen(&mut shop), (300, 80, 100));
}

#[test]
fn f43_asking_about_a_paid_tender_is_refused_and_shows_paid() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.run(Command::PayAsk(named(&tender))).unwrap();
    assert!(shop.newest_tender().ask_now);
    shop.hear(&paid(&tender, 1));
    assert_eq!(
        shop.run(Command::PayAsk(named(&tender))).unwrap_err().code,
        Code::TenderState
    );
    assert_eq!(shop.state().stage, Stage::Paid);
}
