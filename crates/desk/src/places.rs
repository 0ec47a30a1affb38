//! Where the desktop program keeps its things. Two folders: the shop's data, which is backed up, and this
//! machine's state, which is not.

use std::path::{Path, PathBuf};

use suanpan_till::till::witness_path;

/// The folder of everything of ours inside a person's own folders.
const OURS: &str = "suanpan";

/// The two folders and what is where in them.
#[derive(Clone, Debug)]
pub struct Places {
    data: PathBuf,
    state: PathBuf,
}

impl Places {
    /// These two folders.
    #[must_use]
    pub const fn new(data: PathBuf, state: PathBuf) -> Self {
        Self { data, state }
    }

    /// Data in `data`, or else where this system keeps a person's data. Nothing when the system does not say
    /// where that is.
    #[must_use]
    pub fn of_person(data: Option<PathBuf>) -> Option<Self> {
        let home = folder("HOME");
        let local = folder("LOCALAPPDATA");
        let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let own = |given: &str, below: &str| {
            let base = folder(given)
                .or_else(|| local.clone())
                .or_else(|| below_home(below));
            base.map(|base| base.join(OURS))
        };
        let data = data.or_else(|| own("XDG_DATA_HOME", ".local/share"))?;
        let state = own("XDG_STATE_HOME", ".local/state").unwrap_or_else(|| data.join("state"));
        Some(Self { data, state })
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The state folder: window places, sockets, witnesses.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The real till's folder.
    #[must_use]
    pub fn till(&self) -> PathBuf {
        self.data.join("till")
    }

    /// The real till's witness, which lies outside of its data and their backups. The till's folder has to be
    /// there.
    #[must_use]
    pub fn witness(&self) -> PathBuf {
        witness_path(&self.state, &self.till())
    }

    /// Everything of practice, and nothing else.
    #[must_use]
    pub fn practice(&self) -> PathBuf {
        self.data.join("practice")
    }

    /// The logs.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// A file of the state folder that belongs to this data folder: of two data folders each has its own.
    #[must_use]
    pub fn own_state(&self, name: &str) -> PathBuf {
        let witness = witness_path(Path::new(name), &self.data);
        let hash = witness
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.state.join(hash.replacen("witness", name, 1))
    }
}

fn folder(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_data_folders_share_no_state_file() {
        let at = |data: &str| Places::new(data.into(), "state".into()).own_state("focus");
        assert_ne!(at("a"), at("b"));
        assert!(at("a").to_string_lossy().contains("focus-"));
    }
}
