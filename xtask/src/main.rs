//! Developer commands behind `./x`: building, checking, starting the practice shop.
//!
//! Deliberately not in it: anything the product needs at run time. Nothing here is shipped.

mod bare;
mod bundle;
mod clock;
mod command;
mod demo;
mod deny;
mod gallery;
mod hostile;
mod house;
mod http;
mod launch;
mod parts;
mod suite;
mod tidy;
mod window;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::clock::Stopwatch;
use crate::command::Step;
use crate::house::House;

/// Everything a developer does with Suanpan, by one word each.
#[derive(Parser)]
#[command(
    name = "./x",
    bin_name = "./x",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Door {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Subcommand)]
enum Wish {
    /// Build the till and open its window; without a display, serve the practice shop to a browser.
    Run(launch::Options),
    /// Every check there is: format, lints, licences, tidy, screens, Rust tests, simulation, window.
    Test(suite::Options),
    /// Start the practice shop without a window and write where it is to a file.
    Demo(demo::ShopOptions),
    /// Run the seeded simulation of several tills, the centre and the platforms.
    Sim(Handed),
    /// Measure what has a limit and write docs/BENCHMARKS.md.
    Bench(Handed),
    /// Take pictures of every screen and state, and measure what each must hold.
    Gallery(gallery::Options),
    /// The simulation and the tests with bigger counts, for an evening.
    Soak(Handed),
    /// The quick checks only: format, clippy, licences, tidy, types of the screens.
    Lint(suite::LintOptions),
    /// The house rules alone: architecture, sizes, words.
    Tidy,
    /// Write the TypeScript types of the till's commands anew.
    Codegen,
    /// Say what is missing on this machine and how to get it; installs nothing.
    Doctor,
    /// Build the Debian package of the desktop program, and look whether it works.
    Bundle(bundle::Options),
    /// Prove on an empty Debian 12 that `./x run` sells and `./x test` passes.
    Bare(bare::Options),
}

/// Arguments of the program behind the command.
#[derive(clap::Args)]
struct Handed {
    /// Handed on as they stand; after `--` also --help, which the program itself answers.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

fn main() -> ExitCode {
    let door = Door::parse();
    let stopwatch = Stopwatch::start();
    let outcome = House::find().and_then(|house| obey(&house, door.wish));
    eprintln!("x: {:.1} s in all", stopwatch.seconds());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("x: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(house: &House, wish: Wish) -> Result<()> {
    match wish {
        Wish::Run(options) => launch::run(house, &options),
        Wish::Test(options) => suite::test(house, &options),
        Wish::Demo(options) => demo::run(house, &options),
        Wish::Sim(handed) => hand_on(house, "sim", &handed.rest),
        Wish::Bench(handed) => bench(house, &handed.rest),
        Wish::Gallery(options) => gallery::run(house, &options),
        Wish::Soak(handed) => soak(house, &handed.rest),
        Wish::Lint(options) => suite::lint(house, &options),
        Wish::Tidy => tidy::run(house),
        Wish::Codegen => write_types(house),
        Wish::Doctor => doctor_is_in_the_script(),
        Wish::Bundle(options) => bundle::run(house, &options),
        Wish::Bare(options) => bare::run(house, &options),
    }
}

/// Seeds of a soak: what a 2-core machine goes through in an evening.
const SOAK_SEEDS: &str = "20000";

/// Cases of every property in a soak.
const SOAK_CASES: &str = "5000";

/// The simulation of every test run with a count of its own, then every deliberately broken rule, the properties of
/// counter and money with many more cases, then two hundred tills for a minute at two centres on one PostgreSQL, then
/// ten minutes of made-up requests at each door of a centre on a file and of one on PostgreSQL. What is handed on goes
/// to the simulation, comes last and so wins: `./x soak --seeds 5000 --from 501`.
fn soak(house: &House, rest: &[String]) -> Result<()> {
    let mut seeds = vec![String::from("--seeds"), String::from(SOAK_SEEDS)];
    seeds.extend_from_slice(rest);
    hand_on(house, "sim", &seeds)?;
    hand_on(house, "sim", &[String::from("--mutant"), String::from("all")])?;
    // What is random in the tests of single rooms, as often as a person would not wait for.
    Step::cargo(house)
        .arguments([
            "test",
            "--locked",
            "--package",
            "suanpan-domain",
            "--package",
            "suanpan-till",
            "--lib",
        ])
        .environment("PROPTEST_CASES", SOAK_CASES)
        .run()?;
    // The crowd's processes stand beside it, built the same way.
    Step::cargo(house)
        .arguments([
            "build",
            "--release",
            "--package",
            "suanpan-trade",
            "--package",
            "suanpan-sandbox",
        ])
        .run()?;
    hand_on(house, "crowd", &[])?;
    hostile::soak(house)
}

/// Rows that start programs with windows; each alone can be asked for without building any of them.
const WINDOW_ROWS: &[&str] = &["B13", "B14", "PAINT"];

/// A run of all rows, or of one that is about windows, needs the desktop program and the screens inside it.
fn bench(house: &House, rest: &[String]) -> Result<()> {
    let names: Vec<String> = rest
        .iter()
        .flat_map(|word| word.split(','))
        .map(str::to_uppercase)
        .collect();
    let is_row = |name: &String| {
        name.starts_with('B') && name[1..].parse::<u8>().is_ok() || matches!(name.as_str(), "HELD" | "WAITS")
    };
    let windows = names.iter().any(|name| WINDOW_ROWS.contains(&name.as_str()));
    let named = windows || names.iter().any(is_row);
    let asks_help = rest.iter().any(|word| word == "--help" || word == "-h");
    if (windows || !named) && !asks_help {
        Step::npm(house, "build").run()?;
        window::build_for_bench(house)?;
    }
    if !asks_help && (!named || names.iter().any(|name| name == "HELD")) {
        // A centre that is looked at from outside stands beside the bench, built the same way.
        Step::cargo(house)
            .arguments(["build", "--release", "--package", "suanpan-trade"])
            .run()?;
    }
    hand_on(house, "bench", rest)
}

/// The simulator and the bench are programs of the tests' crate, in release for their counts.
fn hand_on(house: &House, program: &str, rest: &[String]) -> Result<()> {
    Step::cargo(house)
        .arguments([
            "run",
            "--quiet",
            "--release",
            "--package",
            "suanpan-tests",
            "--bin",
            program,
            "--",
        ])
        .arguments(rest.iter().map(String::as_str))
        .run()
}

/// The till's own test writes the types it otherwise compares.
fn write_types(house: &House) -> Result<()> {
    Step::cargo(house)
        .arguments(["test", "--package", "suanpan-till", "--lib", "bindings"])
        .environment("SUANPAN_BLESS", "1")
        .run()
}

/// The answer must also come where there is no Rust to build this program with.
fn doctor_is_in_the_script() -> Result<()> {
    println!("Says what is missing on this machine and how to get it; installs nothing. Use: ./x doctor");
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn every_command_and_option_is_well_formed() {
        super::Door::command().debug_assert();
    }
}
