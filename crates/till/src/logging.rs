//! Logs in rotating files: a person's telephone reference is found there. No secrets are ever logged: the
//! till logs codes, numbers and causes, not requests, keys or PINs.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Days that are kept: a complaint comes within two weeks.
const FILES_MAX: usize = 14;
/// What is logged unless `SUANPAN_LOG` says otherwise.
const FILTER: &str = "info";

/// Begins logging to daily files in `folder`. Lines are written by a thread of its own, so that selling
/// never waits for them; the guard writes what is left when it is dropped. Does nothing when something
/// else in the process logs already.
///
/// # Errors
/// When the folder cannot be used.
pub fn begin(folder: &Path) -> Result<WorkerGuard, InitError> {
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("till")
        .filename_suffix("log")
        .max_log_files(FILES_MAX)
        .build(folder)?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let filter = EnvFilter::try_from_env("SUANPAN_LOG").unwrap_or_else(|_| EnvFilter::new(FILTER));
    if tracing::subscriber::set_global_default(subscriber(writer, filter)).is_err() {
        tracing::debug!("something else logs already");
    }
    Ok(guard)
}

fn subscriber<W>(writer: W, filter: EnvFilter) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_reach_the_days_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("till")
            .build(folder.path())
            .unwrap();
        let (writer, guard) = tracing_appender::non_blocking(files);
        tracing::subscriber::with_default(subscriber(writer, EnvFilter::new("info")), || {
            tracing::error!(reference = "K7Q2", "not saved");
        });
        drop(guard);
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("K7Q2"), "{text}");
    }
}
