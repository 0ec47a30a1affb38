//! `/desk`: the admin API as a page for people. It holds nothing itself: the token stands in the address behind
//! the `#`, the page's script sends it with every call, and without it the API refuses.

use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::admin::AdminError;
use super::cut::Peer;
use super::guard;
use super::state::Shared;

const PAGE: &str = include_str!("desk.html");
const SCRIPT: &str = include_str!("desk.js");
const STYLE: &str = include_str!("desk.css");
/// The page's own script and style, calls to this address, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/desk", get(page))
        .route("/desk.js", get(script))
        .route("/desk.css", get(style))
}

async fn page(peer: ConnectInfo<Peer>, headers: HeaderMap) -> Response {
    local(&peer, &headers, "text/html; charset=utf-8", PAGE)
}

async fn script(peer: ConnectInfo<Peer>, headers: HeaderMap) -> Response {
    local(&peer, &headers, "text/javascript; charset=utf-8", SCRIPT)
}

async fn style(peer: ConnectInfo<Peer>, headers: HeaderMap) -> Response {
    local(&peer, &headers, "text/css; charset=utf-8", STYLE)
}

/// For this machine only, like the API.
fn local(peer: &Peer, headers: &HeaderMap, content_type: &'static str, text: &'static str) -> Response {
    if !guard::is_from_here(peer, headers) {
        return AdminError::NotFromHere.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}
