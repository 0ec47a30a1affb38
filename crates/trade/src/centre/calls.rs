//! Which call to the platform a row wants, and who makes it: claims by lease.
//!
//! A claim is committed before the call goes out and holds longer than any call may take, so that two
//! callers never ask about one row at once and a crash loses nothing but time. Whose turn it is among many rows is
//! [`super::due`]'s matter.

use suanpan_channels::{Call, CodePay, NotifyUrl, Prepay, RefundOrder};
use suanpan_domain::money::Fen;
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::refund::RefundState;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{TradeState, Way};

use super::apply;
use super::refunds::{self, Reason};
use crate::db::{DbError, Tx};
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::lease::Lease;
use crate::rows::pay_channel;
use crate::rows::pay_order::{self, PayOrder};
use crate::rows::refund::{self, Refund, RefundAsk};
use crate::rows::trade::{self, Ask, Trade};

/// A row that wants calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkId {
    /// A trade, by its number.
    Trade(i64),
    /// A refund, by its number.
    Refund(i64),
}

/// A claimed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformCall {
    /// The row it is for.
    pub work: WorkId,
    /// Number of the claim.
    pub lease_no: i64,
    /// Merchant whose channel makes it.
    pub enterprise_id: i64,
    /// Means of the account, and so the platform.
    pub means: Means,
    /// What to ask.
    pub call: Call,
    /// What its row said before, to be put back where the call is certainly not sent.
    pub before: Before,
}

/// What a row said before a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Its last claim.
    pub lease: Lease,
    /// When a refund had first been sent.
    pub first_sent_at_ms: Option<i64>,
    /// When a refund had last been sent.
    pub last_sent_at_ms: Option<i64>,
}

/// Sends late money on its way back where its time has come.
///
/// # Errors
/// Those of the database.
pub fn draw_late(ledger: &mut Ledger<'_>, trade_no: i64) -> Outcome<()> {
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(());
    };
    pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut late) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(());
    };
    if late
        .refund_due_at_ms
        .is_some_and(|due_ms| due_ms <= ledger.now_ms)
    {
        refunds::draw_rest(ledger, &mut late, Reason::Late)?;
        trade::save(ledger.tx(), &late)?;
    }
    Ok(())
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// A call is to be made.
    Call(Box<PlatformCall>),
    /// The row was due, and has gone on without a call.
    WithoutCall,
    /// It is not due, or somebody else is at it.
    Left,
}

/// Claims the due call of a row; nothing when none is due, or somebody else is at it.
///
/// # Errors
/// Those of the database.
pub fn claim(ledger: &mut Ledger<'_>, work: WorkId) -> Outcome<Option<PlatformCall>> {
    Ok(match claim_by(ledger, work, Patience::Wait)? {
        Claimed::Call(call) => Some(*call),
        Claimed::WithoutCall | Claimed::Left => None,
    })
}

/// The same, without waiting for whoever holds the row: it is left.
///
/// # Errors
/// Those of the database.
pub fn claim_free(ledger: &mut Ledger<'_>, work: WorkId) -> Outcome<Claimed> {
    claim_by(ledger, work, Patience::Skip)
}

/// What to do about a tender that another transaction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// Wait for it.
    Wait,
    /// Leave it: whoever holds it sees to it, or the next look does. Who claims many waits for none, so that two
    /// who claim never wait for each other.
    Skip,
}

fn claim_by(ledger: &mut Ledger<'_>, work: WorkId, patience: Patience) -> Outcome<Claimed> {
    match work {
        WorkId::Trade(trade_no) => claim_trade(ledger, trade_no, patience),
        WorkId::Refund(refund_no) => claim_refund(ledger, refund_no, patience),
    }
}

/// Locks a tender; nothing where it was not to be had.
fn lock(tx: &mut dyn Tx, pay_order_id: i64, patience: Patience) -> Result<Option<PayOrder>, DbError> {
    match patience {
        Patience::Wait => pay_order::by_id_locked(tx, pay_order_id).map(Some),
        Patience::Skip => pay_order::by_id_free(tx, pay_order_id),
    }
}

/// The claim on a row.
///
/// # Errors
/// [`DbError`].
pub fn lease_of(tx: &mut dyn Tx, work: WorkId) -> Result<Option<Lease>, DbError> {
    Ok(match work {
        WorkId::Trade(trade_no) => trade::find(tx, trade_no)?.map(|trade| trade.lease),
        WorkId::Refund(refund_no) => refund::find(tx, refund_no)?.map(|refund| refund.lease),
    })
}

