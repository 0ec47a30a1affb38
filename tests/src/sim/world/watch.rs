//! Looks at everything: reads the files from outside and checks the invariants.

use std::collections::BTreeMap;

use suanpan_domain::tender::Means;
use suanpan_wire::entry::Said;
use suanpan_wire::journal::{Entry, GENESIS_HASH};

use super::World;
use crate::sim::books::centre::{self, Day, Held};
use crate::sim::books::till::{self, Entry as TillEntry, TillBook};
use crate::sim::invariants::bill;
use crate::sim::invariants::scene::{PlatformBook, Scene, TillScene, is_complete};
use crate::sim::invariants::shift::expected_cash_is_the_journals_own;
use crate::sim::invariants::{self, ALWAYS, AT_THE_END};
use crate::sim::verdict::{Broken, ensure};

/// The invariant a file that cannot be read breaks.
pub(super) const READABLE: &str = "files can be read";

impl World {
    /// Checks what must hold at every moment.
    pub(crate) fn look(&mut self) -> Result<(), Broken> {
        let scene = self.scene()?;
        invariants::check(ALWAYS, &scene, &self.memory)?;
        self.memory.remember(&scene);
        Ok(())
    }

    fn scene(&mut self) -> Result<Scene, Broken> {
        let mut tills = Vec::new();
        for host in &mut self.tills {
            let book = host.book()?;
            tills.push(TillScene {
                index: host.index,
                till_id: host.till_id,
                held_hash: self.centre.hash_of(host.till_id, &book.marks.acked)?,
                book,
            });
        }
        Ok(Scene {
            now_ms: self.now_ms,
            centre: self.centre.book()?,
            tills,
            platform: PlatformBook::read(&self.platform.core, &self.memory.elsewhere),
        })
    }

    /// Checks what must hold when everything had its time.
    pub(super) fn look_finally(&mut self) -> Result<(), Broken> {
        let scene = self.scene()?;
        invariants::check(ALWAYS, &scene, &self.memory)?;
        invariants::check(AT_THE_END, &scene, &self.memory)?;
        self.count_ends(&scene);
        let held = self.centre.journal()?;
        let days = self.centre.days()?;
        for host in &mut self.tills {
            let own: Vec<&Held> = held
                .iter()
                .filter(|entry| entry.till_id == host.till_id)
                .collect();
            let entries = host.journal()?;
            let book = host.book()?;
            r10_chain_is_whole(&entries)?;
            r2_order_and_entry(&book, &entries)?;
            r3_entries_once_and_in_order(&entries, &own)?;
            let own_days: Vec<&Day> = days.iter().filter(|day| day.till_id == host.till_id).collect();
            let was_restored = self.memory.restored_tills.contains(&host.index);
            r4_till_and_centre_agree(host.index, &book, &entries, &own_days, was_restored)?;
            if !was_restored {
                expected_cash_is_the_journals_own(host.index, &entries)?;
            }
        }
        self.i18_replay_changes_nothing()?;
        self.look_at_bills(&scene)?;
        self.i5_order_does_not_decide(&scene.centre)
    }

    /// I15, and what of the bills was exercised.
    fn look_at_bills(&mut self, scene: &Scene) -> Result<(), Broken> {
        let bills = self.centre.bills()?;
        let billed = bill::billed(&self.platform.core, &self.memory);
        for row in &bills.rows {
            self.cover.one(match row.verdict.as_str() {
                "MATCHED" => "rows of bills that agree",
                "SUSPENSE" => "rows of bills in suspense",
                "TAKEN_BACK" => "rows of bills that were taken back",
                _ => "rows of bills that ended otherwise",
            });
        }
        bill::i15_every_row_is_held_or_in_suspense(scene, &self.memory, &bills, &billed)
    }

    /// I18: the journals sent once more change nothing at the centre.
    fn i18_replay_changes_nothing(&mut self) -> Result<(), Broken> {
        let before = self.centre.dump()?;
        for till in 0..self.tills.len() {
            let entries = self.tills[till].journal()?;
            self.replay(till, &entries)?;
        }
        let after = self.centre.dump()?;
        ensure(before == after, "I18 replay changes nothing", || {
            let differs = before.iter().zip(&after).find(|(a, b)| a != b);
            format!("{} rows, {} after, first {differs:?}", before.len(), after.len())
        })
    }

