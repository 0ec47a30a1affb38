//! `ops … suspense …`: what is in suspense, and what becomes of it.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use suanpan_trade::centre::decide::{Decision, decide};
use suanpan_trade::rows::suspense::{self, SuspenseRow};
use suanpan_trade::service::operate::{commit, settings_at};
use suanpan_wire::PRODUCT_APP_ID;

use super::print;

/// What to do about suspense.
#[derive(Subcommand)]
pub enum SuspenseCommand {
    /// List what nobody has decided on, oldest first.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// The money belongs to a tender: it counts there once the platform has confirmed it.
    Attach {
        /// The row.
        #[arg(long)]
        suspense: i64,
        /// The tender, or the caller's order.
        #[arg(long)]
        tender: i64,
        /// Whose it is, when it is a caller's order.
        #[arg(long, default_value = PRODUCT_APP_ID)]
        app: String,
    },
    /// The money goes back; said again, a refund that was refused is tried again under its number.
    Refund {
        /// The row.
        #[arg(long)]
        suspense: i64,
        /// Amount in fen; all of it unless given.
        #[arg(long)]
        amount_minor: Option<i64>,
    },
    /// It stands as it is.
    Accept {
        /// The row.
        #[arg(long)]
        suspense: i64,
    },
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, by: &str, command: &SuspenseCommand) -> Result<()> {
    let (suspense_id, decision) = match command {
        SuspenseCommand::List { json } => return list(folder, *json),
        SuspenseCommand::Attach {
            suspense,
            tender,
            app,
        } => (
            suspense,
            Decision::Attach {
                app,
                tender_no: *tender,
            },
        ),
        SuspenseCommand::Refund {
            suspense,
            amount_minor,
        } => (
            suspense,
            Decision::Refund {
                amount_minor: *amount_minor,
            },
        ),
        SuspenseCommand::Accept { suspense } => (suspense, Decision::Accept),
    };
    let settings = settings_at(folder);
    commit(folder, |ledger| {
        decide(ledger, &settings, by, *suspense_id, &decision)
    })?;
    print(&json!({ "done": true, "by": by }));
    Ok(())
}

fn list(folder: &Path, as_json: bool) -> Result<()> {
    for row in commit(folder, |ledger| Ok(suspense::open(ledger.tx())?))? {
        if as_json {
            print(&json!({
                "suspense": row.suspense_id.to_string(), "kind": row.kind.name(), "tradeNo": row.trade_no,
                "enterpriseId": row.enterprise_id.to_string(), "amountMinor": row.amount_minor,
                "detail": row.detail, "atMs": row.at_ms,
            }));
        } else {
            println!("{}", text(&row));
        }
    }
    Ok(())
}

fn text(row: &SuspenseRow) -> String {
    let amount = row
        .amount_minor
        .map_or_else(|| "no amount".to_owned(), |minor| format!("{minor} fen"));
    format!(
        "{}  {:<17}  merchant {}  trade {}  {amount}\n  {}",
        row.suspense_id,
        row.kind.name(),
        row.enterprise_id,
        row.trade_no,
        row.detail
    )
}
