//! Money that came after its code was closed, and what the centre tells of refunds.
//!
//! What a person decides is committed before it is sent, and stands until the centre has answered. The centre
//! decides what it comes to: money that is on its way back stays on its way.

use suanpan_domain::order::OrderState;
use suanpan_domain::pay_order::Disposition;
use suanpan_domain::refund::{RefundEvent, RefundState};
use suanpan_domain::tender::TenderState;
use suanpan_wire::entry::Said;
use suanpan_wire::refund::{LateSaid, RefundReason};
use suanpan_wire::tender::{LateChoice, RefundView, TenderView, TradeView};

use crate::rpc::Code;
use crate::rpc::state::NoticeCode;
use crate::store::{AttemptRow, Halt, LateWish, RefundRow, RefundWhy, TenderRow, View, WriteTx};

/// A wish as it travels.
#[must_use]
pub const fn choice(wish: LateWish) -> LateChoice {
    match wish {
        LateWish::Accept => LateChoice::Accept,
        LateWish::ReturnNow => LateChoice::ReturnNow,
    }
}

/// Until when a tender's late money waits for a person; nothing where none came, or it is decided on: the centre says
/// a time exactly as long.
///
/// # Errors
/// When it cannot be read.
pub fn waits_until_ms(view: View<'_>, tender: &TenderRow) -> Result<Option<i64>, Halt> {
    let refunds = view.refunds(&tender.order_id)?;
    let goes_back = |attempt: &AttemptRow| {
        refunds
            .iter()
            .any(|refund| refund.trade_no.is_some() && refund.trade_no == attempt.trade_no)
    };
    let late = tender
        .attempts
        .iter()
        .filter(|attempt| attempt.disposition == Disposition::Late && !goes_back(attempt));
    Ok(late.filter_map(|attempt| attempt.returns_at_ms).next())
}

/// Whether late money still finds its order open.
///
/// # Errors
/// When it cannot be read.
pub fn can_accept(view: View<'_>, tender: &TenderRow) -> Result<bool, Halt> {
    let order = view
        .order(&tender.order_id)?
        .ok_or(Halt::from(Code::OrderNotFound))?;
    let open = view.coverage(&tender.order_id)?.open_minor(order.total_minor);
    let kept = if tender.is_reserved() {
        tender.amount_minor
    } else {
        0
    };
    let waits = matches!(order.state, OrderState::Paying | OrderState::ToConfirm);
    Ok(tender.state == TenderState::Canceled && waits && open + kept >= tender.amount_minor)
}