    fn count_ends(&mut self, scene: &Scene) {
        for trade in &scene.centre.trades {
            self.cover
                .one(match (trade.state.as_str(), trade.disposition.as_str()) {
                    ("PAID", "WINNER") => "trades that won",
                    ("PAID", "LATE") => "trades paid after closing",
                    ("PAID", "DUPLICATE") => "trades paid beside a winner",
                    ("PAID", "GIVEN_UP") => "trades paid after giving up",
                    ("CLOSED", _) => "trades closed",
                    ("FAILED", _) => "trades refused for good",
                    _ => "trades that ended otherwise",
                });
        }
        for refund in &scene.centre.refunds {
            self.cover.one(match (refund.status, refund.reason.as_str()) {
                (2, "DUPLICATE") => "refunds done: duplicate",
                (2, "LATE") => "refunds done: late",
                (2, "GIVEN_UP") => "refunds done: given up",
                (2, "REQUESTED") => "refunds done: asked for at a till",
                (2, _) => "refunds done: otherwise",
                _ => "refunds that wait for a person",
            });
        }
        self.count_give_ups(scene);
        self.cover.many(
            "payments in suspense",
            u64::try_from(scene.centre.suspense.len()).unwrap_or(0),
        );
        for till in &scene.tills {
            for order in &till.book.orders {
                self.cover.one(match order.state.as_str() {
                    "COMPLETED" => "orders completed",
                    "PART_REFUNDED" => "orders given back in part",
                    "REFUNDED" => "orders given back whole",
                    "VOIDED" => "orders voided",
                    "TO_CONFIRM" => "orders still to confirm",
                    "HELD" | "OPEN" => "baskets left",
                    _ => "orders that ended otherwise",
                });
            }
            let shifts = till.book.shifts.iter();
            for shift in shifts {
                self.cover.one(match shift.state.as_str() {
                    "CLOSED" => "shifts closed",
                    "OPEN" => "shifts left open",
                    _ => "shifts overtaken",
                });
            }
            let late = till.book.facts.iter().filter(|fact| fact.amends).count();
            self.cover.many(
                "money that came after its shift",
                u64::try_from(late).unwrap_or(0),
            );
            let several = till.book.orders.iter().filter(|order| {
                is_complete(&order.state) && till.book.tenders_of(&order.order_id).count() > 1
            });
            self.cover.many(
                "orders completed by several tenders",
                u64::try_from(several.count()).unwrap_or(0),
            );
        }
    }

    fn count_give_ups(&mut self, scene: &Scene) {
        for order in scene.centre.pay_orders.iter().filter(|order| order.given_up) {
            let states: Vec<&str> = scene
                .centre
                .trades_of(order.id)
                .map(|trade| trade.disposition.as_str())
                .collect();
            self.cover.one(if states.contains(&"WINNER") {
                "given up after it had won"
            } else if states.contains(&"GIVEN_UP") {
                "given up before its money came"
            } else {
                "given up and never paid"
            });
        }
    }
}

/// R10: every entry's hash is its own and continues the one before it.
fn r10_chain_is_whole(entries: &[TillEntry]) -> Result<(), Broken> {
    let mut by_hash: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    by_hash.insert(GENESIS_HASH.to_owned(), (0, 0));
    for entry in entries {
        let computed = wire(entry).computed_hash();
        let continues = by_hash.contains_key(&entry.prev_hash);
        ensure(
            computed == entry.hash && continues,
            "R10 the chain is whole",
            || format!("entry {}/{}", entry.epoch, entry.seq),
        )?;
        by_hash.insert(entry.hash.clone(), (entry.epoch, entry.seq));
    }
    Ok(())
}

pub(super) fn wire(entry: &TillEntry) -> Entry {
    Entry {
        epoch: u32::try_from(entry.epoch).unwrap_or(0),
        seq: u64::try_from(entry.seq).unwrap_or(0),
        at_ms: entry.at_ms,
        kind: entry.kind.clone(),
        payload: entry.payload.clone(),
        prev_hash: entry.prev_hash.clone(),
        hash: entry.hash.clone(),
    }
}

/// R2: every completed order has exactly one entry that says so, and every such entry its order. A till
/// that was restored from a copy may have lived through the same moment twice, once per epoch, or have
/// gone on with the order in another way than before.
fn r2_order_and_entry(book: &TillBook, entries: &[TillEntry]) -> Result<(), Broken> {
    const NAME: &str = "R2 order and entry go together";
    let mut said: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == "order_completed") {
        if let Ok(Said::OrderCompleted { order, .. }) = Said::from_payload(&entry.payload) {
            said.entry(order.order_id).or_default().push(entry.epoch);
        }
    }
    for order in &book.orders {
        let epochs = said.remove(&order.order_id).unwrap_or_default();
        let once = epochs.windows(2).all(|pair| pair[0] != pair[1]);
        let in_a_former_life = !epochs.is_empty() && epochs.iter().all(|epoch| *epoch < book.marks.head.0);
        let fits = once && (epochs.is_empty() != is_complete(&order.state) || in_a_former_life);
        ensure(fits, NAME, || {
            format!(
                "order {} is {}, said in epochs {epochs:?}",
                order.order_id, order.state
            )
        })?;
    }
    ensure(said.is_empty(), NAME, || format!("said without order: {said:?}"))
}

