//! Cash, change, several tenders, giving up.

use crate::host::Host;
use crate::rpc::state::{Stage, TenderPhase};
use crate::rpc::{Approval, Code, CodeMeans, Command, NameOrder, Nothing, ShowCode, TakeCash};
use crate::store::check;
use crate::sync::Reach;
use crate::testkit::{Shop, StillHost, canceled, config, paid, waiting};
use crate::till::Till;

#[test]
fn f54_f57_cash_with_change_completes_the_order_exactly() {
    let mut shop = Shop::open();
    shop.enter("0.862*3001");
    let pay = shop.begin().pay.unwrap();
    assert_eq!((pay.total_minor, pay.short_no.as_str()), (1030, "2-1121-0001"));
    assert_eq!(pay.quick_cash_minor, [1030, 1100, 1500, 2000, 5000]);
    let paid = shop.cash("20").unwrap().paid.unwrap();
    assert_eq!((paid.total_minor, paid.change_minor), (1030, 970));
    assert_eq!(paid.tenders[0].amount_minor, 1030);
    assert_eq!(paid.tenders[0].received_minor, Some(2000));
}

#[test]
fn offline_cash_goes_on_and_numbers_count_up() {
    let mut shop = Shop::open();
    shop.link(Reach::Offline);
    for running in 1..=3 {
        shop.enter("6928804011142");
        assert_eq!(shop.begin().pay.unwrap().short_no, format!("2-1121-{running:04}"));
        shop.cash("").unwrap();
        shop.run(Command::PayNext(Nothing {})).unwrap();
    }
    let sync = shop.state().sync;
    assert_eq!(sync.orders_only_here, 3);
    assert!(sync.entries_only_here >= 12);
}

#[test]
fn f28_cash_and_a_code_share_one_order() {
    let mut shop = Shop::open();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.code("5").unwrap();
    let tender = shop.newest_tender();
    let pay = shop.state().pay.unwrap();
    assert_eq!((pay.due_minor, pay.open_minor), (700, 200));
    let state = shop.cash("10").unwrap();
    assert_eq!(state.stage, Stage::Pay);
    assert_eq!(state.pay.unwrap().tenders[1].change_minor, Some(800));
    assert_eq!(shop.cash("1").unwrap_err().code, Code::AttemptLive);
    shop.hear(&paid(&tender, 1));
    let done = shop.state().paid.unwrap();
    assert_eq!(
        (done.total_minor, done.change_minor, done.tenders.len()),
        (700, 800, 2)
    );
}

#[test]
fn two_codes_one_after_the_other_share_one_order() {
    let mut shop = Shop::open();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.code("3").unwrap();
    let first = shop.newest_tender();
    assert_eq!(shop.code("4").unwrap_err().code, Code::AttemptLive);
    shop.hear(&paid(&first, 1));
    assert_eq!(shop.code("4.01").unwrap_err().code, Code::AmountOverDue);
    shop.code("").unwrap();
    let second = shop.newest_tender();
    assert_eq!(second.amount_minor, 400);
    shop.hear(&paid(&second, 1));
    assert_eq!(shop.state().stage, Stage::Paid);
}

#[test]
fn giving_up_gives_cash_back_by_a_reversing_tender_and_unlocks_the_lines() {
    let mut shop = Shop::open();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.cash("3").unwrap();
    assert_eq!(
        shop.run(Command::PayBack(Nothing {})).unwrap_err().code,
        Code::LinesLocked
    );
    shop.code("").unwrap();
    let tender = shop.newest_tender();
    let pay = shop.run(Command::PayGiveUp(Nothing {})).unwrap().pay.unwrap();
    let phases: Vec<TenderPhase> = pay.tenders.iter().map(|tender| tender.phase).collect();
    assert_eq!(
        phases,
        [TenderPhase::Reversed, TenderPhase::Closing, TenderPhase::Settled]
    );
    shop.hear(&canceled(&tender, 1));
    let state = shop.state();
    assert_eq!((state.stage, state.basket.total_minor), (Stage::Sell, 700));
    shop.enter("6928804011142");
    let again = shop.begin().pay.unwrap();
    assert_eq!(
        (again.total_minor, again.short_no.as_str()),
        (1050, "2-1121-0001")
    );
    shop.cash("").unwrap();
    assert_eq!(shop.state().paid.unwrap().tenders.len(), 4);
}

#[test]
fn giving_up_while_the_customer_pays_keeps_the_money() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&waiting(&tender, 1));
    shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    shop.hear(&paid(&tender, 2));
    assert_eq!(shop.state().stage, Stage::Paid);
}

#[test]
fn amounts_that_cannot_be_are_refused() {
    let mut shop = Shop::open();
    shop.enter("6928804011142");
    shop.begin();
    for (yuan, code) in [
        ("x", Code::AmountInvalid),
        ("1.234", Code::AmountInvalid),
        ("0", Code::AmountNotPositive),
        ("-5", Code::AmountNotPositive),
        ("99999999999999", Code::AmountTooLarge),
    ] {
        assert_eq!(shop.cash(yuan).unwrap_err().code, code, "{yuan}");
        assert_eq!(shop.code(yuan).unwrap_err().code, code, "{yuan}");
    }
    assert_eq!(shop.code("3.51").unwrap_err().code, Code::AmountOverDue);
    assert!(shop.state().pay.unwrap().tenders.is_empty());
}

