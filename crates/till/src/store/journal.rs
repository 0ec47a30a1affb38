//! The journal and its mark: what happened, and how far the centre has heard it.
//!
//! Entries are only ever added. An acknowledgement moves a mark. What the centre gives back to a till that
//! was restored from a copy is added too, never changed.

use rusqlite::{OptionalExtension, Row, params};
use suanpan_wire::entry::Said;
use suanpan_wire::journal::{Entry, EntryResult, Mark};

use super::error::StoreError;
use super::tx::WriteTx;
use super::view::{View, small, unsigned};

/// An entry with the order it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Epoch.
    pub epoch: u32,
    /// Sequence.
    pub seq: u64,
    /// The centre's code.
    pub code: String,
    /// What kind of entry.
    pub kind: String,
    /// Order it belongs to.
    pub order_id: Option<String>,
    /// When it was written.
    pub at_ms: i64,
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        epoch: row.get("epoch")?,
        seq: unsigned(row.get("seq")?),
        at_ms: row.get("at_ms")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        prev_hash: row.get("prev_hash")?,
        hash: row.get("hash")?,
    })
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl View<'_> {
    /// The last entry's position.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn head(&self) -> Result<Mark, StoreError> {
        self.mark("SELECT head_epoch, head_seq, head_hash FROM till")
    }

    /// What the centre holds durably.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn acked(&self) -> Result<Mark, StoreError> {
        self.mark("SELECT acked_epoch, acked_seq, acked_hash FROM till")
    }

    fn mark(&self, sql: &str) -> Result<Mark, StoreError> {
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| {
            Ok(Mark {
                epoch: row.get(0)?,
                seq: unsigned(row.get(1)?),
                hash: row.get(2)?,
            })
        })?)
    }

    /// When the last acknowledgement came.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn acked_at_ms(&self) -> Result<Option<i64>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT acked_at_ms FROM till")?
            .query_row([], |row| row.get(0))?)
    }

    /// Entries after a position, in order, at most `limit`, all of one epoch.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn entries_after(&self, mark: &Mark, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT * FROM journal WHERE (epoch, seq) > (?1, ?2) ORDER BY epoch, seq LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![mark.epoch, signed(mark.seq), limit], entry)?;
        let mut entries = rows.collect::<Result<Vec<_>, _>>()?;
        if let Some(first) = entries.first().map(|first| first.epoch) {
            entries.retain(|entry| entry.epoch == first);
        }
        Ok(entries)
    }

    /// One entry.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entry(&self, epoch: u32, seq: u64) -> Result<Option<Entry>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT * FROM journal WHERE epoch = ?1 AND seq = ?2")?
            .query_row(params![epoch, signed(seq)], entry)
            .optional()?)
    }

    /// Whether an order has an entry of a later epoch: it has gone on since this data was restored from a
    /// copy.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn has_gone_on(&self, order_id: &str, epoch: u32) -> Result<bool, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM journal WHERE epoch > ?1 AND order_id = ?2)")?
            .query_row(params![epoch, order_id], |row| row.get(0))?)
    }

    /// The order that was given this number in an epoch, by the journal alone.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn frozen_as(&self, order_no: &str, epoch: u32) -> Result<Option<String>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT payload FROM journal WHERE epoch = ?1 AND kind = 'order_frozen'")?;
        let mut rows = statement.query([epoch])?;
        while let Some(row) = rows.next()? {
            let payload: String = row.get(0)?;
            if let Said::OrderFrozen { order } = Said::from_payload(&payload)?
                && order.order_no == order_no
            {
                return Ok(Some(order.order_id));
            }
        }
        Ok(None)
    }

    /// Entries the centre has not acknowledged.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn entries_only_here(&self) -> Result<i64, StoreError> {
        let (acked, head) = (self.acked()?, self.head()?);
        if acked.epoch == head.epoch {
            return Ok(signed(head.seq) - signed(acked.seq.min(head.seq)));
        }
        Ok(self
            .conn
            .prepare_cached("SELECT COUNT(*) FROM journal WHERE (epoch, seq) > (?1, ?2)")?
            .query_row(params![acked.epoch, signed(acked.seq)], |row| row.get(0))?)
    }

    /// Completed orders the centre has not acknowledged, as kept with each entry and each move of the mark.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn orders_only_here(&self) -> Result<i64, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT orders_only_here FROM till")?
            .query_row([], |row| row.get(0))?)
    }

    /// Ids of completed orders the centre has not acknowledged, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn order_ids_only_here(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        let acked = self.acked()?;
        let mut statement = self.conn.prepare_cached(
            "SELECT order_id FROM journal WHERE kind = 'order_completed' AND (epoch, seq) > (?1, ?2)
             AND order_id IS NOT NULL ORDER BY epoch, seq LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![acked.epoch, signed(acked.seq), limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Entries the centre keeps and does not apply, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn refused_entries(&self) -> Result<Vec<RefusedRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.epoch, r.seq, r.code, j.kind, j.order_id, j.at_ms
             FROM refused_entry r JOIN journal j ON j.epoch = r.epoch AND j.seq = r.seq
             ORDER BY r.epoch, r.seq",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(RefusedRow {
                epoch: small(row.get(0)?),
                seq: unsigned(row.get(1)?),
                code: row.get(2)?,
                kind: row.get(3)?,
                order_id: row.get(4)?,
                at_ms: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Generation and position of the change stream.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn cursor(&self) -> Result<(u64, u64), StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT stream_generation, stream_position FROM till")?
            .query_row([], |row| Ok((unsigned(row.get(0)?), unsigned(row.get(1)?))))?)
    }
}

