//! Orders in lists and whole, and their receipts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_domain::money::Fen;
use suanpan_domain::order::OrderState;

use super::glance::{Glance, shown_line, shown_means};
use super::refund;
use super::state::language;
use crate::receipt;
use crate::rpc::views::{OrderDetail, OrderRow as ShownRow, OrderState as ShownState, Receipt};
use crate::rpc::{Code, FindOrders, Problem};
use crate::store::{Halt, OrderRow};
use crate::till::Till;

/// Most rows of one answer.
const ROWS_MAX: u16 = 200;

pub(super) const fn shown_state(state: OrderState) -> ShownState {
    match state {
        OrderState::Open => ShownState::Open,
        OrderState::Held => ShownState::Held,
        OrderState::Paying => ShownState::Paying,
        OrderState::ToConfirm => ShownState::ToConfirm,
        OrderState::Completed => ShownState::Completed,
        OrderState::Voided => ShownState::Voided,
        OrderState::PartRefunded => ShownState::PartRefunded,
        OrderState::Refunded => ShownState::Refunded,
    }
}

/// An order in a list.
pub(super) fn row(glance: &Glance<'_>, order: &OrderRow) -> Result<ShownRow, Halt> {
    let acked = glance.view.acked()?;
    let tenders = glance.view.tenders(&order.order_id)?;
    Ok(ShownRow {
        order_id: order.order_id.clone(),
        short_no: order.short_no.clone().unwrap_or_default(),
        state: shown_state(order.state),
        at_ms: order.completed_at_ms.unwrap_or(order.changed_at_ms),
        total_minor: order.total_minor,
        means: tenders
            .iter()
            .filter(|tender| (tender.state.counts() || tender.state.is_live()) && tender.amount_minor > 0)
            .map(|tender| shown_means(tender.means))
            .collect(),
        only_here: order.last_entry > (acked.epoch, acked.seq),
    })
}

pub(super) fn find(glance: &Glance<'_>, request: &FindOrders) -> Result<Vec<ShownRow>, Halt> {
    let text = suanpan_domain::code::fold_width(&request.text);
    let limit = match request.limit {
        0 => ROWS_MAX,
        asked => asked.min(ROWS_MAX),
    };
    let amount = Fen::parse_yuan(&text).ok().filter(|amount| amount.is_positive());
    let found = glance
        .view
        .find_orders(&text, amount.map(Fen::minor), usize::from(limit))?;
    found.iter().map(|order| row(glance, order)).collect()
}

fn here(glance: &Glance<'_>, order_id: &str) -> Result<OrderRow, Halt> {
    glance
        .view
        .order(order_id)?
        .ok_or(Halt::from(Code::OrderNotFound))
}

pub(super) fn get(glance: &Glance<'_>, order_id: &str) -> Result<OrderDetail, Halt> {
    let order = here(glance, order_id)?;
    let lines = glance.view.lines(order_id)?;
    let tenders = glance.view.tenders(order_id)?;
    let refunds = glance.view.refunds(order_id)?;
    Ok(OrderDetail {
        refunds: refunds
            .iter()
            .map(|refund| refund::shown(refund, glance.now_ms))
            .collect(),
        refundable_minor: refund::left_minor(glance.view, order_id)?,
        row: row(glance, &order)?,
        order_no: crate::sale::said::number(order.order_no),
        lines: lines.iter().map(shown_line).collect(),
        original_minor: order.original_minor,
        discount_minor: order.discount_minor,
        rounding_minor: order.rounding_minor,
        change_minor: order.change_minor,
        tenders: tenders.iter().map(|tender| glance.shown_tender(tender)).collect(),
        cashier: order.cashier,
    })
}

/// An order's receipt as rows, in the language of now.
pub(crate) fn receipt_rows(
    glance: &Glance<'_>,
    order_id: &str,
    copy: u32,
) -> Result<Vec<receipt::Row>, Halt> {
    Ok(receipt::rows(&receipt::Paper {
        shop: glance.view.store_name()?,
        is_practice: glance.view.is_practice()?,
        language: language(glance)?,
        time: glance.view.shop_time()?,
        copy,
        till_label: glance.view.till_label()?,
        order: here(glance, order_id)?,
        lines: glance.view.lines(order_id)?,
        tenders: glance.view.tenders(order_id)?,
        refunds: glance.view.refunds(order_id)?,
    }))
}

/// Makes a receipt of a paid order. Every one is counted and journalled before it is handed out; copies
/// say so.
pub(super) fn receipt(till: &mut Till, order_id: &str) -> Result<Receipt, Problem> {
    let copies_before = till.write(|tx| Ok(tx.make_receipt(order_id)?.1))?;
    let rows = till.read(|glance| receipt_rows(glance, order_id, copies_before))?;
    let png = receipt::picture(&rows).map_err(|error| {
        tracing::error!(%error, "a receipt could not be drawn");
        Problem::new(Code::Internal)
    })?;
    Ok(Receipt {
        text: receipt::text(&rows),
        png_base64: STANDARD.encode(png),
        copies_before,
    })
}
