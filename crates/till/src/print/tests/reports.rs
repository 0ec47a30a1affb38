//! Shift reports on paper: frozen at the moment somebody asked, and copies that say so.

use suanpan_wire::entry::Said;

use super::*;
use crate::rpc::print::PrintReport;
use crate::rpc::shift::SetBlind;
use crate::rpc::{Approval, Code, Command};

fn ask(shop: &mut Shop, shift_id: Option<&str>) -> Result<(), crate::rpc::Problem> {
    let shift_id = shift_id.map(str::to_owned);
    shop.run(Command::PrintReport(PrintReport { shift_id }))
        .map(|_| ())
}

#[test]
fn an_interim_report_shows_what_was_asked_for_however_late_it_prints() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    shop.sell_for("6928804011142", "5");
    ask(&mut shop, None).unwrap();
    shop.sell_for("6928804011142", "5");
    shop.count_and_close();
    let mut printer = Scripted::default();
    print_all(&mut shop, &mut printer);
    let reports: Vec<&String> = printer
        .out
        .iter()
        .filter(|text| text.contains("班中报表"))
        .collect();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].contains("103.50") && !reports[0].contains("107.00"));
    assert!(
        !reports[0].contains("点得"),
        "nothing was counted: {}",
        reports[0]
    );
}

#[test]
fn a_closed_shift_is_printed_and_its_second_paper_is_a_copy() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    shop.sell_for("6928804011142", "5");
    let closed = shop.count_and_close();
    for _ in 0..2 {
        ask(&mut shop, Some(&closed.shift_id)).unwrap();
    }
    let mut printer = Scripted::default();
    print_all(&mut shop, &mut printer);
    let [_receipt, first, second] = &printer.out[..] else {
        panic!("a receipt and two reports: {:?}", printer.out);
    };
    assert!(first.contains("交班单") && first.contains("103.50") && !first.contains("补打"));
    assert!(second.contains("补打 1"));
    let made = shop.said().into_iter().filter_map(|said| match said {
        Said::ReportMade { interim, copy, .. } => Some((interim, copy)),
        _ => None,
    });
    assert_eq!(made.collect::<Vec<_>>(), [(false, 1), (false, 2)]);
}

#[test]
fn what_cannot_be_reported_is_refused() {
    let mut shop = Shop::open();
    assert_eq!(ask(&mut shop, None).unwrap_err().code, Code::ShiftNotOpen);
    assert_eq!(
        ask(&mut shop, Some("none")).unwrap_err().code,
        Code::ShiftNotFound
    );
    shop.open_shift("100");
    let blind = SetBlind {
        blind: true,
        approval: Some(Approval { pin: "8888".into() }),
    };
    shop.till.execute(Command::ShiftBlind(blind)).unwrap();
    assert_eq!(ask(&mut shop, None).unwrap_err().code, Code::CountIsBlind);
    assert_eq!(shop.state().print.owed, 0);
}

#[test]
fn a_report_that_may_have_come_out_is_printed_again_as_a_copy() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    ask(&mut shop, None).unwrap();
    let mut printer = Scripted {
        forgets: true,
        ..Scripted::default()
    };
    let queue::Next::Print(paper) = queue::next(&mut shop.till).unwrap() else {
        panic!("a report is owed");
    };
    printer.print(&paper);
    let mut shop = shop.restart();
    print_all(&mut shop, &mut printer);
    assert!(!printer.out[0].contains("补打") && printer.out[1].contains("补打 1"));
}
