//! The OpenAPI document and what is served agree: every route is in it, and answers are as it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use suanpan_wire::error::ErrorCode;
use suanpan_wire::sign::SIGNATURE_HEADER;

use super::contract_kit::{APP, ORDER, native_body, open_shop};
use super::journals::completed;
use super::kit::attempt;
use crate::centre::contract::route::Ask;
use crate::centre::route::Route;
use crate::http::Reply;
use crate::service::openapi::document;
use crate::service::openapi::endpoints::{self, Door};

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "17" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What the document has at a path; a path written out counts before one with parameters.
fn documented(method: &str, path: &str) -> Option<&'static str> {
    let fits = |template: &str| {
        let (parts, given) = (template.split('/'), path.split('/'));
        parts.clone().count() == given.clone().count()
            && parts
                .zip(given)
                .all(|(part, given)| part.starts_with('{') || part == given)
    };
    let fitting = endpoints::all().filter(|endpoint| endpoint.method == method && fits(endpoint.path));
    fitting
        .min_by_key(|endpoint| endpoint.path.matches('{').count())
        .map(|endpoint| endpoint.name)
}

fn name_of_route(route: &Route) -> &'static str {
    match route {
        Route::Enrol => "enrol",
        Route::Hello => "hello",
        Route::SendJournal => "sendJournal",
        Route::ReadJournal { .. } => "readJournal",
        Route::Changes { .. } => "changes",
        Route::Attempt { .. } => "attempt",
        Route::Query { .. } => "query",
        Route::Close { .. } => "close",
        Route::Refund { .. } => "askRefund",
        Route::Late { .. } => "late",
    }
}

fn name_of_ask(ask: &Ask) -> &'static str {
    match ask {
        Ask::Native => "native",
        Ask::FindTrade => "findTrade",
        Ask::Refund => "refund",
        Ask::FindRefund { .. } => "findRefund",
        Ask::Close { .. } => "closeTrade",
        Ask::Cancel { .. } => "cancelOrder",
        Ask::Local { .. } => "settleLocally",
    }
}

#[test]
fn every_documented_path_is_the_route_of_its_name_and_no_other_method_is() {
    let mut names = BTreeSet::new();
    for endpoint in endpoints::all() {
        assert!(names.insert(endpoint.name), "{} twice", endpoint.name);
        let path = filled(endpoint.path);
        let served = |method: &str| match endpoint.door {
            Door::Till => Route::parse(method, &path)
                .ok()
                .map(|route| name_of_route(&route)),
            Door::Caller => Ask::parse(method, &path).ok().map(|ask| name_of_ask(&ask)),
            // Served by the web framework itself; tried over the network elsewhere.
            Door::Platform | Door::Open => Some(endpoint.name),
        };
        assert_eq!(served(endpoint.method), Some(endpoint.name));
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if matches!(endpoint.door, Door::Till | Door::Caller) {
                assert_eq!(served(method), documented(method, &path), "{method} {path}");
            }
        }
    }
    // Ten routes of tills and seven of callers, as the matches above force whoever adds one to say.
    assert_eq!((endpoints::TILL.len(), endpoints::CALLER.len()), (10, 7));
}

#[test]
fn every_reference_leads_somewhere_and_every_code_of_a_refusal_is_documented() {
    let document = document().unwrap();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    let answers = descriptions_of_answers(&document);
    for code in ErrorCode::ALL {
        let name = serde_json::to_value(code).unwrap();
        let is_named = |answer: &&str| answer.split(", ").any(|word| Some(word) == name.as_str());
        assert!(answers.iter().any(is_named), "{name} in {answers:?}");
    }
    assert_eq!(document["openapi"], "3.1.0");
}

/// What is said of each answer of each endpoint; nothing else in the document.
fn descriptions_of_answers(document: &Value) -> Vec<&str> {
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let answers = operations.filter_map(|operation| operation["responses"].as_object());
    let said = answers.flat_map(|answers| answers.values().map(|answer| &answer["description"]));
    said.filter_map(Value::as_str).collect()
}

/// Whether a value is as a schema says: the part of JSON Schema that the document uses, and strict about fields that
/// it does not name.
fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return check(document, document.pointer(&reference[1..]).unwrap(), value);
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[several].as_array() {
            let fits = choices
                .iter()
                .filter(|choice| check(document, choice, value).is_ok());
            let count = fits.count();
            return if count == 1 {
                Ok(())
            } else {
                Err(format!("{count} of {several} fit {value}"))
            };
        }
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().try_for_each(|part| check(document, part, value));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _untyped => Vec::new(),
    };
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.is_empty() && !types.contains(&own) {
        return Err(format!("{value} is not {types:?}"));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return Err(format!("{value} is none of {allowed:?}"));
    }
    match value {
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| check(document, &schema["items"], item)),
        Value::Object(_) => check_fields(document, schema, value),
        _simple => Ok(()),
    }
}

fn check_fields(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("{name} is missing in {value}"));
        }
    }
    for (name, held) in value.as_object().into_iter().flatten() {
        let known = schema["properties"]
            .get(name)
            .or(schema.get("additionalProperties"));
        let known = known.ok_or_else(|| format!("{name} is not documented"))?;
        check(document, known, held).map_err(|problem| format!("{name}: {problem}"))?;
    }
    Ok(())
}

