//! What an operator does to a data folder, beside a serving centre or before it is served.
//!
//! Each call opens the database, does one audited thing and closes it again. What may be done is in
//! [`crate::office`].

use std::path::Path;

use anyhow::{Context, Result, bail};
use suanpan_wire::enrol::EnrolLine;
use suanpan_wire::sign::fingerprint;

use super::{ADDRESS_FILE, clock, open_database, system_rng};
use crate::fault::{Fault, Outcome};
use crate::identity::Identity;
use crate::ledger::{self, Ledger};
use crate::rows::pay_channel::PayChannel;
use crate::{merchants, office};

/// Runs one audited command in a transaction of its own.
///
/// # Errors
/// With a sentence for the operator.
pub fn commit<T>(folder: &Path, command: impl FnMut(&mut Ledger<'_>) -> Outcome<T>) -> Result<T> {
    let db = open_database(folder)?;
    match ledger::commit(&db, clock::now_ms(), command) {
        Ok(committed) => Ok(committed.answer),
        Err(Fault::Refused(refusal)) => {
            let code = serde_json::to_string(&refusal.code)?;
            bail!("refused: {} {:?}", code.trim_matches('"'), refusal.params)
        }
        Err(Fault::Db(error)) => Err(error.into()),
    }
}

/// Writes a merchant account whose keys can be used, and lets it collect its means for `store`.
///
/// # Errors
/// With a sentence for the operator.
pub fn put_offered(folder: &Path, by: &str, channel: &PayChannel, store: Option<i64>) -> Result<()> {
    merchants::open(channel)?;
    commit(folder, |ledger| {
        office::put_channel(ledger, by, channel)?;
        match store {
            Some(store) => office::offer(ledger, by, store, &channel.label, channel.enterprise_id),
            None => Ok(()),
        }
    })
}

/// Makes a one-time code and the line `address#code#fingerprint` for a till of a store. The address is the one
/// last served at unless given.
///
/// # Errors
/// With a sentence for the operator, also for a line that a till would refuse.
pub fn invite(folder: &Path, by: &str, store: i64, address: Option<String>) -> Result<EnrolLine> {
    let address = match address {
        Some(address) => address,
        None => std::fs::read_to_string(folder.join(ADDRESS_FILE))
            .context("this centre has not been served yet: give its address with --address")?,
    };
    let identity = Identity::open(folder, &system_rng)?;
    let code = commit(folder, |ledger| {
        office::invite_till(ledger, by, &system_rng, store)
    })?;
    let line = EnrolLine {
        address: address.trim_end_matches('/').to_owned(),
        code,
        fingerprint: fingerprint(identity.signing_key().public()),
    };
    // What the till would refuse is refused here, where somebody can mend it.
    EnrolLine::parse(&line.to_string())?;
    Ok(line)
}
