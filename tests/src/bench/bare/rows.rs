//! Rows of any table as values, found by their keys: what two databases are compared by.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;

/// A table with its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Names of its columns, in order.
    pub columns: Vec<String>,
    /// Places of the key's columns among them.
    pub key: Vec<usize>,
}

/// Values in the order of the table's columns.
pub type Row = Vec<Value>;

impl Table {
    /// Every ordinary table of a database. The full-text index keeps its own tables; no sale writes them.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn all(conn: &Connection) -> rusqlite::Result<Vec<Self>> {
        let mut statement = conn.prepare(
            "SELECT name FROM pragma_table_list
             WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )?;
        let names = statement
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        names.into_iter().map(|name| Self::read(conn, name)).collect()
    }

    fn read(conn: &Connection, name: String) -> rusqlite::Result<Self> {
        let mut statement = conn.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let found = statement
            .query_map([&name], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut key: Vec<(i64, usize)> = found
            .iter()
            .enumerate()
            .filter(|(_, (_, place))| *place > 0)
            .map(|(column, (_, place))| (*place, column))
            .collect();
        key.sort_unstable();
        Ok(Self {
            name,
            columns: found.into_iter().map(|(column, _)| column).collect(),
            key: key.into_iter().map(|(_, column)| column).collect(),
        })
    }

    /// Names of the key's columns.
    pub fn key_columns(&self) -> impl Iterator<Item = &str> {
        self.key.iter().map(|column| self.columns[*column].as_str())
    }

    /// `"a" = ? AND "b" = ?`.
    #[must_use]
    pub fn key_condition(&self) -> String {
        let parts: Vec<String> = self
            .key_columns()
            .map(|column| format!("\"{column}\" = ?"))
            .collect();
        parts.join(" AND ")
    }

    /// A row's key as a text that sorts.
    #[must_use]
    pub fn key_of(&self, row: &[Value]) -> String {
        let parts: Vec<String> = self
            .key
            .iter()
            .map(|column| format!("{:?}", row[*column]))
            .collect();
        parts.join("/")
    }

    /// Every row, by its key.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn rows(&self, conn: &Connection) -> rusqlite::Result<BTreeMap<String, Row>> {
        let rows = self.in_order(conn)?;
        Ok(rows.into_iter().map(|row| (self.key_of(&row), row)).collect())
    }

    /// Every row, in the order in which they are kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn in_order(&self, conn: &Connection) -> rusqlite::Result<Vec<Row>> {
        let mut statement = conn.prepare(&format!("SELECT * FROM \"{}\"", self.name))?;
        let width = self.columns.len();
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..width).map(|column| row.get::<_, Value>(column));
            found.push(values.collect::<Result<Row, _>>()?);
        }
        Ok(found)
    }
}
