//! Where the practice shop keeps its data: a folder that vanishes, or one that is kept and used again.
//!
//! A kept folder remembers the addresses its parts had, because the till has pinned the centre's and the
//! centre has noted the sandbox's.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

const MEMORY_FILE: &str = "practice-shop.json";

/// The practice shop's folder.
pub struct Place {
    folder: PathBuf,
    /// Deletes the folder when the shop is closed, unless a person asked to keep it.
    _vanishing: Option<TempDir>,
}

/// What a kept folder must find again.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Memory {
    /// `host:port` of the sandbox.
    pub sandbox: Option<String>,
    /// `host:port` of the centre.
    pub centre: Option<String>,
    /// `host:port` of the existing contract's door.
    #[serde(default)]
    pub inner: Option<String>,
    /// The store's id at the centre.
    pub store: Option<String>,
    /// Merchants the centre was given, as they are announced.
    #[serde(default)]
    pub merchants: Vec<Merchant>,
    /// Port of the broker, if it has had one: its queues are kept under it.
    #[serde(default)]
    pub broker: Option<u16>,
    /// How many tills have been enrolled.
    #[serde(default)]
    pub tills: usize,
}

/// A merchant account the centre collects on.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Merchant {
    /// The channel's code, such as `WECHAT_PAY`.
    pub channel: String,
    /// The centre's id of the account.
    #[serde(rename = "enterpriseId")]
    pub enterprise_id: String,
}

impl Place {
    /// A folder that vanishes, or the one given.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(kept: Option<&Path>) -> Result<Self> {
        match kept {
            Some(folder) => {
                fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
                Ok(Self {
                    folder: folder.canonicalize()?,
                    _vanishing: None,
                })
            }
            None => {
                let vanishing = tempfile::Builder::new().prefix("suanpan-demo-").tempdir()?;
                Ok(Self {
                    folder: vanishing.path().to_path_buf(),
                    _vanishing: Some(vanishing),
                })
            }
        }
    }

    /// A folder inside it.
    pub fn inside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What an earlier run left to be found again; nothing in a new folder.
    ///
    /// # Errors
    /// When the file is there and cannot be understood: it is never guessed at.
    pub fn remember(&self) -> Result<Memory> {
        let path = self.inside(MEMORY_FILE);
        if !path.exists() {
            return Ok(Memory::default());
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Notes what the next run must find again.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note(&self, memory: &Memory) -> Result<()> {
        let text = serde_json::to_string_pretty(memory)?;
        write_whole(&self.inside(MEMORY_FILE), &text)
    }
}

/// Writes a file so that a reader sees all of it or the old one, never half.
///
/// # Errors
/// When the folder does not take it.
pub fn write_whole(path: &Path, text: &str) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let complaint = || format!("cannot write {}", path.display());
    let draft = tempfile::NamedTempFile::new_in(folder).with_context(complaint)?;
    fs::write(draft.path(), text).with_context(complaint)?;
    draft.persist(path).with_context(complaint)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vanishing_place_leaves_nothing_behind() {
        let place = Place::open(None).unwrap();
        let folder = place.inside("");
        fs::write(place.inside("file"), "x").unwrap();
        drop(place);
        assert!(!folder.exists());
    }

    #[test]
    fn a_kept_place_remembers() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("shop");
        let memory = Memory {
            centre: Some(String::from("127.0.0.1:1")),
            tills: 2,
            ..Memory::default()
        };
        let place = Place::open(Some(&folder)).unwrap();
        assert_eq!(place.remember().unwrap(), Memory::default());
        place.note(&memory).unwrap();
        drop(place);
        assert_eq!(Place::open(Some(&folder)).unwrap().remember().unwrap(), memory);
    }

    #[test]
    fn a_damaged_memory_is_refused_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(MEMORY_FILE);
        fs::write(&file, "{").unwrap();
        assert!(Place::open(Some(folder.path())).unwrap().remember().is_err());
        assert_eq!(fs::read_to_string(file).unwrap(), "{");
    }
}
