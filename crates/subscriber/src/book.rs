//! A listener's own database: an event's effect and the note that it was had are one transaction.
//!
//! The only place of this crate that names the database's library. What the effects are is in [`crate::parts`].

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
pub use rusqlite::{OptionalExtension, Transaction, params};

const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/worker/0001_start.sql")];

/// How long a statement waits for another process with the same file.
const BUSY_MS_MAX: u64 = 5_000;
/// What is kept of a message that cannot be read: enough to see what it was.
const PARKED_CHARS_MAX: usize = 20_000;

/// Why the database could not do it. All of it may be over in a moment: the message is tried again.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The engine's reason.
    #[error("database: {0}")]
    Failed(#[from] rusqlite::Error),
    /// The file was written by a newer version, and is left alone.
    #[error("the database has version {0}, newer than this program")]
    Newer(i64),
}

/// Why an event can have no effect here, now or later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It had its effect just now.
    Had,
    /// It had it before.
    HadBefore,
    /// It can have none; nothing was written.
    Refused(Refused),
}

/// Why an effect was not had.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    /// For good.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The database could not.
    #[error(transparent)]
    Book(#[from] BookError),
}

impl From<rusqlite::Error> for EffectError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Book(error.into())
    }
}

/// The database.
#[derive(Debug)]
pub struct Book {
    connection: Connection,
}

impl Book {
    /// Opens or creates a file and brings it to this version.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn open(path: &Path) -> Result<Self, BookError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut connection)?;
        Ok(Self { connection })
    }

    /// Lets an event have its effect, once per consumer however often it arrives.
    ///
    /// # Errors
    /// [`BookError`]; nothing is left of the effect then.
    pub fn have(
        &mut self,
        consumer: &str,
        event_id: &str,
        now_ms: i64,
        effect: impl FnOnce(&Transaction<'_>) -> Result<(), EffectError>,
    ) -> Result<Effect, BookError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let new = transaction.execute(
            "INSERT INTO consumed_message (consumer, event_id, at_ms) VALUES (?1, ?2, ?3) \
             ON CONFLICT (consumer, event_id) DO NOTHING",
            params![consumer, event_id, now_ms],
        )?;
        if new == 0 {
            return Ok(Effect::HadBefore);
        }
        match effect(&transaction) {
            Ok(()) => {
                transaction.commit()?;
                Ok(Effect::Had)
            }
            // Dropped without a commit, the transaction is rolled back with its note.
            Err(EffectError::Refused(refused)) => Ok(Effect::Refused(refused)),
            Err(EffectError::Book(error)) => Err(error),
        }
    }

    /// Keeps a message that can have no effect, with the reason, for a person. The same message again is the same
    /// row.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn park(
        &mut self,
        consumer: &str,
        routing_key: &str,
        body: &[u8],
        reason: &str,
        now_ms: i64,
    ) -> Result<(), BookError> {
        let text: String = String::from_utf8_lossy(body)
            .chars()
            .take(PARKED_CHARS_MAX)
            .collect();
        self.connection.execute(
            "INSERT INTO parked_message (consumer, body_hash, routing_key, body, reason, at_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (consumer, body_hash) DO NOTHING",
            params![
                consumer,
                hash_of(routing_key, body),
                routing_key,
                text,
                reason,
                now_ms
            ],
        )?;
        Ok(())
    }

    /// One number, for looking.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn number(&self, query: &str) -> Result<i64, BookError> {
        let found = self
            .connection
            .query_row(query, [], |row| row.get(0))
            .optional()?;
        Ok(found.flatten().unwrap_or(0))
    }

    /// Runs a command of the listener's own business.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn write<T>(
        &mut self,
        command: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<T, BookError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = command(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

fn hash_of(routing_key: &str, body: &[u8]) -> String {
    use aws_lc_rs::digest::{Context, SHA256};
    let mut context = Context::new(&SHA256);
    context.update(routing_key.as_bytes());
    context.update(b"\n");
    context.update(body);
    let hash = context.finish();
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn migrate(connection: &mut Connection) -> Result<(), BookError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(BookError::Newer(found));
    }
    for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> (Book, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Book::open(&folder.path().join("worker.db")).unwrap(), folder)
    }

    fn add(transaction: &Transaction<'_>) -> Result<(), EffectError> {
        transaction.execute(
            "INSERT INTO member_points (member_id, paid_minor, points) VALUES ('m', 1, 1) \
             ON CONFLICT (member_id) DO UPDATE SET points = points + 1",
            [],
        )?;
        Ok(())
    }

    fn points(book: &Book) -> i64 {
        book.number("SELECT points FROM member_points").unwrap()
    }

    #[test]
    fn p34_the_same_event_has_its_effect_once_per_consumer() {
        let (mut book, _folder) = book();
        assert_eq!(book.have("a", "e1", 1, add).unwrap(), Effect::Had);
        for _ in 0..5 {
            assert_eq!(book.have("a", "e1", 1, add).unwrap(), Effect::HadBefore);
        }
        assert_eq!(points(&book), 1);
        assert_eq!(book.have("b", "e1", 1, add).unwrap(), Effect::Had);
        assert_eq!(points(&book), 2);
    }

    #[test]
    fn f33_five_deliveries_at_once_have_one_effect() {
        let (_book, folder) = book();
        let path = folder.path().join("worker.db");
        let threads: Vec<_> = (0..5)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || Book::open(&path).unwrap().have("a", "e1", 1, add).unwrap())
            })
            .collect();
        let effects: Vec<Effect> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(
            effects.iter().filter(|effect| **effect == Effect::Had).count(),
            1,
            "{effects:?}"
        );
        assert_eq!(points(&Book::open(&path).unwrap()), 1);
    }

    #[test]
    fn a_refused_effect_leaves_nothing_and_may_be_had_later() {
        let (mut book, _folder) = book();
        let refused = book
            .have("a", "e1", 1, |transaction| {
                add(transaction)?;
                Err(Refused("no such order".into()).into())
            })
            .unwrap();
        assert_eq!(refused, Effect::Refused(Refused("no such order".into())));
        assert_eq!(points(&book), 0);
        assert_eq!(book.have("a", "e1", 1, add).unwrap(), Effect::Had);
    }

    #[test]
    fn a_parked_message_is_kept_once_with_its_reason() {
        let (mut book, _folder) = book();
        for _ in 0..2 {
            book.park("a", "K", &[0xff, b'x'], "no JSON", 1).unwrap();
        }
        assert_eq!(
            book.number("SELECT COUNT(*) FROM parked_message WHERE reason = 'no JSON'")
                .unwrap(),
            1
        );
    }
}
