//! `caller add`, `caller list`, `caller grant`, `caller revoke`: business systems that use the existing contract.

use std::path::Path;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use serde_json::json;
use suanpan_trade::network::Network;
use suanpan_trade::service::operate::{commit, put_caller};
use suanpan_trade::{office, rows};

use super::{By, print};

/// Commands about callers.
#[derive(Subcommand)]
pub enum CallerCommand {
    /// Add a caller, or change where its secret is and which networks are trusted.
    Add(AddArguments),
    /// List the callers, one line each, without secrets.
    List,
    /// Let a caller name a merchant account.
    Grant {
        /// The caller, its `productAppId`.
        #[arg(long)]
        app: String,
        /// The account.
        #[arg(long)]
        enterprise: i64,
        #[command(flatten)]
        by: By,
    },
    /// Take that back; without an account, take the caller's right away altogether.
    Revoke {
        /// The caller, its `productAppId`.
        #[arg(long)]
        app: String,
        /// The account.
        #[arg(long)]
        enterprise: Option<i64>,
        #[command(flatten)]
        by: By,
    },
}

/// A caller.
#[derive(Args)]
pub struct AddArguments {
    /// Its name in `productAppId`, such as `jzo2o.orders`.
    #[arg(long)]
    app: String,
    /// Where its secret is: `file:PATH` (mode 0600) or `env:NAME`; made in the data folder unless given.
    #[arg(long)]
    secret_ref: Option<String>,
    /// A network from which it may call without a signature, such as `10.1.0.0/16`; may be given several times.
    #[arg(long, value_name = "NETWORK")]
    trust: Vec<Network>,
    #[command(flatten)]
    by: By,
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, command: CallerCommand) -> Result<()> {
    match command {
        CallerCommand::Add(arguments) => add(folder, arguments),
        CallerCommand::List => list(folder),
        CallerCommand::Grant { app, enterprise, by } => {
            commit(folder, |ledger| office::grant(ledger, &by.by, &app, enterprise))?;
            print(&json!({ "productAppId": app, "enterpriseId": enterprise.to_string(), "granted": true }));
            Ok(())
        }
        CallerCommand::Revoke { app, enterprise, by } => {
            commit(folder, |ledger| match enterprise {
                Some(enterprise) => office::revoke_grant(ledger, &by.by, &app, enterprise),
                None => office::revoke_caller(ledger, &by.by, &app),
            })?;
            let enterprise = enterprise.map(|enterprise| enterprise.to_string());
            print(&json!({ "productAppId": app, "enterpriseId": enterprise, "revoked": true }));
            Ok(())
        }
    }
}

fn add(folder: &Path, arguments: AddArguments) -> Result<()> {
    let trusted: Vec<String> = arguments.trust.iter().map(ToString::to_string).collect();
    let by = &arguments.by.by;
    let caller = put_caller(
        folder,
        by,
        &arguments.app,
        arguments.secret_ref,
        &trusted.join(","),
    )?;
    let path = caller.secret_ref.strip_prefix("file:");
    print(&json!({
        "productAppId": caller.product_app_id, "secretRef": caller.secret_ref,
        "secretFile": path, "trusted": trusted,
    }));
    Ok(())
}

fn list(folder: &Path) -> Result<()> {
    let callers = commit(folder, |ledger| {
        let mut lines = Vec::new();
        for caller in rows::caller::all(ledger.tx())? {
            let granted = rows::caller::granted(ledger.tx(), &caller.product_app_id)?;
            lines.push((caller, granted));
        }
        Ok(lines)
    })?;
    for (caller, granted) in callers {
        let trusted = Network::list(&caller.trusted).map_err(|error| anyhow!(error))?;
        let trusted: Vec<String> = trusted.iter().map(ToString::to_string).collect();
        let granted: Vec<String> = granted.iter().map(ToString::to_string).collect();
        print(&json!({
            "productAppId": caller.product_app_id, "secretRef": caller.secret_ref, "trusted": trusted,
            "enterpriseIds": granted, "revokedAtMs": caller.revoked_at_ms,
        }));
    }
    Ok(())
}
