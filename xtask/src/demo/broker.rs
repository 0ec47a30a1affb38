//! The practice shop's own broker: RabbitMQ in the shop's folder, on a port that a kept shop finds again.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::demo::child::Child;
use crate::demo::place::Place;
use crate::demo::stop::Stop;

/// The program itself: the wrapper on the path changes its user.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// How long one greeting may take.
const GREETING_MAX: Duration = Duration::from_secs(2);

/// Starts it, at the port it had or a free one, and gives the port.
///
/// # Errors
/// When it is not installed or does not start.
pub fn start(place: &Place, port: Option<u16>, stop: &Stop) -> Result<(Child, u16)> {
    ensure!(
        Path::new(PROGRAM).exists(),
        "the package rabbitmq-server is missing: ./x demo --rabbitmq installs it on Debian"
    );
    let port = match port {
        Some(port) => port,
        None => free_port()?,
    };
    let folder = place.inside("broker");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut command = Command::new(PROGRAM);
    command
        .env("RABBITMQ_NODENAME", format!("suanpan{port}@localhost"))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", port.to_string())
        .env("RABBITMQ_DIST_PORT", free_port()?.to_string())
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_CONFIG_FILE", folder.join("none"))
        .env("HOME", &folder);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let child = Child::start_until("broker", command, &place.inside("logs"), stop, || greets(address))?;
    Ok((child, port))
}

/// Where a broker of ours on that port is.
pub fn url(port: u16) -> String {
    format!("amqp://guest:guest@127.0.0.1:{port}/%2f")
}

/// Whether somebody speaks the protocol there.
fn greets(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&address, GREETING_MAX) else {
        return false;
    };
    let mut first = [0; 1];
    stream.set_read_timeout(Some(GREETING_MAX)).is_ok()
        && stream.write_all(b"AMQP\x00\x00\x09\x01").is_ok()
        && stream.read_exact(&mut first).is_ok()
        && first == [1]
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
