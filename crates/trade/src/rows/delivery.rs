//! Rows of `delivery`: one per event and subscriber. An event that is written is not delivered yet.
//!
//! What is undelivered is read by that and never by a position, so that a row which commits late is not
//! passed over. A claim holds for a lease, so that any number of centre processes share the work.

use suanpan_wire::broadcast::BroadcastKey;

use super::lease::is_free;
use super::subscriber::{self, Subscriber};
use crate::db::{DbError, Row, Tx};
use crate::params;

/// How long a claim holds: above the time that one round of messages may take.
const LEASE_MS: i64 = 20_000;

/// A delivery that somebody has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The event.
    pub event_id: String,
    /// Who is to be told.
    pub subscriber_id: i64,
    /// Number of the claim.
    pub lease_no: i64,
    /// Tries before this one.
    pub tried: i64,
    /// Key of the event.
    pub key: BroadcastKey,
    /// The message.
    pub payload: String,
    /// When it was committed.
    pub at_ms: i64,
}

/// How much waits for one subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Undelivered events.
    pub waiting: i64,
    /// When the oldest of them was committed.
    pub oldest_at_ms: Option<i64>,
    /// What the last try that was in vain said.
    pub problem: Option<String>,
}

/// Writes what is to be delivered, at once.
///
/// # Errors
/// [`DbError`].
pub fn insert(tx: &mut dyn Tx, event_id: &str, subscriber_id: i64, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO delivery (event_id, subscriber_id, delivered_at_ms, next_try_at_ms, tried, problem, \
         lease_no, lease_until_ms, leased_at_ms) VALUES (?1, ?2, NULL, ?3, 0, NULL, 0, 0, 0)",
        params![event_id, subscriber_id, now_ms],
    )?;
    Ok(())
}

/// Events whose delivery to a subscriber is due and free, the longest waiting first.
///
/// # Errors
/// [`DbError`].
pub fn due(tx: &mut dyn Tx, subscriber_id: i64, now_ms: i64, limit: i64) -> Result<Vec<String>, DbError> {
    tx.query(
        concat!(
            "SELECT event_id FROM delivery WHERE subscriber_id = ?1 AND next_try_at_ms <= ?2 AND ",
            is_free!("?2"),
            " ORDER BY next_try_at_ms LIMIT ?3"
        ),
        params![subscriber_id, now_ms, limit],
    )?
    .iter()
    .map(|row| row.text(0))
    .collect()
}

/// Claims a delivery; nothing when it is not due any more, or somebody else was quicker. The condition is in
/// the statement that writes, so that of two processes one is refused by the database.
///
/// # Errors
/// [`DbError`].
pub fn claim(
    tx: &mut dyn Tx,
    event_id: &str,
    subscriber_id: i64,
    now_ms: i64,
) -> Result<Option<Delivery>, DbError> {
    let claimed = tx.execute(
        concat!(
            "UPDATE delivery SET lease_no = lease_no + 1, lease_until_ms = ?4, leased_at_ms = ?3 ",
            "WHERE event_id = ?1 AND subscriber_id = ?2 AND next_try_at_ms <= ?3 AND ",
            is_free!("?3")
        ),
        params![event_id, subscriber_id, now_ms, now_ms + LEASE_MS],
    )?;
    if claimed == 0 {
        return Ok(None);
    }
    let rows = tx.query(
        "SELECT d.event_id, d.subscriber_id, d.lease_no, d.tried, e.routing_key, e.payload, e.at_ms \
         FROM delivery d JOIN outbox_event e ON e.event_id = d.event_id \
         WHERE d.event_id = ?1 AND d.subscriber_id = ?2",
        params![event_id, subscriber_id],
    )?;
    rows.first().map(read).transpose()
}

fn read(row: &Row) -> Result<Delivery, DbError> {
    Ok(Delivery {
        event_id: row.text(0)?,
        subscriber_id: row.int(1)?,
        lease_no: row.int(2)?,
        tried: row.int(3)?,
        key: row.named(4, BroadcastKey::from_name)?,
        payload: row.text(5)?,
        at_ms: row.int(6)?,
    })
}

