//! Who may use the admin API: this machine only, addressed as this machine, with the token.
//!
//! Host and Origin are checked so that a web page open in a browser here cannot reach it.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::admin::AdminError;
use super::cut::Peer;
use super::state::Shared;

/// Whether a request comes from this machine and is addressed to it.
pub(crate) fn is_from_here(peer: &Peer, headers: &HeaderMap) -> bool {
    peer.address.ip().to_canonical().is_loopback() && host_is_local(headers)
}

/// Lets a request through or refuses it.
pub(crate) async fn admin_only(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if !is_from_here(&peer, headers) || !origin_is_own(headers) {
        return AdminError::NotFromHere.into_response();
    }
    let token = text(headers, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if !token.is_some_and(|token| shared.is_token(token)) {
        return AdminError::WrongToken.into_response();
    }
    next.run(request).await
}

/// `Origin` is absent, or it is the address the request was sent to.
pub(crate) fn origin_is_own(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let host = text(headers, header::HOST).unwrap_or_default();
    origin.to_str().is_ok_and(|origin| {
        let named = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        named.is_some_and(|named| named.eq_ignore_ascii_case(host))
    })
}

fn host_is_local(headers: &HeaderMap) -> bool {
    let host = text(headers, header::HOST).unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
