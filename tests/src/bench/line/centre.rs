//! A trade centre that serves on this machine until it is let go.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use suanpan_trade::identity::Identity;
use suanpan_trade::service::{self, Operation, Ready, ServeOptions, clock, open_database, system_rng};
use suanpan_trade::settings::Settings;
use suanpan_trade::{ledger, office};
use suanpan_wire::enrol::EnrolLine;
use suanpan_wire::sign::fingerprint;
use tokio::sync::oneshot;

use crate::bench::problem::BenchError;

const WORKERS: usize = 2;

/// A serving centre. Dropping it stops it.
#[derive(Debug)]
pub struct Served {
    ready: Ready,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Served {
    /// Serves the centre of `folder` on a free port of this machine, or on a given one.
    ///
    /// # Errors
    /// When it cannot serve.
    pub fn start(folder: &Path, port: u16) -> Result<Self, BenchError> {
        let options = ServeOptions {
            folder: folder.to_owned(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            public_url: None,
            certificate: None,
            always_tls: false,
            inner: None,
            operation: Operation::default(),
            // What is measured asks faster than any till.
            settings: Settings {
                till_requests_max: u32::MAX,
                ..Settings::default()
            },
            broker: None,
        };
        let (said, hears) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || serve(options, said, stopped));
        match hears.recv() {
            Ok(ready) => Ok(Self {
                ready,
                stop: Some(stop),
                thread: Some(thread),
            }),
            Err(_) => Err(BenchError::product("centre", ended(thread))),
        }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.ready.centre
    }

    /// Port it listens on.
    ///
    /// # Errors
    /// When its address has none.
    pub fn port(&self) -> Result<u16, BenchError> {
        let port = self
            .ready
            .centre
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok());
        port.ok_or_else(|| BenchError::Wrong(format!("{} has no port", self.ready.centre)))
    }

    /// Stops it and waits until it has ended.
    ///
    /// # Errors
    /// What it ended with.
    pub fn stop(mut self) -> Result<(), BenchError> {
        self.let_go().map_err(|why| BenchError::product("centre", why))
    }

    fn let_go(&mut self) -> Result<(), String> {
        // Nobody listens when it has ended by itself; the thread says with what.
        drop(self.stop.take());
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| "it panicked".to_owned())?,
            None => Ok(()),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Err(why) = self.let_go() {
            eprintln!("bench: the centre ended badly: {why}");
        }
    }
}

fn serve(
    options: ServeOptions,
    said: mpsc::Sender<Ready>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let ready = move |ready: &Ready| {
        // Whoever started it waits for this; if not, nobody needs it.
        let _ = said.send(ready.clone());
    };
    let stop = async {
        // Let go and asked to stop are the same.
        let _ = stopped.await;
    };
    let served = runtime.block_on(service::serve(options, ready, stop));
    served.map_err(|error| format!("{error:#}"))
}

fn ended(thread: JoinHandle<Result<(), String>>) -> String {
    match thread.join() {
        Ok(Ok(())) => "it ended before it was ready".to_owned(),
        Ok(Err(why)) => why,
        Err(_) => "it panicked".to_owned(),
    }
}

/// A new store and an invitation for one till to it, as the line to paste.
///
/// # Errors
/// When the centre's database refuses.
pub fn invite(folder: &Path, address: &str) -> Result<String, BenchError> {
    let failed = |error: &dyn std::fmt::Display| BenchError::product("invitation", error);
    let db = open_database(folder).map_err(|error| failed(&error))?;
    let code = ledger::commit(&db, clock::now_ms(), |ledger| {
        let store = office::add_store(ledger, "bench", "基准店", "Asia/Shanghai", 0)?;
        office::invite_till(ledger, "bench", &system_rng, store)
    });
    let code = code.map_err(|error| failed(&error))?.answer;
    let identity = Identity::open(folder, &system_rng).map_err(|error| failed(&error))?;
    let line = EnrolLine {
        address: address.to_owned(),
        code,
        fingerprint: fingerprint(identity.signing_key().public()),
    };
    Ok(line.to_string())
}

/// The centre's database.
#[must_use]
pub fn database(folder: &Path) -> PathBuf {
    folder.join(service::DATABASE_FILE)
}
