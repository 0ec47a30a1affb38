//! `channel add`, `channel list`, `channel enable`, `channel disable`, `channel certificates`.

use std::path::Path;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use suanpan_channels::{alipay, wechat};
use suanpan_trade::rows::pay_channel::{self, PayChannel};
use suanpan_trade::service::operate::{commit, put_offered};
use suanpan_trade::settings::{REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT, REFUNDS_PER_HOUR_MAX_DEFAULT};
use suanpan_trade::{office, practice};

use super::certificates::{self, CertificateArguments};
use super::{By, print};

/// Where WeChat Pay is.
const WECHAT_API: &str = "https://api.mch.weixin.qq.com";
/// Where Alipay is.
const ALIPAY_GATEWAY: &str = "https://openapi.alipay.com/gateway.do";

/// Commands about merchant accounts.
#[derive(Subcommand)]
pub enum ChannelCommand {
    /// Add a merchant account, or replace the one with its number. Its keys are checked first.
    Add(Box<AddArguments>),
    /// List the accounts, one line each, without keys.
    List,
    /// Ask the account's platform for its certificates, and show those that are to be believed. Nothing is taken up.
    Certificates(CertificateArguments),
    /// Allow new codes.
    Enable {
        /// The account.
        #[arg(long)]
        enterprise: i64,
        #[command(flatten)]
        by: By,
    },
    /// Refuse new codes; what is under way goes on.
    Disable {
        /// The account.
        #[arg(long)]
        enterprise: i64,
        #[command(flatten)]
        by: By,
    },
}

/// An account.
#[derive(Args)]
pub struct AddArguments {
    /// Number of the account (`enterpriseId`); the next free one unless given.
    #[arg(long)]
    enterprise: Option<i64>,
    /// Platform: `WECHAT_PAY` or `ALI_PAY`.
    #[arg(long, default_value = wechat::LABEL, value_parser = [wechat::LABEL, alipay::LABEL])]
    label: String,
    /// Application id.
    #[arg(long, required_unless_present = "practice_api")]
    app_id: Option<String>,
    /// Merchant id; with Alipay the seller id, `2088…`.
    #[arg(long, required_unless_present = "practice_api")]
    merchant_id: Option<String>,
    /// Serial of the merchant's API certificate; Alipay has none.
    #[arg(long)]
    merchant_serial: Option<String>,
    /// Address of the platform; the platform's own unless given.
    #[arg(long)]
    api_base: Option<String>,
    /// Address of this centre as the platform reaches it; the one it is served at unless given.
    #[arg(long, default_value = "")]
    notify_base: String,
    /// Where the keys are: `file:DIRECTORY` (files of mode 0600) or `env:PREFIX` (the same names in capitals, dots as
    /// underscores). Both platforms: `merchant_key.pem`. WeChat Pay: `api_v3.key`, `platform_key.pem` with
    /// `platform_key_id`, `platform_cert.pem` with `platform_cert_serial`. Alipay: `platform_key.pem`; or in
    /// certificate mode `app_cert.pem`, `root_cert.pem` and `platform_cert.pem`. While the platform changes its key,
    /// the new one beside the old: `platform_key_next.pem`, `platform_cert_next.pem`, with WeChat Pay also
    /// `platform_key_next_id`, `platform_cert_next_serial`.
    #[arg(long, required_unless_present = "practice_api")]
    key_ref: Option<String>,
    /// Id of the platform key to be answered with; the public key unless given.
    #[arg(long, default_value = "")]
    prefer: String,
    /// Most refunds per hour that nobody asked for.
    #[arg(long, default_value_t = REFUNDS_PER_HOUR_MAX_DEFAULT)]
    refunds_per_hour: i64,
    /// Largest sum of them per hour, in fen.
    #[arg(long, default_value_t = REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT)]
    refund_sum_per_hour_minor: i64,
    /// The practice account of the platform at the stand-in of this address, with its published keys.
    #[arg(long, value_name = "URL", conflicts_with_all = ["app_id", "merchant_id", "key_ref"])]
    practice_api: Option<String>,
    /// Let it collect its means for this store.
    #[arg(long)]
    store: Option<i64>,
    #[command(flatten)]
    by: By,
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, command: ChannelCommand) -> Result<()> {
    match command {
        ChannelCommand::Add(arguments) => add(folder, *arguments),
        ChannelCommand::List => list(folder),
        ChannelCommand::Certificates(arguments) => certificates::run(folder, &arguments),
        ChannelCommand::Enable { enterprise, by } => set_enabled(folder, enterprise, &by, true),
        ChannelCommand::Disable { enterprise, by } => set_enabled(folder, enterprise, &by, false),
    }
}

fn add(folder: &Path, arguments: AddArguments) -> Result<()> {
    let enterprise_id = match arguments.enterprise {
        Some(enterprise_id) => enterprise_id,
        None => commit(folder, office::next_channel)?,
    };
    let channel = match &arguments.practice_api {
        Some(api_base) => PayChannel {
            refunds_per_hour_max: arguments.refunds_per_hour,
            refund_sum_per_hour_max_minor: arguments.refund_sum_per_hour_minor,
            ..practice::account(folder, enterprise_id, &arguments.label, api_base)?
        },
        None => account(&arguments, enterprise_id)?,
    };
    put_offered(folder, &arguments.by.by, &channel, arguments.store)?;
    print(&json!({ "channel": channel.label, "enterpriseId": enterprise_id.to_string() }));
    Ok(())
}

fn account(arguments: &AddArguments, enterprise_id: i64) -> Result<PayChannel> {
    let (Some(app_id), Some(merchant_id), Some(key_ref)) = (
        arguments.app_id.clone(),
        arguments.merchant_id.clone(),
        arguments.key_ref.clone(),
    ) else {
        bail!("an account needs --app-id, --merchant-id and --key-ref");
    };
    let with_serial = arguments.label == wechat::LABEL;
    if with_serial != arguments.merchant_serial.is_some() {
        bail!("--merchant-serial belongs to WECHAT_PAY, and is needed there");
    }
    let own_address = if with_serial { WECHAT_API } else { ALIPAY_GATEWAY };
    let api_base = arguments.api_base.as_deref().unwrap_or(own_address);
    Ok(PayChannel {
        enterprise_id,
        label: arguments.label.clone(),
        app_id,
        merchant_id,
        merchant_serial: arguments.merchant_serial.clone().unwrap_or_default(),
        api_base: api_base.to_owned(),
        notify_base: arguments.notify_base.clone(),
        key_ref,
        prefer: arguments.prefer.clone(),
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: arguments.refunds_per_hour,
        refund_sum_per_hour_max_minor: arguments.refund_sum_per_hour_minor,
        version: 1,
    })
}

fn list(folder: &Path) -> Result<()> {
    for channel in commit(folder, |ledger| Ok(pay_channel::all(ledger.tx())?))? {
        print(&json!({
            "channel": channel.label, "enterpriseId": channel.enterprise_id.to_string(),
            "appId": channel.app_id, "merchantId": channel.merchant_id, "apiBase": channel.api_base,
            "notifyBase": channel.notify_base, "keyRef": channel.key_ref, "enabled": channel.enabled,
            "refundsStopped": channel.refunds_stopped,
        }));
    }
    Ok(())
}

fn set_enabled(folder: &Path, enterprise: i64, by: &By, enabled: bool) -> Result<()> {
    commit(folder, |ledger| {
        office::change_channel(ledger, &by.by, enterprise, |channel| channel.enabled = enabled)
    })?;
    print(&json!({ "enterpriseId": enterprise.to_string(), "enabled": enabled }));
    Ok(())
}
