//! I15: after the platforms' bills have been compared, every row of theirs is one trade or refund here, or one row of
//! suspense. What the bills must have is taken from the platforms' own books, not from the files that the centre fetched.

use suanpan_channels::bill::BillDay;
use suanpan_sandbox::{Platform, PlatformName, RefundView, TradeView};

use super::scene::{Memory, Scene};
use crate::sim::books::desk::{BillRow, Bills, Suspense};
use crate::sim::merchant;
use crate::sim::verdict::{Broken, ensure};

const NAME: &str = "I15 every row of a bill is held or in suspense";
/// What a payment of a bill can be in suspense as.
const PAYMENTS: [&str; 4] = ["UNKNOWN_TRADE", "MISMATCH", "BILL_ONLY", "RETURNED_UNHEARD"];
/// The same for money that went back.
const RETURNS: [&str; 3] = ["UNKNOWN_REFUND", "REFUND_MISMATCH", "RETURNED_UNHEARD"];

/// A number in the platform's books; none where it says nothing.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or(0)
}

/// An account by its name in its platform's books.
fn account_of(mchid: &str) -> i64 {
    let accounts = merchant::accounts("");
    let mut accounts = accounts.iter();
    let found = accounts.find(|account| merchant::name_there(account) == mchid);
    found.map_or(0, |account| account.enterprise_id)
}

/// What the platforms' bills must have, by their own books; of all days.
#[must_use]
pub fn billed(platform: &Platform, memory: &Memory) -> Vec<BillRow> {
    let trades = platform.trades();
    let paid = trades.iter().filter_map(|trade| paid_row(trade, memory));
    let refunds = platform.refunds();
    let returned = refunds.iter().filter_map(|refund| {
        let mut trades = trades.iter();
        let of =
            |trade: &&TradeView| trade.mchid == refund.mchid && trade.out_trade_no == refund.out_trade_no;
        returned_row(trades.find(of)?, refund)
    });
    paid.chain(returned).collect()
}

fn paid_row(trade: &TradeView, memory: &Memory) -> Option<BillRow> {
    let paid_at_ms = number(trade.paid_at_ms.as_deref()?);
    let key = (trade.mchid.clone(), trade.out_trade_no.clone());
    let is_ours = !memory.elsewhere.contains_key(&key);
    let wrong = memory.wrong_amounts.get(&number(&trade.out_trade_no));
    let wrong = wrong.copied().filter(|_| is_ours);
    Some(BillRow {
        enterprise_id: account_of(&trade.mchid),
        day: BillDay::of(paid_at_ms).to_string(),
        kind: "PAID".to_owned(),
        trade_no: trade.out_trade_no.clone(),
        refund_no: None,
        amount_minor: wrong.unwrap_or(number(&trade.total_minor)),
        transaction_id: trade.transaction_id.clone().unwrap_or_default(),
        verdict: String::new(),
    })
}

/// The one platform writes a refund on the day it is accepted, the other when it has ended well.
fn returned_row(trade: &TradeView, refund: &RefundView) -> Option<BillRow> {
    let (at_ms, is_reversed) = match refund.platform {
        PlatformName::Wechat => (number(&refund.created_at_ms), trade.trade_state == "REVOKED"),
        PlatformName::Alipay => {
            let done = refund
                .settled_at_ms
                .as_deref()
                .filter(|_| refund.status == "SUCCESS")?;
            (number(done), false)
        }
    };
    Some(BillRow {
        enterprise_id: account_of(&refund.mchid),
        day: BillDay::of(at_ms).to_string(),
        kind: if is_reversed { "REVERSED" } else { "RETURNED" }.to_owned(),
        trade_no: refund.out_trade_no.clone(),
        refund_no: (!is_reversed).then(|| refund.out_refund_no.clone()),
        amount_minor: number(&refund.refund_minor),
        transaction_id: trade.transaction_id.clone().unwrap_or_default(),
        verdict: String::new(),
    })
}

/// I15.
///
/// # Errors
/// [`Broken`].
pub fn i15_every_row_is_held_or_in_suspense(
    scene: &Scene,
    memory: &Memory,
    bills: &Bills,
    billed: &[BillRow],
) -> Result<(), Broken> {
    every_day_is_done(scene, bills)?;
    every_row_was_read(bills, billed)?;
    bills.rows.iter().try_for_each(|row| is_held(scene, memory, row))
}

