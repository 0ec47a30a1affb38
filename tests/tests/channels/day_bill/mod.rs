//! Twenty thousand trades of one day on both platforms, with differences planted among them: the platforms' own bills,
//! read by the centre's clients, against a centre's books. Each difference is found, and none is invented.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

mod bills;
mod books;

use std::collections::{BTreeMap, BTreeSet};

use suanpan_channels::bill::BillDay;
use suanpan_private_postgres::PrivatePostgres;
use suanpan_sandbox::PlatformName;
use suanpan_tests::house::clock::Stopwatch;
use suanpan_trade::centre::reconcile::{Compared, Progress, ReadBill};
use suanpan_trade::db::{AnyDb, Db, PostgresDb, SqliteDb};
use suanpan_trade::fault::Fault;
use suanpan_trade::office;
use suanpan_trade::rows::bill_day::{self, DayState};
use suanpan_trade::rows::bill_row::{self, Verdict};
use suanpan_trade::rows::pay_channel::PayChannel;
use suanpan_trade::rows::suspense::{self, SuspenseKind};
use suanpan_trade::{Centre, Room};

use super::desk::{Desk, HOUR_MS, both};
use bills::platform_side;
use books::{account, books_side, centre};

/// Trades of one platform; with two that makes the day of a chain of two hundred tills.
const TRADES: i64 = 10_000;
/// Every so many have a refund.
const REFUND_EVERY: i64 = 20;
/// What goes back of those.
const BACK_MINOR: i64 = 50;
const DAY: &str = "2026-11-26";

/// What is wrong with a trade, by where it is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    Nothing,
    /// The platform alone knows it.
    Unknown,
    /// It was also paid at this account under the number that it has at the other.
    Elsewhere,
    /// The platform took a fen less.
    OtherAmount,
    /// The books alone know it.
    NotBilled,
    /// The platform knows a refund of it that the books do not.
    UnknownRefund,
    /// The books know a refund of it that the platform does not.
    RefundNotBilled,
    /// The platform gave a fen more back.
    OtherRefund,
    /// It is closed in the books, and paid at the platform.
    Unheard,
    /// It is paid seconds before midnight, and stands in the next day's bill.
    Midnight,
}

/// Places at which something is planted, and what; three of each but the last.
const PLANTS: [(i64, Plant); 25] = [
    (11, Plant::Unknown),
    (4_012, Plant::Unknown),
    (9_998, Plant::Unknown),
    (13, Plant::Elsewhere),
    (4_013, Plant::Elsewhere),
    (9_993, Plant::Elsewhere),
    (0, Plant::OtherAmount),
    (199, Plant::OtherAmount),
    (200, Plant::OtherAmount),
    (1_001, Plant::NotBilled),
    (5_007, Plant::NotBilled),
    (9_997, Plant::NotBilled),
    (21, Plant::UnknownRefund),
    (3_333, Plant::UnknownRefund),
    (8_881, Plant::UnknownRefund),
    (40, Plant::RefundNotBilled),
    (2_000, Plant::RefundNotBilled),
    (9_980, Plant::RefundNotBilled),
    (60, Plant::OtherRefund),
    (3_060, Plant::OtherRefund),
    (9_960, Plant::OtherRefund),
    (77, Plant::Unheard),
    (6_543, Plant::Unheard),
    (9_901, Plant::Unheard),
    (9_999, Plant::Midnight),
];

fn plant(place: i64) -> Plant {
    let found = PLANTS.iter().find(|(at, _)| *at == place);
    found.map_or(Plant::Nothing, |(_, plant)| *plant)
}

/// What is to be found of a plant.
fn wanted(plant: Plant) -> Option<SuspenseKind> {
    match plant {
        Plant::Unknown => Some(SuspenseKind::UnknownTrade),
        Plant::OtherAmount | Plant::Elsewhere => Some(SuspenseKind::Mismatch),
        Plant::NotBilled => Some(SuspenseKind::NotBilled),
        Plant::UnknownRefund => Some(SuspenseKind::UnknownRefund),
        Plant::RefundNotBilled => Some(SuspenseKind::RefundNotBilled),
        Plant::OtherRefund => Some(SuspenseKind::RefundMismatch),
        Plant::Nothing | Plant::Unheard | Plant::Midnight => None,
    }
}

