//! Rules about shifts: the drawer's expected cash, whose money is whose, and what a close has frozen.
//!
//! A till that was restored from a copy may have lived through one shift twice; of it only the last rule is
//! asked.

use std::collections::BTreeMap;

use suanpan_domain::tender::Means;
use suanpan_wire::entry::Said;
use suanpan_wire::shift::CashWay;

use super::scene::{Memory, Scene, TillScene};
use crate::sim::books::till::Entry;
use crate::sim::verdict::{Broken, ensure};

fn each(
    scene: &Scene,
    memory: &Memory,
    rule: impl Fn(&TillScene) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let never_restored = |till: &&TillScene| !memory.restored_tills.contains(&till.index);
    scene.tills.iter().filter(never_restored).try_for_each(rule)
}

/// The expected cash of a closed shift is its float, the cash that moved while it was open, and what was put
/// in or taken out.
///
/// # Errors
/// [`Broken`].
pub fn expected_cash_is_what_moved(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    each(scene, memory, |till| {
        for shift in &till.book.shifts {
            let Some(expected) = shift.expected_minor else {
                continue;
            };
            let own = |fact: &&crate::sim::books::till::Fact| {
                fact.shift_id.as_deref() == Some(&shift.shift_id) && fact.means == "CASH_PAY" && !fact.amends
            };
            let cash: i64 = till
                .book
                .facts
                .iter()
                .filter(own)
                .map(|fact| fact.amount_minor)
                .sum();
            let moves = till.book.cash_moves.iter();
            let moved: i64 = moves
                .filter(|(shift_id, _)| *shift_id == shift.shift_id)
                .map(|(_, signed_minor)| signed_minor)
                .sum();
            ensure(
                expected == shift.float_minor + cash + moved,
                "expected cash is what moved",
                || {
                    format!(
                        "till {}: shift {} expects {expected}: float {}, cash {cash}, moved {moved}",
                        till.index, shift.shift_id, shift.float_minor
                    )
                },
            )?;
        }
        Ok(())
    })
}

/// The money of a code belongs to its order's shift, whenever it arrives, and what goes back to the shift it was asked
/// for in; cash never amends a closed shift.
///
/// # Errors
/// [`Broken`].
pub fn money_is_in_its_own_shift(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    each(scene, memory, |till| {
        for fact in &till.book.facts {
            let order = till.book.order(&fact.order_id);
            let is_cash = fact.means == "CASH_PAY";
            let of_refund = |no| till.book.refunds.iter().find(|refund| refund.refund_no == no);
            let fits = match fact.refund_no {
                _ if is_cash => !fact.amends,
                Some(no) => {
                    of_refund(no).is_some_and(|refund| !refund.own || refund.shift_id == fact.shift_id)
                }
                None => order.is_some_and(|order| order.shift_id == fact.shift_id),
            };
            ensure(fits, "money is in its own shift", || {
                format!("till {}: {fact:?} of {order:?}", till.index)
            })?;
        }
        Ok(())
    })
}

/// At most one shift is open, and what a close has frozen never changes.
///
/// # Errors
/// [`Broken`].
pub fn a_closed_shift_never_changes(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "a closed shift never changes";
    for till in &scene.tills {
        let open = till
            .book
            .shifts
            .iter()
            .filter(|shift| shift.state == "OPEN")
            .count();
        ensure(open <= 1, NAME, || {
            format!("till {}: {open} shifts are open", till.index)
        })?;
        let here: BTreeMap<&str, Option<&String>> = till
            .book
            .shifts
            .iter()
            .map(|shift| (shift.shift_id.as_str(), shift.closed.as_ref()))
            .collect();
        for ((index, shift_id), closed) in &memory.closed_shifts {
            let stays = *index != till.index || here.get(shift_id.as_str()) == Some(&Some(closed));
            ensure(stays, NAME, || {
                format!("till {index}: shift {shift_id} was {closed}")
            })?;
        }
    }
    Ok(())
}

/// What a close froze as expected is what the journal's own entries come to.
///
/// # Errors
/// [`Broken`].
pub fn expected_cash_is_the_journals_own(index: usize, entries: &[Entry]) -> Result<(), Broken> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for entry in entries {
        let (shift_id, minor) = match Said::from_payload(&entry.payload) {
            Ok(Said::ShiftOpened { opened }) => (opened.shift_id, opened.float_minor),
            Ok(Said::TenderSettled { tender, fact }) if tender.means == Means::Cash => {
                (fact.shift_id.unwrap_or_default(), tender.amount_minor)
            }
            Ok(Said::RefundReturned { refund, fact }) if refund.means == Means::Cash => {
                (fact.shift_id.unwrap_or_default(), -refund.amount_minor)
            }
            Ok(Said::CashMoved { shift_id, moved }) => match moved.way {
                CashWay::In => (shift_id, moved.amount_minor),
                CashWay::Out => (shift_id, -moved.amount_minor),
            },
            Ok(Said::ShiftClosed { closed }) => {
                let told = sums.get(&closed.opened.shift_id).copied().unwrap_or(0);
                ensure(
                    told == closed.expected_minor,
                    "expected cash is the journal's own",
                    || {
                        let shift_id = &closed.opened.shift_id;
                        format!(
                            "till {index}: shift {shift_id} expects {}, told {told}",
                            closed.expected_minor
                        )
                    },
                )?;
                continue;
            }
            Ok(_) | Err(_) => continue,
        };
        *sums.entry(shift_id).or_default() += minor;
    }
    Ok(())
}
