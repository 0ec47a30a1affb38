//! What the shell promises without a window: its configuration, its capabilities, its commands.

use std::sync::Arc;

use serde_json::{Value, json};
use suanpan_desk::{Desk, DeskConfig, Places};
use suanpan_till::host::SystemHost;
use tauri::WebviewWindowBuilder;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets};
use tauri::webview::InvokeRequest;

use crate::commands;

fn configuration() -> Value {
    serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap()
}

fn permissions(capability: &str) -> Vec<String> {
    let capability: Value = serde_json::from_str(capability).unwrap();
    serde_json::from_value(capability["permissions"].clone()).unwrap()
}

#[test]
fn the_product_name_is_ascii_because_a_debian_package_name_must_be() {
    assert!(configuration()["productName"].as_str().unwrap().is_ascii());
}

#[test]
fn the_windows_configuration_allows_no_script_and_no_style_sheet_but_its_own() {
    let policy = &configuration()["app"]["security"]["csp"];
    assert_eq!(policy["script-src"], "'self'");
    assert_eq!(policy["style-src"], "'self'");
    assert_eq!(policy["object-src"], "'none'");
    assert!(!policy.to_string().contains("unsafe-eval"));
}

#[test]
fn configuration_and_package_agree_on_the_version() {
    assert_eq!(configuration()["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn no_window_may_do_more_than_call_its_commands_and_listen() {
    let main = permissions(include_str!("../capabilities/main.json"));
    let customer = permissions(include_str!("../capabilities/customer.json"));
    let hear = ["core:event:allow-listen", "core:event:allow-unlisten"];
    assert_eq!(main[..3], ["allow-rpc", "allow-lobby", "allow-customer-open"]);
    assert_eq!(main[3..], hear);
    assert_eq!(customer[..1], ["allow-rpc"]);
    assert_eq!(customer[1..], hear);
}

/// A shell without a window system, with nothing open yet.
fn shell(folder: &std::path::Path) -> tauri::App<MockRuntime> {
    let config = DeskConfig {
        places: Places::new(folder.join("data"), folder.join("state")),
        practice_program: folder.join("no-such-program"),
    };
    let desk = Arc::new(Desk::new(config, Arc::new(SystemHost::new())));
    std::fs::create_dir_all(folder.join("data")).unwrap();
    tauri::async_runtime::block_on(desk.begin());
    commands::registered(mock_builder())
        .manage(desk)
        .build(mock_context(noop_assets()))
        .unwrap()
}

fn ask(app: &tauri::App<MockRuntime>, label: &str, cmd: &str, body: Value) -> Value {
    let window = WebviewWindowBuilder::new(app, label, tauri::WebviewUrl::default()).build();
    let request = InvokeRequest {
        cmd: cmd.into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body: InvokeBody::Json(body),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(&window.unwrap(), request)
        .unwrap()
        .deserialize()
        .unwrap()
}

#[test]
fn a_command_without_a_till_is_answered_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let command = json!({ "command": { "cmd": "state.get", "payload": {} } });
    assert_eq!(ask(&shell(folder.path()), "main", "rpc", command), Value::Null);
}

#[test]
fn what_is_no_command_is_refused_in_the_contracts_words() {
    let folder = tempfile::tempdir().unwrap();
    let answer = ask(
        &shell(folder.path()),
        "main",
        "rpc",
        json!({ "command": { "cmd": "no.such" } }),
    );
    assert_eq!(answer["problem"]["code"], "REQUEST_MALFORMED");
}

#[test]
fn the_customer_display_cannot_touch_the_till() {
    let folder = tempfile::tempdir().unwrap();
    let app = shell(folder.path());
    let begin = json!({ "command": { "cmd": "pay.begin", "payload": {} } });
    assert_eq!(
        ask(&app, "customer", "rpc", begin)["problem"]["code"],
        "REQUEST_MALFORMED"
    );
    let look = json!({ "command": { "cmd": "customer.get", "payload": {} } });
    assert_eq!(ask(&app, "customer-2", "rpc", look), Value::Null);
}

#[test]
fn the_lobby_answers_every_wish_with_where_the_program_stands() {
    let folder = tempfile::tempdir().unwrap();
    let app = shell(folder.path());
    let get = json!({ "wish": { "cmd": "lobby.get", "payload": {} } });
    let standing = ask(&app, "main", "lobby", get);
    assert_eq!(
        standing,
        json!({ "at": "choosing", "problem": null, "can_leave_practice": false })
    );
    let practice = json!({ "wish": { "cmd": "lobby.practice", "payload": {} } });
    let refused = ask(&app, "main-2", "lobby", practice);
    assert_eq!(
        (&refused["at"], &refused["problem"]["code"]),
        (&json!("choosing"), &json!("INTERNAL"))
    );
}
