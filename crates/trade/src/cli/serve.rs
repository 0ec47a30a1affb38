//! `serve`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use suanpan_trade::service::{self, ServeOptions, log};
use suanpan_trade::settings::{CODE_LIFE_MS_MIN, Settings};

const MS_PER_MINUTE: i64 = 60_000;

/// How to serve.
#[derive(Args)]
pub struct ServeArguments {
    /// Where to listen; port 0 takes a free one. Off loopback everything is TLS.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Address to tell tills and platforms, when it is not the one listened on.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A public certificate (PEM) instead of the centre's own.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// TLS also on loopback.
    #[arg(long)]
    always_tls: bool,
    /// Where callers of the existing contract are listened to, such as 127.0.0.1:11505; nowhere unless given.
    #[arg(long, value_name = "ADDRESS")]
    inner: Option<SocketAddr>,
    /// How long a code can be paid.
    #[arg(long, value_name = "MINUTES", default_value_t = 5)]
    code_life_minutes: i64,
    /// How long late money waits for a person before it goes back by itself.
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    late_delay_minutes: i64,
}

/// Serves until SIGTERM or Ctrl C.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: PathBuf, arguments: ServeArguments) -> Result<()> {
    let code_life_ms = arguments.code_life_minutes.saturating_mul(MS_PER_MINUTE);
    ensure!(code_life_ms >= CODE_LIFE_MS_MIN, "a code lives at least a minute");
    ensure!(arguments.late_delay_minutes >= 0, "the delay cannot be negative");
    service::make_folder(&folder)?;
    log::begin(&folder)?;
    let options = ServeOptions {
        folder,
        listen: arguments.listen,
        public_url: arguments
            .public_url
            .map(|url| url.trim_end_matches('/').to_owned()),
        certificate: arguments.tls_certificate.zip(arguments.tls_key),
        always_tls: arguments.always_tls,
        inner: arguments.inner,
        settings: Settings {
            code_life_ms,
            late_delay_ms: arguments.late_delay_minutes.saturating_mul(MS_PER_MINUTE),
            ..Settings::default()
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Listening for the signal begins before anybody can know that there is somebody to signal.
        let stop = service::signal::asked_to_end()?;
        service::serve(options, say_ready, stop).await
    })
}

fn say_ready(ready: &service::Ready) {
    // Names and addresses; were it unwritable, whoever waits for the line would see that nothing comes.
    let line = serde_json::to_string(ready).unwrap_or_default();
    let mut out = std::io::stdout();
    // A reader that has gone away does not stop the centre.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
