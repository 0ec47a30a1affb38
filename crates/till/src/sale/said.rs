//! Rows as the journal tells them.

use suanpan_wire::entry::{LineSaid, OrderSaid, TenderSaid};

use crate::store::{LineRow, OrderRow, TenderRow};

/// A line, whole.
#[must_use]
pub fn line(line: &LineRow) -> LineSaid {
    LineSaid {
        line_id: line.line_id.clone(),
        article_id: line.article_id.clone(),
        catalogue_version: line.catalogue_version,
        name: full_name(&line.name, &line.size),
        code: line.code.clone(),
        unit: line.unit,
        price_minor: line.price_minor,
        price_by_hand: line.price_by_hand,
        charged_percent: line.charged_percent,
        quantity_milli: line.quantity_milli,
        amount_minor: line.amount_minor,
        net_minor: line.net_minor.unwrap_or(line.amount_minor),
    }
}

/// Name and size as one text.
#[must_use]
pub fn full_name(name: &str, size: &str) -> String {
    format!("{name} {size}").trim_end().to_owned()
}

/// An order, whole.
#[must_use]
pub fn order(order: &OrderRow, lines: &[LineRow]) -> OrderSaid {
    OrderSaid {
        order_id: order.order_id.clone(),
        order_no: number(order.order_no),
        short_no: order.short_no.clone().unwrap_or_default(),
        shift_id: order.shift_id.clone(),
        cashier: order.cashier.clone(),
        member_id: order.member_id.clone(),
        lines: lines.iter().map(line).collect(),
        original_minor: order.original_minor,
        discount_minor: order.discount_minor,
        rounding_minor: order.rounding_minor,
        total_minor: order.total_minor,
    }
}

/// A tender, as it stands.
#[must_use]
pub fn tender(tender: &TenderRow) -> TenderSaid {
    TenderSaid {
        tender_no: tender.tender_no.to_string(),
        order_no: tender.order_no.to_string(),
        means: tender.means,
        amount_minor: tender.amount_minor,
        received_minor: tender.received_minor,
        change_minor: tender.change_minor,
        replaces: tender.replaces.map(|no| no.to_string()),
        trade_no: tender.trade_no.clone(),
        transaction_id: tender.transaction_id.clone(),
    }
}

/// A number as a text; empty before it is minted.
#[must_use]
pub fn number(number: Option<i64>) -> String {
    number.map(|no| no.to_string()).unwrap_or_default()
}
