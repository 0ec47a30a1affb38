//! The steps that bring a database to this version: the same files for both engines, in order.
//!
//! What they may say is in `docs/adding-a-table.md`. How a step is run is the engine's business.

/// Every step; the database's version is the number of those that have run.
pub const MIGRATIONS: &[&str] = &[
    include_str!("../../../../migrations/trade/0001_start.sql"),
    include_str!("../../../../migrations/trade/0002_callers.sql"),
    include_str!("../../../../migrations/trade/0003_ways.sql"),
    include_str!("../../../../migrations/trade/0004_broadcast.sql"),
    include_str!("../../../../migrations/trade/0005_reconciliation.sql"),
    include_str!("../../../../migrations/trade/0006_operators.sql"),
    include_str!("../../../../migrations/trade/0007_attention.sql"),
];

/// The version this program works with.
#[must_use]
pub fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The steps that a database of version `found` still needs.
#[must_use]
pub fn missing_from(found: i64) -> &'static [&'static str] {
    let done = usize::try_from(found).unwrap_or(0);
    MIGRATIONS.get(done..).unwrap_or_default()
}
