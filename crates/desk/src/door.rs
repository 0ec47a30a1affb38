//! One program per data folder. An operating-system lock decides, which no crash leaves behind; whoever comes
//! second asks the first one to show itself.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;

use tokio::sync::mpsc;

use crate::Places;
use crate::focus;

const LOCK_FILE: &str = "desk.lock";

/// How the data folder was found.
#[derive(Debug)]
pub enum Entrance {
    /// It is ours as long as this is kept.
    Ours(Held),
    /// Another program has it; whether that one heard that it is to show itself.
    Taken {
        /// It answered.
        shown: bool,
    },
}

/// The hold on a data folder, and the ear for those who come later.
#[derive(Debug)]
pub struct Held {
    _lock: File,
    _ear: Option<focus::Ear>,
    asked: mpsc::UnboundedReceiver<()>,
}

impl Held {
    /// Waits until somebody started the program again, and the window is to come to the front.
    pub async fn focus_asked(&mut self) -> bool {
        self.asked.recv().await.is_some()
    }
}

/// Takes the data folder for this process, or tells the process that has it to come to the front.
///
/// # Errors
/// When the folders cannot be made or locked.
pub fn enter(places: &Places) -> io::Result<Entrance> {
    std::fs::create_dir_all(places.data())?;
    private_folder(places.state())?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(places.data().join(LOCK_FILE))?;
    let at = places.own_state("focus");
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Ok(Entrance::Taken {
                shown: focus::ask(&at).is_ok(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let (tell, asked) = mpsc::unbounded_channel();
    // Without an ear the lock still keeps a second program out; it only cannot bring this one to the front.
    let ear = focus::listen(&at, move || tell.send(()).is_ok())
        .inspect_err(|error| tracing::warn!(%error, "a second start will not be heard"))
        .ok();
    Ok(Entrance::Ours(Held {
        _lock: lock,
        _ear: ear,
        asked,
    }))
}

/// A folder only its owner may look into.
fn private_folder(folder: &std::path::Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(10);

    fn places(folder: &std::path::Path) -> Places {
        Places::new(folder.join("data"), folder.join("state"))
    }

    #[tokio::test]
    async fn f08_a_second_start_brings_the_first_to_the_front() {
        let folder = tempfile::tempdir().unwrap();
        let Ok(Entrance::Ours(mut first)) = enter(&places(folder.path())) else {
            panic!("nobody else is there");
        };
        for _ in 0..2 {
            let again = places(folder.path());
            let second = tokio::task::spawn_blocking(move || enter(&again))
                .await
                .unwrap()
                .unwrap();
            assert!(matches!(second, Entrance::Taken { shown: true }), "{second:?}");
            let heard = tokio::time::timeout(WITHIN, first.focus_asked()).await;
            assert!(heard.unwrap());
        }
    }

    #[test]
    fn a_folder_is_free_again_when_its_program_has_ended_even_with_its_socket_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        std::fs::create_dir_all(places.state()).unwrap();
        std::fs::write(places.own_state("focus"), "left behind").unwrap();
        for _ in 0..2 {
            let entered = enter(&places).unwrap();
            assert!(matches!(&entered, Entrance::Ours(held) if held._ear.is_some()));
        }
    }
}
