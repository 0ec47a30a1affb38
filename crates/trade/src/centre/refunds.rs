//! Money that goes back: one number per intent, committed before the platform hears of it, kept through
//! every retry, never more in all than was taken, and braked where nobody asked for it.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::pay_order::PayOrderEvent;
use suanpan_domain::platform::{Observation, RefundFact};
use suanpan_domain::refund::{self as refund_rules, RefundEvent, RefundMachine, RefundState};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::TradeState;
use suanpan_wire::error::ErrorCode;

use super::apply::Source;
use super::refund_pace::next_query_at_ms;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::lease::Lease;
use crate::rows::pay_channel;
use crate::rows::pay_order;
use crate::rows::refund::{self, AUTOMATIC, Refund, RefundAsk};
use crate::rows::suspense::{self, Suspended, SuspenseKind};
use crate::rows::trade::Trade;

/// The platform wants a minute between two sendings of one refund.
const RESEND_DELAY_MS_MIN: i64 = 60_000;
/// How often a refund that the brake holds is looked at again.
const BRAKE_DELAY_MS: i64 = 60_000;
/// The time over which the brake counts.
const BRAKE_WINDOW_MS: i64 = 3_600_000;

/// Before the number in the key of a refund that a till has asked for.
const TILL_KEY: &str = "till:";

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another trade of the tender had won.
    Duplicate,
    /// The tender had been closed.
    Late,
    /// The till took cash instead.
    GivenUp,
    /// It was for an amount that its order does not have any more.
    Superseded,
    /// An operator or a caller asked for it.
    Requested,
}

impl Reason {
    /// Name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "DUPLICATE",
            Self::Late => "LATE",
            Self::GivenUp => "GIVEN_UP",
            Self::Superseded => "SUPERSEDED",
            Self::Requested => "REQUESTED",
        }
    }

    /// What the customer reads on the phone.
    #[must_use]
    pub fn sentence(name: &str) -> &'static str {
        match name {
            "DUPLICATE" => "重复支付，自动退款",
            "LATE" => "订单已关闭，自动退款",
            "GIVEN_UP" => "已改用其他方式付款，自动退款",
            "SUPERSEDED" => "订单金额已变更，自动退款",
            _requested => "商家退款",
        }
    }
}

/// Draws what is left of a paid trade, once: the number is committed with this transaction, the sending
/// follows. A trade whose rest is already on its way back is left alone.
///
/// # Errors
/// Those of the database.
pub fn draw_rest(ledger: &mut Ledger<'_>, trade: &mut Trade, reason: Reason) -> Outcome<()> {
    trade.refund_due_at_ms = None;
    let drawn = refund::of_trade(ledger.tx(), trade.trade_no)?;
    let reserved = refund::reserved(&drawn);
    let rest_minor = trade.amount_minor - reserved;
    if rest_minor <= 0 || drawn.iter().any(Refund::is_automatic) {
        return Ok(());
    }
    draw(ledger, trade, reason, AUTOMATIC, rest_minor)?;
    Ok(())
}

/// Gives part or all of a paid trade back because somebody asked for it; its number. The same key is the same
/// refund, and one that was refused is sent again under its number. The tender is locked by this transaction.
///
/// # Errors
/// `wrong_state` when it is not paid; `amount_invalid` when more would go back than was taken; `key_reused`
/// for another amount; those of the database.
pub fn request(ledger: &mut Ledger<'_>, paid: &Trade, refund_key: &str, amount_minor: i64) -> Outcome<i64> {
    if paid.state != TradeState::Paid {
        return Err(ErrorCode::WrongState.into());
    }
    let drawn = refund::of_trade(ledger.tx(), paid.trade_no)?;
    let same = drawn.iter().find(|other| other.refund_key == refund_key);
    let reserved = refund::reserved(&drawn);
    let fits = amount_minor > 0 && amount_minor <= paid.amount_minor - reserved;
    match same {
        Some(same) if same.amount_minor != amount_minor => Err(ErrorCode::KeyReused.into()),
        // In flight or done: the same wish is the same refund.
        Some(same) if same.state.is_reserved() => Ok(same.refund_no),
        Some(_) | None if !fits => Err(ErrorCode::AmountInvalid.into()),
        Some(same) => {
            retry(ledger, same.clone())?;
            Ok(same.refund_no)
        }
        None => draw(ledger, paid, Reason::Requested, refund_key, amount_minor),
    }
}

