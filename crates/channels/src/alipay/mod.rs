//! Alipay Open API, face to face: precreate, payment codes, query, cancel, close, refund, refund query,
//! notices, bills.
//!
//! The rules come from the platform's public documents. Answers and notices are believed only when the
//! platform's signature over the bytes as sent fits; everything else is unknown. An answer is signed over
//! its content alone, so it binds neither the moment nor the question: TLS does, and whatever an answer
//! names is compared with what was asked. Deliberately not here: encrypted content, other systems' app
//! authorisation tokens, pages and apps of the customer's side.

mod answer;
mod bill;
mod body;
mod certificate;
mod chain;
mod config;
mod download;
mod envelope;
mod notice;
mod refusal;
mod request;
mod trust;

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod bill_tests;
#[cfg(test)]
mod config_tests;
#[cfg(test)]
mod download_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod notice_tests;
#[cfg(test)]
mod testkit;

use std::fmt;

use suanpan_domain::platform::Observation;

pub use config::{AlipayConfig, AlipayTrust};

use crate::bill::{Bill, BillAnswer, BillDay, BillLink, BillProblem, Bills};
use crate::call::Call;
use crate::certificates::{Certificates, HandedOut, NoCertificates};
use crate::channel::{Channel, Lost, Notice, NoticeRefused, NoticeReply, Receipt, SignedAt};
use crate::http::{CallbackRequest, HttpReply, HttpRequest};
use crate::keys::SigningKey;
use certificate::CertificateNames;
use chain::Roots;
use trust::Trust;

/// The wire name of the platform.
pub const LABEL: &str = "ALI_PAY";

/// Currency of every amount; the platform's answers name none.
const CURRENCY: &str = "CNY";

/// One app's account with Alipay: keys read and checked, nothing that changes.
pub struct Alipay {
    app_id: String,
    seller_id: String,
    gateway: String,
    key: SigningKey,
    trust: Trust,
    /// What names the certificates in certificate mode; none in public-key mode.
    names: Option<CertificateNames>,
    /// What certificates must come from in certificate mode; none in public-key mode.
    roots: Roots,
}

impl fmt::Debug for Alipay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alipay")
            .field("app_id", &self.app_id)
            .field("seller_id", &self.seller_id)
            .field("gateway", &self.gateway)
            .field("certificates", &self.names)
            .finish_non_exhaustive()
    }
}

impl Channel for Alipay {
    fn label(&self) -> &str {
        LABEL
    }

    fn request(&self, call: &Call, at: SignedAt) -> HttpRequest {
        self.build_request(call, &at)
    }

    fn answer(&self, call: &Call, outcome: Result<&HttpReply, Lost>, _now_ms: i64) -> Observation {
        match outcome {
            Ok(reply) => self.read_answer(call, reply),
            Err(lost) => Observation::Unknown {
                why: lost.to_string(),
            },
        }
    }

    fn notice(&self, notice: &CallbackRequest, now_ms: i64) -> Result<Notice, NoticeRefused> {
        self.read_notice(notice, now_ms)
    }

    /// Seven bare bytes; with anything more the platform sends the notice again.
    fn reply(&self, receipt: Receipt<'_>) -> NoticeReply {
        let (status, body) = match receipt {
            Receipt::Kept => (200, "success"),
            Receipt::Refused(refused) => (refused.http_status(), "failure"),
            Receipt::TryAgain => (500, "failure"),
        };
        NoticeReply {
            status,
            content_type: Some("text/plain"),
            body: body.into(),
        }
    }

    fn bills(&self) -> &dyn Bills {
        self
    }

    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }
}

/// The platform hands out one certificate at a time, by its name.
impl Certificates for Alipay {
    fn certificates_request(&self, name: Option<&str>, at: SignedAt) -> Result<HttpRequest, NoCertificates> {
        self.build_certificate_request(name, &at)
    }

    fn certificates_read(
        &self,
        name: Option<&str>,
        outcome: Result<&HttpReply, Lost>,
        now_ms: i64,
    ) -> Result<Vec<HandedOut>, NoCertificates> {
        match outcome {
            Ok(reply) => Ok(vec![self.read_certificate_answer(name, reply, now_ms)?]),
            Err(lost) => Err(NoCertificates::Unknown {
                why: lost.to_string(),
            }),
        }
    }
}

impl Bills for Alipay {
    fn bill_request(&self, day: BillDay, at: SignedAt) -> HttpRequest {
        self.build_bill_request(day, &at)
    }

    fn bill_answer(&self, outcome: Result<&HttpReply, Lost>, _now_ms: i64) -> BillAnswer {
        match outcome {
            Ok(reply) => self.read_bill_answer(reply),
            Err(lost) => BillAnswer::Unknown {
                why: lost.to_string(),
            },
        }
    }

    fn bill_fetch(&self, link: &BillLink, _at: SignedAt) -> HttpRequest {
        bill::fetch(link)
    }

    fn bill_read(&self, _link: &BillLink, outcome: Result<&HttpReply, Lost>) -> Result<Bill, BillProblem> {
        bill::read(outcome)
    }
}
