//! Rules that hold once faults have stopped and everything had its time.

use std::collections::BTreeMap;

use super::centre::{is_winner, waits_for_a_person};
use super::scene::{Memory, PlatformTrade, Scene, TillScene};
use crate::sim::books::centre::Trade;
use crate::sim::books::till::Refund;
use crate::sim::verdict::{Broken, ensure};

/// R11: journals are up at the centre, no code tender is waiting, no trade is open, no refund is under
/// way that nobody has to look at.
///
/// # Errors
/// [`Broken`].
pub fn r11_everything_has_settled(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "R11 everything settles";
    for till in &scene.tills {
        let marks = &till.book.marks;
        ensure(marks.head == marks.acked, NAME, || {
            format!(
                "till {}: head {:?}, acknowledged {:?}",
                till.index, marks.head, marks.acked
            )
        })?;
        let waiting = till.book.tenders.iter().find(|tender| {
            tender.means != "CASH_PAY"
                && matches!(tender.state.as_str(), "LIVE" | "CLOSING")
                && !tender.attention
        });
        ensure(waiting.is_none(), NAME, || {
            format!("till {}: still waiting: {waiting:?}", till.index)
        })?;
        let under_way = till.book.refunds.iter().find(|refund| {
            let is_open = matches!(refund.state.as_str(), "APPLY" | "SENDING");
            // Of what went with an older copy of the centre's file the till's list says that nobody knows.
            let is_lost = memory.lost_tenders.contains(&refund.tender_no)
                || (!refund.own && !refund.told)
                || is_refund_unheard(scene, memory, till, refund);
            is_open && !refund.attention && !is_lost
        });
        ensure(under_way.is_none(), NAME, || {
            format!("till {}: still going back: {under_way:?}", till.index)
        })?;
    }
    for trade in &scene.centre.trades {
        let open = matches!(
            trade.state.as_str(),
            "CREATED" | "PREPAY_UNKNOWN" | "AWAITING" | "CLOSING"
        );
        // Money that does not fit keeps its trade where it was until a person has decided on it.
        ensure(!open || waits_for_a_person(&scene.centre, trade), NAME, || {
            format!("trade {} is {}", trade.trade_no, trade.state)
        })?;
    }
    scene.centre.refunds.iter().try_for_each(|refund| {
        let over = refund.status >= 2 || refund.attention;
        ensure(over, NAME, || {
            format!("refund {} is {}", refund.refund_no, refund.status)
        })
    })
}

/// I2: every payment the platform took is a winner, is back or due back, or lies in suspense; amount by
/// amount and in sum.
///
/// # Errors
/// [`Broken`].
pub fn i2_no_success_is_lost(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I2 no success is lost";
    let (mut captured, mut accounted) = (0, 0);
    for paid in scene.platform.paid() {
        captured += paid.amount_minor;
        let share = share_of(scene, memory, paid);
        ensure(share == Some(paid.amount_minor), NAME, || {
            format!(
                "payment for {}: {} is {share:?} here",
                paid.trade_no, paid.amount_minor
            )
        })?;
        accounted += share.unwrap_or(0);
    }
    ensure(captured == accounted, NAME, || {
        format!("{captured} taken, {accounted} known")
    })
}

/// What the centre knows of a payment's money. What is under a number that the centre does not hold, because another
/// system has given it or it went with an older copy of the file, is in suspense: the day's bill has told of it.
fn share_of(scene: &Scene, memory: &Memory, paid: &PlatformTrade) -> Option<i64> {
    let number = paid.trade_no.to_string();
    let reported_minor = memory.reported_minor(paid);
    let in_suspense = scene
        .centre
        .suspense_of(&number)
        .any(|row| row.amount_minor == Some(reported_minor));
    if memory.wrong_amounts.contains_key(&paid.trade_no) {
        return in_suspense.then_some(paid.amount_minor);
    }
    let Some(trade) = scene.centre.trade(paid.trade_no) else {
        return in_suspense.then_some(paid.amount_minor);
    };
    // A centre that was restored takes what it had given back of a charge for the reversal it asks for: nobody was
    // charged, either way.
    if memory.centre_restored && trade.state == "CLOSED" && paid.returned_minor == paid.amount_minor {
        return Some(paid.amount_minor);
    }
    let known = trade.state == "PAID"
        && matches!(
            trade.disposition.as_str(),
            "WINNER" | "DUPLICATE" | "LATE" | "GIVEN_UP"
        );
    (known || in_suspense).then_some(trade.amount_minor)
}

