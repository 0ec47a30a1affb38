//! Rules about what operators decide: a wrong press is refused, a right one happens once and is noted, and money of
//! other systems is on somebody's list.

use super::centre::is_winner;
use super::scene::{Memory, Scene};
use crate::sim::books::centre::{CentreBook, Trade};
use crate::sim::books::desk::Suspense;
use crate::sim::merchant::OFFERS;
use crate::sim::operator::{Press, What};
use crate::sim::verdict::{Broken, ensure};

/// The app of the tills' pay orders.
pub const TILLS: &str = "suanpan.till";

/// What is kept of a decision.
fn words(row: &Suspense, what: What) -> String {
    match what {
        What::Attach { tender_no } => format!("attached to {TILLS} {tender_no}"),
        What::Refund { amount_minor } => {
            let amount_minor = amount_minor.or(row.amount_minor).unwrap_or(0);
            format!("{amount_minor} fen go back")
        }
        What::Accept => "accepted as it is".to_owned(),
    }
}

/// Why a press must be refused, if it must, by what stands in the file.
#[must_use]
pub fn why_wrong(book: &CentreBook, press: Press) -> Option<&'static str> {
    let Some(row) = book.suspense.iter().find(|row| row.id == press.suspense_id) else {
        return Some("nothing of that number is in suspense");
    };
    if let Some((_, decided)) = &row.decided {
        return (*decided != words(row, press.what)).then_some("it was decided otherwise");
    }
    let number = row.trade_no.parse::<i64>().ok();
    let held = number.and_then(|number| book.trade(number));
    match press.what {
        What::Accept => None,
        What::Attach { tender_no } => why_not_attached(book, row, held, tender_no),
        What::Refund { amount_minor } => why_not_returned(book, row, held, amount_minor),
    }
}

fn why_not_attached(
    book: &CentreBook,
    row: &Suspense,
    held: Option<&Trade>,
    tender_no: i64,
) -> Option<&'static str> {
    let mut orders = book.pay_orders.iter();
    let order = orders.find(|order| order.app == TILLS && order.tender_no == tender_no);
    let Some(order) = order else {
        return Some("there is no such tender");
    };
    if row.kind != "UNKNOWN_TRADE" || row.trade_no.parse::<i64>().is_err() {
        return Some("such money belongs to no tender");
    }
    if order.given_up || order.winner.is_some() {
        return Some("the tender wants no money");
    }
    if row.amount_minor != Some(order.amount_minor) {
        return Some("the tender is for another amount");
    }
    let collects = OFFERS.contains(&(order.means.as_str(), row.enterprise_id));
    if !collects {
        return Some("the account does not collect for the tender");
    }
    held.map(|_| "the number is held already")
}

fn why_not_returned(
    book: &CentreBook,
    row: &Suspense,
    held: Option<&Trade>,
    amount_minor: Option<i64>,
) -> Option<&'static str> {
    let can_return = matches!(
        row.kind.as_str(),
        "UNKNOWN_TRADE" | "MISMATCH" | "BILL_ONLY" | "RETURNED_UNHEARD"
    );
    let (Some(captured_minor), true, Ok(number)) = (row.amount_minor, can_return, row.trade_no.parse())
    else {
        return Some("no money of it can be returned from here");
    };
    let promised = book.refunds_of(number).filter(|refund| refund.status != 3);
    let promised_minor: i64 = promised.map(|refund| refund.amount_minor).sum();
    let wanted_minor = amount_minor.unwrap_or(captured_minor);
    if wanted_minor <= 0 || wanted_minor > captured_minor - promised_minor {
        return Some("more than there is");
    }
    let held = held?;
    if held.enterprise_id != row.enterprise_id {
        return Some("the number is another merchant's trade");
    }
    let counts = matches!(
        held.disposition.as_str(),
        "WINNER" | "DUPLICATE" | "LATE" | "GIVEN_UP"
    );
    counts.then_some("the money counts elsewhere by now")
}

