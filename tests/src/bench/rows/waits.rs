//! "Selling never waits": the counter while the centre is slow, refuses or stays silent, and while a
//! catalogue of a hundred thousand articles is read in, each beside the same counter undisturbed.

use std::net::TcpListener;
use std::time::Duration;

use suanpan_till::rpc::{CatalogueFile, Command, Nothing};

use crate::bench::Bench;
use crate::bench::goods;
use crate::bench::line::centre::{self, Served};
use crate::bench::line::counter::{Running, Waited};
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::rows::b08_scan::FRAME_NS;
use crate::bench::samples::{Ratio, Samples};
use crate::bench::shop::Counter;
use crate::house::proxy::Proxy;

const ARTICLES: usize = 1_000;
const SALES_FULL: usize = 60;
const SALES_SMOKE: usize = 2;
/// How long a slow centre takes for each answer.
const SLOW: Duration = Duration::from_secs(3);
const LIMIT_S: f64 = 60.0;
/// How much slower than undisturbed the counter may be: a hand does not feel it.
const P50_MOST: f64 = 2.0;

/// What the counter waited for under one disturbance.
struct Under {
    what: &'static str,
    waited: Waited,
}

/// Measures the row.
///
/// # Errors
/// When till or centre fail, or a sale does not end paid with the right sum.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("waits")?;
    let sales = bench.scale.choose(SALES_FULL, SALES_SMOKE);
    let (centre, till) = (folder.path().join("centre"), folder.path().join("till"));
    std::fs::create_dir_all(&centre)?;
    let counter = Counter::open(&till, ARTICLES)?;
    counter
        .into_till()
        .close()
        .map_err(|problem| BenchError::product("close", problem))?;
    let served = Served::start(&centre, 0)?;
    let line = Proxy::to(served.address());
    let mut running = Running::start(&till)?;
    running.enrol(&centre::invite(&centre, line.address())?)?;
    running.wait_until_in_step(LIMIT_S)?;
    let calm = sell(&mut running, sales)?;
    let mut found = Vec::new();
    line.delay(SLOW);
    found.push(under(
        "the centre takes 3 s for each answer",
        &mut running,
        sales,
    )?);
    line.cut();
    found.push(under("the centre refuses connections", &mut running, sales)?);
    let silent = TcpListener::bind(("127.0.0.1", 0))?;
    line.restore();
    line.lead_to(&format!("http://{}", silent.local_addr()?));
    found.push(under(
        "the centre takes connections and never answers",
        &mut running,
        sales,
    )?);
    found.push(importing(bench, &mut running)?);
    line.delay(Duration::ZERO);
    line.lead_to(served.address());
    running.join(running.beside(Command::SyncRetry(Nothing {})))?;
    running.wait_until_in_step(LIMIT_S)?;
    running.stop()?;
    served.stop()?;
    Ok(told(bench, &calm, &found))
}

fn sell(running: &mut Running, sales: usize) -> Result<Waited, BenchError> {
    let mut waited = Waited::default();
    for _ in 0..sales {
        running.sell(ARTICLES, &mut waited)?;
    }
    Ok(waited)
}

fn under(what: &'static str, running: &mut Running, sales: usize) -> Result<Under, BenchError> {
    let waited = sell(running, sales)?;
    Ok(Under { what, waited })
}

/// Sells until the catalogue is in.
fn importing(bench: &Bench, running: &mut Running) -> Result<Under, BenchError> {
    let csv = goods::csv(bench.articles().max(ARTICLES * 2));
    let import = running.beside(Command::CatalogueImport(CatalogueFile { csv, dry_run: false }));
    let mut waited = Waited::default();
    loop {
        running.sell(ARTICLES, &mut waited)?;
        if import.is_finished() {
            break;
        }
    }
    let report = running.join(import)?;
    let known = u64::try_from(ARTICLES).ok();
    same("articles already known", &report["unchanged"].as_u64(), &known)?;
    Ok(Under {
        what: "a large catalogue is read in",
        waited,
    })
}

fn told(bench: &Bench, calm: &Waited, found: &[Under]) -> Section {
    let mut section = Section::new("WAITS", "Selling never waits");
    let all = both(calm);
    for under in found {
        let waited = both(&under.waited);
        section.line(Line::new(
            format!("scans and `pay.cash` through the shell while {}, p50", under.what),
            "the same undisturbed, p50",
            Target::AtMost(P50_MOST),
            Some(Ratio::once(waited.p50(), all.p50())),
        ));
        section.line(Line::new(
            format!("the same while {}, slowest of {}", under.what, waited.len()),
            "one frame, 16 ms",
            Target::AtMost(1.0),
            Some(Ratio::once(waited.max(), FRAME_NS)),
        ));
    }
    section.note(format!(
        "The catalogue has {} articles. The counter presses a key 4 ms after the answer to the last.",
        bench.articles().max(ARTICLES * 2)
    ));
    section.time("undisturbed: scan", &calm.scans);
    section.time("undisturbed: `pay.cash`", &calm.cash);
    for under in found {
        section.time(format!("while {}: scan", under.what), &under.waited.scans);
        section.time(format!("while {}: `pay.cash`", under.what), &under.waited.cash);
    }
    section
}

fn both(waited: &Waited) -> Samples {
    let mut both = waited.scans.clone();
    both.extend(&waited.cash);
    both
}
