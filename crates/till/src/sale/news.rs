//! What the centre says about a tender, merged into what is here.
//!
//! A view replaces an older one and never a newer one. What it means for the tender, the order, the money
//! and the notices happens in the same transaction.

use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::tender::{TenderEvent, TenderState};
use suanpan_domain::trade::TradeState;
use suanpan_wire::tender::{TenderView, TradeView};

use super::can_accept;
use crate::rpc::state::NoticeCode;
use crate::store::{AttemptRow, Halt, LateWish, TenderRow, WriteTx};

/// What a view changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenderChange {
    /// The tender.
    pub tender_no: i64,
    /// Its state before.
    pub before: TenderState,
    /// Its state now.
    pub after: TenderState,
    /// Whether the view was newer than what was here.
    pub is_news: bool,
}

impl WriteTx<'_> {
    /// Merges a view. Nothing for a tender that is not of this till.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn apply_tender_view(&mut self, view: &TenderView) -> Result<Option<TenderChange>, Halt> {
        let number = view.tender_no.parse().unwrap_or(0);
        let Some(mut tender) = self.view().tender(number)? else {
            return Ok(None);
        };
        let before = tender.state;
        let is_older_taken = on(Mutant::OlderAnswerWins) && view.version < tender.view_version;
        let is_news = view.version > tender.view_version || is_older_taken;
        if is_news {
            tender.view_version = view.version;
            tender.attention = wants_a_look(view);
            self.merge_trades(&mut tender, view)?;
        }
        self.heard(&mut tender, view, is_news)?;
        if is_older_taken {
            forget_newer(&mut tender, view);
            self.update_tender(&tender)?;
        }
        if is_news {
            self.conclude(&tender, view)?;
        }
        let tender = self.tender_here(number)?;
        if is_news {
            self.merge_refunds(&tender, view)?;
        }
        let after = tender.state;
        Ok(Some(TenderChange {
            tender_no: number,
            before,
            after,
            is_news,
        }))
    }

    /// The centre has answered: whatever it said, it is there. Whether the platform is there is another
    /// question: closing cannot go on without it, and an answer that brings no word of it was asked in vain.
    fn heard(&mut self, tender: &mut TenderRow, view: &TenderView, is_news: bool) -> Result<(), Halt> {
        let was = tender.clone();
        let answered = view.trades.iter().filter_map(|trade| trade.answered_at_ms).max();
        let is_silent = tender.state == TenderState::Closing && !is_news && answered <= tender.asked_at_ms;
        tender.asked_at_ms = tender.asked_at_ms.max(answered);
        tender.ask_again_at_ms = None;
        if is_silent {
            tender.asked_in_vain = tender.asked_in_vain.saturating_add(1);
            tender.unknown_since_ms = tender.unknown_since_ms.or(Some(self.at_ms()));
        } else {
            tender.asked_in_vain = 0;
            tender.unknown_since_ms = None;
        }
        if is_news {
            tender.paying = tender.state.is_live()
                && view
                    .trades
                    .last()
                    .is_some_and(|trade| trade.paying && trade.state.is_open());
        }
        if *tender != was || is_news {
            self.update_tender(tender)?;
        }
        Ok(())
    }

    fn merge_trades(&mut self, tender: &mut TenderRow, view: &TenderView) -> Result<(), Halt> {
        for trade in &view.trades {
            let known = tender
                .attempts
                .iter()
                .find(|a| a.attempt_key == trade.attempt_key);
            let before = known.map_or(Disposition::None, |attempt| attempt.disposition);
            let disposition = worth_here(view, trade);
            let merged = AttemptRow {
                disposition,
                ..merged(known, tender, trade, self.at_ms())
            };
            self.save_attempt(&merged)?;
            if disposition != before && !is_forgotten_acceptance(tender, view, trade) {
                self.tell_disposition(tender, trade, disposition)?;
            }
        }
        *tender = TenderRow {
            attempts: self.tender_here(tender.tender_no)?.attempts,
            ..tender.clone()
        };
        Ok(())
    }

    fn tell_disposition(
        &mut self,
        tender: &TenderRow,
        trade: &TradeView,
        disposition: Disposition,
    ) -> Result<(), Halt> {
        let short_no = self.order_here(&tender.order_id)?.short_no.unwrap_or_default();
        let arrived = trade.suspense_amount_minor.unwrap_or(tender.amount_minor);
        let values = [
            ("short_no", short_no),
            ("means", tender.means.name().to_owned()),
            ("amount_minor", arrived.to_string()),
            ("due_minor", tender.amount_minor.to_string()),
        ];
        let code = match disposition {
            Disposition::None | Disposition::Winner => return Ok(()),
            Disposition::Duplicate => NoticeCode::PaidTwice,
            Disposition::Late => NoticeCode::LateMoney,
            Disposition::GivenUp => NoticeCode::GivenUpReturned,
            Disposition::Suspense => NoticeCode::AmountDiffers,
        };
        self.notify(code, &values)?;
        Ok(())
    }

    /// What the centre's state means for the tender's own.
    fn conclude(&mut self, tender: &TenderRow, view: &TenderView) -> Result<(), Halt> {
        match view.state {
            PayOrderState::Paid | PayOrderState::PartRefunded | PayOrderState::Refunded => {
                self.conclude_paid(tender, view)
            }
            PayOrderState::Canceled if tender.state.is_live() => {
                self.tender_canceled(tender.tender_no)?;
                Ok(())
            }
            PayOrderState::Canceled if has_forgotten_acceptance(tender, view) => self.accept_again(tender),
            PayOrderState::NoPay if tender.state.is_live() => match refusal(tender, view) {
                Some(code) => {
                    self.tender_refused(tender.tender_no, &code)?;
                    Ok(())
                }
                None if tender.state == TenderState::Live && is_charge_over(tender, view) => {
                    self.charge_is_over(tender)
                }
                None => Ok(()),
            },
            PayOrderState::NoPay | PayOrderState::Canceling | PayOrderState::Canceled => Ok(()),
        }
    }

    /// Late money that was accepted, and by which this tender is settled, waits at the centre once more: it was put back
    /// to a copy from before it was accepted. It is told again, so that the money does not go back by itself.
    fn accept_again(&mut self, tender: &TenderRow) -> Result<(), Halt> {
        let mut tender = self.tender_here(tender.tender_no)?;
        if tender.late.is_none() {
            tender.late = Some(LateWish::Accept);
            self.update_tender(&tender)?;
        }
        Ok(())
    }

    /// A payment code is good for one charge: once that has ended without money nothing is waited for, and the tender
    /// is closed at the centre, so that money that were to come all the same would be late.
    fn charge_is_over(&mut self, tender: &TenderRow) -> Result<(), Halt> {
        self.want_closed(tender.tender_no)?;
        let means = tender.means.name().to_owned();
        self.notify(NoticeCode::NotCharged, &[("means", means)])?;
        Ok(())
    }

    fn conclude_paid(&mut self, tender: &TenderRow, view: &TenderView) -> Result<(), Halt> {
        if view.given_up {
            // Known here as given up already, unless this till was put back to a copy from before it.
            if tender.state.is_live() {
                self.tender_canceled(tender.tender_no)?;
            }
            return Ok(());
        }
        if view.state == PayOrderState::Refunded && !tender.state.is_live() {
            // All of it went back: nothing is left to look at.
            return Ok(());
        }
        let winner = view
            .trades
            .iter()
            .find(|trade| Some(&trade.trade_no) == view.winner_trade_no.as_ref());
        let proven = winner.filter(|trade| is_proven(trade) && fits(tender, view));
        let Some(winner) = proven else {
            return self.want_attention(tender);
        };
        let event = match tender.state {
            TenderState::Live | TenderState::Closing => TenderEvent::Paid,
            TenderState::Canceled if can_accept(self.view(), tender)? => TenderEvent::Accept,
            TenderState::Settled | TenderState::Reversed | TenderState::GivenUp => return Ok(()),
            TenderState::Canceled | TenderState::Failed => return self.want_attention(tender),
        };
        self.money_arrived(tender.tender_no, event, winner)
    }

    fn want_attention(&mut self, tender: &TenderRow) -> Result<(), Halt> {
        let mut tender = self.tender_here(tender.tender_no)?;
        tender.attention = true;
        self.update_tender(&tender)?;
        Ok(())
    }

    fn money_arrived(&mut self, tender_no: i64, event: TenderEvent, winner: &TradeView) -> Result<(), Halt> {
        let mut tender = self.tender_here(tender_no)?;
        self.step_tender(&mut tender, event)?;
        tender.settled_at_ms = Some(self.at_ms());
        tender.trade_no = Some(winner.trade_no.clone());
        tender.transaction_id = winner.transaction_id.clone();
        self.calm(&mut tender);
        self.update_tender(&tender)?;
        self.money_moved(&tender)?;
        let mut order = self.order_here(&tender.order_id)?;
        if order.giving_up {
            order.giving_up = false;
            self.update_order(&order)?;
        }
        self.complete_if_covered(&tender.order_id)
    }
}

