//! Rules about the centre's file beside the platform's own books.

use std::collections::BTreeMap;

use super::scene::{Memory, REFUND, Scene, There, rank};
use crate::sim::books::centre::{CentreBook, Refund, Trade};
use crate::sim::verdict::{Broken, ensure};

/// Longest planned pause before an open trade is looked at again, with room for a call that is out: the
/// longest waiting time while open is one minute, a lease far below it.
const TRADE_STARVED_AFTER_MS: i64 = 180_000;
/// The same for a refund, which is asked about every half hour in the end.
const REFUND_STARVED_AFTER_MS: i64 = 1_980_000;

/// I1: a tender has at most one winner.
///
/// # Errors
/// [`Broken`].
pub fn i1_at_most_one_winner(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    let mut winners: BTreeMap<i64, u32> = BTreeMap::new();
    for trade in scene.centre.trades.iter().filter(|trade| is_winner(trade)) {
        *winners.entry(trade.pay_order_id).or_default() += 1;
    }
    winners.into_iter().try_for_each(|(id, count)| {
        ensure(count <= 1, "I1 at most one winner", || {
            format!("pay order {id} has {count} winners")
        })
    })
}

pub(super) fn is_winner(trade: &Trade) -> bool {
    trade.disposition == "WINNER"
}

/// I3: what is promised back from a trade, and what the platform has returned of it, is never more than
/// it brought.
///
/// # Errors
/// [`Broken`].
pub fn i3_refunds_within_captured(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I3 refunds within captured";
    for trade in &scene.centre.trades {
        let promised: i64 = scene
            .centre
            .refunds_of(trade.trade_no)
            .filter(|refund| refund.status != 3)
            .map(|refund| refund.amount_minor)
            .sum();
        let paid = scene
            .platform
            .trades
            .get(&trade.trade_no)
            .filter(|there| there.paid_at_ms.is_some());
        let captured = paid.map_or(0, |there| memory.reported_minor(there));
        ensure(promised <= captured, NAME, || {
            format!("trade {}: {promised} promised of {captured}", trade.trade_no)
        })?;
    }
    scene.platform.trades.values().try_for_each(|there| {
        ensure(there.returned_minor <= memory.reported_minor(there), NAME, || {
            format!("trade {}: {} returned", there.trade_no, there.returned_minor)
        })
    })
}

/// I4: a paid trade stays paid, a refund that arrived stays so, and no trade's rank goes down.
///
/// # Errors
/// [`Broken`].
pub fn i4_no_state_goes_back(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I4 no state goes back";
    for trade in &scene.centre.trades {
        let (is, was) = (rank(&trade.state), memory.ranks.get(&trade.trade_no).copied());
        ensure(was.is_none_or(|was| is >= was), NAME, || {
            format!("trade {} fell to {}", trade.trade_no, trade.state)
        })?;
    }
    for refund in &scene.centre.refunds {
        let stays = refund.status == 2 || !memory.returned.contains(&refund.refund_no);
        ensure(stays, NAME, || {
            format!("refund {} fell to {}", refund.refund_no, refund.status)
        })?;
    }
    scene.centre.pay_orders.iter().try_for_each(|order| {
        let was = memory.versions.get(&order.id).copied().unwrap_or(0);
        ensure(order.version >= was, NAME, || {
            format!("pay order {} fell from version {was}", order.id)
        })
    })
}

/// I20: money goes back by itself under its trade's own number, once; any other refund was asked for at a till under the
/// number that the till had committed for it, or by an operator, or is what an operator has decided on suspense.
///
/// # Errors
/// [`Broken`].
pub fn i20_refunds_are_automatic_or_a_tills(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I20 refunds are automatic or a till's";
    for refund in &scene.centre.refunds {
        let fits = if refund.reason == "REQUESTED" {
            let is_decided = scene.centre.suspense.iter().any(|row| {
                refund.key == format!("suspense:{}", row.id) && row.trade_no == refund.trade_no.to_string()
            });
            let is_here = scene.tills.iter().any(|till| {
                let mut own = till.book.refunds.iter();
                own.any(|asked| asked.own && asked.refund_no == refund.refund_no)
            });
            let was_here = memory.numbers.get(&refund.refund_no);
            let is_tills = is_here || was_here.is_some_and(|name| name.starts_with(REFUND));
            is_decided || is_tills || memory.asked_back.contains(&refund.refund_no)
        } else {
            // What somebody has asked for, or has decided on suspense, may stand beside it.
            let is_asked = |other: &Refund| {
                memory.asked_back.contains(&other.refund_no) || other.key.starts_with("suspense:")
            };
            let others = scene.centre.refunds_of(refund.trade_no);
            let unasked = others.filter(|other| !is_asked(other) || other.key == refund.key);
            refund.refund_no == refund.trade_no && unasked.count() == 1
        };
        ensure(fits, NAME, || format!("{refund:?}"))?;
    }
    Ok(())
}

