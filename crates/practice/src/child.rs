//! One run of the child process: started with a pipe it listens to, gone when that pipe is.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};

use crate::{Ready, Said};

/// A debug build on a busy two-core machine makes its database and answers well within this.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The centre ends open requests in five seconds; whoever needs longer is stuck.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// A running practice shop. Dropping it kills it.
#[derive(Debug)]
pub struct Child {
    process: tokio::process::Child,
    /// It ends when this closes. Kept apart from the process, whose `wait` would close it.
    lifeline: ChildStdin,
    ready: Ready,
}

/// Why there is no practice shop.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program is missing or cannot be run.
    #[error("{program} cannot be started: {error}")]
    Program {
        /// Which program.
        program: String,
        /// The system's words.
        error: std::io::Error,
    },
    /// It said why not.
    #[error("the practice shop does not open: {0}")]
    Refused(String),
    /// It ended, or said something else than its line.
    #[error("the practice shop ended before it was ready")]
    Ended,
    /// It said nothing in time.
    #[error("the practice shop was not ready in time")]
    Late,
}

impl Child {
    /// Starts `program` on the data in `folder` and waits until it serves.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub async fn start(program: &Path, folder: &Path) -> Result<Self, StartError> {
        let cannot = |error| StartError::Program {
            program: program.display().to_string(),
            error,
        };
        let mut process = Command::new(program)
            .arg("--data")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(cannot)?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (lifeline, output) = pipes.ok_or(StartError::Ended)?;
        let said = tokio::time::timeout(READY_WITHIN, first_line(output)).await;
        match said.map_err(|_| StartError::Late)? {
            Some(Said::Ready(ready)) => Ok(Self {
                process,
                lifeline,
                ready,
            }),
            Some(Said::Problem(why)) => Err(StartError::Refused(why)),
            None => Err(StartError::Ended),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Its process; none once it has ended.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Returns when it has ended, by itself or by somebody else's hand.
    pub async fn ended(&mut self) {
        if let Err(error) = self.process.wait().await {
            tracing::warn!(%error, "the practice shop cannot be waited for");
        }
    }

    /// Lets it end by itself, and ends it firmly past a deadline.
    pub async fn stop(self) {
        let Self {
            mut process,
            lifeline,
            ..
        } = self;
        drop(lifeline);
        if tokio::time::timeout(STOP_WITHIN, process.wait()).await.is_ok() {
            return;
        }
        tracing::warn!("the practice shop does not end when asked");
        if let Err(error) = process.kill().await {
            tracing::warn!(%error, "the practice shop cannot be ended");
        }
    }
}

/// Nothing when the output ends, or its first line is not the agreed one.
async fn first_line(output: ChildStdout) -> Option<Said> {
    let line = BufReader::new(output).lines().next_line().await;
    serde_json::from_str(&line.ok()??).ok()
}
