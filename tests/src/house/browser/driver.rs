//! The driver program of a browser and how it is spoken to.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::house::http1::Request;

/// What keeps chromium from doing anything but showing the page.
const CHROMIUM_FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1366,768",
    "--force-device-scale-factor=1",
];

/// A running driver; the browser it started dies with it.
#[derive(Debug)]
pub struct Driver {
    address: String,
    child: Child,
    /// The browser's fresh profile.
    profile: TempDir,
}

impl Driver {
    /// chromedriver on a port of its choice.
    ///
    /// # Panics
    /// When it is not installed or says no port.
    #[must_use]
    pub fn chromium() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped());
        let mut driver = Self::spawn(command, String::new());
        let output = driver
            .child
            .stdout
            .take()
            .expect("the output was asked for as a pipe");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let said = line.split_once("started successfully on port ")?.1;
            said.trim_end_matches('.').parse::<u16>().ok()
        });
        driver.address = format!("http://127.0.0.1:{}", port.expect("chromedriver says its port"));
        std::thread::spawn(move || lines.for_each(drop));
        driver
    }

    /// Any driver that was told where to listen.
    #[must_use]
    pub fn spawn(mut command: Command, address: String) -> Self {
        let profile = tempfile::Builder::new().prefix("suanpan-browser-").tempdir();
        let child = command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|problem| panic!("{command:?} cannot be started: {problem}"));
        Self {
            address,
            child,
            profile: profile.expect("the machine has room for a profile"),
        }
    }

    /// What a session of chromium is asked for with.
    #[must_use]
    pub fn chromium_capabilities(&self) -> Value {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let mut flags: Vec<&str> = CHROMIUM_FLAGS.to_vec();
        flags.push(&profile);
        json!({ "browserName": "chrome", "goog:chromeOptions": { "args": flags } })
    }

    /// One call of the protocol.
    ///
    /// # Errors
    /// The driver's word, or that it does not answer.
    pub fn ask(&self, method: &'static str, path: &str, body: &Value) -> Result<Value, String> {
        let mut request = Request::new(method, &format!("{}{path}", self.address));
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request
            .send()
            .map_err(|problem| format!("the driver does not answer: {problem}"))?;
        let value = answer.json().get("value").cloned().unwrap_or(Value::Null);
        match value.get("error").and_then(Value::as_str) {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _already_gone = group.map(|group| kill_process_group(group, Signal::KILL));
        drop(self.child.wait());
    }
}
