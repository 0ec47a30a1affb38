//! Admin calls that drive the clock and change settings.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::{AdminError, App, Reply, read};
use crate::core::alipay::{AlipayKey, AlipayMode};
use crate::core::keys::{AnswerKeys, CallbackKey, CertificateChange};

pub(crate) async fn show_clock(State(shared): App) -> Json<Value> {
    Json(json!(shared.clock.view()))
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

pub(crate) async fn drive_clock(State(shared): App, body: Bytes) -> Reply {
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
    callback_key: Option<KeyFor<CallbackKey>>,
    refund_gap_ms: Option<u32>,
    answer_keys: Option<KeyFor<AnswerKeys>>,
    platform_certificate: Option<KeyFor<CertificateChange>>,
    alipay_key: Option<KeyFor<AlipayKey>>,
    alipay_mode: Option<KeyFor<AlipayMode>>,
    alipay_finish_ms: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyFor<K> {
    mchid: String,
    key: K,
}

pub(crate) async fn change(State(shared): App, body: Bytes) -> Reply {
    let Settings {
        refund_settle_ms,
        callback_key,
        refund_gap_ms,
        answer_keys,
        platform_certificate,
        alipay_key,
        alipay_mode,
        alipay_finish_ms,
    } = read(&body)?;
    let not_a_time = |_| AdminError::BadRequest("alipayFinishMs is a string of milliseconds".to_owned());
    let finish_ms: Option<u64> = alipay_finish_ms
        .map(|text| text.parse())
        .transpose()
        .map_err(not_a_time)?;
    shared.with_platform(|platform, _| {
        if let Some(KeyFor { mchid, key }) = callback_key {
            platform.set_callback_key(&mchid, key)?;
        }
        if let Some(KeyFor { mchid, key }) = answer_keys {
            platform.set_answer_keys(&mchid, key)?;
        }
        if let Some(KeyFor { mchid, key }) = platform_certificate {
            platform.set_certificate_change(&mchid, key)?;
        }
        if let Some(KeyFor { mchid, key }) = alipay_mode {
            platform.set_alipay_mode(&mchid, key)?;
        }
        if let Some(gap_ms) = refund_gap_ms {
            platform.set_refund_gap_ms(gap_ms);
        }
        if let Some(KeyFor { mchid, key }) = alipay_key {
            platform.set_alipay_key(&mchid, key)?;
        }
        if let Some(after_ms) = finish_ms {
            platform.set_alipay_finish_ms(i64::try_from(after_ms).unwrap_or(i64::MAX / 2));
        }
        if let Some(delay_ms) = refund_settle_ms {
            platform.set_refund_settle_ms(delay_ms);
        }
        Ok(Json(json!({})))
    })
}
