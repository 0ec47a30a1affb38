//! Which days are reconciled and when: claims, crashes, bills that are late or empty, and midnight.

use suanpan_channels::bill::{Bill, BillDay, BillRow};

use super::kit::{ENTERPRISE, START_MS, Shop};
use super::reconciling::{Bills, bills, day, paid};
use crate::centre::reconcile::{CLAIM_MS, Compared, NoBill, Progress, ROWS_PER_STEP, ReadBill};
use crate::rows::bill_day::DayState;
use crate::rows::suspense::SuspenseKind;

fn paid_at(shop: &Shop, trade_no: &str, at_ms: i64) {
    let number: i64 = trade_no.parse().unwrap();
    shop.do_it(|ledger| {
        ledger.execute(
            "UPDATE trade SET paid_at_ms = ?2 WHERE trade_no = ?1",
            crate::params![number, at_ms],
        )?;
        Ok(())
    });
}

fn next() -> BillDay {
    day().after()
}

/// The days after the first of two, with the bills that are there.
fn both(one: Vec<BillRow>, other: Vec<BillRow>) -> Bills {
    Bills::from([
        (day().to_string(), Bill { rows: one }),
        (next().to_string(), Bill { rows: other }),
    ])
}

/// Lets the time of the next look at a trade come; whether there was to be one.
fn look(shop: &mut Shop, trade_no: &str) -> bool {
    let planned = format!("SELECT COALESCE(next_call_at_ms, 0) FROM trade WHERE trade_no = {trade_no}");
    let at_ms = shop.number(&planned);
    if at_ms > 0 {
        shop.now_ms = shop.now_ms.max(at_ms);
        shop.tick();
    }
    at_ms > 0
}

#[test]
fn what_is_closed_is_looked_at_until_the_bill_of_its_day_has_been_compared() {
    let mut shop = Shop::open();
    let sold = shop.sold(20, 500);
    let trade_no = shop.closed(21, 2810);
    while shop.now_ms < START_MS + 4 * 86_400_000 {
        assert!(
            look(&mut shop, &trade_no),
            "no bill has said that it was not paid"
        );
    }
    shop.centre.open_bill_days(shop.now_ms).unwrap();
    shop.reconcile(&bills(vec![paid(&sold, 500)]));
    assert_eq!(shop.bill_day(day()).state, DayState::Done);
    assert!(look(&mut shop, &trade_no));
    assert!(!look(&mut shop, &trade_no), "its day is done");
}

#[test]
fn what_is_closed_is_looked_at_for_two_weeks_where_no_bill_ever_comes() {
    let mut shop = Shop::open();
    let trade_no = shop.closed(21, 2810);
    let mut looks = 0;
    while look(&mut shop, &trade_no) {
        looks += 1;
        assert!(looks < 50, "it ends");
    }
    let days = (shop.now_ms - START_MS) / 86_400_000;
    assert!((13..=15).contains(&days), "{days} days, {looks} looks");
    // Paid all the same, and told of later still, it has its place.
    shop.platform.pay(&trade_no);
    assert_eq!(shop.callback(&shop.paid_notice(&trade_no, 2810)).status, 204);
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM trade WHERE disposition = 'LATE'"),
        1
    );
}

#[test]
fn a_day_is_opened_once_it_is_over_and_asked_for_from_ten_in_the_morning_on() {
    let mut shop = Shop::open();
    shop.sold(21, 2810);
    shop.now_ms = day().ends_at_ms() + 60_000;
    for _ in 0..2 {
        shop.centre.open_bill_days(shop.now_ms).unwrap();
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM bill_day"), 1);
    assert!(shop.claim().is_none(), "it is not ten yet");
    shop.now_ms = day().ends_at_ms() + 10 * 3_600_000;
    assert_eq!(shop.claim().map(|work| work.day), Some(day()));
    assert!(shop.claim().is_none(), "one process works on it");
}

#[test]
fn a_centre_that_was_away_opens_every_day_since_its_first_money() {
    let mut shop = Shop::open();
    shop.sold(21, 2810);
    shop.now_ms = START_MS + 5 * 86_400_000;
    shop.centre.open_bill_days(shop.now_ms).unwrap();
    assert_eq!(shop.number("SELECT COUNT(*) FROM bill_day"), 5);
}

#[test]
fn a_crash_loses_nothing_and_another_process_goes_on_at_the_row() {
    let mut shop = Shop::open();
    let mut rows: Vec<BillRow> = (0..ROWS_PER_STEP * 2 + 50)
        .map(|at| paid(&format!("{}", 900_000 + at), 100))
        .collect();
    shop.next_morning();
    let work = shop.claim().unwrap();
    let bill = ReadBill::from(Bill { rows: rows.clone() });
    assert_eq!(
        shop.centre.compare_bill(&work, &bill, shop.now_ms).unwrap(),
        Compared::More
    );
    let mut shop = shop.restart();
    assert!(shop.claim().is_none(), "the claim of the crashed one still holds");
    shop.now_ms += CLAIM_MS;
    let again = shop.claim().unwrap();
    assert_eq!(
        shop.centre.compare_bill(&work, &bill, shop.now_ms).unwrap(),
        Compared::NotOurs,
        "what comes under the older claim is not written"
    );
    assert_eq!(
        shop.centre.compare_bill(&again, &bill, shop.now_ms).unwrap(),
        Compared::More
    );
    let many = i64::try_from(rows.len()).unwrap();
    let steps = i64::try_from(ROWS_PER_STEP).unwrap();
    assert_eq!(shop.bill_day(day()).position, 2 * steps);
    assert_eq!(shop.number("SELECT COUNT(*) FROM bill_row"), 2 * steps);
    // The platform shows another bill from now on: it is read from its beginning.
    rows.push(paid("999999", 1));
    let other = ReadBill::from(Bill { rows });
    while shop.centre.compare_bill(&again, &other, shop.now_ms).unwrap() == Compared::More {}
    while shop.centre.check_bill_day(&again, shop.now_ms).unwrap() == Progress::GoOn {}
    let row = shop.bill_day(day());
    assert_eq!(
        (row.state, row.reading, row.row_count),
        (DayState::Done, 2, many + 1)
    );
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM suspense"),
        many + 1,
        "each is in suspense once"
    );
}

