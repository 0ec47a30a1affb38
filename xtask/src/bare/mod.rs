//! `./x bare`: proves on an empty Debian 12 that the two commands of the README are enough.
//!
//! The machine is a folder made by debootstrap. What is needed of this machine is copied into it, nothing is
//! shared; its mounts live in a namespace that vanishes with the last process inside, so that there is nothing
//! to unmount and nothing of this machine that a mistake inside could reach.

mod inside;
mod machine;
mod root;

use anyhow::{Result, ensure};
use clap::Args;

use crate::bare::root::Root;
use crate::command::Step;
use crate::demo::Stop;
use crate::house::House;

const RUN: &str = "./x run --check";
/// The tests bring the virtual screen that the window is opened on afterwards.
const RUN_AND_TEST: &str = "./x run --check && ./x test && xvfb-run -a ./x run --check";

/// How far the proof goes.
#[derive(Args)]
pub struct Options {
    /// Leave the empty machine's folder where it is afterwards, to look around in it.
    #[arg(long)]
    keep: bool,
    /// Only start the practice shop and see it answer; leave the tests out.
    #[arg(long)]
    run_only: bool,
    /// Run this line of shell there instead of the two commands.
    #[arg(long, value_name = "LINE", conflicts_with = "run_only")]
    instead: Option<String>,
}

/// Makes the empty machine, clones the repository into it and runs both commands there.
///
/// # Errors
/// When this machine cannot make one, or a command fails inside.
pub fn run(house: &House, options: &Options) -> Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "an empty machine can only be made as root"
    );
    warn_of_uncommitted(house)?;
    let stop = Stop::listen()?;
    let root = Root::make(house, options.keep)?;
    machine::add_rust(house, root.path())?;
    machine::add_node(house, root.path())?;
    machine::add_network(root.path())?;
    Step::program(house, "git")
        .arguments(["clone", "--quiet", "--no-hardlinks", "."])
        .arguments([root.path().join("srv/suanpan").to_string_lossy().as_ref()])
        .run()?;
    let orders = match &options.instead {
        Some(line) => line,
        None if options.run_only => RUN,
        None => RUN_AND_TEST,
    };
    ensure!(!stop.asked(), "stopped");
    inside::run(root.path(), orders, &stop)
}

fn warn_of_uncommitted(house: &House) -> Result<()> {
    let changed = Step::program(house, "git")
        .arguments(["status", "--porcelain"])
        .output()?;
    if !changed.trim().is_empty() {
        eprintln!(
            "x: what is not committed is not part of the proof:\n{}",
            changed.trim_end()
        );
    }
    Ok(())
}
