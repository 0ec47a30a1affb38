//! What the lobby remembers from one start to the next: which till was open.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

const FILE: &str = "desk.json";

/// Which till was open last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remembered {
    /// None was.
    #[default]
    Nothing,
    /// Practice; its folder is in use.
    Practice,
    /// The shop's.
    Shop,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    open: Remembered,
}

impl Remembered {
    /// What `folder` remembers. A note that cannot be read is as none: the real till's own data says whether it
    /// belongs to a shop.
    pub fn recall(folder: &Path) -> Self {
        let Ok(text) = std::fs::read_to_string(folder.join(FILE)) else {
            return Self::Nothing;
        };
        let content: Content = serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "what was open last cannot be read");
            Content::default()
        });
        content.open
    }

    /// Notes it, whole or not at all.
    pub fn note(self, folder: &Path) -> io::Result<()> {
        let draft = folder.join(format!("{FILE}.draft"));
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(&serde_json::to_vec(&Content { open: self })?)?;
        // Before the name: a power cut must not leave an empty note under it.
        file.sync_all()?;
        std::fs::rename(draft, folder.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_recalled_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Remembered::recall(folder.path()), Remembered::Nothing);
        for open in [Remembered::Practice, Remembered::Shop, Remembered::Nothing] {
            open.note(folder.path()).unwrap();
            assert_eq!(Remembered::recall(folder.path()), open);
        }
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(Remembered::recall(folder.path()), Remembered::Nothing);
    }
}
