//! An order's way: begin, back, hold, resume, park, unpark, complete, void.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::number::short_no;
use suanpan_domain::order::{OrderEvent, OrderMachine, OrderState};
use suanpan_wire::entry::{FactSaid, Said};

use super::print::prints_receipts;
use super::said;
use crate::rpc::state::NoticeCode;
use crate::rpc::{Code, Problem};
use crate::store::{Halt, Numbers, OrderRow, TenderRow, WriteTx, coverage};

impl WriteTx<'_> {
    /// An order that must be here.
    ///
    /// # Errors
    /// [`Code::OrderNotFound`].
    pub fn order_here(&self, order_id: &str) -> Result<OrderRow, Halt> {
        self.view()
            .order(order_id)?
            .ok_or(Halt::from(Code::OrderNotFound))
    }

    /// Moves an order by the table. Says whether it moved; a repeated event moves nothing.
    ///
    /// # Errors
    /// [`Code::OrderState`] when the table does not allow it.
    pub fn step_order(&mut self, order: &mut OrderRow, event: OrderEvent) -> Result<bool, Halt> {
        match step::<OrderMachine>(order.state, event) {
            Step::To(to) => {
                order.state = to;
                order.changed_at_ms = self.at_ms();
                Ok(true)
            }
            Step::AlreadyApplied => Ok(false),
            Step::Refused => Err(Problem::new(Code::OrderState)
                .with("state", order.state.name())
                .into()),
        }
    }

    /// Collecting begins: numbers are minted (once), lines and total are frozen with their nets.
    ///
    /// # Errors
    /// [`Code::BasketEmpty`], [`Code::OrderState`], [`Code::AmountTooLarge`].
    pub fn begin_paying(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        let lines = self.view().lines(order_id)?;
        if lines.is_empty() {
            return Err(Code::BasketEmpty.into());
        }
        if !self.step_order(&mut order, OrderEvent::Begin)? {
            return Ok(());
        }
        self.number(&mut order)?;
        order.shift_id = self.view().open_shift_day()?.map(|(shift_id, _)| shift_id);
        self.freeze_nets(&order.order_id, &lines)?;
        self.update_order(&order)?;
        let lines = self.view().lines(order_id)?;
        self.say(
            Some(order_id),
            &Said::OrderFrozen {
                order: said::order(&order, &lines),
            },
        )?;
        self.complete_if_covered(order_id)
    }

    fn number(&mut self, order: &mut OrderRow) -> Result<(), Halt> {
        if order.order_no.is_some() {
            return Ok(());
        }
        let day = self.business_day()?;
        let epoch = self.head().epoch;
        let running = self.view().last_running(day, epoch)? + 1;
        let (month, of_month) = day.month_day();
        let numbers = Numbers {
            order_no: self.mint(),
            short_no: short_no(&self.view().till_label()?, month, of_month, epoch, running),
            epoch,
            running,
            day,
        };
        self.number_order(&order.order_id, &numbers)?;
        order.order_no = Some(numbers.order_no);
        order.short_no = Some(numbers.short_no);
        Ok(())
    }

    /// Back to ringing up: only while no tender is live or settled.
    ///
    /// # Errors
    /// [`Code::LinesLocked`] while money is under way or taken, [`Code::OrderState`].
    pub fn thaw(&mut self, order_id: &str) -> Result<(), Halt> {
        let sums = self.view().coverage(order_id)?;
        if sums.settled_minor != 0 || sums.live_minor != 0 {
            return Err(Code::LinesLocked.into());
        }
        let mut order = self.order_here(order_id)?;
        if !self.step_order(&mut order, OrderEvent::Back)? {
            return Ok(());
        }
        order.giving_up = false;
        self.update_order(&order)?;
        self.say(
            Some(order_id),
            &Said::OrderThawed {
                order_id: order_id.to_owned(),
                order_no: said::number(order.order_no),
            },
        )?;
        Ok(())
    }

    /// Puts the order aside and frees the counter. An empty basket is let go instead.
    ///
    /// # Errors
    /// [`Code::OrderState`].
    pub fn put_aside(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        if order.state == OrderState::Open && self.view().lines(order_id)?.is_empty() {
            return self.void(&mut order);
        }
        self.hold(&mut order)?;
        self.set_current_order(None)?;
        Ok(())
    }

    fn hold(&mut self, order: &mut OrderRow) -> Result<(), Halt> {
        if self.step_order(order, OrderEvent::Hold)? {
            self.update_order(order)?;
            self.say(
                Some(&order.order_id),
                &Said::OrderHeld {
                    order_id: order.order_id.clone(),
                },
            )?;
        }
        Ok(())
    }

    /// A parked order that is being given up, and of which nothing is live or settled any more, waits on hold
    /// as a basket again. The counter is somebody else's meanwhile.
    pub(super) fn unlock_parked(&mut self, order_id: &str) -> Result<(), Halt> {
        self.take_from_parked(order_id)?;
        self.thaw(order_id)?;
        let mut order = self.order_here(order_id)?;
        self.hold(&mut order)
    }

    fn void(&mut self, order: &mut OrderRow) -> Result<(), Halt> {
        self.step_order(order, OrderEvent::Void)?;
        self.update_order(order)?;
        self.clear_undo(&order.order_id)?;
        let said = Said::OrderVoided {
            order_id: order.order_id.clone(),
            order_no: order.order_no.map(|no| no.to_string()),
            total_minor: order.total_minor,
        };
        self.say(Some(&order.order_id), &said)?;
        self.set_current_order(None)?;
        Ok(())
    }

    /// Takes a held basket up again; what stands open is put aside.
    ///
    /// # Errors
    /// [`Code::OrderNotFound`], [`Code::OrderState`].
    pub fn resume(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        self.free_counter(order_id)?;
        if self.step_order(&mut order, OrderEvent::Resume)? {
            self.update_order(&order)?;
            self.say(
                Some(order_id),
                &Said::OrderResumed {
                    order_id: order_id.to_owned(),
                },
            )?;
        }
        self.set_current_order(Some(order_id))?;
        Ok(())
    }

    /// Parks an order as to confirm and frees the counter.
    ///
    /// # Errors
    /// [`Code::OrderState`], also when there is nothing to confirm.
    pub fn park(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        let sums = self.view().coverage(order_id)?;
        if sums.settled_minor == 0 && sums.live_minor == 0 {
            return Err(Problem::new(Code::OrderState)
                .with("state", order.state.name())
                .into());
        }
        if self.step_order(&mut order, OrderEvent::Park)? {
            self.update_order(&order)?;
            self.say(
                Some(order_id),
                &Said::OrderParked {
                    order_no: said::number(order.order_no),
                },
            )?;
        }
        self.set_current_order(None)?;
        Ok(())
    }

    /// Looks at a parked order again; what stands open is put aside.
    ///
    /// # Errors
    /// [`Code::OrderNotFound`], [`Code::OrderState`].
    pub fn unpark(&mut self, order_id: &str) -> Result<(), Halt> {
        let order = self.order_here(order_id)?;
        if order.state != OrderState::ToConfirm {
            return Err(Problem::new(Code::OrderState)
                .with("state", order.state.name())
                .into());
        }
        self.free_counter(order_id)?;
        self.take_from_parked(order_id)?;
        self.set_current_order(Some(order_id))?;
        Ok(())
    }

    fn take_from_parked(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        if self.step_order(&mut order, OrderEvent::Unpark)? {
            self.update_order(&order)?;
            self.say(
                Some(order_id),
                &Said::OrderUnparked {
                    order_no: said::number(order.order_no),
                },
            )?;
        }
        Ok(())
    }

    /// Makes room on the counter for another order. An order being paid is not pushed away.
    fn free_counter(&mut self, for_order: &str) -> Result<(), Halt> {
        let Some(current) = self.view().current_order_id()? else {
            return Ok(());
        };
        if current == for_order {
            return Ok(());
        }
        let order = self.order_here(&current)?;
        match order.state {
            OrderState::Open => self.put_aside(&current),
            OrderState::Paying => Err(Problem::new(Code::OrderState)
                .with("state", order.state.name())
                .into()),
            OrderState::Held
            | OrderState::ToConfirm
            | OrderState::Completed
            | OrderState::Voided
            | OrderState::PartRefunded
            | OrderState::Refunded => Ok(self.set_current_order(None)?),
        }
    }

    /// When an order is completed, and in which shift: that of its last money, which may be one that is closed.
    fn completion_fact(&self, tenders: &[TenderRow]) -> Result<FactSaid, Halt> {
        let counted = tenders.iter().filter(|tender| tender.state.counts());
        let mut fact = self.fact()?;
        if let Some(last) = counted.max_by_key(|tender| (tender.settled_at_ms, tender.tender_no)) {
            fact.shift_id = self.view().fact_shift(last.tender_no)?;
        }
        Ok(fact)
    }

    /// Completes an order whose settled tenders cover it exactly. Nothing happens to any other.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn complete_if_covered(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        let tenders = self.view().tenders(order_id)?;
        if !coverage(&tenders).is_exact(order.total_minor)
            || !matches!(order.state, OrderState::Paying | OrderState::ToConfirm)
        {
            return Ok(());
        }
        let was_parked = order.state == OrderState::ToConfirm;
        self.step_order(&mut order, OrderEvent::Cover)?;
        order.completed_at_ms = Some(self.at_ms());
        order.giving_up = false;
        order.change_minor = tenders.iter().filter_map(|tender| tender.change_minor).sum();
        let fact = self.completion_fact(&tenders)?;
        let prints = prints_receipts(self.view())?;
        order.receipts += u32::from(prints);
        self.update_order(&order)?;
        if let Some(shift_id) = &fact.shift_id {
            self.set_completed_in(order_id, shift_id)?;
        }
        self.clear_undo(order_id)?;
        let lines = self.view().lines(order_id)?;
        self.count_order(&order, &lines, &fact)?;
        let counted = tenders.iter().filter(|tender| tender.state.counts());
        let said = Said::OrderCompleted {
            order: said::order(&order, &lines),
            tenders: counted.clone().map(said::tender).collect(),
            change_minor: order.change_minor,
            fact,
        };
        self.say(Some(order_id), &said)?;
        if prints {
            self.queue_first_receipt(&order)?;
        }
        if let (true, Some(last)) = (was_parked, counted.max_by_key(|tender| tender.settled_at_ms)) {
            let values = [
                ("short_no", order.short_no.clone().unwrap_or_default()),
                ("means", last.means.name().to_owned()),
                ("amount_minor", last.amount_minor.to_string()),
            ];
            self.notify(NoticeCode::ParkedOrderPaid, &values)?;
        }
        // What went back of a share before the order was covered counts now.
        self.follow_refunds(order_id)?;
        Ok(())
    }
}
