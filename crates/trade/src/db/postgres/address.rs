//! Where a PostgreSQL server is, and whether it is spoken to under TLS.
//!
//! On this machine (loopback, or a socket in the file system) the line is plain unless the address asks for
//! TLS; to any other machine it is TLS with a verified certificate, and no word in the address changes that.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// A server that does not answer within this is treated as gone; the caller repeats.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// A silent line is probed after this, so that a dead server is noticed before a till's patience ends.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(10);
/// What was sent and not received by then never will be.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(10);
/// Name that the server's own lists show for our connections, unless the address gives another.
const APPLICATION_NAME: &str = "suanpan-trade";

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Another scheme.
    #[error("a database's address begins with postgres://")]
    NotPostgres,
    /// Unreadable.
    #[error("the database's address cannot be read: {0}")]
    Malformed(String),
    /// Neither `disable`, `require`, `verify-ca` nor `verify-full`.
    #[error("sslmode={0} is not known here: leave it out, or say disable, require or verify-full")]
    UnknownSslMode(String),
    /// Plain to another machine.
    #[error("{0} is another machine: its database is spoken to under TLS only")]
    PlainElsewhere(String),
}

/// Where a server is.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    /// Certificates to trust instead of the machine's, PEM.
    pub(super) roots: Option<PathBuf>,
    pub(super) tls: bool,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({self})")
    }
}

impl Address {
    /// Whether both name the same database of the same server, whoever logs in and however.
    #[must_use]
    pub fn is_same_database(&self, other: &Self) -> bool {
        let place = |address: &Self| {
            let config = &address.config;
            (
                config.get_hosts().to_vec(),
                config.get_ports().to_vec(),
                config.get_dbname().map(str::to_owned),
                config.get_options().map(str::to_owned),
            )
        };
        place(self) == place(other)
    }
}

/// Server and database, never the password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.config.get_hosts().first().map_or_else(String::new, name_of);
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().unwrap_or_default();
        write!(f, "postgres://{host}:{port}/{database}")
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(AddressError::NotPostgres);
        }
        let (front, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value.to_owned()),
                Some(("sslrootcert", value)) => roots = Some(PathBuf::from(value)),
                Some(_) | None => rest.push(pair),
            }
        }
        let plain_url = if rest.is_empty() {
            front.to_owned()
        } else {
            format!("{front}?{}", rest.join("&"))
        };
        let mut config =
            Config::from_str(&plain_url).map_err(|error| AddressError::Malformed(error.to_string()))?;
        let tls = wants_tls(&config, mode.as_deref())?;
        settle(&mut config, tls);
        Ok(Self { config, roots, tls })
    }
}

fn wants_tls(config: &Config, mode: Option<&str>) -> Result<bool, AddressError> {
    let elsewhere = config.get_hosts().iter().find(|host| !is_here(host));
    match (mode, elsewhere) {
        (None, elsewhere) => Ok(elsewhere.is_some()),
        // The certificate is verified, and its name too, whatever of these is said.
        (Some("require" | "verify-ca" | "verify-full"), _) => Ok(true),
        (Some("disable"), None) => Ok(false),
        (Some("disable"), Some(host)) => Err(AddressError::PlainElsewhere(name_of(host))),
        (Some(other), _) => Err(AddressError::UnknownSslMode(other.to_owned())),
    }
}

fn settle(config: &mut Config, tls: bool) {
    config.ssl_mode(if tls { SslMode::Require } else { SslMode::Disable });
    config
        .connect_timeout(CONNECT_TIME_MAX)
        .keepalives_idle(KEEPALIVE_AFTER)
        .tcp_user_timeout(UNACKNOWLEDGED_MAX);
    if config.get_application_name().is_none() {
        config.application_name(APPLICATION_NAME);
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn name_of(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(url: &str) -> Result<bool, String> {
        url.parse::<Address>()
            .map(|address| address.tls)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn r16_another_machine_is_spoken_to_under_tls_whatever_the_address_says() {
        assert_eq!(tls("postgres://u@127.0.0.1:5432/d"), Ok(false));
        assert_eq!(tls("postgresql://u@localhost/d?sslmode=disable"), Ok(false));
        assert_eq!(tls("postgres://u@%2Frun%2Fpostgresql/d"), Ok(false));
        assert_eq!(tls("postgres://u@localhost/d?sslmode=require"), Ok(true));
        assert_eq!(tls("postgres://u@db.example/d"), Ok(true));
        assert_eq!(
            tls("postgres://u@db.example/d?sslmode=verify-full&sslrootcert=/ca.pem"),
            Ok(true)
        );
        assert!(
            tls("postgres://u@db.example/d?sslmode=disable")
                .unwrap_err()
                .contains("under TLS only")
        );
        assert!(tls("postgres://u@localhost,db.example/d?sslmode=disable").is_err());
        assert!(
            tls("postgres://u@db.example/d?sslmode=prefer")
                .unwrap_err()
                .contains("prefer")
        );
        assert!(tls("mysql://u@localhost/d").is_err());
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address: Address = "postgres://u:secret@localhost:5433/d?application_name=x"
            .parse()
            .unwrap();
        assert_eq!(address.to_string(), "postgres://localhost:5433/d");
        assert!(!format!("{address:?}").contains("secret"));
    }
}
