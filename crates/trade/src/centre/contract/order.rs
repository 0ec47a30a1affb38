//! Callers' orders: a code for one, closing a code, canceling an order, settling one without a platform, and the
//! end of an order's time.
//!
//! An order shows at most one code. A code for another channel or amount is made once the older one is closed,
//! or when closing takes too long; the older one then stays watched, and its money goes back if it comes second.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::pay_order::{Disposition, PayOrderEvent, PayOrderState, dispose};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{TradeEvent, TradeMachine, TradeState, Way};
use suanpan_wire::error::ErrorCode;

use super::credential::Credential;
use super::trouble::{Refused, Trouble};
use super::wish::{LocalKind, LocalWish, NativeWish};
use crate::centre::apply;
use crate::centre::calls::WorkId;
use crate::centre::collect::{self, Attempt, Opening};
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::caller;
use crate::rows::lease::Lease;
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::pay_order::{self, Burial, NO_TILL, PayOrder};
use crate::rows::trade::{self, Trade};
use crate::settings::{CODE_LIFE_MS_MIN, Settings};

/// An order without a deadline of its own is closed after this long, as the family's job does it.
pub const ORDER_LIFE_MS_MAX: i64 = 1_200_000;

/// What is done about codes of an order that may still be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are asked to close, and their end is waited for.
    CloseFirst,
    /// It was waited for: they stay watched.
    Watched,
}

/// How far a wish has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The trade, and the calls due before it can be answered.
    Trade(i64, Vec<WorkId>),
    /// Other codes are closed first.
    Closing(Vec<WorkId>),
}

/// Makes a code for an order, or finds the one that waits for the same.
///
/// # Errors
/// [`Trouble`].
pub fn native(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    wish: &NativeWish,
    others: Others,
) -> Result<Progress, Trouble> {
    let channel = granted_channel(ledger, wish)?;
    let opening = Opening {
        means: wish.means,
        ..opening(&wish.product_app_id, wish.order_no, wish.amount.minor())
    };
    let mut order = held_or_open(ledger, settings, &opening)?;
    collect::refuse_if_ended(&order)?;
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    if let Some(same) = trades.iter().rev().find(|trade| waits_for(trade, wish)) {
        return Ok(Progress::Trade(same.trade_no, collect::work_of(same)));
    }
    if others == Others::CloseFirst && trades.iter().any(Trade::holds_its_tender) {
        return Ok(close_all(ledger, &order, &trades)?);
    }
    let expires_at_ms = order
        .deadline_ms
        .unwrap_or(ledger.now_ms + settings.caller_order_life_ms);
    if expires_at_ms - ledger.now_ms < CODE_LIFE_MS_MIN {
        return Err(Refused::OrderEnding.into());
    }
    order.means = wish.means;
    order.amount_minor = wish.amount.minor();
    pay_order::amend(ledger.tx(), &order)?;
    let fresh = Attempt {
        attempt_key: None,
        description: &wish.memo,
        channel,
        way: Way::Shown,
        expires_at_ms,
    };
    let trade_no = collect::attempt(ledger, settings, &order, fresh)?;
    Ok(Progress::Trade(trade_no, vec![WorkId::Trade(trade_no)]))
}

fn opening(product_app_id: &str, order_no: i64, amount_minor: i64) -> Opening<'_> {
    Opening {
        product_app_id,
        number: order_no,
        order_no,
        store_id: 0,
        till_id: NO_TILL,
        // Of an order that no platform collects.
        means: Means::Cash,
        amount_minor,
        deadline_ms: None,
    }
}

fn held_or_open(ledger: &mut Ledger<'_>, settings: &Settings, opening: &Opening<'_>) -> Outcome<PayOrder> {
    caller::lock(ledger.tx(), opening.product_app_id)?;
    let held = pay_order::find_locked(ledger.tx(), opening.product_app_id, opening.number)?;
    if let Some(order) = held {
        return Ok(order);
    }
    let opening = Opening {
        deadline_ms: Some(ledger.now_ms + settings.caller_order_life_ms),
        ..*opening
    };
    collect::open(ledger, &opening)
}

