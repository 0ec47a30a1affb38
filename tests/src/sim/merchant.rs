//! The merchant that shops without processes sell for: its account, and its channel to the stand-in platform.

use std::sync::{Arc, OnceLock};

use suanpan_channels::{Channel, PlatformKey, WechatConfig, WechatPay};
use suanpan_trade::rows::pay_channel::PayChannel;
use suanpan_trade::settings::{REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT, REFUNDS_PER_HOUR_MAX_DEFAULT};

use super::platform::{ADDRESS, PlatformHost};

/// The account's number.
pub const ENTERPRISE_ID: i64 = 1001;

/// The merchant's channel. It holds nothing that changes, and reading its keys costs more than a seed's
/// first minute: one for all.
///
/// # Panics
/// Never: the stand-in's keys fit its own merchant.
#[must_use]
pub fn channel() -> Arc<dyn Channel> {
    static CHANNEL: OnceLock<Arc<WechatPay>> = OnceLock::new();
    let channel = CHANNEL.get_or_init(|| {
        let merchant = PlatformHost::merchant();
        let config = WechatConfig {
            app_id: merchant.appid,
            merchant_id: merchant.mchid,
            merchant_serial: merchant.certificate_serial,
            merchant_key_pem: merchant.private_key_pem,
            api_v3_key: merchant
                .api_v3_key
                .as_bytes()
                .try_into()
                .expect("the stand-in's APIv3 keys have 32 bytes"),
            platform_keys: vec![
                PlatformKey {
                    id: merchant.platform_public_key_id.clone(),
                    pem: merchant.platform_public_key_pem,
                },
                PlatformKey {
                    id: merchant.platform_certificate_serial,
                    pem: merchant.platform_certificate_pem,
                },
            ],
            prefer: merchant.platform_public_key_id,
            api_base: ADDRESS.to_owned(),
        };
        Arc::new(WechatPay::try_new(config).expect("the stand-in's own keys fit its own merchant"))
    });
    Arc::clone(channel) as Arc<dyn Channel>
}

/// Its account, called back at `notify_base`.
#[must_use]
pub fn account(notify_base: &str) -> PayChannel {
    let merchant = PlatformHost::merchant();
    PayChannel {
        enterprise_id: ENTERPRISE_ID,
        label: "WECHAT_PAY".to_owned(),
        app_id: merchant.appid,
        merchant_id: merchant.mchid,
        merchant_serial: merchant.certificate_serial,
        api_base: ADDRESS.to_owned(),
        notify_base: notify_base.to_owned(),
        key_ref: "sim".to_owned(),
        prefer: merchant.platform_public_key_id,
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: REFUNDS_PER_HOUR_MAX_DEFAULT,
        refund_sum_per_hour_max_minor: REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT,
        version: 1,
    }
}
