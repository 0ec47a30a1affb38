//! The merchants that shops without processes sell for: an account with each platform, and its channel to the
//! stand-in.

use std::sync::{Arc, OnceLock};

use suanpan_channels::{
    Alipay, AlipayConfig, AlipayTrust, Channel, PlatformKey, WechatConfig, WechatPay, alipay, wechat,
};
use suanpan_trade::rows::pay_channel::PayChannel;
use suanpan_trade::settings::{REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT, REFUNDS_PER_HOUR_MAX_DEFAULT};

use super::platform::{ADDRESS, PlatformHost};

/// The account with WeChat Pay.
pub const WECHAT_ID: i64 = 1001;
/// The account with Alipay.
pub const ALIPAY_ID: i64 = 2001;

/// What a store collects by, and with which account.
pub const OFFERS: [(&str, i64); 2] = [(wechat::LABEL, WECHAT_ID), (alipay::LABEL, ALIPAY_ID)];

/// The channel of an account. It holds nothing that changes, and reading its keys costs more than a seed's
/// first minute: one of each for all.
///
/// # Panics
/// Never: the stand-in's keys fit its own merchants.
#[must_use]
pub fn channel(row: &PayChannel) -> Arc<dyn Channel> {
    channel_of(row.enterprise_id)
}

/// The same by the account's number.
///
/// # Panics
/// Never: the stand-in's keys fit its own merchants.
#[must_use]
pub fn channel_of(enterprise_id: i64) -> Arc<dyn Channel> {
    static WECHAT: OnceLock<Arc<WechatPay>> = OnceLock::new();
    static ALIPAY: OnceLock<Arc<Alipay>> = OnceLock::new();
    if enterprise_id == ALIPAY_ID {
        return Arc::clone(ALIPAY.get_or_init(|| Arc::new(open_alipay()))) as Arc<dyn Channel>;
    }
    Arc::clone(WECHAT.get_or_init(|| Arc::new(open_wechat()))) as Arc<dyn Channel>
}

fn open_wechat() -> WechatPay {
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
    WechatPay::try_new(config).expect("the stand-in's own keys fit its own merchant")
}

fn open_alipay() -> Alipay {
    let app = PlatformHost::alipay_app();
    let config = AlipayConfig {
        app_id: app.app_id,
        seller_id: app.seller_id,
        app_key_pem: app.private_key_pem,
        trust: AlipayTrust::Keys(vec![app.alipay_public_key_pem]),
        gateway: gateway(),
    };
    Alipay::try_new(config).expect("the stand-in's own keys fit its own app")
}

fn gateway() -> String {
    format!("{ADDRESS}/gateway.do")
}

/// Both accounts, called back at `notify_base`.
#[must_use]
pub fn accounts(notify_base: &str) -> [PayChannel; 2] {
    let (merchant, app) = (PlatformHost::merchant(), PlatformHost::alipay_app());
    let account = |enterprise_id, label: &str, app_id, merchant_id, api_base| PayChannel {
        enterprise_id,
        label: label.to_owned(),
        app_id,
        merchant_id,
        merchant_serial: String::new(),
        api_base,
        notify_base: notify_base.to_owned(),
        key_ref: "sim".to_owned(),
        prefer: String::new(),
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: REFUNDS_PER_HOUR_MAX_DEFAULT,
        refund_sum_per_hour_max_minor: REFUND_SUM_PER_HOUR_MAX_MINOR_DEFAULT,
        version: 1,
    };
    let wechat = account(
        WECHAT_ID,
        wechat::LABEL,
        merchant.appid,
        merchant.mchid,
        ADDRESS.to_owned(),
    );
    [
        PayChannel {
            merchant_serial: merchant.certificate_serial,
            prefer: merchant.platform_public_key_id,
            ..wechat
        },
        account(ALIPAY_ID, alipay::LABEL, app.app_id, app.seller_id, gateway()),
    ]
}

/// By what its platform knows an account in its books.
#[must_use]
pub fn name_there(account: &PayChannel) -> String {
    if account.enterprise_id == ALIPAY_ID {
        account.app_id.clone()
    } else {
        account.merchant_id.clone()
    }
}
