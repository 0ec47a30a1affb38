//! The command line: what can be said, and who does it.

mod caller;
mod certificates;
mod channel;
mod operator;
mod ops;
mod reconcile;
mod serve;
mod store;
mod subscriber;
mod suspense;
mod till;
mod worker;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use serde_json::Value;
use suanpan_trade::service::config::{self, Place, Sources};
use suanpan_trade::service::database::choose;

/// The trade centre: collects code tenders for tills and gives money back.
#[derive(Parser)]
#[command(name = "suanpan-trade", version)]
pub struct Arguments {
    /// A file with settings (TOML), of which each is also a flag and a variable of the environment.
    #[arg(long, value_name = "FILE", env = "SUANPAN_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the database, the identity key and the logs.
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Server of the database (`postgres://…`) instead of a file in the folder. It is kept in the folder (file
    /// `database.url`), so that naming it once is enough.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve tills and platforms until told to stop.
    Serve(Box<serve::ServeArguments>),
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
    /// Business systems that are told.
    #[command(subcommand)]
    Subscriber(subscriber::SubscriberCommand),
    /// Listen at the broker as the business systems of a shop: order status, payment log, points, courses.
    Worker(worker::WorkerArguments),
    /// Write an order of the course example.
    CourseOrder(worker::CourseOrderArguments),
    /// People who decide about money that waits.
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Decisions about money that waits for a person.
    Ops(ops::OpsArguments),
}

/// Who does it, for the audit.
#[derive(Args)]
struct By {
    /// Who does it, kept with what was done; the account of this machine unless given.
    #[arg(long, value_name = "NAME", default_value_t = account())]
    by: String,
}

/// The account that runs the command; behind `sudo` the one that called it.
fn account() -> String {
    let said = |name: &&str| std::env::var(name).ok().filter(|name| !name.is_empty());
    let known = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(said);
    known
        .or_else(account_number)
        .unwrap_or_else(|| "an unknown account".to_owned())
}

/// Where no variable names the account, as in a bare environment, the kernel still knows its number.
fn account_number() -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let own = std::fs::metadata("/proc/self").ok()?;
        Some(format!("uid {}", own.uid()))
    }
    #[cfg(not(unix))]
    None
}

/// Runs a command.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(arguments: Arguments) -> Result<()> {
    let mut flags = vec![("data", arguments.data), ("database", arguments.database)];
    if let Command::Serve(serve) = &arguments.command {
        flags.extend(serve.flags());
    }
    let environment = |name: &str| std::env::var(name).ok();
    let mut said = Sources::gather(&flags, environment, arguments.config.as_deref());
    let place = config::place(&mut said);
    if let Command::Serve(serve) = &arguments.command {
        return serve::run(place, said, serve);
    }
    said.finish()?;
    command(arguments.command, &place_at(place)?)
}

/// The data folder, which belongs from now on to the database that was named.
fn place_at(place: Place) -> Result<PathBuf> {
    if let Some(url) = &place.database {
        choose(&place.folder, url)?;
    }
    Ok(place.folder)
}

fn command(command: Command, folder: &Path) -> Result<()> {
    match command {
        // Serving has been done: it reads more settings than a command.
        Command::Serve(_) => Ok(()),
        Command::Store(command) => store::run(folder, command),
        Command::Till(command) => till::run(folder, command),
        Command::Channel(command) => channel::run(folder, command),
        Command::Caller(command) => caller::run(folder, command),
        Command::Subscriber(command) => subscriber::run(folder, command),
        Command::Worker(arguments) => worker::run(folder, arguments),
        Command::CourseOrder(arguments) => worker::place_course_order(folder, arguments),
        Command::Operator(command) => operator::run(folder, &command),
        Command::Ops(command) => ops::run(folder, command),
    }
}

fn print(line: &Value) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use suanpan_trade::service::config::list::SETTINGS;

    use super::*;

    #[test]
    fn every_setting_has_its_flag_and_no_other_is_missing_from_the_list() {
        let program = Arguments::command();
        let serve = program.find_subcommand("serve").unwrap();
        let no_settings = ["config", "help", "version", "check"];
        let mut flags: Vec<String> = program
            .get_arguments()
            .chain(serve.get_arguments())
            .filter_map(|argument| argument.get_long())
            .filter(|long| !no_settings.contains(long))
            .map(|long| format!("--{long}"))
            .collect();
        let mut listed: Vec<String> = SETTINGS.iter().map(|setting| setting.flag()).collect();
        flags.sort();
        listed.sort();
        assert_eq!(flags, listed);
    }

    #[test]
    fn the_unit_of_the_service_starts_the_program_with_words_it_knows() {
        let unit = include_str!("../../../../packaging/systemd/suanpan-trade.service");
        let start = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="))
            .unwrap();
        let arguments = Arguments::try_parse_from(start.split(' ')).unwrap();
        assert!(matches!(arguments.command, Command::Serve(_)));
        assert_eq!(
            arguments.config.as_deref(),
            Some(Path::new("/etc/suanpan/centre.toml"))
        );
    }

    #[test]
    fn what_the_unit_names_as_its_documentation_is_installed_by_the_steps_to_install_it() {
        let unit = include_str!("../../../../packaging/systemd/suanpan-trade.service");
        let steps = include_str!("../../../../docs/OPERATIONS.md");
        let named = unit
            .lines()
            .find_map(|line| line.strip_prefix("Documentation=file://"))
            .map(Path::new)
            .unwrap();
        let (folder, file) = (named.parent().unwrap(), named.file_name().unwrap());
        let step = format!("-t {} docs/{}", folder.display(), file.display());
        assert!(
            steps
                .lines()
                .any(|line| line.starts_with("install ") && line.contains(&step)),
            "{step}"
        );
    }

    #[test]
    fn what_a_flag_of_serve_says_reaches_the_setting_of_its_name() {
        for setting in SETTINGS
            .iter()
            .filter(|setting| !matches!(setting.name, "data" | "database"))
        {
            let line = [
                "suanpan-trade".to_owned(),
                "serve".to_owned(),
                format!("{}=x", setting.flag()),
            ];
            let arguments = Arguments::try_parse_from(line).unwrap();
            let Command::Serve(serve) = &arguments.command else {
                panic!("serve was said");
            };
            let said: Vec<_> = serve
                .flags()
                .into_iter()
                .filter(|(_, text)| text.is_some())
                .collect();
            assert_eq!(said, [(setting.name, Some("x".to_owned()))]);
        }
    }
}
