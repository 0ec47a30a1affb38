//! One connection: its prepared statements, and the transaction that is open on it.

use std::collections::HashMap;

use postgres::{Client, NoTls, Statement};
use tokio_postgres::types::ToSql;

use super::sql::{Locking, translate};
use super::tls::Tls;
use super::trouble::{Kind, Trouble, said};
use super::{Address, greeting};
use crate::db::{DbError, Row, Tx, Value};

/// Statements kept prepared per connection: all of ours fit, each in the three ways of locking.
const STATEMENTS_KEPT: usize = 384;

/// What every connection is told first. Nobody waits for a lock longer than a till waits for an answer, and a
/// process that stands still in the middle of a transaction does not hold its rows for longer either.
const SETTINGS: &str = "SET lock_timeout = '5s'; SET statement_timeout = '8s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning'";

/// A connection.
pub(super) struct Connection {
    client: Client,
    statements: HashMap<(Locking, String), Statement>,
    /// Whether a transaction may be open on it.
    in_transaction: bool,
}

/// How a transaction is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// Rows that are decided by are locked one by one; each statement sees what is committed by then.
    Write,
    /// Every statement sees the same moment.
    Read,
}

impl Begin {
    const fn words(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

impl Connection {
    /// Connects, and sees to it that the streams' generation is that of this database.
    pub(super) fn open(address: &Address) -> Result<Self, DbError> {
        let mut connection = Self::connect(address)?;
        greeting::greet(&mut connection)?;
        Ok(connection)
    }

    /// Connects to a database whose tables may not be there yet.
    pub(super) fn connect(address: &Address) -> Result<Self, DbError> {
        let config = postgres::Config::from(address.config.clone());
        let client = if address.tls {
            config.connect(Tls::try_new(address)?)
        } else {
            config.connect(NoTls)
        };
        let mut connection = Self {
            client: client.map_err(|error| DbError::Unreachable(said(&error)))?,
            statements: HashMap::new(),
            in_transaction: false,
        };
        connection.batch(SETTINGS)?;
        Ok(connection)
    }

    /// Whether it can be used for another transaction.
    pub(super) fn is_good(&self) -> bool {
        !self.in_transaction && !self.client.is_closed()
    }

    /// Runs statements without parameters or answers.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.client
            .batch_execute(sql)
            .map_err(|error| Trouble::of(&error).error)
    }

    pub(super) fn begin(&mut self, begin: Begin) -> Result<PostgresTx<'_>, DbError> {
        self.in_transaction = true;
        self.batch(begin.words())?;
        Ok(self.resume())
    }

    /// The transaction that was begun by hand.
    pub(super) fn resume(&mut self) -> PostgresTx<'_> {
        PostgresTx {
            connection: self,
            trouble: None,
        }
    }

    fn statement(&mut self, sql: &str, locking: Locking) -> Result<Statement, postgres::Error> {
        let key = (locking, sql.to_owned());
        if let Some(kept) = self.statements.get(&key) {
            return Ok(kept.clone());
        }
        let prepared = self.client.prepare(&translate(sql, locking))?;
        if self.statements.len() >= STATEMENTS_KEPT {
            self.statements.clear();
        }
        self.statements.insert(key, prepared.clone());
        Ok(prepared)
    }
}

/// An open transaction. After its first error PostgreSQL does nothing more in it, and neither does this.
pub(super) struct PostgresTx<'c> {
    connection: &'c mut Connection,
    trouble: Option<Trouble>,
}

/// How a commit ended.
pub(super) enum Committed {
    /// It is durable.
    Yes,
    /// Nothing of it is left.
    No(Trouble),
    /// The line broke before the answer: it may be durable, or gone.
    Unknown(DbError),
}

impl PostgresTx<'_> {
    /// The first error there was.
    pub(super) fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Makes everything durable.
    pub(super) fn commit(self) -> Committed {
        match self.connection.client.batch_execute("COMMIT") {
            Ok(()) => {
                self.connection.in_transaction = false;
                Committed::Yes
            }
            Err(error) => {
                let trouble = Trouble::of(&error);
                match trouble.kind {
                    Kind::Lost => Committed::Unknown(DbError::CommitUnknown(said(&error))),
                    Kind::InTheWay | Kind::Failed => Committed::No(trouble),
                }
            }
        }
    }

    /// Leaves nothing of it. A connection on which that fails is not used again.
    pub(super) fn roll_back(self) {
        if self.connection.client.batch_execute("ROLLBACK").is_ok() {
            self.connection.in_transaction = false;
        }
    }

    fn run<T>(
        &mut self,
        sql: &str,
        locking: Locking,
        work: impl FnOnce(&mut Client, &Statement) -> Result<T, postgres::Error>,
    ) -> Result<T, DbError> {
        if let Some(trouble) = &self.trouble {
            return Err(trouble.error.clone());
        }
        let outcome = match self.connection.statement(sql, locking) {
            Ok(statement) => work(&mut self.connection.client, &statement),
            Err(error) => Err(error),
        };
        outcome.map_err(|error| {
            let trouble = Trouble::of(&error);
            self.trouble = Some(trouble.clone());
            trouble.error
        })
    }

    fn rows(&mut self, sql: &str, locking: Locking, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let found = self.run(sql, locking, |client, statement| {
            client.query(statement, &by_reference(params))
        })?;
        found.iter().map(read_row).collect()
    }
}

impl Tx for PostgresTx<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<usize, DbError> {
        let changed = self.run(sql, Locking::None, |client, statement| {
            client.execute(statement, &by_reference(params))
        })?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.rows(sql, Locking::None, params)
    }

    fn query_locked(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.rows(sql, Locking::Wait, params)
    }

    fn query_free(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.rows(sql, Locking::Skip, params)
    }
}

fn by_reference(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn read_row(row: &postgres::Row) -> Result<Row, DbError> {
    let columns: Result<Vec<Value>, postgres::Error> = (0..row.len()).map(|at| row.try_get(at)).collect();
    columns
        .map(Row)
        .map_err(|error| DbError::Damaged(format!("neither number nor text: {}", said(&error))))
}
