//! Attempts of a code tender: committed before they are sent, renewed, closed, given up.

use suanpan_domain::tender::TenderEvent;
use suanpan_wire::entry::Said;

use super::settle::Cash;
use crate::rpc::state::NoticeCode;
use crate::rpc::{Code, Problem};
use crate::store::{AttemptRow, Halt, NextWay, TenderRow, WriteTx};
use suanpan_domain::pay_order::Disposition;

/// From how many unanswered questions on a tender counts as unknown: one lost answer is a hiccup.
pub const UNKNOWN_AFTER_VAIN: u32 = 2;
/// Longest description, in characters: the platform takes 127 bytes.
const DESCRIPTION_CHARS_MAX: usize = 40;

/// How an attempt collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By a code that is shown.
    Shown,
    /// By a fresh code; the older one is closed and still counts.
    Renewed,
    /// By the code the customer shows.
    Taken,
}

/// Who stands behind giving a tender up.
#[derive(Clone, Debug)]
pub struct GivenUpBy {
    /// Who asked.
    pub requested_by: String,
    /// Who approved.
    pub approved_by: String,
}

impl WriteTx<'_> {
    /// Commits an attempt with a key of its own and words that never change.
    pub(super) fn commit_attempt(&mut self, tender: &TenderRow, way: Way) -> Result<(), Halt> {
        let renew = way == Way::Renewed;
        let attempt = AttemptRow {
            attempt_key: self.mint().to_string(),
            tender_no: tender.tender_no,
            renew,
            taken: way == Way::Taken,
            description: self.description(tender)?,
            committed_at_ms: self.at_ms(),
            trade_no: None,
            trade_state: None,
            disposition: Disposition::None,
            code_url: None,
            created_at_ms: None,
            expires_at_ms: None,
            shown_at_ms: None,
            returns_at_ms: None,
        };
        self.save_attempt(&attempt)?;
        self.say(
            Some(&tender.order_id),
            &Said::AttemptCommitted {
                tender_no: tender.tender_no.to_string(),
                attempt_key: attempt.attempt_key,
                renew,
            },
        )?;
        Ok(())
    }

    fn description(&self, tender: &TenderRow) -> Result<String, Halt> {
        let shop: String = self
            .view()
            .store_name()?
            .chars()
            .take(DESCRIPTION_CHARS_MAX)
            .collect();
        let short_no = self.order_here(&tender.order_id)?.short_no.unwrap_or_default();
        Ok(format!("{shop} {short_no}").trim().to_owned())
    }

    /// Commits a fresh attempt for a live tender: the old code is closed by the centre and still counts.
    ///
    /// # Errors
    /// [`Code::TenderState`] unless it is live, [`Code::AttemptLive`] while the newest attempt has not been
    /// answered yet.
    pub fn renew_code(&mut self, tender_no: i64, by_itself: bool) -> Result<(), Halt> {
        let tender = self.tender_here(tender_no)?;
        if tender.state != suanpan_domain::tender::TenderState::Live {
            return Err(Problem::new(Code::TenderState)
                .with("state", tender.state.name())
                .into());
        }
        if tender
            .newest_attempt()
            .is_some_and(|newest| newest.trade_no.is_none())
        {
            return Err(Problem::new(Code::AttemptLive).with("tender", tender_no).into());
        }
        self.commit_attempt(&tender, Way::Renewed)?;
        if by_itself {
            self.notify(
                NoticeCode::CodeRenewed,
                &[("means", tender.means.name().to_owned())],
            )?;
        }
        Ok(())
    }

    /// The cashier wants a code tender closed. It stays reserved until the centre says how it ended.
    ///
    /// # Errors
    /// [`Code::TenderState`] when it has ended.
    pub fn want_closed(&mut self, tender_no: i64) -> Result<(), Halt> {
        self.close_for(tender_no, None)
    }

    /// The cashier wants to collect in another way than by this code. That begins once this one is certain to be
    /// closed; one that turns out paid stays paid.
    ///
    /// # Errors
    /// [`Code::TenderState`] when it has ended.
    pub fn want_switched(&mut self, tender_no: i64, next: NextWay) -> Result<(), Halt> {
        self.close_for(tender_no, Some(next))?;
        self.want_asked(tender_no)
    }

    /// What was wanted last counts, also where closing is under way already.
    fn close_for(&mut self, tender_no: i64, next: Option<NextWay>) -> Result<(), Halt> {
        let mut tender = self.tender_here(tender_no)?;
        let is_first = self.step_tender(&mut tender, TenderEvent::CloseWanted)?;
        tender.next = next;
        self.update_tender(&tender)?;
        if !is_first {
            return Ok(());
        }
        self.say(
            Some(&tender.order_id),
            &Said::TenderCloseWanted {
                tender_no: tender.tender_no.to_string(),
            },
        )?;
        Ok(())
    }

    /// Cash instead of a code whose answer is unknown: the code tender is given up and the cash tender
    /// stands in its place, at once.
    ///
    /// # Errors
    /// [`Code::TenderState`] when the code tender has ended.
    pub fn replace_by_cash(&mut self, tender_no: i64, cash: Cash, by: &GivenUpBy) -> Result<(), Halt> {
        let mut given_up = self.tender_here(tender_no)?;
        self.step_tender(&mut given_up, TenderEvent::GiveUp)?;
        self.calm(&mut given_up);
        self.update_tender(&given_up)?;
        let replaced_by = self.take_cash(
            &given_up.order_id,
            Cash {
                replaces: Some(tender_no),
                ..cash
            },
        )?;
        self.say(
            Some(&given_up.order_id),
            &Said::TenderGivenUp {
                tender_no: given_up.tender_no.to_string(),
                order_no: given_up.order_no.to_string(),
                amount_minor: given_up.amount_minor,
                replaced_by: replaced_by.tender_no.to_string(),
                requested_by: by.requested_by.clone(),
                approved_by: by.approved_by.clone(),
                told: given_up.told(),
            },
        )?;
        Ok(())
    }

    /// A person wants this tender asked about now.
    ///
    /// # Errors
    /// [`Code::TenderState`] when its end is known.
    pub fn want_asked(&mut self, tender_no: i64) -> Result<(), Halt> {
        let mut tender = self.tender_here(tender_no)?;
        if !tender.state.is_live() {
            return Err(Problem::new(Code::TenderState)
                .with("state", tender.state.name())
                .into());
        }
        tender.ask_now = true;
        self.update_tender(&tender)?;
        Ok(())
    }

    /// A question about this tender brought no answer. Not a failure: its state does not change.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_unanswered(&mut self, tender_no: i64, ask_again_at_ms: Option<i64>) -> Result<(), Halt> {
        let Some(mut tender) = self.view().tender(tender_no)? else {
            return Ok(());
        };
        if !tender.state.is_live() {
            return Ok(());
        }
        tender.asked_in_vain = tender.asked_in_vain.saturating_add(1);
        tender.unknown_since_ms = tender.unknown_since_ms.or(Some(self.at_ms()));
        tender.ask_again_at_ms = ask_again_at_ms;
        tender.ask_now = false;
        self.update_tender(&tender)?;
        Ok(())
    }
}
