//! What an observation of the platform does to a trade and its tender: the one writer for callbacks,
//! answers and polls alike.
//!
//! The domain judges; here its verdict is written, the winner chosen under the tender's lock, siblings
//! asked to close, and money that does not win put on its way back.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::pay_order::{Disposition, PayOrderEvent, PayOrderState, dispose};
use suanpan_domain::platform::{Observation, PlatformState, TradeFact};
use suanpan_domain::trade::{
    self as trade_rules, Meaning, NextCall, TradeEvent, TradeMachine, TradeState, Verdict, WATCH_DELAYS_MS,
    Way, next_of,
};
use suanpan_wire::tender::NOT_SENT;

use super::refunds::{self, Reason};
use super::watch;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::pay_channel;
use crate::rows::pay_order::{self, PayOrder};
use crate::rows::refund;
use crate::rows::suspense::{self, Suspended, SuspenseKind};
use crate::rows::trade::{self, Trade};
use crate::settings::Settings;

/// What a trade is refused with whose payment the platform gave up.
pub const PAY_ERROR: &str = "PAYERROR";

/// Where an observation came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The answer to a call made under this lease.
    Call {
        /// [`crate::rows::lease::Lease::no`].
        lease_no: i64,
    },
    /// A verified callback.
    Callback,
}

/// Applies an observation to a trade; whether there is such a trade.
///
/// # Errors
/// Those of the database.
pub fn trade_observed(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    trade_no: i64,
    observation: &Observation,
    source: Source,
) -> Outcome<bool> {
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(false);
    };
    // The tender is locked before its trade is read for good: it is the one anchor of all decisions.
    let mut order = pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut trade) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(false);
    };
    let before = (order.clone(), trade.clone());
    let number = trade_no.to_string();
    let verdict = trade_rules::judge(&trade.held(&number), observation, ledger.now_ms);
    // The account's platform, not the order's means: a caller may have changed those since.
    if let Some(means) = pay_channel::means(ledger.tx(), trade.enterprise_id)? {
        trade.let_go |= trade_rules::is_let_go(means, &trade.held(&number), observation);
    }
    if source == Source::Callback && trade_rules::is_asked_about_first(&trade.held(&number), &verdict) {
        trade.asked = 0;
        trade.schedule(NextCall::Query { delay_ms: 0 }, ledger.now_ms);
        trade::save(ledger.tx(), &trade)?;
        return Ok(true);
    }
    note_answer(&mut trade, observation, ledger.now_ms);
    schedule(&mut trade, &verdict, source, ledger.now_ms);
    match verdict.meaning {
        Meaning::Event(event) => apply_event(&mut trade, event, observation),
        Meaning::Mismatch => {
            mismatch(ledger, &mut trade, observation)?;
            end_if_decided(ledger, &mut trade)?;
        }
        Meaning::Nothing => watch::go_on(ledger, &mut trade)?,
    }
    let newly_paid = before.1.state != TradeState::Paid && trade.state == TradeState::Paid;
    if newly_paid && on(Mutant::EndedMoneyIsLate) && !before.1.state.is_open() {
        order.state = PayOrderState::Canceled;
    }
    if newly_paid {
        settle(ledger, settings, &mut order, &mut trade, observation)?;
    }
    trade::save(ledger.tx(), &trade)?;
    after_trade(ledger, &mut order, newly_paid)?;
    if differs(&before.0, &order) || changed(&before.1, &trade) {
        ledger.touch(order.pay_order_id);
    }
    Ok(true)
}

/// What of a trade a till would see change; times of asking are not news.
fn changed(before: &Trade, after: &Trade) -> bool {
    before.state != after.state
        || before.disposition != after.disposition
        || before.code_url != after.code_url
        || before.paying != after.paying
        || before.suspense_amount_minor != after.suspense_amount_minor
        || before.transaction_id != after.transaction_id
        || before.refused_code != after.refused_code
}

fn differs(before: &PayOrder, after: &PayOrder) -> bool {
    before != after
}

