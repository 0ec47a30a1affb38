//! The program: a till behind its bridge, until it is asked to stop.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use suanpan_bridge::start::{Arguments, exit_code, fresh_token, start, told};
use suanpan_bridge::{Bridge, serve};
use suanpan_till::logging;
use suanpan_till::rpc::{Code, Problem};
use suanpan_till::shell::Shell;
use suanpan_till::shell::approver::{Approver, ApproverError};
use tokio::net::TcpListener;

/// What a command line that cannot be understood ends with, here as in its parser.
const COMMAND_LINE_WRONG: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let folder = arguments.data.join("logs");
    let logs = std::fs::create_dir_all(&folder).map(|()| logging::begin(&folder));
    if let Ok(Err(_)) | Err(_) = &logs {
        eprintln!("no log is written to {}", folder.display());
    }
    // Before anything listens to signals, so that the wait for a person can be broken off.
    let manager = match manager(&arguments) {
        Ok(manager) => manager,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(COMMAND_LINE_WRONG);
        }
    };
    match run(&arguments, manager).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{}", told(&problem));
            ExitCode::from(exit_code(&problem))
        }
    }
}

/// Asks for the PIN when a manager is named.
fn manager(arguments: &Arguments) -> Result<Option<Approver>, ApproverError> {
    let name = arguments.manager.as_deref();
    name.map(Approver::ask).transpose()
}

async fn run(arguments: &Arguments, manager: Option<Approver>) -> Result<(), Problem> {
    // Heard from the first moment on, so that a stop during the start is a proper one too.
    let mut asked_to_stop = Box::pin(asked_to_stop());
    let shell = tokio::select! {
        shell = start(arguments, manager) => Arc::new(shell?),
        () = &mut asked_to_stop => return Ok(()),
    };
    let bridge = listen(arguments, &shell).await?;
    println!("{}", bridge.ready_line());
    asked_to_stop.await;
    bridge.stop().await;
    match Arc::into_inner(shell) {
        Some(shell) => shell.stop().await,
        // A request outlived its time; what it commits is durable, and the next start leaps over the rest.
        None => Ok(()),
    }
}

async fn listen(arguments: &Arguments, shell: &Arc<Shell>) -> Result<Bridge, Problem> {
    let fail = |error: std::io::Error| {
        eprintln!("cannot listen on {}: {error}", arguments.listen);
        Problem::new(Code::Internal).with("reason", error)
    };
    let listener = TcpListener::bind(arguments.listen).await.map_err(fail)?;
    let screens = arguments.screens();
    serve(listener, Arc::clone(shell), screens.as_deref(), fresh_token()).map_err(fail)
}

#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
