//! A private broker: RabbitMQ in a folder of its own on free ports, frozen and killed at will.
//!
//! Its port mapper may stay behind; that one is shared by everybody on the machine and is left alone.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::house::clock::wait_until;

/// The program itself: the wrapper on the path changes its user.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// The broker's own tool, by the same reason.
const TOOL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";
/// After a crash this version leaves now and then a queue of a single node without a leader (rabbitmq-server
/// issue 10070) until somebody asks for an election; asking a queue that has one changes nothing.
const ELECT: &str =
    "[ra:trigger_election(amqqueue:get_pid(Q)) || Q <- rabbit_amqqueue:list_by_type(quorum)].";
/// Four seconds on an idle machine; most of a minute where everything is built beside it.
const READY_MAX: Duration = Duration::from_secs(180);
/// How long one greeting may take.
const GREETING_MAX: Duration = Duration::from_secs(2);
/// Schedulers of the runtime do not spin while they wait: two cores are shared with the programs under test.
const RUNTIME: &str = "+sbwt none +sbwtdcpu none +sbwtdio none";

/// A broker, running or not.
#[derive(Debug)]
pub struct Rabbit {
    folder: PathBuf,
    port: u16,
    distribution_port: u16,
    child: Option<Child>,
}

impl Rabbit {
    /// Starts a new one in a folder.
    ///
    /// # Panics
    /// When it is not installed or does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "the package rabbitmq-server is missing"
        );
        let folder = folder.join("rabbit");
        fs::create_dir_all(&folder).expect("a temporary folder takes folders");
        let mut rabbit = Self {
            folder,
            port: free_port(),
            distribution_port: free_port(),
            child: None,
        };
        rabbit.launch();
        rabbit
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Starts it with what it had, and does what an operator does after a crash: lets every queue elect.
    ///
    /// # Panics
    /// When it runs or does not start.
    pub fn start_again(&mut self) {
        self.launch();
        wait_until("every queue was asked to elect", READY_MAX, || {
            let tool = Command::new(TOOL)
                .args(["--quiet", "--node", &self.node(), "eval", ELECT])
                .env("HOME", &self.folder)
                .stdin(Stdio::null())
                .output()
                .expect("the broker's tool can be started");
            tool.status.success().then_some(())
        });
    }

    fn node(&self) -> String {
        format!("suanpan{}@localhost", self.port)
    }

    fn launch(&mut self) {
        assert!(self.child.is_none(), "the broker runs");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("out.log"))
            .expect("a temporary folder takes files");
        let errors = log.try_clone().expect("an open file can be shared");
        let inside = |name: &str| self.folder.join(name);
        let child = Command::new(PROGRAM)
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
            .env("HOME", &self.folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("the broker can be started");
        self.child = Some(child);
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        wait_until("the broker greets", READY_MAX, || greets(address).then_some(()));
    }

    /// Ends it at once, as a power cut would.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("the broker runs");
        signal(&child, Signal::KILL);
        drop(child.wait());
    }

    /// Freezes it: what is sent arrives at its machine, and nothing is answered.
    pub fn freeze(&self) {
        self.child.iter().for_each(|child| signal(child, Signal::STOP));
    }
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

/// A process that has already ended cannot be reached any more, which is what is wanted.
fn signal(child: &Child, signal: Signal) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let _already_gone = group.map(|group| kill_process_group(group, signal));
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

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}
