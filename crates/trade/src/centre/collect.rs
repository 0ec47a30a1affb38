//! What tills' tenders and callers' orders share at the centre: opening a pay order, making an attempt, asking
//! out of turn, cancelling. Who may ask, and for what, is decided by each door's own module.

use suanpan_channels::NotifyUrl;
use suanpan_domain::money::Fen;
use suanpan_domain::pay_order::{PayOrderEvent, PayOrderState};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{NextCall, TradeState, Way, next_of};
use suanpan_wire::error::ErrorCode;

use super::apply;
use super::calls::WorkId;
use super::refund_pace::first_query_after_ms;
use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::pay_order::{self, Burial, PayOrder};
use crate::rows::refund::{self, Refund, RefundAsk};
use crate::rows::trade::{self, Trade};
use crate::settings::Settings;

/// What a customer reads; platforms cut at 127.
const DESCRIPTION_CHARS_MAX: usize = 127;
/// A platform is asked about one trade at most this often on demand.
const QUERY_INTERVAL_MS_MIN: i64 = 1_000;

/// A pay order to be opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Who asks.
    pub product_app_id: &'a str,
    /// Number of the tender, or of the caller's order.
    pub number: i64,
    /// The order it belongs to.
    pub order_no: i64,
    /// Store of the till; 0 without one.
    pub store_id: i64,
    /// The till, or [`pay_order::NO_TILL`].
    pub till_id: i64,
    /// By what it is collected.
    pub means: Means,
    /// Amount, fen.
    pub amount_minor: i64,
    /// When it is closed by itself.
    pub deadline_ms: Option<i64>,
}

/// Opens a pay order. One that was closed or given up before it was ever asked for is canceled from the start.
///
/// # Errors
/// `amount_invalid`, and those of the database.
pub fn open(ledger: &mut Ledger<'_>, opening: &Opening<'_>) -> Outcome<PayOrder> {
    if Fen::positive(opening.amount_minor).is_err() {
        return Err(ErrorCode::AmountInvalid.into());
    }
    let Opening {
        product_app_id,
        number,
        till_id,
        ..
    } = *opening;
    let buried = pay_order::buried(ledger.tx(), product_app_id, number, till_id)?;
    let order = PayOrder {
        pay_order_id: ledger.mint()?,
        product_app_id: product_app_id.to_owned(),
        tender_no: number,
        order_no: opening.order_no,
        store_id: opening.store_id,
        till_id,
        means: opening.means,
        amount_minor: opening.amount_minor,
        state: if buried.is_some() {
            PayOrderState::Canceled
        } else {
            PayOrderState::NoPay
        },
        given_up: buried == Some(Burial::GivenUp),
        winner_trade_no: None,
        version: 0,
        deadline_ms: opening.deadline_ms,
    };
    let now_ms = ledger.now_ms;
    pay_order::insert(ledger.tx(), &order, now_ms)?;
    if buried.is_some() {
        ledger.touch(order.pay_order_id);
    }
    Ok(order)
}

/// Refuses what has ended.
///
/// # Errors
/// `tender_closed`, `already_paid` with the winner.
pub fn refuse_if_ended(order: &PayOrder) -> Outcome<()> {
    match order.state {
        PayOrderState::NoPay if !order.given_up => Ok(()),
        PayOrderState::NoPay | PayOrderState::Canceling | PayOrderState::Canceled => {
            Err(ErrorCode::TenderClosed.into())
        }
        PayOrderState::Paid | PayOrderState::PartRefunded | PayOrderState::Refunded => {
            let winner = order.winner_trade_no.map(|no| no.to_string()).unwrap_or_default();
            Err(Refusal::new(ErrorCode::AlreadyPaid).with("winner", winner).into())
        }
    }
}

/// An attempt to be made.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// Key of the intent; its own number unless given.
    pub attempt_key: Option<&'a str>,
    /// What the customer reads.
    pub description: &'a str,
    /// The merchant account that collects.
    pub channel: PayChannel,
    /// How it reaches the customer.
    pub way: Way,
    /// Last moment its code can be paid, or when waiting for the customer's password ends.
    pub expires_at_ms: i64,
}

