//! Two platforms, and two ways: a code that is shown, and one that the customer shows.

use suanpan_domain::tender::{Means, TenderState};
use suanpan_wire::tender::TenderView;

use crate::rpc::scanned::Scanned;
use crate::rpc::state::{NoticeCode, Stage, TenderPhase, TillState};
use crate::rpc::{Code, CodeMeans, Command, Nothing, Problem, ShowCode, SwitchCode, TakePaymentCode};
use crate::store::{DATABASE_NAME, TenderRow, keys};
use crate::testkit::{Shop, canceled, paid, waiting};

const WECHATS: &str = "134567890123456789";
const ALIPAYS: &str = "281234567890123456";

fn open() -> Shop {
    let mut shop = Shop::open();
    shop.till
        .write(|tx| Ok(tx.set_setting(keys::MEANS_OFFERED, "WECHAT_PAY,ALI_PAY")?))
        .unwrap();
    shop
}

#[test]
fn the_counter_offers_the_platforms_in_its_own_order_whatever_the_centres_is() {
    let mut shop = Shop::open();
    for named in ["ALI_PAY,WECHAT_PAY", "WECHAT_PAY,ALI_PAY"] {
        shop.till
            .write(|tx| Ok(tx.set_setting(keys::MEANS_OFFERED, named)?))
            .unwrap();
        if shop.state().pay.is_none() {
            shop.enter("6928804011142");
            shop.begin();
        }
        let offered = shop.state().pay.unwrap().code_means;
        assert_eq!(offered, [CodeMeans::WechatPay, CodeMeans::AliPay]);
    }
}

/// A shop with one bottle for 3.50 on Pay.
fn paying() -> Shop {
    let mut shop = open();
    shop.enter("6928804011142");
    shop.begin();
    shop
}

impl Shop {
    fn take(&mut self, scanned: &str) -> Result<TillState, Problem> {
        self.run(Command::PayTake(TakePaymentCode {
            scanned: Scanned::new(scanned),
            yuan: String::new(),
            expected_open_minor: None,
        }))
    }

    fn switch(&mut self, tender: &TenderRow, means: CodeMeans) -> Result<TillState, Problem> {
        self.run(Command::PaySwitch(SwitchCode {
            tender_no: tender.tender_no.to_string(),
            means,
        }))
    }

    fn phase(&self) -> TenderPhase {
        self.state().pay.unwrap().tenders.last().unwrap().phase
    }
}

/// The view of a tender whose customer is being charged.
fn charged(view: TenderView, paying: bool) -> TenderView {
    let mut view = view;
    for trade in &mut view.trades {
        trade.code_url = None;
        trade.by_payment_code = true;
        trade.paying = paying;
    }
    view
}

#[test]
fn both_platforms_are_offered_and_alipays_code_is_shown_like_the_other() {
    let mut shop = paying();
    let pay = shop.state().pay.unwrap();
    assert_eq!(pay.code_means, [CodeMeans::WechatPay, CodeMeans::AliPay]);
    shop.run(Command::PayCode(ShowCode {
        means: CodeMeans::AliPay,
        yuan: String::new(),
        expected_open_minor: None,
    }))
    .unwrap();
    let tender = shop.newest_tender();
    assert_eq!(tender.means, Means::AliPay);
    shop.hear(&waiting(&tender, 1));
    assert_eq!(shop.phase(), TenderPhase::Waiting);
    shop.hear(&paid(&tender, 2));
    assert_eq!(shop.state().stage, Stage::Paid);
}

#[test]
fn a_switch_closes_the_old_code_first_and_shows_the_other_once_that_is_certain() {
    let mut shop = open();
    let old = shop.sell_by_code();
    shop.hear(&waiting(&old, 1));
    let state = shop.switch(&old, CodeMeans::AliPay).unwrap();
    let shown = &state.pay.unwrap().tenders[0];
    assert_eq!((shown.phase, shown.code.is_none()), (TenderPhase::Closing, true));
    assert_eq!(shown.next.unwrap().means, CodeMeans::AliPay);
    let shop_again = shop.restart();
    let mut shop = shop_again;
    shop.link(crate::sync::Reach::Up);
    shop.hear(&canceled(&old, 2));
    let new = shop.newest_tender();
    assert_eq!((new.means, new.amount_minor), (Means::AliPay, old.amount_minor));
    assert_eq!(new.state, TenderState::Live);
    assert_eq!(shop.phase(), TenderPhase::Fetching);
    shop.hear(&canceled(&old, 3));
    assert_eq!(
        shop.state().pay.unwrap().tenders.len(),
        2,
        "said twice, shown once"
    );
}

