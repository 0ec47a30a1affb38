//! The endpoints of version 1: from method and path to what is asked. Nothing is looked up here.

use suanpan_wire::error::ErrorCode;
use suanpan_wire::stream::WAIT_MS_MAX;

use super::news::Cursor;
use super::tender::ATTEMPT_KEY_CHARS_MAX;
use crate::fault::Refusal;

/// Largest body of a request: only a journal batch is long.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest body of a journal batch; a till makes smaller batches when it is told so.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `POST /v1/enrol`.
    Enrol,
    /// `POST /v1/till/hello`.
    Hello,
    /// `POST /v1/till/journal`.
    SendJournal,
    /// `GET /v1/till/journal?epoch=&since=`.
    ReadJournal {
        /// Epoch.
        epoch: u64,
        /// Position within it.
        since: u64,
    },
    /// `GET /v1/till/changes?generation=&after=&wait_ms=`.
    Changes {
        /// Where the till has read to.
        cursor: Cursor,
        /// How long it may wait.
        wait_ms: u32,
    },
    /// `PUT /v1/tenders/{tender_no}/attempts/{attempt_key}`.
    Attempt {
        /// The tender.
        tender_no: i64,
        /// The key.
        attempt_key: String,
    },
    /// `POST /v1/tenders/{tender_no}/query`.
    Query {
        /// The tender.
        tender_no: i64,
    },
    /// `POST /v1/tenders/{tender_no}/close`.
    Close {
        /// The tender.
        tender_no: i64,
    },
    /// `PUT /v1/tenders/{tender_no}/refunds/{refund_no}`.
    Refund {
        /// The tender.
        tender_no: i64,
        /// The refund.
        refund_no: i64,
    },
    /// `POST /v1/tenders/{tender_no}/late`.
    Late {
        /// The tender.
        tender_no: i64,
    },
}

impl Route {
    /// Reads method and path.
    ///
    /// # Errors
    /// `not_found` for what is no endpoint, `malformed_request` for one with unreadable parts.
    pub fn parse(method: &str, path_and_query: &str) -> Result<Self, Refusal> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["v1", "enrol"]) => Ok(Self::Enrol),
            ("POST", ["v1", "till", "hello"]) => Ok(Self::Hello),
            ("POST", ["v1", "till", "journal"]) => Ok(Self::SendJournal),
            ("GET", ["v1", "till", "journal"]) => Ok(Self::ReadJournal {
                epoch: number(query, "epoch")?,
                since: number(query, "since")?,
            }),
            ("GET", ["v1", "till", "changes"]) => changes(query),
            ("PUT", ["v1", "tenders", tender_no, "attempts", key]) => attempt(tender_no, key),
            ("PUT", ["v1", "tenders", tender_no, "refunds", refund_no]) => Ok(Self::Refund {
                tender_no: tender(tender_no)?,
                refund_no: tender(refund_no)?,
            }),
            ("POST", ["v1", "tenders", no, "query"]) => tender(no).map(|tender_no| Self::Query { tender_no }),
            ("POST", ["v1", "tenders", no, "close"]) => tender(no).map(|tender_no| Self::Close { tender_no }),
            ("POST", ["v1", "tenders", no, "late"]) => tender(no).map(|tender_no| Self::Late { tender_no }),
            _no_endpoint => Err(Refusal::new(ErrorCode::NotFound)),
        }
    }

    /// A word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::Hello => "hello",
            Self::SendJournal => "send_journal",
            Self::ReadJournal { .. } => "read_journal",
            Self::Changes { .. } => "changes",
            Self::Attempt { .. } => "attempt",
            Self::Query { .. } => "query",
            Self::Close { .. } => "close",
            Self::Refund { .. } => "ask_refund",
            Self::Late { .. } => "late",
        }
    }

    /// Whether a repeat of the very same request is harmless by its own key or position, so that its nonce
    /// need not be remembered.
    #[must_use]
    pub const fn carries_its_key(&self) -> bool {
        match self {
            Self::Enrol | Self::SendJournal | Self::Attempt { .. } | Self::Refund { .. } => true,
            Self::Hello
            | Self::ReadJournal { .. }
            | Self::Changes { .. }
            | Self::Query { .. }
            | Self::Close { .. }
            | Self::Late { .. } => false,
        }
    }

    /// Largest body it takes.
    #[must_use]
    pub const fn body_bytes_max(&self) -> usize {
        match self {
            Self::SendJournal => BATCH_BYTES_MAX,
            Self::Enrol
            | Self::Hello
            | Self::ReadJournal { .. }
            | Self::Changes { .. }
            | Self::Attempt { .. }
            | Self::Query { .. }
            | Self::Close { .. }
            | Self::Refund { .. }
            | Self::Late { .. } => BODY_BYTES_MAX,
        }
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::new(ErrorCode::MalformedRequest).with("what", what)
}

fn changes(query: &str) -> Result<Route, Refusal> {
    let wait_ms = u32::try_from(number(query, "wait_ms")?).unwrap_or(WAIT_MS_MAX);
    Ok(Route::Changes {
        cursor: Cursor {
            generation: number(query, "generation")?,
            after: number(query, "after")?,
        },
        wait_ms: wait_ms.min(WAIT_MS_MAX),
    })
}

fn attempt(tender_no: &str, key: &str) -> Result<Route, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if key.is_empty() || key.len() > ATTEMPT_KEY_CHARS_MAX || !key.chars().all(plain) {
        return Err(malformed("attempt_key"));
    }
    Ok(Route::Attempt {
        tender_no: tender(tender_no)?,
        attempt_key: key.to_owned(),
    })
}

/// Numbers are written in one way only: a leading zero or sign would be a second name for one tender.
pub fn tender(text: &str) -> Result<i64, Refusal> {
    let number = text.parse::<i64>().ok().filter(|number| *number > 0);
    number
        .filter(|number| number.to_string() == text)
        .ok_or_else(|| malformed("number"))
}

/// A query value; absent counts as 0.
fn number(query: &str, name: &str) -> Result<u64, Refusal> {
    let found = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name);
    match found {
        Some((_, "")) | None => Ok(0),
        Some((_, value)) => value.parse().map_err(|_| malformed(name)),
    }
}
