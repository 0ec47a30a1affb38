//! WeChat Pay APIv3: Native and payment codes, query, close, reverse, refund, refund query, callbacks, bills.
//!
//! The rules come from the platform's public documents. Responses and callbacks are believed only when
//! the platform's signature over the raw bytes fits; everything else is unknown. Deliberately not
//! here: taking up a platform certificate that was handed out, which whoever runs the account does.

mod answer;
mod bill;
mod body;
mod certificates;
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
mod bill_tests;
#[cfg(test)]
mod certificates_tests;
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

pub use config::{PlatformKey, WechatConfig};

use crate::bill::{Bill, BillAnswer, BillDay, BillLink, BillProblem, Bills};
use crate::call::Call;
use crate::certificates::{Certificates, HandedOut, NoCertificates};
use crate::channel::{Channel, Lost, Notice, NoticeRefused, NoticeReply, Receipt, SignedAt};
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

    /// The status decides; a body of any kind beside a 2xx counts as yes.
    fn reply(&self, receipt: Receipt<'_>) -> NoticeReply {
        let (status, message) = match receipt {
            Receipt::Kept => {
                return NoticeReply {
                    status: 204,
                    content_type: None,
                    body: Vec::new(),
                };
            }
            Receipt::Refused(refused) => (refused.http_status(), refused.message()),
            Receipt::TryAgain => (500, "try again"),
        };
        NoticeReply {
            status,
            content_type: Some("application/json"),
            body: format!(r#"{{"code":"FAIL","message":"{message}"}}"#).into_bytes(),
        }
    }

    fn bills(&self) -> &dyn Bills {
        self
    }

    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }
}

/// The platform hands out all that it uses, and takes no name.
impl Certificates for WechatPay {
    fn certificates_request(&self, _name: Option<&str>, at: SignedAt) -> Result<HttpRequest, NoCertificates> {
        Ok(self.build_certificates_request(&at))
    }

    fn certificates_read(
        &self,
        _name: Option<&str>,
        outcome: Result<&HttpReply, Lost>,
        now_ms: i64,
    ) -> Result<Vec<HandedOut>, NoCertificates> {
        match outcome {
            Ok(reply) => self.read_certificates(reply, now_ms),
            Err(lost) => Err(NoCertificates::Unknown {
                why: lost.to_string(),
            }),
        }
    }
}

impl Bills for WechatPay {
    fn bill_request(&self, day: BillDay, at: SignedAt) -> HttpRequest {
        self.build_bill_request(day, &at)
    }

    fn bill_answer(&self, outcome: Result<&HttpReply, Lost>, now_ms: i64) -> BillAnswer {
        match outcome {
            Ok(reply) => self.read_bill_answer(reply, now_ms),
            Err(lost) => BillAnswer::Unknown {
                why: lost.to_string(),
            },
        }
    }

    fn bill_fetch(&self, link: &BillLink, at: SignedAt) -> HttpRequest {
        self.build_bill_fetch(link, &at)
    }

    fn bill_read(&self, link: &BillLink, outcome: Result<&HttpReply, Lost>) -> Result<Bill, BillProblem> {
        bill::read(link, outcome)
    }
}
