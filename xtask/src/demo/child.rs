//! One program of the practice shop as a child process: started in a group of its own, ready when it prints
//! its first JSON line, stopped by a polite signal and, past a deadline, by a firm one.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::clock::Stopwatch;
use crate::demo::stop::Stop;

/// RabbitMQ needs four seconds on an idle machine and most of a minute on a busy one.
const SILENT_READY_SECONDS_MAX: u64 = 180;
/// A debug build on a busy two-core machine opens its database and answers well within this.
const READY_SECONDS_MAX: u64 = 60;
/// The centre finishes what it is asked in a second; a child that needs longer is stuck.
const STOP_SECONDS_MAX: u64 = 10;
/// How often a waiting loop looks: short for a person, long for a processor.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Enough of a log to see why a program gave up.
const LOG_LINES_SHOWN: usize = 20;

/// A running program of the practice shop.
pub struct Child {
    name: String,
    process: Process,
    log: PathBuf,
}

impl Child {
    /// Starts a program and waits for its first line of JSON, which it gives back.
    ///
    /// # Errors
    /// When it cannot be started, ends early, is not ready in time, or the person stops meanwhile. What it
    /// last wrote to its log is in the text.
    pub fn start(name: &str, mut command: Command, logs: &Path, stop: &Stop) -> Result<(Self, Value)> {
        fs::create_dir_all(logs).with_context(|| format!("cannot make {}", logs.display()))?;
        let log = logs.join(format!("{name}.log"));
        let log_file = File::options().create(true).append(true).open(&log)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file.try_clone()?);
        own_group(&mut command);
        let mut process = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let output = process
            .stdout
            .take()
            .context("the output was asked for as a pipe")?;
        let lines = read_lines(output, log_file);
        let mut child = Self {
            name: name.to_owned(),
            process,
            log,
        };
        let ready = child.wait_until_ready(&lines, stop)?;
        Ok((child, ready))
    }

    /// Starts a program that says nothing and waits until `is_ready` sees that it is.
    ///
    /// # Errors
    /// As [`Child::start`].
    pub fn start_until(
        name: &str,
        mut command: Command,
        logs: &Path,
        stop: &Stop,
        is_ready: impl Fn() -> bool,
    ) -> Result<Self> {
        fs::create_dir_all(logs).with_context(|| format!("cannot make {}", logs.display()))?;
        let log = logs.join(format!("{name}.log"));
        let log_file = File::options().create(true).append(true).open(&log)?;
        command
            .stdin(Stdio::null())
            .stdout(log_file.try_clone()?)
            .stderr(log_file);
        own_group(&mut command);
        let process = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let mut child = Self {
            name: name.to_owned(),
            process,
            log,
        };
        let waited = Stopwatch::start();
        while !is_ready() {
            if let Some(ended) = child.ended() {
                bail!(ended);
            }
            if stop.asked() {
                bail!("stopped while {name} was starting");
            }
            if waited.elapsed() >= Duration::from_secs(SILENT_READY_SECONDS_MAX) {
                bail!("{name} was not ready in time{}", child.log_tail());
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(child)
    }

    /// What to call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has ended by itself; the text says how, with the end of its log.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.process.try_wait().ok().flatten()?;
        Some(format!(
            "{} ended by itself with {status}{}",
            self.name,
            self.log_tail()
        ))
    }

    /// Asks it and everything it started to end; ends it firmly past the deadline.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if self.process.try_wait().ok().flatten().is_some() {
            return;
        }
        self.signal(Signal::TERM);
        let waited = Stopwatch::start();
        while waited.elapsed() < Duration::from_secs(STOP_SECONDS_MAX) {
            if self.process.try_wait().ok().flatten().is_some() {
                return;
            }
            thread::sleep(LOOK_EVERY);
        }
        eprintln!("x: {} does not end when asked; ending it firmly", self.name);
        self.signal(Signal::KILL);
        if let Err(problem) = self.process.wait() {
            eprintln!("x: {} could not be waited for: {problem}", self.name);
        }
    }

    /// A child that has already ended cannot be reached any more, which is what is wanted.
    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw)
            && let Err(problem) = kill_process_group(group, signal)
        {
            eprintln!("x: {} could not be signalled: {problem}", self.name);
        }
    }

    fn wait_until_ready(&mut self, lines: &Receiver<Value>, stop: &Stop) -> Result<Value> {
        let waited = Stopwatch::start();
        while waited.elapsed() < Duration::from_secs(READY_SECONDS_MAX) {
            match lines.recv_timeout(LOOK_EVERY) {
                Ok(ready) => return Ok(ready),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} ended before it was ready{}", self.name, self.log_tail())
                }
            }
            if stop.asked() {
                bail!("stopped while {} was starting", self.name);
            }
        }
        bail!(
            "{} was not ready after {READY_SECONDS_MAX} s{}",
            self.name,
            self.log_tail()
        )
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(LOG_LINES_SHOWN);
        if lines.is_empty() {
            return String::from("; it wrote no log");
        }
        format!("; the end of its log:\n  {}", lines[from..].join("\n  "))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

