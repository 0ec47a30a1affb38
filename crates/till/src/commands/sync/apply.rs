//! What an answer changes here, and what a fault says beyond "no".

use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::journal::{BatchAnswer, EntryResult, HelloAnswer};
use suanpan_wire::stream::{Changed, ChangesAnswer};
use suanpan_wire::tender::TenderView;

use super::parsed;
use super::pending::missing_after;
use crate::rpc::Problem;
use crate::rpc::state::NoticeCode;
use crate::store::{Halt, WriteTx, keys};
use crate::sync::{Answer, Call, LinkFault};
use crate::till::Till;

/// Differences from the centre's clock below this are the time on the way.
const CLOCK_NOISE_MS: i64 = 500;

/// Keeps an answer: what it says and how far it says it, in one transaction.
///
/// # Errors
/// When it cannot be kept; it then counts as not received.
pub fn apply(till: &mut Till, answer: &Answer) -> Result<(), Problem> {
    if let Some(centre_time_ms) = answer.centre_time_ms() {
        learn_time(till, centre_time_ms)?;
    }
    match answer {
        Answer::Hello(answer) => apply_hello(till, answer),
        Answer::Journal {
            epoch,
            first_seq,
            answer,
        } => till.write(|tx| apply_batch(tx, *epoch, *first_seq, answer)),
        Answer::OwnEntries(own) => till.write(|tx| Ok(tx.adopt_entries(&own.entries).map(|_| ())?)),
        Answer::Changes {
            generation,
            after,
            answer,
        } => apply_changes(till, (*generation, *after), answer),
        Answer::Tender(view) => {
            till.write(|tx| tx.apply_tender_view(view).map(|_| ()))?;
            let tender = till.read(|glance| Ok(glance.view.tender(parsed(&view.tender_no))?))?;
            let charged = tender.filter(|tender| {
                tender
                    .newest_attempt()
                    .is_some_and(|newest| newest.taken && newest.trade_no.is_some())
            });
            if let Some(tender) = charged {
                till.forget_payment_code(&tender.order_id);
            }
            Ok(())
        }
    }
}

fn learn_time(till: &mut Till, centre_time_ms: i64) -> Result<(), Problem> {
    if (till.now_ms() - centre_time_ms).abs() <= CLOCK_NOISE_MS {
        return Ok(());
    }
    till.learn_centre_time(centre_time_ms)
}

fn apply_hello(till: &mut Till, answer: &HelloAnswer) -> Result<(), Problem> {
    let means = answer.means.join(",");
    let code_life_ms = answer.code_life_ms.to_string();
    let (acked, head, is_known, is_lost) = till.read(|glance| {
        let view = &glance.view;
        let said = |key| view.setting(key);
        let is_known = said(keys::MEANS_OFFERED)?.as_deref() == Some(means.as_str())
            && said(keys::CODE_LIFE_MS)?.as_deref() == Some(code_life_ms.as_str());
        let is_lost = missing_after(view, &answer.held)?.is_some();
        Ok((view.acked()?, view.head()?, is_known, is_lost))
    })?;
    let needs_epoch = is_lost && head.epoch <= answer.held.epoch;
    if acked == answer.held && is_known && !needs_epoch {
        return Ok(());
    }
    till.write(|tx| {
        if needs_epoch {
            // This store is older than what the centre has heard from it: it was restored from a copy.
            tx.open_epoch(answer.held.epoch + 1, "restored")?;
        }
        tx.set_acked(&answer.held)?;
        tx.set_setting(keys::MEANS_OFFERED, &means)?;
        tx.set_setting(keys::CODE_LIFE_MS, &code_life_ms)?;
        Ok(())
    })
}

/// Only the mark moves; nothing is deleted. What was refused is kept for a person and blocks nothing.
fn apply_batch(tx: &mut WriteTx<'_>, epoch: u32, first_seq: u64, answer: &BatchAnswer) -> Result<(), Halt> {
    let results: Vec<(u64, EntryResult)> = (first_seq..).zip(answer.results.iter().cloned()).collect();
    for (seq, code) in tx.save_entry_results(epoch, &results)? {
        tx.notify(
            NoticeCode::EntryRefused,
            &[("seq", seq.to_string()), ("code", code)],
        )?;
    }
    tx.set_acked(&answer.held)?;
    Ok(())
}

