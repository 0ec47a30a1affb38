//! `suanpan-sandbox`: the sandbox as a program. Prints one JSON line when it is ready and runs until
//! SIGTERM or Ctrl-C.

use std::io::Write as _;
use std::net::SocketAddr;

use clap::Parser;
use suanpan_sandbox::{CodeBase, DoorConfig, alipay_apps, merchants, serve};
use tokio::net::TcpListener;

/// Stand-ins for WeChat Pay and Alipay: their real protocols, play money only.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What stands before /pay/… in payment codes, when phones reach the sandbox by another address
    #[arg(long, value_name = "URL", value_parser = CodeBase::parse)]
    public_base: Option<CodeBase>,
    /// Makes numbers and codes repeat from run to run
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(arguments.listen).await?;
    let pages = arguments
        .public_base
        .as_ref()
        .map(|base| base.as_str().to_owned());
    let config = DoorConfig {
        seed: arguments.seed,
        code_base: arguments.public_base,
        ..DoorConfig::default()
    };
    let sandbox = serve(listener, config).await?;
    let ready = serde_json::json!({
        "sandbox": sandbox.base(),
        "token": sandbox.token(),
        "desk": sandbox.desk(),
        "api": sandbox.base(),
        "pages": pages.unwrap_or_else(|| sandbox.base()),
        "merchants": merchants().into_iter().map(|merchant| merchant.mchid).collect::<Vec<_>>(),
        "alipayApps": alipay_apps().into_iter().map(|app| app.app_id).collect::<Vec<_>>(),
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()?;
    drop(out);
    told_to_stop().await?;
    sandbox.stop().await;
    Ok(())
}

#[cfg(unix)]
async fn told_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        result = tokio::signal::ctrl_c() => result,
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
