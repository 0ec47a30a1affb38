//! Money arrives, goes back, or does not come.

use suanpan_domain::machine::{Step, step};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::order::OrderState;
use suanpan_domain::tender::{Means, TenderEvent, TenderMachine, TenderState};
use suanpan_wire::entry::Said;
use suanpan_wire::tender::NOT_SENT;

use super::attempt::Way;
use super::said;
use crate::rpc::state::NoticeCode;
use crate::rpc::{Code, Problem};
use crate::store::{Halt, TenderRow, WriteTx};

/// Cash that is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Cash {
    /// Share of the order it covers.
    pub amount_minor: i64,
    /// What the customer gave.
    pub received_minor: i64,
    /// Code tender it replaces.
    pub replaces: Option<i64>,
}

impl WriteTx<'_> {
    /// A tender that must be here.
    ///
    /// # Errors
    /// [`Code::TenderNotFound`].
    pub fn tender_here(&self, tender_no: i64) -> Result<TenderRow, Halt> {
        self.view()
            .tender(tender_no)?
            .ok_or(Halt::from(Code::TenderNotFound))
    }

    /// Moves a tender by the table. Says whether it moved.
    ///
    /// # Errors
    /// [`Code::TenderState`] when the table does not allow it.
    pub fn step_tender(&mut self, tender: &mut TenderRow, event: TenderEvent) -> Result<bool, Halt> {
        match step::<TenderMachine>(tender.state, event) {
            Step::To(to) => {
                tender.state = to;
                Ok(true)
            }
            Step::AlreadyApplied => Ok(false),
            Step::Refused => Err(Problem::new(Code::TenderState)
                .with("state", tender.state.name())
                .into()),
        }
    }

    fn new_tender(&mut self, order_id: &str, means: Means, amount_minor: i64) -> Result<TenderRow, Halt> {
        let order = self.order_here(order_id)?;
        Ok(TenderRow {
            tender_no: self.mint(),
            order_id: order_id.to_owned(),
            order_no: order.order_no.unwrap_or(0),
            means,
            state: TenderState::Live,
            amount_minor,
            received_minor: None,
            change_minor: None,
            replaces: None,
            business_day: self.business_day()?,
            opened_at_ms: self.at_ms(),
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
        })
    }

    /// Takes cash, and completes the order when that covers it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn take_cash(&mut self, order_id: &str, cash: Cash) -> Result<TenderRow, Halt> {
        let mut tender = self.new_tender(order_id, Means::Cash, cash.amount_minor)?;
        tender.state = TenderState::Settled;
        tender.settled_at_ms = Some(self.at_ms());
        tender.received_minor = Some(cash.received_minor);
        tender.change_minor = Some(cash.received_minor - cash.amount_minor);
        tender.replaces = cash.replaces;
        self.insert_tender(&tender)?;
        self.money_moved(&tender)?;
        self.complete_if_covered(order_id)?;
        Ok(tender)
    }

    /// Gives taken cash back: the tender keeps its row and a reversing one joins it.
    ///
    /// # Errors
    /// [`Code::TenderState`] unless it is settled cash.
    pub fn reverse_cash(&mut self, tender_no: i64) -> Result<(), Halt> {
        let mut taken = self.tender_here(tender_no)?;
        if taken.means != Means::Cash || !self.step_tender(&mut taken, TenderEvent::Reverse)? {
            return Err(Problem::new(Code::TenderState)
                .with("state", taken.state.name())
                .into());
        }
        self.update_tender(&taken)?;
        let mut back = self.new_tender(&taken.order_id, Means::Cash, -taken.amount_minor)?;
        back.state = TenderState::Settled;
        back.settled_at_ms = Some(self.at_ms());
        back.replaces = Some(tender_no);
        self.insert_tender(&back)?;
        self.money_moved(&back)
    }

    /// Opens a code tender and commits its first attempt. Only after the commit may anything be sent.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open_code(&mut self, order_id: &str, means: Means, amount_minor: i64) -> Result<i64, Halt> {
        self.open_attempt(order_id, means, amount_minor, Way::Shown)
    }

    /// Opens a code tender whose customer is charged by the code they show. The code itself stays out of here.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open_charge(&mut self, order_id: &str, means: Means, amount_minor: i64) -> Result<i64, Halt> {
        self.open_attempt(order_id, means, amount_minor, Way::Taken)
    }

    fn open_attempt(
        &mut self,
        order_id: &str,
        means: Means,
        amount_minor: i64,
        way: Way,
    ) -> Result<i64, Halt> {
        let tender = self.new_tender(order_id, means, amount_minor)?;
        self.insert_tender(&tender)?;
        self.count_code(tender.business_day, false)?;
        self.say(
            Some(order_id),
            &Said::TenderOpened {
                tender: said::tender(&tender),
            },
        )?;
        self.commit_attempt(&tender, way)?;
        Ok(tender.tender_no)
    }

    /// The way that was wanted in the place of one that is certain to bring no money. Nothing where the order is
    /// not on the screen any more, or its share has gone elsewhere meanwhile.
    fn go_on_otherwise(&mut self, ended: &TenderRow) -> Result<(), Halt> {
        let Some(next) = ended.next else {
            return Ok(());
        };
        let order = self.order_here(&ended.order_id)?;
        let sums = self.view().coverage(&ended.order_id)?;
        let is_on_screen = order.state == OrderState::Paying
            && !order.giving_up
            && self.view().current_order_id()?.as_deref() == Some(ended.order_id.as_str());
        let has_place = sums.live_minor == 0 && sums.open_minor(order.total_minor) >= ended.amount_minor;
        if is_on_screen && has_place {
            let way = if next.taken { Way::Taken } else { Way::Shown };
            self.open_attempt(&ended.order_id, next.means, ended.amount_minor, way)?;
        }
        Ok(())
    }

    /// Dates the money, counts it and says so. Cash belongs to the drawer's shift, which is the open one; a
    /// code's money to its order's, also when it comes after that was closed.
    pub(super) fn money_moved(&mut self, tender: &TenderRow) -> Result<(), Halt> {
        let mut fact = self.fact()?;
        if tender.means != Means::Cash && !on(Mutant::LateMoneyMovesShift) {
            fact.shift_id = self.order_here(&tender.order_id)?.shift_id;
        }
        self.insert_fact(tender, &fact)?;
        if tender.means != Means::Cash {
            self.count_code(tender.business_day, true)?;
        }
        let said = Said::TenderSettled {
            tender: said::tender(tender),
            fact,
        };
        self.say(Some(&tender.order_id), &said)?;
        Ok(())
    }

    /// A code tender was refused for good, by the platform or the centre.
    ///
    /// # Errors
    /// [`Code::TenderState`] when it has ended otherwise.
    pub fn tender_refused(&mut self, tender_no: i64, code: &str) -> Result<bool, Halt> {
        let mut tender = self.tender_here(tender_no)?;
        if !self.step_tender(&mut tender, TenderEvent::Refused)? {
            return Ok(false);
        }
        tender.refused_code = Some(code.to_owned());
        self.calm(&mut tender);
        self.update_tender(&tender)?;
        self.say(
            Some(&tender.order_id),
            &Said::TenderFailed {
                tender_no: tender.tender_no.to_string(),
                code: code.to_owned(),
            },
        )?;
        let values = [
            ("means", tender.means.name().to_owned()),
            ("reason", code.to_owned()),
        ];
        let was_taken = tender.newest_attempt().is_some_and(|attempt| attempt.taken);
        let notice = match code {
            _ if !was_taken => NoticeCode::CodeRefused,
            NOT_SENT => NoticeCode::PaymentCodeNotSent,
            _refused => NoticeCode::PaymentCodeRefused,
        };
        self.notify(notice, &values)?;
        self.unlock_if_clear(&tender.order_id)?;
        self.go_on_otherwise(&tender)?;
        Ok(true)
    }

    /// A code tender ended without money.
    ///
    /// # Errors
    /// [`Code::TenderState`] when it has ended otherwise.
    pub fn tender_canceled(&mut self, tender_no: i64) -> Result<bool, Halt> {
        let mut tender = self.tender_here(tender_no)?;
        if !self.step_tender(&mut tender, TenderEvent::Closed)? {
            return Ok(false);
        }
        self.calm(&mut tender);
        self.update_tender(&tender)?;
        self.say(
            Some(&tender.order_id),
            &Said::TenderCanceled {
                tender_no: tender.tender_no.to_string(),
            },
        )?;
        self.unlock_if_clear(&tender.order_id)?;
        self.go_on_otherwise(&tender)?;
        Ok(true)
    }

    /// Nothing is waited for any more.
    pub(super) fn calm(&self, tender: &mut TenderRow) {
        tender.asked_in_vain = 0;
        tender.unknown_since_ms = None;
        tender.ask_again_at_ms = None;
        tender.ask_now = false;
        tender.paying = false;
    }

    /// When an order is being given up and nothing is live or settled any more, its lines unlock.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn unlock_if_clear(&mut self, order_id: &str) -> Result<(), Halt> {
        let order = self.order_here(order_id)?;
        let sums = self.view().coverage(order_id)?;
        if !order.giving_up || sums.live_minor != 0 || sums.settled_minor != 0 {
            return Ok(());
        }
        match order.state {
            OrderState::Paying => self.thaw(order_id),
            OrderState::ToConfirm => self.unlock_parked(order_id),
            OrderState::Open
            | OrderState::Held
            | OrderState::Completed
            | OrderState::Voided
            | OrderState::PartRefunded
            | OrderState::Refunded => Ok(()),
        }
    }
}
