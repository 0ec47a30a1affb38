//! What is only on this machine: the sync sheet, and the same as a file to keep elsewhere.

#[cfg(test)]
mod tests;

use suanpan_domain::order::OrderState;
use suanpan_domain::pay_order::Disposition;
use suanpan_domain::tender::TenderState;

use super::glance::{Glance, shown_means};
use super::orders;
use super::refund;
use super::state::{held, sync_status};
use crate::rpc::Code;
use crate::rpc::state::HeldBasket;
use crate::rpc::views::{AttentionMatter, AttentionTender, RefusedEntry, SyncList, TransferFile};
use crate::store::{AttemptRow, Halt, RefusedRow, StoreError, TenderRow};
use crate::sync::Reach;

/// Orders listed in the sheet.
const ORDERS_MAX: usize = 200;
/// Entries read at a time for the file.
const PART: usize = 1_000;

pub(super) fn list(glance: &Glance<'_>) -> Result<SyncList, Halt> {
    let view = glance.view;
    let mut waiting = Vec::new();
    for order_id in view.order_ids_only_here(ORDERS_MAX)? {
        if let Some(order) = view.order(&order_id)? {
            waiting.push(orders::row(glance, &order)?);
        }
    }
    let attention = attention(glance)?;
    Ok(SyncList {
        status: sync_status(glance)?,
        waiting_minor: waiting.iter().map(|order| order.total_minor).sum(),
        waiting,
        to_confirm: to_confirm(glance, &attention)?,
        late: refund::late(glance)?,
        refunds: refund::to_look_at(glance)?,
        attention,
        revoked: glance.link.reach == Reach::Revoked,
        refused: view.refused_entries()?.into_iter().map(refused).collect(),
        acked_at_ms: view.acked_at_ms()?,
    })
}

/// Exactly the tenders that the indicator counts.
fn attention(glance: &Glance<'_>) -> Result<Vec<AttentionTender>, Halt> {
    let doubtful = glance.view.tenders_in_doubt()?;
    doubtful
        .iter()
        .filter(|tender| tender.attention)
        .map(|tender| {
            let order = glance.view.order(&tender.order_id)?;
            let order = order.ok_or(Halt::from(Code::OrderNotFound))?;
            Ok(AttentionTender {
                tender_no: tender.tender_no.to_string(),
                order_id: order.order_id,
                short_no: order.short_no.unwrap_or_default(),
                order_state: orders::shown_state(order.state),
                means: shown_means(tender.means),
                amount_minor: tender.amount_minor,
                matter: matter(tender),
            })
        })
        .collect()
}

/// What is the matter with a tender that needs a person.
fn matter(tender: &TenderRow) -> AttentionMatter {
    let is_aside = |attempt: &AttemptRow| attempt.disposition == Disposition::Suspense;
    if tender.attempts.iter().any(is_aside) {
        return AttentionMatter::AmountDiffers;
    }
    match tender.state {
        TenderState::Canceled | TenderState::Failed => AttentionMatter::NoPlace,
        TenderState::Live
        | TenderState::Closing
        | TenderState::Settled
        | TenderState::GivenUp
        | TenderState::Reversed => AttentionMatter::NotProven,
    }
}

fn to_confirm(glance: &Glance<'_>, attention: &[AttentionTender]) -> Result<Vec<HeldBasket>, Halt> {
    let aside = glance.view.orders_aside()?;
    let is_listed = |order_id: &str| attention.iter().any(|tender| tender.order_id == order_id);
    Ok(aside
        .iter()
        .filter(|order| order.state == OrderState::ToConfirm && !is_listed(&order.order_id))
        .map(held)
        .collect())
}

fn refused(entry: RefusedRow) -> RefusedEntry {
    RefusedEntry {
        epoch: entry.epoch,
        seq: i64::try_from(entry.seq).unwrap_or(i64::MAX),
        kind: entry.kind,
        code: entry.code,
        order_id: entry.order_id,
        at_ms: entry.at_ms,
    }
}

pub(super) fn export(glance: &Glance<'_>) -> Result<TransferFile, Halt> {
    let view = glance.view;
    let from = view.acked()?;
    let mut after = from.clone();
    let mut text = String::new();
    let mut entries = 0;
    loop {
        let part = view.entries_after(&after, PART)?;
        let Some(last) = part.last() else { break };
        after = last.mark();
        for entry in &part {
            text.push_str(&serde_json::to_string(entry).map_err(StoreError::from)?);
            text.push('\n');
            entries += 1;
        }
    }
    Ok(TransferFile {
        file_name: format!(
            "suanpan-{}-{}.{}-{}.{}.jsonl",
            view.till_label()?,
            from.epoch,
            from.seq,
            after.epoch,
            after.seq
        ),
        text,
        entries,
    })
}
