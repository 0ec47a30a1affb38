//! What an invariant looks at: one reading of every file, the platform's own books, and what was seen
//! before.

use std::collections::{BTreeMap, BTreeSet};

use suanpan_sandbox::Platform;

use crate::sim::books::centre::CentreBook;
use crate::sim::books::till::TillBook;

/// Where an order stands at its platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// A code of Alipay that nobody has scanned: its platform knows no order yet.
    Offered,
    /// It can be paid, or is being paid.
    Open,
    /// It was paid, whatever went back since.
    Paid,
    /// It cannot be paid any more and was not.
    Closed,
}

impl There {
    fn of(state: &str, is_paid: bool) -> Self {
        match state {
            "NOT_SCANNED" => Self::Offered,
            "SUCCESS" | "REFUND" | "TRADE_SUCCESS" | "TRADE_FINISHED" => Self::Paid,
            // Alipay's word for an order whose money went back whole, too.
            "TRADE_CLOSED" if is_paid => Self::Paid,
            "TRADE_CLOSED" | "CLOSED" | "REVOKED" | "PAYERROR" => Self::Closed,
            _ => Self::Open,
        }
    }
}

/// An order at the platform.
#[derive(Clone, Debug)]
pub struct PlatformTrade {
    /// The centre's number.
    pub trade_no: i64,
    /// Where it stands.
    pub state: There,
    /// What was asked for.
    pub amount_minor: i64,
    /// When it was paid.
    pub paid_at_ms: Option<i64>,
    /// Σ refunds that arrived.
    pub returned_minor: i64,
    /// Refund numbers with state.
    pub refunds: Vec<(i64, &'static str)>,
    /// Whether a reversal gave the money back: nobody was charged.
    pub reversed: bool,
}

/// The platform's own books.
#[derive(Clone, Debug, Default)]
pub struct PlatformBook {
    /// Orders by number.
    pub trades: BTreeMap<i64, PlatformTrade>,
}

/// An order that another system has made at a merchant's account, with who has the money and under which number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The account as this centre numbers it.
    pub enterprise_id: i64,
    /// The other system's number.
    pub number: String,
    /// How much was paid.
    pub amount_minor: i64,
    /// Whether it was paid.
    pub is_paid: bool,
    /// Whether the number is one that the centre could have given, and has not.
    pub is_unknown: bool,
}

impl PlatformBook {
    /// Reads the platform. Orders `elsewhere`, by account there and number, count only where their number could be
    /// one of ours and is not: the others are kept apart.
    #[must_use]
    pub fn read(platform: &Platform, elsewhere: &BTreeMap<(String, String), Elsewhere>) -> Self {
        let number = |text: &str| text.parse::<i64>().unwrap_or(0);
        let is_apart = |mchid: &String, trade_no: &String| {
            let found = elsewhere.get(&(mchid.clone(), trade_no.clone()));
            found.is_some_and(|order| !order.is_unknown)
        };
        let mut trades: BTreeMap<i64, PlatformTrade> = BTreeMap::new();
        for view in platform.trades() {
            if is_apart(&view.mchid, &view.out_trade_no) {
                continue;
            }
            let trade = PlatformTrade {
                trade_no: number(&view.out_trade_no),
                state: There::of(view.trade_state, view.paid_at_ms.is_some()),
                amount_minor: number(&view.total_minor),
                paid_at_ms: view.paid_at_ms.as_deref().map(number),
                returned_minor: 0,
                refunds: Vec::new(),
                reversed: view.trade_state == "REVOKED" && view.paid_at_ms.is_some(),
            };
            trades.insert(trade.trade_no, trade);
        }
        for view in platform.refunds() {
            if is_apart(&view.mchid, &view.out_trade_no) {
                continue;
            }
            if let Some(trade) = trades.get_mut(&number(&view.out_trade_no)) {
                // Alipay keeps what a cancellation gives back as a refund under a number of its own.
                trade.reversed |= view.out_refund_no.parse::<i64>().is_err();
                trade.refunds.push((number(&view.out_refund_no), view.status));
                if view.status == "SUCCESS" {
                    trade.returned_minor += number(&view.refund_minor);
                }
            }
        }
        Self { trades }
    }

    /// Orders that were paid, without those whose money a reversal gave back.
    pub fn paid(&self) -> impl Iterator<Item = &PlatformTrade> {
        let paid = |trade: &&PlatformTrade| trade.paid_at_ms.is_some() && !trade.reversed;
        self.trades.values().filter(paid)
    }
}