/// I6: every order at the platform belongs to exactly one attempt, and that attempt's key was committed
/// at a till before it was sent; no attempt has two orders there.
///
/// # Errors
/// [`Broken`].
pub fn i6_one_platform_order_per_attempt(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I6 one platform order per attempt";
    let mut by_key: BTreeMap<&str, i64> = BTreeMap::new();
    for trade in &scene.centre.trades {
        // Taken up because an operator has said whose it is, or that it goes back.
        let is_decided = trade.attempt_key == format!("suspense:{}", trade.trade_no)
            && scene
                .centre
                .suspense_of(&trade.trade_no.to_string())
                .any(|row| row.decided.is_some());
        let known = is_decided
            || memory.keys.contains_key(&trade.attempt_key)
            || scene.tills.iter().any(|till| {
                till.book
                    .attempts
                    .iter()
                    .any(|attempt| attempt.key == trade.attempt_key)
            });
        ensure(known, NAME, || {
            format!(
                "trade {} has the key {} of no till",
                trade.trade_no, trade.attempt_key
            )
        })?;
        let other = by_key.insert(&trade.attempt_key, trade.trade_no);
        ensure(other.is_none(), NAME, || {
            format!(
                "key {} has two trades, {} and {other:?}",
                trade.attempt_key, trade.trade_no
            )
        })?;
    }
    scene.platform.trades.keys().try_for_each(|trade_no| {
        let known = scene.centre.trade(*trade_no).is_some()
            || memory.lost_trades.contains(trade_no)
            || memory.is_elsewheres(*trade_no);
        ensure(known, NAME, || {
            format!("the platform has {trade_no}, the centre has not")
        })
    })
}

/// I7: a paid tender has exactly one winner, of its own amount, and the platform reports that amount; its state says how
/// much of that is back.
///
/// # Errors
/// [`Broken`].
pub fn i7_paid_has_one_exact_winner(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I7 paid has one exact winner";
    for order in &scene.centre.pay_orders {
        let has_winner = matches!(order.state.as_str(), "PAID" | "PART_REFUNDED" | "REFUNDED");
        let winners: Vec<&Trade> = scene
            .centre
            .trades_of(order.id)
            .filter(|trade| is_winner(trade))
            .collect();
        ensure(has_winner == (winners.len() == 1), NAME, || {
            format!(
                "pay order {} is {} with {} winners",
                order.id,
                order.state,
                winners.len()
            )
        })?;
        for winner in winners {
            let back = scene.centre.refunds_of(winner.trade_no);
            let back: i64 = back
                .filter(|refund| refund.status == 2)
                .map(|refund| refund.amount_minor)
                .sum();
            let says = match back {
                0 => "PAID",
                part if part < winner.amount_minor => "PART_REFUNDED",
                _ => "REFUNDED",
            };
            ensure(order.state == says, NAME, || {
                format!("pay order {} is {}: {back} back", order.id, order.state)
            })?;
            let there = scene.platform.trades.get(&winner.trade_no);
            let exact = winner.amount_minor == order.amount_minor
                && winner.state == "PAID"
                && order.winner == Some(winner.trade_no)
                && there.is_some_and(|there| {
                    there.paid_at_ms.is_some() && !there.reversed && there.amount_minor == order.amount_minor
                })
                && !memory.wrong_amounts.contains_key(&winner.trade_no);
            ensure(exact, NAME, || {
                format!(
                    "pay order {} won by {} without its exact amount",
                    order.id, winner.trade_no
                )
            })?;
        }
    }
    Ok(())
}

/// I8: a canceled tender has only trades that ended, or money that is on its way back.
///
/// # Errors
/// [`Broken`].
pub fn i8_canceled_has_no_live_trade(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    let canceled = scene
        .centre
        .pay_orders
        .iter()
        .filter(|order| order.state == "CANCELED");
    for order in canceled {
        for trade in scene.centre.trades_of(order.id) {
            let over = matches!(trade.state.as_str(), "CLOSED" | "FAILED")
                || (trade.state == "PAID" && !is_winner(trade))
                // Of such a code the till hears that it is over, and its money is late if it comes.
                || (trade.let_go && trade.state == "CLOSING");
            ensure(over, "I8 canceled has no live trade", || {
                format!(
                    "pay order {}: trade {} is {}",
                    order.id, trade.trade_no, trade.state
                )
            })?;
        }
    }
    Ok(())
}

/// I14: an answer that did not come ends nothing. Closed means that the platform says so, or never heard
/// of it past the deadline; failed means that nothing is there; returned means that it has arrived.
///
/// # Errors
/// [`Broken`].
pub fn i14_unknown_is_no_end(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I14 unknown is no end";
    for trade in &scene.centre.trades {
        let there = scene
            .platform
            .trades
            .get(&trade.trade_no)
            .map(|there| there.state);
        let fits = match trade.state.as_str() {
            "FAILED" => there.is_none_or(|there| there == There::Closed),
            "CLOSED" => match there {
                Some(There::Closed | There::Paid) => true,
                // Nobody can scan it any more, and its platform will never know it.
                None | Some(There::Offered) => scene.now_ms > trade.expires_at_ms,
                Some(There::Open) => false,
            },
            "PAID" => there == Some(There::Paid),
            _ => true,
        };
        ensure(fits, NAME, || {
            format!("trade {} is {} and {there:?} there", trade.trade_no, trade.state)
        })?;
    }
    for refund in scene.centre.refunds.iter().filter(|refund| refund.status == 2) {
        let there = scene.platform.trades.get(&refund.trade_no);
        let arrived = there.is_some_and(|there| there.refunds.contains(&(refund.refund_no, "SUCCESS")));
        ensure(arrived, NAME, || {
            format!("refund {} is done and has not arrived", refund.refund_no)
        })?;
    }
    Ok(())
}

