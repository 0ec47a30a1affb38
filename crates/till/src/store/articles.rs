//! Putting articles into the catalogue: each with its codes and everything it is found by, or not at all.
//!
//! Which articles, and how many in one transaction, is said elsewhere.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::error::StoreError;
use super::settings::keys;
use super::tx::WriteTx;
use super::view::View;
use crate::catalogue::file::Draft;
use crate::catalogue::reading::{Readings, readings};
use crate::catalogue::words::spread;

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

impl Imported {
    const fn count(&mut self, change: &Change) {
        match change {
            Change::Added => self.added += 1,
            Change::Changed(..) => self.changed += 1,
            Change::Unchanged(_) => self.unchanged += 1,
        }
    }
}

/// Where an article goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) category_id: i64,
    pub(super) version: i64,
    pub(super) position: i64,
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

    /// The article as the file has it.
    #[must_use]
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }
}

impl View<'_> {
    /// What reading `drafts` in would change; nothing is written.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn compare<'d>(&self, drafts: impl Iterator<Item = &'d Draft>) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        for draft in drafts {
            let category_id = self.category_id(&draft.category.0)?;
            imported.count(&self.change(draft, category_id)?);
        }
        Ok(imported)
    }

    pub(super) fn category_id(&self, name: &str) -> Result<Option<i64>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT category_id FROM category WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// How a file's article differs from the catalogue's; a category that is not there yet differs.
    fn change(&self, draft: &Draft, category_id: Option<i64>) -> Result<Change, StoreError> {
        let known: Option<i64> = self
            .conn
            .prepare_cached("SELECT article_key FROM article WHERE article_id = ?1")?
            .query_row([&draft.code], |row| row.get(0))
            .optional()?;
        let Some(key) = known else {
            return Ok(Change::Added);
        };
        let was = self.content(key)?;
        if category_id.is_some_and(|id| was == content_of(draft, id)) {
            return Ok(Change::Unchanged(key));
        }
        Ok(Change::Changed(key, Box::new(was)))
    }

    fn content(&self, key: i64) -> Result<Content, StoreError> {
        Ok(self
            .conn
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
}

/// Index rows of one transaction, written at its end in the order of the index: page after page instead of
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
    /// Reads a file's articles in, all in this transaction: for a few. Overlays of this till stay.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn import_articles(&mut self, articles: &[Prepared]) -> Result<Imported, StoreError> {
        let version = self.view().setting_number(keys::CATALOGUE_VERSION)? + 1;
        let mut categories = HashMap::new();
        let mut placed = Vec::with_capacity(articles.len());
        for (position, prepared) in (0_i64..).zip(articles) {
            let place = Place {
                category_id: self.category(&prepared.draft.category, &mut categories)?,
                version,
                position,
            };
            placed.push((prepared, place));
        }
        let imported = self.put_articles(&placed)?;
        self.set_setting(keys::CATALOGUE_VERSION, &version.to_string())?;
        Ok(imported)
    }

    /// Puts articles where they belong, each with its codes and everything it is found by.
    pub(super) fn put_articles(&self, placed: &[(&Prepared, Place)]) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        let mut index = IndexRows::default();
        for (prepared, place) in placed {
            let change = self.view().change(&prepared.draft, Some(place.category_id))?;
            imported.count(&change);
            self.put_article(prepared, *place, change, &mut index)?;
        }
        self.write_index(index)?;
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
        let id = self.put_category(names)?;
        known.insert(names.0.clone(), id);
        Ok(id)
    }

    /// Adds a category behind the others, or names the one that is there anew.
    pub(super) fn put_category(&self, names: &(String, String)) -> Result<i64, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "INSERT INTO category (name, name_en, position)
                 VALUES (?1, ?2, (SELECT COALESCE(MAX(position), 0) + 1 FROM category))
                 ON CONFLICT (name) DO UPDATE SET name_en = excluded.name_en RETURNING category_id",
            )?
            .query_row([&names.0, &names.1], |row| row.get(0))?)
    }

    fn put_article<'p>(
        &self,
        prepared: &'p Prepared,
        place: Place,
        change: Change,
        index: &mut IndexRows<'p>,
    ) -> Result<(), StoreError> {
        let key = match change {
            Change::Added => self.insert_article(prepared, place)?,
            Change::Unchanged(key) => {
                self.conn()
                    .prepare_cached(
                        "UPDATE article SET position = ?2 WHERE article_key = ?1 AND position <> ?2",
                    )?
                    .execute([key, place.position])?;
                return Ok(());
            }
            Change::Changed(key, was) => {
                self.forget_index(key, &was)?;
                self.update_article(key, prepared, place)?;
                key
            }
        };
        self.insert_codes(key, &prepared.draft)?;
        index.add(key, prepared);
        Ok(())
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

    fn insert_article(&self, prepared: &Prepared, place: Place) -> Result<i64, StoreError> {
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
                    place.category_id,
                    draft.unit.name(),
                    draft.price.minor(),
                    draft.charged_percent,
                    prepared.readings.shown,
                    prepared.readings.initials,
                    place.version,
                    place.position,
                ],
                |row| row.get(0),
            )?)
    }

    fn update_article(&self, key: i64, prepared: &Prepared, place: Place) -> Result<(), StoreError> {
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
                place.category_id,
                draft.unit.name(),
                draft.price.minor(),
                draft.charged_percent,
                prepared.readings.shown,
                prepared.readings.initials,
                place.version,
                place.position,
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

/// How a file's article differs from the catalogue's.
enum Change {
    Added,
    Changed(i64, Box<Content>),
    Unchanged(i64),
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
