//! A zip archive of a few small files, names as the bytes given. Written from the format's own description,
//! so that a merchant's reader is tested against something else than its own library.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Extraction needs version 2.0: deflate.
const VERSION: u16 = 20;
const DEFLATED: u16 = 8;

/// One file.
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) content: Vec<u8>,
}

/// The archive. Times are left at their zero, so that the same files give the same bytes.
pub(super) fn archive(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = length(&out);
        let packed = deflated(&entry.content);
        let facts = facts(entry, &packed);
        out.extend(0x0403_4b50_u32.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        out.extend(&facts);
        out.extend(&entry.name);
        out.extend(&packed);

        directory.extend(0x0201_4b50_u32.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&facts);
        // Comment length, disk, internal attributes, external attributes: all nothing.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let (start, size) = (length(&out), length(&directory));
    let count = u16::try_from(entries.len()).expect("a bill has two files");
    out.extend(directory);
    out.extend(0x0605_4b50_u32.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// What the header before a file and its line in the directory have in common: flags, method, time, date, sum,
/// both sizes, lengths of name and extra field.
fn facts(entry: &Entry, packed: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(&entry.content);
    let mut facts = Vec::new();
    facts.extend(0_u16.to_le_bytes());
    facts.extend(DEFLATED.to_le_bytes());
    facts.extend([0; 4]);
    facts.extend(sum.sum().to_le_bytes());
    facts.extend(length(packed).to_le_bytes());
    facts.extend(length(&entry.content).to_le_bytes());
    let name = u16::try_from(entry.name.len()).expect("a bill's name is short");
    facts.extend(name.to_le_bytes());
    facts.extend(0_u16.to_le_bytes());
    facts
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a practice bill is far below four gigabytes")
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(content)
        .expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}
