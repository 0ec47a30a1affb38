//! B3, ten thousand orders sold while the centre was away: how fast they come to it over real sockets with
//! real signatures, durable and once, beside bare SQLite that writes the centre's rows; and whether the
//! counter is as fast meanwhile.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use suanpan_till::host::{Host, SystemHost};

use crate::bench::Bench;
use crate::bench::bare::rows::Table;
use crate::bench::bare::twin::Twin;
use crate::bench::bare::writes::Write;
use crate::bench::clock::Watch;
use crate::bench::line::centre::{self, Served};
use crate::bench::line::counter::{Running, Waited};
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::rows::b08_scan::FRAME_NS;
use crate::bench::samples::{Ratio, Round, Rounds, Samples};
use crate::bench::shop::{Counter, Machine, database, hasty_config};
use crate::bench::stocked::copy;

const ROUNDS: usize = 5;
const ARTICLES: usize = 1_000;
const ORDERS_FULL: usize = 10_000;
const ORDERS_SMOKE: usize = 50;
/// Sales at the counter before the outage ends, for comparing.
const SALES_FULL: usize = 60;
const SALES_SMOKE: usize = 2;
/// What a shop may wait for ten thousand orders.
const BOUND_NS: u64 = 60_000_000_000;
const LIMIT_S: f64 = 120.0;
/// Orders of one bare transaction.
const ORDERS_PER_COMMIT: usize = 200;
/// The clock of the outage passes this with every key: a minute in all, so that no day turns.
const KEY_MS: i64 = 1;

/// A shop whose till has sold while its centre was away.
struct Shop {
    folder: PathBuf,
    port: u16,
    orders: usize,
}

/// One time that the backlog came in.
struct Arrived {
    took_ns: u64,
    bare_ns: u64,
    waited: Waited,
}

/// Measures the row.
///
/// # Errors
/// When till or centre fail, or the centre does not hold every entry once.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b3")?;
    let orders = bench.scale.choose(ORDERS_FULL, ORDERS_SMOKE);
    let sales = bench.scale.choose(SALES_FULL, SALES_SMOKE);
    let (shop, before) = open(folder.path(), orders, sales)?;
    let mut rounds = Rounds::default();
    for number in 0..ROUNDS {
        let arrived = come_in(&shop, number, None)?;
        let mut round = Round::default();
        round.product.push(arrived.took_ns);
        round.limit.push(arrived.bare_ns);
        rounds.push(round);
    }
    let meanwhile = come_in(&shop, ROUNDS, Some(sales))?;
    Ok(told(orders, &rounds, &before, &meanwhile))
}

/// A centre, a till of it, sales while they are in step, and then sales while nobody can be reached.
fn open(folder: &Path, orders: usize, sales: usize) -> Result<(Shop, Waited), BenchError> {
    let (centre, till) = (folder.join("centre"), folder.join("till"));
    std::fs::create_dir_all(&centre)?;
    let mut counter = Counter::open(&till, ARTICLES)?;
    counter.know(ARTICLES);
    counter
        .into_till()
        .close()
        .map_err(|problem| BenchError::product("close", problem))?;
    let served = Served::start(&centre, 0)?;
    let mut running = Running::start(&till)?;
    running.enrol(&centre::invite(&centre, served.address())?)?;
    running.wait_until_in_step(LIMIT_S)?;
    let mut before = Waited::default();
    for _ in 0..sales {
        running.sell(ARTICLES, &mut before)?;
    }
    running.wait_until_in_step(LIMIT_S)?;
    running.stop()?;
    let port = served.port()?;
    served.stop()?;
    let machine = Machine::starting(SystemHost::new().now().wall_ms, KEY_MS);
    let mut offline = Counter::open_as(&till, &hasty_config(&till), machine)?;
    offline.know(ARTICLES);
    for _ in 0..orders {
        offline.sell(|_, _| Ok(()))?;
    }
    offline
        .into_till()
        .close()
        .map_err(|problem| BenchError::product("close", problem))?;
    let shop = Shop {
        folder: folder.to_owned(),
        port,
        orders,
    };
    Ok((shop, before))
}

/// The centre is back: everything comes in, with the counter selling meanwhile or not.
fn come_in(shop: &Shop, number: usize, sales: Option<usize>) -> Result<Arrived, BenchError> {
    let folder = shop.folder.join(format!("round-{number}"));
    let (centre, till) = (folder.join("centre"), folder.join("till"));
    copy(&shop.folder.join("centre"), &centre)?;
    copy(&shop.folder.join("till"), &till)?;
    let served = Served::start(&centre, shop.port)?;
    let mut running = Running::start(&till)?;
    let watch = Watch::start();
    let mut waited = Waited::default();
    for _ in 0..sales.unwrap_or(0) {
        running.sell(ARTICLES, &mut waited)?;
        if running.is_in_step() {
            break;
        }
    }
    running.wait_until_in_step(LIMIT_S)?;
    let took_ns = watch.ns();
    running.stop()?;
    served.stop()?;
    holds_everything_once(&centre, &till)?;
    let bare_ns = bare(shop, &folder, &centre)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(Arrived {
        took_ns,
        bare_ns,
        waited,
    })
}

