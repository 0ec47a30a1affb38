//! `channel certificates`: what a platform signs with now and next, for a person to take up.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use suanpan_channels::certificates::HandedOut;
use suanpan_trade::identity::private_file;
use suanpan_trade::rows::pay_channel;
use suanpan_trade::service::certificates::fetch;
use suanpan_trade::service::operate::commit;

use super::print;

/// Which, and where to.
#[derive(Args)]
pub struct CertificateArguments {
    /// The account.
    #[arg(long)]
    enterprise: i64,
    /// Name of the certificate. Alipay hands out one at a time, by the name that its answers carry and the log tells;
    /// WeChat Pay hands out all.
    #[arg(long)]
    name: Option<String>,
    /// Write each into this folder, as `NAME.pem` with mode 0600. A file with other content is not written over.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// Asks, and tells what was handed out.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, arguments: &CertificateArguments) -> Result<()> {
    let row = commit(folder, |ledger| {
        Ok(pay_channel::find(ledger.tx(), arguments.enterprise)?)
    })?;
    let Some(row) = row else {
        bail!("refused: not_found: no such account");
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let handed_out = runtime.block_on(fetch(&row, arguments.name.as_deref()))?;
    for certificate in &handed_out {
        let file = match &arguments.write {
            Some(folder) => Some(write(folder, certificate)?),
            None => None,
        };
        print(&json!({
            "name": certificate.name, "validUntilMs": certificate.valid_until_ms, "held": certificate.is_held,
            "file": file, "pem": certificate.pem,
        }));
    }
    Ok(())
}

fn write(folder: &Path, certificate: &HandedOut) -> Result<PathBuf> {
    let is_plain = certificate.name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain || certificate.name.is_empty() {
        bail!("the certificate's name is none that a file can have");
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(format!("{}.pem", certificate.name));
    if fs::read_to_string(&path).is_ok_and(|held| held == certificate.pem) {
        return Ok(path);
    }
    let mut file = private_file(&path).with_context(|| path.display().to_string())?;
    file.write_all(certificate.pem.as_bytes())
        .with_context(|| path.display().to_string())?;
    Ok(path)
}
