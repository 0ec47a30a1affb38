//! A till's folder with a large catalogue, read in once for all rows that need one, and copied for each.

use std::fs;
use std::path::{Path, PathBuf};

use super::Bench;
use super::clock::Watch;
use super::problem::BenchError;
use super::shop::Counter;

/// The largest catalogue the targets speak of.
const ARTICLES_FULL: usize = 100_000;
const ARTICLES_SMOKE: usize = 500;

impl Bench {
    /// How many articles a large catalogue has.
    #[must_use]
    pub const fn articles(&self) -> usize {
        self.scale.choose(ARTICLES_FULL, ARTICLES_SMOKE)
    }

    /// A till in `folder` with a large catalogue.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn stocked(&self, folder: &Path) -> Result<Counter, BenchError> {
        let original = self.original()?;
        copy(&original, folder)?;
        let mut counter = Counter::open_empty(folder)?;
        counter.know(self.articles());
        Ok(counter)
    }

    fn original(&self) -> Result<PathBuf, BenchError> {
        let folder = self.folder.join("stocked");
        if folder.exists() {
            return Ok(folder);
        }
        let watch = Watch::start();
        let fresh = self.folder.join("stocking");
        let counter = Counter::open(&fresh, self.articles())?;
        counter
            .into_till()
            .close()
            .map_err(|problem| BenchError::product("close", problem))?;
        fs::rename(&fresh, &folder)?;
        eprintln!(
            "bench: {} articles read in, {:.1} s",
            self.articles(),
            watch.seconds()
        );
        Ok(folder)
    }
}

/// Copies a folder with everything in it.
///
/// # Errors
/// When it cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            // Otherwise the system writes it back while somebody else's flush is measured.
            fs::File::open(&target)?.sync_all()?;
        }
    }
    Ok(())
}
