//! The one way to write: a transaction that says what it did.
//!
//! Rows are changed by methods in the files named after the nouns; each that matters to money or trust
//! also says an entry. Nothing is durable before [`WriteTx::finish`] has committed all of it at once.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, params};
use suanpan_domain::number::{self, Mint};
use suanpan_domain::time::{BusinessDay, ShopTime};
use suanpan_wire::entry::{FactSaid, Said};
use suanpan_wire::journal::{Entry, Mark};

use super::error::StoreError;
use super::view::View;

/// The kind of entry that counts an order as completed.
const ORDER_COMPLETED: &str = "order_completed";

/// When and where a command happens.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Corrected time, UTC milliseconds.
    pub at_ms: i64,
    /// The shop's clock.
    pub time: ShopTime,
}

/// A write transaction. Dropping it takes everything back.
#[derive(Debug)]
pub struct WriteTx<'a> {
    pub(super) tx: Transaction<'a>,
    pub(super) moment: Moment,
    began_at: Mark,
    head: Mark,
    mint: Mint,
    minted: bool,
    touched: BTreeMap<String, (u32, u64)>,
}

/// What a commit left behind, for the witness.
#[derive(Clone, Debug)]
pub(super) struct Committed {
    pub(super) head: Mark,
    pub(super) number: number::Mark,
}

impl<'a> WriteTx<'a> {
    pub(super) fn begin(
        tx: Transaction<'a>,
        moment: Moment,
        floor: number::Mark,
    ) -> Result<Self, StoreError> {
        let view = View::new(&tx);
        let head = view.head()?;
        let worker = view.worker()?;
        let mark = view.number_mark()?.max(floor);
        Ok(Self {
            began_at: head.clone(),
            head,
            mint: Mint::new(worker, mark),
            minted: false,
            touched: BTreeMap::new(),
            tx,
            moment,
        })
    }

    /// Reads inside this transaction.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::new(&self.tx)
    }

    /// Corrected time of this command.
    #[must_use]
    pub const fn at_ms(&self) -> i64 {
        self.moment.at_ms
    }

    /// When and where this command happens.
    #[must_use]
    pub const fn moment(&self) -> Moment {
        self.moment
    }

    /// The journal's head, entries of this transaction included.
    #[must_use]
    pub const fn head(&self) -> &Mark {
        &self.head
    }

    /// The journal's head before this transaction.
    pub(super) const fn began_at(&self) -> &Mark {
        &self.began_at
    }

    /// A number that was never handed out before and never will be again.
    pub fn mint(&mut self) -> i64 {
        self.minted = true;
        self.mint.next(self.moment.at_ms)
    }

    /// Highest number mark this transaction will leave.
    pub(super) fn number_mark(&self) -> number::Mark {
        self.mint.mark()
    }

    /// Whether a number was handed out.
    pub(super) const fn has_minted(&self) -> bool {
        self.minted
    }

    /// Appends an entry to the journal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn say(&mut self, order_id: Option<&str>, said: &Said) -> Result<(), StoreError> {
        let entry = Entry::after(&self.head, self.moment.at_ms, said.kind(), said.to_payload()?);
        self.insert_entry(&entry, order_id)?;
        self.head = entry.mark();
        if let Some(order_id) = order_id {
            self.touched.insert(order_id.to_owned(), (entry.epoch, entry.seq));
        }
        Ok(())
    }

    pub(super) fn insert_entry(&self, entry: &Entry, order_id: Option<&str>) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO journal (epoch, seq, at_ms, kind, payload, prev_hash, hash, order_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                entry.epoch,
                i64::try_from(entry.seq).unwrap_or(i64::MAX),
                entry.at_ms,
                entry.kind,
                entry.payload,
                entry.prev_hash,
                entry.hash,
                order_id,
            ])?;
        if entry.kind == ORDER_COMPLETED {
            self.count_only_here(entry)?;
        }
        Ok(())
    }

    /// One more completed order that the centre has yet to hear of, unless it gave the entry itself.
    fn count_only_here(&self, entry: &Entry) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE till SET orders_only_here = orders_only_here + 1
                 WHERE (?1, ?2) > (acked_epoch, acked_seq)",
            )?
            .execute(params![entry.epoch, i64::try_from(entry.seq).unwrap_or(i64::MAX)])?;
        Ok(())
    }

    /// Starts over in a new epoch that grows from the present head.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open_epoch(&mut self, epoch: u32, reason: &str) -> Result<(), StoreError> {
        let from = self.head.clone();
        self.head = Mark {
            epoch,
            seq: 0,
            hash: from.hash,
        };
        self.say(
            None,
            &Said::EpochOpened {
                from_epoch: from.epoch,
                from_seq: from.seq,
                reason: reason.to_owned(),
            },
        )
    }

    /// When, for which day and for which shift money that moves now counts.
    ///
    /// # Errors
    /// When the cashier or the shift cannot be read.
    pub fn fact(&self) -> Result<FactSaid, StoreError> {
        let (shift_id, day) = match self.view().open_shift_day()? {
            Some((shift_id, day)) => (Some(shift_id), day),
            None => (None, self.moment.time.business_day(self.moment.at_ms)),
        };
        Ok(FactSaid {
            at_ms: self.moment.at_ms,
            business_day: day.to_string(),
            hour: self.moment.time.hour(self.moment.at_ms),
            cashier: self.view().cashier()?,
            shift_id,
        })
    }

    /// The business day of this command: the open shift's, else that of the shop's clock.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn business_day(&self) -> Result<BusinessDay, StoreError> {
        self.view().business_day(self.moment.time, self.moment.at_ms)
    }

    pub(super) fn conn(&self) -> &Connection {
        &self.tx
    }

    /// Writes the marks and commits. Only after this may anyone be told.
    pub(super) fn finish(self, revision: u64) -> Result<Committed, StoreError> {
        let number = self.mint.mark();
        for (order_id, (epoch, seq)) in &self.touched {
            self.conn()
                .prepare_cached("UPDATE orders SET last_epoch = ?2, last_seq = ?3 WHERE order_id = ?1")?
                .execute(params![order_id, epoch, i64::try_from(*seq).unwrap_or(i64::MAX)])?;
        }
        self.conn()
            .prepare_cached(
                "UPDATE till SET head_epoch = ?1, head_seq = ?2, head_hash = ?3,
                 number_ms = ?4, number_sequence = ?5, revision = ?6",
            )?
            .execute(params![
                self.head.epoch,
                i64::try_from(self.head.seq).unwrap_or(i64::MAX),
                self.head.hash,
                number.last_ms,
                number.sequence,
                i64::try_from(revision).unwrap_or(i64::MAX),
            ])?;
        let head = self.head.clone();
        self.tx.commit()?;
        Ok(Committed { head, number })
    }
}
