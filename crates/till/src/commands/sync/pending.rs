//! What the store has for the engine to do.

use suanpan_domain::order::OrderState;
use suanpan_domain::tender::TenderState;
use suanpan_wire::journal::{Entry, Mark};
use suanpan_wire::tender::{AskRefund, CloseTender, CreateAttempt, LateChoice};

use super::parsed;
use crate::rpc::{Code, Problem};
use crate::sale::choice;
use crate::store::{Halt, StoreError, TenderRow, View};
use crate::sync::{Errand, Pending, ShownCode, Watched};
use crate::till::Till;

/// Renewals of one tender that happen by themselves: half an hour of an open code. After that somebody has
/// to want a fresh one.
const RENEWALS_MAX: usize = 6;
/// Payload of one batch, bytes: small enough for every door on the way, and sent within a time limit on a
/// slow line.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// What has to be done now.
///
/// # Errors
/// When it cannot be read.
pub fn pending(till: &Till) -> Result<Pending, Problem> {
    till.read(|glance| {
        let view = &glance.view;
        let (generation, position) = view.cursor()?;
        let acked = view.acked()?;
        // No tender opened after the end of time: only those whose end is not known.
        let open = view.open_tenders(i64::MAX)?;
        let on_screen = on_screen(view)?;
        let watched = open.iter().filter_map(|row| watch(row, on_screen.as_deref()));
        let errands = errands(view)?;
        Ok(Pending {
            head: view.head()?,
            missing_after: missing_after(view, &acked)?,
            acked,
            generation,
            position,
            tenders: watched.collect(),
            errands,
        })
    })
}

/// What a person has decided and the centre has yet to answer.
fn errands(view: &View<'_>) -> Result<Vec<Errand>, StoreError> {
    let late = view.tenders_with_late_wish()?;
    let late = late.into_iter().map(|tender| Errand::Late {
        tender_no: tender.tender_no.to_string(),
    });
    let refunds = view.refunds_under_way()?;
    let refunds = refunds
        .into_iter()
        .filter(|refund| refund.is_own() && refund.is_open());
    let refunds = refunds.map(|refund| Errand::Refund {
        refund_no: refund.refund_no.to_string(),
        tender_no: refund.tender_no.to_string(),
    });
    Ok(late.chain(refunds).collect())
}

pub(super) fn ask_refund(view: &View<'_>, refund_no: &str) -> Result<AskRefund, Halt> {
    let refund = view.refund(parsed(refund_no))?;
    let refund = refund.ok_or(Halt::from(Code::RefundNotFound))?;
    Ok(AskRefund {
        amount_minor: refund.amount_minor,
    })
}

pub(super) fn late_choice(view: &View<'_>, tender_no: &str) -> Result<LateChoice, Halt> {
    let tender = view.tender(parsed(tender_no))?;
    let wish = tender.and_then(|tender| tender.late);
    Ok(choice(wish.ok_or(Halt::from(Code::LateGone))?))
}

/// The order that is being paid on screen.
fn on_screen(view: &View<'_>) -> Result<Option<String>, StoreError> {
    let Some(order_id) = view.current_order_id()? else {
        return Ok(None);
    };
    let order = view.order(&order_id)?;
    Ok(order
        .filter(|order| order.state == OrderState::Paying && !order.giving_up)
        .map(|order| order.order_id))
}

fn watch(row: &TenderRow, on_screen: Option<&str>) -> Option<Watched> {
    let newest = row.newest_attempt()?;
    let unsent = row.attempts.iter().find(|attempt| attempt.trade_no.is_none());
    let shown = newest.code_url.as_ref().and(newest.expires_at_ms);
    row.state.is_live().then(|| Watched {
        tender_no: row.tender_no.to_string(),
        closing: row.state == TenderState::Closing,
        unsent: unsent.map(|attempt| attempt.attempt_key.clone()),
        newest: newest.attempt_key.clone(),
        code: shown.map(|expires_at_ms| ShownCode { expires_at_ms }),
        paying: row.paying || newest.taken,
        ask_now: row.ask_now,
        renewable: on_screen == Some(row.order_id.as_str())
            && !row.attention
            && row.attempts.len() <= RENEWALS_MAX,
    })
}

/// The last own position before entries that the centre holds and this store has lost. A journal has no
/// gaps, so what is here of an epoch is a beginning of it.
pub(super) fn missing_after(view: &View<'_>, acked: &Mark) -> Result<Option<Mark>, StoreError> {
    if acked.seq == 0 || view.entry(acked.epoch, acked.seq)?.is_some() {
        return Ok(None);
    }
    let (mut here, mut lost) = (0, acked.seq);
    while lost - here > 1 {
        let middle = here + (lost - here) / 2;
        if view.entry(acked.epoch, middle)?.is_some() {
            here = middle;
        } else {
            lost = middle;
        }
    }
    let last = view.entry(acked.epoch, here)?;
    Ok(Some(last.map_or_else(
        || Mark {
            epoch: acked.epoch,
            ..Mark::genesis()
        },
        |entry| entry.mark(),
    )))
}

pub(super) fn batch_entries(view: &View<'_>, after: &Mark, entries_max: usize) -> Result<Vec<Entry>, Halt> {
    let mut entries = view.entries_after(after, entries_max)?;
    let mut bytes = 0;
    let fitting = entries.iter().take_while(|entry| {
        bytes += entry.payload.len();
        bytes <= BATCH_BYTES_MAX
    });
    let fitting = fitting.count().max(1);
    entries.truncate(fitting);
    if entries.is_empty() {
        return Err(Problem::new(Code::Internal).into());
    }
    Ok(entries)
}

pub(super) fn attempt(view: &View<'_>, tender_no: &str, attempt_key: &str) -> Result<CreateAttempt, Halt> {
    let gone = || Halt::No(Problem::new(Code::TenderNotFound));
    let tender = view.tender(parsed(tender_no))?.ok_or_else(gone)?;
    let named = tender
        .attempts
        .iter()
        .find(|attempt| attempt.attempt_key == attempt_key);
    let attempt = named.or_else(|| tender.newest_attempt()).ok_or_else(gone)?;
    Ok(CreateAttempt {
        order_no: tender.order_no.to_string(),
        means: tender.means,
        amount_minor: tender.amount_minor,
        description: attempt.description.clone(),
        renew: attempt.renew,
        payment_code: None,
        told: tender.told_attempts(),
    })
}

/// The order whose customer this attempt charges by the code they show.
pub(super) fn charged_order(
    view: &View<'_>,
    tender_no: &str,
    attempt_key: &str,
) -> Result<Option<String>, Halt> {
    let Some(tender) = view.tender(parsed(tender_no))? else {
        return Ok(None);
    };
    let is_charge = tender
        .attempts
        .iter()
        .any(|attempt| attempt.attempt_key == attempt_key && attempt.taken);
    Ok(is_charge.then_some(tender.order_id))
}

pub(super) fn closing(view: &View<'_>, tender_no: &str) -> Result<CloseTender, Halt> {
    let tender = view.tender(parsed(tender_no))?;
    Ok(CloseTender {
        told: tender.and_then(|tender| tender.told()),
    })
}
