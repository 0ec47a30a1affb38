//! `suanpan-practice`: the stand-in platform and the trade centre of a practice shop, in one process.
//!
//! Says one line when it serves and ends when its standard input closes, so that nothing of it outlives the
//! window that started it, however that ended.

mod memory;
mod shop;

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use suanpan_practice::Said;
use tokio::sync::watch;

/// A practice shop for one till on this machine. Play money only.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folder of the shop's data; made when it is not there.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say(&Said::Problem(format!("{problem:#}")));
            eprintln!("suanpan-practice: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = asked_to_stop()?;
        shop::open(&arguments.data, |ready| say(&Said::Ready(ready)), stop).await
    })
}

fn say(said: &Said) {
    let Ok(line) = serde_json::to_string(said) else {
        return;
    };
    let mut out = std::io::stdout();
    // A reader that has gone away is noticed at the other pipe.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Becomes true at a signal, and when whoever started us is gone.
fn asked_to_stop() -> Result<watch::Receiver<bool>> {
    let (ask, asked) = watch::channel(false);
    let by_input = ask.clone();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut ignored = [0; 256];
        // What is said there does not matter, only that it ends.
        while input.read(&mut ignored).is_ok_and(|bytes| bytes > 0) {}
        by_input.send_replace(true);
    });
    let signal = suanpan_trade::service::signal::asked_to_end()?;
    tokio::spawn(async move {
        signal.await;
        ask.send_replace(true);
    });
    Ok(asked)
}
