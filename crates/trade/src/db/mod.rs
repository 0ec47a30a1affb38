//! The database behind one small trait: statements with `?1` parameters, rows of numbers and texts.
//!
//! Everything above works on `&mut dyn Tx` in the SQL that SQLite and PostgreSQL share, and decides
//! nothing by a database's own means. What a statement says is written where its noun lives.

pub mod any;
pub mod migrations;
pub mod postgres;
pub mod sqlite;
#[cfg(test)]
pub mod testing;

pub use any::{AnyDb, DatabaseAt};
pub use postgres::PostgresDb;
pub use sqlite::SqliteDb;

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number; truth is 0 or 1.
    Int(i64),
    /// A text, without the character U+0000: PostgreSQL keeps none, so that no engine is given one. See [`kept`].
    Text(String),
}

/// A text as both engines can keep it. Doors refuse U+0000; what comes from elsewhere, such as a platform's bill,
/// must hold nothing up, and keeps a mark in its place.
fn kept(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Int(i64::from(truth))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(kept(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(kept(text.clone()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(kept(text))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(maybe: Option<T>) -> Self {
        maybe.map_or(Self::Null, Into::into)
    }
}

impl From<&Option<String>> for Value {
    fn from(maybe: &Option<String>) -> Self {
        maybe.as_ref().map_or(Self::Null, Self::from)
    }
}

/// Builds the parameters of a statement.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] as &[$crate::db::Value] };
}

/// Why the database could not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// The engine refused or failed.
    #[error("database: {0}")]
    Failed(String),
    /// The database is not to be had just now. Nothing was done; the same may be asked again.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The line broke while a commit was asked for: it was done whole, or not at all. Whoever asked asks again;
    /// every command of ours finds what it has done before.
    #[error("whether it was kept is not known: {0}")]
    CommitUnknown(String),
    /// A row does not hold what its column promises.
    #[error("damaged row: {0}")]
    Damaged(String),
    /// The file was written by a newer version, and is left alone.
    #[error("the database has version {found}, this program knows versions up to {known}")]
    NewerSchema {
        /// Version of the file.
        found: i64,
        /// Newest known version.
        known: i64,
    },
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// A number.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when the column is something else.
    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        self.opt_int(column)?.ok_or_else(|| damaged(column, "a number"))
    }

    /// A number or nothing.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when the column is a text.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, DbError> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_)) | None => Err(damaged(column, "a number")),
        }
    }

    /// A truth value.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when the column is no number.
    pub fn truth(&self, column: usize) -> Result<bool, DbError> {
        self.int(column).map(|number| number != 0)
    }

    /// A text.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when the column is something else.
    pub fn text(&self, column: usize) -> Result<String, DbError> {
        self.opt_text(column)?.ok_or_else(|| damaged(column, "a text"))
    }

    /// A text or nothing.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when the column is a number.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, DbError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Null) => Ok(None),
            Some(Value::Int(_)) | None => Err(damaged(column, "a text")),
        }
    }

    /// A value that is kept by its name.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when nothing has that name.
    pub fn named<T>(&self, column: usize, from_name: impl Fn(&str) -> Option<T>) -> Result<T, DbError> {
        let name = self.text(column)?;
        from_name(&name).ok_or_else(|| DbError::Damaged(format!("unknown name {name}")))
    }
}

fn damaged(column: usize, wanted: &str) -> DbError {
    DbError::Damaged(format!("column {column} is not {wanted}"))
}

/// What can be done inside a transaction.
pub trait Tx {
    /// Runs a statement; the number of rows it changed.
    ///
    /// # Errors
    /// [`DbError::Failed`].
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<usize, DbError>;

    /// Rows of a query.
    ///
    /// # Errors
    /// [`DbError::Failed`].
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError>;

    /// Rows of a query that nobody else may change until this transaction ends. SQLite has one writer, so
    /// that a write transaction has locked everything already; elsewhere this is `FOR UPDATE`.
    ///
    /// # Errors
    /// [`DbError::Failed`].
    fn query_locked(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError>;

    /// As [`Tx::query_locked`], without those rows that another transaction has locked: it waits for nobody.
    ///
    /// # Errors
    /// [`DbError::Failed`].
    fn query_free(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError>;
}

/// A database.
pub trait Db: Send + Sync {
    /// Runs a command in a write transaction: committed, durably, when it returns `Ok`.
    ///
    /// A command may be run more than once: where two transactions stand in each other's way, one of them is
    /// rolled back whole and begun again. It decides by what it reads and changes nothing but the database.
    ///
    /// # Errors
    /// Those of the command, and [`DbError`] when it cannot begin or commit.
    fn write<T, E: From<DbError>>(&self, command: impl FnMut(&mut dyn Tx) -> Result<T, E>) -> Result<T, E>;

    /// Runs a question on one consistent state, without waiting for writers. It may be run more than once, too.
    ///
    /// # Errors
    /// Those of the question, and [`DbError`] when it cannot begin.
    fn read<T, E: From<DbError>>(&self, question: impl FnMut(&mut dyn Tx) -> Result<T, E>) -> Result<T, E>;

    /// Begins a new generation of the streams where this may be another database than the one that was last
    /// worked with. A file cannot tell whether it is yesterday's copy: there every start begins one.
    ///
    /// # Errors
    /// [`DbError`].
    fn begin_generation(&self, now_ms: i64) -> Result<(), DbError>;
}
