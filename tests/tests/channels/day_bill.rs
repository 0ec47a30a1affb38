//! Twenty thousand trades of one day on both platforms, with differences planted among them: the platforms' own bills,
//! read by the centre's clients, against a centre's books. Each difference is found, and none is invented.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use suanpan_channels::bill::BillDay;
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::refund::RefundState;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{TradeState, Way};
use suanpan_sandbox::{PlatformName, alipay_apps, merchants};
use suanpan_tests::house::clock::Stopwatch;
use suanpan_trade::centre::reconcile::{Compared, Progress, ReadBill};
use suanpan_trade::db::{AnyDb, Db, SqliteDb};
use suanpan_trade::fault::Fault;
use suanpan_trade::ledger::Ledger;
use suanpan_trade::merchants::MerchantError;
use suanpan_trade::office;
use suanpan_trade::rows::bill_day::{self, DayState};
use suanpan_trade::rows::bill_row::{self, Verdict};
use suanpan_trade::rows::lease::Lease;
use suanpan_trade::rows::pay_channel::PayChannel;
use suanpan_trade::rows::pay_order::{self, NO_TILL, PayOrder};
use suanpan_trade::rows::refund::{self, Refund};
use suanpan_trade::rows::suspense::{self, SuspenseKind};
use suanpan_trade::rows::trade::{self, Trade};
use suanpan_trade::{Centre, CentreParts, Settings};
use suanpan_wire::sign::SigningKey;

use super::desk::{Desk, HOUR_MS, NOON_MS, both};

