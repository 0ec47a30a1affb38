//! The bare flush: 4 KiB written over what is there, then `fdatasync`. What no durable commit can beat.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::clock::Watch;

/// One page of SQLite and of most disks.
const PAGE_BYTES: usize = 4096;
/// Pages written in turn, so that no disk is measured on a single sector.
const PAGES: u64 = 64;

/// A file that is flushed again and again.
#[derive(Debug)]
pub struct Flush {
    file: File,
    page: Vec<u8>,
    turn: u64,
}

impl Flush {
    /// Makes the file in a folder, on the disk that is measured.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let file = File::create(folder.join("flush.bin"))?;
        let page = vec![0x5A; PAGE_BYTES];
        for turn in 0..PAGES {
            file.write_all_at(&page, turn * PAGE_BYTES as u64)?;
        }
        file.sync_all()?;
        Ok(Self { file, page, turn: 0 })
    }

    /// Writes and flushes one page; how long that took.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn once(&mut self) -> io::Result<u64> {
        let at = (self.turn % PAGES) * PAGE_BYTES as u64;
        self.turn += 1;
        let watch = Watch::start();
        self.file.write_all_at(&self.page, at)?;
        self.file.sync_data()?;
        Ok(watch.ns())
    }
}
