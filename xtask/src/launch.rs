//! `./x run`: builds the practice shop, opens it, and shows the till to the person at this machine.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use clap::Args;

use crate::demo::{self, After, Announcement};
use crate::house::House;
use crate::http;

/// The one command that changes nothing and whose answer is everything the screens show.
const ASK_STATE: &str = r#"{"cmd":"state.get","payload":{}}"#;

/// How the practice shop is run.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    demo: demo::ShopOptions,
    /// Start, see that page and commands answer, and close again.
    #[arg(long)]
    check: bool,
    /// Only print the address, open no browser.
    #[arg(long)]
    no_browser: bool,
}

/// Builds, opens and shows the practice shop.
///
/// # Errors
/// When something does not build or start, or the check finds the till not answering.
pub fn run(house: &House, options: &Options) -> Result<()> {
    demo::build(house, options.demo.release)?;
    demo::open(house, &options.demo, |announcement| {
        if options.check {
            check(announcement)?;
            return Ok(After::Close);
        }
        if !options.no_browser {
            show(&announcement.till);
        }
        Ok(After::StayOpen)
    })
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

/// Opens the browser where there is a screen; the address has been printed either way.
fn show(page: &str) {
    let on_screen = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|v| !v.is_empty()));
    if !on_screen {
        return;
    }
    let opened = Command::new("xdg-open")
        .arg(page)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        println!("No browser could be opened here; open the till's address yourself.");
    }
}
