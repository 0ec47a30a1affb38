//! What is looked for where work is due: of trades, of refunds, of late money and of overdue orders alike.

use crate::db::{DbError, Row, Value};

/// What is looked for: what is due at a time, the longest waiting first, and without what cannot be worked at now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The time.
    pub now_ms: i64,
    /// Rows at most.
    pub limit: i64,
    /// Accounts of whom nothing is wanted; of use where a row has one.
    pub without_merchants: Numbers,
    /// Rows that are not wanted.
    pub without_rows: Numbers,
}

impl Search {
    /// The parameters of a statement: time, limit, merchants, rows.
    #[must_use]
    pub fn params(&self) -> [Value; 4] {
        [
            self.now_ms.into(),
            self.limit.into(),
            self.without_merchants.as_text().into(),
            self.without_rows.as_text().into(),
        ]
    }
}

/// Numbers as one parameter, for [`not_in`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(String);

impl Numbers {
    /// The parameter.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl FromIterator<i64> for Numbers {
    fn from_iter<I: IntoIterator<Item = i64>>(numbers: I) -> Self {
        let mut text = ",".to_owned();
        for number in numbers {
            text.push_str(&number.to_string());
            text.push(',');
        }
        Self(text)
    }
}

/// The condition that a column's number is not among [`Numbers`]: one statement for however many there are.
macro_rules! not_in {
    ($column:literal, $numbers:literal) => {
        concat!(
            "CAST(",
            $numbers,
            " AS TEXT) NOT LIKE '%,' || CAST(",
            $column,
            " AS TEXT) || ',%'"
        )
    };
}
pub(crate) use not_in;

/// A row whose call is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Since when.
    pub at_ms: i64,
    /// Its number.
    pub no: i64,
    /// The account that makes the call.
    pub enterprise_id: i64,
}

impl Due {
    /// Reads the columns, in this order.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn read(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            at_ms: row.int(0)?,
            no: row.int(1)?,
            enterprise_id: row.int(2)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{AnyDb, Db, testing};
    use crate::params;

    fn is_left(db: &AnyDb, number: i64, without: &Numbers) -> bool {
        let sql = concat!(
            "SELECT 1 FROM (SELECT CAST(?1 AS BIGINT) AS no) AS one WHERE ",
            not_in!("no", "?2")
        );
        let rows = db.read(|tx| tx.query(sql, params![number, without.as_text()]));
        !rows.unwrap().is_empty()
    }

    #[test]
    fn whole_numbers_are_left_out_and_no_parts_of_them() {
        let db = testing::fresh();
        let without: Numbers = [12, 7, i64::MAX].into_iter().collect();
        for number in [12, 7, i64::MAX] {
            assert!(!is_left(&db, number, &without), "{number}");
        }
        for number in [1, 2, 127, 72, -7, i64::MAX / 10] {
            assert!(is_left(&db, number, &without), "{number}");
        }
        assert!(is_left(&db, 12, &Numbers::from_iter([])));
    }
}
