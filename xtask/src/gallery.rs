//! `./x gallery`: every screen and state of the product in pictures, each measured; and the part `look` of the
//! tests, which measures the same and keeps no pictures.
//!
//! Where the shop is stopped and what a picture must hold is in `ui/dev/gallery`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::command::Step;
use crate::demo;
use crate::house::House;

const SCRIPT: &str = "ui/dev/gallery/gallery.mjs";

/// Which pictures, and where they go.
#[derive(Args)]
pub struct Options {
    /// Put pictures and findings into this folder [default: gallery in the build folder].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only states with this in their name.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// A folder of pictures with the same names, to put beside ours.
    #[arg(long, value_name = "DIR")]
    beside: Option<PathBuf>,
    /// Take the pictures that the README shows, anew, and no others.
    #[arg(long)]
    readme: bool,
}

/// Builds the shop and takes its pictures.
///
/// # Errors
/// When something does not build or start, a state cannot be reached, or a picture does not hold what it must.
pub fn run(house: &House, options: &Options) -> Result<()> {
    demo::build(house, false)?;
    let mut step = script(house)?.arguments(["--out", &out(house, options.out.as_deref())?]);
    if let Some(part) = &options.only {
        step = step.arguments(["--only", part]);
    }
    if let Some(folder) = &options.beside {
        step = step.arguments(["--beside", text(folder)?]);
    }
    if options.readme {
        step = step.arguments(["--readme"]);
    }
    step.run()
}

/// Measures every state without keeping the pictures. What it needs is built by the parts before it.
///
/// # Errors
/// When a state cannot be reached or does not hold what it must; each finding is printed.
pub fn look(house: &House) -> Result<()> {
    script(house)?
        .arguments(["--check", "--out", &out(house, None)?])
        .run()
}

fn script(house: &House) -> Result<Step> {
    let sandbox = house.program("suanpan-sandbox", false);
    let programs = sandbox.parent().context("a program lies in a folder")?;
    Ok(Step::program(house, "node").arguments([SCRIPT, "--programs", text(programs)?]))
}

fn out(house: &House, chosen: Option<&Path>) -> Result<String> {
    let folder = chosen.map_or_else(|| house.target().join("gallery"), Path::to_path_buf);
    Ok(text(&folder)?.to_owned())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not readable as text", path.display()))
}
