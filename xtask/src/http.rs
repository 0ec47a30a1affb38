//! The smallest HTTP client that can ask the practice shop whether it answers.
//!
//! Deliberately not in it: TLS, redirects, chunked bodies. It only ever speaks to a loopback address that this
//! program has just started.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Longer than any answer of a healthy loopback server takes, shorter than a person's patience.
const ANSWER_SECONDS_MAX: u64 = 10;

/// A status and a body.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

/// Asks for an address.
///
/// # Errors
/// When the address is not plain http or nothing readable answers.
pub fn get(url: &str) -> Result<Answer> {
    ask("GET", url, &[], "")
}

/// Posts JSON to an address.
///
/// # Errors
/// When the address is not plain http or nothing readable answers.
pub fn post_json(url: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend_from_slice(headers);
    ask("POST", url, &all, body)
}

/// The part of an address that a browser would send as the origin.
pub fn origin(url: &str) -> Result<String> {
    Ok(format!("http://{}", split(url)?.0))
}

fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
    let (host, path) = split(url)?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));

    let mut stream = TcpStream::connect(host).with_context(|| format!("nothing listens at {host}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream
        .read_to_end(&mut bytes)
        .with_context(|| format!("{host} did not finish its answer"))?;
    parse(&String::from_utf8_lossy(&bytes))
}

fn split(url: &str) -> Result<(&str, String)> {
    let rest = url
        .strip_prefix("http://")
        .with_context(|| format!("{url} is not a plain http address"))?;
    let rest = rest.split('#').next().unwrap_or(rest);
    Ok(match rest.find(['/', '?']) {
        Some(at) if rest[at..].starts_with('?') => (&rest[..at], format!("/{}", &rest[at..])),
        Some(at) => (&rest[..at], rest[at..].to_owned()),
        None => (rest, String::from("/")),
    })
}

fn parse(text: &str) -> Result<Answer> {
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        bail!("the answer has no end of its head");
    };
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("no status in the answer: {head}"))?;
    Ok(Answer {
        status,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_falls_into_host_and_path_and_loses_its_fragment() {
        let parts = |url| split(url).map(|(host, path)| (host.to_owned(), path)).unwrap();
        assert_eq!(
            parts("http://127.0.0.1:1/?t=x#y"),
            (String::from("127.0.0.1:1"), String::from("/?t=x"))
        );
        assert_eq!(
            parts("http://127.0.0.1:1"),
            (String::from("127.0.0.1:1"), String::from("/"))
        );
        assert_eq!(
            parts("http://127.0.0.1:1?t=x"),
            (String::from("127.0.0.1:1"), String::from("/?t=x"))
        );
        assert!(split("https://127.0.0.1:1").is_err());
    }

    #[test]
    fn an_answer_gives_its_status_and_body() {
        let answer = parse("HTTP/1.1 403 Forbidden\r\nA: b\r\n\r\nno").unwrap();
        assert_eq!(
            answer,
            Answer {
                status: 403,
                body: String::from("no")
            }
        );
        assert!(parse("garbage").is_err());
    }
}
