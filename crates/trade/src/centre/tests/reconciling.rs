//! A day's bill against the books: what agrees, what is asked about, and what is left to a person.

use std::collections::BTreeMap;

use suanpan_channels::bill::{Bill, BillDay, BillEntry, BillRow, Fee};
use suanpan_domain::money::Fen;
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::platform::{Observation, PlatformState, RefundState};
use suanpan_domain::trade::TradeState;

use super::kit::{ENTERPRISE, START_MS, Shop, pay_channel};
use crate::centre::reconcile::{Compared, DayWork, NoBill, Progress, ReadBill};
use crate::db::Db;
use crate::fault::Fault;
use crate::office;
use crate::rows::bill_day::{self, DayRow, DayState};
use crate::rows::bill_row::{self, Kind, Verdict};
use crate::rows::pay_channel::PayChannel;
use crate::rows::suspense::{self, SuspenseKind, SuspenseRow};

/// What the platform takes of a payment.
const FEE: &str = "0.17";

pub type Bills = BTreeMap<String, Bill>;

/// The day on which the scripted platform's payments happen.
pub fn day() -> BillDay {
    BillDay::of(START_MS)
}

pub fn paid(trade_no: &str, amount: i64) -> BillRow {
    BillRow {
        at_ms: START_MS,
        trade_no: trade_no.to_owned(),
        transaction_id: format!("4200{trade_no}"),
        entry: BillEntry::Paid {
            amount: Fen::new(amount),
        },
        fee: Fee::parse_yuan(FEE).unwrap(),
    }
}

pub fn returned(trade_no: &str, refund_no: &str, amount: i64, state: Option<RefundState>) -> BillRow {
    BillRow {
        entry: BillEntry::Returned {
            refund_no: Some(refund_no.to_owned()),
            refund_id: Some("50".into()),
            amount: Fen::new(amount),
            state,
        },
        fee: Fee::parse_yuan("-0.01").unwrap(),
        ..paid(trade_no, amount)
    }
}

pub fn bills(rows: Vec<BillRow>) -> Bills {
    Bills::from([(day().to_string(), Bill { rows })])
}

impl Shop {
    /// The next morning at ten, when the bill is there.
    pub fn next_morning(&mut self) {
        self.now_ms = day().ends_at_ms() + 10 * 3_600_000;
        self.centre.open_bill_days(self.now_ms).unwrap();
    }

    pub fn claim(&self) -> Option<DayWork> {
        self.centre.claim_bill_day(self.now_ms).unwrap()
    }

    /// Works on every day that is due, as the service does.
    pub fn reconcile(&self, bills: &Bills) {
        while let Some(work) = self.claim() {
            if !work.wants_bill || self.read_bill(&work, bills) {
                while self.centre.check_bill_day(&work, self.now_ms).unwrap() == Progress::GoOn {}
            }
        }
    }

    fn read_bill(&self, work: &DayWork, bills: &Bills) -> bool {
        let Some(bill) = bills.get(&work.day.to_string()) else {
            let why = NoBill::Missing("NO_STATEMENT_EXIST".into());
            return self.centre.no_bill(work, &why, self.now_ms).unwrap() == Progress::GoOn;
        };
        let bill = ReadBill::from(bill.clone());
        loop {
            match self.centre.compare_bill(work, &bill, self.now_ms).unwrap() {
                Compared::More => {}
                Compared::Whole => return true,
                Compared::NotOurs => return false,
            }
        }
    }

    pub fn bill_day(&self, day: BillDay) -> DayRow {
        let found = self
            .centre
            .db()
            .read(|tx| Ok::<_, Fault>(bill_day::find(tx, ENTERPRISE, day)?));
        found.unwrap().expect("the day was opened")
    }

    pub fn suspense(&self) -> Vec<SuspenseRow> {
        let open = self.centre.db().read(|tx| Ok::<_, Fault>(suspense::open(tx)?));
        open.unwrap()
    }

    pub fn kinds(&self) -> Vec<SuspenseKind> {
        self.suspense().iter().map(|row| row.kind).collect()
    }

    /// How many rows of the day's bill have that verdict.
    fn verdicts(&self, verdict: Verdict) -> i64 {
        self.sums()
            .iter()
            .filter(|sum| sum.verdict == verdict)
            .map(|sum| sum.count)
            .sum()
    }

    fn sums(&self) -> Vec<bill_row::Sum> {
        let row = self.bill_day(day());
        let sums = self
            .centre
            .db()
            .read(|tx| Ok::<_, Fault>(bill_row::sums(tx, &row)?));
        sums.unwrap()
    }