fn note_answer(trade: &mut Trade, observation: &Observation, now_ms: i64) {
    let paying = match observation {
        Observation::Unknown { .. } => return,
        Observation::Busy => true,
        Observation::Trade(fact) => match fact.state {
            PlatformState::Paying => true,
            // The code was taken in, so whoever has not paid is at the keypad.
            PlatformState::NotPaid => trade.way == Way::Taken,
            PlatformState::Paid
            | PlatformState::Refunded
            | PlatformState::Returned
            | PlatformState::Closed
            | PlatformState::PayError => false,
        },
        Observation::CodeReady { .. }
        | Observation::NotExist
        | Observation::CloseAccepted
        | Observation::AlreadyPaid
        | Observation::NumberUsed
        | Observation::Refund(_)
        | Observation::RefundDeferred { .. }
        | Observation::Refused { .. } => false,
    };
    trade.answered_at_ms = Some(now_ms);
    trade.paying = paying && trade.state.is_open();
}

fn schedule(trade: &mut Trade, verdict: &Verdict, source: Source, now_ms: i64) {
    let answers_lease = match source {
        Source::Call { lease_no } => lease_no == trade.lease.no,
        Source::Callback => false,
    };
    if answers_lease {
        trade.lease.release();
    }
    match verdict.meaning {
        Meaning::Event(_) => {
            trade.asked = 0;
            trade.schedule(verdict.next, now_ms);
        }
        // A callback without news, or the answer to a call that somebody has repeated since, moves nothing.
        Meaning::Nothing | Meaning::Mismatch if !answers_lease => {}
        Meaning::Mismatch => {
            let watched = usize::try_from(trade.asked)
                .ok()
                .and_then(|at| WATCH_DELAYS_MS.get(at));
            let next = watched.map_or(NextCall::Rest, |delay_ms| NextCall::Query { delay_ms: *delay_ms });
            trade.asked += 1;
            trade.schedule(next, now_ms);
        }
        Meaning::Nothing => {
            trade.asked += 1;
            trade.schedule(verdict.next, now_ms);
        }
    }
    cap_at_expiry(trade, now_ms);
}

/// A code that runs out is closed at that moment and not at the next poll after it.
pub(super) fn cap_at_expiry(trade: &mut Trade, now_ms: i64) {
    let waiting = match trade.state {
        TradeState::PrepayUnknown | TradeState::Awaiting => true,
        TradeState::Created
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Closed
        | TradeState::Free
        | TradeState::Credit => false,
    };
    if let Some(at_ms) = trade.next_call_at_ms
        && waiting
    {
        trade.next_call_at_ms = Some(at_ms.min((trade.expires_at_ms + 1).max(now_ms)));
    }
}

/// Moves a trade by the table and keeps what the observation says.
fn apply_event(trade: &mut Trade, event: TradeEvent, observation: &Observation) {
    match step::<TradeMachine>(trade.state, event) {
        Step::To(state) => trade.state = state,
        Step::AlreadyApplied | Step::Refused => return,
    }
    trade.paying = trade.paying && trade.state.is_open();
    match observation {
        Observation::CodeReady { code_url } => trade.code_url = Some(code_url.clone()),
        Observation::Refused { code, .. } => trade.refused_code = Some(code.clone()),
        Observation::Trade(fact) if event == TradeEvent::Paid => keep_payment(trade, fact),
        Observation::Trade(_) if event == TradeEvent::Refused => {
            trade.refused_code = Some(PAY_ERROR.to_owned());
        }
        Observation::Trade(_)
        | Observation::NotExist
        | Observation::CloseAccepted
        | Observation::AlreadyPaid
        | Observation::NumberUsed
        | Observation::Busy
        | Observation::Refund(_)
        | Observation::RefundDeferred { .. }
        | Observation::Unknown { .. } => {}
    }
}

fn keep_payment(trade: &mut Trade, fact: &TradeFact) {
    trade.transaction_id.clone_from(&fact.transaction_id);
    trade.paid_at_ms = fact.paid_at_ms;
}

