//! `serve`.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use suanpan_trade::service::config::{Place, Sources, serving};
use suanpan_trade::service::{self, log};

use super::{place_at, print};

/// How to serve. Each may also be said in the environment, `--listen` as SUANPAN_LISTEN, and in the file of `--config`,
/// as `listen`; a flag counts before the environment, the environment before the file.
#[derive(Args)]
pub struct ServeArguments {
    /// Where to listen; port 0 takes a free one. Off loopback everything is TLS. [127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Address to tell tills and platforms, when it is not the one listened on.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A public certificate (PEM) instead of the centre's own.
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<String>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// TLS also on loopback.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    always_tls: Option<String>,
    /// Where callers of the existing contract are listened to, such as 127.0.0.1:11505; nowhere unless given.
    #[arg(long, value_name = "ADDRESS")]
    inner: Option<String>,
    /// Where the centre's measurements are read, on loopback, such as 127.0.0.1:9464; nowhere unless given.
    #[arg(long, value_name = "ADDRESS")]
    operators: Option<String>,
    /// The broker of subscribers with a queue: `amqp://…` or `amqps://…`. It carries a password: better in the
    /// environment or the file.
    #[arg(long, value_name = "URL")]
    broker_url: Option<String>,
    /// The exchange at the broker. [jzo2o.exchange.topic.trade]
    #[arg(long, value_name = "NAME")]
    broker_exchange: Option<String>,
    /// How long a code can be paid. [5]
    #[arg(long, value_name = "MINUTES")]
    code_life_minutes: Option<String>,
    /// How long a caller's order can be paid. [15]
    #[arg(long, value_name = "MINUTES")]
    caller_order_life_minutes: Option<String>,
    /// How long late money waits for a person before it goes back by itself. [10]
    #[arg(long, value_name = "MINUTES", allow_hyphen_values = true)]
    late_delay_minutes: Option<String>,
    /// Requests of one till, or one caller, within ten seconds. [1000]
    #[arg(long, value_name = "NUMBER")]
    till_requests_max: Option<String>,
    /// How long a request's body may take to come whole. [20]
    #[arg(long, value_name = "SECONDS")]
    body_seconds: Option<String>,
    /// How long open requests may take to end after the signal. [10]
    #[arg(long, value_name = "SECONDS")]
    stop_seconds: Option<String>,
    /// How long a platform may take to answer a question. [5]
    #[arg(long, value_name = "SECONDS")]
    question_seconds: Option<String>,
    /// How long a call that changes something at a platform may take. [8]
    #[arg(long, value_name = "SECONDS")]
    change_seconds: Option<String>,
    /// How long a charge by payment code may take. [10]
    #[arg(long, value_name = "SECONDS")]
    charge_seconds: Option<String>,
    /// How long a connection to a platform may take to come about. [3]
    #[arg(long, value_name = "SECONDS")]
    connect_seconds: Option<String>,
    /// Calls to platforms under way at once. [32]
    #[arg(long, value_name = "NUMBER")]
    calls_at_once: Option<String>,
    /// Of these for one merchant account. [16]
    #[arg(long, value_name = "NUMBER")]
    calls_per_merchant: Option<String>,
    /// Calls in vain within half a minute after which a merchant's platform is left alone. [5]
    #[arg(long, value_name = "NUMBER")]
    breaker_failures: Option<String>,
    /// The longest pause before it is tried again. [30]
    #[arg(long, value_name = "SECONDS")]
    breaker_pause_seconds: Option<String>,
    /// How much is logged. [info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How standard error is written: text or json. [text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Only say what is wrong with the settings, or that nothing is.
    #[arg(long)]
    check: bool,
}

impl ServeArguments {
    /// What the flags say, by the settings' names.
    pub fn flags(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("listen", self.listen.clone()),
            ("public_url", self.public_url.clone()),
            ("tls_certificate", self.tls_certificate.clone()),
            ("tls_key", self.tls_key.clone()),
            ("always_tls", self.always_tls.clone()),
            ("inner", self.inner.clone()),
            ("operators", self.operators.clone()),
            ("broker_url", self.broker_url.clone()),
            ("broker_exchange", self.broker_exchange.clone()),
            ("code_life_minutes", self.code_life_minutes.clone()),
            (
                "caller_order_life_minutes",
                self.caller_order_life_minutes.clone(),
            ),
            ("late_delay_minutes", self.late_delay_minutes.clone()),
            ("till_requests_max", self.till_requests_max.clone()),
            ("body_seconds", self.body_seconds.clone()),
            ("stop_seconds", self.stop_seconds.clone()),
            ("question_seconds", self.question_seconds.clone()),
            ("change_seconds", self.change_seconds.clone()),
            ("charge_seconds", self.charge_seconds.clone()),
            ("connect_seconds", self.connect_seconds.clone()),
            ("calls_at_once", self.calls_at_once.clone()),
            ("calls_per_merchant", self.calls_per_merchant.clone()),
            ("breaker_failures", self.breaker_failures.clone()),
            ("breaker_pause_seconds", self.breaker_pause_seconds.clone()),
            ("log", self.log.clone()),
            ("log_format", self.log_format.clone()),
        ]
    }
}

/// Serves until SIGTERM or Ctrl C.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(place: Place, mut said: Sources, arguments: &ServeArguments) -> Result<()> {
    let (options, wishes) = serving(&mut said, &place.folder);
    said.finish()?;
    if arguments.check {
        print(&json!({ "settings": "usable", "data": place.folder, "listen": options.listen.to_string() }));
        return Ok(());
    }
    let folder = place_at(place)?;
    service::make_folder(&folder)?;
    log::begin_as(&folder, &wishes)?;
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
    service::notify::tell(service::notify::Progress::Ready);
}
