//! The catalogue in the database: articles by code, tiles, and reading a file in.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, params};
use suanpan_domain::quantity::Unit;

use super::error::StoreError;
use super::rows::ArticleRow;
use super::settings::keys;
use super::tx::WriteTx;
use super::view::{View, named};
use crate::catalogue::file::Draft;
use crate::catalogue::reading::{Readings, readings};
use crate::catalogue::words::spread;

/// An article with overlays applied: what was changed here and not yet accepted by the centre wins.
pub(super) const ARTICLE: &str = "SELECT a.article_key, a.article_id, a.code,
    COALESCE((SELECT value FROM overlay o WHERE o.article_id = a.article_id AND o.field = 'NAME'), a.name) AS name,
    a.name_en, a.size, a.unit, COALESCE((SELECT CAST(value AS INTEGER) FROM overlay o
    WHERE o.article_id = a.article_id AND o.field = 'PRICE'), a.price_minor) AS price_minor,
    a.charged_percent, a.pinyin, a.initials, a.version FROM article a";

/// What reading a file in changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// New articles.
    pub added: i64,
    /// Articles that changed.
    pub changed: i64,
    /// Articles already as the file says.
    pub unchanged: i64,
}

/// An article to be written, everything slow about it worked out before the transaction begins.
#[derive(Clone, Debug)]
pub struct Prepared {
    draft: Draft,
    readings: Readings,
    words: String,
}

impl Prepared {
    /// Works out what may be typed for an article.
    #[must_use]
    pub fn new(draft: Draft) -> Self {
        Self {
            readings: readings(&draft.name, &draft.name_en),
            words: spread(&format!("{} {} {}", draft.name, draft.size, draft.name_en)),
            draft,
        }
    }
}

pub(super) fn article(row: &Row<'_>) -> Result<ArticleRow, StoreError> {
    Ok(ArticleRow {
        article_id: row.get("article_id")?,
        code: row.get("code")?,
        name: row.get("name")?,
        name_en: row.get("name_en")?,
        size: row.get("size")?,
        unit: named(row, "unit", "article", Unit::from_name)?,
        price_minor: row.get("price_minor")?,
        charged_percent: row.get("charged_percent")?,
        pinyin: row.get("pinyin")?,
        initials: row.get("initials")?,
        version: row.get("version")?,
    })
}

/// A category with its articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRow {
    /// Name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Its articles in the shop's order.
    pub articles: Vec<ArticleRow>,
}

impl View<'_> {
    /// The article of a code, in one indexed look.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn article_by_code(&self, code: &str) -> Result<Option<ArticleRow>, StoreError> {
        let sql = format!("{ARTICLE} JOIN barcode b ON b.article_key = a.article_key WHERE b.code = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([code])?;
        rows.next()?.map(article).transpose()
    }

    /// An article by its id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn article(&self, article_id: &str) -> Result<Option<ArticleRow>, StoreError> {
        let sql = format!("{ARTICLE} WHERE a.article_id = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([article_id])?;
        rows.next()?.map(article).transpose()
    }

    /// Articles in the catalogue.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn article_count(&self) -> Result<i64, StoreError> {
        Ok(self
            .conn
            .query_row("SELECT COUNT(*) FROM article", [], |row| row.get(0))?)
    }

    /// Categories with at most `limit` articles each, in the shop's order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn categories(&self, limit: u32) -> Result<Vec<CategoryRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT category_id, name, name_en FROM category ORDER BY position")?;
        let heads = statement.query_map([], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let heads = heads.collect::<Result<Vec<_>, _>>()?;
        let mut categories = Vec::new();
        for (id, name, name_en) in heads {
            let articles = self.articles_of(id, limit)?;
            if !articles.is_empty() {
                categories.push(CategoryRow {
                    name,
                    name_en,
                    articles,
                });
            }
        }
        Ok(categories)
    }

    fn articles_of(&self, category_id: i64, limit: u32) -> Result<Vec<ArticleRow>, StoreError> {
        let sql = format!("{ARTICLE} WHERE a.category_id = ?1 ORDER BY a.position LIMIT ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params![category_id, limit])?;
        let mut articles = Vec::new();
        while let Some(row) = rows.next()? {
            articles.push(article(row)?);
        }
        Ok(articles)
    }

    /// Code of the file that another article of the catalogue answers to, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn code_of_another(&self, code: &str, article_id: &str) -> Result<bool, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT 1 FROM barcode b JOIN article a USING (article_key)
                 WHERE b.code = ?1 AND a.article_id <> ?2",
            )?
            .query_row([code, article_id], |_| Ok(()))
            .optional()?
            .is_some())
    }
}

