//! Whether real answers are what the document says of them, and which of its operations have been answered at all.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document;
use super::endpoints::{self, Endpoint};
use crate::http::Reply;

/// The document, and the answers that were held against it.
#[derive(Debug)]
pub struct Agreement {
    document: Value,
    seen: RefCell<BTreeMap<&'static str, BTreeSet<u16>>>,
}

impl Agreement {
    /// The document as it is served.
    pub fn of_what_is_served() -> Self {
        Self {
            document: document().unwrap(),
            seen: RefCell::default(),
        }
    }

    /// Fails when an answer is none that its endpoint is documented to give.
    pub fn holds(&self, name: &str, reply: &Reply) {
        let endpoint = endpoints::all().find(|endpoint| endpoint.name == name).unwrap();
        let documented = &self.responses(endpoint)[reply.status.to_string()];
        assert!(!documented.is_null(), "{name} answered {}", reply.status);
        let has = |wanted: &str| {
            reply
                .headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        for (header, _) in documented["headers"].as_object().into_iter().flatten() {
            assert!(has(header), "{name} answered {} without {header}", reply.status);
        }
        if let Err(problem) = self.check_body(documented, reply) {
            panic!("{name} answered {}: {problem}", reply.status);
        }
        self.seen
            .borrow_mut()
            .entry(endpoint.name)
            .or_default()
            .insert(reply.status);
    }

    /// Fails when an operation of these was never answered well, or was never refused though it can be.
    pub fn has_covered(&self, endpoints: impl Iterator<Item = &'static Endpoint>) {
        let seen = self.seen.borrow();
        for endpoint in endpoints {
            let statuses = seen.get(endpoint.name);
            let statuses = statuses.unwrap_or_else(|| panic!("{} was never asked for", endpoint.name));
            assert!(
                statuses.iter().any(|status| *status < 300),
                "{} was only refused: {statuses:?}",
                endpoint.name
            );
            let documented = self.responses(endpoint).as_object().unwrap();
            let refusable = documented.keys().any(|status| status.starts_with('4'));
            assert!(
                !refusable || statuses.iter().any(|status| *status >= 400),
                "{} was never refused: {statuses:?}",
                endpoint.name
            );
        }
    }

    fn responses(&self, endpoint: &Endpoint) -> &Value {
        &self.document["paths"][endpoint.path][endpoint.method.to_lowercase()]["responses"]
    }

    fn check_body(&self, documented: &Value, reply: &Reply) -> Result<(), String> {
        if reply.body.is_empty() {
            return Ok(());
        }
        let kind = reply
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let kind = kind
            .and_then(|(_, value)| value.split(';').next())
            .unwrap_or_default();
        let schema = &documented["content"][kind]["schema"];
        if schema.is_null() {
            return Err(format!("a body of the kind {kind:?} is not documented"));
        }
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let body = if kind == "application/json" {
            serde_json::from_str(&text).map_err(|error| error.to_string())?
        } else {
            Value::String(text)
        };
        check(&self.document, schema, &body)
    }
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
    if let Some(wanted) = schema.get("const")
        && wanted != value
    {
        return Err(format!("{value} is not {wanted}"));
    }
    if schema["type"] == "object" && schema.get("properties").is_none() {
        return Ok(());
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
            .or(schema.get("additionalProperties").filter(|more| more.is_object()));
        let known = known.ok_or_else(|| format!("{name} is not documented"))?;
        check(document, known, held).map_err(|problem| format!("{name}: {problem}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
}
