//! Counts what is asked at a door and how it is answered. Endpoints are named from a closed list: whatever else is
//! asked for counts as `none`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::clock::now_ms;
use super::driver::Driver;
use crate::centre::contract::route::Ask;
use crate::centre::route::Route;

/// What is asked for and is no endpoint.
const NONE: &str = "none";

/// Whose door it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Tills' and platforms'.
    Public,
    /// Callers'.
    Inner,
}

impl Door {
    /// Who asks, and for what.
    fn asked(self, method: &str, path: &str) -> (&'static str, &'static str) {
        match path.split('?').next().unwrap_or_default() {
            "/healthz" | "/readyz" => return ("anybody", "health"),
            "/openapi.json" => return ("anybody", "description"),
            _of_the_door => {}
        }
        match self {
            Self::Public if path.starts_with("/trade/open/notify/") => ("platform", "callback"),
            Self::Public => (
                "till",
                Route::parse(method, path).map_or(NONE, |route| route.name()),
            ),
            Self::Inner => ("caller", Ask::parse(method, path).map_or(NONE, |ask| ask.name())),
        }
    }
}

/// Counts one request.
pub async fn measured(
    State((driver, door)): State<(Arc<Driver>, Door)>,
    request: Request,
    next: Next,
) -> Response {
    let begun_ms = now_ms();
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    let (who, endpoint) = door.asked(request.method().as_str(), path);
    let response = next.run(request).await;
    let took_ms = now_ms() - begun_ms;
    driver
        .meters()
        .answered(who, endpoint, response.status().as_u16(), took_ms);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_counts_under_a_name_of_the_list() {
        let public = |method, path| Door::Public.asked(method, path);
        assert_eq!(public("POST", "/v1/till/hello"), ("till", "hello"));
        assert_eq!(public("PUT", "/v1/tenders/21/attempts/k1"), ("till", "attempt"));
        assert_eq!(public("GET", "/v1/tenders/21/attempts/k1"), ("till", "none"));
        assert_eq!(public("GET", "/metrics"), ("till", "none"));
        assert_eq!(
            public("POST", "/trade/open/notify/wx/7"),
            ("platform", "callback")
        );
        assert_eq!(public("GET", "/readyz"), ("anybody", "health"));
        assert_eq!(public("GET", "/openapi.json?x"), ("anybody", "description"));
        let inner = |method, path| Door::Inner.asked(method, path);
        assert_eq!(inner("POST", "/trade/inner/native"), ("caller", "native"));
        assert_eq!(inner("POST", "/trade/inner/nativ"), ("caller", "none"));
    }
}
