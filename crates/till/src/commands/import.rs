//! Reading a catalogue file in without selling ever waiting for it.
//!
//! The file is judged as a whole before anything is written. Then its rows are staged, and applied a few at
//! a time; between two steps everybody else gets in. A crash while rows are staged leaves the catalogue as
//! it was; a crash afterwards is gone on from. Who takes the steps is not said here: the till itself, or
//! the shell with the counter in between.

use crate::catalogue::file::{self, Draft};
use crate::catalogue::reading::readings;
use crate::commands::glance::Glance;
use crate::rpc::views::CatalogueReport;
use crate::rpc::{Code, Problem};
use crate::store::{Halt, ImportStage, Imported, Prepared, StagedArticle, WriteTx};
use crate::till::Till;

/// Articles applied in one transaction. An article is some twenty rows in five indexes, so this many hold
/// the writer for a few milliseconds: less than a frame of the screen, and less than a scan takes to be read.
const ARTICLES_PER_STEP: u32 = 24;
/// Rows staged, forgotten or compared in one go. They go to the end of one table, about two microseconds
/// each, so this many hold the writer about as long as a step of articles does.
const ROWS_PER_STEP: u32 = 500;
/// Categories put in place in one transaction: two small rows each.
const CATEGORIES_PER_STEP: u32 = 100;

/// A file that may be read in.
#[derive(Debug)]
pub struct Judged {
    drafts: Vec<Draft>,
}

/// Where the steps are taken. Each call is one short turn; others may come between two.
pub trait Desk {
    /// Reads what is committed.
    ///
    /// # Errors
    /// What `work` refused, or that it cannot be read.
    fn read<T>(&self, work: impl FnOnce(&Glance<'_>) -> Result<T, Halt>) -> Result<T, Problem>;

    /// One transaction, durable when this returns.
    ///
    /// # Errors
    /// What `work` refused, or that it could not be saved.
    fn write<T>(&mut self, work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, Halt>) -> Result<T, Problem>;
}

impl Desk for Till {
    fn read<T>(&self, work: impl FnOnce(&Glance<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        Self::read(self, work)
    }

    fn write<T>(&mut self, work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        Self::write(self, work)
    }
}

/// Judges a whole file by itself; touches nothing.
///
/// # Errors
/// [`Code::CatalogueMalformed`] with `line`, `column`, `reason`.
pub fn judge(csv: &str) -> Result<Judged, Problem> {
    file::read(csv).map(|drafts| Judged { drafts })
}

/// Reads a judged file in, or with `dry_run` says what that would change. An import that was cut short is
/// finished first. Imports must come here one after another.
///
/// # Errors
/// [`Code::CatalogueMalformed`] when a code belongs to another article: nothing was changed then. When a
/// step cannot be saved, the import stands where it is and [`finish`] goes on with it.
pub fn import(desk: &mut impl Desk, judged: Judged, dry_run: bool) -> Result<CatalogueReport, Problem> {
    if !dry_run {
        finish(desk)?;
    }
    for drafts in judged.drafts.chunks(ROWS_PER_STEP as usize) {
        desk.read(|glance| refuse_foreign_codes(glance, drafts))?;
    }
    if dry_run {
        let imported = desk.read(|glance| Ok(glance.view.compare(judged.drafts.iter())?));
        return imported.map(report);
    }
    stage(desk, judged)?;
    apply(desk).map(report)
}

/// Finishes an import that was cut short: goes on with one that is staged, forgets one that is not. Says
/// what was read in, if anything.
///
/// # Errors
/// When a step cannot be saved; the import stands where it is then.
pub fn finish(desk: &mut impl Desk) -> Result<Option<CatalogueReport>, Problem> {
    match desk.read(|glance| Ok(glance.view.import_stage()?))? {
        None => Ok(None),
        Some(ImportStage::Staging) => {
            while desk.write(|tx| Ok(tx.forget_staged(ROWS_PER_STEP)?))? {}
            Ok(None)
        }
        Some(ImportStage::Applying) => apply(desk).map(|imported| Some(report(imported))),
    }
}

const fn report(imported: Imported) -> CatalogueReport {
    CatalogueReport {
        added: imported.added,
        changed: imported.changed,
        unchanged: imported.unchanged,
    }
}

fn refuse_foreign_codes(glance: &Glance<'_>, drafts: &[Draft]) -> Result<(), Halt> {
    for draft in drafts {
        for code in draft.codes() {
            if glance.view.code_of_another(code, &draft.code)? {
                return Err(Problem::new(Code::CatalogueMalformed)
                    .with("line", draft.line)
                    .with("column", "条码")
                    .with("reason", "CODE_OF_ANOTHER")
                    .into());
            }
        }
    }
    Ok(())
}

/// Stages the whole file. Until the last transaction here the catalogue and the import can be forgotten.
fn stage(desk: &mut impl Desk, judged: Judged) -> Result<(), Problem> {
    let categories = categories(&judged.drafts);
    let articles = in_order_of_application(judged.drafts);
    desk.write(|tx| Ok(tx.begin_import()?))?;
    for some in categories.chunks(ROWS_PER_STEP as usize) {
        desk.write(|tx| Ok(tx.stage_categories(some)?))?;
    }
    for some in articles.chunks(ROWS_PER_STEP as usize) {
        desk.write(|tx| Ok(tx.stage_articles(some)?))?;
    }
    desk.write(|tx| Ok(tx.end_staging()?))
}

/// Each category once, in the order of the file.
fn categories(drafts: &[Draft]) -> Vec<(String, String)> {
    let mut seen = std::collections::HashSet::new();
    let names = drafts.iter().map(|draft| &draft.category);
    names
        .filter(|names| seen.insert(names.0.as_str()))
        .cloned()
        .collect()
}

/// Articles with their place in the file, those that sound alike together: what they are found by then lies
/// close together in the index, and a step touches few of its pages.
fn in_order_of_application(drafts: Vec<Draft>) -> Vec<(i64, Draft)> {
    let mut articles: Vec<(i64, Draft)> = (0_i64..).zip(drafts).collect();
    articles.sort_by_cached_key(|(position, draft)| (readings(&draft.name, "").shown, *position));
    articles
}

/// Applies what is staged, to the end.
fn apply(desk: &mut impl Desk) -> Result<Imported, Problem> {
    while desk.write(|tx| Ok(tx.apply_categories(CATEGORIES_PER_STEP)?))? > 0 {}
    loop {
        let staged = desk.read(|glance| Ok(glance.view.staged_articles(ARTICLES_PER_STEP)?))?;
        if staged.is_empty() {
            return desk.write(|tx| Ok(tx.end_import()?));
        }
        let prepared: Vec<_> = staged.into_iter().map(prepared).collect();
        desk.write(|tx| Ok(tx.apply_articles(&prepared)?))?;
    }
}

/// What is slow about an article is worked out before the transaction begins.
fn prepared(staged: StagedArticle) -> (i64, i64, Prepared) {
    (staged.turn, staged.position, Prepared::new(staged.draft))
}
