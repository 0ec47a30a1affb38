//! Tells the system's own supervisor how far the centre is, where it has asked to be told (`Type=notify`).

/// What a supervisor is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Requests are taken.
    Ready,
    /// The centre is ending.
    Stopping,
}

impl Progress {
    #[cfg(target_os = "linux")]
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Ready => b"READY=1",
            Self::Stopping => b"STOPPING=1",
        }
    }
}

/// Tells the supervisor whose socket the environment names; nobody where it names none. One that does not listen
/// stops nothing.
pub fn tell(progress: Progress) {
    #[cfg(target_os = "linux")]
    if let Some(socket) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = send(&socket, progress)
    {
        tracing::warn!(%error, ?progress, "the supervisor could not be told");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = progress;
}

/// A name that begins with `@` is no file.
#[cfg(target_os = "linux")]
fn send(socket: &std::ffi::OsStr, progress: Progress) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let ours = UnixDatagram::unbound()?;
    ours.send_to_addr(progress.word(), &address).map(drop)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn a_supervisor_that_listens_is_told_in_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let supervisor = UnixDatagram::bind(&path).unwrap();
        let mut heard = [0; 32];
        for (progress, word) in [(Progress::Ready, "READY=1"), (Progress::Stopping, "STOPPING=1")] {
            send(path.as_os_str(), progress).unwrap();
            let length = supervisor.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], word.as_bytes());
        }
        assert!(send(folder.path().join("nobody").as_os_str(), Progress::Ready).is_err());
    }
}