/// Changes and cursor in one transaction; a copy of an older answer changes nothing.
fn apply_changes(till: &mut Till, asked: (u64, u64), answer: &ChangesAnswer) -> Result<(), Problem> {
    let cursor = till.read(|glance| Ok(glance.view.cursor()?))?;
    if cursor != asked {
        return Ok(());
    }
    match answer {
        ChangesAnswer::Changes {
            generation, changes, ..
        } => {
            let Some(last) = changes.last() else {
                return Ok(());
            };
            till.write(|tx| {
                for change in changes {
                    match &change.what {
                        Changed::Tender { tender } => tx.apply_tender_view(tender).map(|_| ())?,
                        Changed::Settings | Changed::Unknown => {}
                    }
                }
                Ok(tx.set_cursor(*generation, last.position)?)
            })
        }
        ChangesAnswer::Snapshot {
            generation,
            position,
            tenders,
            ..
        } => till.write(|tx| apply_snapshot(tx, (*generation, *position), cursor.0, tenders)),
    }
}

fn apply_snapshot(
    tx: &mut WriteTx<'_>,
    cursor: (u64, u64),
    generation_before: u64,
    tenders: &[TenderView],
) -> Result<(), Halt> {
    if generation_before != cursor.0 {
        forget_versions(tx)?;
    }
    for view in tenders {
        tx.apply_tender_view(view)?;
    }
    Ok(tx.set_cursor(cursor.0, cursor.1)?)
}

/// A restored centre counts its versions from where its copy stood: what it says from now on is news, and
/// the tables see to it that no state moves back.
fn forget_versions(tx: &mut WriteTx<'_>) -> Result<(), Halt> {
    Ok(tx.forget_view_versions()?)
}

/// What a fault says beyond "no".
pub(super) fn heed(till: &mut Till, call: &Call, fault: &LinkFault) -> Result<(), Problem> {
    match fault {
        LinkFault::StaleClock { centre_time_ms } => till.learn_centre_time(*centre_time_ms),
        LinkFault::Refused { body, .. } => heed_refusal(till, call, body),
        LinkFault::Unreachable | LinkFault::TimedOut | LinkFault::Unverified | LinkFault::NotSaved => Ok(()),
    }
}

/// What an answer to an errand settles besides what it says.
pub(super) fn answered(till: &mut Till, call: &Call) -> Result<(), Problem> {
    match call {
        Call::DecideLate { tender_no } => till.write(|tx| tx.late_answered(parsed(tender_no), false)),
        Call::PutRefund { .. }
        | Call::Hello
        | Call::Journal { .. }
        | Call::OwnEntries { .. }
        | Call::Changes { .. }
        | Call::PutAttempt { .. }
        | Call::CloseTender { .. }
        | Call::QueryTender { .. } => Ok(()),
    }
}

/// A *no* that no sending again can change. That the centre does not know a settled tender, or not yet its money,
/// may pass: it was put back to an older copy and asks the platform first.
fn heed_refund(till: &mut Till, refund_no: &str, body: &ErrorBody) -> Result<(), Problem> {
    let for_good = [
        ErrorCode::AmountInvalid,
        ErrorCode::KeyReused,
        ErrorCode::MalformedRequest,
    ];
    if !for_good.contains(&body.code) {
        return Ok(());
    }
    let code = name_of(body.code);
    till.write(|tx| tx.refund_refused(parsed(refund_no), &code))
}

fn name_of(code: ErrorCode) -> String {
    let code = serde_json::to_value(code).ok();
    let code = code.as_ref().and_then(serde_json::Value::as_str);
    code.unwrap_or_default().to_owned()
}

/// A first attempt that can never be made ends its tender; everything else is only a reason to wait.
fn heed_refusal(till: &mut Till, call: &Call, body: &ErrorBody) -> Result<(), Problem> {
    if let Call::PutRefund { refund_no, .. } = call {
        return heed_refund(till, refund_no, body);
    }
    if let Call::DecideLate { tender_no } = call
        && matches!(body.code, ErrorCode::WrongState | ErrorCode::NotFound)
    {
        return till.write(|tx| tx.late_answered(parsed(tender_no), true));
    }
    let Call::PutAttempt { tender_no, .. } = call else {
        return Ok(());
    };
    let for_good = [
        ErrorCode::MeansNotOffered,
        ErrorCode::AmountInvalid,
        ErrorCode::MalformedRequest,
    ];
    if !for_good.contains(&body.code) {
        return Ok(());
    }
    let number = parsed(tender_no);
    let tender = till.read(|glance| Ok(glance.view.tender(number)?))?;
    let nothing_there = tender.is_some_and(|tender| tender.attempts.iter().all(|a| a.trade_no.is_none()));
    if !nothing_there {
        return Ok(());
    }
    let code = name_of(body.code);
    till.write(|tx| tx.tender_refused(number, &code).map(|_| ()))
}
