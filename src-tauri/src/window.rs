//! The main window: where it was, coming to the front when asked, and the end of the program.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use suanpan_desk::{Desk, Held, Places};
use tauri::{
    AppHandle, Manager, Monitor, PhysicalPosition, PhysicalSize, RunEvent, Runtime, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use crate::geometry::{Frame, Remembered};
use crate::{page, phone};

/// The main window's name.
pub const LABEL: &str = "main";

/// Whether the program is on its way out: from then on its window comes to the front no more.
#[derive(Debug, Default)]
pub struct Ending(AtomicBool);

/// Opens the main window where it was.
///
/// # Errors
/// When the web view or the window system is missing.
pub fn open<R: Runtime>(app: &AppHandle<R>, desk: &Arc<Desk>) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == LABEL);
    let config = config.ok_or(tauri::Error::WindowNotFound)?;
    let (handle, kept_desk) = (app.clone(), Arc::clone(desk));
    let window = WebviewWindowBuilder::from_config(app, config)?
        .visible(false)
        .on_navigation(page::is_own)
        .on_document_title_changed(|window, title| named(&window, &title))
        .on_new_window(move |url, _| phone::asked(&handle, &kept_desk, url))
        .build()?;
    page::keep_alive(&window)?;
    if let Err(error) = put_back(app, &window) {
        tracing::warn!(%error, "the window is not where it was");
    }
    window.show()?;
    window.set_focus()
}

/// The window bears its page's name, so that the task bar too says when the till practises.
fn named<R: Runtime>(window: &WebviewWindow<R>, title: &str) {
    if let Err(error) = window.set_title(title) {
        tracing::warn!(%error, "the window does not bear its page's name");
    }
}

fn put_back<R: Runtime>(app: &AppHandle<R>, window: &WebviewWindow<R>) -> tauri::Result<()> {
    let Some(Remembered { frame, maximized }) = Remembered::recall(&file(app)) else {
        return Ok(());
    };
    if frame.is_reachable(&monitors(app)?) {
        window.set_size(PhysicalSize::new(frame.width, frame.height))?;
        window.set_position(PhysicalPosition::new(frame.x, frame.y))?;
    }
    if maximized {
        window.maximize()?;
    }
    Ok(())
}

fn file<R: Runtime>(app: &AppHandle<R>) -> PathBuf {
    app.state::<Places>().own_state("window")
}

/// The places of all monitors.
///
/// # Errors
/// When the window system does not tell.
pub fn monitors<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<Vec<Frame>> {
    Ok(app.available_monitors()?.iter().map(place_of).collect())
}

/// A monitor's place on the desktop.
#[must_use]
pub fn place_of(monitor: &Monitor) -> Frame {
    let (position, size) = (monitor.position(), monitor.size());
    Frame {
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
    }
}

fn remember<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else {
        return Ok(());
    };
    let maximized = window.is_maximized()?;
    let before = Remembered::recall(&file(app));
    let frame = match before {
        // The size of a maximized window is the screen's, not the one to go back to.
        Some(before) if maximized => before.frame,
        Some(_) | None => {
            let (position, size) = (window.outer_position()?, window.inner_size()?);
            Frame {
                x: position.x,
                y: position.y,
                width: size.width,
                height: size.height,
            }
        }
    };
    Ok(Remembered { frame, maximized }.note(&file(app))?)
}

/// Ends the program with the main window. The till is closed after the windows, by whoever opened it.
pub fn on_event<R: Runtime>(app: &AppHandle<R>, event: RunEvent) {
    let (label, event) = match event {
        RunEvent::WindowEvent { label, event, .. } => (label, event),
        RunEvent::ExitRequested { .. } | RunEvent::Exit => return end(app),
        _ => return,
    };
    match event {
        WindowEvent::CloseRequested { .. } if label == LABEL => {
            end(app);
            noted(remember(app));
        }
        WindowEvent::Destroyed if label == LABEL => app.exit(0),
        _ => {}
    }
}

fn end<R: Runtime>(app: &AppHandle<R>) {
    app.state::<Ending>().0.store(true, Ordering::SeqCst);
}

fn noted(outcome: tauri::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the window's place is not remembered");
    }
}

/// Brings the window to the front whenever the program is started a second time.
pub async fn come_when_asked<R: Runtime>(app: AppHandle<R>, mut held: Held) {
    while let Some(asked) = held.focus_asked().await {
        let came = has_come(&app);
        tracing::info!(came, "started a second time");
        asked.answer(came);
    }
}

/// Brings the window to the front; not when the program is ending.
fn has_come<R: Runtime>(app: &AppHandle<R>) -> bool {
    let Some(window) = app.get_webview_window(LABEL) else {
        return false;
    };
    if app.state::<Ending>().0.load(Ordering::SeqCst) {
        return false;
    }
    come(&window)
        .inspect_err(|error| tracing::warn!(%error, "the window does not come to the front"))
        .is_ok()
}

fn come<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

/// Ends the program as closing its window does, when the system asks.
#[cfg(unix)]
pub async fn quit_when_told<R: Runtime>(app: AppHandle<R>) {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
    );
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = signals else {
        tracing::warn!("the system's wish to end will not be heard");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    end(&app);
    noted(remember(&app));
    app.exit(0);
}

/// Where there are no signals, the system closes the window itself.
#[cfg(not(unix))]
pub async fn quit_when_told<R: Runtime>(_app: AppHandle<R>) {}
