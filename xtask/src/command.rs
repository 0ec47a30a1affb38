//! Running other programs: says what is run, where, and names what failed.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::house::House;

/// One program to run in the repository.
pub struct Step {
    command: Command,
    shown: String,
}

impl Step {
    /// Any program, found on the PATH or by its path.
    pub fn program(house: &House, program: impl AsRef<OsStr>) -> Self {
        let shown = program.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.current_dir(house.root()).stdin(Stdio::null());
        Self { command, shown }
    }

    /// Cargo, the one that runs us where it is known.
    pub fn cargo(house: &House) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut step = Self::program(house, cargo);
        step.shown = String::from("cargo");
        step
    }

    /// A script of package.json.
    pub fn npm(house: &House, script: &str) -> Self {
        Self::program(house, "npm").arguments(["run", "--silent", script])
    }

    /// Adds arguments.
    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        for argument in arguments {
            self.command.arg(argument);
            self.shown.push(' ');
            self.shown.push_str(argument);
        }
        self
    }

    /// Sets an environment variable for this program alone.
    pub fn environment(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it with its output shown.
    ///
    /// # Errors
    /// When it cannot be started or ends with anything but success.
    pub fn run(mut self) -> Result<()> {
        eprintln!("x: {}", self.shown);
        let status = self
            .command
            .status()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.shown);
        }
        Ok(())
    }

    /// Runs it and gives back what it printed.
    ///
    /// # Errors
    /// When it cannot be started or ends with anything but success; its own complaint is in the text.
    pub fn output(mut self) -> Result<String> {
        let output = self
            .command
            .output()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            bail!("`{}` ended with {}: {complaint}", self.shown, output.status);
        }
        String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no text", self.shown))
    }
}