/// Only an enabled account of the wished channel that was granted to the caller.
fn granted_channel(ledger: &mut Ledger<'_>, wish: &NativeWish) -> Result<PayChannel, Trouble> {
    let granted = caller::granted(ledger.tx(), &wish.product_app_id)?;
    let channel = if granted.contains(&wish.enterprise_id) {
        pay_channel::find(ledger.tx(), wish.enterprise_id)?
    } else {
        None
    };
    let channel = channel.filter(|channel| channel.enabled && channel.label == wish.means.name());
    Ok(channel.ok_or(Refused::MerchantUnknown)?)
}

/// Whether a trade still waits for exactly what is wished.
fn waits_for(trade: &Trade, wish: &NativeWish) -> bool {
    let waits = match trade.state {
        TradeState::Created | TradeState::PrepayUnknown | TradeState::Awaiting => true,
        TradeState::Closing
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Closed
        | TradeState::Free
        | TradeState::Credit => false,
    };
    waits && trade.enterprise_id == wish.enterprise_id && trade.amount_minor == wish.amount.minor()
}

fn close_all(ledger: &mut Ledger<'_>, order: &PayOrder, trades: &[Trade]) -> Outcome<Progress> {
    apply::want_closed(ledger, order.pay_order_id)?;
    let open = trades.iter().filter(|trade| trade.state.is_open());
    Ok(Progress::Closing(
        open.map(|trade| WorkId::Trade(trade.trade_no)).collect(),
    ))
}

/// Settles an order without a platform, by the same rule by which a payment wins it; again is harmless.
///
/// # Errors
/// `already_paid`, `tender_closed`, and those of the database.
pub fn settle_locally(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    by: &str,
    wish: &LocalWish,
    others: Others,
) -> Outcome<Progress> {
    let opening = opening(&wish.product_app_id, wish.order_no, wish.amount.minor());
    let mut order = held_or_open(ledger, settings, &opening)?;
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    let same = trades.iter().find(|trade| {
        order.winner_trade_no == Some(trade.trade_no)
            && trade.state == state_of(wish.kind)
            && trade.amount_minor == wish.amount.minor()
    });
    if let Some(same) = same {
        return Ok(Progress::Trade(same.trade_no, Vec::new()));
    }
    collect::refuse_if_ended(&order)?;
    if others == Others::CloseFirst && trades.iter().any(Trade::holds_its_tender) {
        return close_all(ledger, &order, &trades);
    }
    order.amount_minor = wish.amount.minor();
    pay_order::amend(ledger.tx(), &order)?;
    let trade_no = win_locally(ledger, &mut order, by, wish)?;
    Ok(Progress::Trade(trade_no, Vec::new()))
}

const fn state_of(kind: LocalKind) -> TradeState {
    match kind {
        LocalKind::Waived => TradeState::Free,
        LocalKind::OnAccount => TradeState::Credit,
    }
}

fn win_locally(ledger: &mut Ledger<'_>, order: &mut PayOrder, by: &str, wish: &LocalWish) -> Outcome<i64> {
    let event = match wish.kind {
        LocalKind::Waived => TradeEvent::Waive,
        LocalKind::OnAccount => TradeEvent::OnAccount,
    };
    let Step::To(state) = step::<TradeMachine>(TradeState::Created, event) else {
        return Err(ErrorCode::WrongState.into());
    };
    let now_ms = ledger.now_ms;
    let trade_no = ledger.mint()?;
    let trade = Trade {
        trade_no,
        pay_order_id: order.pay_order_id,
        attempt_key: trade_no.to_string(),
        // 0 is no merchant's number.
        enterprise_id: 0,
        app_id: String::new(),
        merchant_id: String::new(),
        amount_minor: order.amount_minor,
        description: wish.memo.clone(),
        notify_url: String::new(),
        way: Way::Shown,
        state,
        disposition: dispose(order.state, order.given_up, true),
        code_url: None,
        created_at_ms: now_ms,
        expires_at_ms: now_ms,
        answered_at_ms: None,
        paying: false,
        transaction_id: None,
        paid_at_ms: Some(now_ms),
        refused_code: None,
        suspense_amount_minor: None,
        refund_due_at_ms: None,
        next_call: None,
        next_call_at_ms: None,
        lease: Lease::default(),
        asked: 0,
        let_go: false,
    };
    trade::insert(ledger.tx(), &trade)?;
    if trade.disposition == Disposition::Winner && order.apply(PayOrderEvent::Win) {
        order.winner_trade_no = Some(trade_no);
        pay_order::save(ledger.tx(), order)?;
    }
    apply::want_closed(ledger, order.pay_order_id)?;
    ledger.touch(order.pay_order_id);
    let detail = format!(
        "{} order {}: {} fen, {}",
        order.product_app_id,
        order.tender_no,
        order.amount_minor,
        wish.kind.code()
    );
    ledger.audit(by, "settled_locally", &detail)?;
    Ok(trade_no)
}

