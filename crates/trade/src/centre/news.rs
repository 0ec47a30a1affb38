//! What a till reads: the greeting, its own entries, and the stream of changes with its snapshot.
//!
//! All of it runs in read transactions and changes nothing.

use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::{BATCH_ENTRIES_MAX, HelloAnswer, OwnEntries};
use suanpan_wire::stream::{CHANGES_MAX, ChangesAnswer};

use crate::db::{DbError, Tx};
use crate::fault::{Outcome, Refusal};
use crate::rows::till::Till;
use crate::rows::{journal, pay_order, store, stream, view};
use crate::settings::Settings;

/// How far back a snapshot reaches for tenders that have come to rest, when it is not known what the till
/// has read: longer than a till is left without network over a holiday weekend.
const SNAPSHOT_REACH_MS: i64 = 4 * 86_400_000;

/// Most bytes of payload in one answer with entries; a till asks again for the rest.
const OWN_ENTRIES_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Answers a greeting.
///
/// # Errors
/// [`DbError`].
pub fn hello(tx: &mut dyn Tx, settings: &Settings, till: &Till, now_ms: i64) -> Result<HelloAnswer, DbError> {
    let topic = stream::topic_of_till(till.till_id);
    Ok(HelloAnswer {
        held: journal::held(tx, till.till_id)?,
        generation: unsigned(stream::generation(tx)?)?,
        next_position: unsigned(stream::last_position(tx, &topic)? + 1)?,
        means: store::means_offered(tx, till.store_id)?,
        code_life_ms: settings.code_life_ms,
        centre_time_ms: now_ms,
    })
}

/// A till's own entries after a position.
///
/// # Errors
/// `malformed_request`, and those of the database.
pub fn own_entries(tx: &mut dyn Tx, till: &Till, epoch: u64, since: u64) -> Outcome<OwnEntries> {
    let epoch = i64::try_from(epoch).map_err(|_| Refusal::new(ErrorCode::MalformedRequest))?;
    let since = i64::try_from(since).map_err(|_| Refusal::new(ErrorCode::MalformedRequest))?;
    let mut entries = journal::after(tx, till.till_id, epoch, since, BATCH_ENTRIES_MAX + 1)?;
    let mut bytes = 0;
    let fitting = entries
        .iter()
        .take(BATCH_ENTRIES_MAX)
        .take_while(|entry| {
            let first = bytes == 0;
            bytes += entry.payload.len();
            first || bytes <= OWN_ENTRIES_BYTES_MAX
        })
        .count();
    let more = entries.len() > fitting;
    entries.truncate(fitting);
    Ok(OwnEntries { entries, more })
}

/// Where a till has read to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Generation it knows; 0 for none.
    pub generation: u64,
    /// Last position it has applied.
    pub after: u64,
}

/// Changes after a cursor, or a snapshot where the cursor is not of this generation.
///
/// # Errors
/// [`DbError`].
pub fn changes(tx: &mut dyn Tx, till: &Till, cursor: Cursor, now_ms: i64) -> Result<ChangesAnswer, DbError> {
    let topic = stream::topic_of_till(till.till_id);
    let generation = unsigned(stream::generation(tx)?)?;
    let last = unsigned(stream::last_position(tx, &topic)?)?;
    if cursor.generation != generation || cursor.after > last {
        return snapshot(tx, till, cursor, now_ms);
    }
    let after = i64::try_from(cursor.after).unwrap_or(i64::MAX);
    Ok(ChangesAnswer::Changes {
        generation,
        changes: stream::changes_after(tx, &topic, after, CHANGES_MAX)?,
        centre_time_ms: now_ms,
    })
}

/// Every tender that is not at rest, and those that have changed since what the till is known to have
/// read: a change that it missed before a restart is among them.
fn snapshot(tx: &mut dyn Tx, till: &Till, cursor: Cursor, now_ms: i64) -> Result<ChangesAnswer, DbError> {
    let topic = stream::topic_of_till(till.till_id);
    let read_ms = match (i64::try_from(cursor.generation), i64::try_from(cursor.after)) {
        (Ok(generation), Ok(after)) => stream::written_at_ms(tx, &topic, generation, after)?,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => None,
    };
    let since_ms = read_ms.unwrap_or(now_ms - SNAPSHOT_REACH_MS);
    let mut tenders = Vec::new();
    for order in pay_order::unsettled_or_changed(tx, till.till_id, since_ms)? {
        tenders.push(view::of(tx, &order)?);
    }
    Ok(ChangesAnswer::Snapshot {
        generation: unsigned(stream::generation(tx)?)?,
        position: unsigned(stream::last_position(tx, &topic)?)?,
        tenders,
        centre_time_ms: now_ms,
    })
}

fn unsigned(number: i64) -> Result<u64, DbError> {
    u64::try_from(number).map_err(|_| DbError::Damaged("negative position".into()))
}
