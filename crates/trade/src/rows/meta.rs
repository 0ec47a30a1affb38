//! Rows of `meta`: what a database remembers of itself, a text per name.

use crate::db::{DbError, Tx};
use crate::params;

/// Generation of the streams.
pub const GENERATION: &str = "generation";
/// Which database this is, where the engine can tell; see `crate::db::postgres`.
pub const INCARNATION: &str = "incarnation";
/// Public key of the centre whose tills these are, base64, where several processes share a database.
pub const CENTRE_KEY: &str = "centre_key";

/// What is kept under a name.
///
/// # Errors
/// [`DbError`].
pub fn get(tx: &mut dyn Tx, name: &str) -> Result<Option<String>, DbError> {
    let rows = tx.query("SELECT value FROM meta WHERE name = ?1", params![name])?;
    rows.first().map(|row| row.text(0)).transpose()
}

/// Keeps a text, in place of the one before.
///
/// # Errors
/// [`DbError`].
pub fn put(tx: &mut dyn Tx, name: &str, value: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}

/// Keeps a text unless there is one; the one that is kept.
///
/// # Errors
/// [`DbError`].
pub fn put_once(tx: &mut dyn Tx, name: &str, value: &str) -> Result<String, DbError> {
    tx.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        params![name, value],
    )?;
    get(tx, name)?.ok_or_else(|| DbError::Damaged(format!("{name} is gone")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::db::testing::fresh;

    #[test]
    fn a_text_that_an_engine_cannot_keep_is_kept_with_a_mark_on_both() {
        let db = fresh();
        let written = db.write(|tx| put(tx, "no\0name", "a\0b\0").and_then(|()| get(tx, "no\0name")));
        assert_eq!(written.unwrap().as_deref(), Some("a\u{fffd}b\u{fffd}"));
    }
}
