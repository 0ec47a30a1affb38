//! A barcode scanner: key presses at its own pace, whether or not the page keeps up.
//!
//! A WebDriver waits for the page after every key, so a slow page would slow the scanner down with it. This
//! one speaks the browser's own protocol over a WebSocket and waits for nothing. As much of WebSocket is here
//! as that needs: small text frames out, everything that comes back is thrown away.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::house::http1::{self, Message, Request};

/// Between two keys; a usual keyboard-wedge scanner sends one in 2 to 10 ms.
const KEY_GAP: Duration = Duration::from_millis(4);
/// Frame of a whole text message, and the bit that says it is masked.
const TEXT_FRAME: u8 = 0x81;
const MASKED: u8 = 0x80;
/// Length byte that says the length follows in two bytes.
const LENGTH_IN_TWO_BYTES: u8 = 126;

/// A scanner plugged into one window of the browser.
#[derive(Debug)]
pub struct Scanner {
    socket: TcpStream,
    sent: u64,
}

impl Scanner {
    /// Plugs one into the window whose page has this address.
    ///
    /// # Panics
    /// When the browser shows no such page or does not let it in.
    #[must_use]
    pub fn plug_in(debugger: &str, page: &str) -> Self {
        let list = Request::new("GET", &format!("http://{debugger}/json/list")).send();
        let list = list.expect("the browser lists its windows").json();
        let windows = list.as_array().cloned().unwrap_or_default();
        let window = windows.iter().find(|window| window["url"] == page);
        let window = window.unwrap_or_else(|| panic!("no window shows {page}: {list}"));
        let address = window["webSocketDebuggerUrl"]
            .as_str()
            .expect("a window can be spoken to");
        Self {
            socket: open(address).expect("the browser lets the scanner in"),
            sent: 0,
        }
    }

    /// Sends a code and the Enter at its end.
    pub fn scan(&mut self, code: &str) {
        for character in code.chars() {
            self.press(&character.to_string(), &character.to_string());
        }
        self.enter();
    }

    /// Sends Enter alone, at the scanner's pace.
    pub fn enter(&mut self) {
        self.press("Enter", "\r");
    }

    fn press(&mut self, key: &str, text: &str) {
        self.send(&json!({ "type": "keyDown", "key": key, "text": text }));
        self.send(&json!({ "type": "keyUp", "key": key }));
        wait(KEY_GAP);
    }

    fn send(&mut self, event: &Value) {
        self.sent += 1;
        let message = json!({ "id": self.sent, "method": "Input.dispatchKeyEvent", "params": event });
        let payload = message.to_string().into_bytes();
        let length = u16::try_from(payload.len()).expect("a key press is short");
        let mut frame = vec![TEXT_FRAME];
        if length < u16::from(LENGTH_IN_TWO_BYTES) {
            frame.push(MASKED | u8::try_from(length).expect("just compared"));
        } else {
            frame.push(MASKED | LENGTH_IN_TWO_BYTES);
            frame.extend(length.to_be_bytes());
        }
        // A mask of zeros leaves the text as it is.
        frame.extend([0; 4]);
        frame.extend(payload);
        self.socket.write_all(&frame).expect("the browser listens");
    }
}

fn wait(gap: Duration) {
    thread::sleep(gap);
}

fn open(address: &str) -> io::Result<TcpStream> {
    let (authority, path) = http1::authority_and_path(address);
    let mut socket = http1::connect(authority)?;
    let headers = [
        ("host", authority),
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "c3VhbnBhbi1zY2FubmVyIQ=="),
    ];
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    write!(socket, "GET {path} HTTP/1.1\r\n{lines}\r\n")?;
    let mut from = BufReader::new(socket.try_clone()?);
    let answer = Message::read(&mut from, true)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    if answer.status() != 101 {
        return Err(io::Error::other(answer.start));
    }
    socket.set_read_timeout(None)?;
    thread::spawn(move || drop(io::copy(&mut from.by_ref(), &mut io::sink())));
    Ok(socket)
}
