//! Where the log goes: to standard error, and to files that are kept for a month.
//!
//! What is logged names trades, refunds, tenders and orders by their numbers, as fields. Keys, secrets, signatures,
//! bodies and codes are not logged at any level; of libraries that would log them little is heard, whatever is wished.

use std::path::Path;

use anyhow::Result;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Daily files kept: a month, for the question a merchant asks about last month's statement.
const FILES_KEPT: usize = 31;
/// The most that is heard of libraries: PostgreSQL's client logs the parameters of statements, the broker's the messages
/// that come back, and those of HTTP headers and frames.
const OF_LIBRARIES: &[&str] = &[
    "tokio_postgres=warn",
    "postgres=warn",
    "lapin=error",
    "amq_protocol=error",
    "h2=warn",
    "hyper=warn",
    "hyper_util=warn",
    "reqwest=warn",
    "rustls=warn",
];
/// How much is logged when nobody says anything.
const USUAL: &str = "info";

/// How standard error is written. The files are JSON in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogWishes {
    /// How much, such as `info,suanpan_trade=debug`.
    pub filter: String,
    /// How.
    pub format: LogFormat,
}

/// Begins to log; `SUANPAN_LOG` narrows or widens it (`info` otherwise).
///
/// # Errors
/// When the folder does not take files, or logging has begun already.
pub fn begin(folder: &Path) -> Result<()> {
    let wishes = LogWishes {
        filter: std::env::var("SUANPAN_LOG").unwrap_or_else(|_| USUAL.to_owned()),
        format: LogFormat::Text,
    };
    begin_as(folder, &wishes)
}

/// Begins to log like this.
///
/// # Errors
/// When the folder does not take files, or logging has begun already.
pub fn begin_as(folder: &Path, wishes: &LogWishes) -> Result<()> {
    let logs = folder.join("logs");
    std::fs::create_dir_all(&logs)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("centre")
        .filename_suffix("log")
        .max_log_files(FILES_KEPT)
        .build(logs)?;
    let filter = filter_of(&wishes.filter)?;
    let errors = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let errors = match wishes.format {
        LogFormat::Text => errors.boxed(),
        LogFormat::Json => errors.json().boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(errors)
        .with(tracing_subscriber::fmt::layer().json().with_writer(files))
        .try_init()?;
    Ok(())
}

/// What is wished, and no more of libraries than is safe.
fn filter_of(wished: &str) -> Result<EnvFilter> {
    let heard: Vec<&str> = wished.split(',').filter(|wish| !is_of_library(wish)).collect();
    let mut filter = EnvFilter::try_new(heard.join(",")).unwrap_or_else(|_| EnvFilter::new(USUAL));
    for most in OF_LIBRARIES {
        filter = filter.add_directive(most.parse()?);
    }
    Ok(filter)
}

/// Whether a wish is for one of those libraries, or a part of it: a longer name would count before a shorter one.
fn is_of_library(wish: &str) -> bool {
    let target = wish.trim().split(['=', '[', ':']).next().unwrap_or_default();
    let mut libraries = OF_LIBRARIES.iter();
    libraries.any(|most| most.split('=').next() == Some(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_wish_for_the_words_of_a_library_that_tells_secrets() {
        let filter = filter_of("trace,tokio_postgres=trace,tokio_postgres::query=debug, h2=debug")
            .unwrap()
            .to_string();
        for most in OF_LIBRARIES {
            assert!(
                filter.split(',').any(|directive| directive == *most),
                "{most} in {filter}"
            );
        }
        assert!(
            !filter.contains("::query") && !filter.contains("=trace") && !filter.contains("=debug"),
            "{filter}"
        );
        assert!(
            filter.split(',').any(|directive| directive == "trace"),
            "{filter}"
        );
    }
}
