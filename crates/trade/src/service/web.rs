//! What is behind the doors: `/v1`, callbacks of platforms and health on the public one; the existing contract on its
//! own; measurements on the operators'. Bytes in, bytes out.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Path, Request as WebRequest, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use suanpan_channels::{alipay, wechat};
use suanpan_wire::error::ErrorCode;
use tokio::time::timeout;

use super::driver::Driver;
use super::measure::{Door, measured};
use super::openapi;
use crate::centre::callback::{CALLBACK_BYTES_MAX, too_long};
use crate::centre::contract::route::BODY_BYTES_MAX as CONTRACT_BYTES_MAX;
use crate::centre::route::{BATCH_BYTES_MAX, BODY_BYTES_MAX};
use crate::http::{Headers, Reply, Request};

/// The routes.
pub fn router(driver: Arc<Driver>) -> Router {
    let counted = from_fn_with_state((Arc::clone(&driver), Door::Public), measured);
    Router::new()
        .route("/healthz", get(|| async { StatusCode::NO_CONTENT }))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(described))
        .route("/trade/open/notify/wx/{enterprise_id}", post(wechat_callback))
        .route("/trade/open/notify/alipay/{enterprise_id}", post(alipay_callback))
        .fallback(v1)
        .layer(counted)
        .with_state(driver)
}

/// The routes of the existing contract's own door.
pub fn inner_router(driver: Arc<Driver>) -> Router {
    let counted = from_fn_with_state((Arc::clone(&driver), Door::Inner), measured);
    Router::new()
        .route("/healthz", get(|| async { StatusCode::NO_CONTENT }))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(described))
        .fallback(inner)
        .layer(counted)
        .with_state(driver)
}

/// The routes of the operators' door.
pub fn operators_router(driver: Arc<Driver>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { StatusCode::NO_CONTENT }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(driver)
}

async fn metrics(State(driver): State<Arc<Driver>>) -> Response {
    answer(driver.measurements().await)
}

/// Serves a listener until the handle is asked to shut down.
///
/// # Errors
/// When the listener cannot be used.
pub async fn open(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    router: Router,
    handle: Handle<SocketAddr>,
    head_time_max: Duration,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(tls) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls)?
                .http1_only()
                .handle(handle);
            limit(server.http_builder(), head_time_max);
            server.serve(service).await
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.http1_only().handle(handle);
            limit(server.http_builder(), head_time_max);
            server.serve(service).await
        }
    }
}

/// Whoever opens a connection and says nothing does not keep it. The time runs from the first moment only where the
/// version of the protocol is settled.
fn limit(builder: &mut Builder<TokioExecutor>, head_time_max: Duration) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time_max);
}

async fn ready(State(driver): State<Arc<Driver>>) -> StatusCode {
    if driver.is_ready().await {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

/// What this program serves, for whoever writes a client.
async fn described() -> Response {
    match openapi::document() {
        Ok(document) => answer(Reply::json(200, document.to_string().into_bytes())),
        Err(error) => {
            tracing::error!(%error, "the document cannot be written");
            answer(Reply::empty(500))
        }
    }
}

async fn wechat_callback(
    State(driver): State<Arc<Driver>>,
    Path(enterprise_id): Path<String>,
    request: WebRequest,
) -> Response {
    callback(&driver, wechat::LABEL, enterprise_id, request).await
}

async fn alipay_callback(
    State(driver): State<Arc<Driver>>,
    Path(enterprise_id): Path<String>,
    request: WebRequest,
) -> Response {
    callback(&driver, alipay::LABEL, enterprise_id, request).await
}

async fn callback(
    driver: &Arc<Driver>,
    label: &'static str,
    enterprise_id: String,
    request: WebRequest,
) -> Response {
    match read(driver, request, CALLBACK_BYTES_MAX).await {
        Ok(request) => answer(driver.callback(label, enterprise_id, request).await),
        Err(_) => answer(too_long(label)),
    }
}

async fn v1(State(driver): State<Arc<Driver>>, request: WebRequest) -> Response {
    let limit = if request.uri().path() == "/v1/till/journal" {
        BATCH_BYTES_MAX
    } else {
        BODY_BYTES_MAX
    };
    match read(&driver, request, limit).await {
        Ok(request) => answer(driver.answer(request).await),
        Err(head) => answer(driver.turned_away(head, ErrorCode::BodyTooLarge).await),
    }
}

async fn inner(
    State(driver): State<Arc<Driver>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: WebRequest,
) -> Response {
    match read(&driver, request, CONTRACT_BYTES_MAX).await {
        Ok(request) => answer(driver.contract(request, peer.ip()).await),
        Err(head) => answer(driver.contract_turned_away(head, ErrorCode::BodyTooLarge).await),
    }
}

/// Reads a request whole; its head alone where the body is too long or too slow.
async fn read(driver: &Driver, request: WebRequest, body_bytes_max: usize) -> Result<Request, Request> {
    let (parts, body) = request.into_parts();
    let head = Request {
        method: parts.method.as_str().to_owned(),
        path_and_query: parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: headers(&parts.headers),
        body: Vec::new(),
    };
    match timeout(driver.operation().body_time_max, to_bytes(body, body_bytes_max)).await {
        Ok(Ok(bytes)) => Ok(Request {
            body: bytes.to_vec(),
            ..head
        }),
        Ok(Err(_)) | Err(_) => Err(head),
    }
}

/// Headers that are no text are left out: nothing of ours is.
fn headers(map: &HeaderMap) -> Headers {
    map.iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

fn answer(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
