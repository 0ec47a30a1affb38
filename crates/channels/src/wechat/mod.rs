//! WeChat Pay APIv3, Native: prepay, query, close, refund, refund query, callbacks.
//!
//! The rules come from the platform's public documents. Responses and callbacks are believed only when
//! the platform's signature over the raw bytes fits; everything else is unknown. Deliberately not
//! here: fetching platform certificates (new merchants cannot, and an operator configures keys), bills,
//! payment codes shown by the customer.

mod answer;
mod body;
mod config;
mod decrypt;
mod keys;
mod notice;
mod request;
mod sign;
mod verify;

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod config_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod notice_tests;
#[cfg(test)]
mod testkit;

use std::fmt;

use suanpan_domain::platform::Observation;

pub use config::{ConfigError, PlatformKey, WechatConfig};
pub use keys::KeyProblem;

use crate::call::Call;
use crate::channel::{Channel, Lost, Notice, NoticeRefused, SignedAt};
use crate::http::{CallbackRequest, HttpReply, HttpRequest};
use config::Origin;
use decrypt::ContentKey;
use sign::Signer;
use verify::Keyring;

/// The wire name of the platform.
pub const LABEL: &str = "WECHAT_PAY";

/// One merchant's account with WeChat Pay: keys read and checked, nothing that changes.
pub struct WechatPay {
    app_id: String,
    merchant_id: String,
    origin: Origin,
    signer: Signer,
    keyring: Keyring,
    /// The public key to be answered with, sent as `Wechatpay-Serial`; none in certificate mode.
    asked_key_id: Option<String>,
    content_key: ContentKey,
}

impl fmt::Debug for WechatPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatPay")
            .field("app_id", &self.app_id)
            .field("merchant_id", &self.merchant_id)
            .field("merchant_serial", &self.signer.serial())
            .field("platform_keys", &self.keyring.ids())
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Channel for WechatPay {
    fn label(&self) -> &str {
        LABEL
    }

    fn request(&self, call: &Call, at: SignedAt) -> HttpRequest {
        self.build_request(call, &at)
    }

    fn answer(&self, call: &Call, outcome: Result<&HttpReply, Lost>, now_ms: i64) -> Observation {
        match outcome {
            Ok(reply) => self.read_answer(call, reply, now_ms),
            Err(lost) => Observation::Unknown {
                why: lost.to_string(),
            },
        }
    }

    fn notice(&self, notice: &CallbackRequest, now_ms: i64) -> Result<Notice, NoticeRefused> {
        self.read_notice(notice, now_ms)
    }
}
