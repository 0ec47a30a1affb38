//! B11, today's takings in a shop that has sold for a year: the till's whole answer, its rollup beside a
//! covering index over the facts, and whether twice the sales make it slower.

use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use suanpan_domain::time::BusinessDay;
use suanpan_till::rpc::{Command, NameDay};
use suanpan_till::till::TillReader;

use crate::bench::Bench;
use crate::bench::bare::twin::plan_once;
use crate::bench::clock::Watch;
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Ratio, Round, Rounds, Samples, quotient};
use crate::bench::shop::Counter;
use crate::bench::years::{self, DAYS, TODAY};

const ROUNDS: usize = 7;
const ASKED_FULL: usize = 100;
const ASKED_SMOKE: usize = 3;
/// Two sizes of the same year.
const ORDERS_FULL: [usize; 2] = [1_000_000, 2_000_000];
const ORDERS_SMOKE: [usize; 2] = [3_650, 7_300];
/// Sales that the till itself makes on the day, so that its own rollups are part of the sum.
const OWN_SALES: usize = 5;
/// What a person may wait for the page.
const BOUND_NS: u64 = 20_000_000;

/// One day by hour, means and cashier, from the facts.
const COVERED: &str = "SELECT hour, means, cashier, COUNT(*), SUM(amount_minor) FROM money_fact
    WHERE business_day = ?1 GROUP BY hour, means, cashier";
/// The facts alone, with an index that answers the question by itself.
const COVERING: &str = "CREATE TABLE money_fact AS SELECT business_day, hour, means, cashier, amount_minor
    FROM till.money_fact;
    CREATE INDEX covering ON money_fact (business_day, hour, means, cashier, amount_minor);";

/// The same question to an analytic database, where there is one. Prints nanoseconds per question.
const DUCKDB: &str = "
import sys, time
try:
    import duckdb
except ImportError:
    sys.exit(3)
facts = duckdb.connect()
facts.execute('PRAGMA threads=2')
facts.execute(f\"CREATE TABLE money_fact AS SELECT * FROM read_csv('{sys.argv[1]}', header=true, \"
    \"columns={'business_day':'DATE','hour':'UTINYINT','means':'VARCHAR','cashier':'VARCHAR','amount_minor':'BIGINT'})\")
for _ in range(int(sys.argv[3])):
    start = time.perf_counter_ns()
    rows = facts.execute('SELECT hour, means, cashier, COUNT(*), SUM(amount_minor) FROM money_fact '
        'WHERE business_day = CAST(? AS DATE) GROUP BY ALL', [sys.argv[2]]).fetchall()
    took = time.perf_counter_ns() - start
    print(took, sum(int(row[4]) for row in rows))
";

/// A shop of one size.
struct Shop {
    counter: Counter,
    reader: TillReader,
    bare: Connection,
    facts: PathBuf,
}

/// What both sizes and the peer took.
struct Found {
    /// The whole answer beside the covering index.
    answer: Rounds,
    /// The rollup alone beside the covering index.
    rollup: Rounds,
    /// The whole answer in the larger shop (product) beside the smaller one (limit).
    larger: Rounds,
    duckdb: Result<Samples, String>,
}

/// Measures the row.
///
/// # Errors
/// When the till or the bare database fails, or they add up to different sums.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b11")?;
    let sizes = match bench.scale {
        crate::bench::Scale::Full => ORDERS_FULL,
        crate::bench::Scale::Smoke => ORDERS_SMOKE,
    };
    let mut small = open(&folder.path().join("small"), sizes[0])?;
    let mut large = open(&folder.path().join("large"), sizes[1])?;
    let asked = bench.scale.choose(ASKED_FULL, ASKED_SMOKE);
    let mut found = Found {
        answer: Rounds::default(),
        rollup: Rounds::default(),
        larger: Rounds::default(),
        duckdb: duckdb(&small, asked)?,
    };
    for _ in 0..ROUNDS {
        round(asked, &mut small, &mut large, &mut found)?;
    }
    equals_recompute(&mut small)?;
    equals_recompute(&mut large)?;
    Ok(told(&found, sizes))
}

