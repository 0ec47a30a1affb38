//! A private broker: RabbitMQ in a folder of its own on free ports, frozen and killed at will.
//!
//! Its port mapper may stay behind; that one is shared by everybody on the machine and is left alone.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use suanpan_private_rabbitmq::Seat;

use crate::house::broker_line::BrokerLine;
use crate::house::clock::wait_until;

/// After a crash this version leaves now and then a queue of a single node without a leader (rabbitmq-server
/// issue 10070) until somebody asks for an election; asking a queue that has one changes nothing.
const ELECT: &str =
    "[ra:trigger_election(amqqueue:get_pid(Q)) || Q <- rabbit_amqqueue:list_by_type(quorum)].";
/// Four seconds on an idle machine; most of a minute where everything is built beside it.
const READY_MAX: Duration = Duration::from_secs(180);
/// A broker, running or not.
#[derive(Debug)]
pub struct Rabbit {
    seat: Seat,
    log: PathBuf,
    child: Option<Child>,
}

impl Rabbit {
    /// Starts a new one in a folder.
    ///
    /// # Panics
    /// When it is not installed or does not start.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let folder = folder.join("rabbit");
        let mut rabbit = Self {
            seat: Seat::take(&folder, None).expect("a broker has a seat"),
            log: folder.join("out.log"),
            child: None,
        };
        rabbit.launch();
        rabbit
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        self.seat.url()
    }

    /// The same broker behind a line that the test holds.
    #[must_use]
    pub fn url_behind(&self, line: &BrokerLine) -> String {
        suanpan_private_rabbitmq::url(line.port())
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.seat.port())
    }

    /// Starts it with what it had, and does what an operator does after a crash: lets every queue elect.
    ///
    /// # Panics
    /// When it runs or does not start.
    pub fn start_again(&mut self) {
        self.launch();
        wait_until("every queue was asked to elect", READY_MAX, || {
            let tool = self
                .seat
                .tool()
                .args(["eval", ELECT])
                .stdin(Stdio::null())
                .output()
                .expect("the broker's tool can be started");
            tool.status.success().then_some(())
        });
    }

    fn launch(&mut self) {
        assert!(self.child.is_none(), "the broker runs");
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .expect("a temporary folder takes files");
        let errors = log.try_clone().expect("an open file can be shared");
        let child = self
            .seat
            .server()
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("the broker can be started");
        self.child = Some(child);
        wait_until("the broker greets", READY_MAX, || {
            self.seat.greets().then_some(())
        });
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
