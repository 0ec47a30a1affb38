//! A catalogue import on its way in: judged rows wait here and go over into the catalogue a few at a time.
//!
//! Each method is a small part of one transaction. In which order they come, and who gets in between, is
//! said in `crate::commands::import`.

use rusqlite::{Row, params};
use suanpan_domain::money::Fen;
use suanpan_domain::quantity::Unit;
use suanpan_wire::entry::Said;

use super::articles::{Imported, Place, Prepared};
use super::error::StoreError;
use super::settings::keys;
use super::tx::WriteTx;
use super::view::{View, named};
use crate::catalogue::file::Draft;

/// Between the codes of a staged article; no code contains it.
const CODE_SEPARATOR: &str = "|";

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStage {
    /// Rows are still being staged; the catalogue is as it was.
    Staging,
    /// The whole file is staged and goes over into the catalogue.
    Applying,
}

impl ImportStage {
    const ALL: &'static [Self] = &[Self::Staging, Self::Applying];

    const fn name(self) -> &'static str {
        match self {
            Self::Staging => "STAGING",
            Self::Applying => "APPLYING",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|stage| stage.name() == name)
    }
}

/// A judged article that waits to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedArticle {
    /// When it is its turn.
    pub turn: i64,
    /// Place in the file.
    pub position: i64,
    /// What the file says; its line is not kept.
    pub draft: Draft,
}

fn staged(row: &Row<'_>) -> Result<StagedArticle, StoreError> {
    let codes: String = row.get("codes")?;
    let mut codes = codes.split(CODE_SEPARATOR).map(str::to_owned);
    Ok(StagedArticle {
        turn: row.get("turn")?,
        position: row.get("position")?,
        draft: Draft {
            line: 0,
            code: codes.next().unwrap_or_default(),
            more_codes: codes.collect(),
            name: row.get("name")?,
            name_en: row.get("name_en")?,
            size: row.get("size")?,
            category: (row.get("category")?, row.get("category_en")?),
            unit: named(row, "unit", "import_article", Unit::from_name)?,
            price: Fen::new(row.get("price_minor")?),
            charged_percent: row.get("charged_percent")?,
        },
    })
}

impl View<'_> {
    /// How far the import is that is under way; nothing while there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn import_stage(&self) -> Result<Option<ImportStage>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT stage FROM import")?;
        let mut rows = statement.query([])?;
        rows.next()?
            .map(|row| named(row, "stage", "import", ImportStage::from_name))
            .transpose()
    }

    /// The next articles to apply, at most `limit`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn staged_articles(&self, limit: u32) -> Result<Vec<StagedArticle>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT * FROM import_article ORDER BY turn LIMIT ?1")?;
        let mut rows = statement.query([limit])?;
        let mut articles = Vec::new();
        while let Some(row) = rows.next()? {
            articles.push(staged(row)?);
        }
        Ok(articles)
    }
}