/// R3: the centre holds each entry once, in order, as it was written.
fn r3_entries_once_and_in_order(entries: &[TillEntry], held: &[&Held]) -> Result<(), Broken> {
    const NAME: &str = "R3 entries once and in order";
    ensure(entries.len() == held.len(), NAME, || {
        format!("{} here, {} there", entries.len(), held.len())
    })?;
    entries.iter().zip(held).try_for_each(|(here, there)| {
        let same = (here.epoch, here.seq, &here.hash, &here.prev_hash, &here.payload)
            == (
                there.epoch,
                there.seq,
                &there.hash,
                &there.prev_hash,
                &there.payload,
            );
        ensure(same && there.refused.is_none(), NAME, || {
            format!(
                "entry {}/{}: there {}/{} {:?}",
                here.epoch, here.seq, there.epoch, there.seq, there.refused
            )
        })
    })
}

/// What completed orders come to: how many, in all, cash, codes.
type Worth = (i64, i64, i64, i64);

/// R4: what the till's completed orders are worth is what the centre has added up; and what the till has
/// said of them is too. Only a till that was restored from a copy may have sold one basket twice, before
/// and after: then its journal tells both sales and its rows the one that is left.
fn r4_till_and_centre_agree(
    index: usize,
    book: &TillBook,
    entries: &[TillEntry],
    days: &[&Day],
    was_restored: bool,
) -> Result<(), Broken> {
    const NAME: &str = "R4 till and centre agree on takings";
    let there = |part: fn(&Day) -> i64| -> i64 { days.iter().map(|day| part(day)).sum() };
    let centre: Worth = (
        there(|day| day.orders),
        there(|day| day.total_minor),
        there(|day| day.cash_minor),
        there(|day| day.code_minor),
    );
    let said = worth_said(entries);
    ensure(said == centre, NAME, || {
        format!("till {index}: {said:?} said, {centre:?} there")
    })?;
    let rows = worth_of_rows(book);
    ensure(rows == said || was_restored, NAME, || {
        format!("till {index}: {rows:?} in rows, {said:?} said")
    })
}

fn worth_of_rows(book: &TillBook) -> Worth {
    let completed: Vec<&till::Order> = book
        .orders
        .iter()
        .filter(|order| is_complete(&order.state))
        .collect();
    let by_means = |is_cash: bool| -> i64 {
        completed
            .iter()
            .flat_map(|order| book.tenders_of(&order.order_id))
            .filter(|tender| matches!(tender.state.as_str(), "SETTLED" | "REVERSED"))
            .filter(|tender| (tender.means == "CASH_PAY") == is_cash)
            .map(|tender| tender.amount_minor)
            .sum()
    };
    (
        i64::try_from(completed.len()).unwrap_or(0),
        completed.iter().map(|order| order.total_minor).sum(),
        by_means(true),
        by_means(false),
    )
}

fn worth_said(entries: &[TillEntry]) -> Worth {
    let mut orders: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == "order_completed") {
        if let Ok(Said::OrderCompleted { order, tenders, .. }) = Said::from_payload(&entry.payload) {
            let by_means = |is_cash: bool| -> i64 {
                let of_means = tenders
                    .iter()
                    .filter(|tender| (tender.means == Means::Cash) == is_cash);
                of_means.map(|tender| tender.amount_minor).sum()
            };
            let worth = (order.total_minor, by_means(true), by_means(false));
            orders.entry(order.order_no).or_insert(worth);
        }
    }
    let sum = |part: fn(&(i64, i64, i64)) -> i64| orders.values().map(part).sum();
    (
        i64::try_from(orders.len()).unwrap_or(0),
        sum(|worth| worth.0),
        sum(|worth| worth.1),
        sum(|worth| worth.2),
    )
}

/// The tables whose rows an ordinary repeat must not change.
pub(super) const MONEY_TABLES: &[&str] = &[
    "pay_order",
    "trade",
    "refund_record",
    "suspense",
    "completed_order",
    "till_day",
    "tombstone",
    "outbox_event",
];

/// Reads a part of the centre's file.
pub(super) fn journal_of(db: &rusqlite::Connection) -> Result<Vec<Held>, Broken> {
    centre::journal(db).map_err(|error| Broken::new(READABLE, error.to_string()))
}
