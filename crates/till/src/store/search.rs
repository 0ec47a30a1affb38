//! Finding articles while somebody types: code, beginning or end of a code, name part, pinyin, initials.
//!
//! Every question walks an index in order and stops after a handful of hits, so one letter is as quick as
//! eight, however large the catalogue.

use rusqlite::params;

use super::catalogue::{ARTICLE, article};
use super::error::StoreError;
use super::rows::ArticleRow;
use super::view::View;
use crate::catalogue::words;

/// Hits of one index that are looked at for each hit that is wanted: articles repeat under several keys.
const REPEATS: usize = 8;
/// Sorts after every text that begins with the same letters.
const LAST: char = '\u{10FFFF}';

impl View<'_> {
    /// Articles that fit a text (folded and trimmed), best first, at most `limit`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<ArticleRow>, StoreError> {
        let text = text.to_lowercase();
        let mut found: Vec<i64> = Vec::new();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            self.by_code(&text, limit, &mut found)?;
        }
        if text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            self.by_reading(&text, limit, &mut found)?;
        }
        if found.len() < limit {
            self.by_words(&text, limit, &mut found)?;
        }
        found.truncate(limit);
        found
            .into_iter()
            .filter_map(|key| self.article_by_key(key).transpose())
            .collect()
    }

    fn article_by_key(&self, key: i64) -> Result<Option<ArticleRow>, StoreError> {
        let sql = format!("{ARTICLE} WHERE a.article_key = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([key])?;
        rows.next()?.map(article).transpose()
    }

    fn by_code(&self, digits: &str, limit: usize, found: &mut Vec<i64>) -> Result<(), StoreError> {
        self.walk(
            "SELECT article_key FROM barcode WHERE code >= ?1 AND code < ?2 ORDER BY code LIMIT ?3",
            digits,
            limit,
            found,
        )?;
        let reversed: String = digits.chars().rev().collect();
        self.walk(
            "SELECT article_key FROM barcode WHERE reversed >= ?1 AND reversed < ?2 ORDER BY reversed LIMIT ?3",
            &reversed,
            limit,
            found,
        )
    }

    fn by_reading(&self, letters: &str, limit: usize, found: &mut Vec<i64>) -> Result<(), StoreError> {
        for sql in [
            "SELECT article_key FROM reading WHERE rank = 0 AND key >= ?1 AND key < ?2 ORDER BY key, article_key LIMIT ?3",
            "SELECT article_key FROM reading WHERE rank = 1 AND key >= ?1 AND key < ?2 ORDER BY key, article_key LIMIT ?3",
        ] {
            self.walk(sql, letters, limit, found)?;
        }
        Ok(())
    }

    fn walk(&self, sql: &str, from: &str, limit: usize, found: &mut Vec<i64>) -> Result<(), StoreError> {
        if found.len() >= limit {
            return Ok(());
        }
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = i64::try_from(limit * REPEATS).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![from, format!("{from}{LAST}"), rows])?;
        while let (Some(row), true) = (rows.next()?, found.len() < limit) {
            let key = row.get(0)?;
            if !found.contains(&key) {
                found.push(key);
            }
        }
        Ok(())
    }

    fn by_words(&self, text: &str, limit: usize, found: &mut Vec<i64>) -> Result<(), StoreError> {
        let Some(question) = words::question(text) else {
            return Ok(());
        };
        let mut statement = self.conn.prepare_cached(
            "SELECT rowid FROM article_words WHERE article_words MATCH ?1 ORDER BY rowid LIMIT ?2",
        )?;
        let mut rows = statement.query(params![question, i64::try_from(limit * 2).unwrap_or(i64::MAX)])?;
        while let Some(row) = rows.next()? {
            let key = row.get(0)?;
            if !found.contains(&key) {
                found.push(key);
            }
        }
        Ok(())
    }
}
