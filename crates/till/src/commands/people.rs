//! People: who is there, who takes their place at the till, who is added, changed or taken off.
//!
//! A PIN is 4 to 8 digits and nobody shares one: it says who somebody is. Checking and slowing down is in
//! `approval`.

use suanpan_wire::entry::Said;

use super::approval::{self, Approved, Ask, has_pin, hash_pin};
use super::glance::Glance;
use crate::rpc::people::{Person, PersonRole, RemovePerson, SavePerson, SignIn};
use crate::rpc::{Approval, Code, Problem};
use crate::store::{Halt, PersonRow, Role, StaffRow, WriteTx, keys};
use crate::till::Till;

/// Fits on a line of a receipt in any language.
const NAME_CHARS_MAX: usize = 24;
/// As many digits as the screens show places for; fewer are guessed in a morning.
const PIN_DIGITS_MIN: usize = 4;
/// As many digits as the screens take.
const PIN_DIGITS_MAX: usize = 8;

const SAVE: &str = "save_person";
const REMOVE: &str = "remove_person";

pub(super) fn list(glance: &Glance<'_>) -> Result<Vec<Person>, Halt> {
    Ok(glance.view.people()?.iter().map(shown).collect())
}

fn shown(person: &PersonRow) -> Person {
    Person {
        staff_id: person.staff_id.clone(),
        name: person.who.name.clone(),
        role: match person.who.role {
            Role::Cashier => PersonRole::Cashier,
            Role::Manager => PersonRole::Manager,
        },
        has_pin: person.who.pin_hash.is_some(),
    }
}

fn everybody(till: &Till) -> Result<Vec<PersonRow>, Problem> {
    till.read(|glance| Ok(glance.view.people()?))
}

fn named(people: &[PersonRow], staff_id: &str) -> Result<PersonRow, Problem> {
    let found = people.iter().find(|person| person.staff_id == staff_id);
    found.cloned().ok_or_else(|| Problem::new(Code::PersonNotFound))
}

/// Whether somebody can approve.
fn approves(person: &PersonRow) -> bool {
    person.who.role == Role::Manager && person.who.pin_hash.is_some()
}

/// Somebody takes their place at the till.
pub(super) fn sign_in(till: &mut Till, request: &SignIn) -> Result<(), Problem> {
    let people = everybody(till)?;
    let found = people.into_iter().find(|person| person.who.name == request.name);
    let person = found.ok_or_else(|| Problem::new(Code::PersonNotFound))?;
    approval::in_person(till, &person, request.pin.as_deref())?;
    till.write(|tx| {
        if approves(&person) {
            approval::forget_failures(tx)?;
        }
        take_place(tx, &person)
    })
}

/// Sales are this person's from now on.
fn take_place(tx: &mut WriteTx<'_>, person: &PersonRow) -> Result<(), Halt> {
    if tx.view().cashier()? == person.who.name {
        return Ok(());
    }
    tx.set_setting(keys::CASHIER, &person.who.name)?;
    let said = Said::SignedIn {
        staff_id: person.staff_id.clone(),
        name: person.who.name.clone(),
    };
    Ok(tx.say(None, &said)?)
}

/// The name as it is kept.
fn fit_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let length = name.chars().count();
    if !(1..=NAME_CHARS_MAX).contains(&length) || name.chars().any(char::is_control) {
        return Err(Problem::new(Code::NameInvalid).with("max", NAME_CHARS_MAX));
    }
    Ok(name.to_owned())
}

/// What is kept of a PIN that nobody else has.
fn fit_pin(till: &Till, pin: &str, others: &[&PersonRow]) -> Result<String, Problem> {
    let is_pin = (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&pin.len())
        && pin.bytes().all(|byte| byte.is_ascii_digit());
    if !is_pin {
        return Err(Problem::new(Code::PinInvalid)
            .with("min", PIN_DIGITS_MIN)
            .with("max", PIN_DIGITS_MAX));
    }
    if others.iter().any(|other| has_pin(other, pin)) {
        return Err(Problem::new(Code::PinTaken));
    }
    hash_pin(pin, till.host())
}

/// How a person would be kept. Nothing of it is secret to who asks but whether a PIN is taken, so that is
/// looked at only after a manager's word.
struct Draft<'a> {
    before: Option<PersonRow>,
    name: String,
    role: Role,
    pin: Option<&'a str>,
}

impl<'a> Draft<'a> {
    fn of(request: &'a SavePerson, people: &[PersonRow]) -> Result<Self, Problem> {
        let before = request
            .staff_id
            .as_deref()
            .map(|staff_id| named(people, staff_id))
            .transpose()?;
        let draft = Self {
            before,
            name: fit_name(&request.name)?,
            role: match request.role {
                PersonRole::Cashier => Role::Cashier,
                PersonRole::Manager => Role::Manager,
            },
            pin: request.pin.as_deref(),
        };
        let others = draft.others(people);
        if others.iter().any(|other| other.who.name == draft.name) {
            return Err(Problem::new(Code::NameTaken).with("name", &draft.name));
        }
        if draft.role == Role::Manager && !draft.will_have_pin() {
            return Err(Problem::new(Code::PinNeeded));
        }
        let was_manager = draft.before.as_ref().is_some_and(approves);
        if was_manager && draft.role != Role::Manager && !others.iter().any(|other| approves(other)) {
            return Err(Problem::new(Code::LastManager).with("name", &draft.name));
        }
        Ok(draft)
    }

