//! A manager's word, and who somebody is: a PIN that is checked slowly, counted when wrong, and written down
//! with both names. What is counted wrong counts for both alike.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use suanpan_wire::entry::Said;

use crate::host::Host;
use crate::rpc::{Approval, Code, Problem};
use crate::sale::GivenUpBy;
use crate::store::{Halt, PersonRow, Role, WriteTx, keys};
use crate::till::Till;

/// Wrong PINs in a row before anyone has to wait: a slip of the finger, twice.
const FREE_TRIES: i64 = 3;
/// First wait; it doubles with every further wrong PIN.
const FIRST_WAIT_MS: i64 = 30_000;
/// Longest wait: a shop cannot stand still longer.
const WAIT_MS_MAX: i64 = 600_000;
/// After this long without a wrong PIN counting begins anew: no faster for who guesses than the longest wait,
/// and slips of a whole week do not add up.
const QUIET_MS: i64 = 1_800_000;
const SALT_BYTES: usize = 16;
/// What a wrong PIN was entered for when somebody signs in.
const SIGN_IN: &str = "sign_in";

/// What is kept of a PIN.
///
/// # Errors
/// When the hash cannot be made, which would be a bug.
pub fn hash_pin(pin: &str, host: &dyn Host) -> Result<String, Problem> {
    let mut salt = [0; SALT_BYTES];
    host.random(&mut salt);
    Argon2::default()
        .hash_password_with_salt(pin.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| Problem::new(Code::Internal))
}

fn fits(pin: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|parsed| Argon2::default().verify_password(pin.as_bytes(), &parsed).is_ok())
}

/// What a manager is asked for: one action on one thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    /// What is to be done.
    pub action: &'a str,
    /// Number of the order it is done to; empty when it is about something else.
    pub order_no: &'a str,
    /// What else it is done to: a person, cash.
    pub subject: Option<&'a str>,
}

/// A manager's word for one action. It is used up by the transaction that carries the action out.
#[derive(Debug)]
pub(super) struct Approved {
    said: Said,
    by: GivenUpBy,
}

impl Approved {
    /// Writes the approval down with both names, in the transaction of what it was for.
    pub(super) fn spend(self, tx: &mut WriteTx<'_>) -> Result<GivenUpBy, Halt> {
        forget_failures(tx)?;
        tx.say(None, &self.said)?;
        Ok(self.by)
    }
}

/// The word of the manager whose PIN it is.
///
/// # Errors
/// [`Code::NoManager`] while nobody can approve, [`Code::ApprovalNeeded`] without a PIN, [`Code::PinWait`] too soon after wrong ones, [`Code::PinWrong`].
/// A wrong PIN is counted and journalled.
pub(super) fn manager(
    till: &mut Till,
    approval: Option<&Approval>,
    ask: Ask<'_>,
) -> Result<Approved, Problem> {
    // Whoever asks is told what is so; a PIN would be wrong for a reason nobody could find.
    if !till.read(|glance| Ok(glance.view.has_manager()?))? {
        return Err(Problem::new(Code::NoManager));
    }
    let Some(approval) = approval else {
        return Err(Problem::new(Code::ApprovalNeeded));
    };
    refuse_while_waiting(till)?;
    let (requested_by, people) = till.read(|glance| Ok((glance.view.cashier()?, glance.view.people()?)))?;
    let approved_by = people
        .into_iter()
        .filter(|person| person.who.role == Role::Manager)
        .find(|person| has_pin(person, &approval.pin))
        .map(|person| person.who.name);
    let said = |approved_by| Said::ApprovalAsked {
        action: ask.action.to_owned(),
        order_no: ask.order_no.to_owned(),
        subject: ask.subject.map(str::to_owned),
        requested_by: requested_by.clone(),
        approved_by,
    };
    let Some(approved_by) = approved_by else {
        till.write(|tx| count_wrong(tx, &said(None)))?;
        return Err(Problem::new(Code::PinWrong));
    };
    Ok(Approved {
        said: said(Some(approved_by.clone())),
        by: GivenUpBy {
            requested_by,
            approved_by,
        },
    })
}

/// Whether somebody is who they say, by their PIN; wrong ones count as a manager's do.
///
/// # Errors
/// [`Code::PinNeeded`], [`Code::PinWait`], [`Code::PinNotTheirs`].
pub(super) fn in_person(till: &mut Till, person: &PersonRow, pin: Option<&str>) -> Result<(), Problem> {
    if person.who.pin_hash.is_none() {
        return Ok(());
    }
    let pin = pin.filter(|pin| !pin.is_empty());
    let pin = pin.ok_or_else(|| Problem::new(Code::PinNeeded))?;
    refuse_while_waiting(till)?;
    if has_pin(person, pin) {
        return Ok(());
    }
    let requested_by = till.read(|glance| Ok(glance.view.cashier()?))?;
    let said = Said::ApprovalAsked {
        action: SIGN_IN.to_owned(),
        order_no: String::new(),
        subject: Some(person.who.name.clone()),
        requested_by,
        approved_by: None,
    };
    till.write(|tx| count_wrong(tx, &said))?;
    Err(Problem::new(Code::PinNotTheirs).with("name", &person.who.name))
}

/// Whether it is this person's PIN.
pub(super) fn has_pin(person: &PersonRow, pin: &str) -> bool {
    person.who.pin_hash.as_deref().is_some_and(|hash| fits(pin, hash))
}

fn refuse_while_waiting(till: &Till) -> Result<(), Problem> {
    let wait_until_ms = till.read(|glance| Ok(glance.view.setting_number(keys::PIN_WAIT_UNTIL_MS)?))?;
    let wait_ms = wait_until_ms - till.now_ms();
    if (1..=WAIT_MS_MAX).contains(&wait_ms) {
        return Err(Problem::new(Code::PinWait).with("seconds", (wait_ms + 999) / 1000));
    }
    Ok(())
}

/// Wrong PINs are forgotten by a manager's right one alone: whoever tries to guess it cannot start over by
/// signing in with their own.
pub(super) fn forget_failures(tx: &mut WriteTx<'_>) -> Result<(), Halt> {
    tx.set_setting(keys::PIN_FAILURES, "0")?;
    Ok(tx.set_setting(keys::PIN_WAIT_UNTIL_MS, "0")?)
}

fn count_wrong(tx: &mut WriteTx<'_>, said: &Said) -> Result<(), Halt> {
    let since_ms = tx.at_ms() - tx.view().setting_number(keys::PIN_FAILED_AT_MS)?;
    let before = if (0..QUIET_MS).contains(&since_ms) {
        tx.view().setting_number(keys::PIN_FAILURES)?
    } else {
        0
    };
    let failures = before + 1;
    tx.set_setting(keys::PIN_FAILURES, &failures.to_string())?;
    tx.set_setting(keys::PIN_FAILED_AT_MS, &tx.at_ms().to_string())?;
    if failures >= FREE_TRIES {
        let doublings = u32::try_from(failures - FREE_TRIES).unwrap_or(0).min(10);
        let wait_ms = (FIRST_WAIT_MS << doublings).min(WAIT_MS_MAX);
        tx.set_setting(keys::PIN_WAIT_UNTIL_MS, &(tx.at_ms() + wait_ms).to_string())?;
    }
    tx.say(None, said)?;
    Ok(())
}
