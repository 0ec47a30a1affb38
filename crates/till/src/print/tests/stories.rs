//! Receipts that wait, come out once, and say that they are copies.

use suanpan_domain::print::{PrintState, PrintTrouble};
use suanpan_wire::entry::Said;

use super::*;
use crate::print::queue::Next;
use crate::rpc::print::{
    NamePrint, PrintPhase, PrintQueue, PrintTrouble as Shown, PrinterKind, PrinterSwitches, SetPrinter,
};
use crate::rpc::{Code, Command, NameOrder, Nothing};
use crate::store::check;
use crate::store::tests::damage::edited;
use crate::store::tests::restore::{kept_copy, restored};

const SCAN: &str = "6928804011142";

fn sell(shop: &mut Shop) -> String {
    shop.enter(SCAN);
    shop.begin();
    let paid = shop.cash("5").unwrap().paid.unwrap();
    shop.run(Command::PayNext(Nothing {})).unwrap();
    paid.order_id
}

fn print_again(shop: &mut Shop, order_id: &str) {
    let order_id = order_id.to_owned();
    shop.run(Command::PrintReceipt(NameOrder { order_id })).unwrap();
}

fn receipts_said(shop: &Shop) -> Vec<u32> {
    let said = shop.said().into_iter();
    said.filter_map(|said| match said {
        Said::ReceiptMade { copy, .. } => Some(copy),
        _ => None,
    })
    .collect()
}

#[test]
fn f65_five_sales_with_the_printer_off_wait_and_each_prints_once_when_it_is_back() {
    let mut shop = Shop::open();
    let (mut printer, board) = pictures(&shop);
    board.set(PrinterSwitches {
        switched_off: true,
        ..PrinterSwitches::default()
    });
    for sales in 1..=5 {
        sell(&mut shop);
        assert_eq!(print_all(&mut shop, &mut printer), Turn::InVain);
        let print = shop.state().print;
        assert_eq!((print.owed, print.phase), (sales, Some(PrintPhase::Stuck)));
        assert_eq!(print.trouble, Some(Shown::SwitchedOff));
    }
    assert_eq!(came_out(&shop).count, 0);
    board.set(PrinterSwitches::default());
    assert_eq!(print_all(&mut shop, &mut printer), Turn::Idle);
    let papers = came_out(&shop);
    assert_eq!(papers.count, 5);
    let last = papers.last.unwrap().text;
    assert!(last.contains("2-1121-0005") && !last.contains("补打"), "{last}");
    let print = shop.state().print;
    assert_eq!((print.owed, print.phase, print.trouble), (0, None, None));
    assert_eq!(print_all(&mut shop, &mut printer), Turn::Idle);
    assert_eq!(came_out(&shop).count, 5);
}

#[test]
fn a_printer_in_trouble_costs_one_write_however_often_it_is_asked() {
    let mut shop = Shop::open();
    sell(&mut shop);
    let mut printer = Scripted {
        trouble: Some(PrintTrouble::OutOfPaper),
        ..Scripted::default()
    };
    print_all(&mut shop, &mut printer);
    let revision = shop.state().revision;
    for _ in 0..10 {
        print_all(&mut shop, &mut printer);
    }
    assert_eq!(shop.state().revision, revision);
    printer.trouble = Some(PrintTrouble::SwitchedOff);
    print_all(&mut shop, &mut printer);
    assert_eq!(shop.state().print.trouble, Some(Shown::SwitchedOff));
}

#[test]
fn f66_a_job_sent_twice_prints_once_and_copies_say_so() {
    let mut shop = Shop::open();
    let (mut printer, _board) = pictures(&shop);
    let order_id = sell(&mut shop);
    let Next::Print(paper) = queue::next(&mut shop.till).unwrap() else {
        panic!("a receipt is owed");
    };
    assert_eq!(printer.print(&paper), Outcome::CameOut);
    assert_eq!(printer.print(&paper), Outcome::CameOut);
    assert_eq!(came_out(&shop).count, 1);
    queue::ended(&mut shop.till, paper.job_no, Outcome::CameOut).unwrap();
    for copy in 1..=2 {
        print_again(&mut shop, &order_id);
        assert_eq!(print_all(&mut shop, &mut printer), Turn::Idle);
        let papers = came_out(&shop);
        assert_eq!(papers.count, copy + 1);
        assert!(papers.last.unwrap().text.contains(&format!("补打 {copy}")));
    }
    assert_eq!(receipts_said(&shop), [1, 2, 3]);
}

