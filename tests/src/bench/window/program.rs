//! A program with a window, started on a virtual screen and scanned into until it has heard: what a cashier does who
//! does not wait for the window to look ready.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::bench::clock::Watch;
use crate::bench::problem::BenchError;
use crate::bench::window::shop::at_home;
use crate::house::programs::program;
use crate::window::screen::Screen;

/// Nobody waits longer for a window.
const PATIENCE_S: f64 = 60.0;
/// Between two looks whether a scan was heard.
const LOOK_AGAIN: Duration = Duration::from_millis(3);
/// Between two keys of the scanner.
const KEY_DELAY_MS: &str = "1";
/// A scan that was not heard is made again after this long.
const SCAN_AGAIN_S: f64 = 0.1;

/// A started program; it and all it started end with the value.
#[derive(Debug)]
pub struct Started {
    child: Child,
    watch: Watch,
}

impl Started {
    /// Starts it.
    ///
    /// # Errors
    /// When it is not there.
    pub fn new(mut command: Command, screen: &Screen) -> Result<Self, BenchError> {
        command
            .env("DISPLAY", screen.display())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let watch = Watch::start();
        let child = command.spawn()?;
        Ok(Self { child, watch })
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Scans again and again until the program has heard; nanoseconds since its start.
    ///
    /// # Errors
    /// When it never does, or the look for it fails.
    pub fn wait_heard(
        &self,
        screen: &Screen,
        code: &str,
        mut heard: impl FnMut() -> Result<bool, BenchError>,
    ) -> Result<u64, BenchError> {
        let keys: Vec<String> = code.chars().map(String::from).collect();
        let mut scan = vec!["xdotool", "key", "--delay", KEY_DELAY_MS];
        scan.extend(keys.iter().map(String::as_str));
        scan.push("Return");
        while self.watch.seconds() < PATIENCE_S {
            let scanned = Watch::start();
            // Before there is a window the keys go nowhere, and the program has no word to say about that.
            let _no_window_yet = screen.said(&scan);
            while scanned.seconds() < SCAN_AGAIN_S {
                if heard()? {
                    return Ok(self.watch.ns());
                }
                std::thread::sleep(LOOK_AGAIN);
            }
        }
        Err(BenchError::Wrong(format!(
            "no scan was heard within {PATIENCE_S} s"
        )))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _already_gone = group.map(|group| kill_process_group(group, Signal::KILL));
        drop(self.child.wait());
    }
}

/// The program of the empty window, not started yet; what it hears goes into `heard`.
#[must_use]
pub fn empty_window(folder: &Path, heard: &Path) -> Command {
    let mut command = Command::new(empty_window_program());
    command.arg(heard);
    at_home(&mut command, folder);
    command
}

/// Where the empty window's program is built to.
#[must_use]
pub fn empty_window_program() -> PathBuf {
    program("examples").join("empty_window")
}
