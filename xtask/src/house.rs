//! Where the repository and its build folder are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository on this machine.
pub struct House {
    root: PathBuf,
    target: PathBuf,
}

impl House {
    /// Finds the repository this program was built from.
    ///
    /// # Errors
    /// When the folder has been moved or deleted since.
    pub fn find() -> Result<Self> {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = xtask
            .parent()
            .context("xtask lies directly in the repository")?
            .to_path_buf();
        anyhow::ensure!(
            root.join("Cargo.toml").is_file(),
            "the repository is no longer at {}",
            root.display()
        );
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The repository with another build folder.
    #[cfg(test)]
    pub fn with_target(target: &Path) -> Self {
        let found = Self::find().expect("the tests run in the repository");
        Self {
            root: found.root,
            target: target.to_path_buf(),
        }
    }

    /// The repository's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The build folder, cargo's and our own.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A program the workspace builds, in the folder of the profile asked for.
    pub fn program(&self, name: &str, release: bool) -> PathBuf {
        let profile = if release { "release" } else { "debug" };
        self.target.join(profile).join(name)
    }
}
