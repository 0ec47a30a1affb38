//! `crowd`: many tills sell at once at two processes of a centre on one PostgreSQL, in every way there is to pay by
//! code, and everything is added up.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use suanpan_tests::house::clock::{LATER, Stopwatch};
use suanpan_tests::house::crowd::{Crowd, Sale, Seen};
use suanpan_tests::house::twins::Twins;

/// What the less busy process has to have made of all calls, at least: one in so many.
const SHARE_LEAST: usize = 5;

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
    /// What draws how each customer pays.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let shop = Twins::open();
    let codes = shop.invitations(options.tills);
    let crowd = Crowd {
        doors: shop.doors(),
        sandbox: &shop.sandbox,
        sales: Sale::ALL,
        seed: options.seed,
    };
    let lasting = Duration::from_secs(options.seconds);
    let watch = Stopwatch::start();
    let seen = crowd.sell(&codes, usize::MAX, || watch.elapsed() < lasting);
    tell(&options, &shop, &seen, watch.elapsed());
    // What is lost or there twice ends the program with the rows that say so.
    shop.wait_at_rest(LATER);
    shop.assert_nothing_lost_and_nothing_twice();
    shop.assert_books_say(&seen);
    println!("lost 0, twice 0: the books of both, the platforms and the tills say the same");
    let unsold: Vec<_> = Sale::ALL
        .iter()
        .map(|sale| sale.name())
        .filter(|name| seen.by_sale.get(name).is_none_or(|orders| *orders == 0))
        .collect();
    if !unsold.is_empty() {
        eprintln!("crowd: nothing was sold by {}", unsold.join(", "));
        return ExitCode::FAILURE;
    }
    let calls = [shop.calls_of(0), shop.calls_of(1)];
    let total: usize = calls.iter().sum();
    if calls.iter().any(|calls| calls * SHARE_LEAST < total) {
        eprintln!("crowd: the calls were not shared: {calls:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn tell(options: &Options, shop: &Twins, seen: &Seen, took: Duration) {
    let by_sale: Vec<String> = seen
        .by_sale
        .iter()
        .map(|(name, orders)| format!("{orders} {name}"))
        .collect();
    println!(
        "{} tills sold {} orders for {} fen in {:.1} s: {}",
        options.tills,
        seen.sold(),
        seen.sum_minor(),
        took.as_secs_f64(),
        by_sale.join(", ")
    );
    println!(
        "{} attempts, {} payments that went back, {} payment codes that charged nobody, {} journal entries; {} \
         requests were repeated",
        seen.trades.len(),
        seen.returned.len(),
        seen.not_charged,
        seen.entries,
        seen.repeated
    );
    println!(
        "paid at the platform until heard of at the till, ms: half within {}, 99 of 100 within {}, all within {}",
        seen.heard_within_ms(50),
        seen.heard_within_ms(99),
        seen.heard_within_ms(100)
    );
    println!(
        "calls to the platforms: {} by one process, {} by the other",
        shop.calls_of(0),
        shop.calls_of(1)
    );
}
