//! `POST /rpc`: one command in, its answer or its *no* out. The bytes are those of the desktop window.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use suanpan_till::rpc::{Code, Command, Problem};

use crate::Shared;

/// Carries out a command. A *no* of the till is an answer too, with status 200.
pub(crate) async fn call(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if !shared.guard.is_authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let answer = match serde_json::from_slice::<Command>(&body) {
        Ok(command) => shared.shell.rpc(command).await,
        Err(error) => Err(Problem::new(Code::RequestMalformed).with("reason", error)),
    };
    Json(said(answer)).into_response()
}

fn said(answer: Result<Value, Problem>) -> Value {
    match answer {
        Ok(value) => json!({ "ok": value }),
        Err(problem) => json!({ "problem": problem }),
    }
}