/// A refund of money in suspense.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    /// Key of the decision.
    pub refund_key: &'a str,
    /// What goes back.
    pub amount_minor: i64,
    /// What the platform has taken, which may be another amount than the trade is for.
    pub captured_minor: i64,
    /// The merchant that has taken it.
    pub enterprise_id: i64,
}

/// Gives money back that is in suspense, whatever state its trade is in: the platform's verified word says that it was
/// taken. Its number; the same key is the same refund, and one that was refused is sent again. The tender is locked by this
/// transaction.
///
/// # Errors
/// `amount_invalid` when more would go back than was taken; those of the database.
pub fn request_suspended(ledger: &mut Ledger<'_>, trade: &Trade, drawn: &Drawn<'_>) -> Outcome<i64> {
    let others = refund::of_trade(ledger.tx(), trade.trade_no)?;
    let reserved = refund::reserved(&others);
    let same = others.iter().find(|other| other.refund_key == drawn.refund_key);
    let fits = drawn.amount_minor > 0 && drawn.amount_minor <= drawn.captured_minor - reserved;
    match same {
        // In flight or done: the same wish is the same refund.
        Some(same) if same.state.is_reserved() => return Ok(same.refund_no),
        Some(_) | None if !fits => return Err(ErrorCode::AmountInvalid.into()),
        Some(same) => {
            retry(ledger, same.clone())?;
            return Ok(same.refund_no);
        }
        None => {}
    }
    let taken = Trade {
        amount_minor: drawn.captured_minor,
        enterprise_id: drawn.enterprise_id,
        ..trade.clone()
    };
    draw(
        ledger,
        &taken,
        Reason::Requested,
        drawn.refund_key,
        drawn.amount_minor,
    )
}

/// Gives money of a till's settled tender back, under the number that the till has committed for it. The same
/// number is answered with how it stands, also when it was refused: a till wants a refused one again under a
/// number of its own.
///
/// # Errors
/// `amount_invalid` when more would go back than was taken; `key_reused` when the number is another refund's;
/// those of the database.
pub fn by_till(ledger: &mut Ledger<'_>, paid: &Trade, refund_no: i64, amount_minor: i64) -> Outcome<()> {
    if let Some(held) = refund::find(ledger.tx(), refund_no)? {
        let is_same = held.trade_no == paid.trade_no && held.amount_minor == amount_minor;
        return if is_same {
            Ok(())
        } else {
            Err(ErrorCode::KeyReused.into())
        };
    }
    let drawn = refund::of_trade(ledger.tx(), paid.trade_no)?;
    let reserved = refund::reserved(&drawn);
    if amount_minor <= 0 || amount_minor > paid.amount_minor - reserved {
        return Err(ErrorCode::AmountInvalid.into());
    }
    let key = format!("{TILL_KEY}{refund_no}");
    draw_as(ledger, paid, Reason::Requested, (refund_no, &key), amount_minor)
}

/// Writes a refund that is to be sent at once; its number.
fn draw(
    ledger: &mut Ledger<'_>,
    trade: &Trade,
    reason: Reason,
    refund_key: &str,
    amount_minor: i64,
) -> Outcome<i64> {
    // One that nobody asked for is one per trade and carries its number: a centre whose file was replaced
    // by an older copy asks for the very same refund again, and the platform knows it.
    let refund_no = if refund_key == AUTOMATIC {
        trade.trade_no
    } else {
        ledger.mint()?
    };
    draw_as(ledger, trade, reason, (refund_no, refund_key), amount_minor)?;
    Ok(refund_no)
}

fn draw_as(
    ledger: &mut Ledger<'_>,
    trade: &Trade,
    reason: Reason,
    (refund_no, refund_key): (i64, &str),
    amount_minor: i64,
) -> Outcome<()> {
    let refund = Refund {
        refund_no,
        trade_no: trade.trade_no,
        pay_order_id: trade.pay_order_id,
        enterprise_id: trade.enterprise_id,
        refund_key: refund_key.to_owned(),
        reason: reason.name().to_owned(),
        amount_minor,
        total_minor: trade.amount_minor,
        notify_url: trade.notify_url.clone(),
        state: RefundState::Apply,
        needs_attention: false,
        refund_id: None,
        created_at_ms: ledger.now_ms,
        first_sent_at_ms: None,
        last_sent_at_ms: None,
        next_call: Some(RefundAsk::Send),
        next_call_at_ms: Some(ledger.now_ms),
        lease: Lease::default(),
        asked: 0,
        ended_at_ms: None,
    };
    refund::insert(ledger.tx(), &refund)?;
    ledger.touch(trade.pay_order_id);
    tracing::warn!(
        refund_no,
        trade_no = trade.trade_no,
        reason = reason.name(),
        "money goes back"
    );
    Ok(())
}

