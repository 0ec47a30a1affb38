//! `window`: the scenarios of the desktop window, one after the other on virtual screens.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use suanpan_tests::house::clock::Stopwatch;
use suanpan_tests::window::{app, bench_rows, practice, scenarios, shift, shop, two_screens};

/// Runs the real desktop program on virtual screens. It has to be built with its screens inside.
#[derive(Parser)]
#[command(name = "window", version)]
struct Options {
    /// Drive the programs in this folder, as a package has brought them there.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Only scenarios with this in their name.
    part: Option<String>,
}

type Scenario = (&'static str, fn());

const SCENARIOS: &[Scenario] = &[
    (
        "a newcomer sells within the first minute",
        scenarios::a_newcomer_sells_within_the_first_minute,
    ),
    (
        "f08 a second start brings the first to the front",
        scenarios::a_second_start_brings_the_first_to_the_front,
    ),
    (
        "a closed window comes back where it was with its basket",
        scenarios::a_closed_window_comes_back_where_it_was_with_its_basket,
    ),
    (
        "a killed till goes on with its basket and its code",
        scenarios::a_killed_till_goes_on_with_its_basket_and_its_code,
    ),
    (
        "pages whose processes die are loaded again",
        two_screens::pages_whose_processes_die_are_loaded_again,
    ),
    (
        "a killed till goes on with its shift and half a count",
        shift::a_killed_till_goes_on_with_its_shift_and_half_a_count,
    ),
    (
        "f48 a shift closes offline while a code waits",
        shift::a_shift_closes_offline_while_a_code_waits,
    ),
    (
        "a real shop is joined and opens again without its centre",
        shop::a_real_shop_is_joined_and_opens_again_without_its_centre,
    ),
    (
        "practice shows what goes wrong",
        practice::practice_shows_what_goes_wrong,
    ),
    (
        "a customer pays twice in practice",
        practice::a_customer_pays_twice_in_practice,
    ),
    (
        "the till is offline without its centre and recovers",
        scenarios::the_till_is_offline_without_its_centre_and_recovers,
    ),
    (
        "practice is left and nothing of it stays",
        scenarios::practice_is_left_and_nothing_of_it_stays,
    ),
    (
        "the customer display follows on the second monitor",
        two_screens::the_customer_display_follows_on_the_second_monitor,
    ),
    (
        "the bench's rows about windows arrive at right results",
        bench_rows::arrive_at_right_results,
    ),
];

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(folder) = options.programs {
        app::drive_programs_in(folder);
    }
    let part = options.part.unwrap_or_default();
    let chosen = SCENARIOS.iter().filter(|(name, _)| name.contains(&part));
    let mut failed = 0_u32;
    for (name, scenario) in chosen {
        let watch = Stopwatch::start();
        // What a panic says has been printed already.
        let passed = catch_unwind(AssertUnwindSafe(scenario)).is_ok();
        let word = if passed { "ok" } else { "FAILED" };
        println!("window: {name}: {word} in {:.1} s", watch.elapsed().as_secs_f64());
        failed += u32::from(!passed);
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
