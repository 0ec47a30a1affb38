//! The trade centre as a program: `suanpan-trade --data DIR serve`, and the operator's commands.
//!
//! Commands print one line of JSON on standard output; sentences and logs go to standard error. They run
//! beside a serving centre, on the same data folder.

mod cli;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(arguments) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("suanpan-trade: {problem:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