/// Sends a refused refund again: the same number, the same amount.
fn retry(ledger: &mut Ledger<'_>, mut refund: Refund) -> Outcome<()> {
    if let Step::To(state) = step::<RefundMachine>(refund.state, RefundEvent::Retry) {
        refund.state = state;
        refund.needs_attention = false;
        refund.asked = 0;
        refund.next_call = Some(RefundAsk::Send);
        let earliest_ms = refund.last_sent_at_ms.unwrap_or(0) + RESEND_DELAY_MS_MIN;
        refund.next_call_at_ms = Some(earliest_ms.max(ledger.now_ms));
        refund::save(ledger.tx(), &refund)?;
        ledger.touch(refund.pay_order_id);
    }
    Ok(())
}

/// Applies an observation to a refund; whether there is such a refund.
///
/// # Errors
/// Those of the database.
pub fn refund_observed(
    ledger: &mut Ledger<'_>,
    refund_no: i64,
    observation: &Observation,
    source: Source,
) -> Outcome<bool> {
    let Some(unlocked) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(false);
    };
    let mut order = pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut refund) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(false);
    };
    let before = refund.clone();
    let verdict = match observation {
        Observation::Refund(fact) if !fits(&refund, fact) => {
            put_in_suspense(ledger, &refund, fact)?;
            // Not a word about our refund: as good as no answer.
            refund_rules::judge(refund.state, &Observation::Unknown { why: String::new() })
        }
        observation => refund_rules::judge(refund.state, observation),
    };
    let succeeded = apply(&mut refund, observation, verdict.event);
    if succeeded {
        refund.ended_at_ms = Some(ledger.now_ms);
    }
    let means = pay_channel::means(ledger.tx(), refund.enterprise_id)?;
    schedule(&mut refund, means, verdict.resend, source, ledger.now_ms);
    refund.needs_attention = match refund.state {
        RefundState::Success => false,
        RefundState::Fail => true,
        RefundState::Apply | RefundState::Sending => {
            verdict.attention || (refund.needs_attention && says_nothing(observation))
        }
    };
    refund::save(ledger.tx(), &refund)?;
    if succeeded {
        refunded(ledger, &mut order, &refund)?;
    }
    if before.state != refund.state || before.needs_attention != refund.needs_attention {
        ledger.touch(order.pay_order_id);
    }
    Ok(true)
}

/// Whether an answer leaves what a person has to look at as it was: a refund that the platform has refused, and then
/// does not know, is still refused.
const fn says_nothing(observation: &Observation) -> bool {
    matches!(observation, Observation::NotExist | Observation::Unknown { .. })
}

fn fits(refund: &Refund, fact: &RefundFact) -> bool {
    let amount_fits = fact
        .amount
        .is_none_or(|amount| amount.minor() == refund.amount_minor);
    fact.trade_no == refund.trade_no.to_string() && amount_fits
}

fn put_in_suspense(ledger: &mut Ledger<'_>, refund: &Refund, fact: &RefundFact) -> Outcome<()> {
    let amount_minor = fact.amount.map(suanpan_domain::money::Fen::minor);
    suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::RefundMismatch,
            enterprise_id: refund.enterprise_id,
            trade_no: &fact.trade_no,
            reference: format!("{}/{}/{:?}", refund.refund_no, fact.trade_no, amount_minor),
            amount_minor,
            detail: format!(
                "refund {} of {} fen from {} was answered {:?} {:?} fen from {}",
                refund.refund_no,
                refund.amount_minor,
                refund.trade_no,
                fact.state,
                amount_minor,
                fact.trade_no
            ),
        },
    )?;
    Ok(())
}

/// Moves a refund by its table; whether it has just succeeded.
fn apply(refund: &mut Refund, observation: &Observation, event: Option<RefundEvent>) -> bool {
    if let Observation::Refund(fact) = observation {
        refund.refund_id = fact.refund_id.clone().or(refund.refund_id.take());
    }
    let Some(event) = event else { return false };
    match step::<RefundMachine>(refund.state, event) {
        Step::To(state) => {
            let succeeded = state == RefundState::Success && refund.state != RefundState::Success;
            refund.state = state;
            succeeded
        }
        Step::AlreadyApplied | Step::Refused => false,
    }
}

