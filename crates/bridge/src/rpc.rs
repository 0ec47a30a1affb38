//! `POST /rpc`: one command in, its answer or its *no* out. The bytes are those of the desktop window.

use std::sync::Arc;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use suanpan_till::rpc::{Code, Command, Problem};

use crate::{BODY_BYTES_MAX, Shared};

/// Carries out a command. A *no* of the till is an answer too, with status 200.
pub(crate) async fn call(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !shared.guard.is_authorized(request.headers()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match read(request).await {
        Ok(body) => Json(said(answer(&shared, &body).await)).into_response(),
        Err(status) => status.into_response(),
    }
}

async fn answer(shared: &Shared, body: &[u8]) -> Result<Value, Problem> {
    match serde_json::from_slice::<Command>(body) {
        Ok(command) => shared.shell.rpc(command).await,
        Err(error) => Err(Problem::new(Code::RequestMalformed).with("reason", error)),
    }
}

/// Reads a body within its limit; one that says it is larger is not read at all.
async fn read(request: Request) -> Result<Bytes, StatusCode> {
    if length(request.headers()).is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let body = to_bytes(request.into_body(), BODY_BYTES_MAX).await;
    body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn said(answer: Result<Value, Problem>) -> Value {
    match answer {
        Ok(value) => json!({ "ok": value }),
        Err(problem) => json!({ "problem": problem }),
    }
}
