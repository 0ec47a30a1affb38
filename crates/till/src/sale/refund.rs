//! Money that goes back: asked for once, drawn from its tenders by the domain, and what becomes of each part.
//!
//! Cash goes out of the drawer in the same transaction. The rest is only wished for here; the sync sends it under
//! its number until the centre has answered, and the platform's word makes it a movement of money.

use suanpan_domain::give_back::{DrawError, Part, Source, draw, left};
use suanpan_domain::machine::{Step, step};
use suanpan_domain::money::{Fen, MoneyError};
use suanpan_domain::order::{OrderEvent, OrderMachine, OrderState};
use suanpan_domain::refund::{RefundEvent, RefundMachine, RefundState};
use suanpan_domain::tender::{Means, TenderState};
use suanpan_wire::entry::Said;
use suanpan_wire::refund::{RefundReason, RefundSaid};

use super::GivenUpBy;
use crate::rpc::state::NoticeCode;
use crate::rpc::{Code, Problem};
use crate::store::{Halt, RefundRow, RefundWhy, View, WriteTx};

/// What a person wants back.
#[derive(Clone, Debug)]
pub struct RefundWish {
    /// How much; nothing means all that is left.
    pub amount: Option<Fen>,
    /// Why.
    pub reason: RefundReason,
    /// In words.
    pub note: String,
}

/// What each tender of a paid order can still give back.
///
/// # Errors
/// [`Code::OrderNotFound`]; [`Code::OrderState`] unless it is paid.
pub fn payable(view: View<'_>, order_id: &str) -> Result<Vec<Source>, Halt> {
    let order = view.order(order_id)?.ok_or(Halt::from(Code::OrderNotFound))?;
    match order.state {
        OrderState::Completed | OrderState::PartRefunded | OrderState::Refunded => sources(view, order_id),
        OrderState::Open
        | OrderState::Held
        | OrderState::Paying
        | OrderState::ToConfirm
        | OrderState::Voided => Err(Problem::new(Code::OrderState)
            .with("state", order.state.name())
            .into()),
    }
}

fn sources(view: View<'_>, order_id: &str) -> Result<Vec<Source>, Halt> {
    let refunds = view.refunds(order_id)?;
    let gone = |tender_no: i64| {
        let drawn = refunds.iter().filter(|refund| refund.tender_no == tender_no);
        drawn
            .filter(|refund| refund.is_reserved())
            .map(|refund| refund.amount_minor)
            .sum()
    };
    let tenders = view.tenders(order_id)?;
    let settled = tenders
        .iter()
        .filter(|tender| tender.state == TenderState::Settled && tender.amount_minor > 0);
    Ok(settled
        .map(|tender| Source {
            tender_no: tender.tender_no,
            means: tender.means,
            brought: Fen::new(tender.amount_minor),
            gone: Fen::new(gone(tender.tender_no)),
        })
        .collect())
}

/// What can still go back in all.
///
/// # Errors
/// [`Code::AmountTooLarge`] beyond what can be counted.
pub fn left_of(sources: &[Source]) -> Result<Fen, Halt> {
    left(sources).map_err(too_large)
}

fn too_large(_: MoneyError) -> Halt {
    Halt::from(Code::AmountTooLarge)
}

/// From which tenders an amount goes back; nothing asked for means all that is left.
///
/// # Errors
/// [`Code::AmountNotPositive`], [`Code::RefundOverLeft`].
pub fn parts(sources: &[Source], amount: Option<Fen>) -> Result<Vec<Part>, Halt> {
    let over = |left: Fen| Halt::from(Problem::new(Code::RefundOverLeft).with("left", left));
    let left = left_of(sources)?;
    if amount.is_none() && left.is_zero() {
        return Err(over(left));
    }
    draw(sources, amount.unwrap_or(left)).map_err(|error| match error {
        DrawError::NotPositive => Halt::from(Code::AmountNotPositive),
        DrawError::OverLeft { left } => over(left),
        DrawError::Money(error) => too_large(error),
    })
}

/// A refund as the journal tells it.
fn said(refund: &RefundRow, order_no: i64) -> RefundSaid {
    RefundSaid {
        refund_no: refund.refund_no.to_string(),
        order_no: order_no.to_string(),
        tender_no: refund.tender_no.to_string(),
        means: refund.means,
        amount_minor: refund.amount_minor,
        reason: match refund.why {
            RefundWhy::Asked(reason) => reason,
            RefundWhy::Duplicate | RefundWhy::Late | RefundWhy::GivenUp | RefundWhy::Superseded => {
                RefundReason::Elsewhere
            }
        },
        note: refund.note.clone(),
        requested_by: refund.requested_by.clone(),
        approved_by: refund.approved_by.clone(),
        shift_id: refund.shift_id.clone(),
    }
}

