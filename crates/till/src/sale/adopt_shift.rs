//! Shifts and people that a restored till gets back from its centre.
//!
//! What is kept of a PIN is in no entry: a person who was added after the copy comes back without one.
//! A close that was said stands: the drawer was counted then. What the restored till has booked on that shift
//! since is beside its figures. A shift whose end was lost and after which another one was opened here is
//! overtaken: its drawer was counted as the other's float.

use suanpan_domain::shift::{ShiftEvent, ShiftState};
use suanpan_wire::entry::Said;
use suanpan_wire::shift::{ClosedSaid, MoveSaid, OpenedSaid, PiecesSaid};

use crate::store::{Halt, PersonRow, Role, StaffRow, WriteTx};

impl WriteTx<'_> {
    /// What an entry about a shift tells; nothing of any other.
    pub(super) fn retell_shift(&mut self, said: &Said, epoch: u32) -> Result<(), Halt> {
        if let Said::ShiftOpened { opened } = said {
            self.stand_shift(opened, epoch)
        } else if let Said::CashMoved { shift_id, moved } = said {
            self.stand_move(shift_id, moved)
        } else if let Said::CashCounted { shift_id, counted } = said {
            self.stand_count(shift_id, counted)
        } else if let Said::ShiftClosed { closed } = said {
            self.stand_closed(closed, epoch)
        } else {
            Ok(())
        }
    }

    /// People as they were left. Who is here keeps their PIN; without one nobody can approve.
    pub(super) fn retell_person(&mut self, said: &Said) -> Result<(), Halt> {
        if let Said::PersonSaved {
            staff_id,
            name,
            is_manager,
            ..
        } = said
        {
            self.stand_person(staff_id, name, *is_manager)
        } else if let Said::PersonRemoved { staff_id, .. } = said
            && self.others_approve(staff_id)?
        {
            Ok(self.delete_staff(staff_id)?)
        } else {
            Ok(())
        }
    }

    /// Whether somebody else can approve. A till never gives away the last who can: then anybody could name
    /// the next.
    fn others_approve(&self, staff_id: &str) -> Result<bool, Halt> {
        let people = self.view().people()?;
        Ok(people.iter().any(|person| {
            person.staff_id != staff_id && person.who.role == Role::Manager && person.who.pin_hash.is_some()
        }))
    }

    fn stand_person(&mut self, staff_id: &str, name: &str, is_manager: bool) -> Result<(), Halt> {
        let people = self.view().people()?;
        let is_elsewhere = |person: &PersonRow| person.who.name == name && person.staff_id != staff_id;
        if people.iter().any(is_elsewhere) {
            return Ok(());
        }
        let known = people.into_iter().find(|person| person.staff_id == staff_id);
        let stays_manager = is_manager
            || known
                .as_ref()
                .is_some_and(|person| person.who.role == Role::Manager)
                && !self.others_approve(staff_id)?;
        let who = StaffRow {
            name: name.to_owned(),
            role: if stays_manager {
                Role::Manager
            } else {
                Role::Cashier
            },
            pin_hash: known.and_then(|person| person.who.pin_hash),
        };
        Ok(self.save_staff(staff_id, &who)?)
    }

    fn stand_shift(&mut self, opened: &OpenedSaid, epoch: u32) -> Result<(), Halt> {
        if self.view().shift(&opened.shift_id)?.is_some() {
            return Ok(());
        }
        let has_gone_on = self.view().last_shift_epoch()? > epoch;
        let state = if has_gone_on || self.view().open_shift()?.is_some() {
            self.step_shift(ShiftState::Open, ShiftEvent::Overtake)?;
            ShiftState::Overtaken
        } else {
            ShiftState::Open
        };
        Ok(self.insert_shift(opened, state, epoch)?)
    }

    fn stand_move(&mut self, shift_id: &str, moved: &MoveSaid) -> Result<(), Halt> {
        let is_known = self.view().shift(shift_id)?.is_some();
        if is_known && !self.view().has_cash_move(moved)? {
            self.insert_cash_move(shift_id, moved)?;
        }
        Ok(())
    }

    /// A count that people have gone on with here stays.
    fn stand_count(&mut self, shift_id: &str, counted: &[PiecesSaid]) -> Result<(), Halt> {
        let shift = self.view().shift(shift_id)?;
        let is_open = shift.is_some_and(|shift| shift.state == ShiftState::Open);
        if is_open && self.view().cash_count(shift_id)?.is_empty() {
            self.set_cash_count(shift_id, counted)?;
        }
        Ok(())
    }

    fn stand_closed(&mut self, closed: &ClosedSaid, epoch: u32) -> Result<(), Halt> {
        let Some(shift) = self.view().shift(&closed.opened.shift_id)? else {
            return Ok(());
        };
        if shift.state == ShiftState::Closed {
            return Ok(());
        }
        self.step_shift(shift.state, ShiftEvent::Close)?;
        self.freeze_shift(closed, epoch)?;
        Ok(self.amend_since(&closed.opened.shift_id, epoch)?)
    }
}
