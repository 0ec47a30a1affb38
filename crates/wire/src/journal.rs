//! The journal on the wire: entries that form a chain, batches with a signed head, and marks.
//!
//! What an entry says is in [`crate::entry`]; here its payload is a text that nobody rewrites, so that the
//! hash holds for ever.

use serde::{Deserialize, Serialize};

use crate::sign::{hex, sha256};

/// The hash before the first entry of a till.
pub const GENESIS_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Most entries one batch may carry: a hundred orders and more share one commit of the centre, which still
/// takes far less than a till waits for an answer.
pub const BATCH_ENTRIES_MAX: usize = 1_000;
/// Largest payload of one entry: a basket of 500 lines is far below it.
pub const PAYLOAD_BYTES_MAX: usize = 512 * 1024;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Grows when a till starts over from a restored copy.
    pub epoch: u32,
    /// 1, 2, 3 … within its epoch, without gaps.
    pub seq: u64,
    /// When it was written, the till's corrected clock, UTC milliseconds.
    pub at_ms: i64,
    /// Name of what it says (`kind` of [`crate::entry::Said`]).
    pub kind: String,
    /// JSON text, verbatim.
    pub payload: String,
    /// Hash of the entry before it; of the last entry of the epoch it grew from for seq 1.
    pub prev_hash: String,
    /// [`Entry::computed_hash`].
    pub hash: String,
}

impl Entry {
    /// SHA-256 over the entry's fields and the hash before it, hexadecimal.
    #[must_use]
    pub fn computed_hash(&self) -> String {
        let head = format!(
            "SUANPAN1-ENTRY\n{}\n{}\n{}\n{}\n{}\n",
            self.prev_hash, self.epoch, self.seq, self.at_ms, self.kind
        );
        hex(&sha256(&[head.as_bytes(), self.payload.as_bytes()].concat()))
    }

    /// An entry that continues `mark`.
    #[must_use]
    pub fn after(mark: &Mark, at_ms: i64, kind: &str, payload: String) -> Self {
        let mut entry = Self {
            epoch: mark.epoch,
            seq: mark.seq + 1,
            at_ms,
            kind: kind.to_owned(),
            payload,
            prev_hash: mark.hash.clone(),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// Its own position.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            epoch: self.epoch,
            seq: self.seq,
            hash: self.hash.clone(),
        }
    }
}

/// A position in a till's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mark {
    /// Epoch; 1 at first.
    pub epoch: u32,
    /// Sequence within it; 0 before the first entry.
    pub seq: u64,
    /// Hash of that entry.
    pub hash: String,
}

impl Mark {
    /// Before the first entry of the first epoch.
    #[must_use]
    pub fn genesis() -> Self {
        Self {
            epoch: 1,
            seq: 0,
            hash: GENESIS_HASH.to_owned(),
        }
    }
}

/// `POST /v1/till/journal`: entries in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch {
    /// At most [`BATCH_ENTRIES_MAX`], gapless, of one epoch.
    pub entries: Vec<Entry>,
    /// The till's Ed25519 signature over [`head_text`] of the last entry, base64. Kept by the centre as
    /// proof.
    pub head_signature: String,
}

/// The text a batch's head signature is made over.
#[must_use]
pub fn head_text(till_id: &str, last: &Mark) -> String {
    format!(
        "SUANPAN1-HEAD\n{till_id}\n{}\n{}\n{}\n",
        last.epoch, last.seq, last.hash
    )
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum EntryResult {
    /// Stored and applied.
    Accepted,
    /// Was there before; the result then was the same.
    AlreadyHad,
    /// Stored, not applied; a person must look.
    Refused {
        /// Why.
        code: String,
    },
}

/// Answer to a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchAnswer {
    /// One per entry, in order.
    pub results: Vec<EntryResult>,
    /// The last position the centre holds now, durably.
    pub held: Mark,
}

/// `POST /v1/till/hello`: said on connecting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hello {
    /// The till's own head.
    pub head: Mark,
}

/// Answer to a hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelloAnswer {
    /// The last position the centre holds; the till continues from there. Behind what it once
    /// acknowledged after the centre was restored.
    pub held: Mark,
    /// Generation of the change stream.
    pub generation: u64,
    /// Position after the last change.
    pub next_position: u64,
    /// Means the store's merchants offer, by name (`WECHAT_PAY`).
    pub means: Vec<String>,
    /// How long a code lives, milliseconds.
    pub code_life_ms: i64,
    /// The centre's clock.
    pub centre_time_ms: i64,
}

/// `GET /v1/till/journal?epoch=&since=`: a restored till asks for its own entries back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnEntries {
    /// Entries after the asked position, in order, at most [`BATCH_ENTRIES_MAX`].
    pub entries: Vec<Entry>,
    /// Whether there are more.
    pub more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f11_any_change_to_an_entry_shows_in_its_hash() {
        let entry = Entry::after(&Mark::genesis(), 5, "order_completed", "{\"total\":1}".into());
        assert_eq!(entry.hash, entry.computed_hash());
        let spoilers: [fn(&mut Entry); 6] = [
            |e| e.epoch += 1,
            |e| e.seq += 1,
            |e| e.at_ms += 1,
            |e| e.kind.push('x'),
            |e| e.payload.push(' '),
            |e| e.prev_hash.replace_range(0..1, "1"),
        ];
        for spoil in spoilers {
            let mut altered = entry.clone();
            spoil(&mut altered);
            assert_ne!(altered.computed_hash(), entry.hash);
        }
    }
}
