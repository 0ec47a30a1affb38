//! The hostile part of the tests: a tool that makes requests up from the centre's own document. It is installed once
//! into the build folder, in a Python environment of its own.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::Step;
use crate::house::House;

/// Pinned, so that a new release cannot turn a green check red by itself.
const TOOL: &str = "schemathesis==4.32.5";
/// What is tried, and the program that tries it.
const PROGRAMS: &[&str] = &[
    "build",
    "--package",
    "suanpan-trade",
    "--package",
    "suanpan-sandbox",
    "--package",
    "suanpan-tests",
    "--bins",
];

/// What the centre keeps its books in: a file, and a private PostgreSQL.
const DATABASES: [&[&str]; 2] = [&[], &["--postgres"]];

/// Tries every door of a real centre for about a minute, and again with its books on PostgreSQL.
///
/// # Errors
/// When the programs do not build, the tool cannot be installed, or an answer is not as documented; it has said which.
pub fn run(house: &House) -> Result<()> {
    tries(house, &[])
}

/// The same for ten minutes a door.
///
/// # Errors
/// As [`run`].
pub fn soak(house: &House) -> Result<()> {
    tries(house, &["--examples", "2000", "--seconds", "600"])
}

fn tries(house: &House, arguments: &[&str]) -> Result<()> {
    Step::cargo(house).arguments(PROGRAMS.iter().copied()).run()?;
    let tool = ensure(house)?;
    let tool = tool
        .to_str()
        .context("the build folder is not readable as text")?;
    for database in DATABASES {
        Step::program(house, house.program("hostile", false))
            .arguments(["--schemathesis", tool])
            .arguments(arguments.iter().copied())
            .arguments(database.iter().copied())
            .run()?;
    }
    Ok(())
}

fn ensure(house: &House) -> Result<PathBuf> {
    let folder = house.target().join("tools").join("schemathesis");
    let program = folder.join("bin").join("schemathesis");
    let stamp = folder.join("installed");
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == TOOL) {
        return Ok(program);
    }
    let path = folder
        .to_str()
        .context("the build folder is not readable as text")?;
    Step::program(house, "python3")
        .arguments(["-m", "venv", "--clear", path])
        .run()?;
    let pip = folder.join("bin").join("pip");
    Step::program(house, pip)
        .arguments(["install", "--quiet", "--disable-pip-version-check", TOOL])
        .run()?;
    fs::write(stamp, TOOL).context("cannot note the tool's version")?;
    Ok(program)
}
