//! The witness: a small file outside the data folder and its backups that remembers how far the till was.
//!
//! A data folder that is behind its witness was restored from a copy. Two slots are written in turn, each
//! with a checksum, so that a cut in the middle leaves the other. Only a reservation of numbers waits for
//! the disk; the head is written without, because a witness that is a little behind does no harm.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use suanpan_domain::number;
use suanpan_wire::journal::Mark;
use suanpan_wire::sign::{hex, sha256};

use super::error::StoreError;

/// One slot fills one sector of every disk, so it is written whole or not at all.
const SLOT_BYTES: usize = 512;
/// How far ahead numbers are reserved: one wait for the disk per minute of selling, and after a crash
/// numbers run at most a minute ahead of the clock.
pub(super) const RESERVE_MS: i64 = 60_000;

/// What the witness saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    counter: u64,
    /// Epoch of the journal's head.
    pub(super) epoch: u32,
    /// Sequence of the journal's head.
    pub(super) seq: u64,
    /// Hash of the journal's head.
    pub(super) hash: String,
    /// No number at or below this may be handed out again.
    pub(super) reserved_ms: i64,
}

impl Seen {
    /// The numbers that must not be handed out again.
    pub(super) const fn floor(&self) -> number::Mark {
        number::Mark {
            last_ms: self.reserved_ms,
            sequence: 0,
        }
    }

    /// Whether data with this head is an older copy of what the witness saw.
    pub(super) fn is_ahead_of(&self, head: &Mark) -> bool {
        let here = (head.epoch, head.seq);
        let seen = (self.epoch, self.seq);
        here < seen || (here == seen && head.hash != self.hash)
    }
}

/// The open witness file.
#[derive(Debug)]
pub(super) struct Witness {
    path: PathBuf,
    file: File,
    waits: bool,
    seen: Option<Seen>,
}

impl Witness {
    /// Opens or makes the file, readable by its owner only. `waits` false never waits for the disk.
    pub(super) fn open(path: &Path, waits: bool) -> Result<Self, StoreError> {
        let fail = |source| StoreError::File {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent() {
            crate::private::make(folder).map_err(fail)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(fail)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fail)?;
        let seen = bytes
            .chunks(SLOT_BYTES)
            .filter_map(read_slot)
            .max_by_key(|seen| seen.counter);
        Ok(Self {
            path: path.to_owned(),
            file,
            waits,
            seen,
        })
    }

    /// What was seen last; nothing for a new witness.
    pub(super) const fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref()
    }

    /// Reserves numbers up to well after `mark`, durably, when it is not reserved yet.
    pub(super) fn reserve(&mut self, mark: number::Mark, head: &Mark) -> Result<(), StoreError> {
        if self
            .seen
            .as_ref()
            .is_some_and(|seen| mark.last_ms < seen.reserved_ms)
        {
            return Ok(());
        }
        self.write(head, mark.last_ms + RESERVE_MS)?;
        if self.waits {
            self.file.sync_data().map_err(|source| self.failed(source))?;
        }
        Ok(())
    }

    /// Remembers the head after a commit.
    pub(super) fn note(&mut self, head: &Mark) -> Result<(), StoreError> {
        let reserved = self.seen.as_ref().map_or(0, |seen| seen.reserved_ms);
        self.write(head, reserved)
    }

    /// Remembers the head at a proper end, giving back what was reserved and not used.
    pub(super) fn close(&mut self, head: &Mark, mark: number::Mark) -> Result<(), StoreError> {
        self.write(head, mark.last_ms + 1)?;
        if self.waits {
            self.file.sync_data().map_err(|source| self.failed(source))?;
        }
        Ok(())
    }

    fn write(&mut self, head: &Mark, reserved_ms: i64) -> Result<(), StoreError> {
        let seen = Seen {
            counter: self.seen.as_ref().map_or(0, |seen| seen.counter) + 1,
            epoch: head.epoch,
            seq: head.seq,
            hash: head.hash.clone(),
            reserved_ms,
        };
        let place = (seen.counter % 2) * u64::try_from(SLOT_BYTES).unwrap_or(0);
        let slot = write_slot(&seen)?;
        self.file
            .seek(SeekFrom::Start(place))
            .and_then(|_| self.file.write_all(&slot))
            .map_err(|source| self.failed(source))?;
        self.seen = Some(seen);
        Ok(())
    }

    fn failed(&self, source: std::io::Error) -> StoreError {
        StoreError::File {
            path: self.path.clone(),
            source,
        }
    }
}

fn write_slot(seen: &Seen) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_string(seen)?;
    let mut slot = format!("{} {json}\n", hex(&sha256(json.as_bytes()))).into_bytes();
    slot.resize(SLOT_BYTES, b' ');
    Ok(slot)
}

fn read_slot(slot: &[u8]) -> Option<Seen> {
    let text = std::str::from_utf8(slot).ok()?;
    let (check, json) = text.trim_end().split_once(' ')?;
    (check == hex(&sha256(json.as_bytes())))
        .then(|| serde_json::from_str(json).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(seq: u64) -> Mark {
        Mark {
            seq,
            ..Mark::genesis()
        }
    }

    #[test]
    fn a_torn_slot_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness");
        let mut witness = Witness::open(&path, false).unwrap();
        witness.note(&mark(1)).unwrap();
        witness.note(&mark(2)).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[80] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(Witness::open(&path, false).unwrap().seen().unwrap().seq, 1);
    }

    #[test]
    fn reservations_only_grow_until_a_proper_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut witness = Witness::open(&folder.path().join("w"), true).unwrap();
        let at = |last_ms| number::Mark { last_ms, sequence: 0 };
        witness.reserve(at(1_000), &mark(0)).unwrap();
        witness.reserve(at(2_000), &mark(0)).unwrap();
        assert_eq!(witness.seen().unwrap().reserved_ms, 1_000 + RESERVE_MS);
        witness.close(&mark(3), at(2_000)).unwrap();
        assert_eq!(witness.seen().unwrap().reserved_ms, 2_001);
    }
}
