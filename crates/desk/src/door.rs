//! One program per data folder. An operating-system lock decides, which no crash leaves behind; whoever comes
//! second asks the first one to show itself.

use std::io;
use std::path::Path;
use std::sync::mpsc as line;
use std::time::Duration;

use suanpan_till::hold::Hold;
use suanpan_till::private;
use tokio::sync::mpsc;

use crate::Places;
use crate::focus;

const LOCK_FILE: &str = "desk.lock";
/// How long a start waits for a program that shows nobody, because it is just ending.
const LOOKS_MAX: usize = 100;
/// How often it looks whether the folder is free meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long whoever asked is kept waiting for the window; shorter than they listen.
const COME_WITHIN: Duration = Duration::from_secs(2);

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
    _hold: Hold,
    _ear: Option<focus::Ear>,
    asked: mpsc::UnboundedReceiver<Asked>,
}

/// Somebody started the program again and waits for the window. Dropped unanswered, nobody came.
#[derive(Debug)]
pub struct Asked(line::SyncSender<bool>);

impl Asked {
    /// Says whether the window came to the front.
    pub fn answer(self, came: bool) {
        // Whoever asked may have lost patience.
        let _ = self.0.try_send(came);
    }
}

impl Held {
    /// Waits until somebody started the program again, and the window is to come to the front.
    pub async fn focus_asked(&mut self) -> Option<Asked> {
        self.asked.recv().await
    }
}

/// Takes the data folder for this process, or tells the process that has it to come to the front. One that is
/// just ending has nothing to show; its end is waited for.
///
/// # Errors
/// When the folders cannot be made or locked.
pub fn enter(places: &Places) -> io::Result<Entrance> {
    private::make(places.data())?;
    private::make_own(places.state())?;
    let at = places.own_state("focus");
    let hold = match wait_for(&places.data().join(LOCK_FILE), &at)? {
        Found::Free(hold) => hold,
        Found::Taken { shown } => return Ok(Entrance::Taken { shown }),
    };
    let (tell, asked) = mpsc::unbounded_channel();
    // Without an ear the lock still keeps a second program out; it only cannot bring this one to the front.
    let ear = focus::listen(&at, move || bring(&tell))
        .inspect_err(|error| tracing::warn!(%error, "a second start will not be heard"))
        .ok();
    Ok(Entrance::Ours(Held {
        _hold: hold,
        _ear: ear,
        asked,
    }))
}

/// What came of waiting at the door.
enum Found {
    Free(Hold),
    Taken { shown: bool },
}

/// Waits for the hold on `file` as long as nobody is shown.
fn wait_for(file: &Path, at: &Path) -> io::Result<Found> {
    for _ in 0..LOOKS_MAX {
        if let Some(hold) = Hold::take(file)? {
            return Ok(Found::Free(hold));
        }
        if focus::ask(at).is_ok() {
            return Ok(Found::Taken { shown: true });
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(Found::Taken { shown: false })
}

/// Asks the window to come, and waits until it is known whether it did.
fn bring(tell: &mpsc::UnboundedSender<Asked>) -> bool {
    let (say, said) = line::sync_channel(1);
    tell.send(Asked(say)).is_ok() && said.recv_timeout(COME_WITHIN).unwrap_or(false)
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
            let second = tokio::task::spawn_blocking(move || enter(&again));
            let asked = tokio::time::timeout(WITHIN, first.focus_asked()).await;
            asked.unwrap().unwrap().answer(true);
            let second = second.await.unwrap().unwrap();
            assert!(matches!(second, Entrance::Taken { shown: true }), "{second:?}");
        }
    }

    #[tokio::test]
    async fn f08_a_second_start_takes_the_place_of_one_that_is_just_ending() {
        let folder = tempfile::tempdir().unwrap();
        let Ok(Entrance::Ours(mut first)) = enter(&places(folder.path())) else {
            panic!("nobody else is there");
        };
        let again = places(folder.path());
        let second = tokio::task::spawn_blocking(move || enter(&again));
        let asked = tokio::time::timeout(WITHIN, first.focus_asked()).await;
        asked.unwrap().unwrap().answer(false);
        drop(first);
        let second = second.await.unwrap().unwrap();
        assert!(matches!(second, Entrance::Ours(_)), "{second:?}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_into_the_folders() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        let _held = enter(&places).unwrap();
        for made in [places.data(), places.state()] {
            let mode = std::fs::metadata(made).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", made.display());
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
