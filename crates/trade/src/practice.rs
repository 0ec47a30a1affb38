//! The practice merchants: accounts of the stand-in platforms, whose keys are published and guard nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use suanpan_channels::{alipay, wechat};

use crate::identity::private_file;
use crate::merchants::{API_V3_KEY, MERCHANT_KEY, NEXT_KEY, PLATFORM_KEY, PLATFORM_KEY_ID};
use crate::rows::pay_channel::PayChannel;
use crate::settings::{REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT, REFUNDS_PER_HOUR_MAX_DEFAULT};

/// The platforms that a practice shop collects on.
pub const LABELS: &[&str] = &[wechat::LABEL, alipay::LABEL];

/// One practice account: how the stand-in knows it, and the files its keys are in.
struct Practice {
    label: &'static str,
    app_id: &'static str,
    merchant_id: &'static str,
    merchant_serial: &'static str,
    /// What follows the stand-in's address.
    path: &'static str,
    keys: &'static [(&'static str, &'static str)],
}

const WECHAT: Practice = Practice {
    label: wechat::LABEL,
    app_id: "wx5a9dbc0000000101",
    merchant_id: "1900000101",
    merchant_serial: "37F08DAFB4AF9D7465B563689C1759920724427C",
    path: "",
    keys: &[
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
    ],
};

const ALIPAY: Practice = Practice {
    label: alipay::LABEL,
    app_id: "2021000199900101",
    merchant_id: "2088000199900101",
    merchant_serial: "",
    path: "/gateway.do",
    keys: &[
        (
            MERCHANT_KEY,
            include_str!("../../sandbox/keys/alipay_app_2021000199900101_private.pem"),
        ),
        (
            PLATFORM_KEY,
            include_str!("../../sandbox/keys/alipay_platform_public.pem"),
        ),
        (
            NEXT_KEY,
            include_str!("../../sandbox/keys/alipay_platform_next_public.pem"),
        ),
    ],
};

/// The practice account of a platform, at a stand-in on this machine; its keys are written below the data folder.
///
/// # Errors
/// When there is none for that platform, the address is not on this machine, or the folder does not take the keys.
pub fn account(folder: &Path, enterprise_id: i64, label: &str, api_base: &str) -> Result<PayChannel> {
    let host = api_base.strip_prefix("http://").unwrap_or_default();
    ensure!(
        host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]"),
        "practice keys are public: they are used with a stand-in on this machine only"
    );
    let practice = [WECHAT, ALIPAY].into_iter().find(|known| known.label == label);
    let practice = practice.with_context(|| format!("there is no practice account for {label}"))?;
    let keys = write_keys(folder, enterprise_id, practice.keys)?;
    Ok(PayChannel {
        enterprise_id,
        label: practice.label.to_owned(),
        app_id: practice.app_id.to_owned(),
        merchant_id: practice.merchant_id.to_owned(),
        merchant_serial: practice.merchant_serial.to_owned(),
        api_base: format!("{}{}", api_base.trim_end_matches('/'), practice.path),
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

fn write_keys(folder: &Path, enterprise_id: i64, files: &[(&str, &str)]) -> Result<PathBuf> {
    let keys = folder.join("keys").join(format!("practice-{enterprise_id}"));
    fs::create_dir_all(&keys).with_context(|| format!("cannot make {}", keys.display()))?;
    let keys = keys.canonicalize()?;
    for (name, content) in files {
        let path = keys.join(name);
        if !path.exists() {
            private_file(&path)?.write_all(content.as_bytes())?;
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchants;

    #[test]
    fn every_platform_has_a_practice_account_whose_keys_open() {
        let folder = tempfile::tempdir().unwrap();
        for (label, enterprise_id) in LABELS.iter().zip(1..) {
            let row = account(folder.path(), enterprise_id, label, "http://127.0.0.1:1").unwrap();
            assert_eq!(row.label, *label);
            assert!(merchants::open(&row).is_ok(), "{label}");
        }
        assert!(account(folder.path(), 9, "CASH_PAY", "http://127.0.0.1:1").is_err());
        assert!(account(folder.path(), 9, LABELS[0], "https://api.example").is_err());
    }
}
