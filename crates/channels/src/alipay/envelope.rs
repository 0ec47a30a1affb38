//! The outside of an answer: which part is the content, exactly as it was sent, and the signature over it.
//!
//! The platform signs the characters of the content as they stand in the answer. Reading and writing them
//! again would change escapes and order, so the content is kept as the very characters received.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Where a gateway that knows no such method puts what it has to say.
const ERROR_KEY: &str = "error_response";

/// An answer taken apart, nothing of it believed.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    /// The content's own characters.
    pub(super) content: &'a str,
    /// The signature; the gateway leaves it out where it does not know who asks.
    pub(super) sign: Option<String>,
    /// The name of the certificate that it is of, in certificate mode.
    pub(super) certificate: Option<String>,
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Envelope<'a> {
    /// Takes an answer to `method` apart; nothing where it is not what the platform documents.
    pub(super) fn read(body: &'a [u8], method: &str) -> Option<Self> {
        let members: Members<'a> = serde_json::from_slice(body).ok()?;
        let key = format!("{}_response", method.replace('.', "_"));
        let content = match (members.only(&key), members.only(ERROR_KEY)) {
            (Some(content), None) | (None, Some(content)) => content,
            (Some(_), Some(_)) | (None, None) => return None,
        };
        Some(Self {
            content: content.get(),
            sign: members.text("sign"),
            certificate: members.text("alipay_cert_sn"),
        })
    }
}

impl<'a> Members<'a> {
    /// The member of that name, where there is exactly one: two readers could each take another one.
    fn only(&self, name: &str) -> Option<&'a RawValue> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(*value),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.only(name)
            .and_then(|value| serde_json::from_str::<String>(value.get()).ok())
            .filter(|text| !text.is_empty())
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content<'a>(body: &'a str, method: &str) -> Option<&'a str> {
        Envelope::read(body.as_bytes(), method).map(|envelope| envelope.content)
    }

    #[test]
    fn the_content_is_the_very_characters_that_were_sent() {
        let body =
            r#"{"alipay_trade_query_response":{"code":"10000","a":"x\/y}\"","b":{"c":[1.0]}},"sign":"S="}"#;
        let raw = r#"{"code":"10000","a":"x\/y}\"","b":{"c":[1.0]}}"#;
        assert_eq!(content(body, "alipay.trade.query"), Some(raw));
        let envelope = Envelope::read(body.as_bytes(), "alipay.trade.query").unwrap();
        assert_eq!(envelope.sign.as_deref(), Some("S="));
        assert_eq!(envelope.certificate, None);
        let turned = format!(r#"{{"alipay_cert_sn":"c","sign":"S=","alipay_trade_query_response":{raw}}}"#);
        assert_eq!(content(&turned, "alipay.trade.query"), Some(raw));
    }

    #[test]
    fn an_answer_to_something_else_or_two_at_once_is_none() {
        for body in [
            "",
            "[]",
            "<html>",
            "{}",
            r#"{"sign":"S="}"#,
            r#"{"alipay_trade_pay_response":{},"sign":"S="}"#,
            r#"{"alipay_trade_query_response":{},"alipay_trade_query_response":{},"sign":"S="}"#,
            r#"{"alipay_trade_query_response":{},"error_response":{},"sign":"S="}"#,
            r#"{"alipay_trade_query_response":{}"#,
        ] {
            assert_eq!(content(body, "alipay.trade.query"), None, "{body}");
        }
        let error = r#"{"error_response":{"code":"40001"}}"#;
        assert_eq!(content(error, "alipay.trade.query"), Some(r#"{"code":"40001"}"#));
    }
}