/// Every decision is one line in the audit, under the name of whoever has made it, and every such line a decision.
///
/// # Errors
/// [`Broken`].
pub fn decided_once_and_by_name(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    const NAME: &str = "decided once and by name";
    let decided = scene.centre.suspense.iter().filter(|row| row.decided.is_some());
    for row in decided.clone() {
        let (who, what) = row.decided.clone().unwrap_or_default();
        let line = format!("{} ({}): {what}", row.id, row.kind);
        let about = format!("{} (", row.id);
        let lines = scene.centre.decisions.iter();
        let noted: Vec<_> = lines.filter(|one| one.detail.starts_with(&about)).collect();
        let once = noted.len() == 1 && noted[0].who == who && noted[0].detail == line;
        ensure(once, NAME, || format!("{row:?} is noted as {noted:?}"))?;
    }
    ensure(decided.count() == scene.centre.decisions.len(), NAME, || {
        format!("{:?}", scene.centre.decisions)
    })
}

/// What was decided is what happened: what goes back has one refund of that amount, what was attached is one trade of
/// that tender, and what was accepted has moved nothing.
///
/// # Errors
/// [`Broken`].
pub fn a_decision_does_what_it_says(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    const NAME: &str = "a decision does what it says";
    for row in &scene.centre.suspense {
        let key = format!("suspense:{}", row.id);
        let refunds = scene.centre.refunds.iter().filter(|refund| refund.key == key);
        let refunds: Vec<_> = refunds.map(|refund| refund.amount_minor).collect();
        let decided = row.decided.as_ref().map(|(_, what)| what.as_str());
        let back = decided.and_then(|what| what.strip_suffix(" fen go back"));
        let wanted: Vec<i64> = back.into_iter().filter_map(|text| text.parse().ok()).collect();
        ensure(refunds == wanted, NAME, || {
            format!("{row:?} has refunds {refunds:?}")
        })?;
        let Some(tender) = decided.and_then(|what| what.strip_prefix("attached to suanpan.till ")) else {
            continue;
        };
        let held = row
            .trade_no
            .parse()
            .ok()
            .and_then(|number| scene.centre.trade(number));
        let order = held.and_then(|held| {
            let mut orders = scene.centre.pay_orders.iter();
            orders.find(|order| order.id == held.pay_order_id)
        });
        let fits = order.is_some_and(|order| order.app == TILLS && order.tender_no.to_string() == tender);
        ensure(fits, NAME, || format!("{row:?} is held as {held:?}"))?;
    }
    Ok(())
}

/// Money that counts for a tender is not on its way back by itself, unless the tender was given up since; and nothing of
/// it was on its way, or back, before it counted.
///
/// # Errors
/// [`Broken`].
pub fn money_that_counts_stays(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    for order in scene.centre.pay_orders.iter().filter(|order| !order.given_up) {
        for winner in scene.centre.trades_of(order.id).filter(|trade| is_winner(trade)) {
            let mut refunds = scene.centre.refunds_of(winner.trade_no);
            let stays = refunds.all(|refund| {
                let was_back = refund.status != 3 && memory.back_unwon.contains(&refund.refund_no);
                refund.reason == "REQUESTED" && !was_back
            });
            ensure(stays, "money that counts stays", || {
                format!("trade {} has won and goes back", winner.trade_no)
            })?;
        }
    }
    Ok(())
}

/// What another system has collected at an account, under a number that is none of this centre's or another
/// merchant's, is in suspense once, under the account that has the money.
///
/// # Errors
/// [`Broken`].
pub fn money_of_other_systems_is_on_a_list(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    let paid = memory.elsewhere.values().filter(|order| order.is_paid);
    for order in paid.filter(|order| !order.is_unknown) {
        let rows = scene.centre.suspense_of(&order.number).filter(|row| {
            row.enterprise_id == order.enterprise_id && row.amount_minor == Some(order.amount_minor)
        });
        let count = rows.count();
        ensure(count == 1, "money of other systems is on a list", || {
            format!("{order:?} is in suspense {count} times")
        })?;
    }
    Ok(())
}
