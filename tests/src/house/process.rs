//! A program under test: ready at its first line of JSON, asked to end or killed, gone with its value.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::house::clock::{self, Stopwatch};

/// A debug build beside others on two cores opens its database and answers well within this.
const READY_MAX: Duration = Duration::from_secs(60);
/// Every program finishes what it is asked within seconds; one that needs longer is stuck.
const STOP_MAX: Duration = Duration::from_secs(15);

/// A running program.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
    ready: Value,
}

/// How a program ended that was never ready.
#[derive(Debug)]
pub struct NotReady {
    /// Its exit status; none when it had to be killed.
    pub status: Option<ExitStatus>,
    /// All it wrote, both streams.
    pub log: String,
}

impl Process {
    /// Starts it and waits for its line.
    ///
    /// # Panics
    /// When it does not become ready, with its log.
    #[must_use]
    pub fn start(name: &str, command: Command, logs: &Path) -> Self {
        Self::try_start(name, command, logs)
            .unwrap_or_else(|problem| panic!("{name} is not ready, {:?}:\n{}", problem.status, problem.log))
    }

    /// Starts it and waits for its line or its end.
    ///
    /// # Errors
    /// When it ends or nothing comes in time.
    pub fn try_start(name: &str, command: Command, logs: &Path) -> Result<Self, NotReady> {
        Self::try_start_typing(name, command, logs, None)
    }

    /// Starts it, types a line into it if there is one, and waits for its own line or its end.
    ///
    /// # Errors
    /// When it ends or nothing comes in time.
    pub fn try_start_typing(
        name: &str,
        mut command: Command,
        logs: &Path,
        typed: Option<&str>,
    ) -> Result<Self, NotReady> {
        fs::create_dir_all(logs).expect("a temporary folder takes folders");
        let log = logs.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log);
        let file = file.expect("a temporary folder takes files");
        let began_at = fs::metadata(&log).map_or(0, |known| known.len());
        let errors = file.try_clone().expect("an open file can be shared");
        let mut child = command
            .stdin(typed.map_or_else(Stdio::null, |_| Stdio::piped()))
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|problem| panic!("{name} cannot be started: {problem}"));
        if let (Some(mut input), Some(line)) = (child.stdin.take(), typed) {
            // A program that ends without reading says in its log why.
            drop(writeln!(input, "{line}"));
        }
        let output = child.stdout.take().expect("the output was asked for as a pipe");
        let lines = read_lines(output, file);
        let mut process = Self {
            child,
            log,
            ready: Value::Null,
        };
        match lines.recv_timeout(READY_MAX) {
            Ok(ready) => {
                process.ready = ready;
                Ok(process)
            }
            Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
                let status = process.wait_to_end(STOP_MAX);
                Err(NotReady {
                    status,
                    log: process.log_from(began_at),
                })
            }
        }
    }

    /// Its line of JSON.
    #[must_use]
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// All it wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log_from(0)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn log_from(&self, at: u64) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        let at = usize::try_from(at).unwrap_or(0).min(bytes.len());
        String::from_utf8_lossy(&bytes[at..]).into_owned()
    }

    /// Asks it to end and sees that it does.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let status = self.wait_to_end(STOP_MAX);
        status.unwrap_or_else(|| panic!("does not end when asked:\n{}", self.log()))
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.end_firmly();
    }

    /// Freezes it: its sockets stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn wait_to_end(&mut self, within: Duration) -> Option<ExitStatus> {
        let waited = Stopwatch::start();
        clock::wait_or_tell(within.saturating_sub(waited.elapsed()), || {
            let ended = self.child.try_wait().expect("a child of ours can be waited for");
            ended.ok_or_else(String::new)
        })
        .ok()
    }

    fn end_firmly(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
            drop(self.child.wait());
        }
    }

    /// A process that has already ended cannot be reached any more, which is what is wanted.
    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _already_gone = group.map(|group| kill_process_group(group, signal));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end_firmly();
    }
}

/// Sends on the lines that are JSON objects and keeps the rest in the log, so that the pipe never fills.
fn read_lines(output: ChildStdout, mut log: File) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(value @ Value::Object(_)) = serde_json::from_str(&line) {
                drop(sender.send(value));
            } else if writeln!(log, "{line}").is_err() {
                return;
            }
        }
    });
    receiver
}
