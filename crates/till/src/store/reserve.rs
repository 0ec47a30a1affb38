//! Room on the disk: sales are refused before money is taken, and a reserve file keeps enough aside that
//! what is under way can still be finished and told.

use std::fs::OpenOptions;
use std::path::Path;

use super::error::StoreError;

const NAME: &str = "reserve.bin";
/// What the reserve file holds back: the log and the journal of finishing one sale many times over.
const RESERVE_BYTES: u64 = 4 * 1024 * 1024;
/// Least free bytes with which a new sale begins: far more than a day of selling writes.
pub const FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// Makes the reserve file unless it is there.
pub(super) fn make(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(NAME);
    let fail = |source| StoreError::File {
        path: path.clone(),
        source,
    };
    if std::fs::metadata(&path).is_ok_and(|about| about.len() == RESERVE_BYTES) {
        return Ok(());
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(fail)?;
    match fs4::fs_std::FileExt::allocate(&file, RESERVE_BYTES) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            tracing::warn!("no room for the reserve file; sales are refused until there is");
            Ok(())
        }
        Err(error) => Err(fail(error)),
    }
}

/// Whether new sales may begin. When nobody can say how much is free, they may: a commit that fails says
/// so before money is taken.
pub(super) fn has_room(folder: &Path, free_bytes_min: u64) -> bool {
    fs4::available_space(folder).map_or(true, |free| free >= free_bytes_min)
}
