//! What can go wrong with what is kept, and how a command says that it did not happen.

use std::path::PathBuf;

use crate::rpc::{Code, Problem};

/// Why a file of the till could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A value in a row is not one this program writes.
    #[error("a row of {table} holds {value:?}")]
    Row {
        /// Table.
        table: &'static str,
        /// What stood there.
        value: String,
    },
    /// A payload cannot be written as JSON or read back.
    #[error("payload: {0}")]
    Payload(#[from] serde_json::Error),
    /// The witness file or the reserve file.
    #[error("file {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The disk refused a write before; nothing is tried again until the program starts anew.
    #[error("stopped after the disk refused a write")]
    Stopped,
    /// A rule of the order or tender table was broken by the caller.
    #[error("the table of {noun} does not allow {event} from {state}")]
    Table {
        /// Order or tender.
        noun: &'static str,
        /// The state it was in.
        state: String,
        /// What was asked.
        event: String,
    },
    /// An entry that was given back does not fit what is here.
    #[error("entry {epoch}/{seq} does not continue the chain")]
    Chain {
        /// Epoch.
        epoch: u32,
        /// Sequence.
        seq: u64,
    },
}

impl StoreError {
    /// Whether the disk has no room.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::File { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            Self::Row { .. } | Self::Payload(_) | Self::Stopped | Self::Table { .. } | Self::Chain { .. } => {
                false
            }
        }
    }

    /// Whether the disk failed in a way after which nothing it says can be believed.
    #[must_use]
    pub fn is_disk_failure(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure),
            // A flush that failed once may succeed the next time without having written anything.
            Self::File { source, .. } => source.kind() != std::io::ErrorKind::StorageFull,
            Self::Row { .. } | Self::Payload(_) | Self::Stopped | Self::Table { .. } | Self::Chain { .. } => {
                false
            }
        }
    }
}

/// Why a till's data could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another program holds the folder.
    #[error("another till program uses this folder")]
    AlreadyRunning,
    /// Written by a newer program.
    #[error("schema {found} is newer than {known}")]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Newest schema of this program.
        known: i64,
    },
    /// Damaged: left as it is.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// Cannot be read or written at all.
    #[error("{path} cannot be used: {why}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl OpenError {
    /// The sentence for people.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::AlreadyRunning => Problem::new(Code::AlreadyRunning),
            Self::Newer { found, known } => Problem::new(Code::DatabaseNewer)
                .with("found", found)
                .with("known", known),
            Self::Damaged { path, .. } => Problem::new(Code::DatabaseDamaged).with("path", path.display()),
            Self::Unreadable { path, .. } => {
                Problem::new(Code::DatabaseUnreadable).with("path", path.display())
            }
        }
    }
}

/// Why a command did not happen: refused by a rule, or not saved.
#[derive(Debug)]
pub enum Halt {
    /// A rule says no; nothing was changed.
    No(Problem),
    /// It could not be saved; nothing was changed.
    Store(StoreError),
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::No(problem)
    }
}

impl From<Code> for Halt {
    fn from(code: Code) -> Self {
        Self::No(Problem::new(code))
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
