//! `store add`, `store list`, `store offer`.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use suanpan_domain::time::DEFAULT_ZONE;
use suanpan_trade::service::operate::commit;
use suanpan_trade::{office, rows};

use super::{By, print};

/// Commands about stores.
#[derive(Subcommand)]
pub enum StoreCommand {
    /// Add a store; prints `{"store":"…"}`.
    Add {
        /// Name on screens and receipts.
        #[arg(long)]
        name: String,
        /// IANA zone of the shop.
        #[arg(long, default_value = DEFAULT_ZONE)]
        zone: String,
        /// Minutes after midnight at which the shop's day turns.
        #[arg(long, default_value_t = 0)]
        cutoff_minutes: i64,
        #[command(flatten)]
        by: By,
    },
    /// List the stores, one line each.
    List,
    /// Let a merchant collect a means for a store.
    Offer {
        /// The store.
        #[arg(long)]
        store: i64,
        /// The means, such as `WECHAT_PAY`.
        #[arg(long)]
        means: String,
        /// The merchant account.
        #[arg(long)]
        enterprise: i64,
        #[command(flatten)]
        by: By,
    },
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, command: StoreCommand) -> Result<()> {
    match command {
        StoreCommand::Add {
            name,
            zone,
            cutoff_minutes,
            by,
        } => {
            let store = commit(folder, |ledger| {
                office::add_store(ledger, &by.by, &name, &zone, cutoff_minutes)
            })?;
            print(&json!({ "store": store.to_string(), "name": name.trim(), "zone": zone }));
        }
        StoreCommand::List => {
            for store in commit(folder, |ledger| Ok(rows::store::all(ledger.tx())?))? {
                print(&json!({
                    "store": store.store_id.to_string(), "name": store.name, "zone": store.zone,
                    "cutoffMinutes": store.cutoff_minutes,
                }));
            }
        }
        StoreCommand::Offer {
            store,
            means,
            enterprise,
            by,
        } => {
            commit(folder, |ledger| {
                office::offer(ledger, &by.by, store, &means, enterprise)
            })?;
            print(&json!({
                "store": store.to_string(), "means": means, "enterpriseId": enterprise.to_string(),
            }));
        }
    }
    Ok(())
}
