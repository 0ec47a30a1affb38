//! PostgreSQL behind [`Db`]: one or many centres on one server, on blocking threads with a few connections.
//!
//! Write transactions are *read committed*: each statement sees what is committed by then, and what is decided
//! by is locked row by row first. Where two stand in each other's way, PostgreSQL ends one of them; it is
//! rolled back whole and run again. A reader sees one moment (*repeatable read*). What the tables mean is in
//! `migrations/trade`; why these choices, in `docs/adr/0011`.

mod address;
mod bells;
mod connection;
mod greeting;
mod migrate;
mod pool;
mod sql;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod tls;
mod trouble;

pub use address::{Address, AddressError};
pub use bells::{BellWire, Bells};

use connection::{Begin, Committed, Connection};
use pool::Pool;
use trouble::{Kind, Trouble};

use super::{Db, DbError, Tx};

/// How often a transaction is begun again that others stood in the way of. Each time one of them has got
/// through, so that this many in a row are a fault of ours and not a crowd.
const TRIES_MAX: u32 = 20;
/// How often it is begun again on a fresh connection. A server that restarts takes longer than a caller is
/// patient; the caller repeats.
const CONNECTIONS_TRIED_MAX: u32 = 2;

/// A PostgreSQL database.
pub struct PostgresDb {
    pool: Pool,
}

impl std::fmt::Debug for PostgresDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresDb").finish_non_exhaustive()
    }
}

/// What became of one try.
enum Tried<T> {
    Done(T),
    Again(Trouble),
}

impl PostgresDb {
    /// Connects to a database and brings it to this version.
    ///
    /// # Errors
    /// [`DbError::NewerSchema`] for a database of a newer version, [`DbError::Unreachable`] where there is no
    /// server, [`DbError::Failed`] when it refuses.
    pub fn open(address: &Address) -> Result<Self, DbError> {
        migrate::migrate(&mut Connection::connect(address)?)?;
        let db = Self {
            pool: Pool::new(address.clone()),
        };
        db.pool.take(false)?;
        Ok(db)
    }

    /// Bells between the processes on this database, and the wire that has to be run for them.
    #[must_use]
    pub fn bells(&self) -> (Bells, BellWire) {
        Bells::new(self.pool.address().clone())
    }

    /// Tries a transaction until it has been done or cannot be.
    fn attempt<T, E: From<DbError>>(
        &self,
        mut once: impl FnMut(&mut Connection) -> Result<Tried<T>, E>,
    ) -> Result<T, E> {
        let (mut in_the_way, mut lost) = (0, 0);
        loop {
            let mut taken = self.pool.take(lost > 0)?;
            let trouble = match once(taken.get()?)? {
                Tried::Done(answer) => return Ok(answer),
                Tried::Again(trouble) => trouble,
            };
            match trouble.kind {
                Kind::InTheWay if in_the_way < TRIES_MAX => in_the_way += 1,
                Kind::Lost if lost < CONNECTIONS_TRIED_MAX => lost += 1,
                Kind::InTheWay | Kind::Lost | Kind::Failed => return Err(trouble.error.into()),
            }
        }
    }
}

/// Nothing has been done yet, so that a connection that was lost while it was idle is simply replaced.
fn not_begun<T, E: From<DbError>>(error: DbError) -> Result<Tried<T>, E> {
    let kind = match &error {
        DbError::Unreachable(_) => Kind::Lost,
        DbError::Failed(_)
        | DbError::Damaged(_)
        | DbError::CommitUnknown(_)
        | DbError::NewerSchema { .. } => Kind::Failed,
    };
    Ok(Tried::Again(Trouble { kind, error }))
}

impl Db for PostgresDb {
    fn write<T, E: From<DbError>>(
        &self,
        mut command: impl FnMut(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.attempt(|connection| {
            let mut tx = match connection.begin(Begin::Write) {
                Ok(tx) => tx,
                Err(error) => return not_begun(error),
            };
            let outcome = command(&mut tx);
            // Whatever the command made of an error: nothing is left of a transaction that had one.
            if let Some(trouble) = tx.trouble().cloned() {
                tx.roll_back();
                return Ok(Tried::Again(trouble));
            }
            match outcome {
                Err(error) => {
                    tx.roll_back();
                    Err(error)
                }
                Ok(answer) => match tx.commit() {
                    Committed::Yes => Ok(Tried::Done(answer)),
                    Committed::No(trouble) => Ok(Tried::Again(trouble)),
                    Committed::Unknown(error) => Err(error.into()),
                },
            }
        })
    }

    fn read<T, E: From<DbError>>(
        &self,
        mut question: impl FnMut(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.attempt(|connection| {
            let mut tx = match connection.begin(Begin::Read) {
                Ok(tx) => tx,
                Err(error) => return not_begun(error),
            };
            let outcome = question(&mut tx);
            let trouble = tx.trouble().cloned();
            tx.roll_back();
            match trouble {
                Some(trouble) => Ok(Tried::Again(trouble)),
                None => outcome.map(Tried::Done),
            }
        })
    }

    fn begin_generation(&self, _now_ms: i64) -> Result<(), DbError> {
        // Every connection has seen to it when it was made, by the server's own clock.
        self.pool.take(false).map(drop)
    }
}