    /// A tender that is paid and known to be.
    pub fn sold(&mut self, tender: i64, amount: i64) -> String {
        let trade_no = self.create(tender, "k1", amount).unwrap().trades[0]
            .trade_no
            .clone();
        self.platform.pay(&trade_no);
        self.pass(6);
        assert_eq!(self.query(tender).state, PayOrderState::Paid);
        trade_no
    }

    /// A tender whose code was closed unpaid, watched for as long as closed codes are.
    pub fn closed(&mut self, tender: i64, amount: i64) -> String {
        let trade_no = self.create(tender, "k1", amount).unwrap().trades[0]
            .trade_no
            .clone();
        self.close(tender).unwrap();
        self.pass(5);
        assert_eq!(self.query(tender).state, PayOrderState::Canceled);
        trade_no
    }

    fn refund_of(&mut self, trade_no: &str, amount: i64) -> String {
        let number = trade_no.parse().unwrap();
        self.do_it(|ledger| office::refund(ledger, "t", number, "k", amount));
        self.tick();
        let sql = format!("SELECT refund_no FROM refund_record WHERE trade_no = {trade_no}");
        self.number(&sql).to_string()
    }
}

#[test]
fn a_day_that_agrees_is_done_with_its_fees_and_nothing_in_suspense() {
    let mut shop = Shop::open();
    let trade_no = shop.sold(21, 2810);
    let refund_no = shop.refund_of(&trade_no, 800);
    shop.next_morning();
    let bills = bills(vec![
        paid(&trade_no, 2810),
        returned(&trade_no, &refund_no, 800, Some(RefundState::Success)),
    ]);
    shop.reconcile(&bills);
    let row = shop.bill_day(day());
    assert_eq!(
        (row.state, row.row_count, row.missing, row.next_try_at_ms),
        (DayState::Done, 2, 0, None)
    );
    assert_eq!(shop.kinds(), []);
    let fees: Vec<_> = shop
        .sums()
        .iter()
        .map(|sum| (sum.kind, sum.verdict, sum.amount_minor, sum.fee_milli))
        .collect();
    assert_eq!(
        fees,
        [
            (Kind::Paid, Verdict::Matched, 2810, 17_000),
            (Kind::Returned, Verdict::Matched, 800, -1_000)
        ]
    );
    assert!(
        shop.claim().is_none(),
        "a day that is done is not looked at again"
    );
}

#[test]
fn p25_a_bill_moves_no_refund_whatever_state_it_was_written_with() {
    let mut shop = Shop::open();
    let trade_no = shop.sold(21, 2810);
    let refund_no = shop.refund_of(&trade_no, 800);
    shop.next_morning();
    let said = Some(RefundState::Processing);
    shop.reconcile(&bills(vec![
        paid(&trade_no, 2810),
        returned(&trade_no, &refund_no, 800, said),
    ]));
    assert_eq!(shop.bill_day(day()).state, DayState::Done);
    assert_eq!(shop.number("SELECT refund_status FROM refund_record"), 2);
    assert_eq!(shop.kinds(), []);
}

#[test]
fn f27_f31_a_closed_code_that_the_bill_knows_as_paid_is_asked_about_and_its_money_comes_late() {
    let mut shop = Shop::open();
    let trade_no = shop.closed(21, 2810);
    // Its watch is over, no callback has come, and then somebody looks into the bill.
    shop.do_it(|ledger| {
        ledger.execute(
            "UPDATE trade SET next_call = NULL, next_call_at_ms = NULL, asked = 99",
            &[],
        )?;
        Ok(())
    });
    shop.platform.pay(&trade_no);
    shop.next_morning();
    let bills = bills(vec![paid(&trade_no, 2810)]);
    shop.reconcile(&bills);
    assert_eq!(shop.bill_day(day()).state, DayState::Asking);
    assert_eq!(shop.verdicts(Verdict::Asked), 1);
    shop.tick();
    let late = shop.query(21);
    assert_eq!(late.trades[0].disposition, Disposition::Late);
    shop.now_ms += 10_000;
    shop.reconcile(&bills);
    assert_eq!(shop.bill_day(day()).state, DayState::Done);
    assert_eq!(shop.verdicts(Verdict::Matched), 1);
    assert_eq!(shop.kinds(), [], "the money has its place: it comes late");
    shop.pass(660);
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn a_payment_that_only_the_bill_knows_is_left_to_a_person_once_the_platform_has_denied_it() {
    let mut shop = Shop::open();
    let trade_no = shop.closed(21, 2810);
    shop.next_morning();
    let bills = bills(vec![paid(&trade_no, 2810)]);
    shop.reconcile(&bills);
    shop.platform.lose_replies = 1;
    shop.tick();
    shop.now_ms += 10_000;
    shop.reconcile(&bills);
    assert_eq!(
        (shop.bill_day(day()).state, shop.kinds()),
        (DayState::Asking, vec![]),
        "silence is no answer"
    );
    for _ in 0..3 {
        shop.now_ms += 120_000;
        shop.tick();
        shop.reconcile(&bills);
    }
    assert_eq!(shop.bill_day(day()).state, DayState::Done);
    assert_eq!(shop.kinds(), [SuspenseKind::BillOnly]);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Closed);
}

