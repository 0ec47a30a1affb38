//! Folders of a run: in memory where the machine has such a place, gone when the run ends.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// A folder that goes when it is dropped.
///
/// # Errors
/// When no folder can be made.
pub fn folder() -> io::Result<TempDir> {
    let within = if Path::new(MEMORY).is_dir() {
        PathBuf::from(MEMORY)
    } else {
        std::env::temp_dir()
    };
    tempfile::Builder::new().prefix("suanpan-sim-").tempdir_in(within)
}

/// Makes `to` hold exactly the files of `from`, as a restore from a backup does. The shared memory of
/// SQLite is left out: it is rebuilt from the log by whoever opens the files first.
///
/// # Errors
/// Those of the file system.
pub fn replace(from: &Path, to: &Path) -> io::Result<()> {
    if to.is_dir() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with("-shm") {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            replace(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_folder_holds_nothing_younger() {
        let folder = folder().unwrap();
        let (now, copy) = (folder.path().join("now"), folder.path().join("copy"));
        fs::create_dir_all(&now).unwrap();
        fs::write(now.join("a"), "1").unwrap();
        replace(&now, &copy).unwrap();
        fs::write(now.join("b"), "2").unwrap();
        replace(&copy, &now).unwrap();
        assert!(now.join("a").exists() && !now.join("b").exists());
    }
}