impl WriteTx<'_> {
    /// Moves the mark to what the centre says it holds. May go back, when the centre was restored: what it
    /// lost goes up again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_acked(&mut self, mark: &Mark) -> Result<(), StoreError> {
        let only_here = self.only_here_after(mark)?;
        self.conn()
            .prepare_cached(
                "UPDATE till SET acked_epoch = ?1, acked_seq = ?2, acked_hash = ?3, acked_at_ms = ?4,
                 orders_only_here = ?5",
            )?
            .execute(params![
                mark.epoch,
                signed(mark.seq),
                mark.hash,
                self.at_ms(),
                only_here
            ])?;
        Ok(())
    }

    /// Completed orders above a mark. Within one epoch only those between the old mark and the new one are
    /// counted: as many as one batch carries.
    fn only_here_after(&self, mark: &Mark) -> Result<i64, StoreError> {
        let view = self.view();
        let acked = view.acked()?;
        if acked.epoch != mark.epoch {
            return Ok(self
                .conn()
                .prepare_cached(
                    "SELECT COUNT(*) FROM journal
                     WHERE kind = 'order_completed' AND (epoch, seq) > (?1, ?2)",
                )?
                .query_row(params![mark.epoch, signed(mark.seq)], |row| row.get(0))?);
        }
        let (low, high) = (acked.seq.min(mark.seq), acked.seq.max(mark.seq));
        let between: i64 = self
            .conn()
            .prepare_cached(
                "SELECT COUNT(*) FROM journal
                 WHERE kind = 'order_completed' AND epoch = ?1 AND seq > ?2 AND seq <= ?3",
            )?
            .query_row(params![mark.epoch, signed(low), signed(high)], |row| row.get(0))?;
        let here = view.orders_only_here()?;
        Ok(if mark.seq >= acked.seq {
            here - between
        } else {
            here + between
        })
    }

    /// Keeps what the centre said about single entries. Says whether one of them was refused for the first
    /// time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_entry_results(
        &mut self,
        epoch: u32,
        results: &[(u64, EntryResult)],
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let mut refused = Vec::new();
        for (seq, result) in results {
            let EntryResult::Refused { code } = result else {
                continue;
            };
            let new = self
                .conn()
                .prepare_cached("INSERT OR IGNORE INTO refused_entry (epoch, seq, code) VALUES (?1, ?2, ?3)")?
                .execute(params![epoch, signed(*seq), code])?;
            if new > 0 {
                refused.push((*seq, code.clone()));
            }
        }
        Ok(refused)
    }

    /// Keeps where the change stream stands.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_cursor(&mut self, generation: u64, position: u64) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE till SET stream_generation = ?1, stream_position = ?2")?
            .execute(params![signed(generation), signed(position)])?;
        Ok(())
    }

    /// Adds own entries of earlier epochs that the centre gave back. Those already here are passed over.
    /// Answers the ones that are new.
    ///
    /// # Errors
    /// [`StoreError::Chain`] when an entry's hash is wrong, it does not continue what is here, or another
    /// entry stands in its place.
    pub fn adopt_entries(&mut self, entries: &[Entry]) -> Result<Vec<Entry>, StoreError> {
        let mut adopted = Vec::new();
        for entry in entries {
            let broken = || StoreError::Chain {
                epoch: entry.epoch,
                seq: entry.seq,
            };
            if entry.hash != entry.computed_hash() {
                return Err(broken());
            }
            match self.view().entry(entry.epoch, entry.seq)? {
                Some(here) if here.hash == entry.hash => continue,
                Some(_) => return Err(broken()),
                None => {}
            }
            if entry.seq > 1 {
                let before = self
                    .view()
                    .entry(entry.epoch, entry.seq - 1)?
                    .ok_or_else(broken)?;
                if before.hash != entry.prev_hash {
                    return Err(broken());
                }
            }
            self.insert_entry(entry, None)?;
            adopted.push(entry.clone());
        }
        Ok(adopted)
    }
}
