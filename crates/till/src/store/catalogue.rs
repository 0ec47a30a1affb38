//! The catalogue in the database: articles by code, and tiles. Putting articles in is `articles`.

use rusqlite::{OptionalExtension, Row, params};
use suanpan_domain::quantity::Unit;

use super::error::StoreError;
use super::rows::ArticleRow;
use super::view::{View, named};

/// An article with overlays applied: what was changed here and not yet accepted by the centre wins.
pub(super) const ARTICLE: &str = "SELECT a.article_key, a.article_id, a.code,
    COALESCE((SELECT value FROM overlay o WHERE o.article_id = a.article_id AND o.field = 'NAME'), a.name) AS name,
    a.name_en, a.size, a.unit, COALESCE((SELECT CAST(value AS INTEGER) FROM overlay o
    WHERE o.article_id = a.article_id AND o.field = 'PRICE'), a.price_minor) AS price_minor,
    a.charged_percent, a.pinyin, a.initials, a.version FROM article a";

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
