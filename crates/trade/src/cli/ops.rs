//! `ops …`: decisions about money that waits for a person. Every one needs the token of somebody, whom the audit names.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use suanpan_trade::identity::is_readable_by_others;
use suanpan_trade::service::operate::{commit, operator, settings_at};
use suanpan_trade::{office, rows};
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::tender::LateChoice;

use super::print;
use super::reconcile::{self, ReconcileCommand};
use super::suspense::{self, SuspenseCommand};

/// Holds the token of whoever decides.
const TOKEN_VARIABLE: &str = "SUANPAN_OPERATOR_TOKEN";

/// A decision.
#[derive(Args)]
pub struct OpsArguments {
    /// File with the token of whoever decides (mode 0600), instead of the variable `SUANPAN_OPERATOR_TOKEN`.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(subcommand)]
    command: OpsCommand,
}

#[derive(Subcommand)]
enum OpsCommand {
    /// What is in suspense, and what becomes of it.
    #[command(subcommand)]
    Suspense(SuspenseCommand),
    /// How far the platforms' bills have been compared with the books.
    #[command(subcommand)]
    Reconcile(ReconcileCommand),
    /// List the refunds that wait for a person, one line each.
    ListRefunds,
    /// Give part or all of a paid trade back; the same key is the same refund, and sends one that waits for a person again.
    Refund {
        /// The trade.
        #[arg(long)]
        trade: i64,
        /// Amount in fen.
        #[arg(long)]
        amount_minor: i64,
        /// Key of this wish.
        #[arg(long)]
        key: String,
    },
    /// Count money that came late as paid: the customer is here.
    Accept {
        /// The tender, or the caller's order.
        #[arg(long)]
        tender: i64,
        /// Whose it is, when it is a caller's order.
        #[arg(long, default_value = PRODUCT_APP_ID)]
        app: String,
    },
    /// Give money that came late back now.
    ReturnNow {
        /// The tender, or the caller's order.
        #[arg(long)]
        tender: i64,
        /// Whose it is, when it is a caller's order.
        #[arg(long, default_value = PRODUCT_APP_ID)]
        app: String,
    },
    /// Settle a caller's order without a platform, waived (MD) or on account (GZ).
    Settle {
        /// Whose order, its `productAppId`.
        #[arg(long)]
        app: String,
        /// The order.
        #[arg(long)]
        order: i64,
        /// Amount in fen.
        #[arg(long)]
        amount_minor: i64,
        /// `MD` or `GZ`.
        #[arg(long)]
        kind: String,
        /// Why.
        #[arg(long)]
        memo: String,
    },
    /// Let no refund of a merchant out that nobody asked for.
    StopRefunds {
        /// The account.
        #[arg(long)]
        enterprise: i64,
    },
    /// Let them out again.
    ResumeRefunds {
        /// The account.
        #[arg(long)]
        enterprise: i64,
    },
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, arguments: OpsArguments) -> Result<()> {
    let by = operator(folder, &token(arguments.token_file.as_deref())?)?;
    match arguments.command {
        OpsCommand::Suspense(command) => return suspense::run(folder, &by, &command),
        OpsCommand::Reconcile(command) => return reconcile::run(folder, &by, &command),
        OpsCommand::ListRefunds => return list_refunds(folder),
        OpsCommand::Refund {
            trade,
            amount_minor,
            key,
        } => commit(folder, |ledger| {
            office::refund(ledger, &by, trade, &key, amount_minor)
        })?,
        OpsCommand::Accept { tender, app } => commit(folder, |ledger| {
            office::decide_late(ledger, &by, &app, tender, LateChoice::Accept)
        })?,
        OpsCommand::ReturnNow { tender, app } => commit(folder, |ledger| {
            office::decide_late(ledger, &by, &app, tender, LateChoice::ReturnNow)
        })?,
        OpsCommand::Settle {
            app,
            order,
            amount_minor,
            kind,
            memo,
        } => {
            let wish = office::Settlement {
                app: &app,
                order_no: order,
                amount_minor,
                kind: &kind,
                memo: &memo,
            };
            let settings = settings_at(folder);
            commit(folder, |ledger| office::settle(ledger, &settings, &by, &wish))?;
        }
        OpsCommand::StopRefunds { enterprise } => commit(folder, |ledger| {
            office::change_channel(ledger, &by, enterprise, |channel| channel.refunds_stopped = true)
        })?,
        OpsCommand::ResumeRefunds { enterprise } => commit(folder, |ledger| {
            office::change_channel(ledger, &by, enterprise, |channel| channel.refunds_stopped = false)
        })?,
    }
    print(&json!({ "done": true, "by": by }));
    Ok(())
}

/// Never an argument: those are for everybody on the machine to read.
fn token(file: Option<&Path>) -> Result<String> {
    let Some(path) = file else {
        return std::env::var(TOKEN_VARIABLE).context(
            "say who decides: give a token in SUANPAN_OPERATOR_TOKEN or with --token-file; `suanpan-trade operator add` \
             makes one",
        );
    };
    let shown = path.display();
    let is_open = is_readable_by_others(path).with_context(|| format!("{shown}"))?;
    ensure!(
        !is_open,
        "{shown} can be read by others than its owner: set its mode to 0600"
    );
    std::fs::read_to_string(path).with_context(|| format!("{shown}"))
}

fn list_refunds(folder: &Path) -> Result<()> {
    for refund in commit(folder, |ledger| Ok(rows::refund::needing_attention(ledger.tx())?))? {
        print(&json!({
            "refundNo": refund.refund_no.to_string(), "tradeNo": refund.trade_no.to_string(),
            "enterpriseId": refund.enterprise_id.to_string(), "key": refund.refund_key,
            "reason": refund.reason, "amountMinor": refund.amount_minor, "refundStatus": refund.state.code(),
        }));
    }
    Ok(())
}
