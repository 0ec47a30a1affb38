//! Carries papers to the printer beside everything else: woken by every change, with a longest wait and no
//! largest number of tries while the printer cannot print.
//!
//! The core is only borrowed for a step of the queue; while the printer works nobody waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use suanpan_domain::print::{PrintTrouble, retry_delay_ms};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{Shared, locked};
use crate::print::pictures::{Board, Pictures};
use crate::print::queue::{self, Next, Turn};
use crate::print::{Outcome, Printer};
use crate::rpc::print::PrinterKind;
use crate::rpc::state::TillState;
use crate::rpc::{Code, Problem};

/// The task that carries papers, and what is beside it. Dropped without a stop it ends too, so that nothing holds
/// the till's data that nobody uses any more.
pub(super) struct Printing {
    task: Option<JoinHandle<()>>,
    board: Arc<Board>,
    wake: Arc<Wake>,
}

/// Wakes the task out of a wait.
#[derive(Default)]
struct Wake {
    notify: Notify,
    ending: std::sync::atomic::AtomicBool,
}

impl Wake {
    fn is_ending(&self) -> bool {
        self.ending.load(std::sync::atomic::Ordering::SeqCst)
    }
}

type Device = Arc<Mutex<Box<dyn Printer>>>;

impl Printing {
    /// Begins to carry what is owed to the printer that prints into `folder`.
    pub(super) fn start(shared: Arc<Shared>, folder: std::path::PathBuf) -> Self {
        let board = Arc::new(Board::default());
        let wake = Arc::new(Wake::default());
        let printer: Box<dyn Printer> = Box::new(Pictures::new(folder, Arc::clone(&board)));
        let task = tokio::spawn(run(shared, Arc::new(Mutex::new(printer)), Arc::clone(&wake)));
        Self {
            task: Some(task),
            board,
            wake,
        }
    }

    /// The printer's switches.
    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// Somebody wants it tried now.
    pub(super) fn try_now(&self) {
        self.wake.notify.notify_one();
    }

    /// Ends it. A paper under way is let come out, unless it is slow: then the next start asks about it.
    pub(super) async fn stop(mut self) {
        self.wake.ending.store(true, std::sync::atomic::Ordering::SeqCst);
        self.wake.notify.notify_one();
        self.board.end();
        let Some(task) = self.task.take() else { return };
        if let Err(error) = task.await {
            tracing::error!(%error, "the print queue ended in a fault of the program");
        }
    }
}

impl Drop for Printing {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn run(shared: Arc<Shared>, device: Device, wake: Arc<Wake>) {
    let mut states = shared.state.subscribe();
    let mut in_vain = 0;
    while !wake.is_ending() {
        let owed = states.wait_for(|state| is_owed(state));
        tokio::select! {
            owed = owed => if owed.is_err() { return },
            () = wake.notify.notified() => continue,
        }
        let turn = turn(&shared, &device).await.unwrap_or_else(|problem| {
            tracing::error!(%problem, "a step of the print queue was lost");
            Turn::InVain
        });
        match turn {
            Turn::Idle | Turn::Moved => in_vain = 0,
            Turn::InVain => {
                in_vain += 1;
                let wait_ms = retry_delay_ms(in_vain).unsigned_abs();
                // Woken by a person, it begins again with short waits.
                let woken =
                    tokio::time::timeout(Duration::from_millis(wait_ms), wake.notify.notified()).await;
                if woken.is_ok() {
                    in_vain = 0;
                }
            }
        }
    }
}

fn is_owed(state: &TillState) -> bool {
    state.print.owed > 0 && state.print.printer != PrinterKind::None
}

async fn on_device<T: Send + 'static>(
    device: &Device,
    work: impl FnOnce(&mut dyn Printer) -> T + Send + 'static,
) -> Result<T, Problem> {
    let device = Arc::clone(device);
    let done = tokio::task::spawn_blocking(move || work(locked(&device).as_mut())).await;
    done.map_err(|error| {
        tracing::error!(%error, "the printer ended in a fault of the program");
        Problem::new(Code::Internal)
    })
}

/// One turn, as [`queue::turn`] takes it, with nobody waiting for the printer.
async fn turn(shared: &Arc<Shared>, device: &Device) -> Result<Turn, Problem> {
    if let Err(trouble) = on_device(device, |printer| printer.ready()).await? {
        return cannot_print(shared, trouble).await;
    }
    match shared.on_core(|core| queue::next(&mut core.till)).await? {
        Next::Nothing => Ok(Turn::InVain),
        Next::Print(paper) => {
            let job_no = paper.job_no;
            let printed = on_device(device, move |printer| printer.print(&paper)).await;
            // A printer that ended in a fault may have printed first.
            let outcome = printed.unwrap_or(Outcome::Unknown);
            let ended = move |core: &mut super::Core| queue::ended(&mut core.till, job_no, outcome);
            shared.on_core(ended).await?;
            Ok(queue::turn_of(outcome))
        }
        Next::Ask(job_no) => {
            let came_out = match on_device(device, move |printer| printer.came_out(job_no)).await? {
                Ok(came_out) => came_out,
                Err(trouble) => return cannot_print(shared, trouble).await,
            };
            let answered = move |core: &mut super::Core| queue::answered(&mut core.till, job_no, came_out);
            shared.on_core(answered).await?;
            Ok(Turn::Moved)
        }
    }
}

async fn cannot_print(shared: &Arc<Shared>, trouble: PrintTrouble) -> Result<Turn, Problem> {
    shared
        .on_core(move |core| queue::cannot_print(&mut core.till, trouble))
        .await?;
    Ok(Turn::InVain)
}
