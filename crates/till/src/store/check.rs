//! Is what is kept still what was written? The end of the journal's chain, a stretch of older entries, and
//! the money rows those entries speak of.
//!
//! SQLite itself does not notice most changes of single bits, and nothing at all of an edit by hand.

use std::collections::BTreeSet;

use suanpan_domain::takings::recompute;
use suanpan_domain::tender::TenderState;
use suanpan_domain::time::BusinessDay;
use suanpan_wire::entry::{FactSaid, OrderSaid, Said, TenderSaid};
use suanpan_wire::journal::{Entry, Mark};
use suanpan_wire::refund::RefundSaid;
use suanpan_wire::shift::{ClosedSaid, MoveSaid};

use super::error::StoreError;
use super::view::View;

/// Entries at the end of the chain that every start looks at: more than a busy day's last hour.
pub const TAIL_ENTRIES: u64 = 512;
/// Older entries that a start looks at besides, going on where the last one stopped: a few milliseconds.
pub const STRETCH_ENTRIES: u64 = 512;
/// Papers that every start looks for the orders of: as many as a busy day's last hours.
pub const TAIL_PRINTS: u16 = 512;

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw(pub String);

/// Checks the entries of the head's epoch after `from`, at most `limit`. Answers the last position looked
/// at, or the first flaw.
///
/// # Errors
/// When rows cannot be read.
pub fn entries(view: View<'_>, from: &Mark, limit: u64) -> Result<Result<Mark, Flaw>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut last = from.clone();
    for entry in view.entries_after(from, limit)? {
        if let Some(flaw) = link_flaw(view, &last, &entry)? {
            return Ok(Err(flaw));
        }
        if let Some(flaw) = row_flaw(view, &entry)? {
            return Ok(Err(Flaw(format!(
                "entry {}/{}: {}",
                entry.epoch, entry.seq, flaw.0
            ))));
        }
        last = entry.mark();
    }
    Ok(Ok(last))
}

/// Checks the end of the chain: it must lead to the head that the till's own row names, and the rollups of
/// its days must be the sums of their facts.
///
/// # Errors
/// When rows cannot be read.
pub fn tail(view: View<'_>) -> Result<Option<Flaw>, StoreError> {
    let head = view.head()?;
    let from = start_of_tail(view, &head)?;
    let reached = match entries(view, &from, TAIL_ENTRIES + 1)? {
        Ok(reached) => reached,
        Err(flaw) => return Ok(Some(flaw)),
    };
    if reached.seq != head.seq || reached.epoch != head.epoch || reached.hash != head.hash {
        return Ok(Some(Flaw(format!(
            "the journal ends at {}/{}, its head says {}/{}",
            reached.epoch, reached.seq, head.epoch, head.seq
        ))));
    }
    match prints(view)? {
        Some(flaw) => Ok(Some(flaw)),
        None => newest_days(view),
    }
}

/// An order of which paper was asked for is here.
///
/// # Errors
/// When rows cannot be read.
pub fn prints(view: View<'_>) -> Result<Option<Flaw>, StoreError> {
    let missing = view.printed_but_missing(TAIL_PRINTS)?;
    Ok(missing
        .first()
        .map(|label| Flaw(format!("order {label} has a receipt and is missing"))))
}

fn start_of_tail(view: View<'_>, head: &Mark) -> Result<Mark, StoreError> {
    let seq = head.seq.saturating_sub(TAIL_ENTRIES);
    match view.entry(head.epoch, seq)? {
        Some(entry) => Ok(entry.mark()),
        None if head.seq <= TAIL_ENTRIES => Ok(before_epoch(view, head)?),
        None => Ok(Mark {
            epoch: head.epoch,
            seq,
            hash: String::new(),
        }),
    }
}

/// Where the first entry of the head's epoch grew from, as that entry says itself.
fn before_epoch(view: View<'_>, head: &Mark) -> Result<Mark, StoreError> {
    let first = view.entry(head.epoch, 1)?;
    Ok(Mark {
        epoch: head.epoch,
        seq: 0,
        hash: first.map_or_else(|| head.hash.clone(), |entry| entry.prev_hash),
    })
}

