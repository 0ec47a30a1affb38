//! Shifts in the file: a close is whole or not at all, never changes afterwards, and comes back after a
//! restore.

use rusqlite::Connection;
use suanpan_domain::shift::ShiftState;
use suanpan_wire::journal::Mark;

use super::restore::{kept_copy, restored};
use super::search::plan;
use crate::rpc::Code;
use crate::rpc::shift::MoveDirection;
use crate::store::check;
use crate::sync::Reach;
use crate::testkit::{Shop, paid};

const BOTTLE: &str = "6928804011142";

fn beside(shop: &Shop) -> Connection {
    Connection::open(shop.folder.path().join("data").join("till.db")).unwrap()
}

#[test]
fn what_a_shift_is_asked_for_walks_an_index() {
    let shop = Shop::open();
    for (sql, index) in [
        (
            "SELECT shift_id, business_day FROM shift WHERE state = 'OPEN'",
            "shift_open",
        ),
        (
            "SELECT left_minor FROM shift WHERE state = 'CLOSED' ORDER BY closed_at_ms DESC, turn DESC LIMIT 1",
            "shift_closed",
        ),
        (
            "SELECT moved FROM cash_move WHERE shift_id = 'a' ORDER BY turn",
            "cash_move_shift",
        ),
        (
            "SELECT f.amount_minor FROM money_fact f JOIN tender t USING (tender_no)
             WHERE f.shift_id = 'a' AND f.amends = 0 AND f.means = 'CASH_PAY'",
            "money_fact_shift",
        ),
        (
            "SELECT COUNT(*) FROM orders WHERE completed_in = 'a'",
            "orders_completed_in",
        ),
    ] {
        let plan = plan(shop.till.view(), sql);
        assert!(
            plan.contains(index) && !plan.contains("TEMP B-TREE"),
            "{sql}: {plan}"
        );
        assert!(
            !plan.contains("SCAN f") && !plan.contains("SCAN orders"),
            "{sql}: {plan}"
        );
    }
}

#[test]
fn f45_a_close_that_cannot_be_kept_leaves_the_shift_open_with_its_count() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    shop.count(&[(10_000, 1)]).unwrap();
    let refuse = "CREATE TRIGGER no_close BEFORE INSERT ON journal WHEN NEW.kind = 'shift_closed' BEGIN
                  SELECT RAISE(ABORT, 'no'); END";
    beside(&shop).execute_batch(refuse).unwrap();
    let refused = shop.close_shift(None).unwrap_err();
    assert_eq!(refused.code, Code::NotSaved);
    assert!(shop.state().shift.is_some());
    assert_eq!(shop.shift().counted_minor, Some(10_000));
    beside(&shop).execute_batch("DROP TRIGGER no_close").unwrap();
    let closed = shop.close_shift(None).unwrap();
    let kept = shop.till.view().shift(&closed.shift_id).unwrap().unwrap();
    assert_eq!(kept.state, ShiftState::Closed);
    assert_eq!(kept.closed.unwrap().counted_minor, closed.counted_minor);
}

#[test]
fn a_closed_shift_never_changes_and_an_altered_one_is_noticed() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    let closed = shop.count_and_close();
    let db = beside(&shop);
    for sql in ["UPDATE shift SET counted_minor = 1", "DELETE FROM shift"] {
        let refused = db.execute(sql, []).unwrap_err().to_string();
        assert!(
            refused.contains("a closed shift never") || refused.contains("never deleted"),
            "{refused}"
        );
    }
    db.execute_batch("DROP TRIGGER shift_closed_stays").unwrap();
    db.execute(
        "UPDATE shift SET closed = replace(closed, '\"counted_minor\":10000', '\"counted_minor\":9000')",
        [],
    )
    .unwrap();
    let view = shop.till.view();
    let flaw = check::entries(view, &Mark::genesis(), 10_000)
        .unwrap()
        .unwrap_err();
    assert!(flaw.0.contains(&closed.shift_id), "{flaw:?}");
}

#[test]
fn shifts_come_back_with_the_entries_of_a_restored_till() {
    let mut shop = kept_copy(Shop::open());
    shop.link(Reach::Up);
    shop.open_shift("100");
    shop.sell_for(BOTTLE, "5");
    let late = shop.sell_by_code();
    shop.run(crate::rpc::Command::PayPark(crate::rpc::Nothing {}))
        .unwrap();
    shop.move_cash(MoveDirection::Out, "50", Some("8888")).unwrap();
    let first = shop.count_and_close();
    shop.hear(&paid(&late, 1));
    shop.open_shift("50");
    shop.sell_for(BOTTLE, "");
    shop.count(&[(5_000, 1)]).unwrap();
    let report = shop.report(&first.shift_id);
    let screen = shop.shift();
    let lost = shop.till.view().entries_after(&Mark::genesis(), 1_000).unwrap();
    let mut shop = restored(shop);
    assert_eq!(shop.state().shift, None);
    shop.till.write(|tx| tx.adopt(&lost)).unwrap();
    assert_eq!(shop.report(&first.shift_id), report);
    let again = shop.shift();
    assert_eq!(
        (&again.head, again.expected_minor),
        (&screen.head, screen.expected_minor)
    );
    assert_eq!(
        (again.counted_minor, again.moves),
        (screen.counted_minor, screen.moves)
    );
    let view = shop.till.view();
    let whole = check::entries(view, &Mark::genesis(), 10_000).unwrap();
    assert!(whole.is_ok(), "{whole:?}");
    assert_eq!(shop.till.write(|tx| tx.adopt(&lost)).unwrap(), 0);
}

#[test]
fn a_shift_that_went_on_after_a_restore_is_closed_as_it_was_counted() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    let mut shop = kept_copy(shop);
    let shift_id = shop.state().shift.unwrap().shift_id;
    let closed = shop.count_and_close();
    let lost = shop.till.view().entries_after(&Mark::genesis(), 1_000).unwrap();
    let mut shop = restored(shop);
    assert_eq!(
        shop.state().shift.unwrap().shift_id,
        shift_id,
        "as it was in the copy"
    );
    shop.sell_for(BOTTLE, "5");
    shop.till.write(|tx| tx.adopt(&lost)).unwrap();
    assert_eq!(shop.state().shift, None);
    let report = shop.report(&shift_id);
    assert_eq!(report.shift.expected_minor, closed.expected_minor);
    assert_eq!(report.amendments[0].amount_minor, 350);
    let view = shop.till.view();
    assert!(check::entries(view, &Mark::genesis(), 10_000).unwrap().is_ok());
}

#[test]
fn a_shift_whose_end_was_lost_is_overtaken_by_the_one_opened_since() {
    let mut shop = kept_copy(Shop::open());
    shop.open_shift("100");
    shop.sell_for(BOTTLE, "5");
    let lost_id = shop.state().shift.unwrap().shift_id;
    let lost = shop.till.view().entries_after(&Mark::genesis(), 1_000).unwrap();
    let mut shop = restored(shop);
    shop.open_shift("103.5");
    shop.till.write(|tx| tx.adopt(&lost)).unwrap();
    assert_ne!(shop.state().shift.unwrap().shift_id, lost_id);
    assert_eq!(shop.shift().expected_minor, Some(10_350));
    let overtaken = shop.till.view().shift(&lost_id).unwrap().unwrap();
    assert_eq!(overtaken.state, ShiftState::Overtaken);
    assert_eq!(shop.count_and_close().expected_minor, 10_350);
}
