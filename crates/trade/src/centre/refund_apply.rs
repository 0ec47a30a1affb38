//! What an observation of the platform does to a refund: the one writer for callbacks, answers and polls alike.
//!
//! The domain judges; here its verdict is written, the next question or sending is set, and a success is followed up
//! at the tender. What is to go back, and whether it may go out, is decided elsewhere.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::pay_order::PayOrderEvent;
use suanpan_domain::platform::{Observation, RefundFact};
use suanpan_domain::refund::{self as refund_rules, NextAsk, RefundEvent, RefundMachine, RefundState};
use suanpan_domain::tender::Means;

use super::apply::Source;
use super::refund_pace::next_query_at_ms;
use super::refunds::RESEND_DELAY_MS_MIN;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::pay_channel;
use crate::rows::pay_order::{self, PayOrder};
use crate::rows::refund::{self, Refund, RefundAsk};
use crate::rows::suspense::{self, Suspended, SuspenseKind};

/// How long a refund may be under way without a number of the platform's, before a person has to look: a lost answer and an
/// outage of some minutes pass by themselves.
const NOWHERE_AFTER_MS: i64 = 1_800_000;

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
    let answers_lease = match source {
        Source::Call { lease_no } => lease_no == refund.lease.no,
        Source::Callback => false,
    };
    let was_refused = answers_lease && refund.next_call == Some(RefundAsk::Confirm);
    let verdict = match observation {
        Observation::Refund(fact) if !fits(&refund, fact) => {
            put_in_suspense(ledger, &refund, fact)?;
            // Not a word about our refund: as good as no answer.
            let silence = Observation::Unknown { why: String::new() };
            refund_rules::judge(refund.state, was_refused, &silence)
        }
        observation => refund_rules::judge(refund.state, was_refused, observation),
    };
    let succeeded = apply(&mut refund, observation, verdict.event);
    if succeeded {
        refund.ended_at_ms = Some(ledger.now_ms);
    }
    if answers_lease {
        refund.lease.release();
    }
    let means = pay_channel::means(ledger.tx(), refund.enterprise_id)?;
    let asked = answers_lease.then_some(is_silence(observation));
    schedule(&mut refund, means, verdict.next, asked, ledger.now_ms);
    refund.needs_attention = match refund.state {
        RefundState::Success => false,
        RefundState::Fail => true,
        RefundState::Apply | RefundState::Sending => {
            verdict.attention
                || (refund.needs_attention && says_nothing(observation))
                || gets_nowhere(&refund, ledger.now_ms)
        }
    };
    refund::save(ledger.tx(), &refund)?;
    log_refusal(&before, &refund, observation);
    if succeeded {
        refunded(ledger, &mut order, &refund)?;
    }
    if before.state != refund.state || before.needs_attention != refund.needs_attention {
        ledger.touch(order.pay_order_id);
    }
    Ok(true)
}

/// A refusal is for a person to look at, with the numbers to look by.
fn log_refusal(before: &Refund, refund: &Refund, observation: &Observation) {
    let (refund_no, trade_no) = (refund.refund_no, refund.trade_no);
    if let Observation::Refused { code, message } = observation {
        tracing::error!(
            refund_no,
            trade_no,
            code,
            message,
            "the platform has refused a refund"
        );
    }
    if refund.state == RefundState::Fail && before.state != RefundState::Fail {
        tracing::error!(
            refund_no,
            trade_no,
            amount_minor = refund.amount_minor,
            "a refund has ended without money going back: a person must look"
        );
    }
}

/// Whether an answer leaves what a person has to look at as it was: a refund that the platform has refused, and then
/// does not know, is still refused.
const fn says_nothing(observation: &Observation) -> bool {
    matches!(observation, Observation::NotExist | Observation::Unknown { .. })
}

/// Whether the platform has not answered at all.
const fn is_silence(observation: &Observation) -> bool {
    matches!(observation, Observation::Unknown { .. } | Observation::Busy)
}

/// Whether a refund is under way for so long without the platform having named it: such as one whose answers nobody here
/// understands. It is sent and asked about as before. WeChat Pay names what it has, and may take days over it; Alipay names
/// none, and is done within seconds.
fn gets_nowhere(refund: &Refund, now_ms: i64) -> bool {
    let first_sent_at_ms = refund.first_sent_at_ms.unwrap_or(now_ms);
    refund.refund_id.is_none() && now_ms - first_sent_at_ms >= NOWHERE_AFTER_MS
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
    if let Observation::Refund(fact) = observation
        && fits(refund, fact)
    {
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

/// `asked` where the claimed call is over, and whether it was met by silence.
fn schedule(refund: &mut Refund, means: Option<Means>, next: NextAsk, asked: Option<bool>, now_ms: i64) {
    match refund.state {
        // Somebody has asked about a refused one: silence is no answer, and the question stays.
        RefundState::Fail if asked == Some(true) && refund.next_call.is_some() => {
            let asks_at_ms = next_query_at_ms(means, refund.last_sent_at_ms, refund.asked, now_ms);
            refund.asked += 1;
            refund.next_call_at_ms = Some(asks_at_ms);
        }
        RefundState::Success | RefundState::Fail => {
            refund.next_call = None;
            refund.next_call_at_ms = None;
        }
        RefundState::Apply | RefundState::Sending if asked.is_some() => {
            if next == NextAsk::Confirm && refund.next_call != Some(RefundAsk::Confirm) {
                // A refusal is news: the questions after it begin with short pauses again.
                refund.asked = 0;
            }
            let asks_at_ms = next_query_at_ms(means, refund.last_sent_at_ms, refund.asked, now_ms);
            refund.asked += 1;
            let next = if on(Mutant::FreshRefundNoPerTry) {
                NextAsk::Resend
            } else {
                next
            };
            let (ask, at_ms) = match next {
                NextAsk::Query => (RefundAsk::Query, asks_at_ms),
                NextAsk::Confirm => (RefundAsk::Confirm, asks_at_ms),
                NextAsk::Resend => {
                    let earliest_ms = refund.last_sent_at_ms.unwrap_or(now_ms) + RESEND_DELAY_MS_MIN;
                    (RefundAsk::Send, earliest_ms.max(asks_at_ms))
                }
            };
            refund.next_call = Some(ask);
            refund.next_call_at_ms = Some(at_ms);
        }
        RefundState::Apply | RefundState::Sending => {}
    }
}

/// Follows a success up at the tender, and checks that no more has gone back than was taken.
fn refunded(ledger: &mut Ledger<'_>, order: &mut PayOrder, refund: &Refund) -> Outcome<()> {
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