fn link_flaw(view: View<'_>, last: &Mark, entry: &Entry) -> Result<Option<Flaw>, StoreError> {
    let at = format!("entry {}/{}", entry.epoch, entry.seq);
    if entry.hash != entry.computed_hash() {
        return Ok(Some(Flaw(format!("{at} was altered"))));
    }
    let continues = entry.epoch == last.epoch && entry.seq == last.seq + 1 && entry.prev_hash == last.hash;
    let opens = entry.seq == 1 && opens_rightly(view, entry)?;
    Ok((!continues && !opens).then(|| Flaw(format!("{at} does not continue the one before"))))
}

/// Whether the first entry of an epoch carries the hash of the entry it says it grew from.
fn opens_rightly(view: View<'_>, entry: &Entry) -> Result<bool, StoreError> {
    let Ok(Said::EpochOpened {
        from_epoch, from_seq, ..
    }) = Said::from_payload(&entry.payload)
    else {
        return Ok(false);
    };
    Ok(match view.entry(from_epoch, from_seq)? {
        Some(before) => before.hash == entry.prev_hash,
        None => from_seq == 0,
    })
}

fn row_flaw(view: View<'_>, entry: &Entry) -> Result<Option<Flaw>, StoreError> {
    let Ok(said) = Said::from_payload(&entry.payload) else {
        return Ok(Some(Flaw("cannot be read".into())));
    };
    let flaw = match &said {
        Said::TenderSettled { tender, fact } => settled_flaw(view, tender, fact),
        Said::RefundReturned { refund, fact } => returned_flaw(view, refund, fact),
        Said::OrderCompleted { order, tenders, .. } => completed_flaw(view, order, tenders),
        Said::CashMoved { moved, .. } => moved_flaw(view, moved),
        Said::ShiftClosed { closed } => closed_flaw(view, closed, entry.epoch),
        Said::EpochOpened { .. }
        | Said::BasketChanged { .. }
        | Said::OrderHeld { .. }
        | Said::OrderResumed { .. }
        | Said::OrderFrozen { .. }
        | Said::OrderThawed { .. }
        | Said::OrderParked { .. }
        | Said::OrderUnparked { .. }
        | Said::OrderVoided { .. }
        | Said::TenderOpened { .. }
        | Said::AttemptCommitted { .. }
        | Said::TenderCloseWanted { .. }
        | Said::TenderCanceled { .. }
        | Said::TenderFailed { .. }
        | Said::TenderGivenUp { .. }
        | Said::RefundAsked { .. }
        | Said::RefundRefused { .. }
        | Said::LateDecided { .. }
        | Said::ReceiptMade { .. }
        | Said::ReportMade { .. }
        | Said::CatalogueImported { .. }
        | Said::ApprovalAsked { .. }
        | Said::SignedIn { .. }
        | Said::PersonSaved { .. }
        | Said::PersonRemoved { .. }
        | Said::ShiftOpened { .. }
        | Said::CashCounted { .. }
        | Said::ClockJumped { .. } => Ok(None),
    }?;
    match flaw {
        Some(_) if has_gone_on(view, &said, entry.epoch)? => Ok(None),
        flaw => Ok(flaw),
    }
}

/// Whether the order of an entry has gone on in a later epoch. After a restore an order may have two
/// histories, one that the centre gave back and one that was lived here; its rows tell the latter.
fn has_gone_on(view: View<'_>, said: &Said, epoch: u32) -> Result<bool, StoreError> {
    let order_id = if let Said::OrderCompleted { order, .. } = said {
        Some(order.order_id.clone())
    } else if let Said::TenderSettled { tender, .. } = said {
        view.frozen_as(&tender.order_no, epoch)?
    } else {
        None
    };
    match order_id {
        Some(order_id) => view.has_gone_on(&order_id, epoch),
        None => Ok(false),
    }
}

fn settled_flaw(view: View<'_>, said: &TenderSaid, fact: &FactSaid) -> Result<Option<Flaw>, StoreError> {
    let number = said.tender_no.parse().unwrap_or(0);
    let flaw = |what: &str| Ok(Some(Flaw(format!("tender {number} {what}"))));
    let Some(tender) = view.tender(number)? else {
        return flaw("is missing");
    };
    if tender.amount_minor != said.amount_minor || !tender.state.counts() {
        return flaw("was altered");
    }
    match view.fact_of(number)? {
        Some(kept)
            if kept
                == (
                    fact.business_day.clone(),
                    fact.hour,
                    said.means,
                    said.amount_minor,
                ) =>
        {
            Ok(None)
        }
        Some(_) => flaw("has an altered money fact"),
        None => flaw("has no money fact"),
    }
}

