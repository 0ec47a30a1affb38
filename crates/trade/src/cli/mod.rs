//! The command line: what can be said, and who does it.

mod caller;
mod channel;
mod ops;
mod serve;
mod store;
mod till;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use serde_json::Value;
use suanpan_trade::service::database::choose;

/// The trade centre: collects code tenders for tills and gives money back.
#[derive(Parser)]
#[command(name = "suanpan-trade", version)]
pub struct Arguments {
    /// Folder of the database, the identity key and the logs.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Server of the database (`postgres://…`) instead of a file in the folder. It is kept in the folder (file
    /// `database.url`), so that naming it once is enough.
    #[arg(long, value_name = "URL", env = "SUANPAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve tills and platforms until told to stop.
    Serve(serve::ServeArguments),
    /// Stores.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Tills.
    #[command(subcommand)]
    Till(till::TillCommand),
    /// Merchant accounts.
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// Business systems that use the existing contract.
    #[command(subcommand)]
    Caller(caller::CallerCommand),
    /// Decisions about money that waits for a person.
    Ops(ops::OpsArguments),
}

/// Who does it, for the audit.
#[derive(Args)]
struct By {
    /// Name of the operator, kept with what was done.
    #[arg(long, value_name = "NAME", default_value = "operator")]
    by: String,
}

/// Runs a command.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(arguments: Arguments) -> Result<()> {
    let folder = arguments.data;
    if let Some(url) = &arguments.database {
        choose(&folder, url)?;
    }
    match arguments.command {
        Command::Serve(serve) => serve::run(folder, serve),
        Command::Store(command) => store::run(&folder, command),
        Command::Till(command) => till::run(&folder, command),
        Command::Channel(command) => channel::run(&folder, command),
        Command::Caller(command) => caller::run(&folder, command),
        Command::Ops(command) => ops::run(&folder, command),
    }
}

fn print(line: &Value) {
    println!("{line}");
}