/// Writes the attempt; its number is committed before the platform hears of it.
///
/// # Errors
/// `means_not_offered` where no platform could report to us, and those of the database.
pub fn attempt(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    order: &PayOrder,
    wanted: Attempt<'_>,
) -> Outcome<i64> {
    let channel = wanted.channel;
    let notify_url = channel.notify_url(&settings.public_url);
    if NotifyUrl::try_new(notify_url.as_str()).is_err() {
        tracing::error!(
            enterprise_id = channel.enterprise_id,
            "no platform can report to {notify_url}"
        );
        return Err(ErrorCode::MeansNotOffered.into());
    }
    let now_ms = ledger.now_ms;
    let trade_no = ledger.mint()?;
    let attempt_key = wanted.attempt_key.map(ToOwned::to_owned);
    let mut trade = Trade {
        attempt_key: attempt_key.unwrap_or_else(|| trade_no.to_string()),
        description: wanted.description.chars().take(DESCRIPTION_CHARS_MAX).collect(),
        way: wanted.way,
        // Platforms take whole seconds; what is held here is what they hold.
        expires_at_ms: wanted.expires_at_ms / 1_000 * 1_000,
        ..Trade::blank(trade_no, order, &channel, notify_url, now_ms)
    };
    trade.schedule(next_of(trade.way, TradeState::Created, 0), now_ms);
    trade::insert(ledger.tx(), &trade)?;
    ledger.touch(order.pay_order_id);
    Ok(trade_no)
}

/// The rows whose first call is still to be made, or to be repeated.
#[must_use]
pub fn work_of(trade: &Trade) -> Vec<WorkId> {
    match trade.state {
        TradeState::Created | TradeState::PrepayUnknown => vec![WorkId::Trade(trade.trade_no)],
        TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Closed
        | TradeState::Free
        | TradeState::Credit => Vec::new(),
    }
}

/// Makes the call due that tells how a trade stands; whether there is one and it was not made just now.
///
/// # Errors
/// Those of the database.
pub fn ask_now(ledger: &mut Ledger<'_>, asked: &mut Trade) -> Outcome<bool> {
    let now_ms = ledger.now_ms;
    let lately = asked.lease.at_ms > now_ms - QUERY_INTERVAL_MS_MIN && asked.lease.at_ms <= now_ms;
    let asks = match asked.state {
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Closed
        | TradeState::Failed => !lately,
        TradeState::Paid | TradeState::Free | TradeState::Credit => false,
    };
    if !asks {
        return Ok(false);
    }
    make_due(asked, now_ms);
    // Asked out of turn: the turns of the job are not used up by it.
    asked.asked = (asked.asked - 1).max(0);
    trade::save(ledger.tx(), asked)?;
    Ok(true)
}

/// Makes the call due that tells how a refund stands; whether there is one, it was not made just now and its platform may
/// be asked by now. One that is still to be sent keeps its time: the platform wants a minute between two sendings.
///
/// # Errors
/// Those of the database.
pub fn ask_refund_now(ledger: &mut Ledger<'_>, asked: &mut Refund) -> Outcome<bool> {
    let now_ms = ledger.now_ms;
    let lately = asked.lease.at_ms > now_ms - QUERY_INTERVAL_MS_MIN && asked.lease.at_ms <= now_ms;
    let means = pay_channel::means(ledger.tx(), asked.enterprise_id)?;
    let since_ms = now_ms - asked.last_sent_at_ms.unwrap_or(0);
    let too_soon = (0..first_query_after_ms(means)).contains(&since_ms);
    let asks = match asked.next_call {
        Some(RefundAsk::Query | RefundAsk::Confirm) => !lately && !too_soon,
        Some(RefundAsk::Send) | None => false,
    };
    if asks {
        asked.next_call_at_ms = Some(now_ms);
        // Asked out of turn: the turns of the job are not used up by it.
        asked.asked = (asked.asked - 1).max(0);
        refund::save(ledger.tx(), asked)?;
    }
    Ok(asks)
}

/// A prepay without an answer is sent again; everything else is asked for its state.
fn make_due(trade: &mut Trade, now_ms: i64) {
    let next = match next_of(trade.way, trade.state, 0) {
        NextCall::Prepay { .. } => NextCall::Prepay { delay_ms: 0 },
        NextCall::Query { .. } | NextCall::Close { .. } | NextCall::Rest => NextCall::Query { delay_ms: 0 },
    };
    trade.schedule(next, now_ms);
}

/// Cancels an order or tender that nobody has paid, closing its attempts first.
///
/// # Errors
/// Those of the database.
pub fn cancel(ledger: &mut Ledger<'_>, order: &mut PayOrder) -> Outcome<()> {
    if order.apply(PayOrderEvent::Cancel) {
        pay_order::save(ledger.tx(), order)?;
        ledger.touch(order.pay_order_id);
        apply::want_closed(ledger, order.pay_order_id)?;
        apply::end_if_all_ended(ledger, order)?;
    }
    Ok(())
}
