//! The journal's inbox: every entry of every till, stored verbatim and in order, applied once.
//!
//! An entry that cannot be applied is stored with the reason and does not hold the next ones up. A batch
//! that does not continue what is held is refused whole, with the position to continue from; that is also
//! how a restored centre is filled again.

use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::tender::Means;
use suanpan_domain::time::BusinessDay;
use suanpan_domain::trade::TradeState;
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::entry::{FactSaid, OrderSaid, Said, TenderSaid};
use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::{
    BATCH_ENTRIES_MAX, Batch, BatchAnswer, Entry, EntryResult, Mark, PAYLOAD_BYTES_MAX, head_text,
};
use suanpan_wire::sign::verify;
use suanpan_wire::tender::ToldTender;

use super::refunds::{self, Reason};
use super::tender;
use super::{collect, recall};
use crate::broadcast::announce;
use crate::db::Tx;
use crate::fault::{Fault, Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rows::journal::{self, DayPart};
use crate::rows::pay_order::{self, Burial};
use crate::rows::till::Till;
use crate::rows::trade;
use crate::settings::Settings;

/// Refused: this version does not know what the entry says.
const UNKNOWN_ENTRY: &str = "unknown_entry";
/// Refused: the entry's kind is not that of its payload.
const KIND_DIFFERS: &str = "kind_differs";
/// Refused: a number in it is none.
const BAD_NUMBER: &str = "bad_number";
/// Refused: an amount in it is none that a shop takes.
const BAD_AMOUNT: &str = "bad_amount";
/// Refused: a day in it is none.
const BAD_DAY: &str = "bad_day";
/// Refused: the entry is not what its hash was made over.
const HASH_DIFFERS: &str = "hash_differs";
/// Refused: the payload is longer than any of ours.
const TOO_LARGE: &str = "too_large";
/// Refused: the tender belongs to another till.
const NOT_THIS_TILL: &str = "not_this_till";

/// SHA-256 in hexadecimal digits.
const HASH_CHARS_MAX: usize = 64;
/// The most that an order or a tender can be of, fen: far beyond any shop, and far enough below what a sum of them over a
/// day can hold.
const SAID_MINOR_MAX: i64 = 1_000_000_000_000;

/// Takes a batch in.
///
/// # Errors
/// `malformed_request`, `journal_unsigned`, `journal_gap`, and those of the database.
pub fn receive(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    batch: &Batch,
) -> Outcome<BatchAnswer> {
    let Some(last) = batch.entries.last() else {
        return Err(ErrorCode::MalformedRequest.into());
    };
    let one_epoch = batch.entries.iter().all(|entry| entry.epoch == last.epoch);
    let mut hashes = batch
        .entries
        .iter()
        .flat_map(|entry| [&entry.hash, &entry.prev_hash]);
    let are_hashes = hashes.all(|hash| hash.len() <= HASH_CHARS_MAX);
    if batch.entries.len() > BATCH_ENTRIES_MAX || !one_epoch || !are_hashes {
        return Err(ErrorCode::MalformedRequest.into());
    }
    let head = last.mark();
    let text = head_text(&till.till_id.to_string(), &head);
    if !verify(&till.public_key, &text, &batch.head_signature) {
        return Err(ErrorCode::JournalUnsigned.into());
    }
    let mut held = journal::held(ledger.tx(), till.till_id)?;
    let mut results = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        results.push(take_in(ledger, settings, till, &mut held, entry)?);
    }
    journal::keep_head(ledger.tx(), till.till_id, &head, &batch.head_signature)?;
    Ok(BatchAnswer { results, held })
}

fn gap(held: &Mark) -> Fault {
    Refusal::new(ErrorCode::JournalGap)
        .with("epoch", held.epoch)
        .with("seq", held.seq)
        .with("hash", &held.hash)
        .into()
}