fn open(folder: &Path, orders: usize) -> Result<Shop, BenchError> {
    let counter = Counter::open(folder, 100)?;
    let database = counter.database().to_owned();
    drop(counter.into_till());
    years::fill(&database, i64::try_from(orders).unwrap_or(i64::MAX))?;
    let mut counter = Counter::open_empty(folder)?;
    counter.know(100);
    for _ in 0..OWN_SALES {
        counter.sell(|_, _| Ok(()))?;
    }
    let reader = counter
        .till()
        .reader()
        .map_err(|problem| BenchError::product("reader", problem))?;
    let bare = Connection::open(folder.join("facts.db"))?;
    bare.execute("ATTACH ?1 AS till", [database.to_str()])?;
    bare.execute_batch(COVERING)?;
    bare.execute("DETACH till", [])?;
    plan_once(&bare)?;
    Ok(Shop {
        counter,
        reader,
        bare,
        facts: folder.join("facts.csv"),
    })
}

fn round(asked: usize, small: &mut Shop, large: &mut Shop, found: &mut Found) -> Result<(), BenchError> {
    let day = BusinessDay::parse(TODAY).ok_or_else(|| BenchError::Wrong(format!("{TODAY} is no day")))?;
    let (mut answer, mut rollup, mut larger) = (Round::default(), Round::default(), Round::default());
    for _ in 0..asked {
        let (took, takings) = ask(&small.reader)?;
        let (covered, net_minor) = covered(&small.bare)?;
        same("net of the day", &takings["net_minor"].as_i64(), &Some(net_minor))?;
        answer.product.push(took);
        answer.limit.push(covered);
        let watch = Watch::start();
        let rows = small.counter.till().view().rollups(day);
        rollup.product.push(watch.ns());
        rollup.limit.push(covered);
        let rows = rows.map_err(|error| BenchError::product("rollups", error))?;
        same(
            "net of the rollup",
            &rows.iter().map(|(_, row)| row.net.minor()).sum(),
            &net_minor,
        )?;
        larger.product.push(ask(&large.reader)?.0);
        larger.limit.push(ask(&small.reader)?.0);
    }
    found.answer.push(answer);
    found.rollup.push(rollup);
    found.larger.push(larger);
    Ok(())
}

fn ask(reader: &TillReader) -> Result<(u64, Value), BenchError> {
    let command = Command::TakingsDay(NameDay { day: None });
    let watch = Watch::start();
    let answer = reader.execute(&command);
    let ns = watch.ns();
    let takings = answer
        .ok_or_else(|| BenchError::Wrong("a reader does not answer takings".to_owned()))?
        .map_err(|problem| BenchError::product("takings", problem))?;
    Ok((ns, takings))
}

fn covered(bare: &Connection) -> Result<(u64, i64), BenchError> {
    let watch = Watch::start();
    let mut statement = bare.prepare_cached(COVERED)?;
    let sums = statement.query_map([TODAY], |row| {
        let cashier: String = row.get(2)?;
        let key: (i64, String) = (row.get(0)?, row.get(1)?);
        Ok((key, cashier, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?))
    })?;
    let sums = sums.collect::<Result<Vec<_>, _>>()?;
    let ns = watch.ns();
    Ok((ns, sums.iter().map(|(.., net_minor)| net_minor).sum()))
}

