//! The customer's screen: what is bought, what it costs, the code, and that it is paid. Never an error.

use super::glance::Glance;
use super::state;
use crate::rpc::CodeMeans;
use crate::rpc::state::{Means, Pay, Stage, TenderPhase, TillState};
use crate::rpc::views::{CustomerScene, CustomerView};
use crate::store::Halt;

/// How long "paid" stays when nobody starts the next sale, milliseconds.
const PAID_STAYS_MS: i64 = 20_000;

pub(super) fn view(glance: &Glance<'_>) -> Result<CustomerView, Halt> {
    let state = state::state(glance)?;
    let scene = scene(&state);
    if matches!(scene, CustomerScene::Welcome) {
        return Ok(CustomerView {
            shop: state.shop.name,
            practice: state.shop.practice,
            scene,
            lines: Vec::new(),
            pieces: 0,
            total_minor: 0,
            saved_minor: 0,
            received_minor: 0,
        });
    }
    let basket = state.basket;
    let received_minor = state
        .pay
        .map_or(0, |pay| pay.total_minor.saturating_sub(pay.due_minor));
    Ok(CustomerView {
        shop: state.shop.name,
        practice: state.shop.practice,
        scene,
        pieces: basket.pieces,
        total_minor: basket.total_minor,
        saved_minor: basket.original_minor.saturating_sub(basket.total_minor).max(0),
        received_minor,
        lines: basket.lines,
    })
}

fn scene(state: &TillState) -> CustomerScene {
    match state.stage {
        Stage::Sell if state.basket.lines.is_empty() => CustomerScene::Welcome,
        Stage::Sell => CustomerScene::Basket,
        Stage::Pay => state.pay.as_ref().map_or(CustomerScene::Basket, pay_scene),
        Stage::Paid => match &state.paid {
            Some(paid) if state.now_ms - paid.completed_at_ms <= PAID_STAYS_MS => CustomerScene::Paid {
                total_minor: paid.total_minor,
                change_minor: paid.change_minor,
                tenders: paid.tenders.clone(),
            },
            Some(_) | None => CustomerScene::Welcome,
        },
    }
}

fn pay_scene(pay: &Pay) -> CustomerScene {
    let due = CustomerScene::Due {
        due_minor: pay.due_minor,
    };
    let current = pay
        .tenders
        .iter()
        .find(|tender| Some(&tender.tender_no) == pay.current_tender_no.as_ref());
    let Some(tender) = current else { return due };
    match (tender.phase, &tender.code, code_means(tender.means)) {
        (TenderPhase::Waiting | TenderPhase::Paying, Some(code), Some(means)) => CustomerScene::Code {
            means,
            amount_minor: tender.amount_minor,
            svg_path: code.svg_path.clone(),
            modules: code.modules,
            expires_at_ms: code.expires_at_ms,
        },
        (
            TenderPhase::Unknown | TenderPhase::Closing | TenderPhase::Paying | TenderPhase::NeedsAttention,
            _,
            _,
        ) => CustomerScene::Confirming,
        (
            TenderPhase::Fetching
            | TenderPhase::Waiting
            | TenderPhase::Settled
            | TenderPhase::Canceled
            | TenderPhase::GivenUp
            | TenderPhase::Failed
            | TenderPhase::Reversed,
            _,
            _,
        ) => due,
    }
}

const fn code_means(means: Means) -> Option<CodeMeans> {
    match means {
        Means::WechatPay => Some(CodeMeans::WechatPay),
        Means::AliPay => Some(CodeMeans::AliPay),
        Means::CashPay => None,
    }
}
