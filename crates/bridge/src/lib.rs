//! A till's commands and screens for a browser on the same machine.
//!
//! For development, for practice and for the browser tests: the same commands as in the desktop window,
//! over loopback, behind a random token. No rule of selling is here; everything goes to the till's
//! [`suanpan_till::shell::Shell`].

mod events;
mod guard;
mod pages;
mod rpc;
pub mod start;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use suanpan_till::shell::Shell;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use guard::Guard;
use pages::Pages;

/// Largest request: a catalogue file of a hundred thousand articles with room to spare.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How long open connections get to end when the bridge stops.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// What the requests share.
struct Shared {
    shell: Arc<Shell>,
    guard: Guard,
    pages: Pages,
    stopping: watch::Receiver<bool>,
}

/// A bridge that serves. Dropping it ends it at once; [`Bridge::stop`] lets connections end.
#[derive(Debug)]
pub struct Bridge {
    address: SocketAddr,
    token: String,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

/// Serves `shell` and the screens in `ui` on `listener`, to whoever knows `token`. Without `ui`, or when it
/// holds no page, a page says how to build the screens.
///
/// # Errors
/// When the listener is not on loopback or has no address, or the screens cannot be read.
pub fn serve(
    listener: TcpListener,
    shell: Arc<Shell>,
    ui: Option<&Path>,
    token: String,
) -> io::Result<Bridge> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the bridge listens on this machine only",
        ));
    }
    let (stop, stopping) = watch::channel(false);
    let shared = Arc::new(Shared {
        shell,
        guard: Guard::new(address, token.clone()),
        pages: Pages::read(ui)?,
        stopping: stopping.clone(),
    });
    let server = axum::serve(listener, router(shared)).with_graceful_shutdown(until(stopping));
    let server = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the bridge stopped serving");
        }
    });
    Ok(Bridge {
        address,
        token,
        stop,
        server,
    })
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/rpc", post(rpc::call))
        .route("/events", get(events::stream))
        .route("/healthz", get(|| async { "ok" }))
        .fallback(pages::page)
        .layer(from_fn_with_state(Arc::clone(&shared), guard::only_from_here))
        .with_state(shared)
}

async fn until(mut stopping: watch::Receiver<bool>) {
    // An error means that the bridge was dropped, which is also a reason to stop.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

impl Bridge {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The line a script reads: every address, with the token.
    #[must_use]
    pub fn ready_line(&self) -> String {
        let base = format!("http://{}", self.address);
        serde_json::json!({
            "till": format!("{base}/?token={}", self.token),
            "customer": format!("{base}/customer.html?token={}", self.token),
            "rpc": format!("{base}/rpc"),
            "events": format!("{base}/events?token={}", self.token),
            "token": self.token,
        })
        .to_string()
    }

    /// Takes no more requests and lets those under way end, two seconds at most.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_WITHIN, &mut self.server).await.is_err() {
            tracing::warn!("connections were still open when the bridge stopped");
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.server.abort();
    }
}
