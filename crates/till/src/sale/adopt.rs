//! Own entries that a restored till gets back from its centre: the orders, tenders and money they tell of
//! stand again in the rows and in the takings. What is here already stays as it is.
//!
//! Nothing is said to the journal: the entries themselves are the journal.

use suanpan_domain::order::OrderState;
use suanpan_domain::pay_order::Disposition;
use suanpan_domain::tender::{Means, TenderState};
use suanpan_domain::time::BusinessDay;
use suanpan_wire::entry::{FactSaid, LineSaid, OrderSaid, Said, TenderSaid};
use suanpan_wire::journal::Entry;

use crate::store::{AttemptRow, Halt, LineRow, OrderRow, StoreError, TenderRow, WriteTx};

impl WriteTx<'_> {
    /// Adds own entries of earlier epochs and what they tell of. Says how many were new.
    ///
    /// # Errors
    /// When an entry does not fit the chain, or it cannot be written.
    pub fn adopt(&mut self, entries: &[Entry]) -> Result<usize, Halt> {
        let adopted = self.adopt_entries(entries)?;
        for entry in &adopted {
            let said = Said::from_payload(&entry.payload).map_err(StoreError::from)?;
            if !self.has_gone_on(&said, entry.epoch)? {
                self.retell(&said, entry)?;
            }
        }
        Ok(adopted.len())
    }

    /// Whether the order that an entry is about has gone on here since the restore. Two histories of one
    /// order cannot both stand in its rows: the one that people see before them stays.
    fn has_gone_on(&self, said: &Said, epoch: u32) -> Result<bool, Halt> {
        let order = match said {
            Said::OrderFrozen { order } | Said::OrderCompleted { order, .. } => {
                self.view().order(&order.order_id)?
            }
            Said::OrderThawed { order_no, .. }
            | Said::OrderParked { order_no }
            | Said::OrderUnparked { order_no }
            | Said::OrderVoided {
                order_no: Some(order_no),
                ..
            }
            | Said::ReceiptMade { order_no, .. } => self.view().order_by_no(number(order_no))?,
            Said::TenderOpened { tender } | Said::TenderSettled { tender, .. } => {
                self.view().order_by_no(number(&tender.order_no))?
            }
            Said::AttemptCommitted { tender_no, .. }
            | Said::TenderCloseWanted { tender_no }
            | Said::TenderCanceled { tender_no }
            | Said::TenderFailed { tender_no, .. }
            | Said::TenderGivenUp { tender_no, .. } => match self.view().tender(number(tender_no))? {
                Some(tender) => self.view().order(&tender.order_id)?,
                None => None,
            },
            // What went back has gone back whatever became of the order here.
            Said::RefundAsked { .. }
            | Said::RefundReturned { .. }
            | Said::RefundRefused { .. }
            | Said::LateDecided { .. }
            | Said::EpochOpened { .. }
            | Said::BasketChanged { .. }
            | Said::OrderHeld { .. }
            | Said::OrderResumed { .. }
            | Said::OrderVoided { order_no: None, .. }
            | Said::ReportMade { .. }
            | Said::CatalogueImported { .. }
            | Said::ApprovalAsked { .. }
            | Said::SignedIn { .. }
            | Said::PersonSaved { .. }
            | Said::PersonRemoved { .. }
            | Said::ShiftOpened { .. }
            | Said::CashMoved { .. }
            | Said::CashCounted { .. }
            | Said::ShiftClosed { .. }
            | Said::ClockJumped { .. } => None,
        };
        Ok(order.is_some_and(|order| order.last_entry.0 > epoch))
    }

    fn retell(&mut self, said: &Said, entry: &Entry) -> Result<(), Halt> {
        let at_ms = entry.at_ms;
        match said {
            Said::OrderFrozen { order } => self.stand(order, OrderState::ToConfirm, at_ms),
            Said::OrderThawed { order_no, .. } => self.restate(order_no, OrderState::Held, at_ms),
            Said::OrderParked { order_no } | Said::OrderUnparked { order_no } => {
                self.restate(order_no, OrderState::ToConfirm, at_ms)
            }
            Said::OrderVoided {
                order_no: Some(order_no),
                ..
            } => self.restate(order_no, OrderState::Voided, at_ms),
            Said::TenderOpened { tender } => self.stand_tender(tender, at_ms),
            Said::AttemptCommitted {
                tender_no,
                attempt_key,
                renew,
            } => self.stand_attempt(tender_no, attempt_key, *renew, at_ms),
            Said::TenderSettled { tender, fact } => self.stand_money(tender, fact),
            Said::TenderCloseWanted { tender_no } => self.end(tender_no, TenderState::Closing, None),
            Said::TenderCanceled { tender_no } => self.end(tender_no, TenderState::Canceled, None),
            Said::TenderFailed { tender_no, code } => self.end(tender_no, TenderState::Failed, Some(code)),
            Said::TenderGivenUp { tender_no, .. } => self.end(tender_no, TenderState::GivenUp, None),
            Said::OrderCompleted {
                order,
                change_minor,
                fact,
                ..
            } => self.stand_completed(order, *change_minor, fact),
            Said::ReceiptMade { order_no, copy } => self.stand_receipt(order_no, *copy),
            Said::ReportMade {
                shift_id,
                interim: false,
                copy,
            } => Ok(self.shift_paper_made(shift_id, *copy)?),
            Said::ShiftOpened { .. }
            | Said::CashMoved { .. }
            | Said::CashCounted { .. }
            | Said::ShiftClosed { .. } => self.retell_shift(said, entry.epoch),
            Said::PersonSaved { .. } | Said::PersonRemoved { .. } => self.retell_person(said),
            Said::RefundAsked { .. } | Said::RefundReturned { .. } | Said::RefundRefused { .. } => {
                self.retell_refund(said, at_ms)
            }
            Said::LateDecided { .. }
            | Said::EpochOpened { .. }
            | Said::BasketChanged { .. }
            | Said::OrderHeld { .. }
            | Said::OrderResumed { .. }
            | Said::OrderVoided { order_no: None, .. }
            | Said::ReportMade { interim: true, .. }
            | Said::CatalogueImported { .. }
            | Said::ApprovalAsked { .. }
            | Said::SignedIn { .. }
            | Said::ClockJumped { .. } => Ok(()),
        }
    }

    /// Puts an order with its lines, unless it is here and paid.
    fn stand(&mut self, said: &OrderSaid, state: OrderState, at_ms: i64) -> Result<(), Halt> {
        if self.view().order(&said.order_id)?.is_none() {
            self.insert_order(&said.order_id, &said.cashier)?;
        }
        let mut order = self.order_here(&said.order_id)?;
        if order.state.pay_status() == 4 {
            return Ok(());
        }
        if order.order_no.is_none() {
            self.number_as_said(said)?;
        }
        for line in self.view().lines(&said.order_id)? {
            self.delete_line(&said.order_id, &line.line_id)?;
        }
        for (position, line) in (1..).zip(&said.lines) {
            self.save_line(&said.order_id, &line_row(line, position))?;
        }
        self.clear_undo(&said.order_id)?;
        fill(&mut order, said, state, at_ms);
        self.update_order(&order)?;
        self.leave_screen(&said.order_id)
    }

    /// What came back is not on the counter: an order that was there in the copy is put aside.
    fn leave_screen(&mut self, order_id: &str) -> Result<(), Halt> {
        if self.view().current_order_id()?.as_deref() == Some(order_id) {
            self.set_current_order(None)?;
        }
        Ok(())
    }

    fn restate(&mut self, order_no: &str, state: OrderState, at_ms: i64) -> Result<(), Halt> {
        let found = self.view().order_by_no(order_no.parse().unwrap_or(0))?;
        if let Some(mut order) = found.filter(|order| order.state.pay_status() != 4) {
            order.state = state;
            order.changed_at_ms = at_ms;
            self.update_order(&order)?;
            self.leave_screen(&order.order_id)?;
        }
        Ok(())
    }

    fn stand_completed(&mut self, said: &OrderSaid, change_minor: i64, fact: &FactSaid) -> Result<(), Halt> {
        let was_paid = self
            .view()
            .order(&said.order_id)?
            .is_some_and(|order| order.state.pay_status() == 4);
        if was_paid {
            return Ok(());
        }
        self.stand(said, OrderState::ToConfirm, fact.at_ms)?;
        let mut order = self.order_here(&said.order_id)?;
        order.state = OrderState::Completed;
        order.completed_at_ms = Some(fact.at_ms);
        order.change_minor = change_minor;
        self.update_order(&order)?;
        if let Some(shift_id) = &fact.shift_id {
            self.set_completed_in(&said.order_id, shift_id)?;
        }
        let lines = self.view().lines(&said.order_id)?;
        self.count_order(&order, &lines, fact)?;
        Ok(())
    }

    fn stand_receipt(&mut self, order_no: &str, copy: u32) -> Result<(), Halt> {
        if let Some(mut order) = self.view().order_by_no(order_no.parse().unwrap_or(0))? {
            order.receipts = order.receipts.max(copy);
            self.update_order(&order)?;
        }
        Ok(())
    }

    fn stand_tender(&mut self, said: &TenderSaid, at_ms: i64) -> Result<(), Halt> {
        if self.view().tender(number(&said.tender_no))?.is_some() {
            return Ok(());
        }
        let Some(order) = self.view().order_by_no(number(&said.order_no))? else {
            return Ok(());
        };
        let day = match self.view().shift_day_at(at_ms)? {
            Some(day) => day,
            None => self.moment().time.business_day(at_ms),
        };
        let tender = tender_row(said, &order, day, at_ms);
        self.insert_tender(&tender)?;
        if tender.means != Means::Cash {
            self.count_code(day, false)?;
        }
        Ok(())
    }

    fn stand_attempt(
        &mut self,
        tender_no: &str,
        attempt_key: &str,
        renew: bool,
        at_ms: i64,
    ) -> Result<(), Halt> {
        let Some(tender) = self.view().tender(number(tender_no))? else {
            return Ok(());
        };
        if tender
            .attempts
            .iter()
            .any(|attempt| attempt.attempt_key == attempt_key)
        {
            return Ok(());
        }
        let short_no = self.order_here(&tender.order_id)?.short_no.unwrap_or_default();
        self.save_attempt(&AttemptRow {
            attempt_key: attempt_key.to_owned(),
            tender_no: tender.tender_no,
            renew,
            taken: false,
            description: format!("{} {short_no}", self.view().store_name()?),
            committed_at_ms: at_ms,
            trade_no: None,
            trade_state: None,
            disposition: Disposition::None,
            code_url: None,
            created_at_ms: None,
            expires_at_ms: None,
            shown_at_ms: None,
            returns_at_ms: None,
        })?;
        Ok(())
    }

    fn stand_money(&mut self, said: &TenderSaid, fact: &FactSaid) -> Result<(), Halt> {
        let number = number(&said.tender_no);
        let known = self.view().tender(number)?;
        if known.as_ref().is_some_and(|tender| tender.state.counts()) {
            return Ok(());
        }
        let Some(order) = self.view().order_by_no(self::number(&said.order_no))? else {
            return Ok(());
        };
        let is_new = known.is_none();
        let day = BusinessDay::parse(&fact.business_day)
            .unwrap_or_else(|| self.moment().time.business_day(fact.at_ms));
        let mut tender = known.unwrap_or_else(|| tender_row(said, &order, day, fact.at_ms));
        tender.state = TenderState::Settled;
        tender.settled_at_ms = Some(fact.at_ms);
        tender.trade_no = said.trade_no.clone();
        tender.transaction_id = said.transaction_id.clone();
        if is_new {
            self.insert_tender(&tender)?;
        } else {
            self.update_tender(&tender)?;
        }
        self.insert_fact(&tender, fact)?;
        if tender.means != Means::Cash {
            self.count_code(tender.business_day, true)?;
        }
        self.reversed(&tender)
    }

    /// The cash tender that a reversing one gave back.
    fn reversed(&mut self, back: &TenderRow) -> Result<(), Halt> {
        let Some(taken) = back.replaces.filter(|_| back.amount_minor < 0) else {
            return Ok(());
        };
        if let Some(mut taken) = self.view().tender(taken)? {
            taken.state = TenderState::Reversed;
            self.update_tender(&taken)?;
        }
        Ok(())
    }

    fn end(&mut self, tender_no: &str, state: TenderState, code: Option<&String>) -> Result<(), Halt> {
        let found = self.view().tender(number(tender_no))?;
        if let Some(mut tender) = found.filter(|tender| tender.state.is_live()) {
            tender.state = state;
            tender.refused_code = code.cloned();
            self.update_tender(&tender)?;
        }
        Ok(())
    }
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or(0)
}

