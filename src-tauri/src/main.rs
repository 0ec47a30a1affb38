//! The desktop program: starts the shell and says in words why it could not.
// A release on Windows opens no console window beside the till's.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match suanpan_shell::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("suanpan: the window could not be opened: {problem}");
            ExitCode::FAILURE
        }
    }
}
