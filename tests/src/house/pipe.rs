//! A line between two programs that a test can make deaf on one side: bytes of any protocol pass, and on demand
//! what the far side answers is lost while the line stands.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How the line is at this moment.
#[derive(Default)]
struct State {
    upstream: String,
    /// Whether what the far side says is lost.
    deaf: bool,
    closed: bool,
    sockets: Vec<TcpStream>,
}

/// The line.
pub struct Pipe {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Pipe {
    /// A line to `host:port`.
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

    /// From now on what the near side says arrives, and what the far side says does not.
    pub fn lose_answers(&self) {
        lock(&self.state).deaf = true;
    }

    /// Ends every connection; new ones hear everything.
    pub fn renew(&self) {
        let mut state = lock(&self.state);
        end_all(&mut state);
        state.deaf = false;
    }
}

impl std::fmt::Debug for Pipe {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Pipe({})", self.port)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.closed = true;
        end_all(&mut state);
        drop(state);
        // Wakes the accepting thread, which then sees that it is closed.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end_all(state: &mut State) {
    for socket in state.sockets.drain(..) {
        drop(socket.shutdown(Shutdown::Both));
    }
}

fn accept(listener: &TcpListener, state: &Arc<Mutex<State>>) {
    for near in listener.incoming().map_while(Result::ok) {
        if lock(state).closed {
            return;
        }
        drop(join(near, state));
    }
}

/// Joins a connection to one of its own at the far side.
fn join(near: TcpStream, state: &Arc<Mutex<State>>) -> io::Result<()> {
    let far = TcpStream::connect(lock(state).upstream.clone())?;
    let (near_read, far_read) = (near.try_clone()?, far.try_clone()?);
    let mut now = lock(state);
    now.sockets.push(near.try_clone()?);
    now.sockets.push(far.try_clone()?);
    drop(now);
    let shared = Arc::clone(state);
    thread::spawn(move || carry(near_read, far, || false));
    thread::spawn(move || carry(far_read, near, || lock(&shared).deaf));
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream, is_lost: impl Fn() -> bool) {
    let mut bytes = [0; 16 * 1024];
    loop {
        let count = match from.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        if !is_lost() && to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    for end in [from, to] {
        drop(end.shutdown(Shutdown::Both));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Says back what it hears, and tells the test.
    fn echo(told: mpsc::Sender<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for mut socket in listener.incoming().map_while(Result::ok) {
                let mut byte = [0];
                while socket.read_exact(&mut byte).is_ok() {
                    let _nobody_listens_any_more = told.send(byte[0]);
                    drop(socket.write_all(&byte));
                }
            }
        });
        address
    }

    #[test]
    fn a_deaf_line_still_carries_what_is_said_and_a_new_one_hears() {
        let (told, hear) = mpsc::channel();
        let pipe = Pipe::to(&echo(told));
        let mut socket = TcpStream::connect(("127.0.0.1", pipe.port())).unwrap();
        let mut byte = [0];
        socket.write_all(b"a").unwrap();
        socket.read_exact(&mut byte).unwrap();
        assert_eq!((byte, hear.recv().unwrap()), (*b"a", b'a'));

        pipe.lose_answers();
        socket.write_all(b"b").unwrap();
        assert_eq!(hear.recv().unwrap(), b'b');
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(socket.read_exact(&mut byte).is_err());

        pipe.renew();
        let mut socket = TcpStream::connect(("127.0.0.1", pipe.port())).unwrap();
        socket.write_all(b"c").unwrap();
        socket.read_exact(&mut byte).unwrap();
        assert_eq!((byte, hear.recv().unwrap()), (*b"c", b'c'));
    }
}
