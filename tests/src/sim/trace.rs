//! The trace of a run: one line per happening, and a hash over all of them.
//!
//! Two runs of one seed must have the same hash; that is what "replays byte for byte" means here. The
//! lines themselves are kept only when somebody wants to read them.

use sha2::{Digest, Sha256};

/// What was written so far.
pub struct Trace {
    hash: Sha256,
    kept: Option<Vec<String>>,
    lines: u64,
}

impl Trace {
    /// A trace that keeps its lines, or only their hash.
    #[must_use]
    pub fn new(keep: bool) -> Self {
        Self {
            hash: Sha256::new(),
            kept: keep.then(Vec::new),
            lines: 0,
        }
    }

    /// Writes a line: virtual milliseconds since the run began, who, what.
    pub fn say(&mut self, at_ms: i64, who: &str, what: &str) {
        let line = format!("{at_ms:>10} {who:<9} {what}");
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
        self.lines += 1;
        if let Some(kept) = &mut self.kept {
            kept.push(line);
        }
    }

    /// Lines written.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// The hash over all lines, hexadecimal, and the lines where they were kept.
    #[must_use]
    pub fn finish(self) -> (String, Vec<String>) {
        (
            suanpan_wire::sign::hex(&self.hash.finalize()),
            self.kept.unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_does_not_depend_on_keeping() {
        let (mut kept, mut hashed) = (Trace::new(true), Trace::new(false));
        for trace in [&mut kept, &mut hashed] {
            trace.say(1, "till 1", "opens");
        }
        let (a, lines) = kept.finish();
        assert_eq!(a, hashed.finish().0);
        assert_eq!(lines.len(), 1);
    }
}