fn is_due_back(trade: &Trade) -> bool {
    trade.state == "PAID" && matches!(trade.disposition.as_str(), "DUPLICATE" | "LATE" | "GIVEN_UP")
}

/// I20: money that did not win goes back whole, by one refund unless somebody has asked for parts of it; what of it has
/// not arrived waits for a person.
///
/// # Errors
/// [`Broken`].
pub fn i20_money_that_is_due_back_is_back(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I20 money that is due back is back";
    for trade in scene.centre.trades.iter().filter(|trade| is_due_back(trade)) {
        let refunds: Vec<_> = scene.centre.refunds_of(trade.trade_no).collect();
        let is_asked = |refund_no: i64| memory.asked_back.contains(&refund_no) && refund_no != trade.trade_no;
        let unasked = refunds.iter().filter(|refund| !is_asked(refund.refund_no));
        let back = refunds.iter().filter(|refund| refund.status != 3);
        let back_minor: i64 = back.map(|refund| refund.amount_minor).sum();
        let is_refused = refunds
            .iter()
            .any(|refund| refund.status == 3 && refund.attention);
        let whole = unasked.count() <= 1 && (back_minor == trade.amount_minor || is_refused);
        ensure(whole, NAME, || {
            format!("trade {} ({}) has {refunds:?}", trade.trade_no, trade.disposition)
        })?;
        let numbers = scene.platform.trades.get(&trade.trade_no).map_or(0, |there| {
            let numbers = there.refunds.iter();
            numbers.filter(|(refund_no, _)| !is_asked(*refund_no)).count()
        });
        ensure(numbers <= 1, NAME, || {
            format!(
                "trade {}: the platform saw {numbers} refund numbers",
                trade.trade_no
            )
        })?;
    }
    Ok(())
}

/// I23: a tender that was given up for cash has kept nothing: what came for it went back, or a person
/// has it on the list.
///
/// # Errors
/// [`Broken`].
pub fn i23_given_up_keeps_no_money(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "I23 given up keeps no money";
    for till in &scene.tills {
        let given_up = till
            .book
            .tenders
            .iter()
            .filter(|tender| tender.state == "GIVEN_UP");
        for tender in given_up.filter(|tender| !memory.lost_tenders.contains(&tender.tender_no)) {
            let order = scene
                .centre
                .pay_orders
                .iter()
                .find(|order| order.tender_no == tender.tender_no);
            let Some(order) = order else { continue };
            ensure(order.given_up, NAME, || {
                format!("tender {}: the centre was not told", tender.tender_no)
            })?;
            for trade in scene.centre.trades_of(order.id) {
                let kept = kept_of(scene, memory, trade);
                ensure(kept == 0, NAME, || {
                    format!(
                        "tender {}: trade {} keeps {kept}",
                        tender.tender_no, trade.trade_no
                    )
                })?;
            }
        }
    }
    Ok(())
}

fn kept_of(scene: &Scene, memory: &Memory, trade: &Trade) -> i64 {
    let Some(paid) = scene
        .platform
        .trades
        .get(&trade.trade_no)
        .filter(|there| there.paid_at_ms.is_some())
    else {
        return 0;
    };
    let listed = trade.disposition == "SUSPENSE"
        || memory.wrong_amounts.contains_key(&trade.trade_no)
        || scene
            .centre
            .refunds_of(trade.trade_no)
            .any(|refund| refund.attention);
    if listed {
        0
    } else {
        paid.amount_minor - paid.returned_minor
    }
}