/// A till's book and who it is.
#[derive(Clone, Debug)]
pub struct TillScene {
    /// Number in the world, from 0.
    pub index: usize,
    /// Its id at the centre.
    pub till_id: i64,
    /// What stands in its file.
    pub book: TillBook,
    /// Hash of the entry at the centre that its acknowledged mark names.
    pub held_hash: Option<String>,
}

/// What was seen before, for rules about time.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Every trade the centre ever had, with the key it was asked for with.
    pub trades: BTreeMap<i64, String>,
    /// Trades the centre lost with an older copy of its file.
    pub lost_trades: BTreeSet<i64>,
    /// Tenders whose trades were lost.
    pub lost_tenders: BTreeSet<i64>,
    /// Rank of each trade's state at the centre.
    pub ranks: BTreeMap<i64, u8>,
    /// Refunds that had succeeded.
    pub returned: BTreeSet<i64>,
    /// Versions of pay orders.
    pub versions: BTreeMap<i64, i64>,
    /// Attempt keys that tills have committed, with their tender.
    pub keys: BTreeMap<String, i64>,
    /// Numbers tills have minted, with what they name.
    pub numbers: BTreeMap<i64, String>,
    /// Per till: tenders that counted, by number.
    pub counted: BTreeMap<(usize, i64), i64>,
    /// Per till and attempt: rank of the centre's word as the till has it.
    pub till_ranks: BTreeMap<(usize, String), u8>,
    /// Per till: orders that the cashier saw as paid, with their total.
    pub shown_paid: BTreeMap<(usize, String), i64>,
    /// Closed shifts per till, with their frozen figures.
    pub closed_shifts: BTreeMap<(usize, String), String>,
    /// Orders that went with an older copy of a till's file, their entries never acknowledged.
    pub lost_orders: BTreeSet<(usize, String)>,
    /// Payments that the platform reports with another amount, and which.
    pub wrong_amounts: BTreeMap<i64, i64>,
    /// Orders of other systems, by account at the platform and number.
    pub elsewhere: BTreeMap<(String, String), Elsewhere>,
    /// The tender of each trade the centre ever had.
    pub tenders: BTreeMap<i64, i64>,
    /// Tills whose file was replaced by an older copy.
    pub restored_tills: BTreeSet<usize>,
    /// Per refund of a till's file: how often that had been put back when it was first seen.
    pub refund_lives: BTreeMap<(usize, i64), usize>,
    /// Per till: how often its file was put back.
    pub lives: BTreeMap<usize, usize>,
    /// Refunds that operators have asked for past the tills.
    pub asked_back: BTreeSet<i64>,
    /// Refunds that were out, or done, while the money was nobody's: it came late.
    pub back_unwon: BTreeSet<i64>,
    /// Whether the centre's file was ever restored.
    pub centre_restored: bool,
}

/// Everything at one moment.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Virtual time.
    pub now_ms: i64,
    /// The centre's file.
    pub centre: CentreBook,
    /// The tills' files.
    pub tills: Vec<TillScene>,
    /// The platform.
    pub platform: PlatformBook,
}

/// Whether an order of this state is paid.
#[must_use]
pub fn is_complete(state: &str) -> bool {
    matches!(state, "COMPLETED" | "PART_REFUNDED" | "REFUNDED")
}

/// How far a trade is, by the centre's word: it never goes back.
#[must_use]
pub fn rank(state: &str) -> u8 {
    match state {
        "CREATED" => 0,
        "PREPAY_UNKNOWN" => 1,
        "AWAITING" => 2,
        "CLOSING" => 3,
        "CLOSED" | "FAILED" => 4,
        "PAID" | "FREE" | "CREDIT" => 5,
        _ => u8::MAX,
    }
}

impl Memory {
    /// Takes in a scene after all checks held.
    pub fn remember(&mut self, scene: &Scene) {
        for trade in &scene.centre.trades {
            self.trades.insert(trade.trade_no, trade.attempt_key.clone());
            self.ranks.insert(trade.trade_no, rank(&trade.state));
        }
        let done = scene.centre.refunds.iter().filter(|refund| refund.status == 2);
        self.returned.extend(done.map(|refund| refund.refund_no));
        for trade in scene
            .centre
            .trades
            .iter()
            .filter(|trade| trade.disposition == "LATE")
        {
            for refund in scene.centre.refunds_of(trade.trade_no) {
                if refund.status == 3 {
                    self.back_unwon.remove(&refund.refund_no);
                } else {
                    self.back_unwon.insert(refund.refund_no);
                }
            }
        }
        for order in &scene.centre.pay_orders {
            self.versions.insert(order.id, order.version);
            let own = scene.centre.trades_of(order.id);
            self.tenders
                .extend(own.map(|trade| (trade.trade_no, order.tender_no)));
        }
        for till in &scene.tills {
            self.remember_till(till);
        }
    }

