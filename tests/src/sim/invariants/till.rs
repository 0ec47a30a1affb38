//! Rules about each till's file.

use std::collections::BTreeMap;

use super::scene::{Memory, Scene, TillScene, is_complete, numbers_of, rank};
use crate::sim::books::till::{Rollup, Tender, TillBook};
use crate::sim::verdict::{Broken, ensure};

/// Whether a tender's amount counts as money received.
fn counts(tender: &Tender) -> bool {
    matches!(tender.state.as_str(), "SETTLED" | "REVERSED")
}

fn each(scene: &Scene, rule: impl Fn(&TillScene) -> Result<(), Broken>) -> Result<(), Broken> {
    scene.tills.iter().try_for_each(rule)
}

fn settled_minor(book: &TillBook, order_id: &str) -> i64 {
    let counted = book.tenders_of(order_id).filter(|tender| counts(tender));
    counted.map(|tender| tender.amount_minor).sum()
}

/// I21: an order is complete exactly when its settled tenders, change taken off, are its total.
///
/// # Errors
/// [`Broken`].
pub fn i21_complete_means_covered(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    each(scene, |till| {
        for order in &till.book.orders {
            let settled = settled_minor(&till.book, &order.order_id);
            let complete = is_complete(&order.state);
            let collected = order.order_no.is_some() && order.total_minor > 0;
            let fits = if complete {
                settled == order.total_minor
            } else {
                !collected || settled != order.total_minor
            };
            ensure(fits, "I21 complete means covered", || {
                format!(
                    "order {} is {}: {settled} of {}",
                    order.order_id, order.state, order.total_minor
                )
            })?;
        }
        Ok(())
    })
}

/// What is settled and what is reserved for codes whose end is not known is never more than the order
/// owes.
///
/// # Errors
/// [`Broken`].
pub fn reserved_shares_fit(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    each(scene, |till| {
        for order in till.book.orders.iter().filter(|order| order.order_no.is_some()) {
            let tenders = till.book.tenders_of(&order.order_id);
            let taken: i64 = tenders
                .filter(|tender| counts(tender) || matches!(tender.state.as_str(), "LIVE" | "CLOSING"))
                .map(|tender| tender.amount_minor)
                .sum();
            ensure(taken <= order.total_minor, "reserved shares fit", || {
                format!(
                    "order {}: {taken} taken or reserved of {}",
                    order.order_id, order.total_minor
                )
            })?;
        }
        Ok(())
    })
}

/// R1: an order that the cashier saw as paid is there, complete, with that total.
///
/// # Errors
/// [`Broken`].
pub fn r1_shown_as_paid_is_kept(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    memory
        .shown_paid
        .iter()
        .try_for_each(|((index, order_id), total_minor)| {
            if memory.lost_orders.contains(&(*index, order_id.clone())) {
                return Ok(());
            }
            let Some(till) = scene.tills.iter().find(|till| till.index == *index) else {
                return Ok(());
            };
            let kept = till
                .book
                .order(order_id)
                .is_some_and(|order| order.total_minor == *total_minor && is_complete(&order.state));
            ensure(kept, "R1 shown as paid is kept", || {
                format!("till {index}: order {order_id} of {total_minor}")
            })
        })
}

