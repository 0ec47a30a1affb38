//! What an operator decides about a row of suspense: it belongs to a tender, it goes back, or it stands as it is.
//!
//! None of it moves money by itself. What is attached counts once the platform has confirmed it, under the rules of
//! every payment; what goes back is a refund like any other, with a number that is committed before the platform hears
//! of it. The same decision again changes nothing; another one is refused.

use suanpan_channels::NotifyUrl;
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{NextCall, TradeState};
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::error::ErrorCode;

use super::refunds;
use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rows::caller;
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::pay_order::{self, NO_TILL, PayOrder};
use crate::rows::suspense::{self, SuspenseKind, SuspenseRow};
use crate::rows::trade::{self, Trade};
use crate::settings::Settings;

/// Whose the pay orders are that are made for money of no tender, so that it can go back.
pub const SUSPENSE_APP: &str = "suanpan.suspense";

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// The money belongs to that tender, or order of a caller.
    Attach {
        /// Whose.
        app: &'a str,
        /// Its number.
        tender_no: i64,
    },
    /// So much of it goes back; all of it unless said.
    Refund {
        /// Amount, fen.
        amount_minor: Option<i64>,
    },
    /// It stands as it is.
    Accept,
}

/// Carries a decision out, once.
///
/// # Errors
/// `not_found` for an unknown row, tender or merchant; `wrong_state` where it was decided otherwise (`decided` says how,
/// `by` by whom), the kind does not allow it, or its number is held here by now as other money; `already_paid`, `tender_closed`; `amount_invalid` for another amount
/// than the tender's, or more than there is; `malformed_request` for a number that is none of this centre's; those of
/// the database.
pub fn decide(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    by: &str,
    suspense_id: i64,
    decision: &Decision<'_>,
) -> Outcome<()> {
    let row =
        suspense::find_locked(ledger.tx(), suspense_id)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let resolution = words_of(&row, decision);
    if let Some((who, decided)) = row.decided.as_ref().filter(|_| !on(Mutant::DecidedAgain)) {
        if *decided == resolution {
            return repeat(ledger, settings, &row, decision);
        }
        let refusal = Refusal::new(ErrorCode::WrongState);
        return Err(refusal.with("decided", decided).with("by", who).into());
    }
    match decision {
        Decision::Attach { app, tender_no } => attach(ledger, settings, &row, app, *tender_no)?,
        Decision::Refund { amount_minor } => give_back(ledger, settings, &row, *amount_minor)?,
        Decision::Accept => {}
    }
    suspense::resolve(ledger, suspense_id, by, &resolution)?;
    ask_for_its_end(ledger, &row)?;
    if on(Mutant::DecisionUnaudited) {
        return Ok(());
    }
    let detail = format!("{suspense_id} ({}): {resolution}", row.kind.name());
    ledger.audit(by, "suspense_decided", &detail)?;
    Ok(())
}

/// The same decision once more: a refund that was refused, or that a person had to see to, is sent again under its
/// number.
fn repeat(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    row: &SuspenseRow,
    decision: &Decision<'_>,
) -> Outcome<()> {
    match decision {
        Decision::Refund { amount_minor } => give_back(ledger, settings, row, *amount_minor),
        Decision::Attach { .. } | Decision::Accept => Ok(()),
    }
}

/// A code whose wrong payment has been decided on was paid, so nobody can pay it again: it holds its tender only until
/// the platform has said so once more. Whoever looks at the tender hears that somebody has decided.
fn ask_for_its_end(ledger: &mut Ledger<'_>, row: &SuspenseRow) -> Outcome<()> {
    let Ok(trade_no) = row.trade_no.parse() else {
        return Ok(());
    };
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(());
    };
    pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    ledger.touch(unlocked.pay_order_id);
    let held = trade::find(ledger.tx(), trade_no)?.filter(|held| {
        let is_its = held.enterprise_id == row.enterprise_id && held.disposition == Disposition::Suspense;
        is_its && held.state.is_open()
    });
    if let Some(mut held) = held {
        held.asked = 0;
        held.schedule(NextCall::Query { delay_ms: 0 }, ledger.now_ms);
        trade::save(ledger.tx(), &held)?;
    }
    Ok(())
}

