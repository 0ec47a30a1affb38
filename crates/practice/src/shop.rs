//! Opens the sandbox and the centre on one folder and serves both until asked to stop.

use std::path::Path;

use anyhow::{Context, Result};
use suanpan_domain::time::DEFAULT_ZONE;
use suanpan_practice::Ready;
use suanpan_sandbox::{DoorConfig, Sandbox};
use suanpan_trade::service::{self, Operation, ServeOptions, log, operate};
use suanpan_trade::settings::Settings;
use suanpan_trade::{office, practice};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::memory::{Memory, loopback};

/// What the sample shop is called on screens and receipts.
const STORE_NAME: &str = "幸福里便利店";
/// Shorter than in a shop, so that a person who practises sees a fresh code come, and what paying both does; long
/// enough to go from one screen to another and back.
const CODE_LIFE_MS: i64 = 180_000;
/// Who it is in the centre's audit.
const BY: &str = "practice";

/// Serves the practice shop in `folder` until `stop` is true; `say` is told once where it is.
///
/// # Errors
/// With a sentence for a developer, when something cannot be opened.
pub async fn open(folder: &Path, say: impl FnOnce(Ready), stop: watch::Receiver<bool>) -> Result<()> {
    service::make_folder(folder)?;
    let centre = folder.join("centre");
    service::make_folder(&centre)?;
    log::begin(&centre)?;
    let mut memory = Memory::recall(folder)?;
    memory.note(folder)?;
    let sandbox = serve_sandbox(folder, &memory).await?;
    let store = prepare(folder, &centre, &sandbox, &mut memory)?;
    let (told, ready) = oneshot::channel();
    let serving = service::serve(
        options(&centre, &memory),
        |ready| drop(told.send(ready.clone())),
        stopped(stop),
    );
    let announcing = async {
        let Ok(ready) = ready.await else {
            // The centre says itself why it does not serve.
            return Ok(());
        };
        say(announce(&centre, store, &sandbox, ready.centre)?);
        anyhow::Ok(())
    };
    tokio::try_join!(serving, announcing)?;
    sandbox.stop().await;
    Ok(())
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that nobody can ask any more, which is also a reason to stop.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn serve_sandbox(folder: &Path, memory: &Memory) -> Result<Sandbox> {
    let address = loopback(memory.sandbox_port);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let config = DoorConfig {
        token: Some(memory.token.clone()),
        kept: Some(folder.join("sandbox.json")),
        ..DoorConfig::default()
    };
    suanpan_sandbox::serve(listener, config)
        .await
        .context("the sandbox does not open")
}

fn options(centre: &Path, memory: &Memory) -> ServeOptions {
    ServeOptions {
        folder: centre.to_owned(),
        listen: loopback(memory.centre_port),
        public_url: None,
        certificate: None,
        always_tls: false,
        inner: None,
        operation: Operation::default(),
        settings: Settings {
            code_life_ms: CODE_LIFE_MS,
            ..Settings::default()
        },
        broker: None,
    }
}

/// A new centre gets its store and the practice merchants; a known one gets what it lacks.
fn prepare(folder: &Path, centre: &Path, sandbox: &Sandbox, memory: &mut Memory) -> Result<i64> {
    let store = match memory.store {
        Some(store) => store,
        None => operate::commit(centre, |ledger| {
            office::add_store(ledger, BY, STORE_NAME, DEFAULT_ZONE, 0)
        })?,
    };
    if memory.store.is_none() {
        memory.store = Some(store);
        memory.platforms.clear();
        memory.note(folder)?;
    }
    for label in practice::LABELS {
        if memory.platforms.iter().any(|known| known == label) {
            continue;
        }
        let enterprise = operate::commit(centre, office::next_channel)?;
        let channel = practice::account(centre, enterprise, label, &sandbox.base())?;
        operate::put_offered(centre, BY, &channel, Some(store))?;
        memory.platforms.push((*label).to_owned());
        memory.note(folder)?;
    }
    Ok(store)
}

fn announce(centre: &Path, store: i64, sandbox: &Sandbox, address: String) -> Result<Ready> {
    let line = operate::invite(centre, BY, store, Some(address.clone()))?;
    Ok(Ready {
        sandbox: sandbox.base(),
        token: sandbox.token().to_owned(),
        centre: address,
        enrol: line.to_string(),
    })
}
