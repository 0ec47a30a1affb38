//! `./x bundle`: the Debian package of the desktop program, and the proof that it works where it was installed.
//!
//! What goes into the package is said in `tauri.conf.json`; here it is only told where the practice shop's program
//! has been built, which depends on the profile and the build folder.

mod check;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use crate::command::Step;
use crate::house::House;

/// How the package is made.
#[derive(Args)]
pub struct Options {
    /// Without optimization: quicker to build, for trying the package itself.
    #[arg(long)]
    debug: bool,
    /// Look into the finished package, and sell in practice with the program as it lies in there.
    #[arg(long)]
    check: bool,
    /// With --check: install it on this machine, sell with the installed program, and take it off again.
    #[arg(long, requires = "check")]
    install: bool,
}

/// Builds the package, says where it is, and proves it where that is asked for.
///
/// # Errors
/// When something does not build, or the proof fails.
pub fn run(house: &House, options: &Options) -> Result<()> {
    let release = !options.debug;
    build(house, release)?;
    let package = find(&house.program("bundle/deb", release))?;
    println!("{}", package.display());
    if options.check {
        check::run(house, &package, options.install)?;
    }
    Ok(())
}

fn build(house: &House, release: bool) -> Result<()> {
    let practice = house.program("suanpan-practice", release);
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    let before = [&["cargo", "build", "--package", "suanpan-practice"], profile].concat();
    let before = before.join(" ");
    let ours = json!({
        "build": { "beforeBundleCommand": before },
        "bundle": { "linux": { "deb": { "files": { "/usr/bin/suanpan-practice": practice } } } }
    });
    let ours = ours.to_string();
    let debug: &[&str] = if release { &[] } else { &["--debug"] };
    // Packages of earlier versions are not what was built now.
    remove_old(&house.program("bundle/deb", release))?;
    Step::program(house, "npx")
        .arguments(["tauri", "build", "--bundles", "deb", "--config", &ours])
        .arguments(debug.iter().copied())
        .run()
}

fn remove_old(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Ok(())
}

/// The one package in the folder.
fn find(folder: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(folder).with_context(|| format!("nothing was built in {}", folder.display()))?;
    let mut packages = files
        .flatten()
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "deb"));
    packages
        .next()
        .with_context(|| format!("there is no package in {}", folder.display()))
}
