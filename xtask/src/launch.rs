//! `./x run`: builds the till and opens its window; where there is no display, or a browser is asked for, serves
//! the practice shop to a browser.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::command::Step;
use crate::demo::{self, After, Announcement};
use crate::house::House;
use crate::{http, window};

/// The one command that changes nothing and whose answer is everything the screens show.
const ASK_STATE: &str = r#"{"cmd":"state.get","payload":{}}"#;

/// Where the built till is shown.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    demo: demo::ShopOptions,
    /// Serve the practice shop to a browser, also where a window could be opened.
    #[arg(long)]
    browser: bool,
    /// Start, see that the window opens, or without a display that page and commands answer, and close again.
    #[arg(long)]
    check: bool,
    /// Serve to a browser, print the address and open none.
    #[arg(long)]
    no_browser: bool,
}

impl Options {
    /// Some things that can be asked for only make sense for a browser.
    fn wants_browser(&self) -> bool {
        let shop = &self.demo;
        self.browser || self.no_browser || shop.json.is_some() || shop.centre.is_some() || shop.tills > 1
    }
}

/// Builds the till and shows it.
///
/// # Errors
/// When something does not build or start, or the check finds the till not answering.
pub fn run(house: &House, options: &Options) -> Result<()> {
    if options.wants_browser() {
        return in_browser(house, options);
    }
    if !is_display_here() {
        println!("There is no display here to open a window on; the till is served to a browser instead.");
        return in_browser(house, options);
    }
    in_window(house, options)
}

/// Builds the window with its screens inside, and runs it until it is closed.
fn in_window(house: &House, options: &Options) -> Result<()> {
    let release = options.demo.release;
    Step::npm(house, "build").run()?;
    window::build(house, release)?;
    if options.check {
        return window::opens_and_closes(&house.program("suanpan", release));
    }
    let mut till = Step::program(house, house.program("suanpan", release));
    if let Some(data) = &options.demo.data {
        till = till.arguments(["--data", path_text(data)?]);
    }
    till.run()
}

fn path_text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not readable as text", path.display()))
}

fn in_browser(house: &House, options: &Options) -> Result<()> {
    demo::build(house, options.demo.release)?;
    demo::open(house, &options.demo, |announcement| {
        if options.check {
            check(announcement)?;
            return Ok(After::Close);
        }
        if !options.no_browser && is_display_here() {
            show(&announcement.till);
        }
        Ok(After::StayOpen)
    })
}

fn is_display_here() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|v| !v.is_empty()))
}

/// Asks for the page and for the till's state, as a browser would.
fn check(announcement: &Announcement) -> Result<()> {
    let page = http::get(&announcement.till)?;
    ensure!(page.status == 200, "the till's page answers {}", page.status);
    ensure!(
        page.body.contains("<script"),
        "the till's page carries no screens"
    );

    let origin = http::origin(&announcement.till)?;
    let authorization = format!("Bearer {}", announcement.token);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Origin", origin.as_str()),
    ];
    let answer = http::post_json(&announcement.rpc, &headers, ASK_STATE)?;
    let state_came = answer.status == 200 && answer.body.contains("\"ok\"");
    ensure!(
        state_came,
        "the till's commands answer {}: {}",
        answer.status,
        answer.body
    );
    println!("The till's page and its commands answer.");
    Ok(())
}

/// Opens the browser; the address has been printed either way.
fn show(page: &str) {
    let opened = Command::new("xdg-open")
        .arg(page)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        println!("No browser could be opened here; open the till's address yourself.");
    }
}