#[test]
fn f10_paper_belongs_to_a_committed_order_and_a_start_names_one_that_is_missing() {
    let mut shop = Shop::open();
    let refused = shop.run(Command::PrintReceipt(NameOrder {
        order_id: "nobody's".into(),
    }));
    assert_eq!(refused.unwrap_err().code, Code::OrderNotFound);
    shop.enter(SCAN);
    let order_id = shop.begin().pay.unwrap().order_id;
    let unpaid = shop.run(Command::PrintReceipt(NameOrder {
        order_id: order_id.clone(),
    }));
    assert_eq!(unpaid.unwrap_err().code, Code::OrderState);
    assert_eq!(shop.till.view().prints_owed_count().unwrap(), 0);
    shop.cash("5").unwrap();
    assert_eq!(check::prints(shop.till.view()).unwrap(), None);
    let delete = format!("PRAGMA foreign_keys = OFF; DELETE FROM orders WHERE order_id = '{order_id}'");
    edited(shop.folder.path(), &delete);
    let flaw = check::prints(shop.till.view()).unwrap().unwrap();
    assert_eq!(flaw.0, "order 2-1121-0001 has a receipt and is missing");
    let Shop { folder, host, till } = shop;
    drop(till);
    let opened = crate::till::Till::open(&crate::testkit::config(folder.path()), host);
    assert_eq!(opened.unwrap_err().code, Code::DatabaseDamaged);
}

#[test]
fn a_till_that_ends_between_printing_and_marking_prints_once() {
    let mut shop = Shop::open();
    let order_id = sell(&mut shop);
    let Next::Print(paper) = queue::next(&mut shop.till).unwrap() else {
        panic!("a receipt is owed");
    };
    let (mut printer, _board) = pictures(&shop);
    assert_eq!(printer.print(&paper), Outcome::CameOut);
    let mut shop = shop.restart();
    let job = shop.till.view().newest_print_of(&order_id).unwrap().unwrap();
    assert_eq!(job.state, PrintState::Unsure);
    assert_eq!(print_all(&mut shop, &mut printer), Turn::Idle);
    assert_eq!(came_out(&shop).count, 1);
    let job = shop.till.view().newest_print_of(&order_id).unwrap().unwrap();
    assert_eq!((job.state, job.copy), (PrintState::Printed, 0));
}

#[test]
fn a_till_that_ends_before_the_printer_has_it_prints_it_after_the_start_unmarked() {
    let mut shop = Shop::open();
    sell(&mut shop);
    queue::next(&mut shop.till).unwrap();
    let mut shop = shop.restart();
    let (mut printer, _board) = pictures(&shop);
    assert_eq!(print_all(&mut shop, &mut printer), Turn::Idle);
    let papers = came_out(&shop);
    assert!(papers.count == 1 && !papers.last.unwrap().text.contains("补打"));
}

#[test]
fn a_printer_that_remembers_nothing_prints_again_as_a_copy_that_is_journalled() {
    let mut shop = Shop::open();
    sell(&mut shop);
    let mut printer = Scripted {
        forgets: true,
        ..Scripted::default()
    };
    let Next::Print(paper) = queue::next(&mut shop.till).unwrap() else {
        panic!("a receipt is owed");
    };
    printer.print(&paper);
    let mut shop = shop.restart();
    assert_eq!(print_all(&mut shop, &mut printer), Turn::Idle);
    assert_eq!(printer.out.len(), 2);
    assert!(!printer.out[0].contains("补打") && printer.out[1].contains("补打 1"));
    assert_eq!(receipts_said(&shop), [1, 2]);
}

