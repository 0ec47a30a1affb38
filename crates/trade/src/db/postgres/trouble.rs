//! What an error of PostgreSQL means for the transaction it came in.

use postgres::Error;
use postgres::error::SqlState;

use crate::db::DbError;

/// The first error of a transaction, after which PostgreSQL does nothing more in it.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) kind: Kind,
    pub(super) error: DbError,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Another transaction was in the way; this one is rolled back and begun again.
    InTheWay,
    /// The connection is gone. Before a commit was asked for, nothing of the transaction is left.
    Lost,
    /// It would fail again.
    Failed,
}

impl Trouble {
    pub(super) fn of(error: &Error) -> Self {
        let kind = kind_of(error);
        Self {
            kind,
            error: match kind {
                Kind::Lost => DbError::Unreachable(said(error)),
                Kind::InTheWay | Kind::Failed if is_busy(error) => DbError::Unreachable(said(error)),
                Kind::InTheWay | Kind::Failed => DbError::Failed(said(error)),
            },
        }
    }
}

fn kind_of(error: &Error) -> Kind {
    let Some(state) = error.code() else {
        // Values that do not fit their columns are found before anything is sent.
        return if is_of_the_line(error) {
            Kind::Lost
        } else {
            Kind::Failed
        };
    };
    let in_the_way = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        // Two wrote the same new row at once; the second finds it when it looks again.
        SqlState::UNIQUE_VIOLATION,
        // What it refers to was removed meanwhile; it reads anew what there is.
        SqlState::FOREIGN_KEY_VIOLATION,
    ];
    if in_the_way.contains(state) {
        return Kind::InTheWay;
    }
    // Class 57P: the server ends or begins; class 08: the line; 25P03: we were silent for too long.
    let code = state.code();
    if code.starts_with("57P") || code.starts_with("08") || code == "25P03" || code == "53300" {
        Kind::Lost
    } else {
        Kind::Failed
    }
}

/// A lock was not to be had, the statement took too long, or the server cannot write just now: later it may go. Class 53:
/// its disk or memory is full; class 58: its files fail it; 25006: it takes no writes, as one that follows another.
fn is_busy(error: &Error) -> bool {
    error.code().is_some_and(|state| {
        let code = state.code();
        [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED].contains(state)
            || code.starts_with("53")
            || code.starts_with("58")
            || code == "25006"
    })
}

fn is_of_the_line(error: &Error) -> bool {
    use std::error::Error as _;
    error.is_closed()
        || error
            .source()
            .is_some_and(|source| source.downcast_ref::<std::io::Error>().is_some())
}

/// The server's own words where there are any.
pub(super) fn said(error: &Error) -> String {
    use std::error::Error as _;
    match (error.as_db_error(), error.source()) {
        (Some(told), _) => format!("{} ({})", told.message(), told.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
