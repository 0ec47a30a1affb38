//! Everything on screen, as one value.

use suanpan_domain::money::Fen;
use suanpan_domain::order::{Coverage, OrderState};
use suanpan_domain::tender::{Means, TenderState};

use super::glance::{Glance, drawn_means, shown_line};
use crate::rpc::state::{
    Basket, HeldBasket, Paid, Pay, Shop, Stage, SyncPhase, SyncStatus, TillState, UndoCode, UndoHint,
};
use crate::rpc::{CodeMeans, Language};
use crate::store::{Halt, LineRow, OrderRow, StoreError, TenderRow, coverage, keys};
use crate::sync::Reach;

/// Notes a customer may hand over: quick cash keys round up to them.
const NOTES: &[i64] = &[100, 500, 1_000, 2_000, 5_000, 10_000];
/// Quick cash keys that fit on the Pay screen.
const QUICK_CASH_MAX: usize = 5;

/// Everything on screen.
///
/// # Errors
/// When the data cannot be read.
pub fn state(glance: &Glance<'_>) -> Result<TillState, Halt> {
    let view = glance.view;
    let current = match view.current_order_id()? {
        Some(id) => view.order(&id)?,
        None => None,
    };
    let lines = match &current {
        Some(order) => view.lines(&order.order_id)?,
        None => Vec::new(),
    };
    let stage = stage(current.as_ref());
    let tenders = match (&current, stage) {
        (Some(order), Stage::Pay | Stage::Paid) => view.tenders(&order.order_id)?,
        (_, Stage::Sell) | (None, _) => Vec::new(),
    };
    let order = current.as_ref();
    Ok(TillState {
        revision: glance.revision,
        now_ms: glance.now_ms,
        shop: shop(glance)?,
        shift: super::shift::head(glance)?,
        stage,
        basket: basket(order, &lines),
        held: view.orders_aside()?.iter().map(held).collect(),
        pay: match order {
            Some(order) if stage == Stage::Pay => Some(pay(glance, order, &tenders)?),
            Some(_) | None => None,
        },
        paid: order
            .filter(|_| stage == Stage::Paid)
            .map(|order| paid(glance, order, &tenders))
            .transpose()?,
        notices: view.notices()?,
        undo: match order {
            Some(order) if stage == Stage::Sell => undo(glance, order)?,
            Some(_) | None => None,
        },
        sync: sync_status(glance)?,
        print: crate::print::shown_status(glance)?,
    })
}

/// Which selling screen an order belongs on.
#[must_use]
pub fn stage(order: Option<&OrderRow>) -> Stage {
    match order.map(|order| order.state) {
        Some(OrderState::Paying) => Stage::Pay,
        Some(OrderState::Completed | OrderState::PartRefunded | OrderState::Refunded) => Stage::Paid,
        Some(OrderState::Open | OrderState::Held | OrderState::ToConfirm | OrderState::Voided) | None => {
            Stage::Sell
        }
    }
}

fn shop(glance: &Glance<'_>) -> Result<Shop, StoreError> {
    let view = glance.view;
    Ok(Shop {
        name: view.store_name()?,
        till_label: view.till_label()?,
        practice: view.is_practice()?,
        cashier: view.cashier()?,
        language: language(glance)?,
        zone: view.zone()?,
        look: super::settings::look(glance)?,
        has_manager: view.has_manager()?,
    })
}

/// Language of screens and paper.
///
/// # Errors
/// When it cannot be read.
pub fn language(glance: &Glance<'_>) -> Result<Language, StoreError> {
    Ok(match glance.view.setting(keys::LANGUAGE)?.as_deref() {
        Some("en") => Language::En,
        Some(_) | None => Language::ZhCn,
    })
}

fn basket(order: Option<&OrderRow>, lines: &[LineRow]) -> Basket {
    let sum = |of: fn(&OrderRow) -> i64| order.map_or(0, of);
    Basket {
        order_id: order
            .filter(|_| !lines.is_empty())
            .map(|order| order.order_id.clone()),
        lines: lines.iter().map(shown_line).collect(),
        pieces: sum(|order| order.pieces),
        original_minor: sum(|order| order.original_minor),
        discount_minor: sum(|order| order.discount_minor),
        rounding_minor: sum(|order| order.rounding_minor),
        total_minor: sum(|order| order.total_minor),
    }
}

/// An order put aside.
#[must_use]
pub fn held(order: &OrderRow) -> HeldBasket {
    HeldBasket {
        order_id: order.order_id.clone(),
        short_no: order.short_no.clone(),
        to_confirm: order.state == OrderState::ToConfirm,
        held_at_ms: order.changed_at_ms,
        pieces: order.pieces,
        total_minor: order.total_minor,
    }
}

