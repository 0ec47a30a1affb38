//! The till's core: its data, its clock, and the one door that every command goes through.
//!
//! Synchronous and without network. The shell holds it behind a lock and lets the link driver and the
//! screens in by turns; reports have readers of their own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use suanpan_domain::payment_code::PaymentCode;
use suanpan_wire::entry::Said;

use crate::clock::ShopClock;
use crate::commands::{self, glance::Glance};
use crate::host::Host;
use crate::payment_codes::PaymentCodes;
use crate::qr::LastDrawn;
use crate::rpc::state::TillState;
use crate::rpc::{Code, Command, Problem};
use crate::store::{
    Durability, FREE_BYTES_MIN, Halt, Moment, Reader, Store, StoreConfig, StoreError, View, WriteTx, keys,
};
use crate::sync::LinkStatus;

/// Where a till keeps its things.
#[derive(Clone, Debug)]
pub struct TillConfig {
    /// Database and witness.
    pub store: StoreConfig,
}

impl TillConfig {
    /// A real till in `folder`, with its witness in a file outside of it.
    #[must_use]
    pub fn new(folder: &Path, witness: &Path) -> Self {
        Self {
            store: StoreConfig {
                folder: folder.to_owned(),
                witness: witness.to_owned(),
                durability: Durability::Full,
                free_bytes_min: FREE_BYTES_MIN,
                begin_anew: false,
            },
        }
    }

    /// A till whose commits do not wait for the disk: for simulations only.
    #[must_use]
    pub fn simulated(folder: &Path, witness: &Path) -> Self {
        let mut config = Self::new(folder, witness);
        config.store.durability = Durability::Simulated;
        config.store.free_bytes_min = 0;
        config
    }
}

/// The witness file of a data folder inside a folder for settings: named after the data folder's path.
#[must_use]
pub fn witness_path(settings: &Path, folder: &Path) -> PathBuf {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let hash = suanpan_wire::sign::hex(&suanpan_wire::sign::sha256(whole.as_os_str().as_encoded_bytes()));
    settings.join(format!("witness-{}", &hash[..16]))
}

/// What is known beside what is kept.
#[derive(Clone, Debug)]
struct Outside {
    link: LinkStatus,
    clock: ShopClock,
    revision: u64,
    last_code: Arc<LastDrawn>,
}

fn locked(outside: &Mutex<Outside>) -> MutexGuard<'_, Outside> {
    outside.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The core.
pub struct Till {
    store: Store,
    host: Arc<dyn Host>,
    outside: Arc<Mutex<Outside>>,
    payment_codes: PaymentCodes,
}

impl std::fmt::Debug for Till {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Till")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Till {
    /// Opens the till's data, making it when the folder is new.
    ///
    /// # Errors
    /// [`Code::AlreadyRunning`], [`Code::DatabaseNewer`], [`Code::DatabaseDamaged`],
    /// [`Code::DatabaseUnreadable`]; nothing was changed then.
    pub fn open(config: &TillConfig, host: Arc<dyn Host>) -> Result<Self, Problem> {
        let now = host.now();
        let store = Store::open(&config.store, &host.uuid_v7(), now.wall_ms).map_err(|error| {
            let mut problem = error.problem();
            fault(&mut problem, host.as_ref(), &error);
            problem
        })?;
        let offset_ms = store
            .view()
            .setting_number(keys::CENTRE_OFFSET_MS)
            .map_err(|error| saved_not(host.as_ref(), &error))?;
        let outside = Outside {
            link: LinkStatus::default(),
            clock: ShopClock::new(offset_ms, now),
            revision: store.revision(),
            last_code: Arc::default(),
        };
        Ok(Self {
            store,
            host,
            outside: Arc::new(Mutex::new(outside)),
            payment_codes: PaymentCodes::default(),
        })
    }

    /// Carries out a command that needs no network. `practice.*` belongs to the shell.
    ///
    /// # Errors
    /// Why it did not happen; the state is then as before.
    pub fn execute(&mut self, command: Command) -> Result<Value, Problem> {
        commands::execute(self, command)
    }

    /// Everything on screen.
    ///
    /// # Errors
    /// When the data cannot be read.
    pub fn state(&self) -> Result<TillState, Problem> {
        self.read(commands::state::state)
    }

    /// Reads with what the screens need to know beside what is kept.
    ///
    /// # Errors
    /// What `work` refused, or that the data cannot be read.
    pub fn read<T>(&self, work: impl FnOnce(&Glance<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        self.store
            .read(|view| work(&glance(view, &self.outside, self.host.as_ref())))
            .map_err(|halt| problem(halt, self.host.as_ref()))
    }

    /// A reader on a connection of its own, for searches and reports beside selling.
    ///
    /// # Errors
    /// When no further connection can be made.
    pub fn reader(&self) -> Result<TillReader, Problem> {
        let reader = self
            .store
            .reader()
            .map_err(|error| saved_not(self.host.as_ref(), &error))?;
        Ok(TillReader {
            reader: Arc::new(Mutex::new(reader)),
            outside: Arc::clone(&self.outside),
            host: Arc::clone(&self.host),
        })
    }

    /// One transaction. What it changes and says is durable when this returns, and not before.
    ///
    /// # Errors
    /// What `work` refused, or [`Code::NotSaved`] or [`Code::DiskFull`] with a reference that is also in
    /// the log; nothing was changed then.
    pub fn write<T>(&mut self, work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        let now = self.host.now();
        let (at_ms, jump) = {
            let mut outside = locked(&self.outside);
            let jump = outside.clock.jump(now);
            (outside.clock.at(now), jump)
        };
        let time = self
            .store
            .view()
            .shop_time()
            .map_err(|error| saved_not(self.host.as_ref(), &error))?;
        let outcome = self.store.write(Moment { at_ms, time }, |tx| {
            if let Some(by_ms) = jump {
                tx.say(None, &Said::ClockJumped { by_ms })?;
            }
            work(tx)
        });
        locked(&self.outside).revision = self.store.revision();
        outcome.map_err(|halt| problem(halt, self.host.as_ref()))
    }

    /// Holds a payment code until the centre has answered its order's charge.
    pub(crate) fn hold_payment_code(&mut self, order_id: String, code: PaymentCode) {
        let now_ms = self.now_ms();
        self.payment_codes.hold(order_id, code, now_ms);
    }

    /// The payment code of an order's charge that is sent now.
    pub(crate) fn payment_code(&mut self, order_id: &str) -> Option<PaymentCode> {
        let now_ms = self.now_ms();
        self.payment_codes.of(order_id, now_ms)
    }

    /// The centre knows this order's charge.
    pub(crate) fn forget_payment_code(&mut self, order_id: &str) {
        self.payment_codes.forget(order_id);
    }

    /// What is kept.
    #[must_use]
    pub const fn view(&self) -> View<'_> {
        self.store.view()
    }