#[test]
fn a_bill_that_is_not_there_is_asked_for_again_until_there_is_none_for_good() {
    let mut shop = Shop::open();
    shop.next_morning();
    let none = Bills::new();
    shop.reconcile(&none);
    let row = shop.bill_day(day());
    assert_eq!((row.state, row.tried), (DayState::Reading, 1));
    assert_eq!(row.problem.as_deref(), Some("NO_STATEMENT_EXIST"));
    assert_eq!(row.next_try_at_ms, Some(shop.now_ms + 300_000));
    let open = |shop: &Shop| shop.centre.standing(shop.now_ms).unwrap().bill_days;
    assert_eq!(open(&shop)[0].1, 1);
    shop.now_ms += 4 * 3_600_000;
    shop.reconcile(&none);
    let row = shop.bill_day(day());
    assert_eq!(
        (row.state, row.row_count, row.problem),
        (DayState::Done, 0, None),
        "nothing was collected that day"
    );
    assert_eq!(open(&shop), []);
    assert_eq!(shop.kinds(), []);
}

#[test]
fn no_bill_of_a_day_that_sold_is_believed_after_three_days_only() {
    let mut shop = Shop::open();
    shop.sold(21, 2810);
    shop.next_morning();
    let none = Bills::new();
    for _ in 0..71 {
        shop.now_ms += 3_600_000;
        shop.reconcile(&none);
        assert_eq!(shop.bill_day(day()).state, DayState::Reading);
    }
    shop.now_ms += 2 * 3_600_000;
    shop.reconcile(&none);
    assert_eq!(shop.kinds(), [SuspenseKind::NotBilled]);
}

#[test]
fn what_could_not_be_fetched_is_never_taken_for_an_empty_day() {
    let mut shop = Shop::open();
    shop.next_morning();
    for _ in 0..30 {
        let work = shop.claim().unwrap();
        let why = NoBill::Vain("the bytes differ from those announced".into());
        assert_eq!(
            shop.centre.no_bill(&work, &why, shop.now_ms).unwrap(),
            Progress::Rest
        );
        shop.now_ms += 86_400_000;
    }
    assert_eq!(shop.bill_day(day()).state, DayState::Reading);
}

#[test]
fn a_payment_before_midnight_may_stand_in_the_next_days_bill() {
    let mut shop = Shop::open();
    let first = shop.sold(21, 2810);
    let near = shop.sold(22, 500);
    paid_at(&shop, &near, day().ends_at_ms() - 60_000);
    shop.next_morning();
    let stands = both(vec![paid(&first, 2810)], vec![paid(&near, 500)]);
    shop.reconcile(&stands);
    assert_eq!(shop.bill_day(day()).state, DayState::Done);
    assert_eq!(shop.kinds(), [], "the next day's bill is yet to come");
    shop.now_ms += 86_400_000;
    shop.centre.open_bill_days(shop.now_ms).unwrap();
    shop.reconcile(&stands);
    assert_eq!(shop.bill_day(next()).state, DayState::Done);
    assert_eq!(shop.kinds(), []);
}

#[test]
fn a_payment_near_midnight_in_neither_bill_is_found_by_whichever_is_read_last() {
    for late_first in [false, true] {
        let mut shop = Shop::open();
        let first = shop.sold(21, 2810);
        let near = shop.sold(22, 500);
        paid_at(&shop, &near, day().ends_at_ms() - 60_000);
        shop.next_morning();
        shop.now_ms += 86_400_000;
        shop.centre.open_bill_days(shop.now_ms).unwrap();
        let mut read = both(vec![paid(&first, 2810)], vec![paid("77", 1)]);
        let withheld = late_first.then(|| read.remove(&day().to_string())).flatten();
        shop.reconcile(&read);
        if let Some(bill) = withheld {
            assert_eq!(shop.kinds(), [SuspenseKind::UnknownTrade]);
            read.insert(day().to_string(), bill);
            shop.now_ms += 300_000;
            shop.reconcile(&read);
        }
        let kinds = shop.kinds();
        assert!(
            kinds.contains(&SuspenseKind::NotBilled),
            "{late_first}: {kinds:?}"
        );
        assert_eq!(kinds.len(), 2, "{late_first}: {kinds:?}");
    }
}

#[test]
fn an_account_out_of_use_is_reconciled_only_where_money_moved() {
    let mut shop = Shop::open();
    shop.sold(21, 2810);
    shop.do_it(|ledger| {
        crate::office::change_channel(ledger, "t", ENTERPRISE, |channel| channel.enabled = false)
    });
    shop.now_ms = START_MS + 5 * 86_400_000;
    shop.centre.open_bill_days(shop.now_ms).unwrap();
    assert_eq!(shop.number("SELECT COUNT(*) FROM bill_day"), 1);
    shop.reconcile(&bills(Vec::new()));
    assert_eq!(shop.kinds(), [SuspenseKind::NotBilled]);
}
