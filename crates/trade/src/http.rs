//! Requests and replies as plain values. They know nothing of sockets.

/// Headers in order, names in any case.
pub type Headers = Vec<(String, String)>;

/// A request as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Upper-case method.
    pub method: String,
    /// Path with query, as sent: the signature covers it.
    pub path_and_query: String,
    /// Headers as received.
    pub headers: Headers,
    /// Raw body.
    pub body: Vec<u8>,
}

/// A reply ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers to send besides length and date.
    pub headers: Headers,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header that occurs exactly once. Twice counts as absent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        suanpan_channels::http::header(&self.headers, name)
    }
}

impl Reply {
    /// A JSON reply.
    #[must_use]
    pub fn json(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
        }
    }

    /// A reply without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }
}

/// Whether a JSON body names the character U+0000 in one of its texts. No field of ours means anything by it, and a
/// database may be unable to keep it. A text that holds JSON may spell it with its own escapes.
#[must_use]
pub fn names_nul(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"u0000") {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_wherever_it_is_spelled_and_nowhere_else() {
        for body in [
            r#"{"a":"\u0000"}"#,
            r#"{"\u0000":1}"#,
            r#"["\\\u0000"]"#,
            r#"["\n\u0000"]"#,
        ] {
            assert!(names_nul(body.as_bytes()), "{body}");
        }
        for body in [
            "",
            r#"{"a":"u0000"}"#,
            r#"["\\u0000"]"#,
            r#"["\u00001"]"#.replace("00001", "0001").as_str(),
            "\\",
        ] {
            assert!(!names_nul(body.as_bytes()), "{body}");
        }
    }
}
