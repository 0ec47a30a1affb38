//! B6, creating a trade: from the till's request to the answer with a code, beside one signature by openssl.
//!
//! The platform is the stand-in's core in this process; its time is not counted, nor are sockets.

use crate::bench::Bench;
use crate::bench::collecting::Collecting;
use crate::bench::openssl;
use crate::bench::problem::BenchError;
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Round, Rounds};

const ROUNDS: usize = 5;
const TRADES_FULL: usize = 500;
const TRADES_SMOKE: usize = 3;
const OPENSSL_SECONDS: usize = 2;
/// Signing by the library that the house uses takes about two thirds of openssl's pace; the rest may cost little.
const OF_OPENSSL_LEAST: f64 = 0.6;

/// Measures the row.
///
/// # Errors
/// When a trade gets no code.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b6")?;
    let trades = bench.scale.choose(TRADES_FULL, TRADES_SMOKE);
    let seconds = bench.scale.choose(OPENSSL_SECONDS, 1);
    let mut shop = Collecting::open(folder.path())?;
    let mut rounds = Rounds::default();
    let mut is_beside = true;
    let times = bench.scale.choose(ROUNDS, 1);
    for _ in 0..times {
        let mut round = Round::default();
        match openssl::rsa_2048(seconds)? {
            Some(rsa) => round.limit.push(rsa.sign_ns),
            None => is_beside = false,
        }
        for _ in 0..trades {
            round.product.push(shop.create()?.took_ns);
        }
        rounds.push(round);
    }
    Ok(told(&rounds, trades, is_beside))
}

fn told(rounds: &Rounds, trades: usize, is_beside: bool) -> Section {
    let mut section = Section::new("B6", "Creating a trade");
    let what = "trades created per second on one core: checked, signed, kept";
    let beside = "`openssl speed rsa2048`, signatures per second on one core";
    let target = Target::AtLeast(OF_OPENSSL_LEAST);
    section.line(if is_beside {
        let pace = rounds.ratio_of(|round| (round.limit.p50(), round.product.p50()));
        Line::new(what, beside, target, pace)
    } else {
        Line::skipped(what, beside, target, "this machine has no openssl")
    });
    section.time("a trade, from request to code", &rounds.product());
    if is_beside {
        section.time("openssl, one signature", &rounds.limit());
    }
    section.note(format!(
        "{ROUNDS} rounds of {trades} trades, one after another, each with the till's signature checked, the \
         merchant's made, the platform's checked, and three commits on disk. The platform's own time is left out; \
         everything else is in."
    ));
    section
}