/// Index rows of a whole file, written at the end in the order of the index: page after page instead of
/// all over it, which is ten times as fast.
#[derive(Default)]
struct IndexRows<'p> {
    readings: Vec<(u8, &'p str, i64)>,
    words: Vec<(i64, &'p str)>,
}

impl<'p> IndexRows<'p> {
    fn add(&mut self, key: i64, prepared: &'p Prepared) {
        let ranked = [&prepared.readings.from_start, &prepared.readings.from_within];
        for (rank, keys) in (0_u8..).zip(ranked) {
            self.readings
                .extend(keys.iter().map(|text| (rank, text.as_str(), key)));
        }
        self.words.push((key, prepared.words.as_str()));
    }
}

/// What an article says, to tell a change from a repetition.
#[derive(PartialEq, Eq)]
struct Content {
    name: String,
    name_en: String,
    size: String,
    category_id: i64,
    unit: String,
    price_minor: i64,
    charged_percent: u8,
    codes: String,
}

impl WriteTx<'_> {
    /// Reads a file's articles in. Overlays of this till stay.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn import_articles(&mut self, articles: &[Prepared]) -> Result<Imported, StoreError> {
        let version = self.view().setting_number(keys::CATALOGUE_VERSION)? + 1;
        let mut categories = HashMap::new();
        let mut imported = Imported::default();
        let mut index = IndexRows::default();
        for (position, prepared) in articles.iter().enumerate() {
            let category_id = self.category(&prepared.draft.category, &mut categories)?;
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            match self.import_article(prepared, (category_id, version, position), &mut index)? {
                Change::Added => imported.added += 1,
                Change::Changed => imported.changed += 1,
                Change::Unchanged => imported.unchanged += 1,
            }
        }
        self.write_index(index)?;
        self.set_setting(keys::CATALOGUE_VERSION, &version.to_string())?;
        Ok(imported)
    }

    fn category(
        &self,
        names: &(String, String),
        known: &mut HashMap<String, i64>,
    ) -> Result<i64, StoreError> {
        if let Some(id) = known.get(&names.0) {
            return Ok(*id);
        }
        let id = self
            .conn()
            .prepare_cached(
                "INSERT INTO category (name, name_en, position)
                 VALUES (?1, ?2, (SELECT COALESCE(MAX(position), 0) + 1 FROM category))
                 ON CONFLICT (name) DO UPDATE SET name_en = excluded.name_en RETURNING category_id",
            )?
            .query_row([&names.0, &names.1], |row| row.get(0))?;
        known.insert(names.0.clone(), id);
        Ok(id)
    }

    fn import_article<'p>(
        &self,
        prepared: &'p Prepared,
        place: (i64, i64, i64),
        index: &mut IndexRows<'p>,
    ) -> Result<Change, StoreError> {
        let draft = &prepared.draft;
        let (category_id, _, position) = place;
        let known: Option<i64> = self
            .conn()
            .prepare_cached("SELECT article_key FROM article WHERE article_id = ?1")?
            .query_row([&draft.code], |row| row.get(0))
            .optional()?;
        let Some(key) = known else {
            let key = self.insert_article(prepared, place)?;
            self.insert_codes(key, draft)?;
            index.add(key, prepared);
            return Ok(Change::Added);
        };
        let was = self.content(key)?;
        if was == content_of(draft, category_id) {
            self.conn()
                .prepare_cached("UPDATE article SET position = ?2 WHERE article_key = ?1 AND position <> ?2")?
                .execute([key, position])?;
            return Ok(Change::Unchanged);
        }
        self.forget_index(key, &was)?;
        self.update_article(key, prepared, place)?;
        self.insert_codes(key, draft)?;
        index.add(key, prepared);
        Ok(Change::Changed)
    }

    /// Takes an article out of the indexes; what it was found by follows from what it said.
    fn forget_index(&self, key: i64, was: &Content) -> Result<(), StoreError> {
        let old = readings(&was.name, &was.name_en);
        for (rank, keys) in (0_u8..).zip([&old.from_start, &old.from_within]) {
            for text in keys {
                self.conn()
                    .prepare_cached("DELETE FROM reading WHERE rank = ?1 AND key = ?2 AND article_key = ?3")?
                    .execute(params![rank, text, key])?;
            }
        }
        for sql in [
            "DELETE FROM barcode WHERE article_key = ?1",
            "DELETE FROM article_words WHERE rowid = ?1",
        ] {
            self.conn().prepare_cached(sql)?.execute([key])?;
        }
        Ok(())
    }

    fn content(&self, key: i64) -> Result<Content, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT name, name_en, size, category_id, unit, price_minor, charged_percent,
                 (SELECT group_concat(code, '|' ORDER BY code) FROM barcode b WHERE b.article_key = a.article_key)
                 FROM article a WHERE article_key = ?1",
            )?
            .query_row([key], |row| {
                Ok(Content {
                    name: row.get(0)?,
                    name_en: row.get(1)?,
                    size: row.get(2)?,
                    category_id: row.get(3)?,
                    unit: row.get(4)?,
                    price_minor: row.get(5)?,
                    charged_percent: row.get(6)?,
                    codes: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
                })
            })?)
    }

    fn insert_article(
        &self,
        prepared: &Prepared,
        (category_id, version, position): (i64, i64, i64),
    ) -> Result<i64, StoreError> {
        let draft = &prepared.draft;
        Ok(self
            .conn()
            .prepare_cached(
                "INSERT INTO article (article_id, code, name, name_en, size, category_id, unit, price_minor,
                 charged_percent, pinyin, initials, version, position)
                 VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING article_key",
            )?
            .query_row(
                params![
                    draft.code,
                    draft.name,
                    draft.name_en,
                    draft.size,
                    category_id,
                    draft.unit.name(),
                    draft.price.minor(),
                    draft.charged_percent,
                    prepared.readings.shown,
                    prepared.readings.initials,
                    version,
                    position,
                ],
                |row| row.get(0),
            )?)
    }

    fn update_article(
        &self,
        key: i64,
        prepared: &Prepared,
        (category_id, version, position): (i64, i64, i64),
    ) -> Result<(), StoreError> {
        let draft = &prepared.draft;
        self.conn()
            .prepare_cached(
                "UPDATE article SET name = ?2, name_en = ?3, size = ?4, category_id = ?5, unit = ?6,
                 price_minor = ?7, charged_percent = ?8, pinyin = ?9, initials = ?10, version = ?11, position = ?12
                 WHERE article_key = ?1",
            )?
            .execute(params![
                key,
                draft.name,
                draft.name_en,
                draft.size,
                category_id,
                draft.unit.name(),
                draft.price.minor(),
                draft.charged_percent,
                prepared.readings.shown,
                prepared.readings.initials,
                version,
                position,
            ])?;
        Ok(())
    }

    fn insert_codes(&self, key: i64, draft: &Draft) -> Result<(), StoreError> {
        for code in std::iter::once(&draft.code).chain(&draft.more_codes) {
            let reversed: String = code.chars().rev().collect();
            self.conn()
                .prepare_cached("INSERT INTO barcode (code, reversed, article_key) VALUES (?1, ?2, ?3)")?
                .execute(params![code, reversed, key])?;
        }
        Ok(())
    }

    fn write_index(&self, mut index: IndexRows<'_>) -> Result<(), StoreError> {
        index.readings.sort_unstable();
        for (rank, text, key) in index.readings {
            self.conn()
                .prepare_cached("INSERT INTO reading (rank, key, article_key) VALUES (?1, ?2, ?3)")?
                .execute(params![rank, text, key])?;
        }
        for (key, words) in index.words {
            self.conn()
                .prepare_cached("INSERT INTO article_words (rowid, words) VALUES (?1, ?2)")?
                .execute(params![key, words])?;
        }
        Ok(())
    }
}

enum Change {
    Added,
    Changed,
    Unchanged,
}

fn content_of(draft: &Draft, category_id: i64) -> Content {
    let mut codes: Vec<&str> = std::iter::once(&draft.code)
        .chain(&draft.more_codes)
        .map(String::as_str)
        .collect();
    codes.sort_unstable();
    Content {
        name: draft.name.clone(),
        name_en: draft.name_en.clone(),
        size: draft.size.clone(),
        category_id,
        unit: draft.unit.name().to_owned(),
        price_minor: draft.price.minor(),
        charged_percent: draft.charged_percent,
        codes: codes.join("|"),
    }
}
