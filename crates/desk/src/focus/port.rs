//! The word by a loopback port, for systems without sockets in folders.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use suanpan_till::host::{Host, SystemHost};

use super::{ANSWER_WITHIN, hear, say};

/// 128 bits: cannot be guessed on a machine that can be asked a few thousand times a second.
const TOKEN_BYTES: usize = 16;

/// Listens as long as the program runs; its file goes with it.
#[derive(Debug)]
pub struct Ear {
    path: PathBuf,
}

impl Drop for Ear {
    fn drop(&mut self) {
        // What stays is overwritten by the next one who listens.
        let _ = fs::remove_file(&self.path);
    }
}

/// Calls `show` whenever the word is said with the token that is written to `path`.
///
/// # Errors
/// When no port or no file is to be had.
pub fn listen(path: &Path, show: impl Fn() -> bool + Send + 'static) -> io::Result<Ear> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut random = [0; TOKEN_BYTES];
    SystemHost::new().random(&mut random);
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(path, format!("{} {token}", listener.local_addr()?.port()))?;
    std::thread::spawn(move || {
        for line in listener.incoming().flatten() {
            if let Err(error) = answer(&line, token.as_bytes(), &show) {
                tracing::debug!(%error, "nothing was said");
            }
        }
    });
    Ok(Ear {
        path: path.to_owned(),
    })
}

fn answer(line: &TcpStream, token: &[u8], show: &impl Fn() -> bool) -> io::Result<()> {
    line.set_read_timeout(Some(ANSWER_WITHIN))?;
    line.set_write_timeout(Some(ANSWER_WITHIN))?;
    hear(line, token, show)
}

/// Says the word to whoever wrote `path`.
///
/// # Errors
/// When nobody answers there.
pub fn ask(path: &Path) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let parts = text.split_once(' ');
    let (port, token) = parts.ok_or_else(|| io::Error::other("the file is not ours"))?;
    let port: u16 = port.parse().map_err(io::Error::other)?;
    let line = TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), ANSWER_WITHIN)?;
    line.set_read_timeout(Some(ANSWER_WITHIN))?;
    line.set_write_timeout(Some(ANSWER_WITHIN))?;
    say(&line, token.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_word_is_heard_with_its_token_and_not_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("focus");
        let (tell, heard) = mpsc::channel();
        let ear = listen(&path, move || tell.send(()).is_ok()).unwrap();
        ask(&path).unwrap();
        heard.recv().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let (port, token) = text.split_once(' ').unwrap();
        let wrong: String = token.chars().rev().collect();
        fs::write(&path, format!("{port} {wrong}")).unwrap();
        assert!(ask(&path).is_err());
        assert!(heard.try_recv().is_err());
        drop(ear);
        assert!(!path.exists());
    }
}
