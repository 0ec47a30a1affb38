//! What a till writes when an order is complete.

use suanpan_domain::tender::Means;
use suanpan_wire::entry::{FactSaid, OrderSaid, Said, TenderSaid};

use crate::house::clock::wall_ms;

/// An order that one code tender has settled.
pub(super) struct Paid {
    pub(super) member: i64,
    pub(super) order_no: i64,
    pub(super) tender_no: i64,
    pub(super) means: Means,
    pub(super) amount_minor: i64,
    pub(super) trade_no: String,
    pub(super) transaction_id: Option<String>,
}

/// Name of the one customer that a member of the crowd serves.
#[must_use]
pub(super) fn customer_of(member: i64) -> String {
    format!("customer-{member}")
}

/// Its entries: the money is here, and the order is complete.
pub(super) fn entries(paid: &Paid) -> [Said; 2] {
    let tender = TenderSaid {
        tender_no: paid.tender_no.to_string(),
        order_no: paid.order_no.to_string(),
        means: paid.means,
        amount_minor: paid.amount_minor,
        received_minor: None,
        change_minor: None,
        replaces: None,
        trade_no: Some(paid.trade_no.clone()),
        transaction_id: paid.transaction_id.clone(),
    };
    let fact = FactSaid {
        at_ms: wall_ms(),
        business_day: "2026-11-21".to_owned(),
        hour: 9,
        cashier: "crowd".to_owned(),
        shift_id: None,
    };
    let settled = Said::TenderSettled {
        tender: tender.clone(),
        fact: fact.clone(),
    };
    let completed = Said::OrderCompleted {
        order: order(paid),
        tenders: vec![tender],
        change_minor: 0,
        fact,
    };
    [settled, completed]
}

fn order(paid: &Paid) -> OrderSaid {
    OrderSaid {
        order_id: format!("order-{}", paid.order_no),
        order_no: paid.order_no.to_string(),
        short_no: format!("{}-1121-{:04}", paid.member, paid.order_no % 10_000),
        shift_id: None,
        cashier: "crowd".to_owned(),
        member_id: Some(customer_of(paid.member)),
        lines: Vec::new(),
        original_minor: paid.amount_minor,
        discount_minor: 0,
        rounding_minor: 0,
        total_minor: paid.amount_minor,
    }
}