#[test]
fn f55_a_basket_that_rounds_to_nothing_completes_without_a_tender() {
    let mut shop = Shop::open();
    let line_id = shop.enter("2001").unwrap();
    shop.run(Command::BasketSetPrice(crate::rpc::SetPrice {
        line_id,
        yuan: "0.05".into(),
    }))
    .unwrap();
    let state = shop.begin();
    assert_eq!((state.stage, state.basket.total_minor), (Stage::Paid, 0));
}

#[test]
fn commands_that_the_tables_do_not_allow_are_refused_and_change_nothing() {
    let mut shop = Shop::open();
    assert_eq!(
        shop.run(Command::PayBegin(Nothing {})).unwrap_err().code,
        Code::BasketEmpty
    );
    shop.enter("6928804011142");
    let order_id = shop.state().basket.order_id.unwrap();
    let name = || NameOrder {
        order_id: order_id.clone(),
    };
    let before = shop.till.view().head().unwrap();
    for command in [
        Command::PayCash(TakeCash {
            received_yuan: String::new(),
            replaces_tender: None,
            approval: None,
            expected_open_minor: None,
        }),
        Command::PayPark(Nothing {}),
        Command::PayGiveUp(Nothing {}),
        Command::PayOpen(name()),
        Command::OrdersReceipt(name()),
    ] {
        assert_eq!(shop.run(command).unwrap_err().code, Code::OrderState);
    }
    assert_eq!(shop.till.view().head().unwrap(), before);
    shop.begin();
    assert_eq!(
        shop.run(Command::PayPark(Nothing {})).unwrap_err().code,
        Code::OrderState
    );
    shop.run(Command::PayBack(Nothing {})).unwrap();
    assert_eq!(shop.state().stage, Stage::Sell);
}

#[test]
fn every_sale_leaves_rows_that_fit_their_journal() {
    let mut shop = Shop::open();
    shop.enter("3*6928804011142");
    shop.begin();
    shop.cash("100").unwrap();
    assert_eq!(check::tail(shop.till.view()).unwrap(), None);
}

#[test]
fn a_day_of_last_year_does_not_stop_todays_numbers() {
    let mut shop = Shop::open();
    let sell = |shop: &mut Shop| {
        shop.enter("6928804011142");
        let short_no = shop.begin().pay.unwrap().short_no;
        shop.cash("").unwrap();
        shop.run(Command::PayNext(Nothing {})).unwrap();
        short_no
    };
    let first = sell(&mut shop);
    shop.host.pass(365 * 24 * 3_600_000);
    assert_eq!(sell(&mut shop), first, "the same short number, a year later");
    assert_eq!(shop.till.view().find_orders(&first, None, 9).unwrap().len(), 2);
}

#[test]
fn r7_tills_that_sell_before_they_are_enrolled_share_no_numbers() {
    let lone = |uid: u8| {
        let folder = tempfile::tempdir().unwrap();
        let host = StillHost::new();
        for _ in 0..uid {
            host.random(&mut [0]);
        }
        let mut till = Till::open(&config(folder.path()), host).unwrap();
        let worker = till.view().worker().unwrap();
        assert!(worker >= suanpan_domain::number::LONE_WORKER_MIN);
        assert_eq!(till.view().till_label().unwrap(), "0", "no centre gives it out");
        till.write(|tx| Ok(tx.mint())).unwrap()
    };
    assert_ne!(lone(1), lone(2));
}

fn cash_seen(yuan: &str, open_minor: i64) -> Command {
    Command::PayCash(TakeCash {
        received_yuan: yuan.into(),
        replaces_tender: None,
        approval: None,
        expected_open_minor: Some(open_minor),
    })
}

fn code_seen(yuan: &str, open_minor: i64) -> Command {
    Command::PayCode(ShowCode {
        means: CodeMeans::WechatPay,
        yuan: yuan.into(),
        expected_open_minor: Some(open_minor),
    })
}

#[test]
fn money_asked_for_what_was_open_before_is_refused_and_nothing_is_taken() {
    let mut shop = Shop::open();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.run(cash_seen("5", 700)).unwrap();
    let head = shop.till.view().head().unwrap();
    for again in [cash_seen("5", 700), cash_seen("", 700), code_seen("", 700)] {
        let problem = shop.run(again).unwrap_err();
        assert_eq!(
            (problem.code, problem.params["due"].as_str()),
            (Code::OpenChanged, "2.00")
        );
    }
    assert_eq!(shop.till.view().head().unwrap(), head);
    assert_eq!(shop.state().pay.unwrap().tenders.len(), 1);
    shop.run(code_seen("1", 200)).unwrap();
    shop.run(cash_seen("", 100)).unwrap();
    assert_eq!(shop.state().pay.unwrap().open_minor, 0);
}

#[test]
fn cash_for_a_code_in_doubt_is_refused_before_a_manager_is_asked_when_the_rest_has_changed() {
    let mut shop = Shop::open();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.code("5").unwrap();
    let instead = |tender: &crate::store::TenderRow, open_minor| {
        Command::PayCash(TakeCash {
            received_yuan: String::new(),
            replaces_tender: Some(tender.tender_no.to_string()),
            approval: Some(Approval { pin: "8888".into() }),
            expected_open_minor: Some(open_minor),
        })
    };
    let tender = shop.newest_tender();
    shop.cash("1").unwrap();
    shop.link(Reach::Offline);
    let head = shop.till.view().head().unwrap();
    let problem = shop.run(instead(&tender, 200)).unwrap_err();
    assert_eq!(problem.code, Code::OpenChanged);
    assert_eq!(shop.till.view().head().unwrap(), head);
    let done = shop.run(instead(&tender, 100)).unwrap();
    assert_eq!(done.stage, Stage::Paid);
}