/// Whether a trade's money does not fit and nobody has decided on it yet.
#[must_use]
pub fn waits_for_a_person(book: &CentreBook, trade: &Trade) -> bool {
    let number = trade.trade_no.to_string();
    let mut rows = book
        .suspense_of(&number)
        .filter(|row| row.decided.is_none() && row.enterprise_id == trade.enterprise_id);
    let is_its = |kind: &str| matches!(kind, "MISMATCH" | "RETURNED_UNHEARD");
    trade.disposition == "SUSPENSE" && rows.any(|row| is_its(&row.kind))
}

/// I17: every row whose end is open has a time at which it is looked at, and not a distant one.
///
/// # Errors
/// [`Broken`].
pub fn i17_nothing_starves(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I17 nothing starves";
    let soon = |next: Option<i64>, lease: i64, within_ms: i64| {
        let bound = scene.now_ms + within_ms;
        next.is_some_and(|at| at <= bound) || (lease > scene.now_ms && lease <= bound)
    };
    // What was paid wrongly is asked about no more while it waits for a person.
    let is_open = |trade: &&Trade| rank(&trade.state) < 4 && !waits_for_a_person(&scene.centre, trade);
    for trade in scene.centre.trades.iter().filter(is_open) {
        ensure(
            soon(
                trade.next_call_at_ms,
                trade.lease_until_ms,
                TRADE_STARVED_AFTER_MS,
            ),
            NAME,
            || {
                format!(
                    "trade {} is {}, next {:?}",
                    trade.trade_no, trade.state, trade.next_call_at_ms
                )
            },
        )?;
    }
    let open = scene
        .centre
        .refunds
        .iter()
        .filter(|refund| refund.status < 2 && !refund.attention);
    open.into_iter().try_for_each(|refund| {
        ensure(
            soon(
                refund.next_call_at_ms,
                refund.lease_until_ms,
                REFUND_STARVED_AFTER_MS,
            ),
            NAME,
            || format!("refund {}, next {:?}", refund.refund_no, refund.next_call_at_ms),
        )
    })
}

/// I9, I19: a pay order that is settled was told so exactly once, one that was not never; every attempt that ended was
/// told of.
///
/// # Errors
/// [`Broken`].
pub fn i9_i19_an_end_is_told_once(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I9 I19 an end is told once";
    let mut told: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (subject, state) in &scene.centre.told {
        *told.entry((subject.as_str(), state.as_str())).or_default() += 1;
    }
    for order in &scene.centre.pay_orders {
        let subject = format!("pay_order/suanpan.till/{}", order.tender_no);
        let times = told.get(&(subject.as_str(), "SETTLED")).copied().unwrap_or(0);
        ensure(times == u32::from(order.winner.is_some()), NAME, || {
            format!(
                "pay order {} won by {:?} was told {times} times",
                order.id, order.winner
            )
        })?;
    }
    let ended = |trade: &&Trade| matches!(trade.state.as_str(), "CLOSED" | "FAILED");
    scene.centre.trades.iter().filter(ended).try_for_each(|trade| {
        let subject = format!("trade/{}/{}", trade.merchant_id, trade.trade_no);
        let times = told
            .get(&(subject.as_str(), trade.state.as_str()))
            .copied()
            .unwrap_or(0);
        ensure(times == 1, NAME, || {
            format!(
                "trade {} is {} and was told {times} times",
                trade.trade_no, trade.state
            )
        })
    })
}

/// Stream positions are 1, 2, 3 … within topic and generation, up to where the topic says it is.
///
/// # Errors
/// [`Broken`].
pub fn streams_are_gapless(scene: &Scene, _: &Memory) -> Result<(), Broken> {
    const NAME: &str = "streams are gapless";
    let mut last: BTreeMap<(&str, i64), i64> = BTreeMap::new();
    for (topic, generation, position) in &scene.centre.changes {
        let before = last
            .insert((topic.as_str(), *generation), *position)
            .unwrap_or(position - 1);
        ensure(*position == before + 1, NAME, || {
            format!("{topic}: {before} is followed by {position}")
        })?;
    }
    scene
        .centre
        .topics
        .iter()
        .try_for_each(|(topic, generation, next)| {
            let at = last.get(&(topic.as_str(), *generation)).copied();
            ensure(at.is_none_or(|at| at + 1 == *next), NAME, || {
                format!("{topic}: ends at {at:?}, the topic says {next}")
            })
        })
}
