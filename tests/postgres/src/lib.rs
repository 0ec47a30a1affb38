//! A PostgreSQL server of one's own: in a folder of its own, on a free port of this machine, gone with whoever
//! asked for it, however that one ends.
//!
//! It never touches a server that the machine may be running, and it knows nothing of what is kept in it.

mod guard;
mod programs;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use guard::Guard;
use programs::Programs;

/// Ports are free when they are looked for and may be somebody's a moment later.
const PORTS_TRIED_MAX: u32 = 5;

/// What every server is started with: many processes' connections, little memory, only this machine.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("max_connections", "300"),
    ("shared_buffers", "32MB"),
    ("autovacuum_naptime", "20s"),
    ("log_line_prefix", "%m [%p] "),
];

/// Settings under which a commit does not wait for the disk. A killed process loses nothing by it, a power cut
/// would: for tests, which do not pull the plug.
pub const FORGETFUL: &[(&str, &str)] = &[("fsync", "off"), ("full_page_writes", "off")];

/// How a server is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Open transactions are rolled back and connections closed.
    Fast,
    /// As a crash would: it recovers when it is started again.
    Immediate,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Immediate => "immediate",
        }
    }
}

/// A running server.
#[derive(Debug)]
pub struct PrivatePostgres {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    settings: Vec<(String, String)>,
    _guard: Guard,
}

/// Why there is no server, in words for a person.
#[derive(Debug)]
pub struct Problem(pub String);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

impl PrivatePostgres {
    /// Makes and starts a server that forgets nothing when a process is killed; see [`FORGETFUL`].
    ///
    /// # Errors
    /// With the package that is missing, or what the server said.
    pub fn start() -> Result<Self, Problem> {
        Self::start_with(FORGETFUL)
    }

    /// Makes and starts a server with these settings more.
    ///
    /// # Errors
    /// With the package that is missing, or what the server said.
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self, Problem> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new()
            .prefix("suanpan-postgres-")
            .tempdir()
            .map_err(|error| Problem(format!("no folder for a PostgreSQL server: {error}")))?
            .keep();
        let guard = Guard::over(&programs, &folder)?;
        programs.give_away(&folder)?;
        let mut server = Self {
            folder,
            port: 0,
            settings: owned(SETTINGS).chain(owned(settings)).collect(),
            _guard: guard,
            programs,
        };
        server.make()?;
        server.start_on_a_free_port()?;
        Ok(server)
    }

    /// Address of a database on it; `postgres` is always there.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Its port on this machine.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its folder with data and log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All it has said.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Ends it; its data stay.
    ///
    /// # Errors
    /// With what was said.
    pub fn stop(&self, ending: Ending) -> Result<(), Problem> {
        let mut command = self.control();
        run(command.args(["-m", ending.name(), "-w", "stop"]))
    }

    /// Starts it again where it was.
    ///
    /// # Errors
    /// With what it said.
    pub fn start_again(&self) -> Result<(), Problem> {
        let mut command = self.control();
        command
            .arg("-l")
            .arg(self.folder.join("log"))
            .args(["-o", &self.options()]);
        run(command.args(["-w", "start"])).map_err(|Problem(said)| Problem(format!("{said}\n{}", self.log())))
    }

    /// Keeps a file in the server's folder that only the server may read.
    ///
    /// # Errors
    /// With what was said.
    pub fn keep(&self, name: &str, content: &str) -> Result<PathBuf, Problem> {
        let path = self.folder.join(name);
        let kept = fs::File::options()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| {
                only_for_its_owner(&file)?;
                file.write_all(content.as_bytes())
            });
        kept.map_err(|error| Problem(format!("{}: {error}", path.display())))?;
        self.programs.give_away(&path)?;
        Ok(path)
    }

    /// Runs SQL with the server's own program; what it answers, one row a line, columns parted by `|`.
    ///
    /// # Errors
    /// With what was said.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, Problem> {
        let mut command = self.tool("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        output(command.arg(self.url(database)))
    }

    /// Makes a database.
    ///
    /// # Errors
    /// With what was said.
    pub fn create(&self, database: &str) -> Result<(), Problem> {
        self.sql("postgres", &format!("CREATE DATABASE {database}"))
            .map(drop)
    }

    /// A program of the server's version (`psql`, `pg_dump`, `pgbench`), run as the server's user.
    #[must_use]
    pub fn tool(&self, name: &str) -> Command {
        self.programs.command(name)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn make(&self) -> Result<(), Problem> {
        let mut command = self.programs.command("initdb");
        command.arg("-D").arg(self.data());
        run(command.args([
            "--username=postgres",
            "--auth=trust",
            "--no-locale",
            "--encoding=UTF8",
            "--no-sync",
        ]))
    }

    fn start_on_a_free_port(&mut self) -> Result<(), Problem> {
        let mut tried = 0;
        loop {
            self.port = free_port()?;
            tried += 1;
            match self.start_again() {
                Ok(()) => return Ok(()),
                Err(problem) if tried == PORTS_TRIED_MAX => return Err(problem),
                Err(_) => {}
            }
        }
    }

    fn control(&self) -> Command {
        let mut command = self.programs.command("pg_ctl");
        command.arg("-s").arg("-D").arg(self.data());
        command
    }

    fn options(&self) -> String {
        let mut options = format!("-p {} -k {}", self.port, self.folder.display());
        for (name, value) in &self.settings {
            options.push_str(&format!(" -c {name}='{value}'"));
        }
        options
    }
}

/// The one server of this process, for tests that each take a schema of it.
///
/// # Panics
/// When it cannot be started, with the package that is missing or what it said.
#[must_use]
pub fn shared() -> &'static PrivatePostgres {
    static SERVER: OnceLock<PrivatePostgres> = OnceLock::new();
    SERVER.get_or_init(|| PrivatePostgres::start().unwrap_or_else(|problem| panic!("{problem}")))
}

fn owned<'s>(settings: &'s [(&str, &str)]) -> impl Iterator<Item = (String, String)> + 's {
    settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
}

fn only_for_its_owner(file: &fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(())
    }
}

fn free_port() -> Result<u16, Problem> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Problem(format!("no free port: {error}")))
}

fn run(command: &mut Command) -> Result<(), Problem> {
    output(command).map(drop)
}

fn output(command: &mut Command) -> Result<String, Problem> {
    let named = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| Problem(format!("{named} cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Problem(format!("{command:?}: {}", said.trim_end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_what_it_was_told_through_a_crash_and_goes_with_its_owner() {
        let server = PrivatePostgres::start().unwrap();
        server
            .sql("postgres", "CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (7)")
            .unwrap();
        server.stop(Ending::Immediate).unwrap();
        assert!(server.sql("postgres", "SELECT a FROM t").is_err());
        server.start_again().unwrap();
        assert_eq!(server.sql("postgres", "SELECT a, a + 1 FROM t").unwrap(), "7|8");
        let folder = server.folder().to_path_buf();
        drop(server);
        assert!(!folder.exists());
    }
}
