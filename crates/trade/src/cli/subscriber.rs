//! `subscriber add`, `subscriber list`, `subscriber pause`, `subscriber resume`, `subscriber remove`.

use std::path::Path;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use serde_json::json;
use suanpan_subscriber::parts::PARTS;
use suanpan_trade::broadcast::subscribers::{self, NewSubscriber};
use suanpan_trade::rows::delivery;
use suanpan_trade::rows::subscriber::Way;
use suanpan_trade::service::operate::commit;
use suanpan_wire::broadcast::BroadcastKey;

use super::{By, print};

/// Commands about business systems that are told.
#[derive(Subcommand)]
pub enum SubscriberCommand {
    /// Add one; it hears of what is committed from now on. The same again changes nothing.
    Add(AddArguments),
    /// Add the parts of `worker`, each with its queue.
    AddWorker {
        #[command(flatten)]
        by: By,
    },
    /// List them with what waits for each, one line each.
    List,
    /// Stop telling one; what it misses is kept.
    Pause {
        /// Its name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        by: By,
    },
    /// Go on telling one, beginning with what it missed.
    Resume {
        /// Its name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        by: By,
    },
    /// Take one out that is paused, with all that it has not heard. Its queue stays at the broker.
    Remove {
        /// Its name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        by: By,
    },
}

/// A business system.
#[derive(Args)]
pub struct AddArguments {
    /// What people call it.
    #[arg(long)]
    name: String,
    /// Its queue at the broker.
    #[arg(long, required_unless_present = "url", conflicts_with = "url")]
    queue: Option<String>,
    /// Its address, for signed requests: https, or within this machine.
    #[arg(long, requires = "secret_ref")]
    url: Option<String>,
    /// Where the secret of the signature is: `file:PATH` (mode 0600) or `env:NAME`, at least 24 bytes.
    #[arg(long, conflicts_with = "queue")]
    secret_ref: Option<String>,
    /// What it wants to hear, separated by commas.
    #[arg(long, value_delimiter = ',', value_parser = key_of, default_value = "UPDATE_STATUS")]
    keys: Vec<BroadcastKey>,
    #[command(flatten)]
    by: By,
}

fn key_of(name: &str) -> Result<BroadcastKey> {
    BroadcastKey::from_name(name).ok_or_else(|| {
        let names = BroadcastKey::ALL.map(BroadcastKey::name).join(", ");
        anyhow!("there are: {names}")
    })
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, command: SubscriberCommand) -> Result<()> {
    match command {
        SubscriberCommand::Add(arguments) => add(folder, arguments),
        SubscriberCommand::AddWorker { by } => add_worker(folder, &by),
        SubscriberCommand::List => list(folder),
        SubscriberCommand::Pause { name, by } => set_paused(folder, &name, &by, true),
        SubscriberCommand::Resume { name, by } => set_paused(folder, &name, &by, false),
        SubscriberCommand::Remove { name, by } => remove(folder, &name, &by),
    }
}

fn add(folder: &Path, arguments: AddArguments) -> Result<()> {
    let (way, target) = match (arguments.queue, arguments.url) {
        (Some(queue), _) => (Way::Queue, queue),
        (None, url) => (Way::Webhook, url.unwrap_or_default()),
    };
    let new = NewSubscriber {
        name: arguments.name,
        way,
        target,
        keys: arguments.keys,
        secret_ref: arguments.secret_ref,
    };
    let subscriber_id = commit(folder, |ledger| subscribers::add(ledger, &arguments.by.by, &new))?;
    print(&json!({ "subscriber": subscriber_id.to_string(), "name": new.name, "way": way.name() }));
    Ok(())
}

fn add_worker(folder: &Path, by: &By) -> Result<()> {
    commit(folder, |ledger| {
        for part in &PARTS {
            let new = NewSubscriber {
                name: part.name.to_owned(),
                way: Way::Queue,
                target: part.queue.to_owned(),
                keys: part.keys.to_vec(),
                secret_ref: None,
            };
            subscribers::add(ledger, &by.by, &new)?;
        }
        Ok(())
    })?;
    print(&json!({ "subscribers": PARTS.map(|part| part.name) }));
    Ok(())
}

fn list(folder: &Path) -> Result<()> {
    for (subscriber, depth) in commit(folder, |ledger| Ok(delivery::depths(ledger.tx())?))? {
        let keys: Vec<&str> = subscriber.keys.iter().map(|key| key.name()).collect();
        print(&json!({
            "subscriber": subscriber.subscriber_id.to_string(), "name": subscriber.name,
            "way": subscriber.way.name(), "target": subscriber.target, "keys": keys,
            "paused": subscriber.paused, "sinceMs": subscriber.created_at_ms, "waiting": depth.waiting,
            "oldestAtMs": depth.oldest_at_ms, "problem": depth.problem,
        }));
    }
    Ok(())
}

fn remove(folder: &Path, name: &str, by: &By) -> Result<()> {
    let unheard = commit(folder, |ledger| subscribers::remove(ledger, &by.by, name))?;
    print(&json!({ "name": name, "removed": true, "notHeard": unheard }));
    Ok(())
}

fn set_paused(folder: &Path, name: &str, by: &By, paused: bool) -> Result<()> {
    commit(folder, |ledger| {
        subscribers::set_paused(ledger, &by.by, name, paused)
    })?;
    print(&json!({ "name": name, "paused": paused }));
    Ok(())
}