    /// In which life of its till's file a refund was made.
    #[must_use]
    pub fn life_of(&self, index: usize, refund_no: i64) -> usize {
        let now = self.lives.get(&index).copied().unwrap_or(0);
        self.refund_lives.get(&(index, refund_no)).copied().unwrap_or(now)
    }

    fn remember_till(&mut self, till: &TillScene) {
        for refund in &till.book.refunds {
            let life = self.life_of(till.index, refund.refund_no);
            self.refund_lives.insert((till.index, refund.refund_no), life);
        }
        for shift in &till.book.shifts {
            if let Some(closed) = &shift.closed {
                self.closed_shifts
                    .insert((till.index, shift.shift_id.clone()), closed.clone());
            }
        }
        for attempt in &till.book.attempts {
            self.keys.insert(attempt.key.clone(), attempt.tender_no);
            if let Some(state) = &attempt.trade_state {
                self.till_ranks
                    .insert((till.index, attempt.key.clone()), rank(state));
            }
        }
        for (number, name) in numbers_of(&till.book) {
            self.numbers.insert(number, name);
        }
        for tender in &till.book.tenders {
            if matches!(tender.state.as_str(), "SETTLED" | "REVERSED") {
                self.counted
                    .insert((till.index, tender.tender_no), tender.amount_minor);
            }
        }
    }

    /// What the platform has taken for a trade, as it reports it.
    #[must_use]
    pub fn reported_minor(&self, there: &PlatformTrade) -> i64 {
        let wrong = self.wrong_amounts.get(&there.trade_no).copied();
        wrong.unwrap_or(there.amount_minor)
    }

    /// Whether a number is another system's at an account of ours.
    #[must_use]
    pub fn is_elsewheres(&self, trade_no: i64) -> bool {
        let number = trade_no.to_string();
        let mut orders = self.elsewhere.values();
        orders.any(|order| order.is_unknown && order.number == number)
    }

    /// The centre's file is an older copy from now on: what it had and lost is nobody's fault.
    pub fn centre_went_back(&mut self, now_there: &CentreBook) {
        self.centre_restored = true;
        let there: BTreeSet<i64> = now_there.trades.iter().map(|trade| trade.trade_no).collect();
        let lost: Vec<i64> = self
            .trades
            .keys()
            .copied()
            .filter(|no| !there.contains(no))
            .collect();
        for trade_no in lost {
            let by_key = self.trades.get(&trade_no).and_then(|key| self.keys.get(key));
            if let Some(tender_no) = by_key.or(self.tenders.get(&trade_no)) {
                self.lost_tenders.insert(*tender_no);
            }
            self.lost_trades.insert(trade_no);
        }
        self.ranks.clear();
        self.back_unwon.clear();
        self.returned.clear();
        self.versions.clear();
    }

    /// A till's file is an older copy from now on; `acked_orders` are those whose entries are safe.
    pub fn till_went_back(&mut self, index: usize, now_there: &TillBook) {
        self.restored_tills.insert(index);
        *self.lives.entry(index).or_default() += 1;
        self.counted.retain(|(till, _), _| *till != index);
        self.till_ranks.retain(|(till, _), _| *till != index);
        self.closed_shifts.retain(|(till, _), _| *till != index);
        let is_gone = |order_id: &str| {
            let order = now_there.order(order_id);
            order.is_none_or(|order| !is_complete(&order.state))
        };
        let gone: Vec<(usize, String)> = self
            .shown_paid
            .keys()
            .filter(|(till, order_id)| *till == index && is_gone(order_id))
            .cloned()
            .collect();
        self.lost_orders.extend(gone);
    }
}

/// How the name of a refund begins.
pub const REFUND: &str = "refund";

/// Every number a till has handed out, with what it names.
#[must_use]
pub fn numbers_of(book: &TillBook) -> Vec<(i64, String)> {
    let orders = book
        .orders
        .iter()
        .filter_map(|order| Some((order.order_no?, format!("order {}", order.order_id))));
    let tenders = book.tenders.iter().map(|tender| {
        let name = format!(
            "tender of {} {} {}",
            tender.order_id, tender.means, tender.amount_minor
        );
        (tender.tender_no, name)
    });
    let refunds = book.refunds.iter().filter(|refund| refund.own).map(|refund| {
        let name = format!("{REFUND} of tender {} {}", refund.tender_no, refund.amount_minor);
        (refund.refund_no, name)
    });
    orders.chain(tenders).chain(refunds).collect()
}
