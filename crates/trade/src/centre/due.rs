//! What is due by itself, claimed so that nobody is held up by others: trades and refunds each have a share of their
//! own, no account gets more calls than it has places, and a row that cannot be worked at is set aside.
//!
//! Which call a row wants is decided in [`super::calls`]; how many places there are is whoever's makes the calls.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use super::aside::{Aside, Kind};
use super::calls::{self, Claimed, PlatformCall, WorkId};
use super::{Centre, contract};
use crate::db::{Db, DbError, Tx};
use crate::fault::{Fault, Outcome};
use crate::rows::due::{Due, Numbers, Search};
use crate::rows::{pay_order, refund, stream, trade};

/// Rows of a kind looked at in one transaction: a till's request waits for no more than these.
const ROWS_PER_LOOK_MAX: usize = 16;

/// How long late money waits that is there when a generation begins, at a start of a centre on a file, or with another
/// incarnation of a server's database: it may be a copy from before the money was accepted. Every till that is up looks
/// for its centre every quarter of a minute, and says so then.
const LATE_AFTER_BEGIN_MS: i64 = 300_000;

/// How many calls may be made beyond those that are under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// For trades.
    pub trades: usize,
    /// For refunds.
    pub refunds: usize,
    /// For an account that is not named in `merchants`.
    pub per_merchant: usize,
    /// For each account of whom calls are under way.
    pub merchants: BTreeMap<i64, usize>,
}

impl Room {
    /// So many calls of each kind, whose they may be.
    #[must_use]
    pub const fn of(calls: usize) -> Self {
        Self {
            trades: calls,
            refunds: calls,
            per_merchant: calls,
            merchants: BTreeMap::new(),
        }
    }

    const fn for_kind(&self, share: Share) -> usize {
        match share {
            Share::Trades => self.trades,
            Share::Refunds => self.refunds,
        }
    }

    fn of_merchant(&self, enterprise_id: i64) -> usize {
        let held = self.merchants.get(&enterprise_id);
        held.copied().unwrap_or(self.per_merchant)
    }

    fn take(&mut self, share: Share, enterprise_id: i64) {
        let of_kind = match share {
            Share::Trades => &mut self.trades,
            Share::Refunds => &mut self.refunds,
        };
        *of_kind = of_kind.saturating_sub(1);
        let left = self.of_merchant(enterprise_id).saturating_sub(1);
        self.merchants.insert(enterprise_id, left);
    }

    fn full_merchants(&self) -> Numbers {
        let full = self.merchants.iter().filter(|(_, left)| **left == 0);
        full.map(|(enterprise_id, _)| *enterprise_id).collect()
    }
}

/// What a look has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Calls to be made now.
    pub calls: Vec<PlatformCall>,
    /// Whether another look may find more: there were as many rows as one looks at, and some of them are done with.
    pub is_full: bool,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    Trades,
    Refunds,
}

impl Share {
    const fn kind(self) -> Kind {
        match self {
            Self::Trades => Kind::Trade,
            Self::Refunds => Kind::Refund,
        }
    }

    const fn work(self, no: i64) -> WorkId {
        match self {
            Self::Trades => WorkId::Trade(no),
            Self::Refunds => WorkId::Refund(no),
        }
    }

    fn due(self, tx: &mut dyn Tx, search: &Search) -> Result<Vec<Due>, DbError> {
        match self {
            Self::Trades => trade::due(tx, search),
            Self::Refunds => refund::due(tx, search),
        }
    }

    fn due_free(self, tx: &mut dyn Tx, search: &Search) -> Result<Vec<Due>, DbError> {
        match self {
            Self::Trades => trade::due_free(tx, search),
            Self::Refunds => refund::due_free(tx, search),
        }
    }
}

/// What has come of the rows of one share.
#[derive(Debug, Default)]
struct Part {
    calls: Vec<PlatformCall>,
    found: usize,
    /// Rows that will not be found again by the next look.
    moved: usize,
}

impl<D: Db> Centre<D> {
    /// Claims what is due, of each kind the longest waiting first, for which there is room. Also sends late money on its
    /// way back whose time has come, and ends callers' orders whose time is over.
    pub fn due(&self, now_ms: i64, room: &Room) -> Look {
        self.end_overdue(now_ms);
        self.draw_late(now_ms);
        let mut room = room.clone();
        let mut look = Look::default();
        for share in [Share::Trades, Share::Refunds] {
            match self.look(share, &mut room, now_ms) {
                Ok(part) => {
                    look.is_full |= part.found == ROWS_PER_LOOK_MAX && part.moved > 0;
                    look.calls.extend(part.calls);
                }
                Err(fault) => tracing::error!(?share, %fault, "due calls could not be claimed"),
            }
        }
        look
    }

    fn look(&self, share: Share, room: &mut Room, now_ms: i64) -> Outcome<Part> {
        if room.for_kind(share) == 0 {
            return Ok(Part::default());
        }
        let search = Search {
            without_merchants: room.full_merchants(),
            ..self.search(share.kind(), now_ms)
        };
        // Nothing is written where nothing is due.
        let waiting = self.db.read(|tx| share.due(tx, &search))?;
        if waiting.is_empty() {
            return Ok(Part::default());
        }
        let together = self.claim_together(share, room, &search);
        together.or_else(|fault| {
            if !is_of_the_row(&fault) {
                return Err(fault);
            }
            tracing::error!(?share, %fault, "due calls are claimed one by one");
            Ok(self.claim_singly(share, room, waiting, now_ms))
        })
    }

