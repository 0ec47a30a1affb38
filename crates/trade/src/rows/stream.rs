//! Streams of changes: gapless positions per topic, taken under the topic's row lock.
//!
//! Taking the position is the last lock of a writing transaction ([`crate::ledger::Ledger::seal`]), so
//! that whoever reads position n can read everything before it. A new generation begins whenever the database
//! may be an older copy of itself ([`crate::db::Db::begin_generation`]).

use suanpan_domain::mutant::{Mutant, on};
use suanpan_wire::stream::{Change, Changed};

use crate::db::{DbError, Tx};
use crate::params;
use crate::rows::meta;

/// The topic of one till.
#[must_use]
pub fn topic_of_till(till_id: i64) -> String {
    format!("till:{till_id}")
}

/// The present generation; 0 before any centre has opened this database.
///
/// # Errors
/// [`DbError`].
pub fn generation(tx: &mut dyn Tx) -> Result<i64, DbError> {
    match meta::get(tx, meta::GENERATION)? {
        Some(text) => text
            .parse()
            .map_err(|_| DbError::Damaged("generation is no number".into())),
        None => Ok(0),
    }
}

/// Begins a generation that no earlier one of this or a restored copy can equal: it carries the time, and
/// never falls below the one it follows.
///
/// # Errors
/// [`DbError`].
pub fn open_generation(tx: &mut dyn Tx, now_ms: i64) -> Result<i64, DbError> {
    let next = (generation(tx)? + 1).max(now_ms);
    meta::put(tx, meta::GENERATION, &next.to_string())?;
    Ok(next)
}

/// Takes the next position of a topic; held until the transaction ends.
///
/// # Errors
/// [`DbError`].
pub fn take_position(tx: &mut dyn Tx, topic: &str) -> Result<(i64, i64), DbError> {
    tx.execute(
        "INSERT INTO topic (topic, generation, next_seq) VALUES (?1, 0, 1) ON CONFLICT (topic) DO NOTHING",
        params![topic],
    )?;
    let rows = tx.query_locked(
        "SELECT generation, next_seq FROM topic WHERE topic = ?1",
        params![topic],
    )?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::Damaged(format!("topic {topic} is gone")))?;
    // Read under the lock: whoever begins a generation has waited for those that hold one, or is waited for.
    let generation = generation(tx)?;
    let position = if row.int(0)? == generation { row.int(1)? } else { 1 };
    tx.execute(
        "UPDATE topic SET generation = ?2, next_seq = ?3 WHERE topic = ?1",
        params![topic, generation, position + 1],
    )?;
    Ok((generation, position))
}

/// Writes one change at the next position of its topic.
///
/// # Errors
/// [`DbError`].
pub fn publish(tx: &mut dyn Tx, topic: &str, what: &Changed, now_ms: i64) -> Result<i64, DbError> {
    let (generation, taken) = take_position(tx, topic)?;
    let position = if on(Mutant::PositionTakenEarly) {
        out_of_order(taken)
    } else {
        taken
    };
    let text = serde_json::to_string(what)
        .map_err(|error| DbError::Failed(format!("a change cannot be written: {error}")))?;
    tx.execute(
        "INSERT INTO change (topic, generation, position, what, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![topic, generation, position, text, now_ms],
    )?;
    Ok(position)
}

/// What a reader sees where positions are taken before the lock: of two neighbours the later one commits
/// first.
const fn out_of_order(position: i64) -> i64 {
    if position % 2 == 1 {
        position + 1
    } else {
        position - 1
    }
}

/// Position of the last change of a topic in the present generation; 0 before the first.
///
/// # Errors
/// [`DbError`].
pub fn last_position(tx: &mut dyn Tx, topic: &str) -> Result<i64, DbError> {
    let generation = generation(tx)?;
    let rows = tx.query(
        "SELECT next_seq FROM topic WHERE topic = ?1 AND generation = ?2",
        params![topic, generation],
    )?;
    match rows.first() {
        Some(row) => Ok(row.int(0)? - 1),
        None => Ok(0),
    }
}

/// When a change was written, if it is held.
///
/// # Errors
/// [`DbError`].
pub fn written_at_ms(
    tx: &mut dyn Tx,
    topic: &str,
    generation: i64,
    position: i64,
) -> Result<Option<i64>, DbError> {
    let rows = tx.query(
        "SELECT at_ms FROM change WHERE topic = ?1 AND generation = ?2 AND position = ?3",
        params![topic, generation, position],
    )?;
    rows.first().map(|row| row.int(0)).transpose()
}

/// Changes of the present generation after a position, in order.
///
/// # Errors
/// [`DbError`].
pub fn changes_after(
    tx: &mut dyn Tx,
    topic: &str,
    position: i64,
    limit: usize,
) -> Result<Vec<Change>, DbError> {
    let generation = generation(tx)?;
    tx.query(
        "SELECT position, what FROM change WHERE topic = ?1 AND generation = ?2 AND position > ?3 \
         ORDER BY position LIMIT ?4",
        params![
            topic,
            generation,
            position,
            i64::try_from(limit).unwrap_or(i64::MAX)
        ],
    )?
    .iter()
    .map(|row| {
        Ok(Change {
            position: u64::try_from(row.int(0)?).map_err(|_| DbError::Damaged("negative position".into()))?,
            what: serde_json::from_str(&row.text(1)?)
                .map_err(|error| DbError::Damaged(format!("change: {error}")))?,
        })
    })
    .collect()
}