#[test]
fn f34_money_of_an_unknown_number_is_matched_to_nothing_by_its_amount() {
    let mut shop = Shop::open();
    let one = shop.create(21, "k1", 1500).unwrap().trades[0].trade_no.clone();
    shop.create(22, "k1", 1500).unwrap();
    shop.next_morning();
    shop.reconcile(&bills(vec![paid("999", 1500), paid("ERP-7", 1500)]));
    assert_eq!(
        shop.kinds(),
        [SuspenseKind::UnknownTrade, SuspenseKind::UnknownTrade]
    );
    assert_ne!(shop.query(21).state, PayOrderState::Paid);
    assert_ne!(shop.query(22).state, PayOrderState::Paid);
    assert_ne!(shop.platform.state_of(&one), PlatformState::Paid);
}

#[test]
fn p22_what_a_callback_has_put_in_suspense_is_not_there_twice_after_the_bill() {
    let mut shop = Shop::open();
    shop.callback(&shop.paid_notice("999", 77));
    assert_eq!(shop.kinds(), [SuspenseKind::UnknownTrade]);
    shop.next_morning();
    shop.reconcile(&bills(vec![paid("999", 77)]));
    assert_eq!(shop.kinds(), [SuspenseKind::UnknownTrade]);
    assert_eq!(shop.bill_day(day()).state, DayState::Done);
}

#[test]
fn another_amount_or_another_payment_under_a_number_of_ours_is_left_to_a_person() {
    let mut shop = Shop::open();
    let other_amount = shop.sold(21, 2810);
    let twice = shop.sold(22, 500);
    shop.next_morning();
    let second = BillRow {
        transaction_id: "4201".into(),
        ..paid(&twice, 500)
    };
    shop.reconcile(&bills(vec![paid(&other_amount, 2801), paid(&twice, 500), second]));
    assert_eq!(shop.kinds(), [SuspenseKind::Mismatch, SuspenseKind::Mismatch]);
    assert_eq!(shop.suspense()[0].amount_minor, Some(2801));
    assert_eq!(shop.verdicts(Verdict::Matched), 1);
}

#[test]
fn p30_a_refund_of_another_amount_or_of_nobody_is_left_to_a_person() {
    let mut shop = Shop::open();
    let trade_no = shop.sold(21, 2810);
    let refund_no = shop.refund_of(&trade_no, 800);
    shop.next_morning();
    shop.reconcile(&bills(vec![
        paid(&trade_no, 2810),
        returned(&trade_no, &refund_no, 801, None),
        returned(&trade_no, "by-hand", 10, None),
    ]));
    assert_eq!(
        shop.kinds(),
        [SuspenseKind::RefundMismatch, SuspenseKind::UnknownRefund]
    );
}

#[test]
fn a_refused_refund_that_the_bill_knows_as_done_is_asked_about() {
    let mut shop = Shop::open();
    let trade_no = shop.sold(21, 2810);
    shop.platform.refund_answers.push(Observation::Refused {
        code: "PARAM_ERROR".into(),
        message: String::new(),
    });
    let refund_no = shop.refund_of(&trade_no, 800);
    assert_eq!(shop.number("SELECT refund_status FROM refund_record"), 3);
    let done = (trade_no.clone(), Fen::new(800), RefundState::Success);
    shop.platform.refunds.insert(refund_no.clone(), done);
    shop.next_morning();
    let bills = bills(vec![
        paid(&trade_no, 2810),
        returned(&trade_no, &refund_no, 800, None),
    ]);
    shop.reconcile(&bills);
    // The answers are lost for a while: silence is none, and nobody is told of a difference by it.
    shop.platform.lose_replies = 3;
    for _ in 0..3 {
        shop.tick();
        shop.now_ms += 60_000;
        shop.reconcile(&bills);
        assert_eq!(
            (shop.bill_day(day()).state, shop.kinds()),
            (DayState::Asking, vec![])
        );
    }
    for _ in 0..5 {
        shop.tick();
        shop.now_ms += 600_000;
        shop.reconcile(&bills);
    }
    assert_eq!(shop.number("SELECT refund_status FROM refund_record"), 2);
    assert_eq!(
        (shop.bill_day(day()).state, shop.kinds()),
        (DayState::Done, vec![])
    );
}

