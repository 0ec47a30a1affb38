//! The OpenAPI document of all doors, made from the table of endpoints and the types that travel.

#[cfg(test)]
pub mod agree;
pub mod endpoints;
pub mod rights;
pub mod schemas;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use suanpan_wire::error::ErrorCode;

use self::endpoints::{Answer, Body, Door, Endpoint, Field};
use crate::centre::contract::trouble::INNER_ERROR;

/// What every till's request may be refused with.
const TILL_DOOR: &[ErrorCode] = &[
    ErrorCode::MalformedRequest,
    ErrorCode::BodyTooLarge,
    ErrorCode::BadSignature,
    ErrorCode::StaleTime,
    ErrorCode::Replayed,
    ErrorCode::TillUnknown,
    ErrorCode::TooMany,
    ErrorCode::Unavailable,
    ErrorCode::Internal,
];
/// What the door of callers turns away.
const CALLER_DOOR: &[ErrorCode] = &[
    ErrorCode::BodyTooLarge,
    ErrorCode::BadSignature,
    ErrorCode::StaleTime,
    ErrorCode::Replayed,
    ErrorCode::CallerUnknown,
    ErrorCode::TooMany,
];
/// How the base64 of `609|` begins: a refusal of the contract, and never a fault of ours.
const REFUSED_609: &str = "^NjA5f";

/// The document.
///
/// # Errors
/// Those of the serializer, which never occur for what is generated here.
pub fn document() -> serde_json::Result<Value> {
    let mut paths = Map::new();
    for endpoint in endpoints::all() {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method.to_lowercase()] = operation(endpoint);
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Suanpan trade centre",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "Tills (/v1), platforms (/trade/open) and health answer at the public door; business \
                systems (/trade/inner) at a door of their own; measurements at the operators'. How requests are \
                signed, and what each door says to whom, is in docs/API.md.",
        },
        "paths": paths,
        "components": { "schemas": schemas::all()?, "securitySchemes": security_schemes() },
    }))
}

fn security_schemes() -> Value {
    let header = |name: &str, description: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": description });
    json!({
        "tillSignature": header("suanpan-signature", "Ed25519 of the till over the request; see docs/API.md"),
        "callerSignature": header("suanpan-signature", "HMAC-SHA256 with the caller's secret; see docs/API.md"),
        "platformSignature": header("Wechatpay-Signature", "As the platform's documents say"),
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [tag(endpoint.door)],
        "parameters": parameters(endpoint),
        "responses": responses(endpoint),
        "security": security(endpoint),
    });
    if let Some(body) = request_body(endpoint) {
        operation["requestBody"] = body;
    }
    operation
}

const fn tag(door: Door) -> &'static str {
    match door {
        Door::Till => "till",
        Door::Platform => "platform",
        Door::Caller => "caller",
        Door::Open => "open",
        Door::Operators => "operators",
    }
}

/// A caller in a trusted network signs nothing.
fn security(endpoint: &Endpoint) -> Value {
    match endpoint.door {
        // Signed in a field of its form, for which the document has no scheme.
        Door::Platform if matches!(endpoint.body, Body::PlatformForm) => json!([]),
        Door::Till => json!([{ "tillSignature": [] }]),
        Door::Platform => json!([{ "platformSignature": [] }]),
        Door::Caller => json!([{ "callerSignature": [] }, {}]),
        Door::Open | Door::Operators => json!([]),
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = endpoint
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let schema = if name == "attempt_key" { "Key" } else { "Number" };
            json!({ "name": name, "in": "path", "required": true, "schema": reference(schema) })
        });
    // What a form may carry instead need not be in the query.
    let is_form = matches!(endpoint.body, Body::Form);
    let in_query = endpoint.query.iter().map(|field| {
        json!({
            "name": field.name, "in": "query", "required": field.required && !is_form,
            "schema": reference(field.schema),
        })
    });
    let key = is_form.then(|| {
        json!({ "name": "Idempotency-Key", "in": "header", "required": false, "schema": reference("Key") })
    });
    in_path.chain(in_query).chain(key).collect()
}

