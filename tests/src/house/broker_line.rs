//! A line to a broker on which confirms can be lost: the broker has kept a message, and whoever sent it never hears
//! so. It understands no more of AMQP 0-9-1 than frames, and which method one carries.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What a client says before its first frame.
const GREETING_BYTES: usize = 8;
/// Type, channel and size, before a frame's content.
const HEAD_BYTES: usize = 7;
/// The type of a frame that carries a method.
const METHOD: u8 = 1;
/// `basic.publish`, by class and method.
const PUBLISH: (u16, u16) = (60, 40);
/// `basic.ack` and `basic.nack`: from a broker to who publishes, these are confirms.
const CONFIRMS: [(u16, u16); 2] = [(60, 80), (60, 120)];

/// How the line is at this moment.
#[derive(Default)]
struct State {
    upstream: String,
    loses_confirms: bool,
    published: usize,
    closed: bool,
    sockets: Vec<TcpStream>,
}

/// The line.
pub struct BrokerLine {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl BrokerLine {
    /// A line to a broker at `host:port`.
    ///
    /// # Panics
    /// When the machine has no free port.
    #[must_use]
    pub fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Arc::new(Mutex::new(State {
            upstream: upstream.to_owned(),
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || accept(&listener, &shared));
        Self {
            port: address.port(),
            state,
        }
    }

    /// Where to connect, on this machine.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether confirms are lost from now on; everything else passes.
    pub fn lose_confirms(&self, lost: bool) {
        lock(&self.state).loses_confirms = lost;
    }

    /// How many messages have gone through to the broker.
    #[must_use]
    pub fn published(&self) -> usize {
        lock(&self.state).published
    }
}

impl std::fmt::Debug for BrokerLine {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "BrokerLine({})", self.port)
    }
}

impl Drop for BrokerLine {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.closed = true;
        for socket in state.sockets.drain(..) {
            drop(socket.shutdown(Shutdown::Both));
        }
        drop(state);
        // Wakes the accepting thread, which then sees that it is closed.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, state: &Arc<Mutex<State>>) {
    for near in listener.incoming().map_while(Result::ok) {
        if lock(state).closed {
            return;
        }
        // Where nobody is at the far end, the near end sees its connection close.
        drop(join(near, state));
    }
}

/// Joins a connection to one of its own at the broker.
fn join(near: TcpStream, state: &Arc<Mutex<State>>) -> io::Result<()> {
    let upstream = lock(state).upstream.clone();
    let far = TcpStream::connect(upstream)?;
    let (near_too, far_too) = (near.try_clone()?, far.try_clone()?);
    let kept = [near.try_clone()?, far.try_clone()?];
    lock(state).sockets.extend(kept);
    let (up, down) = (Arc::clone(state), Arc::clone(state));
    thread::spawn(move || {
        drop(carry_up(near_too, &far, &up));
        drop(far.shutdown(Shutdown::Both));
    });
    thread::spawn(move || {
        drop(carry_down(far_too, &near, &down));
        drop(near.shutdown(Shutdown::Both));
    });
    Ok(())
}

/// To the broker: everything passes, and what is published is counted.
fn carry_up(mut from: TcpStream, mut to: &TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let mut greeting = [0; GREETING_BYTES];
    from.read_exact(&mut greeting)?;
    to.write_all(&greeting)?;
    loop {
        let frame = read_frame(&mut from)?;
        if method_of(&frame) == Some(PUBLISH) {
            lock(state).published += 1;
        }
        to.write_all(&frame)?;
    }
}

/// From the broker: what passes, passes whole.
fn carry_down(mut from: TcpStream, mut to: &TcpStream, state: &Mutex<State>) -> io::Result<()> {
    loop {
        let frame = read_frame(&mut from)?;
        let is_confirm = method_of(&frame).is_some_and(|method| CONFIRMS.contains(&method));
        if !(is_confirm && lock(state).loses_confirms) {
            to.write_all(&frame)?;
        }
    }
}

/// A frame with its head and the byte that ends it.
fn read_frame(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; HEAD_BYTES];
    from.read_exact(&mut frame)?;
    let size = u32::from_be_bytes([frame[3], frame[4], frame[5], frame[6]]);
    let rest = usize::try_from(size).map_err(io::Error::other)?.saturating_add(1);
    frame.resize(HEAD_BYTES.saturating_add(rest), 0);
    from.read_exact(&mut frame[HEAD_BYTES..])?;
    Ok(frame)
}

/// Class and method of a frame that carries one.
fn method_of(frame: &[u8]) -> Option<(u16, u16)> {
    match frame {
        [
            METHOD,
            _,
            _,
            _,
            _,
            _,
            _,
            class_high,
            class,
            method_high,
            method,
            ..,
        ] => Some((
            u16::from_be_bytes([*class_high, *class]),
            u16::from_be_bytes([*method_high, *method]),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 0, 1][..], &size, content, &[0xce]].concat()
    }

    /// Greets with nothing, and says every frame it hears back, then a confirm.
    fn parrot() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            socket.read_exact(&mut [0; GREETING_BYTES]).unwrap();
            while let Ok(heard) = read_frame(&mut socket) {
                socket.write_all(&frame(METHOD, &[0, 60, 0, 80])).unwrap();
                socket.write_all(&heard).unwrap();
            }
        });
        address
    }

    #[test]
    fn confirms_are_lost_on_demand_and_everything_else_passes_whole() {
        let line = BrokerLine::to(&parrot());
        let mut socket = TcpStream::connect(("127.0.0.1", line.port())).unwrap();
        socket.write_all(b"AMQP\x00\x00\x09\x01").unwrap();
        let (publish, body) = (frame(METHOD, &[0, 60, 0, 40, 7]), frame(3, b"a message"));
        let confirm = frame(METHOD, &[0, 60, 0, 80]);
        let mut say = |said: &[u8], heard: &[&[u8]]| {
            socket.write_all(said).unwrap();
            for frame in heard {
                assert_eq!(read_frame(&mut socket).unwrap(), *frame);
            }
        };
        say(&publish, &[&confirm, &publish]);
        line.lose_confirms(true);
        say(&publish, &[&publish]);
        say(&body, &[&body]);
        line.lose_confirms(false);
        say(&body, &[&confirm, &body]);
        assert_eq!(line.published(), 2);
    }
}
