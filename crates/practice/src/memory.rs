//! What a practice shop must find again at its next start: its ports, its token, its store.
//!
//! The till has pinned the centre's address and the centre has noted the sandbox's, so both keep theirs.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use suanpan_trade::identity::private_file;

const FILE: &str = "practice.json";
/// 128 bits: cannot be guessed on a machine that can be asked a few thousand times a second.
const TOKEN_BYTES: usize = 16;
/// Below the ports that systems hand out by themselves, so that nobody else sits there at the next start.
const PORTS: Range<u16> = 20_000..30_000;
/// On a machine where a hundred ports in a row are taken, something else is wrong.
const PORT_TRIES_MAX: u32 = 100;

/// The file's content.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Port of the sandbox.
    pub sandbox_port: u16,
    /// Port of the centre.
    pub centre_port: u16,
    /// The sandbox's admin token.
    pub token: String,
    /// The store, once it was added.
    pub store: Option<i64>,
    /// The platforms the store collects on. A shop older than this field has WeChat Pay.
    #[serde(default = "first_platform")]
    pub platforms: Vec<String>,
}

fn first_platform() -> Vec<String> {
    vec![suanpan_trade::practice::LABELS[0].to_owned()]
}

impl Memory {
    /// What the folder remembers, or fresh ports and a fresh token.
    ///
    /// # Errors
    /// When the file is damaged: it is never guessed at.
    pub fn recall(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::fresh(),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn fresh() -> Result<Self> {
        // Both are held until both are found, so that they are two.
        let (first, second) = (free_port()?, free_port()?);
        let mut token = [0; TOKEN_BYTES];
        random(&mut token)?;
        Ok(Self {
            sandbox_port: first.local_addr()?.port(),
            centre_port: second.local_addr()?.port(),
            token: token.iter().map(|byte| format!("{byte:02x}")).collect(),
            store: None,
            platforms: Vec::new(),
        })
    }

    /// Notes it for the next start, whole or not at all.
    ///
    /// # Errors
    /// When the folder does not take it.
    pub fn note(&self, folder: &Path) -> Result<()> {
        let draft = folder.join(format!("{FILE}.draft"));
        // Left by a start that was cut short.
        if draft.exists() {
            fs::remove_file(&draft)?;
        }
        let mut file = private_file(&draft)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&draft, folder.join(FILE)).context("cannot note where the practice shop is")
    }
}

/// A port on this machine only.
#[must_use]
pub fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn free_port() -> Result<TcpListener> {
    for _ in 0..PORT_TRIES_MAX {
        let mut bytes = [0; 2];
        random(&mut bytes)?;
        let port = PORTS.start + u16::from_le_bytes(bytes) % (PORTS.end - PORTS.start);
        if let Ok(listener) = TcpListener::bind(loopback(port)) {
            return Ok(listener);
        }
    }
    anyhow::bail!("no port is free on this machine")
}

fn random(bytes: &mut [u8]) -> Result<()> {
    SystemRandom::new()
        .fill(bytes)
        .map_err(|_| anyhow::anyhow!("the system gives no random bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_recalled_and_a_damaged_note_is_not_guessed_at() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = Memory::recall(folder.path()).unwrap();
        assert_ne!(fresh.sandbox_port, fresh.centre_port);
        fresh.note(folder.path()).unwrap();
        fresh.note(folder.path()).unwrap();
        assert_eq!(Memory::recall(folder.path()).unwrap(), fresh);
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(Memory::recall(folder.path()).is_err());
    }
}