    fn others<'p>(&self, people: &'p [PersonRow]) -> Vec<&'p PersonRow> {
        let own = self.before.as_ref().map(|before| &before.staff_id);
        people
            .iter()
            .filter(|other| Some(&other.staff_id) != own)
            .collect()
    }

    fn will_have_pin(&self) -> bool {
        match self.pin {
            Some(pin) => !pin.is_empty(),
            None => self
                .before
                .as_ref()
                .is_some_and(|before| before.who.pin_hash.is_some()),
        }
    }

    fn pin_hash(&self, till: &Till, people: &[PersonRow]) -> Result<Option<String>, Problem> {
        match self.pin {
            None => Ok(self
                .before
                .as_ref()
                .and_then(|before| before.who.pin_hash.clone())),
            Some("") => Ok(None),
            Some(pin) => fit_pin(till, pin, &self.others(people)).map(Some),
        }
    }
}

/// A manager's word, unless there is no manager yet and this makes the first.
fn word(
    till: &mut Till,
    people: &[PersonRow],
    approval: Option<&Approval>,
    ask: Ask<'_>,
    makes_manager: bool,
) -> Result<Option<Approved>, Problem> {
    if makes_manager && !people.iter().any(approves) {
        return Ok(None);
    }
    approval::manager(till, approval, ask).map(Some)
}

/// Adds a person, or changes one.
pub(super) fn save(till: &mut Till, request: &SavePerson) -> Result<(), Problem> {
    let people = everybody(till)?;
    let draft = Draft::of(request, &people)?;
    let ask = Ask {
        action: SAVE,
        order_no: "",
        subject: Some(&draft.name),
    };
    let makes_manager = draft.role == Role::Manager;
    let approved = word(till, &people, request.approval.as_ref(), ask, makes_manager)?;
    let pin_hash = draft.pin_hash(till, &people)?;
    let person = PersonRow {
        staff_id: match &draft.before {
            Some(before) => before.staff_id.clone(),
            None => till.host().uuid_v7(),
        },
        who: StaffRow {
            name: draft.name,
            role: draft.role,
            pin_hash,
        },
    };
    till.write(|tx| {
        let asked_by = tx.view().cashier()?;
        let approved_by = approved.map(|approved| approved.spend(tx)).transpose()?;
        keep(
            tx,
            draft.before.as_ref(),
            &person,
            asked_by,
            approved_by.map(|by| by.approved_by),
        )
    })
}

/// Keeps a person. Whoever is the first at a till stands at it: there is nobody else.
fn keep(
    tx: &mut WriteTx<'_>,
    before: Option<&PersonRow>,
    person: &PersonRow,
    requested_by: String,
    approved_by: Option<String>,
) -> Result<(), Halt> {
    let is_alone = tx.view().people()?.is_empty();
    tx.save_staff(&person.staff_id, &person.who)?;
    if before.is_some_and(|before| before.who.name == requested_by) {
        tx.set_setting(keys::CASHIER, &person.who.name)?;
    }
    let said = Said::PersonSaved {
        staff_id: person.staff_id.clone(),
        name: person.who.name.clone(),
        is_manager: person.who.role == Role::Manager,
        has_pin: person.who.pin_hash.is_some(),
        requested_by,
        approved_by,
    };
    tx.say(None, &said)?;
    if is_alone { take_place(tx, person) } else { Ok(()) }
}

/// Takes a person off the list.
pub(super) fn remove(till: &mut Till, request: &RemovePerson) -> Result<(), Problem> {
    let people = everybody(till)?;
    let person = named(&people, &request.staff_id)?;
    let others_approve = people
        .iter()
        .any(|other| other.staff_id != person.staff_id && approves(other));
    if approves(&person) && !others_approve {
        return Err(Problem::new(Code::LastManager).with("name", &person.who.name));
    }
    if till.read(|glance| Ok(glance.view.cashier()?))? == person.who.name {
        return Err(Problem::new(Code::PersonSignedIn).with("name", &person.who.name));
    }
    let ask = Ask {
        action: REMOVE,
        order_no: "",
        subject: Some(&person.who.name),
    };
    let approved = approval::manager(till, request.approval.as_ref(), ask)?;
    till.write(|tx| {
        let by = approved.spend(tx)?;
        tx.delete_staff(&person.staff_id)?;
        let said = Said::PersonRemoved {
            staff_id: person.staff_id.clone(),
            name: person.who.name.clone(),
            requested_by: by.requested_by,
            approved_by: by.approved_by,
        };
        Ok(tx.say(None, &said)?)
    })
}

impl Till {
    /// Makes somebody a manager with this PIN, or gives the manager of that name a new one. For whoever may
    /// start the program; the screens ask for a manager's word.
    ///
    /// # Errors
    /// [`Code::NameInvalid`], [`Code::PinInvalid`], [`Code::PinTaken`], or that it cannot be saved.
    pub fn name_manager(&mut self, name: &str, pin: &str) -> Result<(), Problem> {
        let name = fit_name(name)?;
        let people = everybody(self)?;
        let before = people.iter().find(|person| person.who.name == name);
        let others: Vec<&PersonRow> = people.iter().filter(|person| person.who.name != name).collect();
        let person = PersonRow {
            staff_id: before.map_or_else(|| self.host().uuid_v7(), |before| before.staff_id.clone()),
            who: StaffRow {
                pin_hash: Some(fit_pin(self, pin, &others)?),
                role: Role::Manager,
                name,
            },
        };
        self.write(|tx| {
            let requested_by = tx.view().cashier()?;
            keep(tx, before, &person, requested_by, None)
        })
    }
}