/// Money that has gone back is here as a movement. One of a till that was restored may belong to an order whose
/// tender was never lived here.
fn returned_flaw(view: View<'_>, said: &RefundSaid, fact: &FactSaid) -> Result<Option<Flaw>, StoreError> {
    let number = said.refund_no.parse().unwrap_or(0);
    let flaw = |what: &str| Ok(Some(Flaw(format!("refund {number} {what}"))));
    if view.tender(said.tender_no.parse().unwrap_or(0))?.is_none() {
        return Ok(None);
    }
    let told = (
        fact.business_day.clone(),
        fact.hour,
        said.means,
        -said.amount_minor,
    );
    match view.refund_fact(number)? {
        Some(kept) if kept == told => Ok(None),
        Some(_) => flaw("has an altered money fact"),
        None => flaw("has no money fact"),
    }
}

fn completed_flaw(
    view: View<'_>,
    said: &OrderSaid,
    tenders: &[TenderSaid],
) -> Result<Option<Flaw>, StoreError> {
    let flaw = |what: &str| Ok(Some(Flaw(format!("order {} {what}", said.short_no))));
    let Some(order) = view.order(&said.order_id)? else {
        return flaw("is missing");
    };
    if order.state.pay_status() != 4
        || order.total_minor != said.total_minor
        || order.order_no.map(|no| no.to_string()).as_deref() != Some(said.order_no.as_str())
    {
        return flaw("was altered");
    }
    let lines = view.lines(&said.order_id)?;
    let same_lines = lines.len() == said.lines.len()
        && lines.iter().zip(&said.lines).all(|(here, said)| {
            here.line_id == said.line_id
                && here.price_minor == said.price_minor
                && here.quantity_milli == said.quantity_milli
                && here.amount_minor == said.amount_minor
                && here.net_minor == Some(said.net_minor)
        });
    if !same_lines {
        return flaw("has an altered line");
    }
    let settled: i64 = view
        .tenders(&said.order_id)?
        .iter()
        .filter(|tender| TenderState::counts(tender.state))
        .map(|tender| tender.amount_minor)
        .sum();
    if settled != tenders.iter().map(|tender| tender.amount_minor).sum::<i64>() {
        return flaw("has altered tenders");
    }
    Ok(None)
}

fn moved_flaw(view: View<'_>, said: &MoveSaid) -> Result<Option<Flaw>, StoreError> {
    let is_kept = view.has_cash_move(said)?;
    Ok((!is_kept).then(|| Flaw(format!("cash move {} is missing or was altered", said.move_id))))
}

/// A shift that was closed again in a later epoch tells that close.
fn closed_flaw(view: View<'_>, said: &ClosedSaid, epoch: u32) -> Result<Option<Flaw>, StoreError> {
    let shift_id = &said.opened.shift_id;
    let flaw = |what: &str| Ok(Some(Flaw(format!("shift {shift_id} {what}"))));
    match view.shift(shift_id)? {
        None => flaw("is missing"),
        Some(shift) if shift.last_epoch > epoch => Ok(None),
        Some(shift) if shift.closed.as_ref() != Some(said) => flaw("was altered"),
        Some(_) => Ok(None),
    }
}

/// The rollups of the newest days with money must be the sums of their facts.
fn newest_days(view: View<'_>) -> Result<Option<Flaw>, StoreError> {
    for day in view.newest_fact_days()?.into_iter().collect::<BTreeSet<_>>() {
        if let Some(flaw) = day_flaw(view, day)? {
            return Ok(Some(flaw));
        }
    }
    Ok(None)
}

/// Whether a day's rollup is the sum of its facts.
///
/// # Errors
/// When rows cannot be read.
pub fn day_flaw(view: View<'_>, day: BusinessDay) -> Result<Option<Flaw>, StoreError> {
    let kept = view.rollups(day)?.into_iter().collect();
    let facts = view.facts(day)?;
    Ok(match recompute(&facts) {
        Ok(sums) if sums == kept => None,
        Ok(_) | Err(_) => Some(Flaw(format!(
            "the takings of {day} are not the sum of their facts"
        ))),
    })
}
