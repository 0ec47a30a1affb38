//! How a till comes to belong to a store: one line to paste, one request, one answer.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// The line an operator hands over: `address#code#fingerprint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolLine {
    /// Base address of the centre, `https://…` (plain `http://` only on loopback).
    pub address: String,
    /// One-time code, 8 characters, 30 minutes.
    pub code: String,
    /// Fingerprint of the centre's identity key ([`crate::sign::fingerprint`]).
    pub fingerprint: String,
}

/// What a till is enrolled with: an [`EnrolLine`], or the short form `address#code` that a centre on the
/// same machine allows. There nobody sits between the two, so the till takes the key from the first answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// As in [`EnrolLine::address`].
    pub address: String,
    /// As in [`EnrolLine::code`].
    pub code: String,
    /// As in [`EnrolLine::fingerprint`]; nothing in the short form.
    pub fingerprint: Option<String>,
}

/// Why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolLineError {
    /// Not the parts it should have, or one is empty.
    #[error("not address#code#fingerprint")]
    Malformed,
    /// Plain http to another machine.
    #[error("plain http is only for this machine")]
    PlainHttp,
    /// The short form, but not for plain http on this machine.
    #[error("{address} needs the whole line address#code#fingerprint")]
    FingerprintNeeded {
        /// The address of the line.
        address: String,
    },
}

impl EnrolLine {
    /// Reads a whole line, tolerating blanks around it.
    ///
    /// # Errors
    /// [`EnrolLineError`].
    pub fn parse(text: &str) -> Result<Self, EnrolLineError> {
        let Invitation {
            address,
            code,
            fingerprint,
        } = Invitation::parse(text)?;
        Ok(Self {
            address,
            code,
            fingerprint: fingerprint.ok_or(EnrolLineError::Malformed)?,
        })
    }
}

impl Invitation {
    /// Reads a line or its short form, tolerating blanks around it.
    ///
    /// # Errors
    /// [`EnrolLineError`].
    pub fn parse(text: &str) -> Result<Self, EnrolLineError> {
        let parts: Vec<&str> = text.trim().split('#').map(str::trim).collect();
        let (address, code, fingerprint) = match parts.as_slice() {
            [address, code] => (*address, *code, None),
            [address, code, fingerprint] => (*address, *code, Some((*fingerprint).to_owned())),
            _ => return Err(EnrolLineError::Malformed),
        };
        if address.is_empty() || code.is_empty() || fingerprint.as_deref() == Some("") {
            return Err(EnrolLineError::Malformed);
        }
        let is_plain_here = match address.strip_prefix("http://") {
            Some(rest) if is_this_machine(rest) => true,
            Some(_) => return Err(EnrolLineError::PlainHttp),
            None if address.starts_with("https://") => false,
            None => return Err(EnrolLineError::Malformed),
        };
        let address = address.trim_end_matches('/').to_owned();
        if fingerprint.is_none() && !is_plain_here {
            return Err(EnrolLineError::FingerprintNeeded { address });
        }
        Ok(Self {
            address,
            code: code.to_uppercase(),
            fingerprint,
        })
    }
}

/// Whether an address, given without its scheme, names this machine. Only whole loopback addresses and
/// `localhost` do: a name that merely begins like one, or stands before an `@`, leads elsewhere.
fn is_this_machine(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or(rest);
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        Some(_) | None => authority,
    };
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .and_then(|text| text.parse::<Ipv6Addr>().ok());
    host == "localhost"
        || bracketed.is_some_and(|ip| ip.is_loopback())
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

impl std::fmt::Display for EnrolLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}#{}", self.address, self.code, self.fingerprint)
    }
}

/// `POST /v1/enrol`. Signed like any request, with an empty till header, by the key it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolRequest {
    /// The one-time code.
    pub code: String,
    /// The till's public key, base64.
    pub public_key: String,
}

/// Answer to an enrolment; the same key with the same code is answered the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolAnswer {
    /// The till's id, a 64-bit number.
    pub till_id: String,
    /// The store's id.
    pub store_id: String,
    /// Number of the till within the store, for short numbers: `2`.
    pub till_label: String,
    /// Worker of the till's order numbers, unique among all tills, 0 to 65535.
    pub worker: u16,
    /// Name of the store.
    pub store_name: String,
    /// IANA name of the store's zone.
    pub zone: String,
    /// Minutes after midnight at which the store's day turns.
    pub cutoff_minutes: u16,
    /// The centre's identity key, base64; its fingerprint must be the one of the line.
    pub centre_key: String,
    /// The centre's clock.
    pub centre_time_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whole_and_written_the_same() {
        let line = EnrolLine::parse(" https://centre.example/ # abcd2345 # print ").unwrap();
        assert_eq!(line.to_string(), "https://centre.example#ABCD2345#print");
        assert_eq!(EnrolLine::parse(&line.to_string()), Ok(line));
        for broken in [
            "",
            "a",
            "https://c#x",
            "#x#y",
            "http://127.0.0.1:1#x",
            "ftp://c#x#y",
            "https://c#x#y#z",
        ] {
            assert!(EnrolLine::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_code_alone_is_enough_for_a_centre_on_this_machine() {
        for address in [
            "http://127.0.0.1:81",
            "http://localhost:81",
            "http://[::1]:81",
            "http://[::1]",
        ] {
            let invitation = Invitation::parse(&format!("{address}/#abcd2345")).unwrap();
            let expected = Invitation {
                address: address.to_owned(),
                code: "ABCD2345".to_owned(),
                fingerprint: None,
            };
            assert_eq!(invitation, expected);
        }
    }

    #[test]
    fn elsewhere_the_whole_line_is_needed() {
        for address in ["https://centre.example", "https://127.0.0.1:81"] {
            let needed = EnrolLineError::FingerprintNeeded {
                address: address.to_owned(),
            };
            assert_eq!(Invitation::parse(&format!("{address}#x")), Err(needed));
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_not_for_names_that_look_like_it() {
        for address in [
            "http://centre.example",
            "http://127.0.0.1.centre.example",
            "http://127.0.0.1@centre.example",
            "http://127.0.0.1:81@centre.example",
            "http://localhost@centre.example:81",
            "http://192.168.1.5:81",
            "http://[::2]:81",
        ] {
            for rest in ["#x", "#x#y"] {
                let refused = Invitation::parse(&format!("{address}{rest}"));
                assert_eq!(refused, Err(EnrolLineError::PlainHttp), "{address}{rest}");
            }
        }
    }
}
