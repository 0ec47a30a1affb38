//! The door: HTTP around the core. WeChat Pay's API at `/v3`, Alipay's at `/gateway.do`, the phone's pages at
//! `/pay` and `/wallet`, the admin API at `/admin` and its page at `/desk`.
//!
//! Only sleeping, sockets and the clock live here; what the platform answers is decided in the core.

mod acts;
mod admin;
mod api;
mod clock;
mod cut;
mod deliver;
mod desk;
mod guard;
mod html;
mod keep;
mod page;
mod settings;
mod state;
mod wallet;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::clock::ClockView;
use self::cut::{CutListener, Peer};
use self::keep::Keeper;
use self::state::Shared;
use crate::core::config::{CodeBase, PlatformConfig};
use crate::core::platform::Platform;

/// No call of the platform is larger than a few kilobytes; what is larger is refused unread.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// How long open connections get to end when the sandbox stops.
const STOP_WITHIN: Duration = Duration::from_secs(2);
/// 128 bits: cannot be guessed on a machine that can be asked a few thousand times a second.
const TOKEN_BYTES: usize = 16;

/// What a sandbox behind HTTP is started with.
#[derive(Clone, Debug, Default)]
pub struct DoorConfig {
    /// The seed of numbers and codes; random when absent.
    pub seed: Option<u64>,
    /// What stands in front of `/pay/{token}` in a code; the sandbox's own address when absent.
    pub code_base: Option<CodeBase>,
    /// How long refunds stay in progress, when not the usual time.
    pub refund_settle_ms: Option<u32>,
    /// The admin API's bearer token; a random one when absent.
    pub token: Option<String>,
    /// A file in which the orders are kept from one start to the next; without one they are forgotten.
    pub kept: Option<PathBuf>,
}

/// A sandbox that runs. Dropping it stops it at once; [`Sandbox::stop`] lets connections end.
pub struct Sandbox {
    address: SocketAddr,
    token: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    driver: JoinHandle<()>,
}

/// Serves a sandbox, empty unless it kept orders, on `listener` until it is stopped or dropped.
///
/// # Errors
/// When the listener has no address, no random bytes are to be had, the callbacks' client cannot be built, or
/// the kept orders cannot be read.
pub async fn serve(listener: TcpListener, config: DoorConfig) -> io::Result<Sandbox> {
    let address = reachable(listener.local_addr()?);
    let code_base = match config.code_base {
        Some(base) => base,
        None => CodeBase::parse(&format!("http://{address}")).map_err(io::Error::other)?,
    };
    let mut platform = PlatformConfig::new(config.seed.map_or_else(random_seed, Ok)?);
    platform.code_base = Some(code_base);
    platform.api_base = Some(format!("http://{address}"));
    platform.refund_settle_ms = config.refund_settle_ms.unwrap_or(platform.refund_settle_ms);

    let token = config.token.map_or_else(random_token, Ok)?;
    let mut platform = Platform::new(platform);
    let keeper = config
        .kept
        .map(|file| Keeper::recall(file, &mut platform))
        .transpose()?;
    let shared = Arc::new(Shared::new(platform, &token, keeper));
    let client = deliver::client().map_err(io::Error::other)?;
    let driver = tokio::spawn(deliver::run(Arc::clone(&shared), client));
    let (stop, stopped) = watch::channel(false);
    let service = router(&shared).into_make_service_with_connect_info::<Peer>();
    let server = axum::serve(CutListener::new(listener), service).with_graceful_shutdown(until(stopped));
    let server = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the sandbox stopped serving");
        }
    });
    Ok(Sandbox {
        address,
        token,
        shared,
        stop,
        server,
        driver,
    })
}

impl Sandbox {
    /// The address it is reached at from this machine.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of all its addresses, without a slash at the end: `/v3`, `/gateway.do`, `/pay` and
    /// `/admin` follow.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The page for people beside the admin API. The token stands behind the `#`, where no browser sends it.
    #[must_use]
    pub fn desk(&self) -> String {
        format!("{}/desk#{}", self.base(), self.token)
    }

    /// The admin API's bearer token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Looks at or changes the platform directly, with the sandbox's present time (ms UTC).
    pub fn with_platform<R>(&self, act: impl FnOnce(&mut Platform, i64) -> R) -> R {
        self.shared.with_platform(act)
    }

    /// Moves the sandbox's clock forward.
    pub fn advance_clock(&self, by_ms: u32) {
        self.shared.clock.advance(by_ms);
        self.shared.changed.notify_one();
    }

    /// Takes no more connections and lets the open ones end, two seconds at most.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_WITHIN, &mut self.server).await.is_err() {
            tracing::warn!("connections were still open when the sandbox stopped");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.driver.abort();
        self.server.abort();
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/v3/{*rest}", any(api::call))
        .route("/gateway.do", any(api::call))
        .route("/downloadBillFile.resource", any(api::call))
        .merge(page::routes())
        .merge(wallet::routes())
        .merge(desk::routes())
        .nest("/admin", admin::routes(shared))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::clone(shared))
}

/// A listener on every address is reached at this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    address
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sandbox was dropped, which is also a reason to stop.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn random<const BYTES: usize>() -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("no random bytes"))?;
    Ok(bytes)
}

fn random_seed() -> io::Result<u64> {
    random().map(u64::from_le_bytes)
}

fn random_token() -> io::Result<String> {
    Ok(random::<TOKEN_BYTES>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests;