    /// Claims in one transaction. What another process is at is left out and not waited for.
    fn claim_together(&self, share: Share, room: &mut Room, search: &Search) -> Outcome<Part> {
        let before = room.clone();
        let claimed = self.commit(search.now_ms, |ledger| {
            // The transaction may be begun anew.
            room.clone_from(&before);
            let rows = share.due_free(ledger.tx(), search)?;
            let mut part = Part {
                found: rows.len(),
                ..Part::default()
            };
            for row in rows {
                if room.for_kind(share) == 0 {
                    break;
                }
                if room.of_merchant(row.enterprise_id) > 0 {
                    let claimed = calls::claim_free(ledger, share.work(row.no))?;
                    part.note(claimed, share, room, row.enterprise_id);
                }
            }
            Ok(part)
        });
        claimed.inspect_err(|_| room.clone_from(&before))
    }

    /// Claims each by itself; what cannot be claimed is set aside.
    fn claim_singly(&self, share: Share, room: &mut Room, rows: Vec<Due>, now_ms: i64) -> Part {
        let mut part = Part {
            found: rows.len(),
            ..Part::default()
        };
        for row in rows {
            if room.for_kind(share) == 0 {
                break;
            }
            if room.of_merchant(row.enterprise_id) == 0 {
                continue;
            }
            let work = share.work(row.no);
            let claimed = self.commit(now_ms, |ledger| calls::claim_free(ledger, work));
            self.see_to(share.kind(), row.no, &claimed, now_ms);
            match claimed {
                Ok(claimed) => part.note(claimed, share, room, row.enterprise_id),
                Err(fault) => part.moved += usize::from(is_of_the_row(&fault)),
            }
        }
        part
    }

    fn search(&self, kind: Kind, now_ms: i64) -> Search {
        Search {
            now_ms,
            limit: i64::try_from(ROWS_PER_LOOK_MAX).unwrap_or(i64::MAX),
            without_merchants: Numbers::from_iter([]),
            without_rows: self.aside().now(kind, now_ms),
        }
    }

    /// Sets a row aside that cannot be worked at; a database that is not to be had says nothing about a row.
    fn see_to<T>(&self, kind: Kind, no: i64, outcome: &Outcome<T>, now_ms: i64) {
        match outcome {
            Ok(_) => self.aside().is_well(kind, no),
            Err(fault) => {
                tracing::error!(?kind, no, %fault, "a row cannot be worked at");
                if is_of_the_row(fault) {
                    self.aside().put(kind, no, now_ms);
                }
            }
        }
    }

    /// Sends late money back whose time has come, each by itself: a row that cannot be read keeps nobody else's back.
    fn draw_late(&self, now_ms: i64) {
        let search = self.search(Kind::Late, now_ms);
        // What comes late from now on waits as long or longer anyway.
        let patience_ms = LATE_AFTER_BEGIN_MS.min(self.settings.late_delay_ms);
        let due = self.db.read(|tx| {
            let began_ms = stream::generation(tx)?;
            // One that is said to lie ahead began before a clock was set back, and holds nothing up.
            if (began_ms..began_ms.saturating_add(patience_ms)).contains(&now_ms) {
                return Ok::<_, Fault>(Vec::new());
            }
            Ok(trade::late_due(tx, &search)?)
        });
        for trade_no in due.unwrap_or_else(|fault| nothing_found(&fault)) {
            let drawn = self.commit(now_ms, |ledger| calls::draw_late(ledger, trade_no));
            self.see_to(Kind::Late, trade_no, &drawn, now_ms);
        }
    }

    /// Cancels callers' orders whose time is over, each by itself.
    fn end_overdue(&self, now_ms: i64) {
        let made_before_ms = now_ms - contract::order::ORDER_LIFE_MS_MAX;
        let search = self.search(Kind::Order, now_ms);
        let due = self
            .db
            .read(|tx| Ok::<_, Fault>(pay_order::overdue(tx, &search, made_before_ms)?));
        for pay_order_id in due.unwrap_or_else(|fault| nothing_found(&fault)) {
            let ended = self.commit(now_ms, |ledger| contract::order::end(ledger, pay_order_id));
            self.see_to(Kind::Order, pay_order_id, &ended, now_ms);
        }
    }

    fn aside(&self) -> MutexGuard<'_, Aside> {
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    fn note(&mut self, claimed: Claimed, share: Share, room: &mut Room, enterprise_id: i64) {
        match claimed {
            Claimed::Call(call) => {
                room.take(share, enterprise_id);
                self.calls.push(*call);
                self.moved += 1;
            }
            Claimed::WithoutCall => self.moved += 1,
            Claimed::Left => {}
        }
    }
}

fn nothing_found(fault: &Fault) -> Vec<i64> {
    tracing::error!(%fault, "what is due cannot be looked for");
    Vec::new()
}

/// Whether a fault says something about the row that was worked at.
const fn is_of_the_row(fault: &Fault) -> bool {
    match fault {
        Fault::Refused(_) | Fault::Db(DbError::Damaged(_) | DbError::Failed(_)) => true,
        Fault::Db(DbError::Unreachable(_) | DbError::CommitUnknown(_) | DbError::NewerSchema { .. }) => false,
    }
}