fn is_due(at_ms: Option<i64>, now_ms: i64) -> bool {
    at_ms.is_some_and(|at_ms| at_ms <= now_ms)
}

fn is_claimed(trade: &Trade, now_ms: i64) -> bool {
    trade.lease.is_held(now_ms) && !on(Mutant::ClaimIgnored)
}

fn claim_trade(ledger: &mut Ledger<'_>, trade_no: i64, patience: Patience) -> Outcome<Claimed> {
    let now_ms = ledger.now_ms;
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(Claimed::Left);
    };
    let Some(mut order) = lock(ledger.tx(), unlocked.pay_order_id, patience)? else {
        return Ok(Claimed::Left);
    };
    let Some(mut trade) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(Claimed::Left);
    };
    if !is_due(trade.next_call_at_ms, now_ms) || is_claimed(&trade, now_ms) {
        return Ok(Claimed::Left);
    }
    if trade.is_unsent() {
        // Its code was held in memory alone and is gone: a crash came before it was sent.
        apply::end_unsent(&mut trade, now_ms);
        trade::save(ledger.tx(), &trade)?;
        ledger.touch(trade.pay_order_id);
        apply::end_if_all_ended(ledger, &mut order)?;
        return Ok(Claimed::WithoutCall);
    }
    if is_run_out(&trade, now_ms) && apply::close_wanted(&mut trade, now_ms) {
        ledger.touch(trade.pay_order_id);
    }
    let ask = trade.next_call.ok_or_else(|| no_call("trade", trade_no))?;
    if is_without_answer(&trade) {
        trade.state = TradeState::PrepayUnknown;
        ledger.touch(trade.pay_order_id);
    }
    let call = trade_call(&trade, ask)?;
    Ok(Claimed::Call(Box::new(claimed(ledger, trade, &order, call)?)))
}

/// A row that is due and says not for what.
fn no_call(noun: &str, no: i64) -> DbError {
    DbError::Damaged(format!("{noun} {no} is due, and no call is named"))
}

/// Takes the claim on a trade for one call.
fn claimed(ledger: &mut Ledger<'_>, mut trade: Trade, order: &PayOrder, call: Call) -> Outcome<PlatformCall> {
    let before = Before {
        lease: trade.lease,
        ..Before::default()
    };
    trade.lease = trade.lease.claimed(ledger.now_ms);
    trade::save(ledger.tx(), &trade)?;
    let means = pay_channel::means(ledger.tx(), trade.enterprise_id)?.unwrap_or(order.means);
    Ok(PlatformCall {
        work: WorkId::Trade(trade.trade_no),
        lease_no: trade.lease.no,
        enterprise_id: trade.enterprise_id,
        means,
        call,
        before,
    })
}

/// Claims the one call that carries a payment code; nothing where it was sent before, or its trade has ended
/// meanwhile. The code goes into the call and is not written down.
///
/// # Errors
/// Those of the database.
pub fn claim_payment(
    ledger: &mut Ledger<'_>,
    trade_no: i64,
    code: &PaymentCode,
) -> Outcome<Option<PlatformCall>> {
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(None);
    };
    let order = pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(trade) = trade::find(ledger.tx(), trade_no)?.filter(Trade::is_unsent) else {
        return Ok(None);
    };
    let call = Call::PayByCode(CodePay {
        trade_no: trade_no.to_string(),
        amount: Fen::new(trade.amount_minor),
        description: trade.description.clone(),
        code: code.clone(),
        store_id: order.store_id.to_string(),
        notify_url: notify_url(&trade.notify_url)?,
        made_at_ms: trade.created_at_ms,
        expires_at_ms: trade.expires_at_ms,
    });
    claimed(ledger, trade, &order, call).map(Some)
}

/// Whether a request for its code went out whose answer was never kept: a crash came between. What the next
/// answer refuses is then only the repeat.
fn is_without_answer(trade: &Trade) -> bool {
    trade.state == TradeState::Created && trade.lease.no > 0
}

/// Whether its code can no longer be paid and nobody has asked to close it.
fn is_run_out(trade: &Trade, now_ms: i64) -> bool {
    now_ms > trade.expires_at_ms
        && match trade.state {
            TradeState::Created | TradeState::PrepayUnknown | TradeState::Awaiting => true,
            TradeState::Closing
            | TradeState::Failed
            | TradeState::Paid
            | TradeState::Closed
            | TradeState::Free
            | TradeState::Credit => false,
        }
}

