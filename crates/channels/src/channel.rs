//! The seam between the trade centre and any payment platform.

use suanpan_domain::platform::Observation;

use crate::bill::Bills;
use crate::call::Call;
use crate::certificates::Certificates;
use crate::http::{CallbackRequest, HttpReply, HttpRequest};

/// When a request is signed, and the random text that makes it unlike any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAt {
    /// UTC milliseconds.
    pub now_ms: i64,
    /// Random text, new for each request: 32 letters and digits. Anything else in it is left out.
    pub nonce: String,
}

/// Why no reply came. Every kind means that the outcome is unknown, also where nothing was sent: an
/// earlier try may have arrived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Not sent: the breaker is open.
    #[error("not sent: the platform did not answer lately")]
    BreakerOpen,
    /// Not sent: as many calls as may be are under way.
    #[error("not sent: too many calls at once")]
    NoPlace,
    /// Not sent: there is nothing to sign it with.
    #[error("not sent: the merchant's channel cannot be opened")]
    NoChannel,
    /// Not sent: name, connection or TLS failed.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// Sent, and no whole reply within the time limit.
    #[error("no reply in time")]
    TimedOut,
    /// Sent, and the connection broke before the whole reply was there.
    #[error("connection lost: {0}")]
    Cut(String),
}

impl Lost {
    /// Whether nothing at all has left this program, so that the platform cannot have heard of the call. A connection
    /// that failed may have failed late: it does not count.
    #[must_use]
    pub const fn is_unsent(&self) -> bool {
        match self {
            Self::BreakerOpen | Self::NoPlace | Self::NoChannel => true,
            Self::NoConnection(_) | Self::TimedOut | Self::Cut(_) => false,
        }
    }
}

/// A verified callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The platform's id of the notice; a repeat carries the same one.
    pub id: String,
    /// What it states: [`Observation::Trade`] or [`Observation::Refund`].
    pub fact: Observation,
}

/// Why a callback was not believed. Nothing may change because of it; it is answered with
/// [`NoticeRefused::http_status`] and logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefused {
    /// The signature does not fit the bytes, or is the platform's own probe with a wrong one.
    #[error("signature does not fit")]
    BadSignature,
    /// Signed longer ago than the platform repeats a notice, or ahead of time: for WeChat Pay, which signs
    /// every repeat anew, five minutes; for Alipay a little over a day.
    #[error("signed too long ago, or ahead of time")]
    Stale,
    /// Signed with a key that is not configured.
    #[error("signed with the unknown key {0}")]
    UnknownSerial(String),
    /// Signed well, but not readable with the configured key.
    #[error("content cannot be decrypted")]
    Undecryptable,
    /// Headers or body are not what the platform's documents describe.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// Signed well, about another merchant than the one this address belongs to.
    #[error("about another merchant")]
    WrongMerchant,
    /// Signed well, about something this project does not ask for.
    #[error("event of an unknown kind")]
    UnknownEvent,
}

impl NoticeRefused {
    /// The status to answer with: 4xx for what can never be right, 500 where the fault may be in our
    /// own configuration, so that the platform's repeats find it mended.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::BadSignature | Self::Stale | Self::UnknownSerial(_) => 401,
            Self::Malformed(_) | Self::UnknownEvent => 400,
            Self::WrongMerchant => 403,
            Self::Undecryptable => 500,
        }
    }

    /// What to say of it, which tells a forger nothing of keys.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::BadSignature | Self::UnknownSerial(_) => "signature not accepted",
            Self::Stale => "timestamp not accepted",
            Self::Undecryptable => "content not readable",
            Self::Malformed(_) => "malformed notice",
            Self::WrongMerchant => "not for this merchant",
            Self::UnknownEvent => "event not known",
        }
    }
}

/// What a platform wants to hear about its notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeReply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, where there is a body.
    pub content_type: Option<&'static str>,
    /// Body, exactly.
    pub body: Vec<u8>,
}

/// What is to be said about a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt<'a> {
    /// What it states is kept; it need not come again.
    Kept,
    /// It was not believed.
    Refused(&'a NoticeRefused),
    /// It is to come again: our own store or configuration fails.
    TryAgain,
}

/// One merchant's account with one payment platform.
pub trait Channel: Send + Sync {
    /// The wire name of the platform, as in `tradingChannel`: `WECHAT_PAY`.
    fn label(&self) -> &str;

    /// The bytes to send for `call`. Equal calls get equal addresses and bodies; only the signature
    /// headers follow `at`.
    fn request(&self, call: &Call, at: SignedAt) -> HttpRequest;

    /// What an outcome means. Anything that is not verifiably the platform's own word is
    /// [`Observation::Unknown`].
    fn answer(&self, call: &Call, outcome: Result<&HttpReply, Lost>, now_ms: i64) -> Observation;

    /// Verifies, decrypts and reads a callback.
    ///
    /// # Errors
    /// [`NoticeRefused`], with the status to answer; nothing of the content may be used then.
    fn notice(&self, notice: &CallbackRequest, now_ms: i64) -> Result<Notice, NoticeRefused>;

    /// The bytes that say so in the platform's own way.
    fn reply(&self, receipt: Receipt<'_>) -> NoticeReply;

    /// The account's bills.
    fn bills(&self) -> &dyn Bills;

    /// The platform's certificates, where it hands them out itself.
    fn certificates(&self) -> Option<&dyn Certificates> {
        None
    }
}
