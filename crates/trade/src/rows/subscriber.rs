//! Rows of `subscriber`: business systems that are told, and by what way.

use suanpan_wire::broadcast::BroadcastKey;

use crate::db::{DbError, Row, Tx};
use crate::params;

const COLUMNS: &str = "subscriber_id, name, kind, target, routing_keys, secret_ref, paused, created_at_ms";

/// By what way a subscriber is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A durable queue at the broker.
    Queue,
    /// Signed requests to its address.
    Webhook,
}

impl Way {
    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queue => "QUEUE",
            Self::Webhook => "WEBHOOK",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Queue, Self::Webhook]
            .into_iter()
            .find(|way| way.name() == name)
    }
}

/// A business system that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Our number of it.
    pub subscriber_id: i64,
    /// What people call it.
    pub name: String,
    /// By what way.
    pub way: Way,
    /// The queue, or the address.
    pub target: String,
    /// What it wants to hear.
    pub keys: Vec<BroadcastKey>,
    /// Where the secret of its signature is: `file:PATH` or `env:NAME`. Webhooks only.
    pub secret_ref: Option<String>,
    /// Whether a person has stopped it; what it misses is kept.
    pub paused: bool,
    /// From when it hears.
    pub created_at_ms: i64,
}

fn read(row: &Row) -> Result<Subscriber, DbError> {
    let name = row.text(1)?;
    Ok(Subscriber {
        subscriber_id: row.int(0)?,
        keys: known_keys(&name, &row.text(4)?),
        name,
        way: row.named(2, Way::from_name)?,
        target: row.text(3)?,
        secret_ref: row.opt_text(5)?,
        paused: row.truth(6)?,
        created_at_ms: row.int(7)?,
    })
}

/// A key that this version does not know, such as one of a newer version, is told to nobody by it, and holds up nothing.
fn known_keys(subscriber: &str, names: &str) -> Vec<BroadcastKey> {
    let known = names.split(',').filter_map(|name| {
        let key = BroadcastKey::from_name(name);
        if key.is_none() {
            tracing::error!(subscriber, name, "a subscriber wants a key that is not known");
        }
        key
    });
    known.collect()
}

/// Every subscriber, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Subscriber>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM subscriber ORDER BY subscriber_id");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// The subscriber of that name.
///
/// # Errors
/// [`DbError`].
pub fn by_name(tx: &mut dyn Tx, name: &str) -> Result<Option<Subscriber>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM subscriber WHERE name = ?1");
    tx.query(&sql, params![name])?.first().map(read).transpose()
}

/// Writes a new row; whether its name was free.
///
/// # Errors
/// [`DbError`].
pub fn insert(tx: &mut dyn Tx, subscriber: &Subscriber) -> Result<bool, DbError> {
    let keys: Vec<&str> = subscriber.keys.iter().map(|key| key.name()).collect();
    let sql = format!(
        "INSERT INTO subscriber ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
         ON CONFLICT (name) DO NOTHING"
    );
    let changed = tx.execute(
        &sql,
        params![
            subscriber.subscriber_id,
            &subscriber.name,
            subscriber.way.name(),
            &subscriber.target,
            keys.join(","),
            &subscriber.secret_ref,
            subscriber.paused,
            subscriber.created_at_ms,
        ],
    )?;
    Ok(changed > 0)
}

/// Removes a subscriber of which no delivery is left.
///
/// # Errors
/// [`DbError`].
pub fn remove(tx: &mut dyn Tx, subscriber_id: i64) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM subscriber WHERE subscriber_id = ?1",
        params![subscriber_id],
    )?;
    Ok(())
}

/// Stops a subscriber or lets it go on.
///
/// # Errors
/// [`DbError`].
pub fn set_paused(tx: &mut dyn Tx, subscriber_id: i64, paused: bool) -> Result<(), DbError> {
    tx.execute(
        "UPDATE subscriber SET paused = ?2 WHERE subscriber_id = ?1",
        params![subscriber_id, paused],
    )?;
    Ok(())
}
