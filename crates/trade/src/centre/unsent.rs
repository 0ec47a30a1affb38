//! What becomes of a claim whose call was certainly not sent: there was no place for it, its platform is left alone
//! just now, or the merchant's keys are not to be had. Nothing left this process.
//!
//! The row is as it was before the claim, so that no later answer is taken for that of a repeat. A charge by payment
//! code has ended: its code was in memory alone, nobody was charged, and the cashier need not wait to know it.
//! Everything else is tried again later. What *may* have been sent is not here: that is asked about.

use suanpan_channels::Call;
use suanpan_domain::trade::RETRY_DELAYS_MS;

use super::apply;
use super::calls::{PlatformCall, WorkId};
use super::watch;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::lease::Lease;
use crate::rows::pay_order;
use crate::rows::refund;
use crate::rows::trade::{self, Trade};

/// A trade that has ended is watched at its own pace, and none of its turns is used up: the longer ago it ended, the later
/// it is tried again, within these bounds.
const WATCH_AGAIN_MS: (i64, i64) = (60_000, 3_600_000);

/// How long a refund waits for the next try, at least and at most: the longer it has waited, the longer.
const REFUND_DELAY_MS: (i64, i64) = (1_000, 300_000);

/// Puts back what the claim has written. One that somebody else has claimed anew is left to them.
///
/// # Errors
/// Those of the database.
pub fn put_back(ledger: &mut Ledger<'_>, call: &PlatformCall) -> Outcome<()> {
    match call.work {
        WorkId::Trade(trade_no) => put_trade_back(ledger, trade_no, call),
        WorkId::Refund(refund_no) => put_refund_back(ledger, refund_no, call),
    }
}

fn free_again(call: &PlatformCall) -> Lease {
    let mut lease = call.before.lease;
    lease.release();
    lease
}

fn put_trade_back(ledger: &mut Ledger<'_>, trade_no: i64, call: &PlatformCall) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(());
    };
    let mut order = pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut trade) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(());
    };
    if trade.lease.no != call.lease_no {
        return Ok(());
    }
    trade.lease = free_again(call);
    match &call.call {
        Call::PayByCode(_) => {
            apply::end_unsent(&mut trade, now_ms);
            ledger.touch(trade.pay_order_id);
        }
        Call::Prepay(_)
        | Call::Query { .. }
        | Call::Close { .. }
        | Call::Reverse { .. }
        | Call::Refund(_)
        | Call::QueryRefund { .. } => try_later(&mut trade, now_ms),
    }
    trade::save(ledger.tx(), &trade)?;
    apply::end_if_all_ended(ledger, &mut order)
}

/// The same call, later each time for as long as the trade is open.
fn try_later(trade: &mut Trade, now_ms: i64) {
    if trade.next_call.is_none() {
        return;
    }
    if !trade.state.is_open() && watch::is_over(trade, now_ms) {
        trade.next_call = None;
        trade.next_call_at_ms = None;
        return;
    }
    let delay_ms = if trade.state.is_open() {
        let at = usize::try_from(trade.asked).unwrap_or(usize::MAX);
        trade.asked += 1;
        RETRY_DELAYS_MS[at.min(RETRY_DELAYS_MS.len() - 1)]
    } else {
        ((now_ms - trade.expires_at_ms) / 2).clamp(WATCH_AGAIN_MS.0, WATCH_AGAIN_MS.1)
    };
    trade.next_call_at_ms = Some(now_ms + delay_ms);
    apply::cap_at_expiry(trade, now_ms);
}

fn put_refund_back(ledger: &mut Ledger<'_>, refund_no: i64, call: &PlatformCall) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    let Some(unlocked) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(());
    };
    pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut refund) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(());
    };
    if refund.lease.no != call.lease_no {
        return Ok(());
    }
    refund.lease = free_again(call);
    refund.first_sent_at_ms = call.before.first_sent_at_ms;
    refund.last_sent_at_ms = call.before.last_sent_at_ms;
    if refund.next_call.is_some() {
        let age_ms = now_ms - refund.last_sent_at_ms.unwrap_or(refund.created_at_ms);
        // The turns of the questions that follow the sending are not used up.
        let delay_ms = (age_ms / 2).clamp(REFUND_DELAY_MS.0, REFUND_DELAY_MS.1);
        refund.next_call_at_ms = Some(now_ms + delay_ms);
    }
    refund::save(ledger.tx(), &refund)?;
    Ok(())
}