/// R4 at the till: the rollup is the sum of the money facts, key by key, and every counted tender and every refund of
/// it that has arrived has its fact.
///
/// # Errors
/// [`Broken`].
pub fn r4_rollup_is_the_sum_of_facts(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    const NAME: &str = "R4 rollup is the sum of facts";
    each(scene, |till| {
        let mut sums: BTreeMap<(String, i64, String, String), (i64, i64)> = BTreeMap::new();
        for fact in &till.book.facts {
            let key = (
                fact.day.clone(),
                fact.hour,
                fact.means.clone(),
                fact.cashier.clone(),
            );
            let sum = sums.entry(key).or_default();
            *sum = (sum.0 + 1, sum.1 + fact.amount_minor);
        }
        let recomputed: Vec<Rollup> = sums
            .into_iter()
            .map(|((day, hour, means, cashier), (facts, net_minor))| Rollup {
                day,
                hour,
                means,
                cashier,
                facts,
                net_minor,
            })
            .collect();
        ensure(recomputed == till.book.rollup, NAME, || {
            format!("till {}: {:?} for {recomputed:?}", till.index, till.book.rollup)
        })?;
        let facts: BTreeMap<(i64, Option<i64>), i64> = till
            .book
            .facts
            .iter()
            .map(|fact| ((fact.tender_no, fact.refund_no), fact.amount_minor))
            .collect();
        let taken = till.book.tenders.iter().filter(|tender| counts(tender));
        let taken = taken.map(|tender| ((tender.tender_no, None), tender.amount_minor));
        let returned = till.book.refunds.iter().filter(|refund| refund.has_moved());
        let returned =
            returned.map(|refund| ((refund.tender_no, Some(refund.refund_no)), -refund.amount_minor));
        let counted: BTreeMap<(i64, Option<i64>), i64> = taken.chain(returned).collect();
        ensure(facts == counted, NAME, || {
            format!("till {}: facts {facts:?}, tenders {counted:?}", till.index)
        })
    })
}

/// R5: a code tender counts only when the platform took exactly its amount for it, and what counted once
/// counts for ever.
///
/// # Errors
/// [`Broken`].
pub fn r5_settled_is_captured_and_stays(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "R5 settled is captured and stays";
    each(scene, |till| {
        for tender in till.book.tenders.iter().filter(|tender| counts(tender)) {
            if tender.means == "CASH_PAY" {
                continue;
            }
            let trade_no = tender.trade_no.as_deref().and_then(|no| no.parse::<i64>().ok());
            let there = trade_no.and_then(|no| scene.platform.trades.get(&no));
            let captured = there.is_some_and(|there| {
                there.paid_at_ms.is_some()
                    && there.amount_minor == tender.amount_minor
                    && !memory.wrong_amounts.contains_key(&there.trade_no)
            });
            ensure(captured, NAME, || {
                format!("till {}: tender {} by {trade_no:?}", till.index, tender.tender_no)
            })?;
        }
        for ((index, tender_no), amount_minor) in &memory.counted {
            let still = *index != till.index
                || till.book.tenders.iter().any(|tender| {
                    tender.tender_no == *tender_no && counts(tender) && tender.amount_minor == *amount_minor
                });
            ensure(still, NAME, || {
                format!("till {index}: tender {tender_no} counted once")
            })?;
        }
        one_tender_per_payment(till, NAME)
    })
}

fn one_tender_per_payment(till: &TillScene, name: &'static str) -> Result<(), Broken> {
    let mut seen: BTreeMap<&str, i64> = BTreeMap::new();
    for tender in till.book.tenders.iter().filter(|tender| counts(tender)) {
        let Some(payment) = tender.transaction_id.as_deref() else {
            continue;
        };
        let other = seen.insert(payment, tender.tender_no);
        ensure(other.is_none(), name, || {
            format!("payment {payment} settles {} and {other:?}", tender.tender_no)
        })?;
    }
    Ok(())
}