/// What a trade's money is worth at the counter. The winner of a tender that was given up goes back like any
/// other money of it, though the centre keeps that it had won.
const fn worth_here(view: &TenderView, trade: &TradeView) -> Disposition {
    match (view.given_up, trade.disposition) {
        (true, Disposition::Winner) => Disposition::GivenUp,
        (true | false, disposition) => disposition,
    }
}

fn has_forgotten_acceptance(tender: &TenderRow, view: &TenderView) -> bool {
    let mut trades = view.trades.iter();
    trades.any(|trade| is_forgotten_acceptance(tender, view, trade))
}

/// Whether the money that this tender is settled by is late money that waits for a decision at the centre, whole.
fn is_forgotten_acceptance(tender: &TenderRow, view: &TenderView, trade: &TradeView) -> bool {
    tender.state == TenderState::Settled
        && view.state == PayOrderState::Canceled
        && trade.refunds.is_empty()
        && tender.trade_no.as_ref() == Some(&trade.trade_no)
        && trade.disposition == Disposition::Late
        && trade.returns_at_ms.is_some()
}

/// Money that fits nothing, and of which nobody has said yet what becomes of it.
fn wants_a_look(view: &TenderView) -> bool {
    view.trades
        .iter()
        .any(|trade| trade.disposition == Disposition::Suspense)
}

