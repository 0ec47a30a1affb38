//! A print job's way: asked for in the transaction of what it prints, handed to a printer, come out, stuck, or
//! not known. Every paper is counted and journalled when it is asked for; copies say so.
//!
//! Printers are in `crate::print`. Nothing here waits for one.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::print::{PrintEvent, PrintMachine, PrintState, PrintTrouble};
use suanpan_wire::entry::Said;

use super::said;
use super::shift::{Closing, as_closed};
use crate::rpc::print::PrinterKind;
use crate::rpc::{Code, Problem};
use crate::store::{Halt, OrderRow, PrintRow, Printable, StoreError, View, WriteTx, keys};

/// Jobs that are looked at when a till was restored from a copy: all there can be.
const OWED_MAX: u16 = u16::MAX;

/// Which printer a till has. In practice that is the one that prints into pictures, unless somebody chose.
///
/// # Errors
/// When it cannot be read.
pub fn printer(view: View<'_>) -> Result<PrinterKind, StoreError> {
    Ok(match view.setting(keys::PRINTER)?.as_deref() {
        Some("pictures") => PrinterKind::Pictures,
        Some(_) => PrinterKind::None,
        None if view.is_practice()? => PrinterKind::Pictures,
        None => PrinterKind::None,
    })
}

/// Whether receipts print by themselves.
///
/// # Errors
/// When it cannot be read.
pub fn prints_receipts(view: View<'_>) -> Result<bool, StoreError> {
    let wanted = view.setting(keys::PRINT_RECEIPTS)?.as_deref() != Some("0");
    Ok(wanted && printer(view)? != PrinterKind::None)
}

/// A job's name for people is its order's number or its shift's day.
fn receipt_label(order: &OrderRow) -> String {
    order.short_no.clone().unwrap_or_default()
}

