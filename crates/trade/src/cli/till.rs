//! `till invite`, `till list`, `till revoke`.

use std::path::Path;

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::json;
use suanpan_trade::identity::Identity;
use suanpan_trade::service::{ADDRESS_FILE, system_rng};
use suanpan_trade::{office, rows};
use suanpan_wire::enrol::EnrolLine;
use suanpan_wire::sign::fingerprint;

use super::{By, commit, print};

/// Commands about tills.
#[derive(Subcommand)]
pub enum TillCommand {
    /// Print a one-time code and the line `address#code#fingerprint` to paste at the till.
    Invite {
        /// The store the till will belong to.
        #[arg(long)]
        store: i64,
        /// Address of this centre as the till reaches it; the one last served at unless given.
        #[arg(long, value_name = "URL")]
        address: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// List the tills, one line each.
    List,
    /// Take a till's right to sign away, at once and for good.
    Revoke {
        /// The till.
        #[arg(long)]
        till: i64,
        #[command(flatten)]
        by: By,
    },
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, command: TillCommand) -> Result<()> {
    match command {
        TillCommand::Invite { store, address, by } => invite(folder, store, address, &by)?,
        TillCommand::List => {
            for till in commit(folder, |ledger| Ok(rows::till::all(ledger.tx())?))? {
                print(&json!({
                    "till": till.till_id.to_string(), "store": till.store_id.to_string(),
                    "label": till.label, "worker": till.worker, "revokedAtMs": till.revoked_at_ms,
                }));
            }
        }
        TillCommand::Revoke { till, by } => {
            commit(folder, |ledger| office::revoke_till(ledger, &by.by, till))?;
            print(&json!({ "till": till.to_string(), "revoked": true }));
        }
    }
    Ok(())
}

fn invite(folder: &Path, store: i64, address: Option<String>, by: &By) -> Result<()> {
    let address = match address {
        Some(address) => address,
        None => std::fs::read_to_string(folder.join(ADDRESS_FILE))
            .context("this centre has not been served yet: give its address with --address")?,
    };
    let identity = Identity::open(folder, &system_rng)?;
    let code = commit(folder, |ledger| {
        office::invite_till(ledger, &by.by, &system_rng, store)
    })?;
    let line = EnrolLine {
        address: address.trim_end_matches('/').to_owned(),
        code,
        fingerprint: fingerprint(identity.signing_key().public()),
    };
    // What the till would refuse is refused here, where somebody can mend it.
    EnrolLine::parse(&line.to_string())?;
    print(&json!({
        "code": line.code, "line": line.to_string(), "address": line.address,
        "fingerprint": line.fingerprint, "validMinutes": office::CODE_LIFE_MS / 60_000,
    }));
    Ok(())
}