/// What is kept of a decision; the same one has the same words.
fn words_of(row: &SuspenseRow, decision: &Decision<'_>) -> String {
    match decision {
        Decision::Attach { app, tender_no } => format!("attached to {app} {tender_no}"),
        Decision::Refund { amount_minor } => {
            let amount_minor = amount_minor.or(row.amount_minor).unwrap_or(0);
            format!("{amount_minor} fen go back")
        }
        Decision::Accept => "accepted as it is".to_owned(),
    }
}

fn wrong_kind(row: &SuspenseRow) -> Refusal {
    Refusal::new(ErrorCode::WrongState).with("kind", row.kind.name())
}

/// The number of the money as a trade of this centre can carry it.
fn number_of(row: &SuspenseRow) -> Outcome<i64> {
    let number = row.trade_no.parse().ok();
    let fits = number.filter(|number: &i64| *number > 0 && number.to_string() == row.trade_no);
    let refusal = || Refusal::new(ErrorCode::MalformedRequest).with("number", &row.trade_no);
    Ok(fits.ok_or_else(refusal)?)
}

fn channel_of(ledger: &mut Ledger<'_>, row: &SuspenseRow) -> Outcome<PayChannel> {
    let found = pay_channel::find(ledger.tx(), row.enterprise_id)?;
    Ok(found.ok_or_else(|| Refusal::new(ErrorCode::NotFound).with("merchant", row.enterprise_id))?)
}

/// Takes the money's trade up under the tender, as one that has ended; the platform is asked at once.
fn attach(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    row: &SuspenseRow,
    app: &str,
    tender_no: i64,
) -> Outcome<()> {
    if row.kind != SuspenseKind::UnknownTrade {
        return Err(wrong_kind(row).into());
    }
    let trade_no = number_of(row)?;
    let channel = channel_of(ledger, row)?;
    let order = pay_order::find_locked(ledger.tx(), app, tender_no)?
        .ok_or_else(|| Refusal::new(ErrorCode::NotFound).with("tender", tender_no))?;
    takes(&order, row)?;
    is_collected_at(ledger, &order, &channel)?;
    if trade::find(ledger.tx(), trade_no)?.is_some() {
        return Err(Refusal::new(ErrorCode::WrongState).with("trade", trade_no).into());
    }
    let mut taken_up = Trade {
        state: TradeState::Closed,
        ..unmade(ledger, settings, &channel, &order, trade_no)?
    };
    taken_up.schedule(NextCall::Query { delay_ms: 0 }, ledger.now_ms);
    trade::insert(ledger.tx(), &taken_up)?;
    ledger.touch(order.pay_order_id);
    Ok(())
}

/// Whether a tender may get money it has not asked for.
fn takes(order: &PayOrder, row: &SuspenseRow) -> Outcome<()> {
    if order.given_up {
        return Err(ErrorCode::TenderClosed.into());
    }
    match order.state {
        PayOrderState::NoPay | PayOrderState::Canceling | PayOrderState::Canceled => {}
        PayOrderState::Paid | PayOrderState::PartRefunded | PayOrderState::Refunded => {
            return Err(ErrorCode::AlreadyPaid.into());
        }
    }
    if row.amount_minor != Some(order.amount_minor) {
        return Err(ErrorCode::AmountInvalid.into());
    }
    Ok(())
}

/// Money counts for a tender only at an account that may collect for it: one granted to the caller, or one of the
/// tender's own means that the store has, or that an attempt of this tender was made at.
fn is_collected_at(ledger: &mut Ledger<'_>, order: &PayOrder, channel: &PayChannel) -> Outcome<()> {
    let may = if order.product_app_id == PRODUCT_APP_ID {
        let means = order.means.name();
        let offered = pay_channel::of_store(ledger.tx(), order.store_id, means)?;
        let is_offered = offered.is_some_and(|offered| offered.enterprise_id == channel.enterprise_id);
        let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
        let is_tried = trades
            .iter()
            .any(|trade| trade.enterprise_id == channel.enterprise_id);
        channel.label == means && (is_offered || is_tried)
    } else {
        caller::granted(ledger.tx(), &order.product_app_id)?.contains(&channel.enterprise_id)
    };
    if may {
        return Ok(());
    }
    let refusal = Refusal::new(ErrorCode::MeansNotOffered);
    Err(refusal.with("merchant", channel.enterprise_id).into())
}