fn trade_call(trade: &Trade, ask: Ask) -> Outcome<Call> {
    let trade_no = trade.trade_no.to_string();
    Ok(match ask {
        Ask::Query => Call::Query { trade_no },
        Ask::Close => match trade.way {
            Way::Shown => Call::Close { trade_no },
            Way::Taken => Call::Reverse { trade_no },
        },
        Ask::Prepay => Call::Prepay(Prepay {
            trade_no,
            amount: Fen::new(trade.amount_minor),
            description: trade.description.clone(),
            notify_url: notify_url(&trade.notify_url)?,
            made_at_ms: trade.created_at_ms,
            expires_at_ms: trade.expires_at_ms,
            attach: None,
        }),
    })
}

fn notify_url(text: &str) -> Outcome<NotifyUrl> {
    let url =
        NotifyUrl::try_new(text).map_err(|error| DbError::Damaged(format!("notify address: {error}")))?;
    Ok(url)
}

fn claim_refund(ledger: &mut Ledger<'_>, refund_no: i64, patience: Patience) -> Outcome<Claimed> {
    let now_ms = ledger.now_ms;
    let Some(unlocked) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(Claimed::Left);
    };
    let Some(order) = lock(ledger.tx(), unlocked.pay_order_id, patience)? else {
        return Ok(Claimed::Left);
    };
    let Some(mut refund) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(Claimed::Left);
    };
    if !is_due(refund.next_call_at_ms, now_ms) || refund.lease.is_held(now_ms) {
        return Ok(Claimed::Left);
    }
    let ask = refund.next_call.ok_or_else(|| no_call("refund", refund_no))?;
    let before = Before {
        lease: refund.lease,
        first_sent_at_ms: refund.first_sent_at_ms,
        last_sent_at_ms: refund.last_sent_at_ms,
    };
    if ask == RefundAsk::Send && !to_be_sent(ledger, &mut refund)? {
        return Ok(Claimed::WithoutCall);
    }
    refund.lease = refund.lease.claimed(now_ms);
    refund::save(ledger.tx(), &refund)?;
    let means = pay_channel::means(ledger.tx(), refund.enterprise_id)?.unwrap_or(order.means);
    Ok(Claimed::Call(Box::new(PlatformCall {
        work: WorkId::Refund(refund.refund_no),
        lease_no: refund.lease.no,
        enterprise_id: refund.enterprise_id,
        means,
        call: refund_call(&refund, ask)?,
        before,
    })))
}

/// Notes that a refund is sent now, unless the brake holds it.
fn to_be_sent(ledger: &mut Ledger<'_>, refund: &mut Refund) -> Outcome<bool> {
    if !refunds::brake_lets_out(ledger, refund)? {
        return Ok(false);
    }
    if on(Mutant::FreshRefundNoPerTry) && refund.first_sent_at_ms.is_some() {
        renumber(ledger, refund)?;
    }
    if refund.first_sent_at_ms.is_some() && refund.state == RefundState::Apply {
        // Sent before, and a crash came before its answer was kept: a refusal is of the repeat only.
        refund.state = RefundState::Sending;
        ledger.touch(refund.pay_order_id);
    }
    refund.first_sent_at_ms = refund.first_sent_at_ms.or(Some(ledger.now_ms));
    refund.last_sent_at_ms = Some(ledger.now_ms);
    Ok(true)
}

fn renumber(ledger: &mut Ledger<'_>, refund: &mut Refund) -> Outcome<()> {
    let fresh = ledger.mint()?;
    refund::renumber(ledger.tx(), refund.refund_no, fresh)?;
    refund.refund_no = fresh;
    Ok(())
}

fn refund_call(refund: &Refund, ask: RefundAsk) -> Outcome<Call> {
    let refund_no = refund.refund_no.to_string();
    let trade_no = refund.trade_no.to_string();
    Ok(match ask {
        RefundAsk::Query | RefundAsk::Confirm => Call::QueryRefund { refund_no, trade_no },
        RefundAsk::Send => Call::Refund(RefundOrder {
            refund_no,
            trade_no,
            refund: Fen::new(refund.amount_minor),
            total: Fen::new(refund.total_minor),
            reason: Reason::sentence(&refund.reason).to_owned(),
            notify_url: notify_url(&refund.notify_url)?,
        }),
    })
}
