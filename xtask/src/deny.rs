//! cargo-deny: licences, banned crates and sources. Built once into the build folder.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::Step;
use crate::house::House;

/// Pinned, so that a new release cannot turn a green check red by itself.
const VERSION: &str = "0.20.2";

/// Checks bans, licences and sources, and says aloud what is not checked.
///
/// # Errors
/// When cargo-deny cannot be built or finds something.
pub fn run(house: &House) -> Result<()> {
    let program = ensure(house)?;
    Step::program(house, program)
        .arguments(["check", "bans", "licenses", "sources"])
        .run()?;
    eprintln!(
        "x: advisories were not asked; `./x lint --advisories` asks, where their database is reachable"
    );
    Ok(())
}

/// Checks the advisory database.
///
/// # Errors
/// When it is not reachable or has something on a crate of ours.
pub fn advisories(house: &House) -> Result<()> {
    let program = ensure(house)?;
    Step::program(house, program)
        .arguments(["check", "advisories"])
        .run()
}

/// An unoptimised build takes half the time, and the check itself is two seconds either way.
fn ensure(house: &House) -> Result<PathBuf> {
    let tools = house.target().join("tools");
    let program = tools.join("bin").join("cargo-deny");
    let stamp = tools.join("cargo-deny.version");
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|built| built == VERSION) {
        return Ok(program);
    }
    let scratch = tools.join("build");
    Step::cargo(house)
        .arguments([
            "install",
            "--quiet",
            "--debug",
            "--locked",
            "--force",
            "cargo-deny",
            "--version",
            VERSION,
        ])
        .arguments(["--root", path_text(&tools)?])
        .environment("CARGO_TARGET_DIR", &scratch)
        .run()?;
    fs::remove_dir_all(&scratch).context("cannot remove the scratch folder of cargo-deny's build")?;
    fs::write(stamp, VERSION).context("cannot note cargo-deny's version")?;
    Ok(program)
}

fn path_text(path: &std::path::Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not readable as text", path.display()))
}