fn take_in(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    held: &mut Mark,
    entry: &Entry,
) -> Outcome<EntryResult> {
    if entry.seq == 0 || i64::try_from(entry.seq).is_err() {
        return Err(ErrorCode::MalformedRequest.into());
    }
    if (entry.epoch, entry.seq) <= (held.epoch, held.seq) {
        return had(ledger, settings, till, held, entry);
    }
    if !continues(ledger.tx(), till, held, entry)? {
        return Err(gap(held));
    }
    let refused = match damage(entry) {
        Some(code) => {
            let place = format!(
                "till {}, entry {}-{}: {code}",
                till.till_id, entry.epoch, entry.seq
            );
            ledger.audit("centre", "journal_damaged", &place)?;
            Some(code)
        }
        None => apply(ledger, settings, till, entry)?,
    };
    let now_ms = ledger.now_ms;
    journal::insert(ledger.tx(), till.till_id, entry, refused, now_ms)?;
    *held = entry.mark();
    Ok(match refused {
        None => EntryResult::Accepted,
        Some(code) => EntryResult::Refused {
            code: code.to_owned(),
        },
    })
}

/// An entry that was altered after it was written is kept as it is and believed in nothing; the chain goes
/// on from the hash that it states, so that what comes after it is not held up.
fn damage(entry: &Entry) -> Option<&'static str> {
    if entry.computed_hash() != entry.hash {
        return Some(HASH_DIFFERS);
    }
    (entry.payload.len() > PAYLOAD_BYTES_MAX).then_some(TOO_LARGE)
}

/// An entry at or below what is held: the same again is answered as before, another one is a fork.
fn had(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    held: &Mark,
    entry: &Entry,
) -> Outcome<EntryResult> {
    let seq = i64::try_from(entry.seq).map_err(|_| Refusal::new(ErrorCode::MalformedRequest))?;
    match journal::find(ledger.tx(), till.till_id, i64::from(entry.epoch), seq)? {
        Some((hash, refused)) if hash == entry.hash => {
            if on(Mutant::EntryStoredTwice) && refused.is_none() {
                apply(ledger, settings, till, entry)?;
            }
            Ok(match refused {
                None => EntryResult::AlreadyHad,
                Some(code) => EntryResult::Refused { code },
            })
        }
        Some(_) | None => {
            tracing::error!(
                till_id = till.till_id,
                epoch = entry.epoch,
                seq = entry.seq,
                "a journal says other things than it said before"
            );
            Err(gap(held))
        }
    }
}

/// Whether an entry is the next one: within its epoch, or the first of a later epoch that grew from an
/// entry held here.
fn continues(tx: &mut dyn Tx, till: &Till, held: &Mark, entry: &Entry) -> Outcome<bool> {
    if entry.epoch == held.epoch {
        return Ok(entry.seq == held.seq + 1 && entry.prev_hash == held.hash);
    }
    if entry.epoch < held.epoch || entry.seq != 1 {
        return Ok(false);
    }
    let epoch = i64::from(entry.epoch);
    Ok(entry.prev_hash == held.hash || journal::holds_hash(tx, till.till_id, epoch, &entry.prev_hash)?)
}

/// Applies what an entry says; the reason where it cannot be. Everything is checked before it is written.
fn apply(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    entry: &Entry,
) -> Outcome<Option<&'static str>> {
    let Ok(said) = Said::from_payload(&entry.payload) else {
        return Ok(Some(UNKNOWN_ENTRY));
    };
    if said.kind() != entry.kind {
        return Ok(Some(KIND_DIFFERS));
    }
    match said {
        Said::TenderGivenUp { tender_no, told, .. } => {
            given_up(ledger, settings, till, &tender_no, told.as_ref())
        }
        Said::OrderCompleted {
            order, tenders, fact, ..
        } => completed(ledger, till, &order, &tenders, &fact),
        Said::TenderSettled { tender, .. } => {
            recall::settled(ledger, settings, till, entry, &tender)?;
            Ok(None)
        }
        Said::RefundReturned { refund, .. } => {
            // What went back by a code the centre has sent, and told of, itself.
            if refund.means == Means::Cash {
                if !(1..=SAID_MINOR_MAX).contains(&refund.amount_minor) {
                    return Ok(Some(BAD_AMOUNT));
                }
                if refund.refund_no.parse::<i64>().is_err() {
                    return Ok(Some(BAD_NUMBER));
                }
                let now_ms = ledger.now_ms;
                announce::cash_refunded(ledger.tx(), now_ms, till.till_id, &refund)?;
            }
            Ok(None)
        }
        // Record only.
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
        | Said::CashMoved { .. }
        | Said::CashCounted { .. }
        | Said::ShiftClosed { .. }
        | Said::ClockJumped { .. } => Ok(None),
    }
}

