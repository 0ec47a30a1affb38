//! A till as the desktop runs it, with its link, worked at a cashier's pace from another thread.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use suanpan_till::host::SystemHost;
use suanpan_till::rpc::state::{SyncPhase, TillState};
use suanpan_till::rpc::{Command, EnterText, EnteredBy, Nothing, TakeCash};
use suanpan_till::shell::{Shell, ShellConfig};
use tokio::runtime::Runtime;

use crate::bench::clock::Watch;
use crate::bench::goods::{self, Article};
use crate::bench::problem::{BenchError, same};
use crate::bench::samples::Samples;
use crate::bench::shop::{LINES, NOTE_YUAN, config};

const WORKERS: usize = 2;
/// Faster than any cashier, slow enough that the till is not measured against its own queue.
const BETWEEN_KEYS: Duration = Duration::from_millis(4);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A running till.
#[derive(Debug)]
pub struct Running {
    runtime: Runtime,
    shell: Arc<Shell>,
    sales: usize,
}

/// What the counter waited for, by command.
#[derive(Clone, Debug, Default)]
pub struct Waited {
    /// Scans.
    pub scans: Samples,
    /// Completing with cash.
    pub cash: Samples,
}

impl Running {
    /// Starts the till of a folder; when it is enrolled, it begins to talk with its centre.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn start(folder: &Path) -> Result<Self, BenchError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_all()
            .build()?;
        let config = ShellConfig {
            till: config(folder),
            sandbox: None,
        };
        let shell = runtime
            .block_on(Shell::start(config, Arc::new(SystemHost::new())))
            .map_err(|problem| BenchError::product("start", problem))?;
        Ok(Self {
            runtime,
            shell: Arc::new(shell),
            sales: 0,
        })
    }

    /// Enrols it with a line.
    ///
    /// # Errors
    /// When the centre or the till refuses.
    pub fn enrol(&self, line: &str) -> Result<(), BenchError> {
        self.runtime
            .block_on(self.shell.enrol(line))
            .map_err(|problem| BenchError::product("enrol", problem))
    }

    /// What is on screen.
    #[must_use]
    pub fn state(&self) -> Arc<TillState> {
        Arc::clone(&self.shell.states().borrow())
    }

    /// Waits until the centre holds everything.
    ///
    /// # Errors
    /// [`BenchError::Wrong`] after `limit_s` seconds.
    pub fn wait_until_in_step(&self, limit_s: f64) -> Result<(), BenchError> {
        let watch = Watch::start();
        while !self.is_in_step() {
            if watch.seconds() > limit_s {
                return Err(BenchError::Wrong(format!(
                    "not in step after {limit_s} s: {:?}",
                    self.state().sync
                )));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Whether the centre holds everything.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        let state = self.state();
        state.sync.phase == SyncPhase::InStep && state.sync.entries_only_here == 0
    }

    /// Carries out a command beside the counter; what it answers comes through the handle.
    pub fn beside(&self, command: Command) -> tokio::task::JoinHandle<Result<Value, String>> {
        let shell = Arc::clone(&self.shell);
        self.runtime
            .spawn(async move { shell.rpc(command).await.map_err(|problem| problem.to_string()) })
    }

    /// Waits for what was begun beside the counter.
    ///
    /// # Errors
    /// When the till refused it.
    pub fn join(&self, handle: tokio::task::JoinHandle<Result<Value, String>>) -> Result<Value, BenchError> {
        match self.runtime.block_on(handle) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(why)) => Err(BenchError::product("beside the counter", why)),
            Err(error) => Err(BenchError::product("beside the counter", error)),
        }
    }

    fn press(&self, command: Command) -> Result<(Value, u64), BenchError> {
        wait_between_keys();
        let what = format!("{command:?}");
        let watch = Watch::start();
        let answer = self.runtime.block_on(self.shell.rpc(command));
        let ns = watch.ns();
        let answer = answer.map_err(|problem| BenchError::product(what, problem))?;
        Ok((answer, ns))
    }

    /// One sale of five lines, paid in cash.
    ///
    /// # Errors
    /// When it does not end paid with the right sum.
    pub fn sell(&mut self, articles: usize, waited: &mut Waited) -> Result<(), BenchError> {
        let first = self.sales * LINES;
        let basket: Vec<Article> = (first..first + LINES)
            .map(|number| goods::article(number % articles))
            .collect();
        self.sales += 1;
        for article in &basket {
            let text = article.code.clone();
            let by = EnteredBy::Scan;
            let (entered, ns) = self.press(Command::BasketEnter(EnterText { text, by }))?;
            same("problem of a scan", &entered["problem"], &Value::Null)?;
            waited.scans.push(ns);
        }
        self.press(Command::PayBegin(Nothing {}))?;
        let (state, ns) = self.press(Command::PayCash(TakeCash {
            received_yuan: NOTE_YUAN.to_owned(),
            replaces_tender: None,
            approval: None,
            expected_open_minor: None,
        }))?;
        waited.cash.push(ns);
        let total: i64 = basket.iter().map(|article| article.price_minor).sum();
        same("paid", &state["paid"]["total_minor"].as_i64(), &Some(total))
    }

    /// A proper end.
    ///
    /// # Errors
    /// When its data cannot be closed.
    pub fn stop(self) -> Result<(), BenchError> {
        let shell = Arc::into_inner(self.shell)
            .ok_or_else(|| BenchError::Wrong("somebody still works at the till".to_owned()))?;
        self.runtime
            .block_on(shell.stop())
            .map_err(|problem| BenchError::product("stop", problem))
    }
}

/// The pause of a hand between two keys.
fn wait_between_keys() {
    std::thread::sleep(BETWEEN_KEYS);
}
