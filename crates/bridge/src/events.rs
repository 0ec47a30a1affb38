//! `GET /events?token=`: the till's state at once, and again whenever it changes.
//!
//! The token is in the address because a browser's event source cannot send headers. A slow page gets the
//! newest state, not every one between.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde::Deserialize;
use suanpan_till::rpc::state::TillState;
use tokio::sync::watch;

use crate::Shared;

/// How often a silent stream says that it lives: a page notices a dead bridge within two of them.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    token: String,
}

pub(crate) async fn stream(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    if !shared.guard.is_token(&asked.token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut states = shared.shell.states();
    states.mark_changed();
    Sse::new(events(states, shared.stopping.clone()))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

type States = watch::Receiver<Arc<TillState>>;

fn events(states: States, stopping: watch::Receiver<bool>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((states, stopping), |(mut states, mut stopping)| async move {
        let changed = tokio::select! {
            changed = states.changed() => changed.is_ok(),
            _ = stopping.wait_for(|stopping| *stopping) => false,
        };
        if !changed {
            return None;
        }
        let state = Arc::clone(&states.borrow_and_update());
        let event = match serde_json::to_string(state.as_ref()) {
            Ok(text) => Event::default().event("state").data(text),
            Err(error) => {
                tracing::error!(%error, "a state cannot be written");
                Event::default().comment("a state was left out")
            }
        };
        Some((Ok(event), (states, stopping)))
    })
}
