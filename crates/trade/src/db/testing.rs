//! Databases for tests: empty ones, and copies as a backup would be. On SQLite in memory; on PostgreSQL, each a
//! schema of its own, where the environment names a server for it.

use std::sync::atomic::{AtomicU64, Ordering};

use super::postgres::PostgresDb;
use super::postgres::testing::execute;
use super::{AnyDb, Db, Row, SqliteDb};

/// Names the server on which the tests are run a second time.
pub const SERVER: &str = "SUANPAN_TEST_DATABASE";

/// An empty database of the engine that the tests run on.
pub fn fresh() -> AnyDb {
    match std::env::var(SERVER) {
        Ok(url) => open(&new_schema(&url)).into(),
        Err(_) => SqliteDb::in_memory().unwrap().into(),
    }
}

/// Whether starts of a centre leave the generation of the streams alone.
pub fn generation_outlives_starts() -> bool {
    std::env::var_os(SERVER).is_some()
}

/// All that is committed, as another database of the same engine.
pub fn copy(db: &AnyDb) -> AnyDb {
    match db {
        AnyDb::Sqlite(db) => db.copy_in_memory().unwrap().into(),
        AnyDb::Postgres(db) => copy_schema(db).into(),
    }
}

/// An address at which a new schema is seen and nothing else.
pub fn new_schema(url: &str) -> String {
    static SCHEMAS: AtomicU64 = AtomicU64::new(1);
    let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    let schema = format!("t_{}_{number}", std::process::id());
    execute(url, &format!("CREATE SCHEMA {schema}"));
    format!("{url}?options=-c%20search_path%3D{schema}")
}

/// Opens the database at an address.
pub fn open(url: &str) -> PostgresDb {
    PostgresDb::open(&url.parse().unwrap()).unwrap()
}

fn copy_schema(db: &PostgresDb) -> PostgresDb {
    let url = std::env::var(SERVER).unwrap();
    let copied = new_schema(&url);
    drop(open(&copied));
    let text = |sql: &str| -> Vec<Row> { db.read(|tx| tx.query(sql, &[])).unwrap() };
    let from = text("SELECT CAST(current_schema() AS TEXT)")[0].text(0).unwrap();
    let to = copied.rsplit("%3D").next().unwrap();
    // The rows come as they are, whatever refers to what.
    let mut script = String::from("SET session_replication_role = replica;");
    for table in text("SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()") {
        let table = table.text(0).unwrap();
        script.push_str(&format!(
            "DELETE FROM {to}.{table}; INSERT INTO {to}.{table} SELECT * FROM {from}.{table};"
        ));
    }
    execute(&url, &script);
    open(&copied)
}
