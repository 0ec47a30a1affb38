//! The file in which a sandbox keeps its orders from one start to the next.
//!
//! Play money: a file that cannot be written is said in the log and stops nobody.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::core::platform::Platform;

/// Writes the orders whenever they have changed.
pub(crate) struct Keeper {
    file: PathBuf,
    written: Mutex<String>,
}

impl Keeper {
    /// Takes up what `file` holds; a file that is not there holds nothing.
    pub(crate) fn recall(file: PathBuf, platform: &mut Platform) -> io::Result<Self> {
        let written = match std::fs::read_to_string(&file) {
            Ok(text) => {
                platform.recall(&text)?;
                text
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        Ok(Self {
            file,
            written: Mutex::new(written),
        })
    }

    /// Writes the orders if they are others than before. The caller holds the platform, so the order of writes is
    /// the order of changes.
    pub(crate) fn keep(&self, platform: &Platform) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        match platform.kept() {
            Ok(text) if text == *written => {}
            Ok(text) => match self.write(&text) {
                Ok(()) => *written = text,
                Err(error) => tracing::warn!(%error, "the orders are not kept"),
            },
            Err(error) => tracing::warn!(%error, "the orders cannot be kept"),
        }
    }

    /// Whole or not at all: a reader never sees half of it.
    fn write(&self, text: &str) -> io::Result<()> {
        let draft = self.file.with_extension("draft");
        std::fs::write(&draft, text)?;
        std::fs::rename(&draft, &self.file)
    }
}
