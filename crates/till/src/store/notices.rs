//! Notices: what happened elsewhere and wants a glance, until it was seen.

use std::collections::BTreeMap;

use rusqlite::params;

use super::error::StoreError;
use super::tx::WriteTx;
use super::view::View;
use crate::rpc::state::{Notice, NoticeCode};

impl View<'_> {
    /// Notices nobody has seen, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn notices(&self) -> Result<Vec<Notice>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT notice_id, code, params, at_ms FROM notice WHERE seen = 0 ORDER BY notice_id",
        )?;
        let mut rows = statement.query([])?;
        let mut notices = Vec::new();
        while let Some(row) = rows.next()? {
            let (code, params): (String, String) = (row.get(1)?, row.get(2)?);
            notices.push(Notice {
                notice_id: row.get::<_, i64>(0)?.to_string(),
                code: serde_json::from_value(serde_json::Value::String(code))?,
                params: serde_json::from_str(&params)?,
                at_ms: row.get(3)?,
            });
        }
        Ok(notices)
    }
}

impl WriteTx<'_> {
    /// Leaves a notice.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn notify(&mut self, code: NoticeCode, values: &[(&str, String)]) -> Result<(), StoreError> {
        let code = serde_json::to_value(code)?;
        let values: BTreeMap<&str, &String> = values.iter().map(|(name, value)| (*name, value)).collect();
        self.conn()
            .prepare_cached("INSERT INTO notice (code, params, at_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![
                code.as_str().unwrap_or_default(),
                serde_json::to_string(&values)?,
                self.at_ms()
            ])?;
        Ok(())
    }

    /// A notice was seen.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn notice_seen(&mut self, notice_id: i64) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE notice SET seen = 1 WHERE notice_id = ?1")?
            .execute([notice_id])?;
        Ok(())
    }
}
