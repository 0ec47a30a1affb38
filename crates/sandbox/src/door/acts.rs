//! Admin calls that act: as the customer's phone, and as the platforms where they end refunds and trades.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::{AdminError, App, Reply, read};
use super::state::Shared;
use crate::core::fault::RefundEnd;
use crate::core::name::PlatformName;
use crate::core::phone::{PhoneError, PhoneView};
use crate::core::platform::Platform;
use crate::core::wallet::PaymentCodeState;

/// Which order: by its code, or by its number and, where two merchants use it, the merchant.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Which {
    code_url: Option<String>,
    out_trade_no: Option<String>,
    mchid: Option<String>,
}

impl Which {
    fn code(self, platform: &Platform) -> Result<String, AdminError> {
        match (self.code_url, self.out_trade_no) {
            (Some(code_url), _) => Ok(code_url),
            (None, Some(number)) => Ok(platform.code_of_trade(self.mchid.as_deref(), &number)?),
            (None, None) => Err(AdminError::BadRequest("give codeUrl or outTradeNo".to_owned())),
        }
    }
}

/// One thing a phone can do.
type PhoneAct = fn(&mut Platform, &str, i64) -> Result<(), PhoneError>;

pub(crate) async fn scan(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, |platform, code, now_ms| {
        platform.scan(code, now_ms).map(|_| ())
    })
}

pub(crate) async fn pay(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, Platform::confirm)
}

pub(crate) async fn pay_late(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, Platform::confirm_late)
}

pub(crate) async fn refuse(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, Platform::refuse)
}

pub(crate) async fn start_paying(State(shared): App, body: Bytes) -> Reply {
    act(&shared, &body, Platform::start_paying)
}

fn act(shared: &Shared, body: &Bytes, act: PhoneAct) -> Reply {
    let which: Which = read(body)?;
    shared.with_platform(|platform, now_ms| {
        let code = which.code(platform)?;
        act(platform, &code, now_ms)?;
        let view = platform.open_code(&code, now_ms)?;
        Ok(Json(json!({ "trade": trade_of(platform, &view) })))
    })
}

/// The order behind a page, as the list shows it.
fn trade_of(platform: &Platform, view: &PhoneView) -> Value {
    let found = platform
        .trades()
        .into_iter()
        .find(|trade| trade.platform == view.platform && trade.out_trade_no == view.out_trade_no);
    json!(found)
}

/// Which trade of Alipay.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Finish {
    out_trade_no: String,
    mchid: Option<String>,
}

pub(crate) async fn finish(State(shared): App, body: Bytes) -> Reply {
    let Finish { out_trade_no, mchid } = read(&body)?;
    shared.with_platform(|platform, now_ms| {
        platform.finish_alipay(mchid.as_deref(), &out_trade_no, now_ms)?;
        Ok(Json(json!({})))
    })
}

/// Which payment code a pretended customer shows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    platform: PlatformName,
    #[serde(default)]
    asks_password: bool,
}

pub(crate) async fn show_payment_code(State(shared): App, body: Bytes) -> Reply {
    let wanted: Wanted = read(&body)?;
    shared.with_platform(|platform, now_ms| {
        let code = platform.show_payment_code(wanted.platform, wanted.asks_password, now_ms);
        described(platform, &code, now_ms)
    })
}

pub(crate) async fn payment_code(State(shared): App, Path(code): Path<String>) -> Reply {
    shared.with_platform(|platform, now_ms| {
        platform.catch_up(now_ms);
        described(platform, &code, now_ms)
    })
}

fn described(platform: &Platform, code: &str, now_ms: i64) -> Reply {
    let view = platform.payment_code(code, now_ms)?;
    let (state, trade) = match &view.state {
        PaymentCodeState::Waiting => ("waiting", Value::Null),
        PaymentCodeState::Expired => ("expired", Value::Null),
        PaymentCodeState::Charged(order) => ("charged", trade_of(platform, order)),
    };
    Ok(Json(json!({
        "code": view.code,
        "platform": view.platform,
        "asksPassword": view.asks_password,
        "endsAtMs": view.ends_at_ms.to_string(),
        "state": state,
        "trade": trade,
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settle {
    out_refund_no: Option<String>,
    ends: Option<RefundEnd>,
}

pub(crate) async fn settle(State(shared): App, body: Bytes) -> Reply {
    let Settle { out_refund_no, ends } = read(&body)?;
    shared.with_platform(|platform, now_ms| {
        let settled = match out_refund_no {
            Some(number) => platform.settle_refund(&number, ends, now_ms).map(|()| 1)?,
            None => platform.settle_refunds(ends, now_ms),
        };
        Ok(Json(json!({ "settled": settled })))
    })
}
