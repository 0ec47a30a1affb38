//! The centre on the network: one public door, the job that makes due calls, and a graceful end.
//!
//! Everything that decides is in [`crate::centre`]; here bytes are moved, calls made and time read.

pub mod clock;
pub mod database;
pub mod driver;
pub mod log;
pub mod openapi;
pub mod operate;
pub mod signal;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod wakes;
pub mod web;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum_server::tls_rustls::RustlsConfig;
use serde::Serialize;
use suanpan_wire::sign::fingerprint;

use crate::caller::Caller as PlatformCaller;
use crate::callers;
use crate::centre::{Centre, CentreParts, OnChange};
use crate::db::{AnyDb, Db};
use crate::fault::Fault;
use crate::identity::Identity;
use crate::merchants;
use crate::rows::caller::{self, Caller};
use crate::rows::pay_channel;
use crate::settings::Settings;
pub use database::{DATABASE_FILE, open_database};
use driver::Driver;
use wakes::Wakes;

/// Where the address of the last start is noted, for invitations.
pub const ADDRESS_FILE: &str = "address";
/// Open requests get this long to end after the signal; calls that are under way end by themselves.
const GRACE: Duration = Duration::from_secs(5);

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
}

/// Randomness of the operating system.
pub fn system_rng(bytes: &mut [u8]) {
    use ring::rand::{SecureRandom, SystemRandom};
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
    let public = Listening::bind(options.listen, &options, &identity).await?;
    let inner = match options.inner {
        Some(listen) => Some(Listening::bind(listen, &options, &identity).await?),
        None => None,
    };
    let told = Ready {
        centre: options.public_url.clone().unwrap_or_else(|| public.url()),
        fingerprint: fingerprint(identity.signing_key().public()),
        inner: inner.as_ref().map(Listening::url),
    };
    std::fs::write(options.folder.join(ADDRESS_FILE), &told.centre)?;
    let wakes = Arc::new(Wakes::default());
    let change = on_change(&db, &wakes);
    let parts = centre_parts(db, &identity, &options, &told);
    let centre = blocking(move || {
        let mut centre = Centre::open(parts, clock::now_ms())?;
        centre.set_on_change(change);
        Ok(centre)
    });
    let driver = Arc::new(Driver::new(centre.await?, PlatformCaller::try_new()?, wakes));
    let job = tokio::spawn(Arc::clone(&driver).run_job());
    let handle = axum_server::Handle::new();
    let inner_handle = axum_server::Handle::new();
    let public = tokio::spawn(public.open(web::router(Arc::clone(&driver)), handle.clone()));
    let inner = inner.map(|inner| {
        let router = web::inner_router(Arc::clone(&driver));
        tokio::spawn(inner.open(router, inner_handle.clone()))
    });
    ready(&told);
    stop.await;
    tracing::info!("stopping");
    driver.stop();
    handle.graceful_shutdown(Some(GRACE));
    inner_handle.graceful_shutdown(Some(GRACE));
    public.await??;
    if let Some(inner) = inner {
        inner.await??;
    }
    job.await?;
    driver.finish_calls().await;
    tracing::info!("stopped");
    Ok(())
}

/// A door that is bound and not open yet.
struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<RustlsConfig>,
}

impl Listening {
    /// Off loopback everything is TLS.
    async fn bind(listen: SocketAddr, options: &ServeOptions, identity: &Identity) -> Result<Self> {
        let listener = TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let with_tls = options.always_tls || options.certificate.is_some() || !address.ip().is_loopback();
        let tls = if with_tls {
            Some(tls::config(identity, options, address).await?)
        } else {
            None
        };
        Ok(Self {
            listener,
            address,
            tls,
        })
    }

    fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    async fn open(self, router: Router, handle: axum_server::Handle<SocketAddr>) -> std::io::Result<()> {
        web::open(self.listener, self.tls, router, handle).await
    }
}

/// Runs what waits for a database on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// What is behind the door: the database, and the identity that its tills know.
fn open_books(options: &ServeOptions) -> Result<(AnyDb, Identity)> {
    let db = open_database(&options.folder)?;
    let identity = database::open_identity(&options.folder, &db)?;
    check_merchants(&db)?;
    check_callers(&db, options)?;
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

/// Keys that cannot be used are found at the start and not at the first sale.
fn check_merchants(db: &AnyDb) -> Result<()> {
    let channels = db.read(|tx| Ok::<_, Fault>(pay_channel::all(tx)?))?;
    for channel in channels.iter().filter(|channel| channel.enabled) {
        merchants::open(channel)
            .with_context(|| format!("merchant {}: mend its keys or disable it", channel.enterprise_id))?;
    }
    Ok(())
}

/// A secret that cannot be read is found at the start, where the door that needs it is open.
fn check_callers(db: &AnyDb, options: &ServeOptions) -> Result<()> {
    if options.inner.is_none() {
        return Ok(());
    }
    let known = db.read(|tx| Ok::<_, Fault>(caller::all(tx)?))?;
    for caller in known.iter().filter(|caller| caller.revoked_at_ms.is_none()) {
        callers::secret(caller)
            .with_context(|| format!("caller {}: mend its secret or revoke it", caller.product_app_id))?;
    }
    Ok(())
}

fn open_secret(caller: &Caller) -> Option<Vec<u8>> {
    callers::secret(caller)
        .inspect_err(|error| tracing::error!(%error, "a secret cannot be read"))
        .ok()
}