#[test]
fn a_lost_answer_is_asked_for_and_nothing_goes_before_it() {
    let mut shop = Shop::open();
    sell(&mut shop);
    sell(&mut shop);
    let mut printer = Scripted {
        loses_answers: true,
        ..Scripted::default()
    };
    for _ in 0..5 {
        assert_eq!(print_all(&mut shop, &mut printer), Turn::InVain);
    }
    let print = shop.state().print;
    assert_eq!((print.phase, print.owed), (Some(PrintPhase::Unsure), 2));
    assert_eq!((print.trouble, printer.out.len()), (Some(Shown::Unreachable), 1));
    printer.loses_answers = false;
    assert_eq!(print_all(&mut shop, &mut printer), Turn::Idle);
    assert_eq!(printer.out.len(), 2);
}

#[test]
fn a_paper_nobody_wants_any_more_does_not_come_out() {
    let mut shop = Shop::open();
    sell(&mut shop);
    sell(&mut shop);
    let queue: PrintQueue = shop.ask(Command::PrintList(Nothing {})).unwrap();
    assert!(queue.folder.ends_with("printed") && queue.jobs.len() == 2);
    let job_no = queue.jobs[0].job_no.clone();
    for _ in 0..2 {
        let withdraw = NamePrint {
            job_no: job_no.clone(),
        };
        shop.run(Command::PrintWithdraw(withdraw)).unwrap();
    }
    let mut printer = Scripted::default();
    print_all(&mut shop, &mut printer);
    assert_eq!(printer.out.len(), 1);
    assert!(printer.out[0].contains("2-1121-0002"));
    let queue: PrintQueue = shop.ask(Command::PrintList(Nothing {})).unwrap();
    assert!(queue.jobs.is_empty());
    let order_id = sell(&mut shop);
    let printed = shop.till.view().newest_print_of(&order_id).unwrap();
    print_all(&mut shop, &mut printer);
    let job_no = printed.unwrap().job_no.to_string();
    let late = shop.run(Command::PrintWithdraw(NamePrint { job_no }));
    assert_eq!(late.unwrap_err().code, Code::PrintNotFound);
}

#[test]
fn without_a_printer_nothing_is_owed_and_asking_is_refused() {
    let mut shop = Shop::open();
    let choose = |printer, receipts| Command::SettingsPrinter(SetPrinter { printer, receipts });
    shop.run(choose(PrinterKind::None, true)).unwrap();
    let order_id = sell(&mut shop);
    assert_eq!(shop.state().print.owed, 0);
    let again = Command::PrintReceipt(NameOrder {
        order_id: order_id.clone(),
    });
    assert_eq!(shop.run(again.clone()).unwrap_err().code, Code::PrinterNotSet);
    shop.run(choose(PrinterKind::Pictures, false)).unwrap();
    sell(&mut shop);
    assert_eq!(shop.state().print.owed, 0);
    shop.run(again).unwrap();
    let mut printer = Scripted::default();
    print_all(&mut shop, &mut printer);
    assert!(printer.out.len() == 1 && !printer.out[0].contains("补打"));
}

#[test]
fn a_code_that_is_paid_prints_its_receipt_too_and_the_paid_screen_follows_it() {
    let mut shop = Shop::open();
    let tender = shop.sell_by_code();
    shop.hear(&crate::testkit::paid(&tender, 1));
    let waiting = shop.state().paid.unwrap().print.unwrap();
    assert_eq!(waiting.phase, PrintPhase::Waiting);
    let mut printer = Scripted::default();
    print_all(&mut shop, &mut printer);
    let printed = shop.state().paid.unwrap().print.unwrap();
    assert_eq!(printed.phase, PrintPhase::Printed);
    assert!(printer.out[0].contains("微信支付"));
}

#[test]
fn a_till_restored_from_a_copy_asks_before_it_prints_what_the_copy_owes() {
    let mut shop = Shop::open();
    sell(&mut shop);
    let mut shop = kept_copy(shop);
    let mut printer = Scripted::default();
    print_all(&mut shop, &mut printer);
    sell(&mut shop);
    let mut shop = restored(shop);
    assert_eq!(shop.state().print.phase, Some(PrintPhase::Unsure));
    print_all(&mut shop, &mut printer);
    assert_eq!(printer.out.len(), 1, "it had come out already");
}
