//! A manager's word: a PIN that is checked slowly, counted when wrong, and written down with both names.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use suanpan_wire::entry::Said;

use crate::host::Host;
use crate::rpc::{Approval, Code, Problem};
use crate::sale::GivenUpBy;
use crate::store::{Halt, Role, WriteTx, keys};
use crate::till::Till;

/// Wrong PINs in a row before anyone has to wait: a slip of the finger, twice.
const FREE_TRIES: i64 = 3;
/// First wait; it doubles with every further wrong PIN.
const FIRST_WAIT_MS: i64 = 30_000;
/// Longest wait: a shop cannot stand still longer.
const WAIT_MS_MAX: i64 = 600_000;
const SALT_BYTES: usize = 16;

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

/// The manager whose PIN it is.
///
/// # Errors
/// [`Code::ApprovalNeeded`] without a PIN, [`Code::PinWait`] too soon after wrong ones, [`Code::PinWrong`].
/// A wrong PIN is counted and journalled.
pub(super) fn manager(
    till: &mut Till,
    approval: Option<&Approval>,
    action: &str,
    order_no: &str,
) -> Result<GivenUpBy, Problem> {
    let Some(approval) = approval else {
        return Err(Problem::new(Code::ApprovalNeeded));
    };
    let (requested_by, staff, wait_until_ms) = till.read(|glance| {
        Ok((
            glance.view.cashier()?,
            glance.view.staff()?,
            glance.view.setting_number(keys::PIN_WAIT_UNTIL_MS)?,
        ))
    })?;
    let wait_ms = wait_until_ms - till.now_ms();
    if (1..=WAIT_MS_MAX).contains(&wait_ms) {
        return Err(Problem::new(Code::PinWait).with("seconds", (wait_ms + 999) / 1000));
    }
    let approved_by = staff
        .into_iter()
        .filter(|person| person.role == Role::Manager)
        .find(|person| {
            person
                .pin_hash
                .as_deref()
                .is_some_and(|hash| fits(&approval.pin, hash))
        })
        .map(|person| person.name);
    let said = Said::ApprovalAsked {
        action: action.to_owned(),
        order_no: order_no.to_owned(),
        requested_by: requested_by.clone(),
        approved_by: approved_by.clone(),
    };
    match approved_by {
        Some(approved_by) => Ok(GivenUpBy {
            requested_by,
            approved_by,
        }),
        None => {
            till.write(|tx| count_wrong(tx, &said))?;
            Err(Problem::new(Code::PinWrong))
        }
    }
}

/// Writes an approval that was given down, in the transaction of what it was for.
pub(super) fn given(tx: &mut WriteTx<'_>, action: &str, order_no: &str, by: &GivenUpBy) -> Result<(), Halt> {
    tx.set_setting(keys::PIN_FAILURES, "0")?;
    tx.set_setting(keys::PIN_WAIT_UNTIL_MS, "0")?;
    tx.say(
        None,
        &Said::ApprovalAsked {
            action: action.to_owned(),
            order_no: order_no.to_owned(),
            requested_by: by.requested_by.clone(),
            approved_by: Some(by.approved_by.clone()),
        },
    )?;
    Ok(())
}

fn count_wrong(tx: &mut WriteTx<'_>, said: &Said) -> Result<(), Halt> {
    let failures = tx.view().setting_number(keys::PIN_FAILURES)? + 1;
    tx.set_setting(keys::PIN_FAILURES, &failures.to_string())?;
    if failures >= FREE_TRIES {
        let doublings = u32::try_from(failures - FREE_TRIES).unwrap_or(0).min(10);
        let wait_ms = (FIRST_WAIT_MS << doublings).min(WAIT_MS_MAX);
        tx.set_setting(keys::PIN_WAIT_UNTIL_MS, &(tx.at_ms() + wait_ms).to_string())?;
    }
    tx.say(None, said)?;
    Ok(())
}