/// I3 at the till: what is wanted back of a tender, or is back, is never more than it brought; and an order's state says
/// how much of it is back. Of cash nobody else knows: a till that was put back and is cut off may give it back again, once in
/// each of its lives.
///
/// # Errors
/// [`Broken`].
pub fn i3_refunds_within_their_tender(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I3 refunds within their tender";
    each(scene, |till| {
        for tender in &till.book.tenders {
            let drawn = till.book.refunds.iter();
            let drawn = drawn.filter(|refund| refund.tender_no == tender.tender_no && refund.counts);
            // What was asked for here while the same money went back elsewhere is refused once the centre hears of it.
            let is_heard = |refund_no| {
                scene
                    .centre
                    .refunds
                    .iter()
                    .any(|held| held.refund_no == refund_no)
            };
            let is_back_elsewhere = drawn.clone().any(|refund| !refund.own);
            let drawn = drawn.filter(|refund| !is_back_elsewhere || is_heard(refund.refund_no));
            let mut by_life: BTreeMap<usize, i64> = BTreeMap::new();
            for refund in drawn.filter(|refund| refund.state != "FAIL") {
                let is_cash = tender.means == "CASH_PAY";
                let life = if is_cash {
                    memory.life_of(till.index, refund.refund_no)
                } else {
                    0
                };
                *by_life.entry(life).or_default() += refund.amount_minor;
            }
            let reserved = by_life.into_values().max().unwrap_or(0);
            // What takes a payment back is a tender of less than nothing.
            let brought = if counts(tender) {
                tender.amount_minor.max(0)
            } else {
                0
            };
            ensure(reserved <= brought, NAME, || {
                format!("tender {}: {reserved} of {brought}", tender.tender_no)
            })?;
        }
        for order in till.book.orders.iter().filter(|order| is_complete(&order.state)) {
            let returned = till.book.refunds.iter();
            let returned: i64 = returned
                .filter(|refund| refund.order_id == order.order_id && refund.has_moved())
                .map(|refund| refund.amount_minor)
                .sum();
            let says = match returned {
                0 => "COMPLETED",
                part if part < order.total_minor => "PART_REFUNDED",
                _ => "REFUNDED",
            };
            ensure(order.state == says, NAME, || {
                format!("order {} is {}: {returned} back", order.order_id, order.state)
            })?;
        }
        Ok(())
    })
}

/// R7: a number names one thing for ever, over all tills, restarts, clock jumps and restored copies.
///
/// # Errors
/// [`Broken`].
pub fn r7_numbers_name_one_thing(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "R7 numbers name one thing";
    let mut here: BTreeMap<i64, String> = BTreeMap::new();
    each(scene, |till| {
        till.book.orders.iter().try_for_each(|order| {
            let fits = order.order_no.is_none_or(|number| number > 0);
            ensure(fits, NAME, || {
                format!("order {} has {:?}", order.order_id, order.order_no)
            })
        })
    })?;
    for till in &scene.tills {
        for (number, name) in numbers_of(&till.book) {
            let before = memory.numbers.get(&number);
            ensure(before.is_none_or(|before| *before == name), NAME, || {
                format!("{number} named {before:?} and names {name}")
            })?;
            let other = here.insert(number, name);
            ensure(other.is_none(), NAME, || {
                format!("{number} is there twice: {other:?}")
            })?;
        }
    }
    Ok(())
}

/// The till never takes an older word of the centre over a newer one.
///
/// # Errors
/// [`Broken`].
pub fn older_news_never_wins(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    each(scene, |till| {
        till.book.attempts.iter().try_for_each(|attempt| {
            let was = memory.till_ranks.get(&(till.index, attempt.key.clone())).copied();
            let is = attempt.trade_state.as_deref().map(rank);
            let fits = memory.centre_restored || was.is_none_or(|was| is.is_some_and(|is| is >= was));
            ensure(fits, "older news never wins", || {
                format!(
                    "till {}: attempt {} fell to {:?}",
                    till.index, attempt.key, attempt.trade_state
                )
            })
        })
    })
}

/// What a till takes as acknowledged stands in the centre's file. Only a centre whose file was replaced by
/// an older copy may hold less, until its tills have filled it again.
///
/// # Errors
/// [`Broken`].
pub fn acknowledged_means_held(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    each(scene, |till| {
        let (epoch, seq, hash) = &till.book.marks.acked;
        let is_held = *seq == 0 || memory.centre_restored || till.held_hash.as_ref() == Some(hash);
        ensure(is_held, "acknowledged means held", || {
            format!("till {}: {epoch}/{seq} is not at the centre", till.index)
        })
    })
}

/// The number of orders that are only here, shown on every screen, is the journal's own.
///
/// # Errors
/// [`Broken`].
pub fn only_here_is_counted_right(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    each(scene, |till| {
        let marks = &till.book.marks;
        ensure(
            marks.only_here == marks.counted_only_here,
            "only here is counted right",
            || {
                format!(
                    "till {}: says {} and has {}",
                    till.index, marks.only_here, marks.counted_only_here
                )
            },
        )
    })
}
