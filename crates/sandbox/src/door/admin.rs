//! `/admin`: look at the platforms, set switches. See docs/SANDBOX.md. Acting as the phone is in `acts`, the
//! clock and settings in `settings`, the page for people in `desk`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::state::Shared;
use super::{acts, guard, settings};
use crate::core::alipay::alipay_apps;
use crate::core::fault::FaultRule;
use crate::core::keys::merchants;
use crate::core::name::PlatformName;
use crate::core::named::RefusalCode;
use crate::core::operate::OperateError;
use crate::core::phone::{PhoneError, PhoneState};
use crate::core::platform::Platform;

pub(crate) type Reply = Result<Json<Value>, AdminError>;
pub(crate) type App = State<Arc<Shared>>;

/// Why an admin call was refused: a code for programs, a sentence for people.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    #[error("the admin API answers this machine only, at its own address")]
    NotFromHere,
    #[error("the bearer token is missing or wrong")]
    WrongToken,
    #[error("{0}")]
    BadRequest(String),
    #[error(transparent)]
    Operate(#[from] OperateError),
    #[error(transparent)]
    Phone(#[from] PhoneError),
}

impl AdminError {
    const fn code(&self) -> (&'static str, StatusCode) {
        match self {
            Self::NotFromHere => ("not_from_here", StatusCode::FORBIDDEN),
            Self::WrongToken => ("wrong_token", StatusCode::UNAUTHORIZED),
            Self::BadRequest(_) => ("bad_request", StatusCode::BAD_REQUEST),
            Self::Operate(OperateError::NoSuchTrade) => ("no_such_trade", StatusCode::NOT_FOUND),
            Self::Operate(OperateError::Ambiguous) => ("ambiguous", StatusCode::CONFLICT),
            Self::Operate(OperateError::NoSuchRefund) => ("no_such_refund", StatusCode::NOT_FOUND),
            Self::Operate(OperateError::NoSuchFault) => ("no_such_fault", StatusCode::NOT_FOUND),
            Self::Operate(OperateError::NoSuchMerchant) => ("no_such_merchant", StatusCode::NOT_FOUND),
            Self::Phone(PhoneError::UnknownCode) => ("unknown_code", StatusCode::NOT_FOUND),
            Self::Phone(PhoneError::NotPayable(state)) => match state {
                PhoneState::Paid => ("already_paid", StatusCode::CONFLICT),
                PhoneState::Closed => ("closed", StatusCode::CONFLICT),
                PhoneState::Expired => ("expired", StatusCode::CONFLICT),
                PhoneState::Arriving => ("already_paying", StatusCode::CONFLICT),
                PhoneState::Payable | PhoneState::Paying => ("not_payable", StatusCode::CONFLICT),
            },
        }
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let (code, status) = self.code();
        (status, Json(json!({ "code": code, "message": self.to_string() }))).into_response()
    }
}

pub(crate) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/merchants",
            get(|| async { Json(json!({ "merchants": merchants(), "alipayApps": alipay_apps() })) }),
        )
        .route("/trades", get(list_trades))
        .route("/trades/scan", post(acts::scan))
        .route("/trades/pay", post(acts::pay))
        .route("/trades/pay-late", post(acts::pay_late))
        .route("/trades/refuse", post(acts::refuse))
        .route("/trades/start-paying", post(acts::start_paying))
        .route("/trades/finish", post(acts::finish))
        .route("/payment-codes", post(acts::show_payment_code))
        .route("/payment-codes/{code}", get(acts::payment_code))
        .route("/refunds", get(list_refunds))
        .route("/refunds/settle", post(acts::settle))
        .route("/faults", get(list_faults).post(set_fault).delete(clear_faults))
        .route("/faults/{id}", delete(clear_fault))
        .route("/refusal-codes", get(list_refusal_codes))
        .route("/callbacks", get(list_callbacks))
        .route("/callbacks/deliver", post(deliver_now))
        .route("/clock", get(settings::show_clock).post(settings::drive_clock))
        .route("/settings", post(settings::change))
        .route("/counters", get(show_counters))
        .layer(from_fn_with_state(Arc::clone(shared), guard::admin_only))
}

/// Reads a JSON body; an empty one stands for `{}`.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, AdminError> {
    let bytes: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(bytes).map_err(|error| AdminError::BadRequest(error.to_string()))
}

async fn list_trades(State(shared): App) -> Json<Value> {
    shared.with_platform(|platform, now_ms| {
        platform.catch_up(now_ms);
        Json(json!({ "trades": platform.trades() }))
    })
}

async fn list_refunds(State(shared): App) -> Json<Value> {
    shared.with_platform(|platform, now_ms| {
        platform.catch_up(now_ms);
        Json(json!({ "refunds": platform.refunds() }))
    })
}

async fn list_faults(State(shared): App) -> Json<Value> {
    shared.look(|platform, _| Json(json!({ "faults": platform.faults() })))
}

/// What a switch can refuse with.
async fn list_refusal_codes() -> Json<Value> {
    let names = |platform| -> Vec<&str> {
        RefusalCode::all(platform)
            .into_iter()
            .map(RefusalCode::name)
            .collect()
    };
    Json(json!({ "wechat": names(PlatformName::Wechat), "alipay": names(PlatformName::Alipay) }))
}

async fn list_callbacks(State(shared): App) -> Json<Value> {
    shared.look(|platform, _| Json(json!({ "callbacks": platform.callbacks() })))
}

async fn show_counters(State(shared): App) -> Json<Value> {
    shared.look(|platform, _| {
        let mut counters = json!(platform.counters());
        counters["wechat"] = json!(platform.counters_of(PlatformName::Wechat));
        counters["alipay"] = json!(platform.counters_of(PlatformName::Alipay));
        Json(counters)
    })
}

async fn set_fault(State(shared): App, body: Bytes) -> Reply {
    let rule: FaultRule = read(&body)?;
    Ok(Json(
        json!({ "id": shared.with_platform(|platform, _| platform.set_fault(rule)) }),
    ))
}

async fn clear_faults(State(shared): App) -> Json<Value> {
    shared.with_platform(|platform, _| platform.clear_faults());
    Json(json!({}))
}

async fn clear_fault(State(shared): App, Path(id): Path<u32>) -> Reply {
    shared.with_platform(|platform, _| platform.clear_fault(id))?;
    Ok(Json(json!({})))
}

async fn deliver_now(State(shared): App) -> Json<Value> {
    let due = shared.with_platform(Platform::hurry_callbacks);
    Json(json!({ "due": due }))
}
