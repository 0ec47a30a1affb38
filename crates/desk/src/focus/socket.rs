//! The word by a unix socket.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::{ANSWER_WITHIN, hear, say};

/// Listens as long as the program runs; its socket goes with it.
#[derive(Debug)]
pub struct Ear {
    path: PathBuf,
}

impl Drop for Ear {
    fn drop(&mut self) {
        // What stays is removed by the next one who listens.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Calls `show` whenever the word is said at `path`, until it answers that nobody is there to be shown. Whoever
/// calls holds the lock, so what lies at `path` is left over.
///
/// # Errors
/// When the socket cannot be made, as at a path that is too long for one.
pub fn listen(path: &Path, show: impl Fn() -> bool + Send + 'static) -> io::Result<Ear> {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    std::thread::spawn(move || {
        for line in listener.incoming().flatten() {
            if let Err(error) = answer(&line, &show) {
                tracing::debug!(%error, "nothing was said");
            }
        }
    });
    Ok(Ear {
        path: path.to_owned(),
    })
}

fn answer(line: &UnixStream, show: &impl Fn() -> bool) -> io::Result<()> {
    line.set_read_timeout(Some(ANSWER_WITHIN))?;
    line.set_write_timeout(Some(ANSWER_WITHIN))?;
    hear(line, b"", show)
}

/// Says the word at `path`.
///
/// # Errors
/// When nobody answers there.
pub fn ask(path: &Path) -> io::Result<()> {
    let line = UnixStream::connect(path)?;
    line.set_read_timeout(Some(ANSWER_WITHIN))?;
    line.set_write_timeout(Some(ANSWER_WITHIN))?;
    say(&line, b"")
}