/// A group of its own, so that Ctrl C reaches only us and we stop the children in the right order.
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

/// Sends on the lines that are JSON objects and keeps every line in the log, so that the pipe never fills.
fn read_lines(output: ChildStdout, mut log: File) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(value @ Value::Object(_)) = serde_json::from_str(&line)
                && sender.send(value).is_ok()
            {
                continue;
            }
            if writeln!(log, "{line}").is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn start(script: &str, logs: &Path) -> Result<(Child, Value)> {
        Child::start("probe", shell(script), logs, &Stop::never())
    }

    #[test]
    fn a_child_is_ready_at_its_first_line_of_json() {
        let logs = tempfile::tempdir().unwrap();
        let (mut child, ready) = start(r#"echo hello; echo '{"a":1}'; exec sleep 60"#, logs.path()).unwrap();
        assert_eq!(ready["a"], 1);
        assert_eq!(child.ended(), None);
        child.stop();
    }

    #[test]
    fn a_child_that_ends_early_is_told_with_its_log() {
        let logs = tempfile::tempdir().unwrap();
        let problem = start("echo why >&2; exit 3", logs.path())
            .err()
            .unwrap()
            .to_string();
        assert!(
            problem.contains("ended before it was ready") && problem.contains("why"),
            "{problem}"
        );
    }

    #[test]
    fn a_silent_child_is_ready_when_it_is_seen_to_be() {
        let logs = tempfile::tempdir().unwrap();
        let file = logs.path().join("ready");
        let script = format!("echo up; touch '{}'; exec sleep 60", file.display());
        let start = |script: &str, is_ready: &dyn Fn() -> bool| {
            Child::start_until("probe", shell(script), logs.path(), &Stop::never(), is_ready)
        };
        start(&script, &|| file.exists()).unwrap().stop();
        let problem = start("echo why >&2; exit 3", &|| false)
            .err()
            .unwrap()
            .to_string();
        assert!(
            problem.contains("ended by itself") && problem.contains("why"),
            "{problem}"
        );
    }

    #[test]
    fn stopping_reaches_what_the_child_started() {
        let logs = tempfile::tempdir().unwrap();
        let (child, ready) = start(r#"sleep 60 & echo "{\"pid\":$!}"; wait"#, logs.path()).unwrap();
        let grandchild = i32::try_from(ready["pid"].as_i64().unwrap()).unwrap();
        child.stop();
        let grandchild = Pid::from_raw(grandchild).unwrap();
        let waited = Stopwatch::start();
        while rustix::process::test_kill_process(grandchild).is_ok() && !is_zombie(grandchild) {
            assert!(
                waited.elapsed() < Duration::from_secs(STOP_SECONDS_MAX),
                "the grandchild lives on"
            );
            thread::yield_now();
        }
    }

    /// An orphan whose new parent has not collected it yet has ended all the same.
    fn is_zombie(pid: Pid) -> bool {
        fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    }
}
