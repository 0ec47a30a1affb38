//! The window part of the tests: the desktop program builds with the screens inside, opens on a virtual screen,
//! and paints its page.
//!
//! It proves no more than that: the window is a shell without a till behind it so far, so nothing is sold in it.
//! Selling is tested in the browser, through the bridge.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::clock::Stopwatch;
use crate::command::Step;
use crate::house::House;

/// Cold start on a busy two-core machine takes a few seconds; past this it will not come.
const SHOWN_SECONDS_MAX: u64 = 60;
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A blank page has one or two colours; a page with text has dozens from the letters' smooth edges.
const COLOURS_MIN: u32 = 16;
const SCREEN: &str = "-screen 0 1366x768x24";

/// Builds the self-contained program and waits until a picture of the screen is not blank.
///
/// # Errors
/// When it does not build, ends early, or shows nothing in time.
pub fn opens_and_paints(house: &House) -> Result<()> {
    Step::cargo(house)
        .arguments([
            "build",
            "--package",
            "suanpan",
            "--features",
            "tauri/custom-protocol",
        ])
        .run()?;
    let picture = house.target().join("window.png");
    let mut shown = Screen::open(house, &picture)?;
    shown.wait_until_painted(&picture)
}

/// The program on its virtual screen; both end when this is dropped.
struct Screen {
    process: Child,
}

impl Screen {
    /// The picture is taken inside, because only there the screen's number is known. `xvfb-run` ends with it.
    fn open(house: &House, picture: &Path) -> Result<Self> {
        if picture.exists() {
            fs::remove_file(picture).context("cannot remove an old picture")?;
        }
        let script = r#"
            "$1" & window=$!
            trap 'kill $window' EXIT
            while kill -0 $window && read -r _; do import -window root "$2.part.png" && mv "$2.part.png" "$2"; done
        "#;
        let process = Command::new("xvfb-run")
            .args([
                "--auto-servernum",
                "--server-args",
                SCREEN,
                "sh",
                "-c",
                script,
                "sh",
            ])
            .arg(house.program("suanpan", false))
            .arg(picture)
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::piped())
            .spawn()
            .context("cannot start xvfb-run")?;
        Ok(Self { process })
    }

    fn wait_until_painted(&mut self, picture: &Path) -> Result<()> {
        let waited = Stopwatch::start();
        while waited.elapsed() < Duration::from_secs(SHOWN_SECONDS_MAX) {
            if let Some(status) = self.process.try_wait()? {
                bail!("the window ended by itself with {status}");
            }
            self.ask_for_picture()?;
            thread::sleep(LOOK_EVERY);
            if picture.exists() && colours(picture)? >= COLOURS_MIN {
                return Ok(());
            }
        }
        bail!(
            "the window showed nothing in {SHOWN_SECONDS_MAX} s; see {}",
            picture.display()
        )
    }

    fn ask_for_picture(&mut self) -> Result<()> {
        use std::io::Write;
        let orders = self
            .process
            .stdin
            .as_mut()
            .context("the input was asked for as a pipe")?;
        orders
            .write_all(b"\n")
            .context("the screen takes no orders any more")
    }
}

impl Drop for Screen {
    /// With its input closed the script inside ends, and the window and the virtual screen with it.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        if let Err(problem) = self.process.wait() {
            eprintln!("x: the virtual screen could not be waited for: {problem}");
        }
    }
}

fn colours(picture: &Path) -> Result<u32> {
    let output = Command::new("identify")
        .args(["-format", "%k"])
        .arg(picture)
        .output();
    let output = output.context("cannot start identify of imagemagick")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .with_context(|| format!("identify does not count the colours: {text}"))
}
