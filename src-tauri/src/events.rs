//! What changed, passed on to every page. A page that loads late asks for the present state first.

use std::sync::Arc;

use suanpan_desk::Desk;
use tauri::{AppHandle, Emitter, Runtime, async_runtime};

/// The open till's state, `null` while none is open.
const TILL: &str = "till";
/// Where the program stands.
const LOBBY: &str = "lobby";

/// Passes the till's states and the lobby's on, as long as the desk is there.
pub fn pass_on<R: Runtime>(app: &AppHandle<R>, desk: &Arc<Desk>) {
    let (mut till, mut lobby) = (desk.till(), desk.lobby());
    let to = app.clone();
    async_runtime::spawn(async move {
        loop {
            let state = till.borrow_and_update().clone();
            told(to.emit(TILL, state.as_deref()));
            if till.changed().await.is_err() {
                return;
            }
        }
    });
    let to = app.clone();
    async_runtime::spawn(async move {
        loop {
            let state = lobby.borrow_and_update().clone();
            told(to.emit(LOBBY, state));
            if lobby.changed().await.is_err() {
                return;
            }
        }
    });
}

/// A page that cannot be told asks when it loads again.
fn told(outcome: tauri::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the pages are not told of a change");
    }
}
