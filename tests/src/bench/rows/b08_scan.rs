//! B8, a scanned barcode: finding its article among a hundred thousand beside a bare indexed look, and the
//! whole scan, which keeps its line on the disk, beside a bare durable commit of one row.

use std::path::Path;

use rusqlite::Connection;
use suanpan_till::store::ArticleRow;

use crate::bench::Bench;
use crate::bench::bare::twin::plan_once;
use crate::bench::clock::Watch;
use crate::bench::flush::Flush;
use crate::bench::goods;
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Round, Rounds};
use crate::bench::shop::{Counter, Step};
use crate::sim::rng::Rng;

const ROUNDS: usize = 7;
const LOOKS_FULL: usize = 2_000;
const LOOKS_SMOKE: usize = 20;
const SALES_FULL: usize = 50;
const SALES_SMOKE: usize = 2;
/// One frame of a screen at 60 Hz: a scan must be a line within it.
pub const FRAME_NS: u64 = 16_000_000;

/// Every column of an article that becomes part of a line.
const BARE_LOOK: &str = "SELECT a.article_id, a.code, a.name, a.name_en, a.size, a.unit, a.price_minor,
    a.charged_percent, a.pinyin, a.initials, a.version
    FROM barcode b JOIN article a ON a.article_key = b.article_key WHERE b.code = ?1";

/// Measures the row.
///
/// # Errors
/// When the till or the bare database fails, or they find different articles.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b8")?;
    let mut counter = bench.stocked(&folder.path().join("till"))?;
    let looks = look_rounds(bench, &mut counter)?;
    let scans = scan_rounds(bench, &mut counter, folder.path())?;
    Ok(told(bench, &looks, &scans))
}

fn look_rounds(bench: &Bench, counter: &mut Counter) -> Result<Rounds, BenchError> {
    let bare = Connection::open(counter.database())?;
    bare.pragma_update(None, "query_only", true)?;
    plan_once(&bare)?;
    let mut chance = Rng::new(88);
    let mut rounds = Rounds::default();
    look_round(bench, counter, &bare, &mut chance)?;
    for _ in 0..ROUNDS {
        rounds.push(look_round(bench, counter, &bare, &mut chance)?);
    }
    Ok(rounds)
}

fn look_round(
    bench: &Bench,
    counter: &mut Counter,
    bare: &Connection,
    chance: &mut Rng,
) -> Result<Round, BenchError> {
    let mut round = Round::default();
    for turn in 0..bench.scale.choose(LOOKS_FULL, LOOKS_SMOKE) {
        let bound = u64::try_from(bench.articles()).unwrap_or(1);
        let code = goods::article(usize::try_from(chance.below(bound)).unwrap_or(0)).code;
        // Whoever looks second finds the pages in the processor's cache, so they take turns.
        if turn % 2 == 0 {
            let found = product_look(counter, &code, &mut round)?;
            bare_look(bare, &code, &found, &mut round)?;
        } else {
            let wanted = counter_look(counter, &code)?;
            bare_look(bare, &code, &wanted, &mut round)?;
            product_look(counter, &code, &mut round)?;
        }
    }
    Ok(round)
}

fn counter_look(counter: &mut Counter, code: &str) -> Result<ArticleRow, BenchError> {
    let found = counter.till().view().article_by_code(code);
    found
        .map_err(|error| BenchError::product(code, error))?
        .ok_or_else(|| BenchError::Wrong(format!("{code} is not found")))
}

fn product_look(counter: &mut Counter, code: &str, round: &mut Round) -> Result<ArticleRow, BenchError> {
    let watch = Watch::start();
    let found = counter_look(counter, code);
    round.product.push(watch.ns());
    found
}

fn bare_look(
    bare: &Connection,
    code: &str,
    wanted: &ArticleRow,
    round: &mut Round,
) -> Result<(), BenchError> {
    let watch = Watch::start();
    let mut statement = bare.prepare_cached(BARE_LOOK)?;
    let (row, unit) = statement.query_row([code], |row| {
        let unit: String = row.get(5)?;
        let article = ArticleRow {
            article_id: row.get(0)?,
            code: row.get(1)?,
            name: row.get(2)?,
            name_en: row.get(3)?,
            size: row.get(4)?,
            unit: wanted.unit,
            price_minor: row.get(6)?,
            charged_percent: row.get(7)?,
            pinyin: row.get(8)?,
            initials: row.get(9)?,
            version: row.get(10)?,
        };
        Ok((article, unit))
    })?;
    round.limit.push(watch.ns());
    same("unit", &unit.as_str(), &wanted.unit.name())?;
    same(code, &row, wanted)
}

fn scan_rounds(bench: &Bench, counter: &mut Counter, folder: &Path) -> Result<Rounds, BenchError> {
    let bare = one_row(folder)?;
    let mut flush = Flush::open(folder)?;
    let mut rounds = Rounds::default();
    scan_round(2, counter, &bare, &mut flush)?;
    for _ in 0..ROUNDS {
        let sales = bench.scale.choose(SALES_FULL, SALES_SMOKE);
        rounds.push(scan_round(sales, counter, &bare, &mut flush)?);
    }
    Ok(rounds)
}

fn scan_round(
    sales: usize,
    counter: &mut Counter,
    bare: &Connection,
    flush: &mut Flush,
) -> Result<Round, BenchError> {
    let mut round = Round::default();
    for _ in 0..sales {
        counter.sell(|step, ns| {
            if step == Step::Scan {
                round.product.push(ns);
                round.limit.push(commit_one_row(bare)?);
                round.flush.push(flush.once()?);
            }
            Ok(())
        })?;
    }
    Ok(round)
}

/// A table as small as a table can be that holds a line's text.
fn one_row(folder: &Path) -> Result<Connection, BenchError> {
    let bare = Connection::open(folder.join("one-row.db"))?;
    bare.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1;
         CREATE TABLE line (line INTEGER PRIMARY KEY, text TEXT NOT NULL);",
    )?;
    Ok(bare)
}

fn commit_one_row(bare: &Connection) -> Result<u64, BenchError> {
    const TEXT: &str = "6928804011142 可口可乐 330ml 1000 350";
    let watch = Watch::start();
    bare.prepare_cached("INSERT INTO line (text) VALUES (?1)")?
        .execute([TEXT])?;
    Ok(watch.ns())
}

fn told(bench: &Bench, looks: &Rounds, scans: &Rounds) -> Section {
    let articles = bench.articles();
    let mut section = Section::new("B8", format!("Scanning a barcode, {articles} articles"));
    section.wandered(scans);
    section.line(Line::new(
        "finding the article of a barcode",
        "bare indexed SELECT of the same columns",
        Target::AtMost(2.0),
        looks.ratio(),
    ));
    section.line(Line::new(
        "the whole scan: found, priced, summed, journalled, durable, the state made for the screen",
        "bare durable commit of one row",
        Target::AtMost(2.0),
        scans.ratio(),
    ));
    section.line(Line::new(
        "the whole scan, p99",
        "one frame, 16 ms",
        Target::AtMost(1.0),
        scans.ratio_of(|round| (round.product.p99(), FRAME_NS)),
    ));
    section.time("till, finding the article", &looks.product());
    section.time("bare SELECT", &looks.limit());
    section.time("till, whole scan", &scans.product());
    section.time("bare commit of one row", &scans.limit());
    section.time("bare flush", &scans.flush());
    section
}