/// Trades of one platform; with two that makes the day of a chain of two hundred tills.
const TRADES: i64 = 10_000;
/// Trades written to the books in one transaction.
const TRADES_PER_WRITE: i64 = 500;
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
const PLANTS: [(i64, Plant); 22] = [
    (11, Plant::Unknown),
    (4_012, Plant::Unknown),
    (9_998, Plant::Unknown),
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
        Plant::OtherAmount => Some(SuspenseKind::Mismatch),
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

/// A platform that has taken the day's payments: one is really made, the others are copies with other numbers.
fn platform_side(mut desk: Desk, enterprise_id: i64) -> Desk {
    desk.pay();
    desk.now_ms += 1_000;
    desk.refund("88001", BACK_MINOR);
    desk.platform.settle_refunds(None, desk.now_ms);
    let mut kept: Value = serde_json::from_str(&desk.platform.kept().unwrap()).unwrap();
    let list = match desk.name {
        PlatformName::Wechat => "trades",
        PlatformName::Alipay => "alipay_trades",
    };
    let template = kept[list][0].clone();
    let copies = sales(enterprise_id).filter_map(|sale| match desk.name {
        PlatformName::Wechat => wechat_copy(&template, sale),
        PlatformName::Alipay => alipay_copy(&template, sale),
    });
    kept[list] = copies.collect();
    kept["codes"] = json!([]);
    kept["offers"] = json!([]);
    let mut fresh = both()
        .into_iter()
        .find(|other| other.name == desk.name)
        .expect("there is one of each");
    fresh.platform.recall(&kept.to_string()).unwrap();
    fresh
}

/// What the platform has taken of a sale.
fn taken_minor(sale: Sale) -> i64 {
    sale.amount_minor() - i64::from(plant(sale.place) == Plant::OtherAmount)
}

fn wechat_copy(template: &Value, sale: Sale) -> Option<Value> {
    let at_ms = sale.billed_at_ms()?;
    let (number, taken) = (sale.trade_no(), taken_minor(sale));
    let mut copy = template.clone();
    copy["key"]["out_trade_no"] = json!(number.to_string());
    copy["total"] = json!(taken);
    copy["created_at_ms"] = json!(at_ms - 20_000);
    copy["code"]["token"] = json!(format!("T{number}"));
    copy["payment"]["transaction_id"] = json!(format!("4200{number}"));
    copy["payment"]["paid_at_ms"] = json!(at_ms);
    copy["payment"]["total"] = json!(taken);
    copy["payment"]["payer_total"] = json!(taken);
    let mut back = template["refunds"][0].clone();
    back["out_refund_no"] = json!(sale.refund_no().to_string());
    back["refund_id"] = json!(format!("5030{number}"));
    copy["refunds"] = refunds(back, sale, at_ms);
    Some(copy)
}

fn alipay_copy(template: &Value, sale: Sale) -> Option<Value> {
    let at_ms = sale.billed_at_ms()?;
    let (number, taken) = (sale.trade_no(), taken_minor(sale));
    let mut copy = template.clone();
    copy["key"]["out_trade_no"] = json!(number.to_string());
    copy["trade_no"] = json!(format!("4200{number}"));
    copy["token"] = json!(format!("T{number}"));
    copy["asked"]["total"] = json!(taken);
    copy["created_at_ms"] = json!(at_ms - 20_000);
    copy["paid"]["at_ms"] = json!(at_ms);
    copy["paid"]["total"] = json!(taken);
    copy["paid"]["payer_total"] = json!(taken);
    let mut back = template["refunds"][0].clone();
    back["out_request_no"] = json!(sale.refund_no().to_string());
    copy["refunds"] = refunds(back, sale, at_ms);
    Some(copy)
}

fn refunds(mut back: Value, sale: Sale, at_ms: i64) -> Value {
    let Some(amount) = sale.billed_refund() else {
        return json!([]);
    };
    back["amount"] = json!(amount);
    back["created_at_ms"] = json!(at_ms + 60_000);
    back["settled_at_ms"] = json!(at_ms + 62_000);
    json!([back])
}

fn account(enterprise_id: i64, name: PlatformName) -> PayChannel {
    let (label, app_id, merchant_id) = match name {
        PlatformName::Wechat => {
            let merchant = merchants().remove(0);
            (Means::WechatPay, merchant.appid, merchant.mchid)
        }
        PlatformName::Alipay => {
            let app = alipay_apps().remove(0);
            (Means::AliPay, app.app_id, app.seller_id)
        }
    };
    PayChannel {
        enterprise_id,
        label: label.name().to_owned(),
        app_id,
        merchant_id,
        merchant_serial: String::new(),
        api_base: String::new(),
        notify_base: "https://centre.test".to_owned(),
        key_ref: "env:NONE".to_owned(),
        prefer: String::new(),
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: 30,
        refund_sum_per_hour_max_minor: 500_000,
        version: 1,
    }
}

fn centre(accounts: &[PayChannel]) -> Centre<AnyDb> {
    let parts = CentreParts {
        db: AnyDb::from(SqliteDb::in_memory().unwrap()),
        identity: SigningKey::try_from_seed(&[9; 32]).unwrap(),
        rng: Box::new(|bytes: &mut [u8]| bytes.fill(3)),
        settings: Settings::default(),
        // Bytes are moved by the desks here.
        open_channel: Box::new(|_| Err(MerchantError::BadReference)),
        open_secret: Box::new(|_| None),
    };
    let centre = Centre::open(parts, NOON_MS).unwrap();
    for account in accounts {
        centre
            .commit(NOON_MS, |ledger| office::put_channel(ledger, "t", account))
            .unwrap();
    }
    centre
}

/// The books of the day, as callbacks and answers have left them.
fn books_side(centre: &Centre<AnyDb>, account: &PayChannel) {
    for first in (0..TRADES).step_by(500) {
        centre
            .commit(NOON_MS, |ledger| {
                for place in first..first + TRADES_PER_WRITE {
                    let sale = Sale {
                        place,
                        enterprise_id: account.enterprise_id,
                    };
                    write(ledger, account, sale)?;
                }
                Ok(())
            })
            .unwrap();
    }
}

fn write(ledger: &mut Ledger<'_>, account: &PayChannel, sale: Sale) -> Result<(), Fault> {
    if plant(sale.place) == Plant::Unknown {
        return Ok(());
    }
    let is_paid = plant(sale.place) != Plant::Unheard;
    let order = PayOrder {
        pay_order_id: sale.trade_no(),
        product_app_id: "test".to_owned(),
        tender_no: sale.trade_no(),
        order_no: sale.trade_no(),
        store_id: 0,
        till_id: NO_TILL,
        means: Means::from_name(&account.label).expect("a platform's means"),
        amount_minor: sale.amount_minor(),
        state: if is_paid {
            PayOrderState::Paid
        } else {
            PayOrderState::Canceled
        },
        given_up: false,
        winner_trade_no: is_paid.then(|| sale.trade_no()),
        version: 0,
        deadline_ms: None,
    };
    pay_order::insert(ledger.tx(), &order, sale.paid_at_ms())?;
    trade::insert(ledger.tx(), &booked(account, sale, is_paid))?;
    let has_refund = sale.has_refund() && is_paid;
    if has_refund || plant(sale.place) == Plant::RefundNotBilled {
        refund::insert(ledger.tx(), &booked_refund(account, sale))?;
    }
    Ok(())
}

fn booked(account: &PayChannel, sale: Sale, is_paid: bool) -> Trade {
    Trade {
        trade_no: sale.trade_no(),
        pay_order_id: sale.trade_no(),
        attempt_key: "k".to_owned(),
        enterprise_id: account.enterprise_id,
        app_id: account.app_id.clone(),
        merchant_id: account.merchant_id.clone(),
        amount_minor: sale.amount_minor(),
        description: String::new(),
        notify_url: "https://centre.test/trade/open/notify/x/1".to_owned(),
        way: Way::Shown,
        state: if is_paid {
            TradeState::Paid
        } else {
            TradeState::Closed
        },
        disposition: if is_paid {
            Disposition::Winner
        } else {
            Disposition::None
        },
        code_url: None,
        created_at_ms: sale.paid_at_ms() - 20_000,
        expires_at_ms: sale.paid_at_ms() + 280_000,
        answered_at_ms: Some(sale.paid_at_ms()),
        paying: false,
        transaction_id: is_paid.then(|| format!("4200{}", sale.trade_no())),
        paid_at_ms: is_paid.then(|| sale.paid_at_ms()),
        refused_code: None,
        suspense_amount_minor: None,
        refund_due_at_ms: None,
        next_call: None,
        next_call_at_ms: None,
        lease: Lease::default(),
        asked: 0,
        let_go: false,
    }
}

fn booked_refund(account: &PayChannel, sale: Sale) -> Refund {
    Refund {
        refund_no: sale.refund_no(),
        trade_no: sale.trade_no(),
        pay_order_id: sale.trade_no(),
        enterprise_id: account.enterprise_id,
        refund_key: "k".to_owned(),
        reason: "REQUESTED".to_owned(),
        amount_minor: BACK_MINOR,
        total_minor: sale.amount_minor(),
        notify_url: "https://centre.test/trade/open/notify/x/1".to_owned(),
        state: RefundState::Success,
        needs_attention: false,
        refund_id: None,
        created_at_ms: sale.paid_at_ms() + 59_000,
        first_sent_at_ms: Some(sale.paid_at_ms() + 60_000),
        last_sent_at_ms: Some(sale.paid_at_ms() + 60_000),
        next_call: None,
        next_call_at_ms: None,
        lease: Lease::default(),
        asked: 0,
        ended_at_ms: Some(sale.paid_at_ms() + 62_000),
    }
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
    for call in centre.due(now_ms, 64) {
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
        Some((wanted(*plant)?.name().to_owned(), sale.trade_no().to_string()))
    });
    each.collect()
}

/// Every row of the bill has its place: a trade or refund of ours, or a row of suspense.
fn every_row_has_its_place(centre: &Centre<AnyDb>, enterprise_id: i64) {
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
    assert_eq!(count(Verdict::Suspense), 12);
    assert_eq!(count(Verdict::Matched), row.row_count - 12);
    assert!(sums.iter().any(|sum| sum.fee_milli > 0), "fees are kept");
}

#[test]
fn i15_of_twenty_thousand_trades_on_both_platforms_each_planted_difference_is_found_and_none_invented() {
    let accounts: Vec<PayChannel> = (1..)
        .zip([PlatformName::Wechat, PlatformName::Alipay])
        .map(|(enterprise_id, name)| account(enterprise_id, name))
        .collect();
    let centre = centre(&accounts);
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
        every_row_has_its_place(&centre, account.enterprise_id);
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
        every_row_has_its_place(&centre, account.enterprise_id);
    }
    println!("20,000 trades on both platforms compared both ways in {took:?}");
}
