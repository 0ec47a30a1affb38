//! What the pages may call: one command for everything a till can do, one for the lobby, one for the customer
//! display.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use suanpan_desk::{Desk, LobbyState, Wish};
use suanpan_till::rpc::{Code, Command, Problem};
use tauri::{AppHandle, Builder, Runtime, State, WebviewWindow};

use crate::customer;

/// The bytes of the bridge: `{"ok": …}` or `{"problem": …}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What was asked for.
    Ok(Value),
    /// Why it was not done.
    Problem(Problem),
}

/// Adds the commands to a builder.
pub fn registered<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder.invoke_handler(tauri::generate_handler![rpc, lobby, customer_open])
}

/// Carries out one command of the open till; nothing while none is open.
#[tauri::command]
async fn rpc<R: Runtime>(
    window: WebviewWindow<R>,
    desk: State<'_, Arc<Desk>>,
    command: Value,
) -> Result<Option<Answer>, ()> {
    let command = match serde_json::from_value::<Command>(command) {
        Ok(command) if may_ask(window.label(), &command) => command,
        Ok(_) => return Ok(Some(Answer::Problem(malformed(&"not for this window")))),
        Err(error) => return Ok(Some(Answer::Problem(malformed(&error)))),
    };
    Ok(desk.rpc(command).await.map(|answer| match answer {
        Ok(value) => Answer::Ok(value),
        Err(problem) => Answer::Problem(problem),
    }))
}

/// The customer display looks and touches nothing: it asks for its picture, and for the state that says when there
/// is a new one.
fn may_ask(label: &str, command: &Command) -> bool {
    label != customer::LABEL || matches!(command, Command::StateGet(_) | Command::CustomerGet(_))
}

fn malformed(reason: &impl ToString) -> Problem {
    Problem::new(Code::RequestMalformed).with("reason", reason.to_string())
}

/// Fulfils a wish of the lobby and tells where the program stands then.
#[tauri::command]
async fn lobby(desk: State<'_, Arc<Desk>>, wish: Wish) -> Result<LobbyState, ()> {
    Ok(desk.wish(wish).await)
}

/// Opens the customer display, or brings it to the front.
#[tauri::command]
async fn customer_open<R: Runtime>(app: AppHandle<R>) -> Result<(), String> {
    customer::open(&app, None).map_err(|error| {
        tracing::warn!(%error, "the customer display does not open");
        error.to_string()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::window;

    #[test]
    fn the_customer_display_may_look_and_nothing_else() {
        let command =
            |cmd: &str| -> Command { serde_json::from_value(json!({ "cmd": cmd, "payload": {} })).unwrap() };
        for look in ["state.get", "customer.get"] {
            assert!(may_ask(customer::LABEL, &command(look)), "{look}");
        }
        for touch in ["practice.trades", "sync.retry", "pay.begin"] {
            assert!(!may_ask(customer::LABEL, &command(touch)), "{touch}");
            assert!(may_ask(window::LABEL, &command(touch)), "{touch}");
        }
    }
}
