//! One row changed, as the statement that a bare program would write it with.

use rusqlite::types::Value;

use super::rows::Table;

/// A statement with its values, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The statement.
    pub sql: String,
    /// Its values.
    pub values: Vec<Value>,
    /// Table it writes.
    pub table: String,
}

impl Write {
    /// What makes a row of what it was before: nothing when it is the same.
    #[must_use]
    pub fn between(table: &Table, before: Option<&[Value]>, after: Option<&[Value]>) -> Option<Self> {
        match (before, after) {
            (None, None) => None,
            (None, Some(row)) => Some(Self::insert(table, row)),
            (Some(row), None) => Some(Self::delete(table, row)),
            (Some(before), Some(after)) => Self::update(table, before, after),
        }
    }

    fn insert(table: &Table, row: &[Value]) -> Self {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("\"{column}\""))
            .collect();
        let marks = vec!["?"; columns.len()].join(", ");
        Self {
            sql: format!(
                "INSERT INTO \"{}\" ({}) VALUES ({marks})",
                table.name,
                columns.join(", ")
            ),
            values: row.to_vec(),
            table: table.name.clone(),
        }
    }

    fn delete(table: &Table, row: &[Value]) -> Self {
        Self {
            sql: format!("DELETE FROM \"{}\" WHERE {}", table.name, table.key_condition()),
            values: key_values(table, row),
            table: table.name.clone(),
        }
    }

    fn update(table: &Table, before: &[Value], after: &[Value]) -> Option<Self> {
        let changed: Vec<usize> = (0..table.columns.len())
            .filter(|column| before[*column] != after[*column])
            .collect();
        if changed.is_empty() {
            return None;
        }
        let sets: Vec<String> = changed
            .iter()
            .map(|column| format!("\"{}\" = ?", table.columns[*column]))
            .collect();
        let mut values: Vec<Value> = changed.iter().map(|column| after[*column].clone()).collect();
        values.extend(key_values(table, after));
        Some(Self {
            sql: format!(
                "UPDATE \"{}\" SET {} WHERE {}",
                table.name,
                sets.join(", "),
                table.key_condition()
            ),
            values,
            table: table.name.clone(),
        })
    }
}

fn key_values(table: &Table, row: &[Value]) -> Vec<Value> {
    table.key.iter().map(|column| row[*column].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            name: "t".into(),
            columns: ["a", "b", "c"].map(String::from).to_vec(),
            key: vec![1],
        }
    }

    #[test]
    fn only_what_differs_is_written() {
        let before = [1, 2, 3].map(Value::Integer);
        let after = [1, 2, 4].map(Value::Integer);
        let write = Write::between(&table(), Some(&before), Some(&after)).unwrap();
        assert_eq!(write.sql, "UPDATE \"t\" SET \"c\" = ? WHERE \"b\" = ?");
        assert_eq!(write.values, [4, 2].map(Value::Integer));
        assert_eq!(Write::between(&table(), Some(&before), Some(&before)), None);
        assert_eq!(Write::between(&table(), None, None), None);
    }

    #[test]
    fn new_and_gone_rows_are_one_statement_each() {
        let row = [1, 2, 3].map(Value::Integer);
        let insert = Write::between(&table(), None, Some(&row)).unwrap();
        assert_eq!(
            insert.sql,
            "INSERT INTO \"t\" (\"a\", \"b\", \"c\") VALUES (?, ?, ?)"
        );
        let delete = Write::between(&table(), Some(&row), None).unwrap();
        assert_eq!(
            (delete.sql.as_str(), delete.values.len()),
            ("DELETE FROM \"t\" WHERE \"b\" = ?", 1)
        );
    }
}
