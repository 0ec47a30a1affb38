//! Certificates that a platform signs with, as it hands them out itself: asking for them, and which are to be believed.
//!
//! Nothing is taken up here. Whoever runs an account puts a new certificate beside the one in use, so that both are held
//! while the platform changes; until then what the new one has signed is unknown, and notices are sent again.

use crate::channel::{Lost, SignedAt};
use crate::http::{HttpReply, HttpRequest};

/// A certificate that is the platform's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOut {
    /// What answers and notices name it by: WeChat Pay's serial, Alipay's abbreviation.
    pub name: String,
    /// The certificate, PEM.
    pub pem: String,
    /// When its time is over, UTC milliseconds.
    pub valid_until_ms: i64,
    /// Whether the account holds one of that name already.
    pub is_held: bool,
}

/// Why there is no certificate. It can be asked for again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCertificates {
    /// The account verifies with public keys, which the platform hands to people only.
    #[error("the account is in public-key mode: there is no certificate to ask for")]
    PublicKeyMode,
    /// The platform hands out one certificate at a time.
    #[error("the platform hands out a certificate by its name, and none was given")]
    NameNeeded,
    /// The platform says no.
    #[error("the platform refuses: {code}")]
    Refused {
        /// Its code.
        code: String,
    },
    /// No answer that is verifiably the platform's.
    #[error("no verified answer: {why}")]
    Unknown {
        /// What went wrong.
        why: String,
    },
    /// What was handed out is not to be believed.
    #[error("not to be trusted: {0}")]
    Untrusted(&'static str),
}

/// The certificates of a merchant's account with one platform.
pub trait Certificates {
    /// The bytes that ask for the certificate of that name, or for all that the platform uses, where it takes no name.
    ///
    /// # Errors
    /// [`NoCertificates::PublicKeyMode`], [`NoCertificates::NameNeeded`].
    fn certificates_request(&self, name: Option<&str>, at: SignedAt) -> Result<HttpRequest, NoCertificates>;

    /// What an outcome hands out; certificates whose time is over are left out.
    ///
    /// # Errors
    /// [`NoCertificates`].
    fn certificates_read(
        &self,
        name: Option<&str>,
        outcome: Result<&HttpReply, Lost>,
        now_ms: i64,
    ) -> Result<Vec<HandedOut>, NoCertificates>;
}