impl WriteTx<'_> {
    /// Begins an import. There must be none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin_import(&mut self) -> Result<(), StoreError> {
        self.conn().execute(
            "INSERT INTO import (one, stage) VALUES (1, ?1)",
            [ImportStage::Staging.name()],
        )?;
        Ok(())
    }

    /// Stages categories behind those that are staged.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn stage_categories(&mut self, categories: &[(String, String)]) -> Result<(), StoreError> {
        let mut statement = self
            .conn()
            .prepare_cached("INSERT INTO import_category (name, name_en) VALUES (?1, ?2)")?;
        for (name, name_en) in categories {
            statement.execute([name, name_en])?;
        }
        Ok(())
    }

    /// Stages articles, each with its place in the file, behind those that are staged.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn stage_articles(&mut self, articles: &[(i64, Draft)]) -> Result<(), StoreError> {
        let mut statement = self.conn().prepare_cached(
            "INSERT INTO import_article (position, codes, name, name_en, size, category, category_en, unit,
             price_minor, charged_percent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for (position, draft) in articles {
            let codes: Vec<&str> = draft.codes().collect();
            statement.execute(params![
                position,
                codes.join(CODE_SEPARATOR),
                draft.name,
                draft.name_en,
                draft.size,
                draft.category.0,
                draft.category.1,
                draft.unit.name(),
                draft.price.minor(),
                draft.charged_percent,
            ])?;
        }
        Ok(())
    }

    /// The whole file is staged: from now on the import goes on, whatever happens to the program.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end_staging(&mut self) -> Result<(), StoreError> {
        self.conn()
            .execute("UPDATE import SET stage = ?1", [ImportStage::Applying.name()])?;
        Ok(())
    }

    /// Puts at most `limit` staged categories into the catalogue; says how many there were.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn apply_categories(&mut self, limit: u32) -> Result<usize, StoreError> {
        let staged = self
            .conn()
            .prepare_cached("SELECT turn, name, name_en FROM import_category ORDER BY turn LIMIT ?1")?
            .query_map([limit], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
            .collect::<Result<Vec<(i64, (String, String))>, _>>()?;
        for (turn, names) in &staged {
            self.put_category(names)?;
            self.conn()
                .prepare_cached("DELETE FROM import_category WHERE turn = ?1")?
                .execute([turn])?;
        }
        Ok(staged.len())
    }

    /// Puts staged articles into the catalogue, each whole. Overlays of this till stay.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn apply_articles(&mut self, articles: &[(i64, i64, Prepared)]) -> Result<(), StoreError> {
        let version = self.view().setting_number(keys::CATALOGUE_VERSION)? + 1;
        let mut placed = Vec::with_capacity(articles.len());
        for (_, position, prepared) in articles {
            let names = &prepared.draft().category;
            let category_id = match self.view().category_id(&names.0)? {
                Some(category_id) => category_id,
                None => self.put_category(names)?,
            };
            let place = Place {
                category_id,
                version,
                position: *position,
            };
            placed.push((prepared, place));
        }
        let imported = self.put_articles(&placed)?;
        for (turn, _, _) in articles {
            self.conn()
                .prepare_cached("DELETE FROM import_article WHERE turn = ?1")?
                .execute([turn])?;
        }
        self.conn()
            .prepare_cached(
                "UPDATE import SET added = added + ?1, changed = changed + ?2, unchanged = unchanged + ?3",
            )?
            .execute([imported.added, imported.changed, imported.unchanged])?;
        Ok(())
    }

    /// Ends an import of which everything is applied: only now is the catalogue a newer one.
    ///
    /// # Errors
    /// When an article still waits, or it cannot be written.
    pub fn end_import(&mut self) -> Result<Imported, StoreError> {
        let imported = self.conn().query_row(
            "DELETE FROM import WHERE NOT EXISTS (SELECT 1 FROM import_article)
                 RETURNING added, changed, unchanged",
            [],
            |row| {
                Ok(Imported {
                    added: row.get(0)?,
                    changed: row.get(1)?,
                    unchanged: row.get(2)?,
                })
            },
        )?;
        let version = self.view().setting_number(keys::CATALOGUE_VERSION)? + 1;
        self.set_setting(keys::CATALOGUE_VERSION, &version.to_string())?;
        let said = Said::CatalogueImported {
            added: imported.added,
            changed: imported.changed,
        };
        self.say(None, &said)?;
        Ok(imported)
    }

    /// Forgets at most `limit` rows of a file that was not staged to its end, and at last the import
    /// itself. Says whether anything is left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_staged(&mut self, limit: u32) -> Result<bool, StoreError> {
        for sql in [
            "DELETE FROM import_article WHERE turn IN (SELECT turn FROM import_article ORDER BY turn LIMIT ?1)",
            "DELETE FROM import_category WHERE turn IN (SELECT turn FROM import_category ORDER BY turn LIMIT ?1)",
        ] {
            if self.conn().prepare_cached(sql)?.execute([limit])? > 0 {
                return Ok(true);
            }
        }
        self.conn().execute("DELETE FROM import", [])?;
        Ok(false)
    }
}