/// A tender that is settled at its till is paid at the centre by the same trade, and the other way
/// round: a paid tender of a till is settled there, or was given up. What a restored centre first heard of on its way
/// back is in suspense instead.
///
/// # Errors
/// [`Broken`].
pub fn tills_and_centre_agree_on_tenders(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "tills and centre agree on tenders";
    let winners: BTreeMap<i64, String> = scene
        .centre
        .trades
        .iter()
        .filter(|trade| is_winner(trade))
        .filter_map(|trade| {
            let order = scene
                .centre
                .pay_orders
                .iter()
                .find(|order| order.id == trade.pay_order_id)?;
            Some((order.tender_no, trade.trade_no.to_string()))
        })
        .collect();
    for till in &scene.tills {
        let codes = till
            .book
            .tenders
            .iter()
            .filter(|tender| tender.means != "CASH_PAY");
        for tender in codes.filter(|tender| !memory.lost_tenders.contains(&tender.tender_no)) {
            let winner = winners.get(&tender.tender_no);
            let fits = match tender.state.as_str() {
                "SETTLED" => {
                    winner == tender.trade_no.as_ref()
                        || (memory.centre_restored && is_returned_unheard(scene, tender.trade_no.as_deref()))
                }
                "GIVEN_UP" => true,
                // A till that was put back to before it gave up hears that the money goes back.
                "CANCELED" if is_given_up(scene, tender.tender_no) => true,
                // Accepted late, and nothing left to settle: a person has been told, or it is all back since.
                "CANCELED" | "FAILED" if tender.attention || is_all_back(scene, tender.tender_no) => true,
                _ => winner.is_none(),
            };
            ensure(fits, NAME, || {
                format!(
                    "tender {} is {} by {:?} here, won by {winner:?} there",
                    tender.tender_no, tender.state, tender.trade_no
                )
            })?;
        }
    }
    Ok(())
}

/// What a till says has gone back by its own wish has gone back at the centre, under that number and by that amount;
/// what it says was refused has not; and a trade has returned what its till says of it. A centre that was restored may
/// have forgotten what was over before.
///
/// # Errors
/// [`Broken`].
pub fn tills_and_centre_agree_on_refunds(scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    const NAME: &str = "tills and centre agree on refunds";
    for till in &scene.tills {
        let own = |refund: &&Refund| {
            refund.own && refund.means != "CASH_PAY" && !memory.lost_tenders.contains(&refund.tender_no)
        };
        for refund in till.book.refunds.iter().filter(own) {
            let mut there = scene.centre.refunds.iter();
            let there = there.find(|held| held.refund_no == refund.refund_no);
            let fits = match (refund.state.as_str(), there) {
                ("SUCCESS", None) => memory.centre_restored,
                ("SUCCESS", Some(held)) => held.status == 2 && held.amount_minor == refund.amount_minor,
                ("FAIL", held) => held.is_none_or(|held| held.status == 3),
                // On somebody's list.
                (_, Some(held)) => held.status < 2,
                (_, None) => is_refund_unheard(scene, memory, till, refund),
            };
            ensure(fits, NAME, || {
                format!("till {}: {refund:?}, {there:?} there", till.index)
            })?;
        }
    }
    Ok(())
}

/// A centre that was put back to before a payment, of which something has gone back since, wins no tender with it: it
/// is in suspense, for a person. A charge of which everything is back it takes for reversed.
fn is_returned_unheard(scene: &Scene, trade_no: Option<&str>) -> bool {
    let Some(number) = trade_no else { return false };
    let mut rows = scene.centre.suspense_of(number);
    let number = number.parse().unwrap_or(0);
    let (here, there) = (scene.centre.trade(number), scene.platform.trades.get(&number));
    let is_closed = here.is_some_and(|trade| trade.state == "CLOSED");
    let is_back = there.is_some_and(|paid| paid.returned_minor == paid.amount_minor);
    rows.any(|row| row.kind == "RETURNED_UNHEARD") || (is_closed && is_back)
}

/// A refund that a till has asked for of a payment which its centre, put back to before it, wins no tender with: it stays
/// on the till's list as not known.
fn is_refund_unheard(scene: &Scene, memory: &Memory, till: &TillScene, refund: &Refund) -> bool {
    let mut tenders = till.book.tenders.iter();
    let tender = tenders.find(|tender| tender.tender_no == refund.tender_no);
    let trade_no = tender.and_then(|tender| tender.trade_no.as_deref());
    memory.centre_restored && is_returned_unheard(scene, trade_no)
}

fn is_all_back(scene: &Scene, tender_no: i64) -> bool {
    let mut orders = scene.centre.pay_orders.iter();
    orders.any(|order| order.tender_no == tender_no && order.state == "REFUNDED")
}

fn is_given_up(scene: &Scene, tender_no: i64) -> bool {
    let mut orders = scene.centre.pay_orders.iter();
    orders.any(|order| order.tender_no == tender_no && order.given_up)
}
