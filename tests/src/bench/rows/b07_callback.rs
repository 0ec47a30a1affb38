//! B7, hearing of a payment: signature checked, message opened, trade and tender paid, durable; then all of it once
//! more, when nothing is new.

use std::path::Path;

use suanpan_channels::CallbackRequest;

use crate::bench::Bench;
use crate::bench::clock::Watch;
use crate::bench::collecting::Collecting;
use crate::bench::openssl;
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Ratio, Samples, quotient};

const ROUNDS: usize = 5;
const TRADES_FULL: usize = 600;
const TRADES_SMOKE: usize = 4;
/// As many deliver at once.
const SENDERS: usize = 4;
/// A tenth of a millisecond for each, all senders together: ten thousand a second.
const EACH_MOST_NS: u64 = 100_000;
/// What the slowest of a hundred may take; the platform itself waits for five seconds.
const SLOWEST_MOST_NS: u64 = 50_000_000;
const REPEATS_FASTER: f64 = 2.0;

/// What one round found.
struct Heard {
    /// Wall time of all, and each, heard for the first time.
    first: (u64, Samples),
    /// The same when all were heard before.
    again: (u64, Samples),
    /// One check by openssl; none where there is no openssl.
    verify_ns: Option<u64>,
}

/// Measures the row.
///
/// # Errors
/// When a callback is not acknowledged, or does not pay its trade once.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b7")?;
    let trades = bench.scale.choose(TRADES_FULL, TRADES_SMOKE);
    let mut shop = Collecting::open(folder.path())?;
    let mut rounds = Vec::new();
    for round in 1..=bench.scale.choose(ROUNDS, 1) {
        rounds.push(hear_all(&mut shop, trades)?);
        let paid = i64::try_from(round * trades).unwrap_or(0);
        same("trades paid", &paid_in(folder.path())?, &paid)?;
    }
    Ok(told(&rounds, trades))
}

fn paid_in(folder: &Path) -> Result<i64, BenchError> {
    Collecting::count_paid(folder)
}

fn hear_all(shop: &mut Collecting, trades: usize) -> Result<Heard, BenchError> {
    let created: Result<Vec<_>, _> = (0..trades).map(|_| shop.create()).collect();
    let callbacks = shop.paid(&created?)?;
    Ok(Heard {
        first: deliver(shop, &callbacks)?,
        again: deliver(shop, &callbacks)?,
        verify_ns: openssl::rsa_2048(1)?.map(|rsa| rsa.verify_ns),
    })
}

/// All at once by some senders; the wall time of all and the time of each.
fn deliver(shop: &Collecting, callbacks: &[CallbackRequest]) -> Result<(u64, Samples), BenchError> {
    let centre = &shop.centre;
    let watch = Watch::start();
    let found: Result<Vec<Samples>, BenchError> = std::thread::scope(|scope| {
        let senders: Vec<_> = callbacks
            .chunks(callbacks.len().div_ceil(SENDERS).max(1))
            .map(|part| {
                scope.spawn(move || {
                    let mut each = Samples::default();
                    for callback in part {
                        each.push(Collecting::hear(centre, callback)?);
                    }
                    Ok(each)
                })
            })
            .collect();
        let ended = senders.into_iter().map(|sender| sender.join());
        ended
            .map(|ended| ended.unwrap_or_else(|_| Err(BenchError::Wrong("a sender died".to_owned()))))
            .collect()
    });
    let wall_ns = watch.ns();
    let mut all = Samples::default();
    for part in found? {
        all.extend(&part);
    }
    Ok((wall_ns, all))
}

fn told(rounds: &[Heard], trades: usize) -> Section {
    let mut section = Section::new("B7", "Hearing of a payment");
    let count = u64::try_from(trades).unwrap_or(1);
    let of = |pair: &dyn Fn(&Heard) -> (u64, u64)| {
        let ratios = rounds.iter().map(|heard| {
            let (above, below) = pair(heard);
            quotient(above, below)
        });
        Ratio::of(ratios.collect())
    };
    section.line(Line::new(
        "callbacks kept per second",
        "10,000",
        Target::AtLeast(1.0),
        of(&|heard| (EACH_MOST_NS * count, heard.first.0)),
    ));
    section.line(Line::new(
        "one callback, p99",
        "50 ms",
        Target::AtMost(1.0),
        of(&|heard| (heard.first.1.p99(), SLOWEST_MOST_NS)),
    ));
    section.line(Line::new(
        "all of them for the first time",
        "all of them again",
        Target::AtLeast(REPEATS_FASTER),
        of(&|heard| (heard.first.0, heard.again.0)),
    ));
    let checks = rounds.iter().map(|heard| {
        let verify_ns = heard.verify_ns?;
        Some(quotient(verify_ns * count, heard.again.0))
    });
    let (what, beside) = (
        "callbacks heard again, per second",
        "`openssl speed rsa2048`, checks per second on one core",
    );
    section.line(match checks.collect::<Option<Vec<f64>>>() {
        Some(checks) => Line::new(what, beside, Target::Told, Ratio::of(checks)),
        None => Line::skipped(what, beside, Target::Told, "this machine has no openssl"),
    });
    for (what, part) in [
        (
            "a callback, first",
            rounds.iter().map(|heard| &heard.first.1).collect::<Vec<_>>(),
        ),
        (
            "a callback, again",
            rounds.iter().map(|heard| &heard.again.1).collect(),
        ),
    ] {
        let mut all = Samples::default();
        part.into_iter().for_each(|samples| all.extend(samples));
        section.time(what, &all);
    }
    section.note(format!(
        "{ROUNDS} rounds of {trades} payments, delivered by {SENDERS} senders at once, without sockets; every trade is \
         paid once afterwards and its tender names it as the winner."
    ));
    section
}
