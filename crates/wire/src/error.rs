//! Why the centre said no: one closed list of codes with their HTTP status.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $status:literal,)*) => {
        /// A reason for *no*.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $($(#[$doc])* $code,)* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$code,)*];

            /// HTTP status it is answered with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(ErrorCode::$code => $status,)* }
            }
        }
    };
}

codes! {
    /// The body or path has not the form of this request.
    MalformedRequest 400,
    /// The body is larger than this door takes.
    BodyTooLarge 413,
    /// Missing or wrong signature.
    BadSignature 401,
    /// The request's time is too far from the centre's; the answer carries the centre's time.
    StaleTime 401,
    /// This nonce was seen before.
    Replayed 401,
    /// No till of that id, or its key was revoked.
    TillUnknown 403,
    /// No caller of that name, or its right was taken away.
    CallerUnknown 403,
    /// The enrolment code is not known or has expired.
    EnrolCodeWrong 403,
    /// The enrolment code was used already.
    EnrolCodeUsed 409,
    /// No such thing for this till.
    NotFound 404,
    /// The store has no enabled merchant for this means.
    MeansNotOffered 409,
    /// Amount zero, negative or beyond the platform's bounds.
    AmountInvalid 400,
    /// The key was used with other parameters.
    KeyReused 409,
    /// An attempt of this tender still lives; `trade_no` names it.
    AttemptLive 409,
    /// The tender is settled; `winner` names the trade.
    AlreadyPaid 409,
    /// The tender is closed or given up.
    TenderClosed 409,
    /// The state does not allow it.
    WrongState 409,
    /// A journal batch that does not continue what the centre holds; `epoch`, `seq`, `hash` say what that is.
    JournalGap 409,
    /// The head of a batch is not signed by this till.
    JournalUnsigned 401,
    /// Too many requests; wait.
    TooMany 429,
    /// The centre cannot do it now.
    Unavailable 503,
    /// A fault of the centre.
    Internal 500,
}

/// Body of every refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{code:?} {params:?}")]
pub struct ErrorBody {
    /// The reason.
    pub code: ErrorCode,
    /// Values that belong to it.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// The centre's clock, UTC milliseconds.
    pub centre_time_ms: i64,
}

impl ErrorBody {
    /// A refusal at the centre's time.
    #[must_use]
    pub fn new(code: ErrorCode, centre_time_ms: i64) -> Self {
        Self {
            code,
            params: BTreeMap::new(),
            centre_time_ms,
        }
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}
