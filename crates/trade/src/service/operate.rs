//! What an operator does to a data folder, beside a serving centre or before it is served.
//!
//! Each call opens the database, does one audited thing and closes it again. What may be done is in
//! [`crate::office`].

use std::path::Path;

use anyhow::{Context, Result, bail};
use suanpan_wire::enrol::EnrolLine;
use suanpan_wire::sign::fingerprint;

use super::database::{open_database, open_identity};
use super::{ADDRESS_FILE, clock, system_rng};
use crate::fault::{Fault, Outcome};
use crate::ledger::{self, Ledger};
use crate::rows::caller::{self, Caller};
use crate::rows::pay_channel::PayChannel;
use crate::settings::Settings;
use crate::{callers, merchants, office, operators};

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

/// Whose token this is: who decides, for the audit. One that is nobody's is noted.
///
/// # Errors
/// With a sentence for the operator.
pub fn operator(folder: &Path, token: &str) -> Result<String> {
    let name = commit(folder, |ledger| operators::of_token(ledger, token))?;
    name.context(
        "refused: nobody has this token; `suanpan-trade operator add --name NAME` makes one, and a new one for a name \
         that has one",
    )
}

/// The settings of a command that makes a call due: platforms report to where the centre was last served.
#[must_use]
pub fn settings_at(folder: &Path) -> Settings {
    Settings {
        public_url: std::fs::read_to_string(folder.join(ADDRESS_FILE)).unwrap_or_default(),
        ..Settings::default()
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

/// Writes a caller whose secret can be used; it is made in the data folder unless its reference is given.
///
/// # Errors
/// With a sentence for the operator.
pub fn put_caller(
    folder: &Path,
    by: &str,
    app: &str,
    secret_ref: Option<String>,
    trusted: &str,
) -> Result<Caller> {
    callers::check_name(app)?;
    let held = commit(folder, |ledger| Ok(caller::find(ledger.tx(), app)?))?;
    let secret_ref = match (secret_ref, &held) {
        (Some(given), _) => given,
        (None, Some(held)) => held.secret_ref.clone(),
        (None, None) => callers::make_secret(folder, app, &system_rng)?,
    };
    let caller = Caller {
        product_app_id: app.to_owned(),
        caller_id: held.map_or(0, |held| held.caller_id),
        secret_ref,
        trusted: trusted.to_owned(),
        revoked_at_ms: None,
    };
    callers::secret(&caller)?;
    commit(folder, |ledger| {
        let mut caller = caller.clone();
        if caller.caller_id == 0 {
            caller.caller_id = ledger.mint()?;
        }
        office::put_caller(ledger, by, &caller)?;
        Ok(caller)
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
    let identity = open_identity(folder, &open_database(folder)?)?;
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
