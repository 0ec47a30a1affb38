//! The pictures of the state tables in `docs/states`, drawn from the tables and checked to be fresh.
//!
//! `SUANPAN_BLESS=1 cargo test -p suanpan-domain drawing` draws them again.

use std::path::Path;

use crate::machine::{Machine, draw};
use crate::order::OrderMachine;
use crate::pay_order::PayOrderMachine;
use crate::print::PrintMachine;
use crate::refund::RefundMachine;
use crate::shift::ShiftMachine;
use crate::tender::TenderMachine;
use crate::trade::TradeMachine;

fn page<M: Machine>(title: &str, codes: &str) -> String {
    format!(
        "# {title}\n\nDrawn from the table in `crates/domain`; the test `drawing` keeps it fresh.\n\n```mermaid\n{}```\n\n{codes}",
        draw::<M>()
    )
}

fn rows<S: Copy + std::fmt::Debug>(head: &str, states: &[S], row: impl Fn(S) -> String) -> String {
    let lines: String = states
        .iter()
        .map(|s| format!("| {s:?} | {} |\n", row(*s)))
        .collect();
    format!("{head}\n{lines}")
}

fn pages() -> Vec<(&'static str, String)> {
    let order = rows(
        "| state | orders_status | pay_status |\n|---|---|---|",
        OrderMachine::STATES,
        |s| format!("{} | {}", s.orders_status(), s.pay_status()),
    );
    let trade = rows("| state | tradingState |\n|---|---|", TradeMachine::STATES, |s| {
        s.trading_state().to_string()
    });
    let refund = rows(
        "| state | refund_status |\n|---|---|",
        RefundMachine::STATES,
        |s| s.code().to_string(),
    );
    vec![
        ("order.md", page::<OrderMachine>("The till's order", &order)),
        ("tender.md", page::<TenderMachine>("The till's tender", "")),
        (
            "pay-order.md",
            page::<PayOrderMachine>("The centre's pay order, one per tender", ""),
        ),
        (
            "trade.md",
            page::<TradeMachine>("The centre's trade, one attempt", &trade),
        ),
        ("shift.md", page::<ShiftMachine>("A shift of a till", "")),
        ("print.md", page::<PrintMachine>("A print job", "")),
        (
            "refund.md",
            page::<RefundMachine>("A refund at a platform", &refund),
        ),
    ]
}

#[test]
fn p6_the_drawn_states_are_those_of_the_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states");
    for (name, text) in pages() {
        let path = folder.join(name);
        if std::env::var_os("SUANPAN_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "{name} is stale: SUANPAN_BLESS=1 cargo test -p suanpan-domain drawing"
        );
    }
}
