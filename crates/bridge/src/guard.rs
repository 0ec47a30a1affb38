//! Who is answered: this machine, addressed by its own address, with the token.
//!
//! `Host` and `Origin` are checked on every request, so that a web page that is open in the same browser,
//! or a name that points here, reaches nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Shared;

/// The bridge's own address and token.
pub(crate) struct Guard {
    hosts: [String; 2],
    token: String,
}

impl Guard {
    pub(crate) fn new(address: SocketAddr, token: String) -> Self {
        let hosts = [address.to_string(), format!("localhost:{}", address.port())];
        Self { hosts, token }
    }

    fn is_own(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    fn is_addressed(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        hosts.next().is_none() && host.is_some_and(|host| self.is_own(host))
    }

    fn is_from_own_page(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::ORIGIN).iter().all(|origin| {
            let origin = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.strip_prefix("http://"));
            origin.is_some_and(|host| self.is_own(host))
        })
    }

    /// Whether `token` is the one, compared without telling by its time how much of it was right.
    pub(crate) fn is_token(&self, token: &str) -> bool {
        let (own, given) = (self.token.as_bytes(), token.as_bytes());
        let differs = own.iter().zip(given).fold(0, |differs, (a, b)| differs | (a ^ b));
        own.len() == given.len() && differs == 0
    }

    /// Whether the request carries `Authorization: Bearer` with the token.
    pub(crate) fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let value = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| self.is_token(token))
    }
}

/// Lets a request through when it is addressed to this bridge and comes from its own page or from none.
pub(crate) async fn only_from_here(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if shared.guard.is_addressed(headers) && shared.guard.is_from_own_page(headers) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}