/// Each account's days are reconciled up to yesterday, and nothing of ours was missing in them: these platforms' bills
/// are whole.
fn every_day_is_done(scene: &Scene, bills: &Bills) -> Result<(), Broken> {
    let first = BillDay::of(crate::sim::world::OPENS_AT_MS);
    let wanted = [first.to_string(), first.after().to_string()];
    for (_, enterprise_id) in merchant::OFFERS {
        for day in &wanted {
            let mut days = bills.days.iter();
            let found = days.find(|row| row.enterprise_id == enterprise_id && row.day == *day);
            let done = found.is_some_and(|row| row.state == "DONE" && row.missing == 0);
            ensure(done, NAME, || format!("{enterprise_id} {day}: {found:?}"))?;
        }
    }
    let mut suspense = scene.centre.suspense.iter();
    let invented = suspense.find(|row| matches!(row.kind.as_str(), "NOT_BILLED" | "REFUND_NOT_BILLED"));
    ensure(invented.is_none(), NAME, || format!("is in a bill: {invented:?}"))
}

/// The rows that were kept are those of the platforms' books, each once.
fn every_row_was_read(bills: &Bills, billed: &[BillRow]) -> Result<(), Broken> {
    let is_over = |row: &&BillRow| bills.days.iter().any(|day| day.day == row.day);
    let mut wanted: Vec<BillRow> = billed.iter().filter(is_over).cloned().collect();
    let kept = bills.rows.iter().map(|row| BillRow {
        verdict: String::new(),
        ..row.clone()
    });
    let mut kept: Vec<BillRow> = kept.collect();
    wanted.sort();
    kept.sort();
    let differs = wanted.iter().zip(&kept).find(|(wanted, kept)| wanted != kept);
    ensure(wanted == kept, NAME, || {
        format!("{} billed, {} kept, first {differs:?}", wanted.len(), kept.len())
    })
}

fn is_held(scene: &Scene, memory: &Memory, row: &BillRow) -> Result<(), Broken> {
    let number = row.trade_no.parse().ok();
    let held = number.and_then(|number: i64| scene.centre.trade(number));
    let held = held.filter(|held| held.enterprise_id == row.enterprise_id);
    let is_paid = held.is_some_and(|held| {
        held.state == "PAID"
            && held.amount_minor == row.amount_minor
            && held
                .transaction_id
                .as_ref()
                .is_none_or(|id| *id == row.transaction_id)
    });
    let fits = match (row.verdict.as_str(), row.kind.as_str()) {
        ("MATCHED", "PAID") => is_paid,
        ("MATCHED", "RETURNED") => scene.centre.refunds.iter().any(|refund| {
            Some(refund.refund_no.to_string()) == row.refund_no
                && refund.trade_no.to_string() == row.trade_no
                && refund.enterprise_id == row.enterprise_id
                && refund.amount_minor == row.amount_minor
        }),
        ("TAKEN_BACK", _) => held.is_some_and(|held| held.taken && held.state == "CLOSED"),
        ("SUSPENSE", kind) => {
            let rows: Vec<&Suspense> = in_suspense(scene, row).collect();
            // A restored centre may have put the same money there once by what it had lost and once by what it had not.
            let counts_once = rows.len() == 1 || (memory.centre_restored && !rows.is_empty());
            let is_decided = rows.iter().any(|row| row.decided.is_some());
            counts_once && (kind != "PAID" || !is_paid || is_decided || memory.centre_restored)
        }
        (_, _) => false,
    };
    ensure(fits, NAME, || {
        let rows: Vec<&Suspense> = in_suspense(scene, row).collect();
        format!("{row:?}: held {held:?}, in suspense {rows:?}")
    })
}

fn in_suspense<'a>(scene: &'a Scene, row: &'a BillRow) -> impl Iterator<Item = &'a Suspense> {
    let kinds: &[&str] = if row.kind == "PAID" { &PAYMENTS } else { &RETURNS };
    scene.centre.suspense_of(&row.trade_no).filter(move |other| {
        let names_it = match &row.refund_no {
            Some(refund_no) => other.reference.contains(refund_no.as_str()),
            None => true,
        };
        kinds.contains(&other.kind.as_str())
            && other.enterprise_id == row.enterprise_id
            // A notice of Alipay says how much of a trade is back, not how much of it by this refund.
            && other.amount_minor.map_or(row.kind == "RETURNED", |minor| minor == row.amount_minor)
            && names_it
    })
}
