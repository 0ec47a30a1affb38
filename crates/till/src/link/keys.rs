//! The till's private key: a file that only its owner may read, made once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_wire::sign::SigningKey;

use crate::host::Host;
use crate::rpc::{Code, Problem};

/// Name of the file in the data folder.
pub const KEY_NAME: &str = "till.key";
/// An Ed25519 seed.
const SEED_BYTES: usize = 32;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{path} does not hold a key")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl KeyError {
    /// The sentence for people.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (code, path) = match self {
            Self::File { path, .. } => (Code::DatabaseUnreadable, path),
            Self::Damaged { path } => (Code::DatabaseDamaged, path),
        };
        Problem::new(code).with("path", path.display())
    }
}

/// The key in `folder`, made when there is none. A file that is there is never replaced.
///
/// # Errors
/// [`KeyError`].
pub fn load_or_make(folder: &Path, host: &dyn Host) -> Result<SigningKey, KeyError> {
    let path = folder.join(KEY_NAME);
    let at = |source| KeyError::File {
        path: path.clone(),
        source,
    };
    if !path.exists() {
        make(folder, &path, host).map_err(at)?;
    }
    restrict(&path).map_err(at)?;
    let text = fs::read_to_string(&path).map_err(at)?;
    let damaged = || KeyError::Damaged { path: path.clone() };
    let seed = STANDARD.decode(text.trim()).map_err(|_| damaged())?;
    SigningKey::try_from_seed(&seed).map_err(|_| damaged())
}

/// Writes a whole new file beside its place and links it there, so that nobody ever sees half a key and
/// of two makers at once the first wins.
fn make(folder: &Path, path: &Path, host: &dyn Host) -> io::Result<()> {
    let mut seed = [0; SEED_BYTES];
    host.random(&mut seed);
    let mut suffix = [0; 8];
    host.random(&mut suffix);
    let draft = folder.join(format!("{KEY_NAME}.{:016x}", u64::from_le_bytes(suffix)));
    let written = write_draft(&draft, &STANDARD.encode(seed));
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has links; renaming is as whole, and the folder is locked by this program.
        Err(_) => fs::rename(&draft, path),
        Ok(()) => Ok(()),
    });
    if draft.exists() {
        fs::remove_file(&draft)?;
    }
    linked?;
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn write_draft(draft: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(draft)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// Takes away what others may do with the file, as after a copy that lost its mode.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the till's key; taken away");
        permissions.set_mode(0o600);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::SystemHost;

    #[test]
    fn a_key_is_made_once_and_read_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let host = SystemHost::new();
        let made = load_or_make(folder.path(), &host).unwrap();
        let again = load_or_make(folder.path(), &host).unwrap();
        assert_eq!(made.public(), again.public());
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no draft is left"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.path().join(KEY_NAME);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            load_or_make(folder.path(), &host).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_said_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_NAME);
        fs::write(&path, "not a key").unwrap();
        let problem = load_or_make(folder.path(), &SystemHost::new())
            .unwrap_err()
            .problem();
        assert_eq!(problem.code, Code::DatabaseDamaged);
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
    }
}