impl WriteTx<'_> {
    /// A person decides on late money. The same wish again changes nothing.
    ///
    /// # Errors
    /// [`Code::LateGone`] when none waits or another wish is under way, [`Code::LateNoPlace`] when its order has
    /// no place for it.
    pub fn decide_late(
        &mut self,
        tender_no: i64,
        wish: LateWish,
        requested_by: String,
        approved_by: Option<String>,
    ) -> Result<(), Halt> {
        let mut tender = self.tender_here(tender_no)?;
        if tender.late == Some(wish) {
            return Ok(());
        }
        if tender.late.is_some() || waits_until_ms(self.view(), &tender)?.is_none() {
            return Err(Code::LateGone.into());
        }
        if wish == LateWish::Accept && !can_accept(self.view(), &tender)? {
            return Err(Code::LateNoPlace.into());
        }
        tender.late = Some(wish);
        self.update_tender(&tender)?;
        let late = LateSaid {
            tender_no: tender.tender_no.to_string(),
            order_no: tender.order_no.to_string(),
            amount_minor: tender.amount_minor,
            choice: choice(wish),
            requested_by,
            approved_by,
        };
        Ok(self.say(Some(&tender.order_id), &Said::LateDecided { late })?)
    }

    /// The centre has answered the wish about late money; `refused` when it came too late.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn late_answered(&mut self, tender_no: i64, refused: bool) -> Result<(), Halt> {
        let Some(mut tender) = self.view().tender(tender_no)? else {
            return Ok(());
        };
        let Some(wish) = tender.late.take() else {
            return Ok(());
        };
        self.update_tender(&tender)?;
        if !refused {
            return Ok(());
        }
        self.unlock_if_clear(&tender.order_id)?;
        let short_no = self.order_here(&tender.order_id)?.short_no.unwrap_or_default();
        let values = [
            ("short_no", short_no),
            ("amount_minor", tender.amount_minor.to_string()),
            ("wish", wish.name().to_owned()),
        ];
        Ok(self.notify(NoticeCode::LateDecidedElsewhere, &values)?)
    }

    /// Takes over what a view tells of refunds; they only ever go on.
    pub(super) fn merge_refunds(&mut self, tender: &TenderRow, view: &TenderView) -> Result<(), Halt> {
        for trade in &view.trades {
            for told in &trade.refunds {
                self.merge_refund(tender, trade, told)?;
            }
        }
        self.look_at_forgotten(tender, view)
    }

    /// A refund that the centre had told of and tells of no more went with an older copy of its file. Whether it has gone
    /// back nobody knows, until the centre tells of it again. One that was asked for here is sent again by this till.
    fn look_at_forgotten(&mut self, tender: &TenderRow, view: &TenderView) -> Result<(), Halt> {
        for mut refund in self.view().refunds(&tender.order_id)? {
            let trade = view
                .trades
                .iter()
                .find(|trade| Some(&trade.trade_no) == refund.trade_no.as_ref());
            let number = refund.refund_no.to_string();
            let is_forgotten = trade.is_some_and(|trade| {
                let mut told = trade.refunds.iter();
                !told.any(|told| told.refund_no == number)
            });
            if is_forgotten && refund.is_open() && !refund.is_own() && refund.told {
                refund.told = false;
                refund.attention = false;
                refund.seen = false;
                self.update_refund(&refund)?;
            }
        }
        Ok(())
    }

    fn merge_refund(&mut self, tender: &TenderRow, trade: &TradeView, told: &RefundView) -> Result<(), Halt> {
        let number: i64 = told.refund_no.parse().unwrap_or(0);
        let mut refund = match self.view().refund(number)? {
            Some(refund) => refund,
            None if number <= 0 || told.amount_minor <= 0 => return Ok(()),
            None => self.first_heard(tender, trade, told, number)?,
        };
        if refund.order_id != tender.order_id {
            return Ok(());
        }
        let before = refund.clone();
        refund.told = true;
        refund.trade_no = Some(trade.trade_no.clone());
        if refund != before {
            self.update_refund(&refund)?;
        }
        let events: &[RefundEvent] = match RefundState::from_code(told.refund_status) {
            Some(RefundState::Apply) | None => &[],
            Some(RefundState::Sending) if refund.state == RefundState::Fail => &[RefundEvent::Retry],
            Some(RefundState::Sending) => &[RefundEvent::Sent],
            Some(RefundState::Success) => &[RefundEvent::Succeeded],
            Some(RefundState::Fail) => &[RefundEvent::Refused],
        };
        for event in events {
            self.step_refund(&mut refund, *event, None)?;
        }
        // Also one that was refused and is tried again: it is as the centre says now.
        if refund.is_open() && refund.attention != told.needs_attention {
            refund.attention = told.needs_attention;
            refund.seen = false;
            self.update_refund(&refund)?;
        }
        Ok(())
    }

    /// A refund that nobody at this till has asked for.
    fn first_heard(
        &mut self,
        tender: &TenderRow,
        trade: &TradeView,
        told: &RefundView,
        refund_no: i64,
    ) -> Result<RefundRow, Halt> {
        let is_taken =
            tender.state == TenderState::Settled && tender.trade_no.as_ref() == Some(&trade.trade_no);
        let why = RefundWhy::from_name(&told.reason);
        let wanted = RefundRow::wanted(
            refund_no,
            tender,
            told.amount_minor,
            RefundReason::Elsewhere,
            self.at_ms(),
        );
        let refund = RefundRow {
            trade_no: Some(trade.trade_no.clone()),
            why: why.unwrap_or(wanted.why),
            counts: is_taken,
            told: true,
            ..wanted
        };
        self.insert_refund(&refund)?;
        Ok(refund)
    }
}
