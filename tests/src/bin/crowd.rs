//! `crowd`: many tills sell at once at two processes of a centre on one PostgreSQL, and everything is added up.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use suanpan_tests::house::clock::Stopwatch;
use suanpan_tests::house::crowd::{Crowd, Seen};
use suanpan_tests::house::twins::Twins;

/// Many tills at once at two processes of a centre on one PostgreSQL: nothing lost, nothing twice, and how long
/// a till waits to hear that its customer has paid.
#[derive(Parser)]
#[command(name = "crowd", version)]
struct Options {
    /// How many tills.
    #[arg(long, default_value_t = 200)]
    tills: usize,
    /// How long they sell.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let shop = Twins::open();
    let codes = shop.invitations(options.tills);
    let crowd = Crowd {
        doors: shop
            .centres
            .iter()
            .map(|centre| centre.url().to_owned())
            .collect(),
        sandbox: &shop.sandbox,
    };
    let lasting = Duration::from_secs(options.seconds);
    let watch = Stopwatch::start();
    let seen = crowd.sell(&codes, usize::MAX, || watch.elapsed() < lasting);
    tell(&options, &shop, &seen, watch.elapsed());
    match wrong(&shop, &seen) {
        None => ExitCode::SUCCESS,
        Some(what) => {
            eprintln!("crowd: {what}");
            ExitCode::FAILURE
        }
    }
}

fn tell(options: &Options, shop: &Twins, seen: &Seen, took: Duration) {
    println!(
        "{} tills sold {} times in {:.1} s; {} requests were repeated",
        options.tills,
        seen.sold,
        took.as_secs_f64(),
        seen.repeated
    );
    println!(
        "paid at the platform until heard of at the till, ms: half within {}, 99 of 100 within {}, all within {}",
        seen.heard_within_ms(50),
        seen.heard_within_ms(99),
        seen.heard_within_ms(100)
    );
    println!(
        "calls to the platform: {} and {}",
        shop.calls_of(0),
        shop.calls_of(1)
    );
}

/// What does not add up.
fn wrong(shop: &Twins, seen: &Seen) -> Option<String> {
    shop.assert_nothing_lost_and_nothing_twice();
    let held = |sql: &str| usize::try_from(shop.number(sql)).unwrap_or(0);
    let trades = held("SELECT count(*) FROM trade");
    let entries = held("SELECT count(*) FROM journal");
    let sum_minor = shop.number("SELECT coalesce(sum(amount_minor), 0) FROM trade WHERE state = 'PAID'");
    if (trades, entries, sum_minor) != (seen.sold, seen.entries, seen.sum_minor) {
        return Some(format!(
            "{trades} trades for {} sales, {entries} entries for {}, {sum_minor} fen for {}",
            seen.sold, seen.entries, seen.sum_minor
        ));
    }
    (shop.calls_of(0) == 0 || shop.calls_of(1) == 0).then(|| "one process made every call".to_owned())
}
