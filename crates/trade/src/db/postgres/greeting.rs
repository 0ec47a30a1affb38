//! Which database this is: the very one that was worked with, or a copy that was put in its place.
//!
//! A PostgreSQL database cannot be replaced by an older state of itself while its server goes on running on
//! it: a restored backup, a promoted standby and a copied folder begin with a start of the server, a dump with
//! new tables. So the server's start, the database and the table that holds the generation name an
//! *incarnation*. Whoever connects first to another one than is noted begins a new generation of the streams,
//! for all processes; everybody else finds it noted. A process of ours that starts disturbs nobody.

use super::connection::{Begin, Committed, Connection};
use super::migrate::{self, NOW_MS};
use crate::db::{DbError, Tx};
use crate::rows::{meta, stream};

const INCARNATION: &str = "SELECT to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') \
    || '/' || CAST(d.oid AS TEXT) || '/' || CAST(pg_relation_filenode('meta') AS TEXT) \
    FROM pg_database d WHERE d.datname = current_database()";

/// Writers hold this table's weaker lock from the moment they take a position until they end, and read the
/// generation after that: so nobody publishes into a generation that has just ended.
const NO_WRITERS: &str = "LOCK TABLE topic IN SHARE ROW EXCLUSIVE MODE";

/// Refuses a database of a newer version, and begins a generation where the incarnation is another one.
pub(super) fn greet(connection: &mut Connection) -> Result<(), DbError> {
    let mut tx = connection.begin(Begin::Read)?;
    let seen = migrate::version(&mut tx)
        .and_then(migrate::check)
        .and_then(|()| is_noted(&mut tx));
    tx.roll_back();
    if seen? {
        return Ok(());
    }
    let mut tx = connection.begin(Begin::Write)?;
    let begun = begin_generation(&mut tx);
    match begun {
        Ok(()) => match tx.commit() {
            Committed::Yes => Ok(()),
            Committed::No(trouble) => Err(trouble.error),
            Committed::Unknown(error) => Err(error),
        },
        Err(error) => {
            tx.roll_back();
            Err(error)
        }
    }
}

fn begin_generation(tx: &mut dyn Tx) -> Result<(), DbError> {
    tx.execute(NO_WRITERS, &[])?;
    // Another process may have been quicker.
    if is_noted(tx)? {
        return Ok(());
    }
    let rows = tx.query(&format!("SELECT {NOW_MS}"), &[])?;
    let now_ms = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let generation = stream::open_generation(tx, now_ms)?;
    let incarnation = incarnation(tx)?;
    meta::put(tx, meta::INCARNATION, &incarnation)?;
    tracing::info!(
        generation,
        "another incarnation of the database: a new generation begins"
    );
    Ok(())
}

fn is_noted(tx: &mut dyn Tx) -> Result<bool, DbError> {
    let noted = meta::get(tx, meta::INCARNATION)?;
    Ok(noted == Some(incarnation(tx)?))
}

fn incarnation(tx: &mut dyn Tx) -> Result<String, DbError> {
    let rows = tx.query(INCARNATION, &[])?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::Failed("the server does not say which database this is".to_owned()))?;
    row.text(0)
}
