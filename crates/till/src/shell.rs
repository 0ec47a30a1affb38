//! The till as a running program: commands come in, states go out, and the link with the centre is driven
//! beside it.
//!
//! The desktop window and the bridge both use only this. The core is synchronous and behind one lock;
//! whatever waits for the network waits out here, so that the counter never does.

pub mod approver;
mod driver;
mod enrolment;
mod import;
mod printing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

use crate::commands::sync::{Happening, Sync};
use crate::host::Host;
use crate::link::practice::Sandbox;
use crate::print::pictures;
use crate::rpc::practice::{PracticeTrade, PracticeView};
use crate::rpc::print::PrinterSwitches;
use crate::rpc::state::TillState;
use crate::rpc::{Code, Command, Problem};
use crate::till::{Till, TillConfig, TillReader};
use driver::{Driver, Nudge};
use printing::Printing;

/// What a till is started with.
#[derive(Clone, Debug)]
pub struct ShellConfig {
    /// Where its data is.
    pub till: TillConfig,
    /// The sandbox beside a practice till: admin address and token.
    pub sandbox: Option<(String, String)>,
}

/// A running till.
pub struct Shell {
    shared: Arc<Shared>,
    reader: TillReader,
    sandbox: Option<Sandbox>,
    network: watch::Sender<bool>,
    driver: tokio::sync::Mutex<Option<Driver>>,
    printing: Printing,
    printed: PathBuf,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell").finish_non_exhaustive()
    }
}

/// What the commands and the driver share.
struct Shared {
    /// Handed over in the order it was asked for: whoever takes many turns in a row, as an import does, lets
    /// everybody else in between.
    core: tokio::sync::Mutex<Option<Core>>,
    /// Whose turn it is to read a catalogue in: one import at a time, further ones wait.
    imports: Arc<tokio::sync::Mutex<()>>,
    state: watch::Sender<Arc<TillState>>,
    nudges: Mutex<Option<mpsc::UnboundedSender<Nudge>>>,
    host: Arc<dyn Host>,
}

/// The till with its sync engine, once it is enrolled.
struct Core {
    till: Till,
    sync: Option<Sync>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under the lock has rolled its transaction back; what is kept is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Runs `work` on the core, off the async threads, and shows what changed.
    async fn on_core<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Core) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let shared = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || shared.work_on_core(work)).await;
        done.unwrap_or_else(|error| {
            tracing::error!(%error, "a command ended in a fault of the program");
            Err(Problem {
                reference: Some(self.host.reference()),
                ..Problem::new(Code::Internal)
            })
        })
    }

    fn work_on_core<T>(&self, work: impl FnOnce(&mut Core) -> Result<T, Problem>) -> Result<T, Problem> {
        self.take_turn(|core| {
            let outcome = work(core);
            self.show(&core.till);
            outcome
        })
    }

    /// One turn on the core, without showing anything. Blocks; never for async threads.
    fn take_turn<T>(&self, work: impl FnOnce(&mut Core) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut core = self.core.blocking_lock();
        // Gone only while the program ends.
        work(core.as_mut().ok_or_else(|| Problem::new(Code::NotSaved))?)
    }

    /// Shows the state when it is newer than the one that is shown.
    fn show(&self, till: &Till) {
        match till.state() {
            Ok(state) => {
                self.state.send_if_modified(|shown| {
                    let is_newer = state.revision > shown.revision;
                    if is_newer {
                        *shown = Arc::new(state);
                    }
                    is_newer
                });
            }
            Err(problem) => tracing::error!(%problem, "the state cannot be read"),
        }
    }

    fn nudge(&self, nudge: Nudge) {
        if let Some(nudges) = locked(&self.nudges).as_ref()
            && nudges.send(nudge).is_err()
        {
            tracing::debug!("the link has stopped");
        }
    }
}

impl Shell {
    /// Opens the till and, when it is enrolled, begins to talk with its centre.
    ///
    /// # Errors
    /// Those of [`Till::open`], and a key file that cannot be used.
    pub async fn start(config: ShellConfig, host: Arc<dyn Host>) -> Result<Self, Problem> {
        let sandbox = config.sandbox.as_ref();
        let sandbox = sandbox
            .map(|(address, token)| Sandbox::try_new(address, token))
            .transpose()?;
        let opening = Arc::clone(&host);
        let opened = tokio::task::spawn_blocking(move || {
            let till = Till::open(&config.till, opening)?;
            let reader = till.reader()?;
            let state = till.state()?;
            Ok((till, reader, state))
        });
        let (till, reader, state) = opened.await.map_err(|_| Problem::new(Code::Internal))??;
        let printed = pictures::folder(till.store().folder());
        let shared = Arc::new(Shared {
            core: tokio::sync::Mutex::new(Some(Core { till, sync: None })),
            imports: Arc::default(),
            state: watch::Sender::new(Arc::new(state)),
            nudges: Mutex::new(None),
            host,
        });
        let shell = Self {
            printing: Printing::start(Arc::clone(&shared), printed.clone()),
            printed,
            shared,
            reader,
            sandbox,
            network: watch::Sender::new(true),
            driver: tokio::sync::Mutex::new(None),
        };
        shell.connect().await?;
        shell.finish_import();
        Ok(shell)
    }