/// One trade of the day, the same on both sides but for what is planted.
#[derive(Clone, Copy)]
struct Sale {
    place: i64,
    enterprise_id: i64,
}

impl Sale {
    fn trade_no(self) -> i64 {
        self.enterprise_id * 1_000_000_000 + 7_000_000 + self.place
    }

    fn refund_no(self) -> i64 {
        self.enterprise_id * 1_000_000_000 + 8_000_000 + self.place
    }

    fn amount_minor(self) -> i64 {
        100 + self.place % 4_999
    }

    /// Spread over the day, in whole seconds as the platforms write them.
    fn paid_at_ms(self) -> i64 {
        let day = BillDay::parse(DAY).expect("a day");
        let second = if plant(self.place) == Plant::Midnight {
            86_395
        } else {
            self.place * 86_000 / TRADES
        };
        day.begins_at_ms() + second * 1_000
    }

    /// The same place at the other account.
    fn beside(self) -> Self {
        Self {
            enterprise_id: 3 - self.enterprise_id,
            ..self
        }
    }

    fn has_refund(self) -> bool {
        self.place % REFUND_EVERY == 0
    }

    /// Whether a bill has it, and when it says it was.
    fn billed_at_ms(self) -> Option<i64> {
        match plant(self.place) {
            Plant::NotBilled => None,
            Plant::Midnight => Some(self.paid_at_ms() + 10_000),
            Plant::Nothing
            | Plant::Unknown
            | Plant::Elsewhere
            | Plant::OtherAmount
            | Plant::UnknownRefund
            | Plant::RefundNotBilled
            | Plant::OtherRefund
            | Plant::Unheard => Some(self.paid_at_ms()),
        }
    }

    /// What the platform says went back.
    fn billed_refund(self) -> Option<i64> {
        match plant(self.place) {
            Plant::RefundNotBilled => None,
            Plant::UnknownRefund => Some(BACK_MINOR),
            Plant::OtherRefund => Some(BACK_MINOR + 1),
            Plant::Nothing
            | Plant::Unknown
            | Plant::Elsewhere
            | Plant::OtherAmount
            | Plant::NotBilled
            | Plant::Unheard
            | Plant::Midnight => self.has_refund().then_some(BACK_MINOR),
        }
    }
}

fn sales(enterprise_id: i64) -> impl Iterator<Item = Sale> {
    (0..TRADES).map(move |place| Sale { place, enterprise_id })
}

/// Works on what is due as the service does: steps, and the questions they lead to.
fn reconcile(centre: &Centre<AnyDb>, desks: &mut BTreeMap<i64, Desk>, now_ms: i64) {
    while let Some(work) = centre.claim_bill_day(now_ms).unwrap() {
        let desk = desks.get_mut(&work.enterprise_id).expect("its account");
        desk.now_ms = now_ms;
        if work.wants_bill {
            let bill = ReadBill::from(desk.bill(&work.day.to_string()).expect("the bill is ready"));
            while centre.compare_bill(&work, &bill, now_ms).unwrap() == Compared::More {}
        }
        while centre.check_bill_day(&work, now_ms).unwrap() == Progress::GoOn {}
    }
    for call in centre.due(now_ms, &Room::of(64)).calls {
        let desk = desks.get_mut(&call.enterprise_id).expect("its account");
        let seen = desk.ask(&call.call);
        centre.observe(&call, &seen, now_ms).unwrap();
    }
}

/// What is in suspense of an account: kind and trade.
fn found(centre: &Centre<AnyDb>, enterprise_id: i64) -> BTreeSet<(String, String)> {
    let open = centre
        .db()
        .read(|tx| Ok::<_, Fault>(suspense::open(tx)?))
        .unwrap();
    let of_account = open.iter().filter(|row| row.enterprise_id == enterprise_id);
    let found: Vec<_> = of_account
        .map(|row| (row.kind.name().to_owned(), row.trade_no.clone()))
        .collect();
    let distinct: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(distinct.len(), found.len(), "each is there once");
    distinct
}

