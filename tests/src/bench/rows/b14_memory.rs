//! B14, memory: the till's window in a shop with a year behind it, beside an empty window, and the same till without
//! a window.

use std::fs;

use crate::bench::Bench;
use crate::bench::goods;
use crate::bench::problem::BenchError;
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Ratio, quotient};
use crate::bench::window::memory::wait_at_rest;
use crate::bench::window::program::{Started, empty_window};
use crate::bench::window::shop::YearOldShop;
use crate::window::screen::Screen;

const ROUNDS_FULL: usize = 5;
const ROUNDS_SMOKE: usize = 1;
/// What the till may keep without a window.
const CORE_BYTES: u64 = 40 * 1024 * 1024;
const MIB: u64 = 1024 * 1024;

/// Bytes of each, round by round.
#[derive(Default)]
struct Found {
    window: Vec<u64>,
    empty: Vec<u64>,
    core: Vec<u64>,
}

/// Measures the row.
///
/// # Errors
/// When a program does not start or hears nothing.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b14")?;
    let shop = YearOldShop::make(bench, folder.path())?;
    let screen = Screen::single();
    let code = goods::article(7).code;
    let mut found = Found::default();
    for _ in 0..bench.scale.choose(ROUNDS_FULL, ROUNDS_SMOKE) {
        found.window.push(shop_window(&shop, &screen, &code)?);
        found.empty.push(nothing_in_it(folder.path(), &screen, &code)?);
        let bridge = Started::new(shop.bridge(), &screen)?;
        found.core.push(wait_at_rest(bridge.id()));
    }
    Ok(told(bench, &shop, &found))
}

fn shop_window(shop: &YearOldShop, screen: &Screen, code: &str) -> Result<u64, BenchError> {
    let before = shop.in_baskets()?;
    let started = Started::new(shop.window(), screen)?;
    started.wait_heard(screen, code, || Ok(shop.in_baskets()? > before))?;
    Ok(wait_at_rest(started.id()))
}

fn nothing_in_it(folder: &std::path::Path, screen: &Screen, code: &str) -> Result<u64, BenchError> {
    let heard = folder.join("heard");
    // Nothing was heard before the first.
    let _none_yet = fs::remove_file(&heard);
    let started = Started::new(empty_window(folder, &heard), screen)?;
    started.wait_heard(screen, code, || Ok(heard.exists()))?;
    Ok(wait_at_rest(started.id()))
}

fn median(mut bytes: Vec<u64>) -> u64 {
    bytes.sort_unstable();
    bytes.get(bytes.len() / 2).copied().unwrap_or(0)
}

fn told(bench: &Bench, shop: &YearOldShop, found: &Found) -> Section {
    let title = format!(
        "Memory at rest, {} articles, {} orders",
        bench.articles(),
        shop.orders
    );
    let mut section = Section::new("B14", title);
    let pairs = found.window.iter().zip(&found.empty);
    let ratios = pairs.map(|(window, empty)| quotient(*window, *empty)).collect();
    section.line(Line::new(
        "the till's window and its web view, shared pages by their share",
        "an empty window of the same kind",
        Target::AtMost(1.25),
        Ratio::of(ratios),
    ));
    let cores = found
        .core
        .iter()
        .map(|bytes| quotient(*bytes, CORE_BYTES))
        .collect();
    section.line(Line::new(
        "the till behind the bridge, without a window",
        "40 MiB",
        Target::AtMost(1.0),
        Ratio::of(cores),
    ));
    let kinds = [
        ("window", &found.window),
        ("empty window", &found.empty),
        ("till without a window", &found.core),
    ];
    let said = kinds.map(|(what, bytes)| format!("{what} {} MiB", median(bytes.clone()) / MIB));
    section.note(format!("Medians: {}.", said.join(", ")));
    section
}