impl WriteTx<'_> {
    /// Gives money of a paid order back, whole or in part.
    ///
    /// # Errors
    /// Those of [`payable`] and [`parts`].
    pub fn ask_refund(&mut self, order_id: &str, wish: &RefundWish, by: &GivenUpBy) -> Result<(), Halt> {
        let drawn = parts(&payable(self.view(), order_id)?, wish.amount)?;
        self.look_no_more(order_id)?;
        for part in drawn {
            self.ask_part(order_id, part, wish, by)?;
        }
        Ok(())
    }

    fn ask_part(
        &mut self,
        order_id: &str,
        part: Part,
        wish: &RefundWish,
        by: &GivenUpBy,
    ) -> Result<(), Halt> {
        let tender = self.tender_here(part.tender_no)?;
        let number = self.mint();
        let refund = RefundRow {
            note: wish.note.clone(),
            requested_by: by.requested_by.clone(),
            approved_by: by.approved_by.clone(),
            shift_id: self.fact()?.shift_id,
            ..RefundRow::wanted(number, &tender, part.amount.minor(), wish.reason, self.at_ms())
        };
        self.insert_refund(&refund)?;
        let asked = said(&refund, tender.order_no);
        self.say(Some(order_id), &Said::RefundAsked { refund: asked })?;
        if !refund.is_open() {
            self.refund_moved(&refund)?;
        }
        Ok(())
    }

    /// What was refused before is answered by a new refund: nobody has to look at it any more.
    fn look_no_more(&mut self, order_id: &str) -> Result<(), Halt> {
        for mut refund in self.view().refunds(order_id)? {
            if refund.state == RefundState::Fail && refund.counts && !refund.seen {
                refund.seen = true;
                self.update_refund(&refund)?;
            }
        }
        Ok(())
    }

    /// A person has looked at a refund as it stands.
    ///
    /// # Errors
    /// [`Code::RefundNotFound`].
    pub fn refund_seen(&mut self, refund_no: i64) -> Result<(), Halt> {
        let found = self.view().refund(refund_no)?;
        let mut refund = found.ok_or(Halt::from(Code::RefundNotFound))?;
        refund.seen = true;
        Ok(self.update_refund(&refund)?)
    }

    /// Moves a refund by the table and follows up what it means. Whether it moved.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn step_refund(
        &mut self,
        refund: &mut RefundRow,
        event: RefundEvent,
        code: Option<&str>,
    ) -> Result<bool, Halt> {
        let Step::To(state) = step::<RefundMachine>(refund.state, event) else {
            return Ok(false);
        };
        refund.state = state;
        refund.seen = false;
        refund.ended_at_ms = (!refund.is_open()).then_some(self.at_ms());
        match state {
            RefundState::Apply | RefundState::Sending => self.update_refund(refund)?,
            RefundState::Success => {
                refund.attention = false;
                refund.refused_code = None;
                self.update_refund(refund)?;
                if refund.counts {
                    self.refund_moved(refund)?;
                }
            }
            RefundState::Fail => {
                refund.attention = true;
                refund.refused_code = code.map(str::to_owned);
                self.update_refund(refund)?;
                self.tell_refused(refund)?;
            }
        }
        Ok(true)
    }

    /// The centre will never carry this refund out: nothing has gone back, and the amount is free again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn refund_refused(&mut self, refund_no: i64, code: &str) -> Result<(), Halt> {
        if let Some(mut refund) = self.view().refund(refund_no)? {
            self.step_refund(&mut refund, RefundEvent::Refused, Some(code))?;
        }
        Ok(())
    }

    fn tell_refused(&mut self, refund: &RefundRow) -> Result<(), Halt> {
        let order = self.order_here(&refund.order_id)?;
        let refused = Said::RefundRefused {
            refund_no: refund.refund_no.to_string(),
            order_no: order.order_no.unwrap_or(0).to_string(),
            code: refund.refused_code.clone().unwrap_or_default(),
        };
        self.say(Some(&refund.order_id), &refused)?;
        let values = [
            ("short_no", order.short_no.unwrap_or_default()),
            ("means", refund.means.name().to_owned()),
            ("amount_minor", refund.amount_minor.to_string()),
        ];
        Ok(self.notify(NoticeCode::RefundRefused, &values)?)
    }

    /// Dates the money that went back, counts it and says so. Cash belongs to the drawer's shift, which is the
    /// open one; other money to the shift it was asked for in, also when that is closed by now.
    fn refund_moved(&mut self, refund: &RefundRow) -> Result<(), Halt> {
        let mut fact = self.fact()?;
        if refund.means != Means::Cash && refund.is_own() {
            fact.shift_id.clone_from(&refund.shift_id);
        }
        self.insert_refund_fact(refund, &fact)?;
        let order = self.order_here(&refund.order_id)?;
        let returned = Said::RefundReturned {
            refund: said(refund, order.order_no.unwrap_or(0)),
            fact,
        };
        self.say(Some(&refund.order_id), &returned)?;
        self.follow_refunds(&refund.order_id)
    }

    /// The order's state after what has gone back of it.
    pub(super) fn follow_refunds(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        let refunds = self.view().refunds(order_id)?;
        let returned = refunds
            .iter()
            .filter(|refund| refund.counts && refund.state == RefundState::Success);
        let returned_minor: i64 = returned.map(|refund| refund.amount_minor).sum();
        if returned_minor == 0 {
            return Ok(());
        }
        let event = if returned_minor >= order.total_minor {
            OrderEvent::RefundRest
        } else {
            OrderEvent::RefundPart
        };
        if let Step::To(state) = step::<OrderMachine>(order.state, event) {
            order.state = state;
            self.update_order(&order)?;
        }
        Ok(())
    }
}
