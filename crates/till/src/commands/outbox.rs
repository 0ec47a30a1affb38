//! What is only on this machine: the sync sheet, and the same as a file to keep elsewhere.

use suanpan_domain::order::OrderState;

use super::glance::Glance;
use super::orders;
use super::state::{held, sync_status};
use crate::rpc::views::{RefusedEntry, SyncList, TransferFile};
use crate::store::{Halt, StoreError};

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
    let refused = view.refused_entries()?.into_iter().map(|entry| RefusedEntry {
        seq: i64::try_from(entry.seq).unwrap_or(i64::MAX),
        kind: entry.kind,
        code: entry.code,
        order_id: entry.order_id,
        at_ms: entry.at_ms,
    });
    Ok(SyncList {
        status: sync_status(glance)?,
        waiting_minor: waiting.iter().map(|order| order.total_minor).sum(),
        waiting,
        to_confirm: view
            .orders_aside()?
            .iter()
            .filter(|order| order.state == OrderState::ToConfirm)
            .map(held)
            .collect(),
        refused: refused.collect(),
        acked_at_ms: view.acked_at_ms()?,
    })
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
