//! The desktop program: starts the shell and says in words why it could not.
// A release on Windows opens no console window beside the till's.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

use clap::Parser;
use suanpan_shell::{Arguments, Ended, run};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(Ended::Closed) => ExitCode::SUCCESS,
        Ok(Ended::ManagerNamed) => {
            println!("The manager is named. 店长设好了。");
            ExitCode::SUCCESS
        }
        Ok(Ended::AlreadyOpen { shown: true }) => {
            println!("The till is open already; its window was brought to the front. 收银程序已经打开。");
            ExitCode::SUCCESS
        }
        Ok(Ended::AlreadyOpen { shown: false }) => {
            println!("The till is open already, in another window. 收银程序已经打开。");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("suanpan: {problem}");
            ExitCode::FAILURE
        }
    }
}