fn schedule(refund: &mut Refund, means: Option<Means>, resend: bool, source: Source, now_ms: i64) {
    let answers_lease = match source {
        Source::Call { lease_no } => lease_no == refund.lease.no,
        Source::Callback => false,
    };
    if answers_lease {
        refund.lease.release();
    }
    match refund.state {
        RefundState::Success | RefundState::Fail => {
            refund.next_call = None;
            refund.next_call_at_ms = None;
        }
        RefundState::Apply | RefundState::Sending if answers_lease => {
            let asks_at_ms = next_query_at_ms(means, refund.last_sent_at_ms, refund.asked, now_ms);
            refund.asked += 1;
            if resend || on(Mutant::FreshRefundNoPerTry) {
                let earliest_ms = refund.last_sent_at_ms.unwrap_or(now_ms) + RESEND_DELAY_MS_MIN;
                refund.next_call = Some(RefundAsk::Send);
                refund.next_call_at_ms = Some(earliest_ms.max(asks_at_ms));
            } else {
                refund.next_call = Some(RefundAsk::Query);
                refund.next_call_at_ms = Some(asks_at_ms);
            }
        }
        RefundState::Apply | RefundState::Sending => {}
    }
}

/// Follows a success up at the tender, and checks that no more has gone back than was taken.
fn refunded(ledger: &mut Ledger<'_>, order: &mut pay_order::PayOrder, refund: &Refund) -> Outcome<()> {
    let done: i64 = refund::of_trade(ledger.tx(), refund.trade_no)?
        .iter()
        .filter(|other| other.state == RefundState::Success)
        .map(|other| other.amount_minor)
        .sum();
    if done > refund.total_minor {
        suspense::put(
            ledger,
            &Suspended {
                kind: SuspenseKind::OverRefunded,
                enterprise_id: refund.enterprise_id,
                trade_no: &refund.trade_no.to_string(),
                reference: refund.refund_no.to_string(),
                amount_minor: Some(done),
                detail: format!("{done} fen of {} have gone back", refund.total_minor),
            },
        )?;
    }
    if order.winner_trade_no == Some(refund.trade_no) {
        let event = if done >= refund.total_minor {
            PayOrderEvent::RefundRest
        } else {
            PayOrderEvent::RefundPart
        };
        order.apply(event);
        pay_order::save(ledger.tx(), order)?;
    }
    Ok(())
}

/// Whether the brake lets an automatic refund out now; if not, it waits as needing attention. One that went
/// out before is within the hour's limit already; the kill switch holds its repeats as well, because the first
/// sending may never have arrived.
pub(super) fn brake_lets_out(ledger: &mut Ledger<'_>, refund: &mut Refund) -> Outcome<bool> {
    if !refund.is_automatic() {
        return Ok(true);
    }
    // Locked, so that of two processes the second counts what the first has let out.
    let Some(channel) = pay_channel::find_locked(ledger.tx(), refund.enterprise_id)? else {
        return Ok(true);
    };
    let since_ms = ledger.now_ms - BRAKE_WINDOW_MS;
    let (count, sum_minor) = refund::sent_since(ledger.tx(), refund.enterprise_id, since_ms)?;
    let within = refund.first_sent_at_ms.is_some()
        || (count < channel.refunds_per_hour_max
            && sum_minor + refund.amount_minor <= channel.refund_sum_per_hour_max_minor);
    if within && !channel.refunds_stopped {
        return Ok(true);
    }
    refund.next_call_at_ms = Some(ledger.now_ms + BRAKE_DELAY_MS);
    if !refund.needs_attention {
        refund.needs_attention = true;
        ledger.touch(refund.pay_order_id);
        let detail = format!(
            "refund {} of merchant {}: {count} refunds of {sum_minor} fen within an hour, stopped: {}",
            refund.refund_no, refund.enterprise_id, channel.refunds_stopped
        );
        ledger.audit("centre", "refund_braked", &detail)?;
        tracing::error!(
            refund_no = refund.refund_no,
            "the brake holds a refund: a person must look"
        );
    }
    refund::save(ledger.tx(), refund)?;
    Ok(false)
}
