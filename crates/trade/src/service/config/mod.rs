//! Every setting of a centre: from a flag, the environment or a file, in this order. They are read together, and
//! whatever is wrong with them is said together. What a setting does is not here.

pub mod list;
pub mod sources;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

pub use sources::{Faults, Sources};
use suanpan_channels::BreakerPolicy;

use super::log::{LogFormat, LogWishes};
use super::{Operation, ServeOptions};
use crate::broadcast::broker::BrokerAddress;
use crate::caller::{CallLimits, limits};
use crate::db::postgres::Address;
use crate::network::is_within_this_machine;
use crate::settings::Settings;

const MS_PER_SECOND: i64 = 1_000;
const MS_PER_MINUTE: i64 = 60_000;
/// The platforms refuse a code that has less than a minute to live when the request reaches them.
const LIFE_MINUTES_MIN: i64 = 2;
/// The longest life of a code that the platforms take.
const CODE_LIFE_MINUTES_MAX: i64 = 120;
/// The backstop ends a caller's order after twenty minutes, so that a longer life would be a lie.
const CALLER_ORDER_LIFE_MINUTES_MAX: i64 = 20;
/// A day: money that waits longer for a person is forgotten.
const LATE_DELAY_MINUTES_MAX: i64 = 1_440;
/// Fewer would bar a till that works, more are no limit.
const TILL_REQUESTS: (i64, i64) = (100, 1_000_000);
/// A minute: what asks or ends more slowly hangs.
const SECONDS_MAX: i64 = 60;

/// Where a centre keeps what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Data folder.
    pub folder: PathBuf,
    /// Server of the database, where one was named.
    pub database: Option<String>,
}

/// Reads where the data is.
pub fn place(said: &mut Sources) -> Place {
    let folder = said.take("data", |text| {
        let path = PathBuf::from(text);
        if path.is_file() {
            return Err("this is a file and no folder".to_owned());
        }
        Ok(path)
    });
    if !said.says("data") {
        said.fault(
            "nothing says where the data is: --data, SUANPAN_DATA, or data in the file of --config"
                .to_owned(),
        );
    }
    let database = said.take("database", |text| match text.trim().parse::<Address>() {
        Ok(_) => Ok(text.trim().to_owned()),
        Err(error) => Err(format!("cannot be used: {error}")),
    });
    Place {
        folder: folder.unwrap_or_default(),
        database,
    }
}

/// Reads how to serve.
pub fn serving(said: &mut Sources, folder: &Path) -> (ServeOptions, LogWishes) {
    let listen = said.take_or_usual("listen", address);
    let inner = said.take("inner", address);
    let operators = said.take("operators", |text| {
        let address = address(text)?;
        if !address.ip().is_loopback() {
            return Err("measurements are read on this machine only, such as at 127.0.0.1:9464".to_owned());
        }
        Ok(address)
    });
    no_two_on_one_port(
        said,
        &[
            ("listen", Some(listen)),
            ("inner", inner),
            ("operators", operators),
        ],
    );
    let minutes = |said: &mut Sources, name, least, most| {
        said.take_or_usual(name, whole(least, most))
            .saturating_mul(MS_PER_MINUTE)
    };
    let seconds = |said: &mut Sources, name| {
        let seconds = said.take_or_usual(name, whole(1, SECONDS_MAX));
        Duration::from_secs(u64::try_from(seconds).unwrap_or(1))
    };
    let public = said.take("public_url", public_url);
    if public.is_none() && listen.ip().is_unspecified() {
        said.fault(format!(
            "public_url is wanted where listen is {listen}: tills and platforms are told an address that they can reach"
        ));
    }
    let till_requests = said.take_or_usual("till_requests_max", whole(TILL_REQUESTS.0, TILL_REQUESTS.1));
    let options = ServeOptions {
        folder: folder.to_path_buf(),
        listen,
        public_url: public,
        certificate: certificate(said),
        always_tls: said.take_or_usual("always_tls", truth),
        inner,
        broker: broker(said),
        settings: Settings {
            code_life_ms: minutes(said, "code_life_minutes", LIFE_MINUTES_MIN, CODE_LIFE_MINUTES_MAX),
            caller_order_life_ms: minutes(
                said,
                "caller_order_life_minutes",
                LIFE_MINUTES_MIN,
                CALLER_ORDER_LIFE_MINUTES_MAX,
            ),
            late_delay_ms: minutes(said, "late_delay_minutes", 0, LATE_DELAY_MINUTES_MAX),
            till_requests_max: u32::try_from(till_requests).unwrap_or(u32::MAX),
            ..Settings::default()
        },
        operation: Operation {
            operators,
            body_time_max: seconds(said, "body_seconds"),
            stop_time_max: seconds(said, "stop_seconds"),
            calls: calls(said),
            ..Operation::default()
        },
    };
    let log = LogWishes {
        filter: said.take_or_usual("log", log_filter),
        format: said.take_or_usual("log_format", log_format),
    };
    (options, log)
}

