//! The doors of a centre: bound first, so that where they are can be told, opened once there is a centre behind them,
//! and closed gracefully. What is behind each is in [`super::web`].

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::task::JoinHandle;

use super::driver::Driver;
use super::{ServeOptions, tls, web};
use crate::identity::Identity;

/// A door that is bound and not open yet.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<RustlsConfig>,
}

impl Listening {
    /// Off loopback everything is TLS.
    async fn bind(listen: SocketAddr, options: &ServeOptions, identity: &Identity) -> Result<Self> {
        let mut door = Self::bind_plain(listen)?;
        if options.always_tls || options.certificate.is_some() || !door.address.ip().is_loopback() {
            door.tls = Some(tls::config(identity, options, door.address).await?);
        }
        Ok(door)
    }

    fn bind_plain(listen: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            tls: None,
        })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

/// The doors, bound.
#[derive(Debug)]
pub struct Doors {
    /// For tills and platforms.
    pub public: Listening,
    /// For callers of the existing contract.
    pub inner: Option<Listening>,
    /// For operators.
    pub operators: Option<Listening>,
}

impl Doors {
    /// Binds those that were asked for.
    ///
    /// # Errors
    /// When an address or a certificate cannot be used.
    pub async fn bind(options: &ServeOptions, identity: &Identity) -> Result<Self> {
        let public = Listening::bind(options.listen, options, identity).await?;
        let inner = match options.inner {
            Some(listen) => Some(Listening::bind(listen, options, identity).await?),
            None => None,
        };
        let operators = match options.operation.operators {
            Some(listen) => {
                anyhow::ensure!(
                    listen.ip().is_loopback(),
                    "measurements are read on this machine only, and not at {listen}"
                );
                Some(Listening::bind_plain(listen)?)
            }
            None => None,
        };
        Ok(Self {
            public,
            inner,
            operators,
        })
    }

    /// Opens them.
    #[must_use]
    pub fn open(self, driver: &Arc<Driver>) -> Open {
        let mut open = Open::default();
        let head_time_max = driver.operation().head_time_max;
        open.begin(self.public, web::router(Arc::clone(driver)), head_time_max);
        if let Some(inner) = self.inner {
            open.begin(inner, web::inner_router(Arc::clone(driver)), head_time_max);
        }
        if let Some(operators) = self.operators {
            open.begin(
                operators,
                web::operators_router(Arc::clone(driver)),
                head_time_max,
            );
        }
        open
    }
}

/// The doors, open.
#[derive(Debug, Default)]
pub struct Open {
    doors: Vec<(Handle<SocketAddr>, JoinHandle<std::io::Result<()>>)>,
}

impl Open {
    fn begin(&mut self, door: Listening, router: Router, head_time_max: Duration) {
        let handle = Handle::new();
        let serving = web::open(door.listener, door.tls, router, handle.clone(), head_time_max);
        self.doors.push((handle, tokio::spawn(serving)));
    }

    /// Takes no more requests, and lets those that are open end.
    ///
    /// # Errors
    /// When a door had to be given up before.
    pub async fn close(self, stop_time_max: Duration) -> Result<()> {
        for (handle, _) in &self.doors {
            handle.graceful_shutdown(Some(stop_time_max));
        }
        for (_, serving) in self.doors {
            serving.await??;
        }
        Ok(())
    }
}
