//! Folders that only their owner may look into: what a till keeps holds the hashes of its people's PINs.
//!
//! Deliberately not in it: files. In such a folder nobody else reaches them.

use std::io;
use std::path::Path;

/// Makes a folder, and those above it that are missing, for its owner alone. One that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn make(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// As [`make`], and takes away what others may do in a folder that is there, as after a copy that lost its mode.
///
/// # Errors
/// When it cannot be made, or is somebody else's.
pub fn make_own(folder: &Path) -> io::Result<()> {
    make(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut permissions = std::fs::metadata(folder)?.permissions();
        if permissions.mode() & 0o077 != 0 {
            tracing::warn!(path = %folder.display(), "others could look into the till's folder; taken away");
            permissions.set_mode(0o700);
            std::fs::set_permissions(folder, permissions)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(folder: &Path) -> u32 {
        let folder = std::fs::metadata(folder).expect("the folder was just made");
        folder.permissions().mode() & 0o777
    }

    #[test]
    fn a_folder_is_its_owners_alone_and_only_an_own_one_is_made_so_afterwards() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("data/till");
        make_own(&folder).unwrap();
        assert_eq!((mode(&folder), mode(folder.parent().unwrap())), (0o700, 0o700));
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        make(&folder).unwrap();
        assert_eq!(mode(&folder), 0o755);
        make_own(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
    }
}