/// Whether an answer is one that its endpoint is documented to give.
fn agrees(document: &Value, name: &str, reply: &Reply) {
    let endpoint = endpoints::all().find(|endpoint| endpoint.name == name).unwrap();
    let method = endpoint.method.to_lowercase();
    let responses = &document["paths"][endpoint.path][method]["responses"];
    let documented = &responses[reply.status.to_string()];
    assert!(!documented.is_null(), "{name} answered {}", reply.status);
    for (header, _) in documented["headers"].as_object().into_iter().flatten() {
        assert!(reply.headers.iter().any(|(name, _)| name == header), "{header}");
    }
    if reply.body.is_empty() {
        return;
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    let schema = &documented["content"]["application/json"]["schema"];
    assert!(!schema.is_null(), "{name}: {body}");
    check(document, schema, &body).unwrap_or_else(|problem| panic!("{name}: {problem}"));
}

#[test]
fn answers_to_tills_are_as_documented() {
    let document = document().unwrap();
    let mut shop = open_shop();
    let empty = json!({});
    let hello = json!({ "head": suanpan_wire::journal::Mark::genesis() });
    let create = serde_json::to_value(attempt(2810, false)).unwrap();
    shop.say(&completed(1, 500));
    let choice = json!({ "choice": "accept" });
    let refund = json!({ "amount_minor": 100 });
    for (name, method, path, body) in [
        ("hello", "POST", "/v1/till/hello", &hello),
        ("hello", "POST", "/v1/till/hello", &empty),
        ("readJournal", "GET", "/v1/till/journal?epoch=1&since=0", &empty),
        ("readJournal", "GET", "/v1/till/journal?epoch=x", &empty),
        ("attempt", "PUT", "/v1/tenders/21/attempts/k1", &create),
        ("attempt", "PUT", "/v1/tenders/21/attempts/k2", &create),
        ("attempt", "PUT", "/v1/tenders/21/attempts/k3", &empty),
        ("query", "POST", "/v1/tenders/21/query", &empty),
        ("query", "POST", "/v1/tenders/22/query", &empty),
        ("askRefund", "PUT", "/v1/tenders/21/refunds/64", &refund),
        ("late", "POST", "/v1/tenders/21/late", &choice),
        ("close", "POST", "/v1/tenders/21/close", &empty),
        (
            "changes",
            "GET",
            "/v1/till/changes?generation=0&after=0&wait_ms=0",
            &empty,
        ),
    ] {
        let request = shop.request(&shop.till, method, path, body);
        let reply = shop.drive(&request);
        assert!(reply.headers.iter().any(|(name, _)| name == SIGNATURE_HEADER));
        agrees(&document, name, &reply);
    }
    let mut unsigned = shop.request(&shop.till, "POST", "/v1/till/hello", &hello);
    unsigned.headers.clear();
    agrees(&document, "hello", &shop.drive(&unsigned));
}

#[test]
fn answers_to_callers_are_as_documented() {
    let document = document().unwrap();
    let mut shop = open_shop();
    let body = native_body("WECHAT_PAY", "28.10");
    agrees(&document, "native", &shop.call_contract("POST", "native", &body));
    agrees(&document, "native", &shop.call_contract("POST", "native", "[]"));
    let trade_no = shop.paid_order();
    let refund = format!("refund-record/refund?tradingOrderNo={trade_no}&refundAmount=8.10");
    let refunded = shop.call_contract("POST", &refund, "");
    agrees(&document, "refund", &refunded);
    let refunded: Value = serde_json::from_slice(&refunded.body).unwrap();
    let record = format!("refund-record/{}", refunded["refundNo"].as_str().unwrap());
    agrees(&document, "findRefund", &shop.call_contract("GET", &record, ""));
    let find = "tradings/findTradResultByTradingOrderNo?tradingOrderNo=";
    for no in [trade_no.as_str(), "17", "x"] {
        agrees(
            &document,
            "findTrade",
            &shop.call_contract("GET", &format!("{find}{no}"), ""),
        );
    }
    for (name, path, body) in [
        ("closeTrade", format!("tradings/{trade_no}/close"), ""),
        ("cancelOrder", format!("orders/{ORDER}/cancel"), ""),
        ("cancelOrder", "orders/99/cancel".to_owned(), ""),
        ("settleLocally", "orders/98/local".to_owned(), "{}"),
    ] {
        agrees(&document, name, &shop.call_contract("POST", &path, body));
    }
    let waived = format!(r#"{{"productAppId":"{APP}","tradingType":"MD","tradingAmount":1,"memo":"x"}}"#);
    agrees(
        &document,
        "settleLocally",
        &shop.call_contract("POST", "orders/98/local", &waived),
    );
}

#[test]
fn a_value_that_is_not_as_documented_is_noticed() {
    let document = document().unwrap();
    let schema = json!({ "$ref": "#/components/schemas/RefundAnswer" });
    let good = json!({ "refundNo": "1", "refundId": null, "refundStatus": 1 });
    assert_eq!(check(&document, &schema, &good), Ok(()));
    for bad in [
        json!({ "refundId": null, "refundStatus": 1 }),
        json!({ "refundNo": 1, "refundId": null, "refundStatus": 1 }),
        json!({ "refundNo": "1", "refundId": null, "refundStatus": 1, "more": 1 }),
        json!([]),
    ] {
        assert!(check(&document, &schema, &bad).is_err(), "{bad}");
    }
}
