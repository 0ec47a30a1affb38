//! B13, a cold start: from the start of the program to the first scan that became a line, in a shop with a year
//! behind it, beside an empty window that has heard as much.

use std::fs;

use crate::bench::Bench;
use crate::bench::clock::Watch;
use crate::bench::goods;
use crate::bench::problem::BenchError;
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Ratio, Round, Rounds, Samples, quotient};
use crate::bench::shop::Counter;
use crate::bench::window::program::{Started, empty_window};
use crate::bench::window::shop::YearOldShop;
use crate::window::screen::Screen;

const ROUNDS_FULL: usize = 9;
const ROUNDS_SMOKE: usize = 1;
/// Starts in each round.
const STARTS: usize = 1;
/// What the till alone may take to open.
const CORE_NS: u64 = 50_000_000;
/// What a person may wait for a till.
const BOUND_NS: u64 = 1_500_000_000;

/// Measures the row.
///
/// # Errors
/// When a program does not start or hears nothing.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b13")?;
    let shop = YearOldShop::make(bench, folder.path())?;
    let screen = Screen::single();
    let code = goods::article(7).code;
    let (mut rounds, mut core) = (Rounds::default(), Samples::default());
    // The first of each finds nothing in the system's memory.
    start_shop(&shop, &screen, &code)?;
    start_empty(folder.path(), &screen, &code)?;
    for _ in 0..bench.scale.choose(ROUNDS_FULL, ROUNDS_SMOKE) {
        let mut round = Round::default();
        for _ in 0..STARTS {
            round.product.push(start_shop(&shop, &screen, &code)?);
            round.limit.push(start_empty(folder.path(), &screen, &code)?);
        }
        rounds.push(round);
        core.push(open_core(&shop)?);
    }
    Ok(told(bench, &shop, &rounds, &core))
}

fn start_shop(shop: &YearOldShop, screen: &Screen, code: &str) -> Result<u64, BenchError> {
    let before = shop.in_baskets()?;
    let started = Started::new(shop.window(), screen)?;
    started.wait_heard(screen, code, || Ok(shop.in_baskets()? > before))
}

fn start_empty(folder: &std::path::Path, screen: &Screen, code: &str) -> Result<u64, BenchError> {
    let heard = folder.join("heard");
    // Nothing was heard before the first.
    let _none_yet = fs::remove_file(&heard);
    let started = Started::new(empty_window(folder, &heard), screen)?;
    started.wait_heard(screen, code, || {
        Ok(fs::read_to_string(&heard).is_ok_and(|text| text == code))
    })
}

/// The till without a window: opened, and its first screen made.
fn open_core(shop: &YearOldShop) -> Result<u64, BenchError> {
    let watch = Watch::start();
    let counter = Counter::open_as(shop.folder(), &shop.config(), shop.machine())?;
    counter.look()?;
    let ns = watch.ns();
    let closed = counter.into_till().close();
    closed.map_err(|problem| BenchError::product("close", problem))?;
    Ok(ns)
}

fn told(bench: &Bench, shop: &YearOldShop, rounds: &Rounds, core: &Samples) -> Section {
    let title = format!(
        "Cold start, {} articles, {} orders",
        bench.articles(),
        shop.orders
    );
    let mut section = Section::new("B13", title);
    section.line(Line::new(
        "start of the program to the first scan that is a line on the disk",
        "an empty window of the same kind that has heard the scan",
        Target::AtMost(1.3),
        rounds.ratio(),
    ));
    section.line(Line::new(
        "the same, slowest",
        "1.5 s",
        Target::AtMost(1.0),
        Ratio::of(vec![quotient(rounds.product().max(), BOUND_NS)]),
    ));
    section.line(Line::new(
        "the till alone, opened and its first screen made, p50",
        "50 ms",
        Target::AtMost(1.0),
        Ratio::of(vec![quotient(core.p50(), CORE_NS)]),
    ));
    section.note("Keys are sent to the screen from the start on, as by a cashier who does not wait; a scan that finds no window is made again.");
    section.time("till's window, first scan", &rounds.product());
    section.time("empty window, first scan", &rounds.limit());
    section.time("till alone", core);
    section
}
