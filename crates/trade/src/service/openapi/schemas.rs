//! Schemas of what travels, generated from the types, and of the contract's requests, which are read by hand.

use serde_json::{Map, Value, json};
use suanpan_wire::{enrol, error, journal, stream, tender};
use utoipa::OpenApi;

use crate::centre::contract::{trouble, words};

#[derive(OpenApi)]
#[openapi(components(schemas(
    enrol::EnrolRequest,
    enrol::EnrolAnswer,
    error::ErrorBody,
    journal::Batch,
    journal::BatchAnswer,
    journal::Hello,
    journal::HelloAnswer,
    journal::OwnEntries,
    stream::ChangesAnswer,
    tender::AskRefund,
    tender::CloseTender,
    tender::CreateAttempt,
    tender::LateChoice,
    tender::QueryTender,
    tender::TenderView,
    trouble::ErrorPage,
    words::NativePayAnswer,
    words::OrderAnswer,
    words::RefundAnswer,
    words::RefundRecordAnswer,
    words::TradingAnswer,
)))]
struct Generated;

/// A positive 63-bit number as a text.
const NUMBER: &str = "^[1-9][0-9]{0,18}$";
/// An amount above nothing with at most two decimals.
const YUAN: &str = "^(0|[1-9][0-9]{0,8})(\\.[0-9]{1,2})?$";

/// Every schema, by name.
///
/// # Errors
/// Those of the serializer, which never occur for what is generated here.
pub fn all() -> serde_json::Result<Map<String, Value>> {
    let generated = serde_json::to_value(Generated::openapi())?;
    let mut schemas = generated["components"]["schemas"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    schemas.extend(by_hand());
    Ok(schemas)
}

fn by_hand() -> Map<String, Value> {
    let number = json!({ "oneOf": [
        { "type": "string", "pattern": NUMBER }, { "type": "integer", "minimum": 1 }
    ] });
    let yuan = json!({ "oneOf": [{ "type": "string", "pattern": YUAN }, { "type": "number", "exclusiveMinimum": 0 }] });
    let text = json!({ "type": "string", "minLength": 1 });
    let native = json!({
        "type": "object",
        "description": "NativePayReqDTO. Other fields are passed over.",
        "required": ["enterpriseId", "productAppId", "productOrderNo", "tradingChannel", "tradingAmount", "memo"],
        "properties": {
            "enterpriseId": number, "productAppId": text, "productOrderNo": number,
            "tradingChannel": { "type": "string", "enum": ["ALI_PAY", "WECHAT_PAY"] },
            "tradingAmount": yuan, "memo": text,
            "changeChannel": { "type": "boolean", "default": false }
        }
    });
    let local = json!({
        "type": "object",
        "description": "An order to be settled without a platform.",
        "required": ["productAppId", "tradingType", "tradingAmount", "memo"],
        "properties": {
            "productAppId": text, "tradingType": { "type": "string", "enum": ["MD", "GZ"] },
            "tradingAmount": yuan, "memo": text
        }
    });
    let named = [
        ("Number", json!({ "type": "string", "pattern": NUMBER })),
        ("Yuan", json!({ "type": "string", "pattern": YUAN })),
        (
            "Key",
            json!({ "type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$" }),
        ),
        ("Count", json!({ "type": "integer", "minimum": 0 })),
        ("Text", json!({ "type": "string" })),
        ("NativePayRequest", native),
        ("LocalRequest", local),
        ("NotTaken", not_taken()),
    ];
    named
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// What WeChat Pay reads beside a status that is no yes.
fn not_taken() -> Value {
    json!({
        "type": "object",
        "required": ["code", "message"],
        "properties": { "code": { "const": "FAIL" }, "message": { "type": "string" } },
        "additionalProperties": false
    })
}
