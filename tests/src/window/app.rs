//! The desktop program under its driver: started on a screen with a data folder of its own, killed, started
//! again.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::house::browser::{Browser, Driver, Keys};
use crate::house::clock::{LATER, SOON, wait_or_tell, wait_until};
use crate::house::picture::read_code;
use crate::house::programs::{self, sources};
use crate::window::screen::Screen;

/// The page while the till sells.
pub const SELL: &str = "[data-testid=app][data-stage=sell]";
/// The page while a basket is being paid.
pub const PAY: &str = "[data-testid=app][data-stage=pay]";
/// The page when it is paid.
pub const PAID: &str = "[data-testid=app][data-stage=paid]";

/// The folder of the programs a package has brought; unless said, those that stand beside this one are driven.
static INSTALLED: OnceLock<PathBuf> = OnceLock::new();

/// Drives the programs in this folder from now on.
///
/// # Panics
/// When it was said before.
pub fn drive_programs_in(folder: PathBuf) {
    INSTALLED.set(folder).expect("it is said once");
}

fn program(name: &str) -> PathBuf {
    INSTALLED
        .get()
        .map_or_else(|| programs::program(name), |folder| folder.join(name))
}

/// A line of the basket.
const LINE: &str = "[data-testid=line]";
/// Whoever has typed a code and sees nothing types it again.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// So often.
const ENTER_TRIES: usize = 4;

/// A person's folders: what one start leaves there, the next one finds.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Default for Home {
    fn default() -> Self {
        let folder = tempfile::Builder::new().prefix("suanpan-window-").tempdir();
        Self {
            folder: folder.expect("the machine has room for a home"),
        }
    }
}

impl Home {
    /// Folder of the real till's data.
    #[must_use]
    pub fn till(&self) -> PathBuf {
        self.data().join("till")
    }