fn request_body(endpoint: &Endpoint) -> Option<Value> {
    let content = |kind: &str, schema: Value| json!({ kind: { "schema": schema } });
    match endpoint.body {
        Body::Nothing => None,
        Body::Json(schema) => Some(json!({
            "required": true, "content": content("application/json", reference(schema)),
        })),
        Body::Form => Some(json!({
            "required": false,
            "content": content("application/x-www-form-urlencoded", form(endpoint.query)),
        })),
        Body::Platform => Some(json!({
            "required": true, "content": content("application/json", json!({ "type": "object" })),
        })),
        Body::PlatformForm => Some(json!({
            "required": true,
            "content": content("application/x-www-form-urlencoded", json!({ "type": "object" })),
        })),
    }
}

fn form(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.to_owned(), reference(field.schema)))
        .collect();
    json!({ "type": "object", "properties": properties })
}

fn responses(endpoint: &Endpoint) -> Value {
    let mut responses = Map::new();
    let (status, good) = good_answer(endpoint.answer);
    responses.insert(status.to_string(), good);
    match endpoint.door {
        Door::Till => {
            let codes = TILL_DOOR.iter().chain(endpoint.refusals);
            responses.extend(refusals(codes, "ErrorBody"));
        }
        Door::Caller => {
            responses.extend(refusals(CALLER_DOOR.iter(), "ErrorPage"));
            responses.insert("500".to_owned(), refused_by_contract());
        }
        Door::Platform => responses.extend(not_taken(endpoint.body)),
        Door::Open if endpoint.name == "readyz" => {
            responses.insert("503".to_owned(), json!({ "description": "Not now." }));
        }
        Door::Open | Door::Operators => {}
    }
    Value::Object(responses)
}

/// Why a platform's notice was not taken, and what it is told: WeChat Pay an object, Alipay one word.
const NOT_TAKEN: &[(&str, &str)] = &[
    ("400", "It is not what the platform's documents describe."),
    (
        "401",
        "Its signature does not fit, or is too old or ahead of time.",
    ),
    ("403", "It is about another merchant."),
    ("404", "No such merchant of this platform."),
    ("413", "It is longer than any notice."),
    (
        "500",
        "It could not be read or kept; the platform repeats, and nothing has changed.",
    ),
];

fn not_taken(body: Body) -> impl Iterator<Item = (String, Value)> {
    let content = match body {
        Body::PlatformForm => json!({ "text/plain": { "schema": { "const": "failure" } } }),
        Body::Platform | Body::Nothing | Body::Json(_) | Body::Form => {
            json!({ "application/json": { "schema": reference("NotTaken") } })
        }
    };
    NOT_TAKEN.iter().map(move |(status, why)| {
        let response = json!({ "description": why, "content": content });
        ((*status).to_owned(), response)
    })
}

fn good_answer(answer: Answer) -> (u16, Value) {
    let content = |schema: Value| json!({ "application/json": { "schema": schema } });
    match answer {
        Answer::Json(schema) => (
            200,
            json!({ "description": "Done.", "content": content(reference(schema)) }),
        ),
        Answer::JsonOrEmpty(schema) => (
            200,
            json!({ "description": "As it is; an empty body where there is none.", "content": content(reference(schema)) }),
        ),
        Answer::Status(status) => (status, json!({ "description": "Done." })),
        Answer::Word(word) => (
            200,
            json!({ "description": "Taken.", "content": { "text/plain": { "schema": { "const": word } } } }),
        ),
        Answer::Document => (
            200,
            json!({ "description": "Done.", "content": content(json!({ "type": "object" })) }),
        ),
        Answer::Measurements => (
            200,
            json!({ "description": "Done.", "content": { "text/plain": { "schema": { "type": "string" } } } }),
        ),
    }
}

/// One response per status, with its codes.
fn refusals<'c>(codes: impl Iterator<Item = &'c ErrorCode>, schema: &str) -> Vec<(String, Value)> {
    let mut by_status: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for code in codes {
        let name = serde_json::to_value(code)
            .ok()
            .and_then(|name| name.as_str().map(ToOwned::to_owned));
        by_status.entry(code.status()).or_default().extend(name);
    }
    by_status
        .into_iter()
        .map(|(status, names)| {
            let response = json!({
                "description": names.join(", "),
                "content": { "application/json": { "schema": reference(schema) } },
            });
            (status.to_string(), response)
        })
        .collect()
}

fn refused_by_contract() -> Value {
    json!({
        "description": "A refusal of the contract; the header holds the base64 of `609|sentence`.",
        "headers": { INNER_ERROR: { "required": true, "schema": { "type": "string", "pattern": REFUSED_609 } } },
        "content": { "application/json": { "schema": reference("ErrorPage") } },
    })
}
