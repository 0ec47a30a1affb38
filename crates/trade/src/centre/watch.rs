//! How long a trade that has ended is looked at: by its schedule, and then until every bill it could stand in has been
//! compared with the books.

use suanpan_channels::bill::BillDay;
use suanpan_domain::trade::{GRACE_MS, NextCall, TradeState};

use super::reconcile::MIDNIGHT_MS;
use crate::db::{DbError, Tx};
use crate::ledger::Ledger;
use crate::rows::bill_day::{self, DayState};
use crate::rows::trade::Trade;

/// Pause between two looks once the schedule is through: a bill is a matter of days by then.
const LOOK_AGAIN_MS: i64 = 43_200_000;
/// An account whose bills never come is looked at no longer than this after its code ran out. A bill that comes later
/// still has whatever it knows as paid asked about.
const WATCH_MS_MAX: i64 = 14 * 86_400_000;

/// Goes on looking where the schedule has ended and a bill is still to come.
///
/// # Errors
/// [`DbError`].
pub fn go_on(ledger: &mut Ledger<'_>, trade: &mut Trade) -> Result<(), DbError> {
    let now_ms = ledger.now_ms;
    let has_ended = match trade.state {
        TradeState::Failed | TradeState::Closed => true,
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Paid
        | TradeState::Free
        | TradeState::Credit => false,
    };
    let is_watched = has_ended && !is_over(trade, now_ms);
    if trade.next_call.is_none() && is_watched && !is_reconciled(ledger.tx(), trade)? {
        let next = NextCall::Query {
            delay_ms: LOOK_AGAIN_MS,
        };
        trade.schedule(next, now_ms);
    }
    Ok(())
}

/// Whether a trade is looked at no longer, whatever is missing.
#[must_use]
pub const fn is_over(trade: &Trade, now_ms: i64) -> bool {
    now_ms >= trade.expires_at_ms.saturating_add(WATCH_MS_MAX)
}

/// Whether every day in which it could have been paid is done.
fn is_reconciled(tx: &mut dyn Tx, trade: &Trade) -> Result<bool, DbError> {
    let last = BillDay::of(trade.expires_at_ms + GRACE_MS + MIDNIGHT_MS);
    let mut day = BillDay::of(trade.created_at_ms - MIDNIGHT_MS);
    loop {
        let row = bill_day::find(tx, trade.enterprise_id, day)?;
        if row.is_none_or(|row| row.state != DayState::Done) {
            return Ok(false);
        }
        if day == last {
            return Ok(true);
        }
        day = day.after();
    }
}
