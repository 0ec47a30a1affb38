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