/// The answer, number by number, against the facts and orders added up anew.
fn equals_recompute(shop: &mut Shop) -> Result<(), BenchError> {
    let (_, takings) = ask(&shop.reader)?;
    let bare = Connection::open_with_flags(shop.counter.database(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sum = |sql: &str| bare.query_row(sql, [TODAY], |row| row.get::<_, i64>(0));
    let orders = sum("SELECT COUNT(*) FROM orders WHERE business_day = ?1 AND state = 'COMPLETED'")?;
    same("orders", &takings["orders"].as_i64(), &Some(orders))?;
    let mut statement = bare.prepare(
        "SELECT hour, SUM(amount_minor) FROM money_fact WHERE business_day = ?1 GROUP BY hour ORDER BY hour",
    )?;
    let hours = statement.query_map([TODAY], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let wanted = hours.collect::<Result<Vec<_>, _>>()?;
    let empty = Vec::new();
    let shown = takings["hours"].as_array().unwrap_or(&empty).iter();
    let found: Vec<(i64, i64)> = shown
        .filter_map(|hour| Some((hour["hour"].as_i64()?, hour["net_minor"].as_i64()?)))
        .filter(|(_, net_minor)| *net_minor != 0)
        .collect();
    same("hours", &found, &wanted)?;
    let different = bare.query_row(
        "SELECT COUNT(*) FROM (SELECT business_day, hour, means, cashier, COUNT(*), SUM(amount_minor)
         FROM money_fact GROUP BY 1, 2, 3, 4 EXCEPT SELECT * FROM rollup)",
        [],
        |row| row.get::<_, i64>(0),
    )?;
    same("rollup rows that differ from the facts", &different, &0)
}

/// Asks duckdb, when this machine's Python has it.
fn duckdb(shop: &Shop, asked: usize) -> Result<Result<Samples, String>, BenchError> {
    let has = Program::new("python3")
        .args(["-c", "import duckdb"])
        .stderr(Stdio::null())
        .status();
    if !has.is_ok_and(|status| status.success()) {
        return Ok(Err("this machine's Python has no duckdb".to_owned()));
    }
    export(shop)?;
    let output = Program::new("python3")
        .args(["-c", DUCKDB])
        .arg(&shop.facts)
        .args([TODAY, &(asked * ROUNDS).to_string()])
        .output()?;
    let (_, wanted) = covered(&shop.bare)?;
    let mut samples = Samples::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((ns, sum)) = line.split_once(' ') else {
            continue;
        };
        same("net of duckdb", &sum.parse().ok(), &Some(wanted))?;
        samples.push(ns.parse().unwrap_or(0));
    }
    if samples.is_empty() {
        return Ok(Err("duckdb did not answer".to_owned()));
    }
    Ok(Ok(samples))
}

fn export(shop: &Shop) -> Result<(), BenchError> {
    use std::io::Write;
    let mut file = std::io::BufWriter::new(std::fs::File::create(&shop.facts)?);
    writeln!(file, "business_day,hour,means,cashier,amount_minor")?;
    let mut statement = shop.bare.prepare("SELECT * FROM money_fact")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (day, means, cashier): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
        writeln!(
            file,
            "{day},{},{means},{cashier},{}",
            row.get::<_, i64>(1)?,
            row.get::<_, i64>(4)?
        )?;
    }
    file.flush()?;
    Ok(())
}

fn told(found: &Found, sizes: [usize; 2]) -> Section {
    let [small, large] = sizes;
    let mut section = Section::new("B11", format!("Today's takings, {small} orders in {DAYS} days"));
    let bound = |round: &Round| (round.product.p99(), BOUND_NS);
    section.line(Line::new(
        "the whole page (hours, means, articles, a week before, JSON), p99",
        "20 ms",
        Target::AtMost(1.0),
        found.answer.ratio_of(bound),
    ));
    section.line(Line::new(
        "the same with twice the orders, p50",
        "with half of them, p50",
        Target::AtMost(1.2),
        found.larger.ratio(),
    ));
    section.line(Line::new(
        "covering index over the facts: one day by hour, means, cashier",
        "the till's rollup of the same",
        Target::Told,
        found
            .rollup
            .ratio_of(|round| (round.limit.p50(), round.product.p50())),
    ));
    section.line(Line::new(
        "the whole page, p50",
        "covering index over the facts: one day by hour, means, cashier",
        Target::Told,
        found.answer.ratio(),
    ));
    let rollup_p50 = found.rollup.product().p50();
    let what = "duckdb (2 threads, in memory): one day by hour, means, cashier";
    let beside = "the till's rollup of the same";
    section.line(match &found.duckdb {
        Ok(samples) => Line::new(
            what,
            beside,
            Target::AtLeast(100.0),
            Ratio::of(vec![quotient(samples.p50(), rollup_p50)]),
        ),
        Err(why) => Line::skipped(what, beside, Target::AtLeast(100.0), why),
    });
    section.note(format!(
        "Every number of the page equals the facts added up anew, and every rollup row of {DAYS} days does, at \
         {small} and at {large} orders; {OWN_SALES} of them were sold by the till itself."
    ));
    section.time(
        format!("till, whole page, {small} orders"),
        &found.answer.product(),
    );
    section.time(
        format!("till, whole page, {large} orders"),
        &found.larger.product(),
    );
    section.time("till, rollup alone", &found.rollup.product());
    section.time("covering index", &found.rollup.limit());
    if let Ok(samples) = &found.duckdb {
        section.time("duckdb", samples);
    }
    section
}
