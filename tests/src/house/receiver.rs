//! A business system with an address: takes signed requests, answers as told, remembers everything.

use std::collections::VecDeque;
use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use sha2::{Digest, Sha256};

use crate::house::http1::Message;

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// A receiver; it stays until the test's process ends.
#[derive(Debug)]
pub struct Receiver {
    address: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: VecDeque<u16>,
    taken: Vec<Message>,
}

impl Receiver {
    /// Opens one that answers these statuses first and 204 from then on.
    ///
    /// # Panics
    /// When the machine has no free port.
    #[must_use]
    pub fn open(answers: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Mutex::new(Shared {
            answers: answers.iter().copied().collect(),
            taken: Vec::new(),
        }));
        let known = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let known = Arc::clone(&known);
                thread::spawn(move || serve(stream, &known));
            }
        });
        Self {
            address: format!("http://{address}/hook"),
            shared,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All requests so far.
    #[must_use]
    pub fn taken(&self) -> Vec<Message> {
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .taken
            .clone()
    }
}

fn serve(stream: TcpStream, shared: &Mutex<Shared>) {
    let Ok(mut to) = stream.try_clone() else { return };
    let mut from = BufReader::new(stream);
    while let Ok(Some(request)) = Message::read(&mut from, false) {
        let status = {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.taken.push(request);
            shared.answers.pop_front().unwrap_or(204)
        };
        let answer = Message {
            start: format!("HTTP/1.1 {status} x"),
            ..Message::default()
        };
        if answer.write(&mut to).is_err() {
            return;
        }
    }
}

/// HMAC-SHA256 by the book (RFC 2104), so that nothing is checked by what made it.
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |byte: u8| block.map(|of_key| of_key ^ byte);
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}
