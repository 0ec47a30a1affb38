//! The desktop shell: the till's windows around [`suanpan_desk::Desk`].
//!
//! Commands go in, states and the lobby go out as events; the main window remembers its place, and the customer
//! display finds the second monitor; in practice a customer's phone can be shown. Deliberately not in it: anything a till or the lobby decides.

mod commands;
mod customer;
mod events;
mod geometry;
mod page;
mod phone;
#[cfg(test)]
mod tests;
mod window;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use suanpan_desk::{Desk, DeskConfig, Entrance, Held, NameError, Places, enter};
use suanpan_till::host::SystemHost;
use suanpan_till::logging;
use suanpan_till::private;
use suanpan_till::shell::approver::{Approver, ApproverError};
use tauri::async_runtime;

/// The program that serves practice; it lies beside this one.
const PRACTICE_PROGRAM: &str = "suanpan-practice";

/// The command line.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "suanpan",
    version,
    about = "A till for counters where customers pay by scanning"
)]
pub struct Arguments {
    /// Folder of the data [default: where this system keeps a person's data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Open no window: make this person a manager of the shop's till, or give them a new PIN. The first line of
    /// standard input is the PIN, 4 to 8 digits.
    #[arg(long, value_name = "NAME")]
    pub manager: Option<String>,
}

/// How a start of the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its window was closed.
    Closed,
    /// Somebody was made a manager, or has a new PIN.
    ManagerNamed,
    /// Another one has the data folder; whether that one was brought to the front.
    AlreadyOpen {
        /// It said so.
        shown: bool,
    },
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The system names no folder for a person's data.
    #[error("there is no home folder; name a folder for the data with --data")]
    NoHome,
    /// There is no PIN, or no name, for a manager.
    #[error(transparent)]
    Manager(#[from] ApproverError),
    /// Nobody can be made a manager of a till that is open.
    #[error("the till is open in a window; close it first, then name the manager")]
    Open,
    /// There is no shop's till, or it says no.
    #[error("nobody was made a manager: {0}")]
    Naming(#[from] NameError),
    /// The folders cannot be used.
    #[error("the data folder cannot be used: {0}")]
    Folder(#[from] io::Error),
    /// The web view or the window system is missing.
    #[error("the window could not be opened: {0}")]
    Window(#[from] tauri::Error),
}

/// Opens the windows and runs until the main one is closed, or brings the program that is open already to the
/// front.
///
/// # Errors
/// [`RunError`].
pub fn run(arguments: Arguments) -> Result<Ended, RunError> {
    let places = Places::of_person(arguments.data).ok_or(RunError::NoHome)?;
    let manager = arguments.manager.as_deref().map(Approver::ask).transpose()?;
    let held = match enter(&places)? {
        Entrance::Ours(held) => held,
        Entrance::Taken { .. } if manager.is_some() => return Err(RunError::Open),
        Entrance::Taken { shown } => return Ok(Ended::AlreadyOpen { shown }),
    };
    private::make(&places.logs())?;
    let logs = logging::begin(&places.logs());
    if let Err(problem) = &logs {
        eprintln!("suanpan: no log is written: {problem}");
    }
    let desk = open_desk(places.clone());
    if let Some(manager) = manager {
        async_runtime::block_on(desk.name_manager(manager))?;
        return Ok(Ended::ManagerNamed);
    }
    let outcome = show(&desk, places, held);
    // Also after a failure: whatever was opened is closed properly.
    if let Err(problem) = async_runtime::block_on(desk.stop()) {
        tracing::error!(%problem, "the till did not close properly");
    }
    outcome.map(|()| Ended::Closed)
}

fn open_desk(places: Places) -> Arc<Desk> {
    let beside = std::env::current_exe().ok();
    let folder = beside.as_deref().and_then(std::path::Path::parent);
    let program = format!("{PRACTICE_PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let config = DeskConfig {
        places,
        practice_program: folder.map_or_else(|| PathBuf::from(&program), |folder| folder.join(&program)),
    };
    Arc::new(Desk::new(config, Arc::new(SystemHost::new())))
}

fn show(desk: &Arc<Desk>, places: Places, held: Held) -> Result<(), RunError> {
    // Where both are to be had, X11: under Wayland a window can neither choose its monitor nor its place.
    #[cfg(target_os = "linux")]
    gtk::gdk::set_allowed_backends("x11,*");
    let kept_desk = Arc::clone(desk);
    let app = commands::registered(tauri::Builder::default())
        .manage(Arc::clone(desk))
        .manage(places)
        .manage(window::Ending::default())
        .setup(move |app| {
            let handle = app.handle().clone();
            window::open(&handle, &kept_desk)?;
            events::pass_on(&handle, &kept_desk);
            phone::go_with_practice(handle.clone(), &kept_desk);
            customer::watch(handle.clone(), Arc::clone(&kept_desk));
            async_runtime::spawn(window::come_when_asked(handle.clone(), held));
            async_runtime::spawn(window::quit_when_told(handle));
            async_runtime::spawn(async move { kept_desk.begin().await });
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run_return(window::on_event);
    Ok(())
}