fn mismatch(ledger: &mut Ledger<'_>, trade: &mut Trade, observation: &Observation) -> Outcome<()> {
    let Observation::Trade(fact) = observation else {
        return Ok(());
    };
    let amount_minor = fact.amount.map(suanpan_domain::money::Fen::minor);
    let stored = suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::Mismatch,
            enterprise_id: trade.enterprise_id,
            trade_no: &trade.trade_no.to_string(),
            reference: format!(
                "{}/{}/{}",
                trade.trade_no,
                fact.transaction_id.as_deref().unwrap_or("none"),
                amount_minor.unwrap_or(-1)
            ),
            amount_minor,
            detail: format!(
                "wanted {} fen for {} and {}, was told {:?} {:?} for {:?} and {:?}",
                trade.amount_minor,
                trade.app_id,
                trade.merchant_id,
                amount_minor,
                fact.currency,
                fact.app_id,
                fact.merchant_id
            ),
        },
    )?;
    if stored {
        tracing::error!(
            trade_no = trade.trade_no,
            "a payment that does not fit is in suspense"
        );
    }
    trade.suspense_amount_minor = amount_minor;
    if trade.disposition == Disposition::None {
        trade.disposition = Disposition::Suspense;
    }
    Ok(())
}

/// Ends an open trade of which the platform says that it was paid, wrongly, and of whose money a person has decided: its
/// code cannot be paid any more, and nothing of it is waited for.
fn end_if_decided(ledger: &mut Ledger<'_>, trade: &mut Trade) -> Outcome<()> {
    let is_settled = trade.disposition == Disposition::Suspense
        && trade.state.is_open()
        && !suspense::holds(ledger.tx(), trade.enterprise_id, trade.trade_no)?;
    if !is_settled {
        return Ok(());
    }
    for event in [TradeEvent::Known, TradeEvent::Closed] {
        if let Step::To(state) = step::<TradeMachine>(trade.state, event) {
            trade.state = state;
        }
    }
    trade.paying = false;
    trade.asked = 0;
    trade.schedule(next_of(trade.way, trade.state, 0), ledger.now_ms);
    Ok(())
}

/// Decides what the money of a trade that has just been paid is worth to its tender.
fn settle(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    order: &mut PayOrder,
    trade: &mut Trade,
    observation: &Observation,
) -> Outcome<()> {
    let exact = trade.amount_minor == order.amount_minor;
    let was_given_back =
        trade.disposition == Disposition::Suspense && refund::is_any_reserved(ledger.tx(), trade.trade_no)?;
    trade.disposition = dispose(order.state, order.given_up, exact);
    let goes_back = was_given_back || is_on_its_way_back(observation);
    if trade.disposition == Disposition::Winner && goes_back {
        return suspend_returned(ledger, trade);
    }
    match trade.disposition {
        Disposition::Winner => {
            order.apply(PayOrderEvent::Win);
            order.winner_trade_no = order.winner_trade_no.or(Some(trade.trade_no));
            pay_order::save(ledger.tx(), order)?;
        }
        Disposition::Duplicate => {
            if !on(Mutant::DuplicateKept) {
                let reason = if exact {
                    Reason::Duplicate
                } else {
                    Reason::Superseded
                };
                refunds::draw_rest(ledger, trade, reason)?;
            }
        }
        Disposition::GivenUp => refunds::draw_rest(ledger, trade, Reason::GivenUp)?,
        // Nothing is left for a person to keep; under its own number it goes back once, however often it is asked for.
        Disposition::Late if is_on_its_way_back(observation) => {
            refunds::draw_rest(ledger, trade, Reason::Late)?
        }
        Disposition::Late => {
            trade.refund_due_at_ms = Some(ledger.now_ms.saturating_add(settings.late_delay_ms));
        }
        Disposition::None | Disposition::Suspense => {}
    }
    Ok(())
}

/// Whether the first that is heard of a payment is that it goes back: only a centre that was put back to an
/// older copy hears it so.
const fn is_on_its_way_back(observation: &Observation) -> bool {
    matches!(observation, Observation::Trade(fact) if matches!(fact.state, PlatformState::Refunded | PlatformState::Returned))
}

