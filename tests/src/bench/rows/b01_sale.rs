//! B1, a durable sale: what the till does until a cash sale is on the disk, beside a bare transaction that
//! writes exactly the same rows.
//!
//! A first till is watched while it sells; a second one, with the same keys at the same times, is measured.
//! In the end its database and the one the bare statements wrote are compared row by row.

use std::collections::BTreeMap;
use std::path::Path;

use crate::bench::bare::twin::{Twin, place};
use crate::bench::bare::watch::Watcher;
use crate::bench::bare::writes::Write;
use crate::bench::flush::Flush;
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Round, Rounds, Samples};
use crate::bench::shop::{Counter, LINES, Step};
use crate::bench::{Bench, Scale};

/// A corner shop's catalogue.
const ARTICLES: usize = 1_000;
const ROUNDS: usize = 7;
const SALES_FULL: usize = 150;
const SALES_SMOKE: usize = 4;
/// Sales before the first round: statements get prepared, the first day's rollup rows made.
const SALES_WARM: usize = 10;

/// What a till's commands wrote, in order, and a copy of its database from before them.
struct Recorded {
    commands: Vec<(Step, Vec<Write>)>,
}

/// What is measured, side by side.
struct Sides {
    counter: Counter,
    twin: Twin,
    flush: Flush,
    commands: std::vec::IntoIter<(Step, Vec<Write>)>,
}

/// Both kinds of rounds: the command that completes the sale, and all commands of the basket together.
#[derive(Default)]
struct Found {
    cash: Rounds,
    basket: Rounds,
    /// Making everything on screen once more after each sale.
    state: Samples,
}

/// Measures the row.
///
/// # Errors
/// When the till or the bare database fails, or they end up with different rows.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let sales = bench.scale.choose(SALES_FULL, SALES_SMOKE);
    let folder = bench.folder_for("b1")?;
    let recorded = record(folder.path(), SALES_WARM + sales * ROUNDS)?;
    let shape = shape(&recorded)?;
    let mut sides = Sides {
        counter: Counter::open(&folder.path().join("measured"), ARTICLES)?,
        twin: Twin::open(&place(folder.path()))?,
        flush: Flush::open(folder.path())?,
        commands: recorded.commands.into_iter(),
    };
    let mut found = Found::default();
    round(&mut sides, SALES_WARM, &mut Found::default())?;
    for _ in 0..ROUNDS {
        round(&mut sides, sales, &mut found)?;
    }
    same("commands left", &sides.commands.len(), &0)?;
    sides.twin.must_equal(sides.counter.database())?;
    Ok(told(&found, &shape, bench.scale))
}

/// Sells on a till that is watched.
fn record(folder: &Path, sales: usize) -> Result<Recorded, BenchError> {
    let mut counter = Counter::open(&folder.join("watched"), ARTICLES)?;
    drop(Twin::copy(counter.database(), &place(folder))?);
    let mut watcher = Watcher::open(counter.database())?;
    let mut commands = Vec::new();
    for _ in 0..sales {
        counter.sell(|step, _| {
            commands.push((step, watcher.look()?));
            Ok(())
        })?;
    }
    Ok(Recorded { commands })
}

/// Rows of the last completing command by table, for the report.
fn shape(recorded: &Recorded) -> Result<String, BenchError> {
    let last = recorded.commands.iter().rfind(|(step, _)| *step == Step::Cash);
    let (_, writes) = last.ok_or_else(|| BenchError::Wrong("nothing was sold".to_owned()))?;
    let mut tables: BTreeMap<&str, usize> = BTreeMap::new();
    for write in writes {
        *tables.entry(write.table.as_str()).or_default() += 1;
    }
    let told: Vec<String> = tables
        .iter()
        .map(|(table, rows)| format!("{rows} {table}"))
        .collect();
    Ok(told.join(", "))
}

/// One round of sales: every command of the till, then its bare transaction, then a bare flush. Who goes
/// first changes with every sale.
fn round(sides: &mut Sides, sales: usize, found: &mut Found) -> Result<(), BenchError> {
    let (mut cash, mut basket) = (Round::default(), Round::default());
    for sale in 0..sales {
        let (mut till_ns, mut bare_ns) = (0, 0);
        let Sides {
            counter,
            twin,
            flush,
            commands,
        } = &mut *sides;
        let mut next = || {
            let ended = || BenchError::Wrong("the watched till sold less".to_owned());
            let (step, writes) = commands.next().ok_or_else(ended)?;
            Ok::<_, BenchError>((step, twin.commit(&writes)?))
        };
        let mut ahead = if sale % 2 == 0 { None } else { Some(next()?) };
        counter.sell(|step, ns| {
            let (recorded, bare) = match ahead.take() {
                Some(done) => done,
                None => next()?,
            };
            same("command", &step, &recorded)?;
            till_ns += ns;
            bare_ns += bare;
            if step == Step::Cash {
                cash.product.push(ns);
                cash.limit.push(bare);
            } else if sale % 2 == 1 {
                ahead = Some(next()?);
            }
            Ok(())
        })?;
        basket.product.push(till_ns);
        basket.limit.push(bare_ns);
        cash.flush.push(flush.once()?);
        found.state.push(counter.look()?);
    }
    found.cash.push(cash);
    found.basket.push(basket);
    Ok(())
}

fn told(found: &Found, shape: &str, scale: Scale) -> Section {
    let mut section = Section::new("B1", "Durable sale");
    section.wandered(&found.cash);
    section.line(Line::new(
        "completing a cash sale of 5 lines (`pay.cash`)",
        "bare SQLite transaction that writes the same rows, `synchronous=FULL`",
        Target::AtMost(1.3),
        found.cash.ratio(),
    ));
    section.line(Line::new(
        "the same, p99",
        "bare 4 KiB write and `fdatasync`, p50",
        Target::AtMost(8.0),
        found
            .cash
            .ratio_of(|round| (round.product.p99(), round.flush.p50())),
    ));
    section.line(Line::new(
        "the same, p50",
        "bare 4 KiB write and `fdatasync`, p50",
        Target::Told,
        found
            .cash
            .ratio_of(|round| (round.product.p50(), round.flush.p50())),
    ));
    section.line(Line::new(
        format!("the whole basket: {LINES} scans, begin, cash, each durable"),
        "bare transactions that write the same rows, one per command",
        Target::Told,
        found.basket.ratio(),
    ));
    section.note(format!(
        "Rows that completing writes, as found by watching the tables: {shape}."
    ));
    section.note(
        "The bare side has the same schema, indexes, references and settings, prepared statements, and one \
         statement per row. Both databases are compared row by row in the end.",
    );
    if scale == Scale::Smoke {
        section.note("A smoke run: the numbers mean nothing.");
    }
    section.time("till, completing command", &found.cash.product());
    section.time("of this, making the state for the screen", &found.state);
    section.time("bare transaction, same rows", &found.cash.limit());
    section.time("till, whole basket", &found.basket.product());
    section.time("bare transactions, whole basket", &found.basket.limit());
    section.time("bare flush", &found.cash.flush());
    section
}
