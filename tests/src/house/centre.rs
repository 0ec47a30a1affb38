//! The trade centre as a process, its commands, and its books.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::house::http1::Request;
use crate::house::process::Process;
use crate::house::programs::program;

/// A centre with its data, running or not.
#[derive(Debug)]
pub struct Centre {
    data: PathBuf,
    logs: PathBuf,
    listen: String,
    url: String,
    inner: Option<String>,
    operators: String,
    arguments: Vec<String>,
    database: Option<String>,
    log_filter: Option<String>,
    operator_token: OnceLock<String>,
    process: Option<Process>,
}

impl Centre {
    /// A centre that was never started.
    #[must_use]
    pub fn new(data: &Path, logs: &Path) -> Self {
        Self {
            data: data.to_path_buf(),
            logs: logs.to_path_buf(),
            listen: "127.0.0.1:0".to_owned(),
            url: String::new(),
            operators: String::new(),
            inner: None,
            arguments: Vec::new(),
            database: None,
            log_filter: None,
            operator_token: OnceLock::new(),
            process: None,
        }
    }

    /// Adds to the arguments it is served with.
    pub fn serve_with(&mut self, arguments: &[&str]) {
        self.arguments
            .extend(arguments.iter().map(|argument| (*argument).to_owned()));
    }

    /// Keeps its books in the database at an address and not in its folder.
    pub fn keep_in(&mut self, database: &str) {
        self.database = Some(database.to_owned());
    }

    /// How much it says, as `SUANPAN_LOG` takes it.
    pub fn say(&mut self, log_filter: &str) {
        self.log_filter = Some(log_filter.to_owned());
    }

    /// Folder with its data.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it answers callers of the existing contract.
    ///
    /// # Panics
    /// When that door is closed.
    #[must_use]
    pub fn inner(&self) -> &str {
        self.inner.as_deref().expect("the centre is served with --inner")
    }

    /// Where its measurements are read; empty where they are not.
    #[must_use]
    pub fn operators(&self) -> &str {
        &self.operators
    }

    /// All it wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.logs.join("centre.log")).unwrap_or_default()
    }

    /// Lets somebody decide here: every `ops` command from now on is his.
    ///
    /// # Panics
    /// When somebody does already.
    pub fn operate_as(&self, name: &str) {
        let added = self.ask(&["operator", "add", "--name", name]);
        let token = added["token"].as_str().expect("a token is shown").to_owned();
        self.operator_token.set(token).expect("one operator a scenario");
    }

    /// A command of its program, on its data.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(program("suanpan-trade"));
        command.arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        if let Some(log_filter) = &self.log_filter {
            command.env("SUANPAN_LOG", log_filter);
        }
        if let Some(token) = self.operator_token.get() {
            command.env("SUANPAN_OPERATOR_TOKEN", token);
        }
        command
    }

    /// Runs a command and gives how it ended.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command
            .args(arguments)
            .output()
            .expect("suanpan-trade can be started")
    }

    /// Runs a command that must work and gives what it printed.
    ///
    /// # Panics
    /// When it does not work.
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
            panic!(
                "{arguments:?} printed {}",
                String::from_utf8_lossy(&output.stdout)
            )
        })
    }

    /// Starts it, after the first time at the address it had.
    ///
    /// # Panics
    /// When it runs or does not start.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "the centre runs");
        let mut command = self.command();
        command
            .args(["serve", "--listen", &self.listen])
            .args(&self.arguments);
        let process = Process::start("centre", command, &self.logs);
        let url = process.ready()["centre"].as_str();
        url.expect("a ready line with `centre`").clone_into(&mut self.url);
        self.inner = process.ready()["inner"].as_str().map(ToOwned::to_owned);
        self.operators = process.ready()["operators"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.listen = crate::house::http1::authority_and_path(&self.url).0.to_owned();
        self.process = Some(process);
    }

    /// Its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.as_ref().expect("the centre runs").id()
    }

    /// Asks it to end.
    ///
    /// # Panics
    /// When it does not run or does not end.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.take().expect("the centre runs").stop()
    }

    /// Kills it.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        self.process.take().expect("the centre runs").kill();
    }

    /// Whether it answers that it is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let answer = Request::new("GET", &format!("{}/readyz", self.url)).send();
        answer.is_ok_and(|answer| (200..300).contains(&answer.status()))
    }
}