/// A caller's own trade with its order, locked.
///
/// # Errors
/// [`Trouble`].
pub fn own_locked(
    ledger: &mut Ledger<'_>,
    credential: &Credential,
    trade_no: i64,
) -> Result<Option<(PayOrder, Trade)>, Trouble> {
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(None);
    };
    let order = pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    if !credential.covers(&order.product_app_id) {
        return Ok(None);
    }
    Ok(trade::find(ledger.tx(), trade_no)?.map(|trade| (order, trade)))
}

/// Makes the call due that tells how a trade stands; nothing when it is no trade of the caller.
///
/// # Errors
/// [`Trouble`].
pub fn ask(
    ledger: &mut Ledger<'_>,
    credential: &Credential,
    trade_no: i64,
) -> Result<Option<Vec<WorkId>>, Trouble> {
    let Some((_, mut trade)) = own_locked(ledger, credential, trade_no)? else {
        return Ok(None);
    };
    // What is closed is looked at by the schedule only, as the contract has it.
    let asks = trade.state != TradeState::Closed && collect::ask_now(ledger, &mut trade)?;
    Ok(Some(if asks {
        vec![WorkId::Trade(trade_no)]
    } else {
        Vec::new()
    }))
}

/// Closes one code of an order; the order itself stays open for another.
///
/// # Errors
/// [`Refused::TradeUnknown`]; [`Refused::NotClosable`] when it is paid or settled; those of the database.
pub fn close(
    ledger: &mut Ledger<'_>,
    credential: &Credential,
    trade_no: i64,
) -> Result<Vec<WorkId>, Trouble> {
    let (_, mut trade) = own_locked(ledger, credential, trade_no)?.ok_or(Refused::TradeUnknown)?;
    match trade.state {
        TradeState::Created | TradeState::PrepayUnknown | TradeState::Awaiting => {
            apply::close_wanted(&mut trade, ledger.now_ms);
            trade::save(ledger.tx(), &trade)?;
            ledger.touch(trade.pay_order_id);
        }
        TradeState::Closing => {}
        TradeState::Closed | TradeState::Failed => return Ok(Vec::new()),
        TradeState::Paid | TradeState::Free | TradeState::Credit => return Err(Refused::NotClosable.into()),
    }
    Ok(vec![WorkId::Trade(trade_no)])
}

/// Cancels an order that nobody has paid. One that was never asked for is refused from now on.
///
/// # Errors
/// [`Refused::TradeDone`] when it is paid; those of the database.
pub fn cancel(ledger: &mut Ledger<'_>, product_app_id: &str, order_no: i64) -> Result<Vec<WorkId>, Trouble> {
    let now_ms = ledger.now_ms;
    caller::lock(ledger.tx(), product_app_id)?;
    let Some(mut order) = pay_order::find_locked(ledger.tx(), product_app_id, order_no)? else {
        let why = Burial::Closed;
        pay_order::bury(ledger.tx(), product_app_id, order_no, NO_TILL, why, now_ms)?;
        return Ok(Vec::new());
    };
    match order.state {
        PayOrderState::NoPay | PayOrderState::Canceling | PayOrderState::Canceled => {}
        PayOrderState::Paid | PayOrderState::PartRefunded | PayOrderState::Refunded => {
            return Err(Refused::TradeDone.into());
        }
    }
    collect::cancel(ledger, &mut order)?;
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    let open = trades.iter().filter(|trade| trade.state == TradeState::Closing);
    Ok(open.map(|trade| WorkId::Trade(trade.trade_no)).collect())
}

/// Cancels an order whose time is over, once its codes have ended; looked at again under its lock.
///
/// # Errors
/// [`Trouble`].
pub fn end(ledger: &mut Ledger<'_>, pay_order_id: i64) -> Outcome<()> {
    let mut order = pay_order::by_id_locked(ledger.tx(), pay_order_id)?;
    if order.till_id == NO_TILL && order.deadline_ms.is_none_or(|at_ms| at_ms <= ledger.now_ms) {
        collect::cancel(ledger, &mut order)?;
    }
    Ok(())
}