/// Success needs the platform's number of the payment; a state alone is not money.
fn is_proven(trade: &TradeView) -> bool {
    trade.state == TradeState::Paid && trade.transaction_id.as_ref().is_some_and(|id| !id.is_empty())
}

fn fits(tender: &TenderRow, view: &TenderView) -> bool {
    view.amount_minor == tender.amount_minor && view.means == tender.means
}

/// The platform's refusal, when every attempt of the tender, the newest included, was refused for good.
fn refusal(tender: &TenderRow, view: &TenderView) -> Option<String> {
    let newest = tender.newest_attempt()?;
    let last = view
        .trades
        .iter()
        .find(|trade| trade.attempt_key == newest.attempt_key)?;
    let all_failed = view.trades.iter().all(|trade| trade.state == TradeState::Failed);
    all_failed.then(|| last.refused_code.clone().unwrap_or_default())
}

/// Whether the newest attempt was a charge by payment code, and no attempt can bring money any more.
fn is_charge_over(tender: &TenderRow, view: &TenderView) -> bool {
    let over = |trade: &TradeView| matches!(trade.state, TradeState::Closed | TradeState::Failed);
    let is_there = |key: &str| view.trades.iter().any(|trade| trade.attempt_key == key);
    let newest = tender.newest_attempt();
    newest.is_some_and(|newest| newest.taken && is_there(&newest.attempt_key)) && view.trades.iter().all(over)
}

fn merged(known: Option<&AttemptRow>, tender: &TenderRow, trade: &TradeView, at_ms: i64) -> AttemptRow {
    let shown_at_ms = known
        .and_then(|attempt| attempt.shown_at_ms)
        .or_else(|| trade.code_url.as_ref().map(|_| at_ms));
    // How far it had come stays, and the code with it: a snapshot that others have overtaken may be of before.
    let further = known.filter(|attempt| {
        let state = attempt.trade_state;
        state.is_some_and(|state| state.rank() > trade.state.rank())
    });
    AttemptRow {
        attempt_key: trade.attempt_key.clone(),
        tender_no: tender.tender_no,
        renew: known.is_some_and(|attempt| attempt.renew),
        taken: trade.by_payment_code,
        description: known
            .map(|attempt| attempt.description.clone())
            .unwrap_or_default(),
        committed_at_ms: known.map_or(trade.created_at_ms, |attempt| attempt.committed_at_ms),
        trade_no: Some(trade.trade_no.clone()),
        trade_state: further
            .and_then(|attempt| attempt.trade_state)
            .or(Some(trade.state)),
        disposition: trade.disposition,
        code_url: further
            .and_then(|attempt| attempt.code_url.clone())
            .or_else(|| trade.code_url.clone()),
        created_at_ms: Some(trade.created_at_ms),
        expires_at_ms: Some(trade.expires_at_ms),
        shown_at_ms,
        returns_at_ms: trade.returns_at_ms,
    }
}

/// The broken rule that the simulation must notice: an older answer takes the state back.
fn forget_newer(tender: &mut TenderRow, view: &TenderView) {
    if tender.state == TenderState::Settled && !view.state.has_winner() {
        tender.state = TenderState::Live;
        tender.settled_at_ms = None;
    }
}