fn planted(enterprise_id: i64) -> BTreeSet<(String, String)> {
    let each = PLANTS.iter().filter_map(|(place, plant)| {
        let sale = Sale {
            place: *place,
            enterprise_id,
        };
        let number = match plant {
            Plant::Elsewhere => sale.beside().trade_no(),
            _of_this_account => sale.trade_no(),
        };
        Some((wanted(*plant)?.name().to_owned(), number.to_string()))
    });
    each.collect()
}

/// Every row of the bill has its place: a trade or refund of ours, or a row of suspense. What the platform took for
/// them is kept to the fifth decimal.
fn every_row_has_its_place(centre: &Centre<AnyDb>, desk: &mut Desk, enterprise_id: i64) {
    let day = BillDay::parse(DAY).expect("a day");
    let (row, sums) = centre
        .db()
        .read(|tx| {
            let row = bill_day::find(tx, enterprise_id, day)?.expect("it was opened");
            let sums = bill_row::sums(tx, &row)?;
            Ok::<_, Fault>((row, sums))
        })
        .unwrap();
    assert_eq!((row.state, row.missing), (DayState::Done, 6));
    let count = |verdict| -> i64 {
        let of_verdict = sums.iter().filter(|sum| sum.verdict == verdict);
        of_verdict.map(|sum| sum.count).sum()
    };
    assert_eq!(count(Verdict::Asked), 0);
    assert_eq!(count(Verdict::Suspense), 15);
    assert_eq!(count(Verdict::Matched), row.row_count - 15);
    let bill = desk.bill(DAY).expect("the bill stays");
    let fees: i64 = bill.rows.iter().map(|row| row.fee.thousandths_of_fen()).sum();
    assert!(fees > 0, "the platform takes something");
    assert_eq!(sums.iter().map(|sum| sum.fee_milli).sum::<i64>(), fees);
}

#[test]
fn i15_of_twenty_thousand_trades_on_both_platforms_each_planted_difference_is_found_and_none_invented() {
    compare_a_day(SqliteDb::in_memory().unwrap().into());
}

#[test]
fn i15_on_a_server_each_planted_difference_of_twenty_thousand_trades_is_found_and_none_invented() {
    let server = PrivatePostgres::start().unwrap_or_else(|problem| panic!("{problem}"));
    server.create("day").unwrap();
    let address = server.url("day").parse().unwrap();
    compare_a_day(PostgresDb::open(&address).unwrap().into());
}

fn compare_a_day(db: AnyDb) {
    let accounts: Vec<PayChannel> = (1..)
        .zip([PlatformName::Wechat, PlatformName::Alipay])
        .map(|(enterprise_id, name)| account(enterprise_id, name))
        .collect();
    let centre = centre(db, &accounts);
    let mut desks = BTreeMap::new();
    for (desk, account) in both().into_iter().zip(&accounts) {
        books_side(&centre, account);
        desks.insert(account.enterprise_id, platform_side(desk, account.enterprise_id));
    }
    let mut now_ms = BillDay::parse(DAY).expect("a day").ends_at_ms() + 10 * HOUR_MS;
    centre.open_bill_days(now_ms).unwrap();
    let watch = Stopwatch::start();
    reconcile(&centre, &mut desks, now_ms);
    let took = watch.elapsed();
    now_ms += 10_000;
    reconcile(&centre, &mut desks, now_ms);
    for account in &accounts {
        assert_eq!(
            found(&centre, account.enterprise_id),
            planted(account.enterprise_id)
        );
        let desk = desks.get_mut(&account.enterprise_id).expect("its account");
        every_row_has_its_place(&centre, desk, account.enterprise_id);
    }
    // Once more, from the beginning: nothing is there twice.
    for account in &accounts {
        let day = BillDay::parse(DAY).expect("a day");
        centre
            .commit(now_ms, |ledger| {
                office::reconcile(ledger, "t", account.enterprise_id, day)
            })
            .unwrap();
    }
    reconcile(&centre, &mut desks, now_ms);
    for account in &accounts {
        assert_eq!(
            found(&centre, account.enterprise_id),
            planted(account.enterprise_id)
        );
        let desk = desks.get_mut(&account.enterprise_id).expect("its account");
        every_row_has_its_place(&centre, desk, account.enterprise_id);
    }
    println!("20,000 trades on both platforms compared both ways in {took:?}");
}
