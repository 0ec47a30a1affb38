//! PAINT, from a key to the picture: a scan to its line and a key to its letter in the till's window, beside a key to
//! its letter on an empty page in the same kind of window.

use std::process::Command;

use serde_json::json;

use crate::bench::Bench;
use crate::bench::goods;
use crate::bench::problem::BenchError;
use crate::bench::report::{Line, Section, Target};
use crate::bench::rows::b08_scan::FRAME_NS;
use crate::bench::samples::{Ratio, Samples, quotient};
use crate::bench::window::paint::{Press, times};
use crate::bench::window::program::empty_window_program;
use crate::bench::window::shop::{YearOldShop, at_home};
use crate::house::browser::{Browser, Keys};
use crate::house::clock::{LATER, SOON};
use crate::window::app::{SELL, drive};
use crate::window::screen::Screen;

const ROUNDS_FULL: usize = 5;
const ROUNDS_SMOKE: usize = 1;
const PRESSES_FULL: usize = 20;
const PRESSES_SMOKE: usize = 2;
const BOX: &str = "[data-testid=box]";
const LINES: &str = "[data-testid=line]";
/// The keyboard's focus is where a person's would be.
const REST_MS: u64 = 400;

/// Ratios round by round, and all times.
#[derive(Default)]
struct Found {
    letter_ratios: Vec<f64>,
    scan_ratios: Vec<f64>,
    letters: Samples,
    scans: Samples,
    empty: Samples,
}

/// Measures the row.
///
/// # Errors
/// When a window does not open or does not show what was pressed.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("paint")?;
    let shop = YearOldShop::make(bench, folder.path())?;
    let screen = Screen::single();
    let driver = || {
        let mut command = Command::new("WebKitWebDriver");
        at_home(&mut command, folder.path());
        command.env("DISPLAY", screen.display());
        command
    };
    let mut found = Found::default();
    let count = bench.scale.choose(PRESSES_FULL, PRESSES_SMOKE);
    for _ in 0..bench.scale.choose(ROUNDS_FULL, ROUNDS_SMOKE) {
        let window = drive(driver(), shop.window().get_program(), &shop.window_arguments());
        window.wait_script(
            "the till sells",
            LATER,
            "return document.querySelector(arguments[0]) !== null",
            &[json!(SELL)],
        );
        wait_for_the_keyboard(&window);
        let letters = times(&window, count, |_| letter(), empty_the_box)?;
        let scans = scan_times(&window, count)?;
        drop(window);
        let page = drive(
            driver(),
            empty_window_program().as_os_str(),
            &[folder.path().join("heard")],
        );
        page.wait_count(BOX, 1, LATER);
        wait_for_the_keyboard(&page);
        let empty = times(&page, count, |_| letter(), empty_the_box)?;
        found.letter_ratios.push(quotient(letters.p50(), empty.p50()));
        found.scan_ratios.push(quotient(scans.p50(), empty.p50()));
        found.letters.extend(&letters);
        found.scans.extend(&scans);
        found.empty.extend(&empty);
    }
    Ok(told(found))
}

/// A digit by hand; it stands in the field when it is shown.
fn letter() -> Press {
    Press {
        keys: Keys::new().pause(REST_MS).typed("6"),
        counted: "6",
        shown: format!("document.querySelector('{BOX}').value.endsWith('6')"),
    }
}

/// A page that has just come up gets no keys yet.
fn wait_for_the_keyboard(page: &Browser) {
    let script = "return document.activeElement?.matches(arguments[0]) ?? false";
    page.wait_script("the field has the keyboard", LATER, script, &[json!(BOX)]);
}

fn empty_the_box(page: &Browser) {
    page.press(&Keys::new().key("Backspace"));
    page.wait_script(
        "the field is empty",
        SOON,
        "return document.querySelector(arguments[0]).value === ''",
        &[json!(BOX)],
    );
}

/// Scans of different articles, each a line of its own.
fn scan_times(window: &Browser, count: usize) -> Result<Samples, BenchError> {
    let before = window.count(LINES);
    let scan = |turn: usize| {
        let lines = before + u64::try_from(turn).unwrap_or(0) + 1;
        Press {
            keys: Keys::new().pause(REST_MS).scan(&goods::article(100 + turn).code),
            counted: "Enter",
            shown: format!("document.querySelectorAll('{LINES}').length >= {lines}"),
        }
    };
    let samples = times(window, count, scan, |_| ())?;
    // The next round begins with an empty basket, as a cashier empties one.
    let gone = format!("return document.querySelectorAll('{LINES}').length === 0");
    for _ in 0..window.count(LINES) {
        window.press(&Keys::new().key("Delete"));
    }
    window.wait_script("the basket is empty", LATER, &gone, &[]);
    Ok(samples)
}

fn told(found: Found) -> Section {
    let mut section = Section::new("PAINT", "From a key to the picture");
    let beyond = found.scans.p50().saturating_sub(found.empty.p50());
    section.line(Line::new(
        "a key to its letter in the one box, p50",
        "a key to its letter on an empty page",
        Target::Told,
        Ratio::of(found.letter_ratios),
    ));
    section.line(Line::new(
        "a scan's last key to its line, found, durable and drawn, p50",
        "a key to its letter on an empty page",
        Target::Told,
        Ratio::of(found.scan_ratios),
    ));
    section.line(Line::new(
        "what the scan takes beyond the empty page, p50",
        "one frame, 16 ms",
        Target::AtMost(1.0),
        Ratio::of(vec![quotient(beyond, FRAME_NS)]),
    ));
    section.note("Times run from the key's own time stamp to the first message after the frame that shows it; the web view draws without a graphics card.");
    section.time("till, key to letter", &found.letters);
    section.time("till, scan to line", &found.scans);
    section.time("empty page, key to letter", &found.empty);
    section
}
