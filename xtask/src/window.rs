//! The window part of the tests: builds the desktop program with the screens inside, and hands it to the program
//! of the tests that drives it on virtual screens.
//!
//! What is done there and what has to be seen is in `tests/src/window`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::clock::Stopwatch;
use crate::command::Step;
use crate::house::House;

/// The screens inside the program instead of a developer's server.
const SELF_CONTAINED: [&str; 2] = ["--features", "tauri/custom-protocol"];

/// A part of the name of the scenario that begins with nothing at all.
const NEWCOMER: &str = "newcomer";

/// Builds the self-contained window and the practice shop that it starts beside itself.
///
/// # Errors
/// When one of them does not build.
pub fn build(house: &House, release: bool) -> Result<()> {
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    Step::cargo(house)
        .arguments(["build", "--package", "suanpan", "--package", "suanpan-practice"])
        .arguments(SELF_CONTAINED)
        .arguments(profile.iter().copied())
        .run()
}

/// Sells in the real window: first run, practice, codes read from pictures, kills, two monitors.
///
/// # Errors
/// When something does not build, or a scenario fails; each has said what it saw.
pub fn sells(house: &House) -> Result<()> {
    // All programs, as the parts before have built them: alone the window would be built with other features of
    // what it shares with them, and that anew.
    Step::cargo(house)
        .arguments(["build", "--workspace", "--bins", "--examples"])
        .arguments(SELF_CONTAINED)
        .run()?;
    Step::program(house, house.program("window", false)).run()
}

/// Sells in practice with the programs in a folder, as a package has brought them there.
///
/// # Errors
/// When what drives them does not build, or the sale does not come about.
pub fn sells_with(house: &House, programs: &Path) -> Result<()> {
    Step::cargo(house)
        .arguments(["build", "--package", "suanpan-tests", "--bin", "window"])
        .run()?;
    let programs = programs.to_string_lossy();
    Step::program(house, house.program("window", false))
        .arguments(["--programs", &programs, NEWCOMER])
        .run()
}

/// Builds what the bench starts beside itself: the window, the empty one that it is held against, and the bridge.
///
/// # Errors
/// When one of them does not build.
pub fn build_for_bench(house: &House) -> Result<()> {
    build(house, true)?;
    Step::cargo(house)
        .arguments([
            "build",
            "--release",
            "--package",
            "suanpan",
            "--example",
            "empty_window",
        ])
        .arguments(SELF_CONTAINED)
        .run()?;
    Step::cargo(house)
        .arguments(["build", "--release", "--package", "suanpan-bridge"])
        .run()
}

/// The window's title, as `tauri.conf.json` has it.
const TITLE: &str = "算盘";
/// Longer than any machine takes to open it.
const OPENS_WITHIN_S: f64 = 60.0;
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Opens the window on data of its own, sees it on the screen, and asks the program to end.
///
/// # Errors
/// When no window comes up, or the program ends badly.
pub fn opens_and_closes(program: &Path) -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut till = Command::new(program)
        .arg("--data")
        .arg(home.path().join("data"))
        .env("XDG_STATE_HOME", home.path().join("state"))
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let seen = wait_for_window(&mut till);
    if till.try_wait()?.is_none() {
        kill_process(Pid::from_child(&till), Signal::TERM)?;
    }
    let ended = till.wait()?;
    seen?;
    ensure!(ended.success(), "the till's program ended with {ended}");
    println!("The till's window opened and closed.");
    Ok(())
}

fn wait_for_window(till: &mut Child) -> Result<()> {
    let watch = Stopwatch::start();
    while watch.seconds() < OPENS_WITHIN_S {
        let found = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--name", TITLE])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("xdotool is missing: ./x test installs it")?;
        if found.success() {
            return Ok(());
        }
        ensure!(
            till.try_wait()?.is_none(),
            "the till's program ended before its window was there"
        );
        thread::sleep(LOOK_EVERY);
    }
    bail!("no window of the till within {OPENS_WITHIN_S} s")
}
