//! The centre on the network: one public door, the job that makes due calls, and a graceful end.
//!
//! Everything that decides is in [`crate::centre`]; here bytes are moved, calls made and time read.

pub mod bills;
pub mod certificates;
pub mod clock;
pub mod config;
pub mod database;
mod doors;
pub mod driver;
pub mod hand;
pub mod log;
mod measure;
pub mod meters;
pub mod notify;
pub mod openapi;
pub mod operate;
pub mod relay;
pub mod signal;
#[cfg(test)]
mod tests;
pub mod tls;
mod turns;
pub mod wakes;
pub mod web;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;
use suanpan_wire::sign::fingerprint;

use crate::broadcast::broker::BrokerAddress;
use crate::broadcast::webhook;
use crate::caller::{CallLimits, Caller as PlatformCaller};
use crate::callers;
use crate::centre::{Centre, CentreParts, OnChange};
use crate::db::{AnyDb, Db};
use crate::fault::Fault;
use crate::identity::Identity;
use crate::merchants;
use crate::rows::caller::{self, Caller};
use crate::rows::pay_channel;
use crate::rows::subscriber::{self, Way};
use crate::settings::Settings;
pub use database::{DATABASE_FILE, open_database};
use doors::{Doors, Listening};
use driver::Driver;
use meters::Meters;
use tokio::task::JoinHandle;
use wakes::Wakes;

/// Where the address of the last start is noted, for invitations.
pub const ADDRESS_FILE: &str = "address";
/// A till's request may wait for a platform for six seconds; with this it is still answered after the signal.
const STOP_TIME_MAX: Duration = Duration::from_secs(10);
/// A request's head comes in one packet; a kept connection may be silent as long as a long poll pauses.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// A body that has not come whole by then never will; shop networks manage megabytes within it.
const BODY_TIME_MAX: Duration = Duration::from_secs(20);

/// How a centre is operated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Where measurements are read; nowhere unless given. On loopback.
    pub operators: Option<SocketAddr>,
    /// How long a request's head may take to come.
    pub head_time_max: Duration,
    /// How long its body may take to come whole.
    pub body_time_max: Duration,
    /// How long open requests may take to end after the signal; calls that are under way end by themselves.
    pub stop_time_max: Duration,
    /// How calls to platforms are limited.
    pub calls: CallLimits,
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            operators: None,
            head_time_max: HEAD_TIME_MAX,
            body_time_max: BODY_TIME_MAX,
            stop_time_max: STOP_TIME_MAX,
            calls: CallLimits::default(),
        }
    }
}

/// How a centre is served.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Data folder.
    pub folder: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address to tell tills and platforms, when it is not the one listened on.
    pub public_url: Option<String>,
    /// A public certificate and its key, PEM; otherwise the centre makes its own.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// TLS also on loopback, where it is not needed.
    pub always_tls: bool,
    /// Where callers of the existing contract are listened to; nowhere unless given.
    pub inner: Option<SocketAddr>,
    /// What an operator may set.
    pub settings: Settings,
    /// How it is operated.
    pub operation: Operation,
    /// Where queues are, for subscribers that have one.
    pub broker: Option<BrokerAddress>,
}

/// Where a served centre is: its ready line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// Address for tills.
    pub centre: String,
    /// Fingerprint of the identity key.
    pub fingerprint: String,
    /// Address for callers of the existing contract, where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<String>,
    /// Address for operators' measurements, where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operators: Option<String>,
}

/// Randomness of the operating system.
pub fn system_rng(bytes: &mut [u8]) {
    use aws_lc_rs::rand::{SecureRandom, SystemRandom};
    // The kernel's source does not fail once it is there; without it nothing may be signed.
    SystemRandom::new()
        .fill(bytes)
        .expect("the operating system gives random bytes");
}

/// Makes a data folder that only its owner may look into.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))
}

/// Serves until `stop` resolves, then ends gracefully. `ready` is told where, once requests are taken.
///
/// # Errors
/// When the data folder, the keys of an enabled merchant, the certificate or the address cannot be used.
pub async fn serve(
    options: ServeOptions,
    ready: impl FnOnce(&Ready),
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let opened = options.clone();
    let (db, identity) = blocking(move || open_books(&opened)).await?;
    let doors = Doors::bind(&options, &identity).await?;
    let told = Ready {
        centre: options.public_url.clone().unwrap_or_else(|| doors.public.url()),
        fingerprint: fingerprint(identity.signing_key().public()),
        inner: doors.inner.as_ref().map(Listening::url),
        operators: doors.operators.as_ref().map(Listening::url),
    };
    std::fs::write(options.folder.join(ADDRESS_FILE), &told.centre)?;
    let wakes = Arc::new(Wakes::default());
    let change = on_change(&db, &wakes);
    let meters = Arc::new(Meters::default());
    let heard = Arc::clone(&meters);
    let parts = centre_parts(db, &identity, &options, &told);
    let centre = blocking(move || {
        let mut centre = Centre::open(parts, clock::now_ms())?;
        centre.set_on_change(change);
        centre.set_on_heard(Box::new(move |lag_ms| heard.heard(lag_ms)));
        Ok(centre)
    });
    let driver = Driver::new(
        centre.await?,
        PlatformCaller::try_new(options.operation.calls)?,
        wakes,
    );
    let driver = Arc::new(driver.operated(options.operation, meters));
    let job = tokio::spawn(Arc::clone(&driver).run_job());
    let jobs = begin_jobs(&driver, options.broker.clone());
    let open = doors.open(&driver);
    ready(&told);
    stop.await;
    tracing::info!("stopping");
    notify::tell(notify::Progress::Stopping);
    driver.stop();
    open.close(options.operation.stop_time_max).await?;
    job.await?;
    for job in jobs {
        job.await?;
    }
    driver.finish_calls().await;
    tracing::info!("stopped");
    Ok(())
}