#[test]
fn a_code_that_turns_out_paid_while_it_is_switched_settles_and_nothing_else_is_shown() {
    let mut shop = open();
    let old = shop.sell_by_code();
    shop.hear(&waiting(&old, 1));
    shop.switch(&old, CodeMeans::AliPay).unwrap();
    shop.hear(&paid(&old, 2));
    assert_eq!(shop.state().stage, Stage::Paid);
    assert_eq!(shop.newest_tender().tender_no, old.tender_no);
}

#[test]
fn what_is_wanted_last_counts_so_giving_up_ends_a_switch() {
    let mut shop = open();
    let old = shop.sell_by_code();
    shop.hear(&waiting(&old, 1));
    shop.switch(&old, CodeMeans::AliPay).unwrap();
    shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    shop.hear(&canceled(&old, 2));
    assert_eq!(shop.state().stage, Stage::Sell);
    assert!(shop.till.view().open_tenders(i64::MAX).unwrap().is_empty());
}

#[test]
fn a_switch_needs_the_network_another_means_and_an_offer() {
    let mut shop = open();
    let old = shop.sell_by_code();
    let code = |answer: Result<TillState, Problem>| answer.unwrap_err().code;
    assert_eq!(code(shop.switch(&old, CodeMeans::WechatPay)), Code::TenderState);
    shop.link(crate::sync::Reach::Offline);
    assert_eq!(code(shop.switch(&old, CodeMeans::AliPay)), Code::CodeNeedsNetwork);
    shop.link(crate::sync::Reach::Up);
    shop.till
        .write(|tx| Ok(tx.set_setting(keys::MEANS_OFFERED, "WECHAT_PAY")?))
        .unwrap();
    assert_eq!(code(shop.switch(&old, CodeMeans::AliPay)), Code::MeansNotOffered);
    assert_eq!(shop.newest_tender().state, TenderState::Live);
}

#[test]
fn a_scanned_payment_code_charges_by_its_own_platform_and_is_kept_nowhere() {
    for (scanned, means) in [(WECHATS, Means::WechatPay), (ALIPAYS, Means::AliPay)] {
        let mut shop = paying();
        shop.take(scanned).unwrap();
        let tender = shop.newest_tender();
        assert_eq!((tender.means, tender.amount_minor), (means, 350));
        assert_eq!(shop.phase(), TenderPhase::Paying, "no code is waited for");
        shop.hear(&charged(waiting(&tender, 1), true));
        assert_eq!(shop.phase(), TenderPhase::Paying);
        shop.hear(&charged(paid(&tender, 2), false));
        assert_eq!(shop.state().stage, Stage::Paid);
        let said = serde_json::to_string(&shop.said()).unwrap();
        assert!(!said.contains(scanned), "{said}");
        assert!(!format!("{:?}", shop.till).contains(scanned));
        let folder = shop.folder.path().join("data");
        for name in [DATABASE_NAME.to_owned(), format!("{DATABASE_NAME}-wal")] {
            let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
            let found = bytes
                .windows(scanned.len())
                .any(|part| part == scanned.as_bytes());
            assert!(!found, "the digits are on disk");
        }
    }
}

#[test]
fn only_a_payment_code_is_taken_on_pay_and_none_of_our_own_numbers() {
    let mut shop = paying();
    let pay = shop.state().pay.unwrap();
    let order = shop.till.view().order(&pay.order_id).unwrap().unwrap();
    let minted = |worker, at_ms| {
        let mut mint = suanpan_domain::number::Mint::new(worker, suanpan_domain::number::Mark::default());
        mint.next(at_ms).to_string()
    };
    let now_ms = shop.till.now_ms();
    let table = [
        ("6928804011142".to_owned(), Code::NotAPaymentCode),
        (pay.short_no.clone(), Code::NotAPaymentCode),
        ("4200002345202611211234567890".to_owned(), Code::NotAPaymentCode),
        ("2026112122001400001412345678".to_owned(), Code::NotAPaymentCode),
        (format!("{WECHATS}1"), Code::NotAPaymentCode),
        (order.order_no.unwrap().to_string(), Code::OwnNumber),
        (minted(2, now_ms), Code::OwnNumber),
        (minted(0, now_ms), Code::OwnNumber),
    ];
    for (scanned, expected) in table {
        assert_eq!(shop.take(&scanned).unwrap_err().code, expected, "{scanned}");
    }
    assert!(shop.state().pay.unwrap().tenders.is_empty());
}

