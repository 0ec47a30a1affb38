//! A few connections that the commands of one process take turns with.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Address;
use super::connection::Connection;
use crate::db::DbError;

/// Connections of one process. A command holds one for a few milliseconds, so that ten serve thousands a
/// second; a server's usual hundred has room for several processes and for whoever looks.
const CONNECTIONS_MAX: usize = 10;
/// Nobody waits longer for one than a till waits for an answer.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The connections.
pub(super) struct Pool {
    address: Address,
    places: Mutex<Places>,
    freed: Condvar,
}

#[derive(Default)]
struct Places {
    idle: Vec<Connection>,
    taken: usize,
}

impl Pool {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            places: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    /// Takes a connection, an idle one or, where there is none or a fresh one is wanted, a new one.
    pub(super) fn take(&self, fresh: bool) -> Result<Taken<'_>, DbError> {
        let (mut places, waited) = self
            .freed
            .wait_timeout_while(self.lock(), WAIT_MAX, |places| places.taken >= CONNECTIONS_MAX)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(DbError::Unreachable(
                "every connection to the database is in use".to_owned(),
            ));
        }
        if fresh {
            // One of them has turned out to be broken; most likely all are.
            places.idle.clear();
        }
        let idle = places.idle.pop();
        places.taken += 1;
        drop(places);
        let mut taken = Taken {
            pool: self,
            connection: idle.filter(Connection::is_good),
        };
        if taken.connection.is_none() {
            taken.connection = Some(Connection::open(&self.address)?);
        }
        Ok(taken)
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.lock().idle);
        // A connection says goodbye, which must not be done on a thread that others' tasks run on.
        let closing = std::thread::spawn(move || drop(idle));
        let _closed = closing.join();
    }
}

/// A connection that goes back to its pool, unless something of a transaction may still be open on it.
pub(super) struct Taken<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Taken<'_> {
    /// The connection.
    pub(super) fn get(&mut self) -> Result<&mut Connection, DbError> {
        self.connection
            .as_mut()
            .ok_or_else(|| DbError::Unreachable("no connection to the database".to_owned()))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut places = self.pool.lock();
        places.taken -= 1;
        places
            .idle
            .extend(self.connection.take().filter(Connection::is_good));
        drop(places);
        self.pool.freed.notify_one();
    }
}