    /// Which shops have data here: the real one's `till`, and `practice`.
    ///
    /// # Panics
    /// When the folder cannot be read.
    #[must_use]
    pub fn shops(&self) -> Vec<String> {
        let folders = fs::read_dir(self.data()).expect("there is a data folder");
        let names = folders.map(|folder| folder.expect("it is readable").file_name());
        let mut names: Vec<String> = names.filter_map(|name| name.into_string().ok()).collect();
        names.retain(|name| name == "till" || name == "practice");
        names.sort();
        names
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command whose home is this and whose screen is that.
    fn command(&self, name: impl AsRef<OsStr>, screen: &Screen) -> Command {
        let mut command = Command::new(name);
        for variable in [
            "HOME",
            "XDG_DATA_HOME",
            "XDG_STATE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
        ] {
            command.env(variable, self.folder.path().join("home"));
        }
        command.env("DISPLAY", screen.display()).env("NO_AT_BRIDGE", "1");
        command.env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Starts the program without a driver and waits for its end, as a second start ends at once.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start_again(&self, screen: &Screen) -> Output {
        let mut command = self.command(program("suanpan"), screen);
        command.arg("--data").arg(self.data()).stdin(Stdio::null());
        command.output().expect("the program can be started")
    }

    /// Everything its logs say, for a person who looks for a cause.
    #[must_use]
    pub fn logs(&self) -> String {
        let files = fs::read_dir(self.data().join("logs"))
            .into_iter()
            .flatten()
            .flatten();
        files
            .filter_map(|file| fs::read_to_string(file.path()).ok())
            .collect()
    }
}

/// A running program with its window.
#[derive(Debug)]
pub struct App {
    /// The window's page.
    pub browser: Browser,
    process: Pid,
}

impl App {
    /// Starts the program on `screen` and waits for its page.
    #[must_use]
    pub fn start(home: &Home, screen: &Screen) -> Self {
        let data = home.data();
        let browser = drive(
            home.command("WebKitWebDriver", screen),
            program("suanpan").as_os_str(),
            &[PathBuf::from("--data"), data.clone()],
        );
        let process = wait_until("the program runs", SOON, || process_with(&data, "suanpan"));
        Self { browser, process }
    }

    /// Ends it at once, as a power cut would, and its window with it.
    pub fn kill(self) {
        kill_process(self.process, Signal::KILL).expect("the program ran");
        // The session is dead; what it still answers is of no interest.
        drop(self.browser);
        let gone = self.process;
        wait_until("the program is gone", SOON, || is_gone(gone).then_some(()));
    }

    /// Asks it to end as the system does, and sees that it does.
    pub fn stop(self) {
        kill_process(self.process, Signal::TERM).expect("the program ran");
        let gone = self.process;
        wait_until("the program ends when asked", SOON, || {
            is_gone(gone).then_some(())
        });
    }

    /// Closes its window as a person does, and sees that the program ends.
    pub fn close(self, screen: &Screen) {
        screen.run(&["xdotool", "key", "alt+F4"]);
        let gone = self.process;
        wait_until("the program ends with its window", SOON, || {
            is_gone(gone).then_some(())
        });
    }

    /// The process that serves practice.
    #[must_use]
    pub fn practice_process(home: &Home) -> Option<Pid> {
        process_with(&home.data().join("practice/shop"), "suanpan-practice")
    }

    /// Kills the processes of its pages, as a system does that has no memory left; the program itself lives.
    ///
    /// # Panics
    /// When there are none.
    pub fn kill_pages(&self) {
        let pages = pages_of(self.process);
        assert!(!pages.is_empty(), "a window has a page");
        for page in pages {
            kill_process(page, Signal::KILL).expect("it ran");
        }
    }

    /// Goes from the first screen into practice, by the keyboard.
    pub fn begin_practice(&self) {
        self.browser
            .wait_text("[data-testid=first-run][data-at=choosing]");
        self.browser.press(&Keys::new().key("Enter"));
        self.wait_selling();
    }

    /// From the first screen to a real shop, with the line that its centre printed, as a person pastes it.
    pub fn join(&self, line: &str) {
        self.browser
            .wait_text("[data-testid=first-run][data-at=choosing]");
        self.browser.press(&Keys::new().typed("2"));
        self.browser.wait_text("[data-testid=enrol-code]");
        let paste = "const field = document.querySelector('[data-testid=enrol-code]');
            field.value = arguments[0];
            field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
        self.browser
            .script(paste, &[json!(line)])
            .expect("a line can be pasted");
        self.browser.press(&Keys::new().key("Enter"));
    }

    /// The first thing a new shop is asked: who manages the till.
    pub fn name_manager(&self, name: &str, pin: &str) {
        self.browser.wait_text("[data-testid=first-manager]");
        let keys = Keys::new()
            .typed(name)
            .key("Tab")
            .typed(pin)
            .key("Tab")
            .typed(pin);
        self.browser.press(&keys.key("Enter"));
        let gone = "return document.querySelector('[data-testid=first-manager]') === null";
        self.browser.wait_script("the till sells now", SOON, gone, &[]);
    }

    /// Sends a command as the page does and gives the till's answer.
    ///
    /// # Panics
    /// When the till says no.
    pub fn ask(&self, cmd: &str, payload: &Value) -> Value {
        let script = "return window.__TAURI_INTERNALS__
            .invoke('rpc', { command: { cmd: arguments[0], payload: arguments[1] } })";
        let answer = self.browser.script(script, &[json!(cmd), payload.clone()]);
        let answer = answer.expect("the page can be asked");
        assert!(answer.get("ok").is_some(), "{cmd}: {answer}");
        answer["ok"].clone()
    }

    /// Waits until the first element that fits carries that figure.
    pub fn wait_minor(&self, css: &str, minor: i64) {
        let script = "return document.querySelector(arguments[0])?.dataset.minor === arguments[1]";
        let what = format!("{css} is {minor}");
        self.browser
            .wait_script(&what, SOON, script, &[json!(css), json!(minor.to_string())]);
    }

    /// Waits until the till sells.
    pub fn wait_selling(&self) {
        let script = "return document.querySelector(arguments[0]) !== null";
        self.browser
            .wait_script("the till sells", LATER, script, &[json!(SELL)]);
    }

    /// Waits until the till says that about its centre.
    pub fn wait_phase(&self, what: &str, is: bool) {
        let script = "const e = document.querySelector('[data-testid=sync-status]');
            return e !== null && (e.dataset.phase === arguments[0]) === arguments[1]";
        self.browser
            .wait_script(&format!("{what}: {is}"), LATER, script, &[json!(what), json!(is)]);
    }

    /// Rings up the first articles of the sample shop by the keyboard.
    pub fn ring_up(&self, articles: usize) {
        for code in &sample_codes()[..articles] {
            self.enter(code);
        }
    }

    /// Types an article's code and Enter, as a hand does; again, as a person would, where a machine that was busy
    /// with other things let the Enter fall. A scanner's burst through the web view's driver is not one on a busy
    /// machine; the browser's tests have it.
    ///
    /// # Panics
    /// When the article is not in the basket after a few tries.
    pub fn enter(&self, code: &str) {
        let before = self.browser.count(LINE);
        let came = || wait_or_tell(AGAIN_AFTER, || self.has_lines(before + 1)).is_ok();
        for _ in 0..ENTER_TRIES {
            self.browser
                .press(&Keys::new().pause(400).typed(code).key("Enter"));
            if came() {
                return;
            }
            self.browser.press(&Keys::new().key("Escape"));
        }
        panic!(
            "{code} is not in the basket; the page: {}",
            self.browser.page_text()
        );
    }

    fn has_lines(&self, lines: u64) -> Result<(), String> {
        let seen = self.browser.count(LINE);
        (seen == lines).then_some(()).ok_or(format!("{seen} lines"))
    }

    /// From the basket to a code on the screen, by the keyboard.
    pub fn show_code(&self) {
        self.browser.press(&Keys::new().key("Enter"));
        self.browser.wait_text(PAY);
        self.browser.press(&Keys::new().key("F3"));
        self.browser.wait_text("[data-testid=code]");
    }
}

impl Screen {
    /// The one code that can be read from the screen, or from a part of it.
    #[must_use]
    pub fn code(&self, part: Option<&str>) -> String {
        wait_until("a code can be read from the screen", SOON, || self.code_now(part))
    }

    /// The code that is there now.
    #[must_use]
    pub fn code_now(&self, part: Option<&str>) -> Option<String> {
        read_code(&self.picture(part))
    }
}

/// Starts a program with a window under its driver, which hands its own environment on.
#[must_use]
pub fn drive(mut driver: Command, program: &OsStr, arguments: &[PathBuf]) -> Browser {
    let port = free_port();
    driver
        .arg(format!("--port={port}"))
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .stdout(Stdio::null());
    let driver = Driver::spawn(driver, format!("http://127.0.0.1:{port}"));
    wait_until("the driver listens", SOON, || {
        driver.ask("GET", "/status", &Value::Null).ok()
    });
    let options = json!({ "binary": program.to_string_lossy(), "args": arguments });
    Browser::with(driver, &json!({ "webkitgtk:browserOptions": options }))
}

/// The customer's phone: opens what the code says and confirms there.
pub fn pay_on_phone(code: &str) {
    let phone = Browser::chromium();
    phone.open(code);
    phone.click("#confirm");
    phone.wait_text("#done");
}

/// Barcodes of the sample shop, in its order.
///
/// # Panics
/// When the sample is not where it belongs.
#[must_use]
pub fn sample_codes() -> Vec<String> {
    let file = sources().join("crates/till/sample/catalogue.csv");
    let text = fs::read_to_string(file).expect("the sample shop has a catalogue");
    let codes = text.lines().skip(1).filter_map(|line| line.split(',').next());
    codes.filter(|code| code.len() == 13).map(str::to_owned).collect()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("a listener has an address").port()
}

/// The process of that name that was started on this data.
fn process_with(data: &Path, name: &str) -> Option<Pid> {
    let data = data.to_string_lossy();
    let all = fs::read_dir("/proc").ok()?.flatten();
    let mut ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_it = |id: &i32| {
        let said = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let mut words = said.split('\0');
        let own = words.next().and_then(|path| path.rsplit('/').next()) == Some(name);
        own && words.any(|word| word == data)
    };
    Pid::from_raw(ids.find(is_it)?)
}

/// The processes of pages that a program has begun.
fn pages_of(program: Pid) -> Vec<Pid> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let parent = program.as_raw_nonzero().to_string();
    let is_its = |id: &i32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // number (name) state parent …; the name is cut after 15 letters.
        let Some((name, rest)) = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(") ")) else {
            return false;
        };
        name.starts_with("WebKitWebProces") && rest.split(' ').nth(1) == Some(parent.as_str())
    };
    ids.filter(is_its).filter_map(Pid::from_raw).collect()
}

/// A process that nobody has collected yet has ended all the same.
fn is_gone(process: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    stat.map_or(true, |stat| stat.contains(") Z "))
}