fn pay(glance: &Glance<'_>, order: &OrderRow, tenders: &[TenderRow]) -> Result<Pay, StoreError> {
    let sums = coverage(tenders);
    let code_means = offered(glance)?;
    let has_live = tenders.iter().any(|tender| tender.state.is_live());
    let open_minor = sums.open_minor(order.total_minor);
    Ok(Pay {
        order_id: order.order_id.clone(),
        short_no: order.short_no.clone().unwrap_or_default(),
        total_minor: order.total_minor,
        due_minor: sums.due_minor(order.total_minor),
        open_minor,
        tenders: tenders.iter().map(|tender| glance.shown_tender(tender)).collect(),
        current_tender_no: current_tender(tenders),
        codes_possible: glance.is_online() && !code_means.is_empty() && !has_live && open_minor > 0,
        code_means,
        quick_cash_minor: quick_cash(order, sums),
        can_go_back: sums == Coverage::default(),
    })
}

/// Means the centre offers codes for, in the counter's order: a key under the hand does not change its meaning
/// with the order in which a centre happens to name them.
///
/// # Errors
/// When they cannot be read.
pub fn offered(glance: &Glance<'_>) -> Result<Vec<CodeMeans>, StoreError> {
    let names = glance.view.setting(keys::MEANS_OFFERED)?.unwrap_or_default();
    let mut means: Vec<CodeMeans> = names
        .split(',')
        .filter_map(Means::from_name)
        .filter_map(drawn_means)
        .collect();
    means.sort_unstable();
    Ok(means)
}

/// The tender that fills the middle: the one in doubt, else the newest if it failed.
fn current_tender(tenders: &[TenderRow]) -> Option<String> {
    let in_doubt = tenders.iter().rev().find(|tender| tender.state.is_live());
    let failed = tenders
        .last()
        .filter(|tender| tender.state == TenderState::Failed);
    in_doubt.or(failed).map(|tender| tender.tender_no.to_string())
}

fn quick_cash(order: &OrderRow, sums: Coverage) -> Vec<i64> {
    let open = sums.open_minor(order.total_minor);
    let exact = if open > 0 {
        open
    } else {
        sums.due_minor(order.total_minor)
    };
    if exact <= 0 {
        return Vec::new();
    }
    let mut amounts = vec![exact];
    for note in NOTES {
        let rounded = Fen::new((exact + note - 1) / note * note).minor();
        if !amounts.contains(&rounded) {
            amounts.push(rounded);
        }
    }
    amounts.sort_unstable();
    amounts.truncate(QUICK_CASH_MAX);
    amounts
}

fn paid(glance: &Glance<'_>, order: &OrderRow, tenders: &[TenderRow]) -> Result<Paid, StoreError> {
    let print = glance.view.newest_print_of(&order.order_id)?;
    Ok(Paid {
        order_id: order.order_id.clone(),
        short_no: order.short_no.clone().unwrap_or_default(),
        total_minor: order.total_minor,
        change_minor: order.change_minor,
        tenders: tenders.iter().map(|tender| glance.shown_tender(tender)).collect(),
        completed_at_ms: order.completed_at_ms.unwrap_or(order.changed_at_ms),
        print: print.map(crate::print::shown_job),
    })
}

fn undo(glance: &Glance<'_>, order: &OrderRow) -> Result<Option<UndoHint>, Halt> {
    let Some(top) = glance.view.undo_top(&order.order_id)? else {
        return Ok(None);
    };
    let code: UndoCode =
        serde_json::from_value(serde_json::Value::String(top.code)).map_err(StoreError::from)?;
    Ok(Some(UndoHint {
        code,
        name: top.name,
        at_ms: top.at_ms,
    }))
}

/// The quiet indicator.
///
/// # Errors
/// When it cannot be read.
pub fn sync_status(glance: &Glance<'_>) -> Result<SyncStatus, Halt> {
    let view = glance.view;
    let refused = i64::try_from(view.refused_entries()?.len()).unwrap_or(i64::MAX);
    let doubtful = view.tenders_in_doubt()?;
    let doubtful = doubtful.iter().filter(|tender| tender.attention).count();
    let money = doubtful + super::refund::count_to_look_at(glance)?;
    let attention = refused + i64::try_from(money).unwrap_or(0);
    let entries_only_here = view.entries_only_here()?;
    let phase = if view.enrolment()?.is_none() {
        SyncPhase::Alone
    } else if attention > 0 || glance.link.reach == Reach::Revoked {
        SyncPhase::NeedsAttention
    } else if glance.link.reach == Reach::Offline {
        SyncPhase::Offline
    } else if entries_only_here > 0 {
        SyncPhase::Sending
    } else {
        SyncPhase::InStep
    };
    Ok(SyncStatus {
        phase,
        orders_only_here: view.orders_only_here()?,
        entries_only_here,
        attention,
        offline_since_ms: glance.link.offline_since_ms,
        retry_at_ms: glance.link.retry_at_ms,
    })
}
