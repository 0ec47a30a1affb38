//! The centre's identity: one Ed25519 key in a file that only its owner may read, made at first start.
//!
//! Answers are signed with it, the TLS certificate is made from it, and tills pin its fingerprint. It is
//! never written anywhere else.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_wire::sign::SigningKey;

use crate::rng::Rng;

/// Name of the file in the data folder.
pub const IDENTITY_FILE: &str = "identity.key";

/// The seed of the identity key, 32 bytes.
pub struct Identity([u8; 32]);

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("{0} can be read by others than its owner: set its mode to 0600")]
    Readable(PathBuf),
    /// Its content is not 32 bytes in base64.
    #[error("{0} is damaged; it is left alone")]
    Damaged(PathBuf),
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// Reads the identity of a data folder, or makes one at first start.
    ///
    /// # Errors
    /// [`IdentityError`]; a damaged file is never replaced, since every till has pinned what was in it.
    pub fn open(folder: &Path, rng: &dyn Rng) -> Result<Self, IdentityError> {
        let path = folder.join(IDENTITY_FILE);
        if path.exists() {
            Self::read(&path)
        } else {
            Self::make(&path, rng)
        }
    }

    fn read(path: &Path) -> Result<Self, IdentityError> {
        if is_readable_by_others(path).map_err(|source| io(path, source))? {
            return Err(IdentityError::Readable(path.to_owned()));
        }
        let text = fs::read_to_string(path).map_err(|source| io(path, source))?;
        let seed = STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        seed.map(Self)
            .ok_or_else(|| IdentityError::Damaged(path.to_owned()))
    }

    fn make(path: &Path, rng: &dyn Rng) -> Result<Self, IdentityError> {
        let mut seed = [0; 32];
        rng.fill(&mut seed);
        let mut file = private_file(path).map_err(|source| io(path, source))?;
        let written = writeln!(file, "{}", STANDARD.encode(seed)).and_then(|()| file.sync_all());
        written.map_err(|source| io(path, source))?;
        Ok(Self(seed))
    }

    /// The key that signs answers.
    ///
    /// # Panics
    /// Never: a seed of 32 bytes is always a key.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::try_from_seed(&self.0).expect("32 bytes are always an Ed25519 seed")
    }

    /// The private key as PKCS#8 (RFC 8410, section 7), for the certificate.
    #[must_use]
    pub fn pkcs8(&self) -> Vec<u8> {
        const PREFIX: [u8; 16] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ];
        [PREFIX.as_slice(), self.0.as_slice()].concat()
    }
}

fn io(path: &Path, source: std::io::Error) -> IdentityError {
    IdentityError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A new file that only its owner may read; one that is there is not touched.
///
/// # Errors
/// When it is there already, or cannot be made.
pub fn private_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Whether anybody but the owner may read a file. Where files have no such modes, the folder's own
/// protection counts.
///
/// # Errors
/// When it cannot be looked at.
pub fn is_readable_by_others(path: &Path) -> std::io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        fs::metadata(path).map(|_| false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let made = Identity::open(folder.path(), &|bytes: &mut [u8]| bytes.fill(7)).unwrap();
        let kept = Identity::open(folder.path(), &|bytes: &mut [u8]| bytes.fill(8)).unwrap();
        assert_eq!(made.signing_key().public(), kept.signing_key().public());
    }

    #[test]
    fn a_damaged_identity_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(IDENTITY_FILE);
        writeln!(private_file(&path).unwrap(), "not a key").unwrap();
        let refused = Identity::open(folder.path(), &|_: &mut [u8]| ()).unwrap_err();
        assert!(matches!(refused, IdentityError::Damaged(_)));
        assert_eq!(fs::read_to_string(path).unwrap(), "not a key\n");
    }

    #[cfg(unix)]
    #[test]
    fn an_identity_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Identity::open(folder.path(), &|bytes: &mut [u8]| bytes.fill(7)).unwrap();
        let path = folder.path().join(IDENTITY_FILE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = Identity::open(folder.path(), &|_: &mut [u8]| ()).unwrap_err();
        assert!(matches!(refused, IdentityError::Readable(_)));
    }
}
