//! Why a command of the centre did not do what was asked.

use std::collections::BTreeMap;

use suanpan_wire::error::{ErrorBody, ErrorCode};

use crate::db::DbError;

/// A *no* with its values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code:?} {params:?}")]
pub struct Refusal {
    /// The reason.
    pub code: ErrorCode,
    /// Values that belong to it.
    pub params: BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal without values.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            params: BTreeMap::new(),
        }
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// The body it is answered with.
    #[must_use]
    pub fn body(&self, now_ms: i64) -> ErrorBody {
        ErrorBody {
            code: self.code,
            params: self.params.clone(),
            centre_time_ms: now_ms,
        }
    }
}

/// A *no*, or a fault of ours. Either rolls the command's transaction back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Refused by a rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database could not.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ErrorCode> for Fault {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(Refusal::new(code))
    }
}

/// What commands return.
pub type Outcome<T> = Result<T, Fault>;
