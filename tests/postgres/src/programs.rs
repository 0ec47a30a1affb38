//! PostgreSQL's own programs, and whose they are run as: its server refuses to be root's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Problem, output, run};

/// Where Debian keeps them, one folder per version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The user that Debian's package makes for its server.
const USER: &str = "postgres";

/// Where the programs are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    as_root: bool,
}

impl Programs {
    pub(crate) fn find() -> Result<Self, Problem> {
        let folder = newest().or_else(on_the_path).ok_or_else(|| {
            Problem("PostgreSQL's server is not installed: its package is `postgresql` (as root: apt-get install postgresql)".to_owned())
        })?;
        let user = output(Command::new("id").arg("-u"))?;
        Ok(Self {
            folder,
            as_root: user == "0",
        })
    }

    /// One of them, as a user that may run it.
    pub(crate) fn command(&self, name: &str) -> Command {
        let program = self.folder.join(name);
        let mut command = if self.as_root {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The server's user may not look into whatever folder this one stands in.
        command.current_dir("/");
        command
    }

    /// Makes a folder the server's own.
    pub(crate) fn give_away(&self, folder: &Path) -> Result<(), Problem> {
        if !self.as_root {
            return Ok(());
        }
        run(Command::new("chown").arg(USER).arg(folder))
    }
}

fn newest() -> Option<PathBuf> {
    let listed = fs::read_dir(VERSIONS).ok()?.filter_map(Result::ok);
    let versions = listed.filter_map(|entry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((number, entry.path().join("bin")))
    });
    versions
        .filter(|(_, folder)| folder.join("postgres").exists())
        .max()
        .map(|(_, folder)| folder)
}

fn on_the_path() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| folder.join("initdb").exists())
}
