//! The word "focus" from a second start of the program to the first.
//!
//! A socket in the state folder where the system has such sockets; elsewhere a loopback port whose number and
//! token are in a file there. Only the owner of the folder can read either.

#[cfg(any(not(unix), test))]
mod port;
#[cfg(unix)]
mod socket;

#[cfg(not(unix))]
pub use port::{Ear, ask, listen};
#[cfg(unix)]
pub use socket::{Ear, ask, listen};

use std::io::{self, Read, Write};
use std::time::Duration;

/// What is said and what is answered.
const FOCUS: &[u8] = b"focus\n";
const SHOWN: &[u8] = b"shown\n";
/// Longer than a busy machine needs, shorter than the patience of somebody who clicked an icon.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Says the word and waits for the answer.
fn say(mut line: impl Read + Write, token: &[u8]) -> io::Result<()> {
    line.write_all(token)?;
    line.write_all(FOCUS)?;
    let mut answer = [0; SHOWN.len()];
    line.read_exact(&mut answer)?;
    if answer == SHOWN {
        return Ok(());
    }
    Err(io::Error::other("somebody else answered"))
}

/// Hears whether the word is said; whatever else is said is left unanswered.
fn hear(mut line: impl Read + Write, token: &[u8], show: &impl Fn() -> bool) -> io::Result<()> {
    let mut said = vec![0; token.len() + FOCUS.len()];
    line.read_exact(&mut said)?;
    if said.strip_prefix(token) == Some(FOCUS) && show() {
        line.write_all(SHOWN)?;
    }
    Ok(())
}
