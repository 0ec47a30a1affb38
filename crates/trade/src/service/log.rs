//! Where the log goes: to standard error, and to files that are kept for a month.

use std::path::Path;

use anyhow::Result;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Daily files kept: a month, for the question a merchant asks about last month's statement.
const FILES_KEPT: usize = 31;

/// Begins to log; `SUANPAN_LOG` narrows or widens it (`info` otherwise).
///
/// # Errors
/// When the folder does not take files, or logging has begun already.
pub fn begin(folder: &Path) -> Result<()> {
    let logs = folder.join("logs");
    std::fs::create_dir_all(&logs)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("centre")
        .filename_suffix("log")
        .max_log_files(FILES_KEPT)
        .build(logs)?;
    let filter = EnvFilter::try_from_env("SUANPAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::registry()
        .with(filter)
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(false),
        )
        .with(tracing_subscriber::fmt::layer().json().with_writer(files))
        .try_init()?;
    Ok(())
}