/// Runs what waits for a database on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// What is behind the door: the database, and the identity that its tills know.
fn open_books(options: &ServeOptions) -> Result<(AnyDb, Identity)> {
    let db = open_database(&options.folder)?;
    let identity = database::open_identity(&options.folder, &db)?;
    check_accounts(&db, options)?;
    Ok((db, identity))
}

/// A commit wakes whoever waits for it here, and at the other processes on the same database.
fn on_change(db: &AnyDb, wakes: &Arc<Wakes>) -> OnChange {
    let here = Arc::clone(wakes);
    match db {
        AnyDb::Sqlite(_) => Box::new(move |till_id| here.wake(till_id)),
        AnyDb::Postgres(db) => {
            let (bells, wire) = db.bells();
            let heard = Arc::clone(wakes);
            tokio::spawn(wire.run(move |till_id| heard.wake(till_id)));
            Box::new(move |till_id| {
                here.wake(till_id);
                bells.ring(till_id);
            })
        }
    }
}

fn centre_parts(db: AnyDb, identity: &Identity, options: &ServeOptions, told: &Ready) -> CentreParts<AnyDb> {
    CentreParts {
        db,
        identity: identity.signing_key(),
        rng: Box::new(system_rng),
        settings: Settings {
            public_url: told.centre.clone(),
            ..options.settings.clone()
        },
        open_channel: Box::new(merchants::open),
        open_secret: Box::new(open_secret),
    }
}

/// Begins to deliver to business systems, and to reconcile.
fn begin_jobs(driver: &Driver, broker: Option<BrokerAddress>) -> Vec<JoinHandle<()>> {
    let mut jobs = vec![
        tokio::spawn(driver.relay().run_webhooks()),
        tokio::spawn(driver.bills().run()),
    ];
    match broker {
        Some(address) => jobs.push(tokio::spawn(driver.relay().run_broker(address))),
        None => tracing::info!("no broker is configured: what is for queues waits"),
    }
    jobs
}

/// Keys and secrets that cannot be used are found at the start and not at the first sale, all of them at once. Secrets
/// are needed only where the door of their callers is open.
fn check_accounts(db: &AnyDb, options: &ServeOptions) -> Result<()> {
    let channels = db.read(|tx| Ok::<_, Fault>(pay_channel::all(tx)?))?;
    let known = match options.inner {
        Some(_) => db.read(|tx| Ok::<_, Fault>(caller::all(tx)?))?,
        None => Vec::new(),
    };
    let merchants = channels
        .iter()
        .filter(|channel| channel.enabled)
        .filter_map(|channel| {
            let error = merchants::open(channel).err()?;
            Some(format!(
                "merchant {}: {error}; mend its keys or disable it",
                channel.enterprise_id
            ))
        });
    let callers = known
        .iter()
        .filter(|caller| caller.revoked_at_ms.is_none())
        .filter_map(|caller| {
            let error = callers::secret(caller).err()?;
            Some(format!(
                "caller {}: {error:#}; mend its secret or revoke it",
                caller.product_app_id
            ))
        });
    warn_of_webhooks(db)?;
    let faults: Vec<String> = merchants.chain(callers).collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(config::Faults(faults).into())
}

/// A secret of a webhook that cannot be read is no reason to sell nothing: its events wait, and it is said at the start.
fn warn_of_webhooks(db: &AnyDb) -> Result<()> {
    let subscribers = db.read(|tx| Ok::<_, Fault>(subscriber::all(tx)?))?;
    let webhooks = subscribers
        .iter()
        .filter(|subscriber| subscriber.way == Way::Webhook);
    for webhook in webhooks.filter(|webhook| !webhook.paused) {
        let reference = webhook.secret_ref.as_deref().unwrap_or_default();
        if let Err(error) = webhook::Secret::read(reference) {
            tracing::error!(subscriber = webhook.name, %error, "a webhook's secret cannot be read: its events wait");
        }
    }
    Ok(())
}

fn open_secret(caller: &Caller) -> Option<Vec<u8>> {
    callers::secret(caller)
        .inspect_err(|error| tracing::error!(%error, "a secret cannot be read"))
        .ok()
}
