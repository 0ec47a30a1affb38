//! Either engine behind one type, chosen by where the database is.

use super::postgres::{Address, PostgresDb};
use super::{Db, DbError, SqliteDb, Tx};
use std::path::PathBuf;

/// Where a centre's database is.
#[derive(Clone, Debug)]
pub enum DatabaseAt {
    /// In a SQLite file of its own.
    File(PathBuf),
    /// On a PostgreSQL server, perhaps shared with other centres.
    Server(Box<Address>),
}

impl std::fmt::Display for DatabaseAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(address) => write!(f, "{address}"),
        }
    }
}

/// A database of either engine.
#[derive(Debug)]
pub enum AnyDb {
    /// A SQLite file.
    Sqlite(SqliteDb),
    /// A PostgreSQL server.
    Postgres(PostgresDb),
}

impl AnyDb {
    /// Opens or creates a database and brings it to this version.
    ///
    /// # Errors
    /// As [`SqliteDb::open`] and [`PostgresDb::open`].
    pub fn open(at: &DatabaseAt) -> Result<Self, DbError> {
        match at {
            DatabaseAt::File(path) => SqliteDb::open(path).map(Self::Sqlite),
            DatabaseAt::Server(address) => PostgresDb::open(address).map(Self::Postgres),
        }
    }
}

impl From<SqliteDb> for AnyDb {
    fn from(db: SqliteDb) -> Self {
        Self::Sqlite(db)
    }
}

impl From<PostgresDb> for AnyDb {
    fn from(db: PostgresDb) -> Self {
        Self::Postgres(db)
    }
}

impl Db for AnyDb {
    fn write<T, E: From<DbError>>(&self, command: impl FnMut(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Sqlite(db) => db.write(command),
            Self::Postgres(db) => db.write(command),
        }
    }

    fn read<T, E: From<DbError>>(&self, question: impl FnMut(&mut dyn Tx) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Sqlite(db) => db.read(question),
            Self::Postgres(db) => db.read(question),
        }
    }

    fn begin_generation(&self, now_ms: i64) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => db.begin_generation(now_ms),
            Self::Postgres(db) => db.begin_generation(now_ms),
        }
    }
}
