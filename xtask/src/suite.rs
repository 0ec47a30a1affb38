//! `./x test` and `./x lint`: which parts there are and in which order.
//!
//! The quick ones come first, so that a slip is told within a minute.

use anyhow::Result;
use clap::Args;

use crate::house::House;
use crate::parts::{self, Part, Work};
use crate::{deny, tidy, window};

/// Seeds of the simulation in every test run; more belong to `./x soak`.
const SIMULATION: &[&str] = &[
    "run",
    "--package",
    "suanpan-tests",
    "--bin",
    "sim",
    "--",
    "--seeds",
    "500",
];
/// The generated TypeScript is compared first, because stale types make every later complaint misleading.
const TYPES_FRESH: &[&str] = &["test", "--workspace", "--lib", "--quiet", "bindings"];
const CLIPPY: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

const LINT_PARTS: &[Part] = &[
    Part {
        name: "fmt",
        work: Work::Cargo(&["fmt", "--all", "--check"]),
    },
    Part {
        name: "tidy",
        work: Work::Own(tidy::run),
    },
    Part {
        name: "deny",
        work: Work::Own(deny::run),
    },
    Part {
        name: "clippy",
        work: Work::Cargo(CLIPPY),
    },
    Part {
        name: "ui-check",
        work: Work::Npm("check"),
    },
];

const TEST_PARTS: &[Part] = &[
    Part {
        name: "fmt",
        work: Work::Cargo(&["fmt", "--all", "--check"]),
    },
    Part {
        name: "tidy",
        work: Work::Own(tidy::run),
    },
    Part {
        name: "ui-check",
        work: Work::Npm("check"),
    },
    Part {
        name: "ui-test",
        work: Work::Npm("test"),
    },
    Part {
        name: "ui-build",
        work: Work::Npm("build"),
    },
    Part {
        name: "deny",
        work: Work::Own(deny::run),
    },
    Part {
        name: "clippy",
        work: Work::Cargo(CLIPPY),
    },
    Part {
        name: "build",
        work: Work::Cargo(&["build", "--workspace", "--bins"]),
    },
    Part {
        name: "codegen",
        work: Work::Cargo(TYPES_FRESH),
    },
    Part {
        name: "rust",
        work: Work::Cargo(&["test", "--workspace"]),
    },
    Part {
        name: "sim",
        work: Work::Cargo(SIMULATION),
    },
    Part {
        name: "window",
        work: Work::Own(window::check),
    },
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