/// Every entry of the till's journal is in the centre's, none refused, and the sums of the day agree.
fn holds_everything_once(centre: &Path, till: &Path) -> Result<(), BenchError> {
    let conn = Connection::open_with_flags(centre::database(centre), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.execute("ATTACH ?1 AS till", [database(till).to_str()])?;
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let entries = count("SELECT COUNT(*) FROM till.journal")?;
    same(
        "entries at the centre",
        &count("SELECT COUNT(*) FROM main.journal")?,
        &entries,
    )?;
    let equal = count(
        "SELECT COUNT(*) FROM main.journal c JOIN till.journal t USING (epoch, seq)
         WHERE c.hash = t.hash AND c.payload = t.payload AND c.refused_code IS NULL",
    )?;
    same("entries that are the same", &equal, &entries)?;
    let orders = count("SELECT COUNT(*) FROM till.orders WHERE state = 'COMPLETED'")?;
    same(
        "orders at the centre",
        &count("SELECT COUNT(*) FROM completed_order")?,
        &orders,
    )?;
    same(
        "takings at the centre",
        &count("SELECT SUM(total_minor) FROM till_day")?,
        &count("SELECT SUM(net_minor) FROM till.rollup")?,
    )
}

/// Writes what the centre has now and had not before, two hundred orders at a time.
fn bare(shop: &Shop, folder: &Path, centre: &Path) -> Result<u64, BenchError> {
    let before = shop.folder.join("centre");
    let mut twin = Twin::copy(&centre::database(&before), &folder.join("bare.db"))?;
    let new = new_rows(twin.connection(), &centre::database(centre))?;
    let commits = shop.orders.div_ceil(ORDERS_PER_COMMIT).max(1);
    let mut batches: Vec<Vec<Write>> = vec![Vec::new(); commits];
    for writes in new {
        let share = writes.len().div_ceil(commits).max(1);
        for (batch, chunk) in batches.iter_mut().zip(writes.chunks(share)) {
            batch.extend_from_slice(chunk);
        }
    }
    let mut ns = 0;
    for batch in &batches {
        ns += twin.commit(batch)?;
    }
    Ok(ns)
}

/// Rows of each table that are new or different, in the order in which they are kept.
fn new_rows(before: &Connection, after: &Path) -> Result<Vec<Vec<Write>>, BenchError> {
    let after = Connection::open_with_flags(after, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut all = Vec::new();
    for table in Table::all(before)? {
        let old = table.rows(before)?;
        let rows = table.in_order(&after)?;
        let writes = rows.iter().filter_map(|row| {
            Write::between(&table, old.get(&table.key_of(row)).map(Vec::as_slice), Some(row))
        });
        all.push(writes.collect());
    }
    Ok(all)
}

fn told(orders: usize, rounds: &Rounds, before: &Waited, meanwhile: &Arrived) -> Section {
    let mut section = Section::new("B3", format!("{orders} orders after an outage"));
    section.line(Line::new(
        "orders per second, till → HTTP → centre, signed, durable, once",
        "bare SQLite, the centre's rows of 200 orders per transaction",
        Target::AtLeast(0.5),
        rounds.ratio_of(|round| (round.limit.p50(), round.product.p50())),
    ));
    section.line(Line::new(
        "time until all are at the centre",
        "60 s",
        Target::AtMost(1.0),
        rounds.ratio_of(|round| (round.product.p50(), BOUND_NS)),
    ));
    let during = &meanwhile.waited;
    let once = |above: u64, below: u64| Some(Ratio::once(above, below));
    section.line(Line::new(
        "`pay.cash` through the shell while they go up, p50",
        "the same when all was in step, p50",
        Target::AtMost(1.5),
        once(during.cash.p50(), before.cash.p50()),
    ));
    section.line(Line::new(
        "scans and `pay.cash` while they go up, p99",
        "one frame, 16 ms",
        Target::AtMost(1.0),
        once(both(during).p99(), FRAME_NS),
    ));
    section.line(Line::new(
        "scans and `pay.cash` while they go up, p99",
        "the same when all was in step, p99",
        Target::Told,
        once(both(during).p99(), both(before).p99()),
    ));
    section.note(format!(
        "Every entry of the till's journal is at the centre afterwards, once, unchanged and applied, and the \
         sums of the day agree. {} sales were made while the backlog went up.",
        during.cash.len()
    ));
    section.time("till → centre, the whole backlog", &rounds.product());
    section.time("bare SQLite, the same rows", &rounds.limit());
    section.time("`pay.cash`, in step", &before.cash);
    section.time("`pay.cash`, backlog going up", &during.cash);
    section.time("scan, in step", &before.scans);
    section.time("scan, backlog going up", &during.scans);
    section
}

fn both(waited: &Waited) -> Samples {
    let mut both = waited.scans.clone();
    both.extend(&waited.cash);
    both
}
