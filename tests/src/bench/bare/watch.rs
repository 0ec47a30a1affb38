//! Watching a till's database from beside it: which rows each of its commands left changed.
//!
//! Triggers note the keys of touched rows. They are put into the database of a till that is not measured.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::rows::{Row, Table};
use super::writes::Write;

const NOTES: &str = "bench_touched";

/// Looks at one database from beside its owner.
#[derive(Debug)]
pub struct Watcher {
    conn: Connection,
    tables: HashMap<String, Table>,
    known: HashMap<String, BTreeMap<String, Row>>,
}

impl Watcher {
    /// Begins to watch a database as it stands.
    ///
    /// # Errors
    /// When it cannot be read, or takes no triggers.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(std::time::Duration::from_secs(5))?;
        conn.pragma_update(None, "synchronous", "OFF")?;
        let mut watcher = Self {
            tables: HashMap::new(),
            known: HashMap::new(),
            conn,
        };
        for table in Table::all(&watcher.conn)? {
            watcher
                .known
                .insert(table.name.clone(), table.rows(&watcher.conn)?);
            watcher.tables.insert(table.name.clone(), table);
        }
        watcher.conn.execute_batch(&watcher.triggers())?;
        Ok(watcher)
    }

    fn triggers(&self) -> String {
        let mut sql = format!("CREATE TABLE {NOTES} (at INTEGER PRIMARY KEY, name TEXT, key TEXT);");
        let of_articles = |name: &str| name.starts_with("article_words");
        for table in self.tables.values().filter(|table| !of_articles(&table.name)) {
            for (event, side) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
                let key: Vec<String> = table
                    .key_columns()
                    .map(|column| format!("{side}.\"{column}\""))
                    .collect();
                sql.push_str(&format!(
                    "CREATE TRIGGER \"{NOTES}_{0}_{event}\" AFTER {event} ON \"{0}\" BEGIN
                     INSERT INTO {NOTES} (name, key) VALUES ('{0}', json_array({1})); END;",
                    table.name,
                    key.join(", ")
                ));
            }
        }
        sql
    }

    /// What changed since the last look, as the fewest statements that change the same: one per row, in the
    /// order in which the rows were first touched.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look(&mut self) -> rusqlite::Result<Vec<Write>> {
        let touched = self.touched()?;
        let mut writes = Vec::new();
        for (name, key) in touched {
            let Some(table) = self.tables.get(&name) else {
                continue;
            };
            let after = find(&self.conn, table, &key)?;
            let known = self.known.entry(name).or_default();
            let key = after
                .as_ref()
                .map_or_else(|| key_text(&key), |row| table.key_of(row));
            let before = match &after {
                Some(row) => known.insert(key, row.clone()),
                None => known.remove(&key),
            };
            writes.extend(Write::between(table, before.as_deref(), after.as_deref()));
        }
        self.conn.execute(&format!("DELETE FROM {NOTES}"), [])?;
        Ok(writes)
    }

    fn touched(&self) -> rusqlite::Result<Vec<(String, Row)>> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT name, key FROM {NOTES} GROUP BY name, key ORDER BY MIN(at)"
        ))?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| row.and_then(|(name, key)| Ok((name, self.key_values(&key)?))))
            .collect()
    }

    fn key_values(&self, json: &str) -> rusqlite::Result<Row> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT value FROM json_each(?1) ORDER BY key")?;
        statement
            .query_map([json], |row| row.get::<_, Value>(0))?
            .collect()
    }
}

fn key_text(key: &[Value]) -> String {
    let parts: Vec<String> = key.iter().map(|value| format!("{value:?}")).collect();
    parts.join("/")
}

fn find(conn: &Connection, table: &Table, key: &[Value]) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT * FROM \"{}\" WHERE {}", table.name, table.key_condition());
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(key))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    (0..table.columns.len())
        .map(|column| row.get::<_, Value>(column))
        .collect::<Result<Row, _>>()
        .map(Some)
}
