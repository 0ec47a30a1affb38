//! The empty machine's folder: made by debootstrap, removed without ever crossing into another file system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::bare::machine;
use crate::command::Step;
use crate::house::House;

/// Debian 12.
const SUITE: &str = "bookworm";

/// The folder that is the root of the empty machine.
pub struct Root {
    path: PathBuf,
    keep: bool,
}

impl Root {
    /// Makes an empty machine from the archive this machine uses.
    ///
    /// # Errors
    /// When debootstrap fails; what it made is removed again.
    pub fn make(house: &House, keep: bool) -> Result<Self> {
        fs::create_dir_all(house.target()).context("cannot make the build folder")?;
        let folder = tempfile::Builder::new()
            .prefix("bare-")
            .tempdir_in(house.target())?
            .keep();
        let root = Self {
            path: folder.canonicalize()?,
            keep,
        };
        let sources = machine::apt_sources();
        Step::program(house, "debootstrap")
            .arguments(["--variant=minbase", "--include=ca-certificates", SUITE])
            .arguments([root.path.to_string_lossy().as_ref()])
            .arguments(sources.main.as_deref())
            .run()?;
        fs::write(
            root.path.join("etc/apt/sources.list.d/more.list"),
            sources.more_lines(SUITE),
        )?;
        Ok(root)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn remove(&self) -> Result<()> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").context("cannot read what is mounted")?;
        let shown = self.path.to_string_lossy();
        anyhow::ensure!(
            !mounts.contains(shown.as_ref()),
            "something is mounted inside {shown}; it is left alone"
        );
        let status = Command::new("rm")
            .args(["-rf", "--one-file-system", "--"])
            .arg(&self.path)
            .status()?;
        anyhow::ensure!(status.success(), "{shown} could not be removed");
        Ok(())
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        if self.keep {
            eprintln!("x: the empty machine is kept at {}", self.path.display());
        } else if let Err(problem) = self.remove() {
            eprintln!("x: {problem:#}");
        }
    }
}
