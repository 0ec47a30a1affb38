//! Articles: tiles, and what a text in the box means right now. Reading a file in is `import`.

use suanpan_domain::quantity::Quantity;

use super::glance::{Glance, shown_article};
use crate::grammar;
use crate::rpc::PreviewText;
use crate::rpc::views::{ArticleHit, CategoryTiles, Preview};
use crate::sale::priced_article;
use crate::store::Halt;

/// Candidates under the box: what fits there without scrolling.
pub(super) const HITS_MAX: usize = 8;
/// Tiles of one category: five screens of twenty.
const TILES_MAX: u32 = 100;

pub(super) fn tiles(glance: &Glance<'_>) -> Result<Vec<CategoryTiles>, Halt> {
    let categories = glance.view.categories(TILES_MAX)?;
    Ok(categories
        .into_iter()
        .map(|category| CategoryTiles {
            name: category.name,
            name_en: category.name_en,
            tiles: category.articles.iter().map(shown_article).collect(),
        })
        .collect())
}

pub(super) fn search(glance: &Glance<'_>, request: &PreviewText) -> Result<Vec<ArticleHit>, Halt> {
    let text = match grammar::parse(&request.text)? {
        grammar::Said::Article { text, .. } => text,
        grammar::Said::Empty | grammar::Said::Quantity(_) => return Ok(Vec::new()),
    };
    let found = glance.view.search(&text, HITS_MAX)?;
    Ok(found.iter().map(shown_article).collect())
}

pub(super) fn preview(glance: &Glance<'_>, request: &PreviewText) -> Result<Preview, Halt> {
    match preview_or_refuse(glance, request) {
        Err(Halt::No(problem)) => Ok(Preview::Invalid { problem }),
        other => other,
    }
}

fn preview_or_refuse(glance: &Glance<'_>, request: &PreviewText) -> Result<Preview, Halt> {
    let (text, quantity_milli) = match grammar::parse(&request.text)? {
        grammar::Said::Empty => return Ok(Preview::Empty),
        grammar::Said::Quantity(quantity_milli) => {
            return Ok(Preview::Quantity {
                quantity_milli,
                line_name: line_name(glance, request.line_id.as_deref())?,
            });
        }
        grammar::Said::Article { quantity_milli, text } => {
            (text, quantity_milli.unwrap_or(Quantity::ONE.milli()))
        }
    };
    if let Some(article) = glance.view.article_by_code(&text)? {
        return Ok(Preview::Article {
            amount_minor: priced_article(&article, quantity_milli)?.minor(),
            article: shown_article(&article),
            quantity_milli,
        });
    }
    let hits = glance.view.search(&text, HITS_MAX)?;
    if hits.is_empty() {
        return Ok(Preview::NoMatch { text });
    }
    Ok(Preview::Candidates {
        quantity_milli,
        hits: hits.iter().map(shown_article).collect(),
    })
}

/// Name of the named line, else of the newest.
fn line_name(glance: &Glance<'_>, line_id: Option<&str>) -> Result<Option<String>, Halt> {
    let Some(order_id) = glance.view.current_order_id()? else {
        return Ok(None);
    };
    let lines = glance.view.lines(&order_id)?;
    let named = lines.iter().find(|line| Some(line.line_id.as_str()) == line_id);
    Ok(named.or(lines.last()).map(|line| line.name.clone()))
}