/// A trade of a number that was not made here, before anything is known of it.
fn unmade(
    ledger: &Ledger<'_>,
    settings: &Settings,
    channel: &PayChannel,
    order: &PayOrder,
    trade_no: i64,
) -> Outcome<Trade> {
    let notify_url = channel.notify_url(&settings.public_url);
    if NotifyUrl::try_new(notify_url.as_str()).is_err() {
        // A centre that was never served has no address that a platform could report to.
        return Err(Refusal::new(ErrorCode::MalformedRequest)
            .with("notify_url", notify_url)
            .into());
    }
    Ok(Trade {
        attempt_key: format!("suspense:{trade_no}"),
        state: TradeState::Paid,
        ..Trade::blank(trade_no, order, channel, notify_url, ledger.now_ms)
    })
}

/// Gives the money back by a refund of its trade; money without one gets one.
fn give_back(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    row: &SuspenseRow,
    amount_minor: Option<i64>,
) -> Outcome<()> {
    match row.kind {
        SuspenseKind::UnknownTrade
        | SuspenseKind::Mismatch
        | SuspenseKind::BillOnly
        | SuspenseKind::ReturnedUnheard => {}
        SuspenseKind::UnknownRefund
        | SuspenseKind::RefundMismatch
        | SuspenseKind::OverRefunded
        | SuspenseKind::NotBilled
        | SuspenseKind::RefundNotBilled
        | SuspenseKind::UnknownRow => return Err(wrong_kind(row).into()),
    }
    let captured_minor = row.amount_minor.ok_or_else(|| wrong_kind(row))?;
    let trade_no = number_of(row)?;
    let drawn = refunds::Drawn {
        refund_key: &format!("suspense:{}", row.suspense_id),
        amount_minor: amount_minor.unwrap_or(captured_minor),
        captured_minor,
        enterprise_id: row.enterprise_id,
    };
    let held = match trade::find(ledger.tx(), trade_no)? {
        Some(unlocked) => {
            pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
            let held = trade::find(ledger.tx(), trade_no)?.unwrap_or(unlocked);
            is_still_nobodys(row, &held)?;
            held
        }
        None => stand_for(ledger, settings, row, trade_no, captured_minor)?,
    };
    let refund_no = refunds::request_suspended(ledger, &held, &drawn)?;
    refunds::send_again(ledger, refund_no)
}

/// Money that is held under its number by now, and counts for a tender or goes back by itself, is in suspense on an old
/// list only: given back from here it would be somebody's who has paid. A number that is another merchant's trade here
/// cannot carry this money either.
fn is_still_nobodys(row: &SuspenseRow, held: &Trade) -> Outcome<()> {
    let refusal = || wrong_kind(row).with("trade", held.trade_no);
    if held.enterprise_id != row.enterprise_id {
        return Err(refusal().with("merchant", held.enterprise_id).into());
    }
    match held.disposition {
        Disposition::None | Disposition::Suspense => Ok(()),
        Disposition::Winner | Disposition::Duplicate | Disposition::Late | Disposition::GivenUp => {
            Err(refusal().with("disposition", held.disposition.name()).into())
        }
    }
}

/// A trade for money that belongs to no tender, and a pay order that has ended: what the platform's verified word has
/// said of it is paid, and nobody waits for it.
fn stand_for(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    row: &SuspenseRow,
    trade_no: i64,
    captured_minor: i64,
) -> Outcome<Trade> {
    let channel = channel_of(ledger, row)?;
    let means = Means::from_name(&channel.label);
    let order = PayOrder {
        pay_order_id: ledger.mint()?,
        product_app_id: SUSPENSE_APP.to_owned(),
        tender_no: row.suspense_id,
        order_no: row.suspense_id,
        store_id: 0,
        till_id: NO_TILL,
        means: means.ok_or_else(|| wrong_kind(row))?,
        amount_minor: captured_minor,
        state: PayOrderState::Canceled,
        given_up: false,
        winner_trade_no: None,
        version: 0,
        deadline_ms: None,
    };
    let now_ms = ledger.now_ms;
    pay_order::insert(ledger.tx(), &order, now_ms)?;
    let stood = Trade {
        disposition: Disposition::Suspense,
        suspense_amount_minor: Some(captured_minor),
        ..unmade(ledger, settings, &channel, &order, trade_no)?
    };
    trade::insert(ledger.tx(), &stood)?;
    Ok(stood)
}
