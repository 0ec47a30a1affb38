//! The listening business systems of a shop as a process, with their own books.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::books;
use crate::house::process::Process;
use crate::house::programs::program;

/// The listeners, running or not.
#[derive(Debug)]
pub struct Worker {
    data: PathBuf,
    logs: PathBuf,
    url: String,
    process: Option<Process>,
}

impl Worker {
    /// Starts them at a broker.
    ///
    /// # Panics
    /// When they do not start.
    #[must_use]
    pub fn start(folder: &Path, broker_url: &str) -> Self {
        let mut worker = Self {
            data: folder.join("worker"),
            logs: folder.join("logs"),
            url: broker_url.to_owned(),
            process: None,
        };
        worker.start_again();
        worker
    }

    /// Starts them with what they had.
    ///
    /// # Panics
    /// When they run or do not start.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the worker runs");
        let mut command = Command::new(program("suanpan-trade"));
        command
            .arg("--data")
            .arg(&self.data)
            .arg("worker")
            .env("SUANPAN_BROKER_URL", &self.url);
        self.process = Some(Process::start("worker", command, &self.logs));
    }

    /// Kills them.
    ///
    /// # Panics
    /// When they do not run.
    pub fn kill(&mut self) {
        self.process.take().expect("the worker runs").kill();
    }

    /// One number out of their books.
    #[must_use]
    pub fn number(&self, query: &str) -> i64 {
        books::number(&self.data, query)
    }

    /// Rows of texts out of their books.
    #[must_use]
    pub fn rows(&self, query: &str) -> BTreeSet<String> {
        books::rows(&self.data, query)
    }

    /// Notes an order of the course example, before it is asked to be paid.
    ///
    /// # Panics
    /// When it is not taken.
    pub fn place_course_order(&self, order_no: i64, business: &str, learner: &str) {
        let placed = Command::new(program("suanpan-trade"))
            .arg("--data")
            .arg(&self.data)
            .args(["course-order", "--order-no", &order_no.to_string()])
            .args(["--business", business, "--learner", learner])
            .output()
            .expect("suanpan-trade can be started");
        let complaint = String::from_utf8_lossy(&placed.stderr);
        assert!(placed.status.success(), "{complaint}");
    }

    /// All they wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.logs.join("worker.log")).unwrap_or_default()
    }
}
