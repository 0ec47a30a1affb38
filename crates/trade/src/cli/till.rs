//! `till invite`, `till list`, `till revoke`.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use suanpan_trade::service::operate::{commit, invite};
use suanpan_trade::{office, rows};

use super::{By, print};

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
        TillCommand::Invite { store, address, by } => {
            let line = invite(folder, &by.by, store, address)?;
            print(&json!({
                "code": line.code, "line": line.to_string(), "address": line.address,
                "fingerprint": line.fingerprint, "validMinutes": office::CODE_LIFE_MS / 60_000,
            }));
        }
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