impl WriteTx<'_> {
    /// Counts and journals a receipt of an order, and answers how many were made before.
    ///
    /// # Errors
    /// [`Code::OrderNotFound`], or [`Code::OrderState`] of one that is not paid.
    pub fn make_receipt(&mut self, order_id: &str) -> Result<(OrderRow, u32), Halt> {
        let mut order = self.order_here(order_id)?;
        if order.state.pay_status() != 4 {
            return Err(Problem::new(Code::OrderState)
                .with("state", order.state.name())
                .into());
        }
        let before = order.receipts;
        order.receipts += 1;
        self.update_order(&order)?;
        self.say_receipt(&order)?;
        Ok((order, before))
    }

    fn say_receipt(&mut self, order: &OrderRow) -> Result<(), StoreError> {
        let made = Said::ReceiptMade {
            order_no: said::number(order.order_no),
            copy: order.receipts,
        };
        self.say(Some(&order.order_id), &made)
    }

    /// The first receipt of an order that is being completed: its count is in the order already.
    pub(super) fn queue_first_receipt(&mut self, order: &OrderRow) -> Result<(), Halt> {
        self.say_receipt(order)?;
        self.queue_receipt(order, order.receipts.saturating_sub(1))
    }

    /// Asks for a receipt of a paid order.
    ///
    /// # Errors
    /// [`Code::PrinterNotSet`], [`Code::OrderNotFound`], [`Code::OrderState`].
    pub fn ask_receipt(&mut self, order_id: &str) -> Result<(), Halt> {
        self.need_printer()?;
        let (order, before) = self.make_receipt(order_id)?;
        self.queue_receipt(&order, before)
    }

    fn queue_receipt(&mut self, order: &OrderRow, copy: u32) -> Result<(), Halt> {
        let what = Printable::Receipt {
            order_id: order.order_id.clone(),
        };
        self.queue(what, receipt_label(order), copy)
    }

    /// Asks for the report of a closed shift.
    ///
    /// # Errors
    /// [`Code::PrinterNotSet`], [`Code::ShiftNotFound`].
    pub fn ask_shift_report(&mut self, shift_id: &str) -> Result<(), Halt> {
        self.need_printer()?;
        let shift = self.view().shift(shift_id)?;
        let closed = shift.and_then(|shift| shift.closed);
        let closed = closed.ok_or(Halt::from(Code::ShiftNotFound))?;
        let before = self.make_report(shift_id)?;
        let what = Printable::Shift {
            shift_id: shift_id.to_owned(),
        };
        self.queue(what, closed.opened.business_day, before)
    }

    fn make_report(&mut self, shift_id: &str) -> Result<u32, Halt> {
        let before = self.view().shift_papers(shift_id)?;
        self.shift_paper_made(shift_id, before + 1)?;
        self.say_report(shift_id, false, before + 1)?;
        Ok(before)
    }

    fn say_report(&mut self, shift_id: &str, interim: bool, copy: u32) -> Result<(), StoreError> {
        let shift_id = shift_id.to_owned();
        self.say(
            None,
            &Said::ReportMade {
                shift_id,
                interim,
                copy,
            },
        )
    }

    /// Asks for the figures of the open shift as they are now.
    ///
    /// # Errors
    /// [`Code::PrinterNotSet`], [`Code::ShiftNotOpen`], and [`Code::CountIsBlind`] where they would tell what a
    /// blind count must not know.
    pub fn ask_interim_report(&mut self) -> Result<(), Halt> {
        self.need_printer()?;
        if self.view().setting(keys::BLIND_COUNT)?.as_deref() == Some("1") {
            return Err(Code::CountIsBlind.into());
        }
        let shift = self.shift_here()?;
        let frozen = as_closed(self, shift.opened, Vec::new(), 0, Closing::default())?;
        let opened = frozen.opened.clone();
        self.say_report(&opened.shift_id, true, 1)?;
        let what = Printable::Interim {
            shift_id: opened.shift_id,
            frozen: Box::new(frozen),
        };
        self.queue(what, opened.business_day, 0)
    }

    fn need_printer(&self) -> Result<(), Halt> {
        match printer(self.view())? {
            PrinterKind::None => Err(Code::PrinterNotSet.into()),
            PrinterKind::Pictures => Ok(()),
        }
    }

    fn queue(&mut self, what: Printable, label: String, copy: u32) -> Result<(), Halt> {
        let job = PrintRow {
            job_no: self.mint(),
            what,
            state: PrintState::Waiting,
            trouble: None,
            label,
            copy,
            asked_by: self.view().cashier()?,
            asked_at_ms: self.at_ms(),
            changed_at_ms: self.at_ms(),
        };
        Ok(self.insert_print(&job)?)
    }

    /// A job that must be here.
    ///
    /// # Errors
    /// [`Code::PrintNotFound`].
    pub fn print_here(&self, job_no: i64) -> Result<PrintRow, Halt> {
        self.view()
            .print_job(job_no)?
            .ok_or(Halt::from(Code::PrintNotFound))
    }

    /// Moves a job by the table, with the trouble it has now. Says whether anything changed.
    ///
    /// # Errors
    /// [`Code::PrintNotFound`] where the table does not allow it: the job has ended meanwhile.
    pub fn step_print(
        &mut self,
        job_no: i64,
        event: PrintEvent,
        trouble: Option<PrintTrouble>,
    ) -> Result<bool, Halt> {
        let mut job = self.print_here(job_no)?;
        let state = match step::<PrintMachine>(job.state, event) {
            Step::To(to) => to,
            Step::AlreadyApplied => job.state,
            Step::Refused => return Err(Code::PrintNotFound.into()),
        };
        if (job.state, job.trouble) == (state, trouble) {
            return Ok(false);
        }
        job.state = state;
        job.trouble = trouble;
        job.changed_at_ms = self.at_ms();
        self.update_print(&job)?;
        Ok(true)
    }

    /// Nobody can say whether an unsure job came out: it is printed again and says that it is a copy.
    ///
    /// # Errors
    /// [`Code::PrintNotFound`] when it is not unsure.
    pub fn print_again_as_copy(&mut self, job_no: i64) -> Result<(), Halt> {
        self.step_print(job_no, PrintEvent::PrintAgain, None)?;
        let mut job = self.print_here(job_no)?;
        job.copy = match &job.what {
            Printable::Receipt { order_id } => self.make_receipt(order_id)?.1,
            Printable::Shift { shift_id } => self.make_report(shift_id)?,
            Printable::Interim { shift_id, .. } => {
                self.say_report(shift_id, true, job.copy + 2)?;
                job.copy + 1
            }
        };
        Ok(self.update_print(&job)?)
    }

    /// The till begins: of what was with the printer when it ended, nobody knows whether it came out. Of what a
    /// copy of the data says is owed, nobody knows whether it came out since.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn lose_sight_of_prints(&mut self, is_restored: bool) -> Result<(), Halt> {
        for job in self.view().prints_owed(OWED_MAX)? {
            if is_restored || job.state == PrintState::Printing {
                self.step_print(job.job_no, PrintEvent::LoseSight, None)?;
            }
        }
        Ok(())
    }
}