    /// The store itself.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The machine.
    #[must_use]
    pub fn host(&self) -> &dyn Host {
        self.host.as_ref()
    }

    /// Corrected time, UTC milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        let now = self.host.now();
        locked(&self.outside).clock.at(now)
    }

    /// How the link with the centre stands, as last told.
    #[must_use]
    pub fn link(&self) -> LinkStatus {
        locked(&self.outside).link.clone()
    }

    /// The link stands differently.
    pub fn set_link(&mut self, link: LinkStatus) {
        self.store.touch();
        let mut outside = locked(&self.outside);
        outside.link = link;
        outside.revision = self.store.revision();
    }

    /// The centre said its time. The difference to the wall clock is kept when it changed by more than a
    /// second, so that a restart offline is right too.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn learn_centre_time(&mut self, centre_time_ms: i64) -> Result<(), Problem> {
        const WORTH_KEEPING_MS: i64 = 1_000;
        let now = self.host.now();
        let offset_ms = locked(&self.outside).clock.learn(centre_time_ms, now);
        let kept = self
            .view()
            .setting_number(keys::CENTRE_OFFSET_MS)
            .map_err(|error| saved_not(self.host.as_ref(), &error))?;
        if (offset_ms - kept).abs() <= WORTH_KEEPING_MS {
            return Ok(());
        }
        self.write(|tx| Ok(tx.set_setting(keys::CENTRE_OFFSET_MS, &offset_ms.to_string())?))
    }

    /// A proper end. A till that is only dropped loses nothing; its numbers run a minute ahead afterwards.
    ///
    /// # Errors
    /// When the witness cannot be written.
    pub fn close(self) -> Result<(), Problem> {
        let host = self.host;
        self.store
            .close()
            .map_err(|error| saved_not(host.as_ref(), &error))
    }
}

/// Answers searches and reports on a connection of its own, so that selling never waits for them.
#[derive(Clone)]
pub struct TillReader {
    reader: Arc<Mutex<Reader>>,
    outside: Arc<Mutex<Outside>>,
    host: Arc<dyn Host>,
}

impl std::fmt::Debug for TillReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TillReader").finish_non_exhaustive()
    }
}

impl TillReader {
    /// Carries out a command that only reads; nothing for any other.
    #[must_use]
    pub fn execute(&self, command: &Command) -> Option<Result<Value, Problem>> {
        self.read(|glance| commands::read(glance, command).transpose())
            .transpose()
    }

    /// Reads with what the screens need to know beside what is kept.
    ///
    /// # Errors
    /// What `work` refused, or that the data cannot be read.
    pub fn read<T>(&self, work: impl FnOnce(&Glance<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader
            .read(|view| work(&glance(view, &self.outside, self.host.as_ref())))
            .map_err(|halt| problem(halt, self.host.as_ref()))
    }
}

fn glance<'a>(view: View<'a>, outside: &Mutex<Outside>, host: &dyn Host) -> Glance<'a> {
    let now = host.now();
    let outside = locked(outside);
    Glance {
        view,
        now_ms: outside.clock.at(now),
        link: outside.link.clone(),
        revision: outside.revision,
        last_code: Arc::clone(&outside.last_code),
    }
}

/// A value as the contract carries it.
pub(crate) fn answer<T: Serialize>(value: &T) -> Result<Value, Halt> {
    Ok(serde_json::to_value(value).map_err(StoreError::from)?)
}

fn problem(halt: Halt, host: &dyn Host) -> Problem {
    match halt {
        Halt::No(problem) => problem,
        Halt::Store(error) => saved_not(host, &error),
    }
}

fn saved_not(host: &dyn Host, error: &StoreError) -> Problem {
    let code = if error.is_disk_full() {
        Code::DiskFull
    } else {
        Code::NotSaved
    };
    let mut problem = Problem::new(code);
    fault(&mut problem, host, error);
    problem
}

/// Gives a fault a reference to read aloud, and writes the cause beside it into the log.
fn fault(problem: &mut Problem, host: &dyn Host, cause: &dyn std::error::Error) {
    if problem.class != crate::rpc::Class::Fault {
        return;
    }
    let reference = host.reference();
    tracing::error!(%reference, code = ?problem.code, %cause, "the till could not do it");
    problem.reference = Some(reference);
}
