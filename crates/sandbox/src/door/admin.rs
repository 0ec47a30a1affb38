//! `/admin`: look at the platform, act as the phone, set switches, drive the clock. See docs/SANDBOX.md.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::guard;
use super::state::Shared;
use crate::core::fault::{FaultRule, RefundEnd};
use crate::core::keys::{CallbackKey, merchants};
use crate::core::operate::OperateError;
use crate::core::phone::{PhoneError, PhoneState, token_in};
use crate::core::platform::Platform;

type Reply = Result<Json<Value>, AdminError>;
type App = State<Arc<Shared>>;

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
            get(|| async { Json(json!({ "merchants": merchants() })) }),
        )
        .route("/trades", get(list_trades))
        .route("/trades/pay", post(pay))
        .route("/trades/refuse", post(refuse))
        .route("/trades/start-paying", post(start_paying))
        .route("/refunds", get(list_refunds))
        .route("/refunds/settle", post(settle))
        .route("/faults", get(list_faults).post(set_fault).delete(clear_faults))
        .route("/faults/{id}", delete(clear_fault))
        .route("/callbacks", get(list_callbacks))
        .route("/callbacks/deliver", post(deliver_now))
        .route("/clock", get(show_clock).post(drive_clock))
        .route("/settings", post(change_settings))
        .route("/counters", get(show_counters))
        .layer(from_fn_with_state(Arc::clone(shared), guard::admin_only))
}

/// Reads a JSON body; an empty one stands for `{}`.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, AdminError> {
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

async fn list_callbacks(State(shared): App) -> Json<Value> {
    shared.look(|platform, _| Json(json!({ "callbacks": platform.callbacks() })))
}

async fn show_counters(State(shared): App) -> Json<Value> {
    shared.look(|platform, _| Json(json!(platform.counters())))
}

async fn show_clock(State(shared): App) -> Json<Value> {
    Json(json!(shared.clock.view()))
}

/// Which order: by its code, or by its number and, where two merchants use it, the merchant.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Which {
    code_url: Option<String>,
    out_trade_no: Option<String>,
    mchid: Option<String>,
}

/// One thing a phone can do.
type PhoneAct = fn(&mut Platform, &str, i64) -> Result<(), PhoneError>;

async fn pay(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, Platform::confirm)
}

async fn refuse(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, Platform::refuse)
}

async fn start_paying(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, Platform::start_paying)
}

fn act(shared: &Shared, body: &Bytes, act: PhoneAct) -> Reply {
    let which: Which = read(body)?;
    shared.with_platform(|platform, now_ms| {
        let code = match (which.code_url, which.out_trade_no) {
            (Some(code_url), _) => code_url,
            (None, Some(number)) => platform.code_of_trade(which.mchid.as_deref(), &number)?,
            (None, None) => return Err(AdminError::BadRequest("give codeUrl or outTradeNo".to_owned())),
        };
        act(platform, &code, now_ms)?;
        let token = platform.open_code(&code, now_ms)?.token;
        let trade = platform
            .trades()
            .into_iter()
            .find(|trade| token_in(&trade.code_url) == token);
        Ok(Json(json!({ "trade": trade })))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settle {
    out_refund_no: Option<String>,
    ends: Option<RefundEnd>,
}

async fn settle(State(shared): App, body: Bytes) -> Reply {
    let Settle { out_refund_no, ends } = read(&body)?;
    shared.with_platform(|platform, now_ms| {
        let settled = match out_refund_no {
            Some(number) => platform.settle_refund(&number, ends, now_ms).map(|()| 1)?,
            None => platform.settle_refunds(ends, now_ms),
        };
        Ok(Json(json!({ "settled": settled })))
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

/// What to do with the clock; applied in this order.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Drive {
    #[serde(default)]
    reset: bool,
    signs: Option<bool>,
    frozen: Option<bool>,
    now_ms: Option<String>,
    advance_ms: Option<u32>,
}

async fn drive_clock(State(shared): App, body: Bytes) -> Reply {
    let Drive {
        reset,
        signs,
        frozen,
        now_ms,
        advance_ms,
    } = read(&body)?;
    let not_a_time = |_| AdminError::BadRequest("nowMs is a string of milliseconds UTC".to_owned());
    let now_ms: Option<i64> = now_ms.map(|text| text.parse()).transpose().map_err(not_a_time)?;
    if reset {
        shared.clock.reset();
    }
    if let Some(signs) = signs {
        shared.clock.sign(signs);
    }
    if let Some(frozen) = frozen {
        shared.clock.freeze(frozen);
    }
    if let Some(now_ms) = now_ms {
        shared.clock.set(now_ms);
    }
    if let Some(by_ms) = advance_ms {
        shared.clock.advance(by_ms);
    }
    shared.changed.notify_one();
    Ok(Json(json!(shared.clock.view())))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    refund_settle_ms: Option<u32>,
    callback_key: Option<KeyFor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyFor {
    mchid: String,
    key: CallbackKey,
}

async fn change_settings(State(shared): App, body: Bytes) -> Reply {
    let Settings {
        refund_settle_ms,
        callback_key,
    } = read(&body)?;
    shared.with_platform(|platform, _| {
        if let Some(KeyFor { mchid, key }) = callback_key {
            platform.set_callback_key(&mchid, key)?;
        }
        if let Some(delay_ms) = refund_settle_ms {
            platform.set_refund_settle_ms(delay_ms);
        }
        Ok(Json(json!({})))
    })
}