#[test]
fn a_payment_code_takes_the_place_of_a_code_that_nobody_has_paid() {
    let mut shop = open();
    let old = shop.sell_by_code();
    shop.hear(&waiting(&old, 1));
    let state = shop.take(WECHATS).unwrap();
    let shown = &state.pay.unwrap().tenders[0];
    assert_eq!(shown.phase, TenderPhase::Closing);
    assert!(shown.next.unwrap().by_payment_code);
    shop.hear(&canceled(&old, 2));
    let charge = shop.newest_tender();
    assert_ne!(charge.tender_no, old.tender_no);
    assert!(charge.attempts[0].taken && charge.means == Means::WechatPay);
}

#[test]
fn f38_a_scanner_that_reads_twice_charges_once() {
    let mut shop = paying();
    shop.take(WECHATS).unwrap();
    let again = shop.take(WECHATS).unwrap_err();
    assert_eq!(again.code, Code::AttemptLive);
    let tender = shop.newest_tender();
    shop.hear(&charged(waiting(&tender, 1), true));
    assert_eq!(shop.take(ALIPAYS).unwrap_err().code, Code::AttemptLive);
    assert_eq!(shop.state().pay.unwrap().tenders.len(), 1);
}

#[test]
fn f38_a_charge_that_ended_without_money_is_closed_by_itself_and_the_next_code_is_taken() {
    use suanpan_domain::trade::TradeState;
    let mut shop = paying();
    shop.take(WECHATS).unwrap();
    let tender = shop.newest_tender();
    let mut view = charged(waiting(&tender, 1), true);
    view.trades[0].state = TradeState::Closing;
    shop.hear(&view);
    assert_eq!(shop.state().notices, [], "its reversal is under way");
    let mut view = charged(waiting(&tender, 2), false);
    view.trades[0].state = TradeState::Closed;
    shop.hear(&view);
    let state = shop.state();
    assert_eq!(state.pay.unwrap().tenders[0].phase, TenderPhase::Closing);
    assert_eq!(state.notices[0].code, NoticeCode::NotCharged);
    shop.hear(&canceled(&tender, 3));
    assert_eq!(shop.state().notices.len(), 1, "told once");
    shop.take(ALIPAYS).unwrap();
    assert_eq!(shop.newest_tender().means, Means::AliPay);
}

#[test]
fn a_payment_code_that_was_not_sent_says_that_nobody_was_charged_and_is_taken_again() {
    let mut shop = paying();
    shop.take(WECHATS).unwrap();
    let tender = shop.newest_tender();
    let mut view = charged(waiting(&tender, 1), false);
    view.trades[0].state = suanpan_domain::trade::TradeState::Failed;
    view.trades[0].refused_code = Some(suanpan_wire::tender::NOT_SENT.into());
    shop.hear(&view);
    let notice = shop.state().notices.pop().unwrap();
    assert_eq!(notice.code, NoticeCode::PaymentCodeNotSent);
    assert_eq!(notice.params["means"], "WECHAT_PAY");
    shop.take(WECHATS).unwrap();
    assert_ne!(shop.newest_tender().tender_no, tender.tender_no);
}

#[test]
fn a_refused_payment_code_says_so_and_the_next_one_is_taken() {
    let mut shop = paying();
    shop.take(WECHATS).unwrap();
    let tender = shop.newest_tender();
    let mut view = charged(waiting(&tender, 1), false);
    view.trades[0].state = suanpan_domain::trade::TradeState::Failed;
    view.trades[0].refused_code = Some("AUTH_CODE_EXPIRED".into());
    shop.hear(&view);
    let notice = shop.state().notices.pop().unwrap();
    assert_eq!(notice.code, NoticeCode::PaymentCodeRefused);
    assert_eq!(notice.params["reason"], "AUTH_CODE_EXPIRED");
    shop.take(ALIPAYS).unwrap();
    assert_eq!(shop.newest_tender().means, Means::AliPay);
}
