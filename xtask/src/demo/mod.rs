//! `./x demo`: the practice shop without a window. Starts the sandbox, the centre and the tills, announces
//! where they are, and closes the shop tidily when told to.

mod announce;
mod broker;
mod child;
mod place;
mod shop;
mod stop;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

pub use announce::Announcement;
pub use stop::Stop;

use crate::command::Step;
use crate::demo::announce::AnnouncedFile;
use crate::demo::shop::Shop;
use crate::house::House;

/// How often the open shop looks at its children and at the signals.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// More tills than this on one machine measure the machine and not Suanpan.
const TILLS_MAX: u8 = 20;

/// How the practice shop is opened.
#[derive(Args, Clone, Default)]
pub struct ShopOptions {
    /// Write where everything is to this file once all are ready; it goes when the shop closes.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Keep the shop's data in this folder and use it again next time.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How many tills.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=i64::from(TILLS_MAX)))]
    pub tills: u8,
    /// Use a centre that runs elsewhere instead of starting one and a sandbox.
    #[arg(long, value_name = "URL", requires = "enrol")]
    pub centre: Option<String>,
    /// What that centre's `till invite` printed; once per till. The one-time code alone is enough when the URL
    /// is http://127.0.0.1:PORT, any other centre needs the whole line address#code#fingerprint.
    #[arg(long, value_name = "CODE", requires = "centre")]
    pub enrol: Vec<String>,
    /// Keep the centre's books on a PostgreSQL server of the shop's own, which goes when the shop closes.
    #[arg(long, conflicts_with_all = ["data", "centre"])]
    pub postgres: bool,
    /// Run with a broker of its own: the centre tells what happens, and the listeners of a shop hear it.
    #[arg(long, conflicts_with = "centre")]
    pub rabbitmq: bool,
    /// Build optimised programs: slower to build, faster to run.
    #[arg(long)]
    pub release: bool,
}

/// Builds what is needed and keeps the shop open until told to close it.
///
/// # Errors
/// When something does not build, does not start, or ends by itself.
pub fn run(house: &House, options: &ShopOptions) -> Result<()> {
    build(house, options.release)?;
    open(house, options, |_| Ok(After::StayOpen))
}

/// What to do once the shop is open.
pub enum After {
    /// Serve until a signal or `quit`.
    StayOpen,
    /// Close at once.
    Close,
}

/// Builds the screens and the programs of the shop.
///
/// # Errors
/// When one of them does not build.
pub fn build(house: &House, release: bool) -> Result<()> {
    Step::npm(house, "build").run()?;
    let packages = [
        "build",
        "--package",
        "suanpan-sandbox",
        "--package",
        "suanpan-trade",
        "--package",
        "suanpan-bridge",
    ];
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    Step::cargo(house)
        .arguments(packages)
        .arguments(profile.iter().copied())
        .run()
}

/// Opens the built shop, announces it, and closes it again however the call ends.
///
/// # Errors
/// When a part does not start or ends by itself, or `ready` finds something wrong.
pub fn open(
    house: &House,
    options: &ShopOptions,
    ready: impl FnOnce(&Announcement) -> Result<After>,
) -> Result<()> {
    let stop = Stop::listen()?;
    let mut shop = Shop::open(house, options, &stop)?;
    let announcement = shop.announcement();
    let _file = match &options.json {
        Some(path) => Some(AnnouncedFile::write(path, &announcement)?),
        None => None,
    };
    announce::tell(&announcement);
    match ready(&announcement)? {
        After::Close => Ok(()),
        After::StayOpen => serve(&mut shop, &stop),
    }
}

fn serve(shop: &mut Shop<'_>, stop: &Stop) -> Result<()> {
    let typed = typed_lines();
    let mut listening = true;
    while !stop.asked() {
        if listening {
            match typed.recv_timeout(LOOK_EVERY) {
                Ok(line) if line.trim() == "quit" => return Ok(()),
                Ok(line) => obey(shop, line.trim(), stop),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => listening = false,
            }
        } else {
            thread::sleep(LOOK_EVERY);
        }
        if let Some(ended) = shop.someone_ended() {
            bail!(ended);
        }
    }
    Ok(())
}

/// A slip of the fingers closes no shop: what does not work is said, and the shop stays open.
fn obey(shop: &mut Shop<'_>, line: &str, stop: &Stop) {
    let outcome = match line {
        "" => return,
        "centre stop" => shop.stop_centre(),
        "centre start" => shop.start_centre(stop),
        other => {
            println!("`{other}` is not known here; there are: centre stop, centre start, quit");
            return;
        }
    };
    match outcome {
        Ok(said) => println!("{said}"),
        Err(problem) => println!("that did not work: {problem:#}"),
    }
}

/// Lines typed by a person. The channel closes at once where there is nobody to type.
fn typed_lines() -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
