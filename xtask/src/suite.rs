//! `./x test` and `./x lint`: which parts there are and in which order.
//!
//! The quick ones come first, so that a slip is told within a minute.

use anyhow::Result;
use clap::Args;

use crate::command::Step;
use crate::house::House;
use crate::parts::{self, Part};
use crate::{deny, gallery, hostile, tidy, window};

/// Seeds of the simulation in every test run; more belong to `./x soak`.
const SEEDS: &str = "500";
/// The generated TypeScript is compared first, because stale types make every later complaint misleading.
const TYPES_FRESH: &[&str] = &["test", "--workspace", "--lib", "--quiet", "bindings"];
const CLIPPY: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

const FORMAT: &[&str] = &["fmt", "--all", "--check"];

const LINT_PARTS: &[Part] = &[
    Part::cargo("fmt", FORMAT),
    Part::own("tidy", tidy::run),
    Part::own("deny", deny::run),
    Part::cargo("clippy", CLIPPY),
    Part::npm("ui-check", "check"),
];

const TEST_PARTS: &[Part] = &[
    Part::cargo("fmt", FORMAT),
    Part::own("tidy", tidy::run),
    Part::npm("ui-check", "check"),
    Part::npm("ui-test", "test"),
    Part::npm("ui-build", "build"),
    Part::own("deny", deny::run),
    Part::cargo("clippy", CLIPPY),
    Part::cargo("build", &["build", "--workspace", "--bins"]),
    Part::cargo("codegen", TYPES_FRESH),
    Part::cargo("rust", &["test", "--workspace"]),
    Part::own("sim", simulate),
    Part::own("hostile", hostile::run),
    Part::own("look", gallery::look),
    Part::own("window", window::sells),
];

/// Which parts of the tests to run.
#[derive(Args)]
pub struct Options {
    /// Run only this part; may be given several times.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Leave this part out; may be given several times.
    #[arg(long, value_name = "PART")]
    skip: Vec<String>,
    /// Print the parts and stop.
    #[arg(long)]
    list: bool,
}

/// How far the quick checks go.
#[derive(Args)]
pub struct LintOptions {
    /// Also ask the advisory database, which needs the network.
    #[arg(long)]
    advisories: bool,
}

/// Runs every check, or those chosen.
///
/// # Errors
/// The first failing part's.
pub fn test(house: &House, options: &Options) -> Result<()> {
    if options.list {
        println!("{}", parts::names(TEST_PARTS));
        return Ok(());
    }
    parts::run_all(house, &parts::choose(TEST_PARTS, &options.only, &options.skip)?)
}

/// The part `build` has built it; asking cargo to run it would build it again with fewer features.
fn simulate(house: &House) -> Result<()> {
    Step::program(house, house.program("sim", false))
        .arguments(["--seeds", SEEDS, "--mutant", "all"])
        .run()
}

/// Runs the quick checks.
///
/// # Errors
/// The first failing part's.
pub fn lint(house: &House, options: &LintOptions) -> Result<()> {
    parts::run_all(house, &parts::choose(LINT_PARTS, &[], &[])?)?;
    if options.advisories {
        return deny::advisories(house);
    }
    Ok(())
}
