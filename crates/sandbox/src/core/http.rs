//! Requests and replies as plain values, so that the core needs no HTTP library.

/// One request as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, in capitals.
    pub method: String,
    /// Path and query exactly as sent, because the signature covers these bytes.
    pub path_and_query: String,
    /// Header names and values; names compare without case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// The first header called `name`, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// One reply as it leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpReply {
    /// The HTTP status.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The raw body; empty for 204.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// The first header called `name`, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// What the caller gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A reply.
    Reply(HttpReply),
    /// The connection ends without a byte: either the request never arrived or the reply was lost.
    Dropped,
}

/// The platform's whole reaction to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// What the caller gets to see.
    pub outcome: Outcome,
    /// How long the outcome is held back. The platform has already acted when this starts to run.
    pub delay_ms: u32,
}

impl Handled {
    /// The reply, or `None` when the connection was dropped.
    #[must_use]
    pub fn reply(&self) -> Option<&HttpReply> {
        match &self.outcome {
            Outcome::Reply(reply) => Some(reply),
            Outcome::Dropped => None,
        }
    }
}
