//! Plain request and reply values. They know nothing of sockets; a driver moves them.
//!
//! Their `Debug` shows no header value and no body: an `Authorization` header can be replayed for
//! minutes, and bodies name customers.

use std::fmt;

/// Most bytes of a body any platform call needs; drivers stop reading here. The largest real body (a
/// query answer with coupon details) stays below 16 KiB.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// The methods the platforms use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Headers in order, names in any case.
pub type Headers = Vec<(String, String)>;

/// A request ready to be sent. The signature covers these very bytes: a driver must change neither the
/// path, nor the query, nor the body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Absolute address.
    pub url: String,
    /// Headers to send.
    pub headers: Headers,
    /// Body, empty for none.
    pub body: Vec<u8>,
}

/// A reply as received, before anything in it is believed.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// HTTP status.
    pub status: u16,
    /// Headers as received.
    pub headers: Headers,
    /// Raw body bytes, never re-encoded.
    pub body: Vec<u8>,
}

/// A callback as received, before anything in it is believed.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackRequest {
    /// Headers as received.
    pub headers: Headers,
    /// Raw body bytes, never re-encoded.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpReply")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CallbackRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackRequest")
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The value of a header that occurs exactly once. Twice counts as absent: two parties may each read
/// another one of the two.
#[must_use]
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

/// Whether an absolute address is https, or http on loopback where practice runs.
pub(crate) fn is_secure_or_loopback(url: &str) -> bool {
    if let Some(rest) = url.strip_prefix("https://") {
        return !host_of(rest).is_empty();
    }
    url.strip_prefix("http://")
        .is_some_and(|rest| is_loopback(host_of(rest)))
}

/// Host of an address without its scheme; empty where there is none or where user information hides it.
fn host_of(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return "";
    }
    match authority
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        Some((address, _port)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_in_any_case_and_only_when_single() {
        let headers = vec![
            ("WECHATPAY-nonce".to_owned(), "n".to_owned()),
            ("a".into(), "1".into()),
        ];
        assert_eq!(header(&headers, "Wechatpay-Nonce"), Some("n"));
        assert_eq!(header(&headers, "b"), None);
        let twice = vec![("A".to_owned(), "1".to_owned()), ("a".into(), "1".into())];
        assert_eq!(header(&twice, "a"), None);
    }

    #[test]
    fn debug_shows_neither_headers_nor_bodies() {
        let headers = vec![("Authorization".to_owned(), "hush".to_owned())];
        let request = HttpRequest {
            method: Method::Post,
            url: "https://a/b".into(),
            headers: headers.clone(),
            body: b"hush".to_vec(),
        };
        let reply = HttpReply {
            status: 200,
            headers: headers.clone(),
            body: b"hush".to_vec(),
        };
        let callback = CallbackRequest {
            headers,
            body: b"hush".to_vec(),
        };
        let shown = format!("{request:?} {reply:?} {callback:?}");
        assert!(!shown.contains("hush"), "{shown}");
        assert!(!shown.contains(&format!("{:?}", b"hush")), "{shown}");
    }
}
