//! As much HTTP/1.1 as a test and its proxy need: one message in, one message out, over a socket.
//!
//! Written by hand so that a test can also send what no library would, and cut where no library lets it.
//! Deliberately not here: TLS, redirects, trailers, pipelining.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::Value;

/// No answer of the parts under test takes longer; a held request of the change stream waits 25 seconds.
const READ_TIMEOUT: Duration = Duration::from_secs(40);
/// Every address is on this machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// First line, without its end.
    pub start: String,
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// Body, whole.
    pub body: Vec<u8>,
}

impl Message {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The path of a request, with its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    /// The status of an answer; 0 when the line is none.
    #[must_use]
    pub fn status(&self) -> u16 {
        let word = self.start.split(' ').nth(1).unwrap_or_default();
        word.parse().unwrap_or(0)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Reads one message; none when the other side is done.
    ///
    /// # Errors
    /// When the connection breaks inside the message. `bodyless` is for answers that have none by rule.
    pub fn read(from: &mut impl BufRead, bodyless: bool) -> io::Result<Option<Self>> {
        let Some(start) = read_line(from)? else {
            return Ok(None);
        };
        let mut message = Self {
            start,
            ..Self::default()
        };
        while let Some(line) = read_line(from)?.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            message
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if !bodyless && ![204, 304].contains(&message.status()) {
            message.body = message.read_body(from)?;
        }
        Ok(Some(message))
    }

    fn read_body(&self, from: &mut impl BufRead) -> io::Result<Vec<u8>> {
        if self.header("transfer-encoding").is_some() {
            return read_chunks(from);
        }
        let mut body = Vec::new();
        match self.header("content-length").map(str::parse::<u64>) {
            Some(Ok(length)) => {
                from.take(length).read_to_end(&mut body)?;
            }
            Some(Err(_)) => return Err(io::Error::other("a length that is no number")),
            None if self.start.starts_with("HTTP/") => {
                from.read_to_end(&mut body)?;
            }
            None => {}
        }
        Ok(body)
    }

    /// Writes the message with its own length.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut head = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            if name != "content-length" && name != "transfer-encoding" {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        if self.status() != 204 {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        to.write_all(head.as_bytes())?;
        to.write_all(&self.body)?;
        to.flush()
    }
}

fn read_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&line);
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(from)?.unwrap_or_default();
        let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(io::Error::other)?;
        from.take(size).read_to_end(&mut body)?;
        read_line(from)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// A request about to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn new(method: &'static str, url: &str) -> Self {
        Self {
            method,
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string().into_bytes())
    }

    /// With any body.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Sends it on a connection of its own.
    ///
    /// # Errors
    /// When nobody listens there or the connection ends before the answer.
    pub fn send(&self) -> io::Result<Message> {
        let (authority, _) = authority_and_path(&self.url);
        let mut socket = connect(authority)?;
        self.write(&mut socket)?;
        let answer = Message::read(&mut BufReader::new(socket), false)?;
        answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Sends it and leaves the answer on the wire.
    ///
    /// # Errors
    /// When the connection ends.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (authority, path) = authority_and_path(&self.url);
        let mut message = Message {
            start: format!("{} {path} HTTP/1.1", self.method),
            headers: vec![("connection".to_owned(), "close".to_owned())],
            body: self.body.clone(),
        };
        message.headers.extend(self.headers.iter().cloned());
        if message.header("host").is_none() {
            message.headers.push(("host".to_owned(), authority.to_owned()));
        }
        message.write(to)
    }
}

/// Connects with time limits.
///
/// # Errors
/// When nobody listens there.
pub fn connect(authority: &str) -> io::Result<TcpStream> {
    let address = authority
        .to_socket_addrs()?
        .find(std::net::SocketAddr::is_ipv4)
        .ok_or_else(|| io::Error::other("no address"))?;
    let socket = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// `127.0.0.1:80` and `/a?b` of `http://127.0.0.1:80/a?b#c`.
#[must_use]
pub fn authority_and_path(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or(rest);
    match rest.find(['/', '?']) {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, "/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Message {
        Message::read(&mut text.as_bytes(), false).unwrap().unwrap()
    }

    #[test]
    fn a_message_is_read_whole_and_written_with_its_own_length() {
        let mut message = parsed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nabrest");
        assert_eq!((message.status(), message.text().as_str()), (200, "ab"));
        assert_eq!(message.header("x"), Some("y"));
        message.body = b"abc".to_vec();
        let mut written = Vec::new();
        message.write(&mut written).unwrap();
        assert_eq!(
            written,
            b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 3\r\n\r\nabc"
        );
    }

    #[test]
    fn chunks_become_one_body() {
        let message =
            parsed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
        assert_eq!(message.text(), "abc");
    }

    #[test]
    fn an_address_falls_into_host_and_path() {
        assert_eq!(authority_and_path("http://h:1/a?b#c"), ("h:1", "/a?b"));
        assert_eq!(authority_and_path("h:1"), ("h:1", "/"));
    }
}
