//! `/v3` and `/gateway.do`: the raw request goes to the core, the core's outcome goes back.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;

use super::cut::Peer;
use super::state::Shared;
use crate::core::http::{HttpReply, HttpRequest, Outcome};

/// One API call. The platform has acted before a delay starts to run.
pub(crate) async fn call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = HttpRequest {
        method: method.as_str().to_owned(),
        path_and_query: uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: body.to_vec(),
    };
    let handled = shared.with_platform(|platform, now_ms| platform.handle(&request, now_ms));
    if handled.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(handled.delay_ms.into())).await;
    }
    match handled.outcome {
        Outcome::Reply(reply) => response(reply),
        Outcome::Dropped => {
            peer.cut();
            Response::new(Body::empty())
        }
    }
}

fn response(reply: HttpReply) -> Response {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    builder.body(Body::from(reply.body)).unwrap_or_else(|error| {
        tracing::error!(%error, "a switch asked for a reply that HTTP cannot carry");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
