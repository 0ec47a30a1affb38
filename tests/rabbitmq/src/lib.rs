//! A RabbitMQ of one's own: how it is started in a folder and on ports that it shares with nobody, and how one
//! knows that it is there.
//!
//! Deliberately not in it: watching, freezing and ending it. Tests and the practice shop each have their way with
//! the processes they start. Its port mapper is shared by everybody on the machine and may stay behind.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The program itself: the wrapper on the path changes its user.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// The broker's own tool, for the same reason.
const TOOL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";
/// Debian's package of both.
const PACKAGE: &str = "rabbitmq-server";
/// How long one greeting may take.
const GREETING_MAX: Duration = Duration::from_secs(2);
/// Schedulers of the runtime do not spin while they wait: the machine is shared with the programs that talk to it.
const RUNTIME: &str = "+sbwt none +sbwtdcpu none +sbwtdio none";

/// A broker's place: a folder, and the ports it listens on.
#[derive(Clone, Debug)]
pub struct Seat {
    folder: PathBuf,
    port: u16,
    distribution_port: u16,
}

impl Seat {
    /// A seat in a folder, which is made; at a port it had before, or a free one.
    ///
    /// # Errors
    /// When the program is not installed, or the folder or a port cannot be had.
    pub fn take(folder: &Path, port: Option<u16>) -> io::Result<Self> {
        if !Path::new(PROGRAM).exists() {
            let missing = format!("the package {PACKAGE} is missing");
            return Err(io::Error::new(io::ErrorKind::NotFound, missing));
        }
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            port: port.map_or_else(free_port, Ok)?,
            distribution_port: free_port()?,
        })
    }

    /// Port of the protocol.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// What starts it, with what it had there before.
    #[must_use]
    pub fn server(&self) -> Command {
        let inside = |name: &str| self.folder.join(name);
        let mut command = Command::new(PROGRAM);
        command
            .env("RABBITMQ_NODENAME", self.node())
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution_port.to_string())
            .env("RABBITMQ_MNESIA_BASE", inside("mnesia"))
            .env("RABBITMQ_LOG_BASE", inside("log"))
            .env("RABBITMQ_PID_FILE", inside("pid"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", inside("plugins"))
            .env("RABBITMQ_CONFIG_FILE", inside("none"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", RUNTIME)
            .env("HOME", &self.folder);
        command
    }

    /// The broker's own tool, pointed at this one.
    #[must_use]
    pub fn tool(&self) -> Command {
        let mut command = Command::new(TOOL);
        command
            .args(["--quiet", "--node", &self.node()])
            .env("HOME", &self.folder);
        command
    }

    /// Whether it speaks its protocol now.
    #[must_use]
    pub fn greets(&self) -> bool {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let Ok(mut stream) = TcpStream::connect_timeout(&address, GREETING_MAX) else {
            return false;
        };
        let mut first = [0; 1];
        stream.set_read_timeout(Some(GREETING_MAX)).is_ok()
            && stream.write_all(b"AMQP\x00\x00\x09\x01").is_ok()
            && stream.read_exact(&mut first).is_ok()
            && first == [1]
    }

    fn node(&self) -> String {
        format!("suanpan{}@localhost", self.port)
    }
}

/// Where clients find a broker on that port.
#[must_use]
pub fn url(port: u16) -> String {
    format!("amqp://guest:guest@127.0.0.1:{port}/%2f")
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
