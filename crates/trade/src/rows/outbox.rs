//! Rows of `outbox_event`: what business systems are told, frozen by the transaction that made it true.

use suanpan_wire::broadcast::BroadcastKey;

use crate::db::{DbError, Tx};
use crate::params;

/// Name of the row in `meta` that says which centre's events these are.
const ORIGIN: &str = "origin";

/// An event to be written.
#[derive(Clone, Debug)]
pub struct OutboxEvent<'a> {
    /// Its id.
    pub event_id: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// Its place among the events of its subject, from 1.
    pub seq: i64,
    /// What became of the subject.
    pub state: &'a str,
    /// To whom it is of interest.
    pub key: BroadcastKey,
    /// The message, as it will be sent.
    pub payload: &'a str,
    /// Subscribers that want it.
    pub listeners: i64,
}

/// What has been told of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldState {
    /// Place among the events of the subject.
    pub seq: i64,
    /// What became of it then.
    pub state: String,
}

/// What has been told of a subject, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn told_of(tx: &mut dyn Tx, subject: &str) -> Result<Vec<ToldState>, DbError> {
    tx.query(
        "SELECT seq, state FROM outbox_event WHERE subject = ?1 ORDER BY seq",
        params![subject],
    )?
    .iter()
    .map(|row| {
        Ok(ToldState {
            seq: row.int(0)?,
            state: row.text(1)?,
        })
    })
    .collect()
}

/// The message of a subject's first event, if it has one; empty for what was true before anything was told.
///
/// # Errors
/// [`DbError`].
pub fn first_payload(tx: &mut dyn Tx, subject: &str) -> Result<Option<String>, DbError> {
    let rows = tx.query(
        "SELECT payload FROM outbox_event WHERE subject = ?1 AND seq = 1",
        params![subject],
    )?;
    rows.first().map(|row| row.text(0)).transpose()
}

/// Writes an event.
///
/// # Errors
/// [`DbError`]; also for a second event at the same place of a subject.
pub fn insert(tx: &mut dyn Tx, event: &OutboxEvent<'_>, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO outbox_event (event_id, subject, seq, state, routing_key, payload, listeners, at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            event.event_id,
            event.subject,
            event.seq,
            event.state,
            event.key.name(),
            event.payload,
            event.listeners,
            now_ms,
        ],
    )?;
    Ok(())
}

/// Which centre's events these are; empty before a centre has opened this database.
///
/// # Errors
/// [`DbError`].
pub fn origin(tx: &mut dyn Tx) -> Result<String, DbError> {
    let rows = tx.query("SELECT value FROM meta WHERE name = ?1", params![ORIGIN])?;
    rows.first().map_or_else(|| Ok(String::new()), |row| row.text(0))
}

/// Says whose events these are, once for the life of the database and of every copy of it.
///
/// # Errors
/// [`DbError`].
pub fn set_origin(tx: &mut dyn Tx, origin: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        params![ORIGIN, origin],
    )?;
    Ok(())
}