    /// The state on screen: the present one and every newer one.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<Arc<TillState>> {
        self.shared.state.subscribe()
    }

    /// Works on the till itself, as preparing a practice shop does. What it commits goes up like a command's.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn with_till<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Till) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let done = self.shared.on_core(|core| work(&mut core.till)).await;
        self.shared.nudge(Nudge::Happened(Happening::Changed));
        done
    }

    /// Carries out one command.
    ///
    /// # Errors
    /// Why it did not happen; the state is then as before.
    pub async fn rpc(&self, command: Command) -> Result<Value, Problem> {
        match command {
            Command::PracticeTrades(_) => self.practice(self.sandbox()?.trades().await?).await,
            Command::PracticeAct(request) => {
                let trades = self.sandbox()?.act(&request.trade_no, request.act).await?;
                self.practice(trades).await
            }
            Command::PracticeFaults(switches) => shown(&self.sandbox()?.switch(switches).await?),
            Command::PracticeNetwork(request) => self.switch_network(request.up).await,
            Command::PracticePrinter(switches) => self.switch_printer(switches),
            Command::PracticePrinted(_) => self.printed().await,
            Command::CatalogueImport(request) => self.import(request).await,
            other => self.on_till(other).await,
        }
    }

    fn sandbox(&self) -> Result<&Sandbox, Problem> {
        self.sandbox
            .as_ref()
            .ok_or_else(|| Problem::new(Code::PracticeOnly))
    }

    /// The practice screen with these trades.
    async fn practice(&self, trades: Vec<PracticeTrade>) -> Result<Value, Problem> {
        let faults = self.sandbox()?.switches().await?;
        let network_up = *self.network.borrow();
        shown(&PracticeView {
            trades,
            faults,
            network_up,
            printer: self.printing.board().switches(),
        })
    }

    async fn switch_network(&self, up: bool) -> Result<Value, Problem> {
        self.sandbox()?;
        self.network.send_replace(up);
        self.shared.nudge(Nudge::Happened(Happening::RetryWanted));
        self.shared.on_core(|core| shown(&core.till.state()?)).await
    }

    fn switch_printer(&self, switches: PrinterSwitches) -> Result<Value, Problem> {
        self.sandbox()?;
        self.printing.board().set(switches);
        self.printing.try_now();
        shown(&switches)
    }

    async fn printed(&self) -> Result<Value, Problem> {
        self.sandbox()?;
        let folder = self.printed.clone();
        let read = tokio::task::spawn_blocking(move || pictures::printed(&folder)).await;
        let papers = read.map_err(std::io::Error::other).flatten();
        shown(&papers.map_err(|error| {
            tracing::error!(%error, "the printed papers cannot be read");
            Problem::new(Code::Internal)
        })?)
    }

    async fn on_till(&self, command: Command) -> Result<Value, Problem> {
        if let Some(answer) = self.read(command.clone()).await {
            return answer;
        }
        if matches!(command, Command::PrintRetry(_)) {
            self.printing.try_now();
        }
        let is_retry = matches!(command, Command::SyncRetry(_));
        let happening = if is_retry {
            Happening::RetryWanted
        } else {
            Happening::Changed
        };
        let answer = self.shared.on_core(|core| core.till.execute(command)).await;
        self.shared.nudge(Nudge::Happened(happening));
        answer
    }

    /// Searches and reports have a connection of their own: selling never waits for them.
    async fn read(&self, command: Command) -> Option<Result<Value, Problem>> {
        let reader = self.reader.clone();
        let read = tokio::task::spawn_blocking(move || reader.execute(&command)).await;
        read.unwrap_or_else(|error| {
            tracing::error!(%error, "a report ended in a fault of the program");
            Some(Err(Problem::new(Code::Internal)))
        })
    }

    /// Ends the link and closes the data. What was not sent goes out after the next start.
    ///
    /// # Errors
    /// When the witness of the numbers cannot be written.
    pub async fn stop(self) -> Result<(), Problem> {
        locked(&self.shared.nudges).take();
        if let Some(driver) = self.driver.lock().await.take() {
            driver.stop().await;
        }
        self.printing.stop().await;
        let shared = Arc::clone(&self.shared);
        let closed = tokio::task::spawn_blocking(move || {
            let core = shared.core.blocking_lock().take();
            core.map_or(Ok(()), |core| core.till.close())
        });
        let closed = closed.await.map_err(|_| Problem::new(Code::Internal))?;
        // An import ends with its next step; the next start goes on with it.
        drop(self.shared.imports.lock().await);
        closed
    }
}

fn shown(value: &impl serde::Serialize) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Problem::new(Code::Internal)
    })
}
