//! One program at a time: an operating-system lock on a file, which no crash leaves behind.
//!
//! Deliberately not in it: waiting, and what is said to whoever comes second. Who takes a hold decides that.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// The hold on a file, given back when this is dropped.
#[derive(Debug)]
pub struct Hold(File);

impl Hold {
    /// Takes the hold on the file at `path`, making the file when there is none. Nothing when another has it.
    ///
    /// # Errors
    /// When the file cannot be opened or locked.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Hold {
    /// Gives the lock back by name. Closing the file alone would not do: a program that another thread is just
    /// starting has the open file too until it runs, and would keep the folder taken that long.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "a lock could not be given back; it ends with the program");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_the_next_only_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Hold::take(&path).unwrap().expect("nobody had it");
        assert!(Hold::take(&path).unwrap().is_none());
        drop(first);
        assert!(Hold::take(&path).unwrap().is_some());
    }

    #[test]
    fn f08_a_program_that_is_just_being_started_does_not_keep_what_was_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Hold::take(&path).unwrap().expect("nobody had it");
        // What a child has between its beginning and its own program: the same open file.
        let inherited = first.0.try_clone().unwrap();
        drop(first);
        assert!(Hold::take(&path).unwrap().is_some());
        drop(inherited);
    }

    #[test]
    fn a_place_that_is_not_there_is_an_error_and_not_a_hold() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Hold::take(&folder.path().join("missing/lock")).is_err());
    }
}
