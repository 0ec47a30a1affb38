//! Every row of the bench with tiny counts: it runs, and product and limit arrive at the same results. How
//! fast they are is for `./x bench`.

use suanpan_tests::bench::rows::ALL;
use suanpan_tests::bench::turn::Turn;
use suanpan_tests::bench::{Bench, Scale};

fn arrives_at_right_results(name: &str) {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let bench = Bench {
        scale: Scale::Smoke,
        folder: folder.path().to_owned(),
        turn: Turn::Ordinary,
    };
    let row = ALL
        .iter()
        .find(|row| row.name == name)
        .expect("the row is in the list");
    (row.measure)(&bench).unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[test]
fn b1_a_sale_writes_what_the_bare_transactions_write() {
    arrives_at_right_results("B1");
}

#[test]
fn b3_a_backlog_arrives_whole_and_once() {
    arrives_at_right_results("B3");
}

#[test]
fn b5_a_sale_is_held_once_whatever_the_centre_keeps_it_in() {
    arrives_at_right_results("B5");
}

#[test]
fn b6_every_trade_gets_its_code() {
    arrives_at_right_results("B6");
}

#[test]
fn b7_every_payment_is_heard_once_however_often_it_is_told() {
    arrives_at_right_results("B7");
}

#[test]
fn b8_a_scan_finds_what_a_bare_look_finds() {
    arrives_at_right_results("B8");
}

#[test]
fn b9_every_beginning_of_a_name_finds_something() {
    arrives_at_right_results("B9");
}

#[test]
fn b10_every_drawn_code_is_read_back() {
    arrives_at_right_results("B10");
}

#[test]
fn b11_takings_equal_the_facts_added_up_anew() {
    arrives_at_right_results("B11");
}

#[test]
fn every_till_that_waits_is_answered_when_its_time_is_over() {
    arrives_at_right_results("HELD");
}

#[test]
fn the_counter_sells_whatever_centre_and_catalogue_do() {
    arrives_at_right_results("WAITS");
}

/// Those that need the window are tried with the window's scenarios.
#[test]
fn every_row_without_a_window_is_tried_here() {
    let names: Vec<&str> = ALL.iter().filter(|row| !row.window).map(|row| row.name).collect();
    assert_eq!(
        names,
        [
            "B1", "B3", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "HELD", "WAITS"
        ]
    );
}
