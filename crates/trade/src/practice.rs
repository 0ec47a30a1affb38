//! The practice merchant: an account of the stand-in platform, whose keys are published and guard nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use suanpan_channels::wechat::LABEL;

use crate::identity::private_file;
use crate::merchants::{API_V3_KEY, MERCHANT_KEY, PLATFORM_KEY, PLATFORM_KEY_ID};
use crate::rows::pay_channel::PayChannel;
use crate::settings::{REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT, REFUNDS_PER_HOUR_MAX_DEFAULT};

const KEYS: &[(&str, &str)] = &[
    (
        MERCHANT_KEY,
        include_str!("../../sandbox/keys/merchant_1900000101_private.pem"),
    ),
    (
        PLATFORM_KEY,
        include_str!("../../sandbox/keys/platform_public_key.pem"),
    ),
    (PLATFORM_KEY_ID, "PUB_KEY_ID_0119000001012026010100000000000001\n"),
    (API_V3_KEY, "SandboxOnlyApiV3KeyMerchant00101\n"),
];

/// The practice account at a stand-in on this machine; its keys are written below the data folder.
///
/// # Errors
/// When the address is not on this machine, or the folder does not take the keys.
pub fn account(folder: &Path, enterprise_id: i64, api_base: &str) -> Result<PayChannel> {
    let host = api_base.strip_prefix("http://").unwrap_or_default();
    ensure!(
        host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]"),
        "practice keys are public: they are used with a stand-in on this machine only"
    );
    let keys = write_keys(folder, enterprise_id)?;
    Ok(PayChannel {
        enterprise_id,
        label: LABEL.to_owned(),
        app_id: "wx5a9dbc0000000101".to_owned(),
        merchant_id: "1900000101".to_owned(),
        merchant_serial: "37F08DAFB4AF9D7465B563689C1759920724427C".to_owned(),
        api_base: api_base.to_owned(),
        notify_base: String::new(),
        key_ref: format!("file:{}", keys.display()),
        prefer: String::new(),
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: REFUNDS_PER_HOUR_MAX_DEFAULT,
        refund_sum_per_hour_max_minor: REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT,
        version: 1,
    })
}

fn write_keys(folder: &Path, enterprise_id: i64) -> Result<PathBuf> {
    let keys = folder.join("keys").join(format!("practice-{enterprise_id}"));
    fs::create_dir_all(&keys).with_context(|| format!("cannot make {}", keys.display()))?;
    let keys = keys.canonicalize()?;
    for (name, content) in KEYS {
        let path = keys.join(name);
        if !path.exists() {
            private_file(&path)?.write_all(content.as_bytes())?;
        }
    }
    Ok(keys)
}