/// Notes that a subscriber has it. Whoever says so is right, whether the claim still holds or not.
///
/// # Errors
/// [`DbError`].
pub fn delivered(tx: &mut dyn Tx, delivery: &Delivery, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE delivery SET delivered_at_ms = ?3, next_try_at_ms = NULL, tried = tried + 1, problem = NULL, \
         lease_until_ms = 0 WHERE event_id = ?1 AND subscriber_id = ?2 AND delivered_at_ms IS NULL",
        params![&delivery.event_id, delivery.subscriber_id, now_ms],
    )?;
    Ok(())
}

/// Notes a try that was in vain, and when the next one is. One whose claim has run out moves nothing.
///
/// # Errors
/// [`DbError`].
pub fn put_off(
    tx: &mut dyn Tx,
    delivery: &Delivery,
    next_try_at_ms: i64,
    problem: &str,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE delivery SET next_try_at_ms = ?4, tried = tried + 1, problem = ?5, lease_until_ms = 0 \
         WHERE event_id = ?1 AND subscriber_id = ?2 AND lease_no = ?3 AND delivered_at_ms IS NULL",
        params![
            &delivery.event_id,
            delivery.subscriber_id,
            delivery.lease_no,
            next_try_at_ms,
            problem
        ],
    )?;
    Ok(())
}

/// Makes all that waits for a subscriber due.
///
/// # Errors
/// [`DbError`].
pub fn make_due(tx: &mut dyn Tx, subscriber_id: i64, now_ms: i64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE delivery SET next_try_at_ms = ?2 WHERE subscriber_id = ?1 AND next_try_at_ms IS NOT NULL",
        params![subscriber_id, now_ms],
    )?;
    Ok(())
}

/// Removes what was and was to be told to a subscriber; how much of it was not heard.
///
/// # Errors
/// [`DbError`].
pub fn remove_all(tx: &mut dyn Tx, subscriber_id: i64) -> Result<i64, DbError> {
    let unheard = tx.execute(
        "DELETE FROM delivery WHERE subscriber_id = ?1 AND next_try_at_ms IS NOT NULL",
        params![subscriber_id],
    )?;
    tx.execute(
        "DELETE FROM delivery WHERE subscriber_id = ?1",
        params![subscriber_id],
    )?;
    Ok(i64::try_from(unheard).unwrap_or(i64::MAX))
}

/// How much waits for each subscriber, paused ones too.
///
/// # Errors
/// [`DbError`].
pub fn depths(tx: &mut dyn Tx) -> Result<Vec<(Subscriber, Depth)>, DbError> {
    let mut depths = Vec::new();
    for subscriber in subscriber::all(tx)? {
        let depth = depth(tx, subscriber.subscriber_id)?;
        depths.push((subscriber, depth));
    }
    Ok(depths)
}

fn depth(tx: &mut dyn Tx, subscriber_id: i64) -> Result<Depth, DbError> {
    let rows = tx.query(
        "SELECT COUNT(*), MIN(e.at_ms) FROM delivery d JOIN outbox_event e ON e.event_id = d.event_id \
         WHERE d.subscriber_id = ?1 AND d.next_try_at_ms IS NOT NULL",
        params![subscriber_id],
    )?;
    let problems = tx.query(
        "SELECT problem FROM delivery WHERE subscriber_id = ?1 AND next_try_at_ms IS NOT NULL \
         AND problem IS NOT NULL ORDER BY leased_at_ms DESC LIMIT 1",
        params![subscriber_id],
    )?;
    Ok(Depth {
        waiting: rows.first().map_or(Ok(0), |row| row.int(0))?,
        oldest_at_ms: rows.first().map_or(Ok(None), |row| row.opt_int(1))?,
        problem: problems.first().map_or(Ok(None), |row| row.opt_text(0))?,
    })
}