#[test]
fn what_is_ours_and_in_no_bill_is_noted_once_however_often_the_day_is_run() {
    let mut shop = Shop::open();
    let trade_no = shop.sold(21, 2810);
    let absent = shop.sold(22, 500);
    shop.refund_of(&trade_no, 800);
    shop.next_morning();
    let bills = bills(vec![paid(&trade_no, 2810)]);
    for _ in 0..2 {
        shop.reconcile(&bills);
        assert_eq!(shop.bill_day(day()).missing, 2);
        assert_eq!(
            shop.kinds(),
            [SuspenseKind::NotBilled, SuspenseKind::RefundNotBilled]
        );
        assert_eq!(shop.suspense()[0].trade_no, absent);
        shop.do_it(|ledger| office::reconcile(ledger, "t", ENTERPRISE, day()));
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM bill_row"), 1);
}

#[test]
fn a_payment_code_that_was_taken_back_is_no_difference() {
    let mut shop = Shop::open();
    shop.platform.charge_answers.push(Observation::Busy);
    let trade_no = shop.charge(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.pass(40);
    shop.platform.set(&trade_no, PlatformState::Returned);
    let took_back = BillRow {
        entry: BillEntry::Reversed {
            amount: Fen::new(2810),
        },
        ..paid(&trade_no, 2810)
    };
    assert_eq!(shop.query(21).trades[0].state, TradeState::Closed);
    shop.next_morning();
    let bills = bills(vec![paid(&trade_no, 2810), took_back]);
    shop.reconcile(&bills);
    shop.tick();
    shop.now_ms += 10_000;
    shop.reconcile(&bills);
    assert_eq!(
        (shop.bill_day(day()).state, shop.kinds()),
        (DayState::Done, vec![])
    );
    assert_eq!(shop.verdicts(Verdict::TakenBack), 2);
}

#[test]
fn a_row_of_a_new_kind_is_for_a_person_and_the_others_are_compared_as_ever() {
    let mut shop = Shop::open();
    let trade_no = shop.sold(21, 2810);
    let unfamiliar = |amount| BillRow {
        entry: BillEntry::Unfamiliar {
            word: "转账".to_owned(),
            amount: Fen::new(amount),
        },
        ..paid("of somebody", 500)
    };
    shop.next_morning();
    let bills = bills(vec![unfamiliar(-500), paid(&trade_no, 2810), unfamiliar(-501)]);
    for _ in 0..2 {
        shop.reconcile(&bills);
        shop.now_ms += 10_000;
        assert_eq!(shop.bill_day(day()).state, DayState::Done);
        assert_eq!(shop.verdicts(Verdict::Matched), 1);
        assert_eq!(shop.kinds(), [SuspenseKind::UnknownRow; 2]);
        shop.do_it(|ledger| office::reconcile(ledger, "t", ENTERPRISE, day()));
    }
    let rows = shop.suspense();
    assert_eq!(
        (rows[0].amount_minor, rows[1].amount_minor),
        (Some(-500), Some(-501))
    );
    assert!(rows[0].detail.contains("转账"), "{}", rows[0].detail);
}

#[test]
fn a_day_that_cannot_be_read_keeps_no_other_waiting() {
    let mut shop = Shop::open();
    shop.do_it(|ledger| {
        let other = PayChannel {
            enterprise_id: ENTERPRISE + 1,
            ..pay_channel()
        };
        office::put_channel(ledger, "t", &other)
    });
    shop.next_morning();
    shop.do_it(|ledger| {
        let damage = format!("UPDATE bill_day SET state = 'NONE_OF_OURS' WHERE enterprise_id = {ENTERPRISE}");
        ledger.execute(&damage, &[])?;
        Ok(())
    });
    let claimed = shop.claim().map(|work| work.enterprise_id);
    assert_eq!(claimed, Some(ENTERPRISE + 1));
    assert_eq!(shop.claim(), None);
}
