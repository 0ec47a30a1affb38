//! What is kept: opened, refused, restored, altered, cut.

pub(crate) mod damage;
mod fixture;
mod importing;
pub(crate) mod restore;
mod search;
mod shifts;

#[test]
fn the_sqlite_within_has_no_wal_reset_bug() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}