/// Cash was taken instead: nothing of the tender's money stays, whenever it comes or came.
fn given_up(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    tender_no: &str,
    told: Option<&ToldTender>,
) -> Outcome<Option<&'static str>> {
    let Ok(tender_no) = tender_no.parse::<i64>() else {
        return Ok(Some(BAD_NUMBER));
    };
    if let Some(told) = told {
        tender::ended_as_told(ledger, settings, till, tender_no, told)?;
    }
    let now_ms = ledger.now_ms;
    let Some(mut order) = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, tender_no)? else {
        pay_order::bury(
            ledger.tx(),
            PRODUCT_APP_ID,
            tender_no,
            till.till_id,
            Burial::GivenUp,
            now_ms,
        )?;
        return Ok(None);
    };
    if order.till_id != till.till_id {
        return Ok(Some(NOT_THIS_TILL));
    }
    if order.given_up {
        return Ok(None);
    }
    order.given_up = true;
    pay_order::save(ledger.tx(), &order)?;
    ledger.touch(order.pay_order_id);
    collect::cancel(ledger, &mut order)?;
    if on(Mutant::GivenUpKept) {
        return Ok(None);
    }
    for mut paid in trade::of_order(ledger.tx(), order.pay_order_id)? {
        // Also what was first heard of on its way back: under the trade's own number it goes back once, whoever sent it
        // on its way.
        if paid.state == TradeState::Paid {
            refunds::draw_rest(ledger, &mut paid, Reason::GivenUp)?;
            trade::save(ledger.tx(), &paid)?;
        }
    }
    Ok(None)
}

/// Adds a completed order to the sums of its day and tells business systems of it, once.
fn completed(
    ledger: &mut Ledger<'_>,
    till: &Till,
    order: &OrderSaid,
    tenders: &[TenderSaid],
    fact: &FactSaid,
) -> Outcome<Option<&'static str>> {
    let Ok(order_no) = order.order_no.parse::<i64>() else {
        return Ok(Some(BAD_NUMBER));
    };
    if BusinessDay::parse(&fact.business_day).is_none_or(|day| day.to_string() != fact.business_day) {
        return Ok(Some(BAD_DAY));
    }
    let amounts = tenders.iter().map(|tender| tender.amount_minor);
    if amounts
        .chain([order.total_minor])
        .any(|minor| minor.checked_abs().is_none_or(|minor| minor > SAID_MINOR_MAX))
    {
        return Ok(Some(BAD_AMOUNT));
    }
    let mut part = DayPart {
        total_minor: order.total_minor,
        ..DayPart::default()
    };
    for tender in tenders {
        match tender.means {
            Means::Cash => part.cash_minor = part.cash_minor.saturating_add(tender.amount_minor),
            Means::WechatPay | Means::AliPay => {
                part.code_minor = part.code_minor.saturating_add(tender.amount_minor);
            }
        }
    }
    let day = &fact.business_day;
    let (till_id, total_minor) = (till.till_id, order.total_minor);
    let new = journal::note_completed(ledger.tx(), till_id, order_no, day, total_minor, fact.at_ms)?;
    if new || on(Mutant::EntryStoredTwice) {
        journal::add_to_day(ledger.tx(), till_id, day, part)?;
    }
    if new {
        let now_ms = ledger.now_ms;
        announce::sale_completed(ledger.tx(), now_ms, till_id, order, tenders)?;
        announce_early_refunds(ledger, tenders)?;
    }
    Ok(None)
}

/// Money that went back before its order was known to be complete is told of now. The tender is locked: a refund
/// that succeeds at the same moment either sees the completed order or is seen here.
fn announce_early_refunds(ledger: &mut Ledger<'_>, tenders: &[TenderSaid]) -> Outcome<()> {
    for tender in tenders {
        let by_code = match tender.means {
            Means::Cash => false,
            Means::WechatPay | Means::AliPay => true,
        };
        let Ok(tender_no) = tender.tender_no.parse() else {
            continue;
        };
        let held = if by_code {
            pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, tender_no)?
        } else {
            None
        };
        if let Some(order) = held {
            ledger.announce(order.pay_order_id);
        }
    }
    Ok(())
}