/// What goes back wins no tender: most likely it was a duplicate of a payment that is yet to be heard of. Why
/// and how much of it went back is not known here any more, so a person looks.
fn suspend_returned(ledger: &mut Ledger<'_>, trade: &mut Trade) -> Outcome<()> {
    trade.disposition = Disposition::Suspense;
    trade.suspense_amount_minor = Some(trade.amount_minor);
    let transaction_id = trade.transaction_id.as_deref().unwrap_or("none");
    let stored = suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::ReturnedUnheard,
            enterprise_id: trade.enterprise_id,
            trade_no: &trade.trade_no.to_string(),
            reference: format!("{}/{transaction_id}", trade.trade_no),
            amount_minor: Some(trade.amount_minor),
            detail: "goes back at the platform, though nothing is known here of a refund".to_owned(),
        },
    )?;
    if stored {
        tracing::error!(
            trade_no = trade.trade_no,
            "a payment that goes back was never heard of"
        );
    }
    Ok(())
}

/// Siblings of a winner are asked to close; a tender that waits for its last trade is canceled.
fn after_trade(ledger: &mut Ledger<'_>, order: &mut PayOrder, newly_paid: bool) -> Outcome<()> {
    if newly_paid {
        want_closed(ledger, order.pay_order_id)?;
    }
    end_if_all_ended(ledger, order)
}

/// Asks every open attempt of a tender to close.
///
/// # Errors
/// Those of the database.
pub fn want_closed(ledger: &mut Ledger<'_>, pay_order_id: i64) -> Outcome<()> {
    for mut sibling in trade::of_order(ledger.tx(), pay_order_id)? {
        if close_wanted(&mut sibling, ledger.now_ms) {
            trade::save(ledger.tx(), &sibling)?;
            ledger.touch(pay_order_id);
        }
    }
    Ok(())
}

/// Ends a trade whose payment code was never sent, and from now on never will be.
pub fn end_unsent(trade: &mut Trade, now_ms: i64) {
    if let Step::To(state) = step::<TradeMachine>(trade.state, TradeEvent::Refused) {
        trade.state = state;
        trade.refused_code = Some(NOT_SENT.to_owned());
        trade.asked = 0;
        trade.schedule(next_of(trade.way, state, 0), now_ms);
    }
}

/// Asks a trade to close, beginning with a question; whether it was not asked before.
pub fn close_wanted(trade: &mut Trade, now_ms: i64) -> bool {
    if trade.is_unsent() {
        end_unsent(trade, now_ms);
        return true;
    }
    match step::<TradeMachine>(trade.state, TradeEvent::CloseWanted) {
        Step::To(state) => {
            trade.state = state;
            trade.asked = 0;
            trade.schedule(NextCall::Query { delay_ms: 0 }, now_ms);
            true
        }
        Step::AlreadyApplied | Step::Refused => false,
    }
}

/// Whether money that is told to go back under no number of ours is a reversal that was asked for: a platform
/// tells of it as of a refund. What has become of the trade is then asked at once.
///
/// # Errors
/// Those of the database.
pub fn reversal_told(ledger: &mut Ledger<'_>, trade_no: &str) -> Outcome<bool> {
    let Ok(trade_no) = trade_no.parse() else {
        return Ok(false);
    };
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(false);
    };
    pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut reversed) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(false);
    };
    let was_asked_for = match reversed.state {
        TradeState::Closing | TradeState::Closed => reversed.way == Way::Taken,
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Free
        | TradeState::Credit => false,
    };
    if was_asked_for && reversed.state == TradeState::Closing {
        reversed.schedule(NextCall::Query { delay_ms: 0 }, ledger.now_ms);
        trade::save(ledger.tx(), &reversed)?;
    }
    Ok(was_asked_for)
}

/// A canceling tender without an open attempt is canceled. One whose code nobody has scanned, and that nobody can
/// close, is not waited for: it is watched on, and its money would come late.
///
/// # Errors
/// Those of the database.
pub fn end_if_all_ended(ledger: &mut Ledger<'_>, order: &mut PayOrder) -> Outcome<()> {
    if order.state != PayOrderState::Canceling {
        return Ok(());
    }
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    if trades.iter().any(Trade::holds_its_tender) {
        return Ok(());
    }
    if order.apply(PayOrderEvent::AllEnded) {
        pay_order::save(ledger.tx(), order)?;
        ledger.touch(order.pay_order_id);
    }
    Ok(())
}