fn fill(order: &mut OrderRow, said: &OrderSaid, state: OrderState, at_ms: i64) {
    order.state = state;
    order.changed_at_ms = at_ms;
    order.shift_id.clone_from(&said.shift_id);
    order.original_minor = said.original_minor;
    order.discount_minor = said.discount_minor;
    order.rounding_minor = said.rounding_minor;
    order.total_minor = said.total_minor;
    order.pieces = super::basket::pieces(said.lines.iter().map(|line| (line.unit, line.quantity_milli)));
    order.giving_up = false;
}

fn line_row(said: &LineSaid, position: i64) -> LineRow {
    let full = suanpan_domain::basket::LinePrice {
        price: suanpan_domain::money::Fen::new(said.price_minor),
        quantity: suanpan_domain::quantity::Quantity::try_new(said.quantity_milli, said.unit)
            .unwrap_or(suanpan_domain::quantity::Quantity::ONE),
        charged_percent: said.charged_percent,
    };
    LineRow {
        line_id: said.line_id.clone(),
        position,
        article_id: said.article_id.clone(),
        catalogue_version: said.catalogue_version,
        name: said.name.clone(),
        name_en: String::new(),
        size: String::new(),
        code: said.code.clone(),
        unit: said.unit,
        price_minor: said.price_minor,
        price_by_hand: said.price_by_hand,
        charged_percent: said.charged_percent,
        quantity_milli: said.quantity_milli,
        discount_minor: full.amount().map_or(0, |amount| amount.discount.minor()),
        amount_minor: said.amount_minor,
        net_minor: Some(said.net_minor),
    }
}

fn tender_row(said: &TenderSaid, order: &OrderRow, day: BusinessDay, at_ms: i64) -> TenderRow {
    TenderRow {
        tender_no: number(&said.tender_no),
        order_id: order.order_id.clone(),
        order_no: order.order_no.unwrap_or(0),
        means: said.means,
        state: TenderState::Live,
        amount_minor: said.amount_minor,
        received_minor: said.received_minor,
        change_minor: said.change_minor,
        replaces: said.replaces.as_deref().map(number),
        business_day: day,
        opened_at_ms: at_ms,
        settled_at_ms: None,
        trade_no: None,
        transaction_id: None,
        refused_code: None,
        view_version: 0,
        asked_at_ms: None,
        asked_in_vain: 0,
        unknown_since_ms: None,
        ask_again_at_ms: None,
        ask_now: false,
        paying: false,
        attention: false,
        next: None,
        late: None,
        attempts: Vec::new(),
    }
}
