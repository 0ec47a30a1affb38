//! `operator add`, `operator list`, `operator revoke`: who may decide about money that waits.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use suanpan_trade::service::operate::commit;
use suanpan_trade::service::system_rng;
use suanpan_trade::{operators, rows};

use super::{By, print};

/// Commands about operators.
#[derive(Subcommand)]
pub enum OperatorCommand {
    /// Add somebody, or give a new token to somebody whose token is lost. The token is shown this once.
    Add {
        /// Name, as the audit is to have it.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        by: By,
    },
    /// List everybody, one line each, without tokens.
    List,
    /// Take somebody's token away, at once.
    Revoke {
        /// Name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        by: By,
    },
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, command: &OperatorCommand) -> Result<()> {
    match command {
        OperatorCommand::Add { name, by } => {
            let token = commit(folder, |ledger| operators::add(ledger, &by.by, &system_rng, name))?;
            print(&json!({ "operator": name, "token": token }));
        }
        OperatorCommand::List => {
            for operator in commit(folder, |ledger| Ok(rows::operator::all(ledger.tx())?))? {
                print(&json!({
                    "operator": operator.name, "addedAtMs": operator.added_at_ms,
                    "revokedAtMs": operator.revoked_at_ms,
                }));
            }
        }
        OperatorCommand::Revoke { name, by } => {
            commit(folder, |ledger| operators::revoke(ledger, &by.by, name))?;
            print(&json!({ "operator": name, "revoked": true }));
        }
    }
    Ok(())
}