/// How calls to platforms are limited. A merchant's part of them is never more than all.
fn calls(said: &mut Sources) -> CallLimits {
    let usual = CallLimits::default();
    let ms = |said: &mut Sources, name, least, most| {
        let seconds = said.take_or_usual(name, whole(least, most));
        u64::try_from(seconds * MS_PER_SECOND).unwrap_or(0)
    };
    let number = |said: &mut Sources, name, least, most| {
        let number = said.take_or_usual(name, whole(least, most));
        usize::try_from(number).unwrap_or(1)
    };
    let mut limits = CallLimits {
        question_ms: ms(said, "question_seconds", 1, limits::CALL_SECONDS_MAX),
        change_ms: ms(said, "change_seconds", 1, limits::CALL_SECONDS_MAX),
        charge_ms: ms(
            said,
            "charge_seconds",
            limits::CHARGE_SECONDS_MIN,
            limits::CALL_SECONDS_MAX,
        ),
        connect_ms: ms(said, "connect_seconds", 1, limits::CONNECT_SECONDS_MAX),
        at_once: number(said, "calls_at_once", 1, limits::AT_ONCE_MAX),
        per_merchant: number(said, "calls_per_merchant", 1, limits::AT_ONCE_MAX),
        breaker: breaker(said, usual.breaker),
    };
    if !said.says("calls_per_merchant") {
        limits.per_merchant = limits.per_merchant.min(limits.at_once);
    }
    if limits.per_merchant > limits.at_once {
        let place = said.place("calls_per_merchant");
        said.fault(format!(
            "{place} is {}, but all calls together are {}: a merchant has a part of them",
            limits.per_merchant, limits.at_once
        ));
    }
    limits
}

fn breaker(said: &mut Sources, usual: BreakerPolicy) -> BreakerPolicy {
    let (least, most) = limits::BREAKER_FAILURES;
    let failures = said.take_or_usual("breaker_failures", whole(least, most));
    let pause = whole(1, limits::BREAKER_PAUSE_SECONDS_MAX);
    BreakerPolicy {
        failures_max: u32::try_from(failures).unwrap_or(usual.failures_max),
        probe_delay_ms_max: said.take_or_usual("breaker_pause_seconds", pause) * MS_PER_SECOND,
        ..usual
    }
}

fn broker(said: &mut Sources) -> Option<BrokerAddress> {
    let exchange = said.take_or_usual("broker_exchange", exchange);
    let url = said.take("broker_url", broker_url);
    url.map(|url| BrokerAddress { url, exchange })
}

/// The address of a broker, where it can be used.
///
/// # Errors
/// With what is wanted.
pub fn broker_url(text: &str) -> Result<String, String> {
    if !text.starts_with("amqp://") && !text.starts_with("amqps://") {
        return Err("an address that begins with amqp:// or amqps:// is wanted".to_owned());
    }
    let in_clear = text.strip_prefix("amqp://");
    if in_clear.is_some_and(|rest| !is_within_this_machine(rest)) {
        return Err(
            "off this machine amqps:// is wanted: messages and the password are not sent in clear".to_owned(),
        );
    }
    Ok(text.to_owned())
}

fn exchange(text: &str) -> Result<String, String> {
    // The protocol's short texts have 255 bytes at most, and `.parked` is added to this one.
    let known = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    let fits = (1..=200).contains(&text.len()) && text.chars().all(known);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "a name of at most 200 letters, digits and . _ : - is wanted".to_owned())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "an address and a port are wanted, such as 127.0.0.1:8443".to_owned())
}

fn whole(least: i64, most: i64) -> impl Fn(&str) -> Result<i64, String> {
    move |text| {
        let number = i64::from_str(text)
            .ok()
            .filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("a whole number from {least} to {most} is wanted"))
    }
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "true or false is wanted".to_owned())
}

fn public_url(text: &str) -> Result<String, String> {
    let wanted = || {
        "an address such as https://pay.example.cn is wanted, without a path or a name and password"
            .to_owned()
    };
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .ok_or_else(wanted)?;
    let host = rest.trim_end_matches('/');
    let plain = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
    if plain && text.starts_with("http://") && !is_within_this_machine(rest) {
        return Err("off this machine https:// is wanted: no platform and no till takes another".to_owned());
    }
    plain
        .then(|| text.trim_end_matches('/').to_owned())
        .ok_or_else(wanted)
}

fn log_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("cannot be used: {error}")),
    }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _neither => Err("text or json is wanted".to_owned()),
    }
}

/// A certificate and its key come together, and both can be read.
fn certificate(said: &mut Sources) -> Option<(PathBuf, PathBuf)> {
    let readable = |text: &str| match std::fs::File::open(text) {
        Ok(_) => Ok(PathBuf::from(text)),
        Err(error) => Err(format!("the file cannot be read: {error}")),
    };
    let [has_certificate, has_key] = ["tls_certificate", "tls_key"].map(|name| said.says(name));
    let certificate = said.take("tls_certificate", readable);
    let key = said.take("tls_key", readable);
    for (has, other_has, name, other) in [
        (has_certificate, has_key, "tls_certificate", "tls_key"),
        (has_key, has_certificate, "tls_key", "tls_certificate"),
    ] {
        if has && !other_has {
            let place = said.place(name);
            said.fault(format!("{place} is given without {other}: each needs the other"));
        }
    }
    certificate.zip(key)
}

fn no_two_on_one_port(said: &mut Sources, doors: &[(&'static str, Option<SocketAddr>)]) {
    for (at, (name, door)) in doors.iter().enumerate() {
        let same = |other: &&(&str, Option<SocketAddr>)| other.1 == *door;
        if let (Some(taken), Some((other, _))) = (door, doors[..at].iter().find(same))
            && taken.port() != 0
        {
            said.fault(format!(
                "{name} and {other} are both {taken}: each door needs a port of its own"
            ));
        }
    }
}
