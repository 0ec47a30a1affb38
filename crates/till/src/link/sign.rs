//! Signing requests and judging answers, as pure functions: the simulation uses them without a network.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use suanpan_wire::sign::{
    AnswerParts, NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TILL_HEADER, TIME_HEADER, verify,
};

use crate::host::Host;
use crate::sync::{Answer, LinkFault, Outgoing};

/// Longest pause that is taken from an answer: the header is not signed, so nobody on the way may silence a
/// till for longer.
const RETRY_AFTER_MS_MAX: u32 = 600_000;

/// What makes one sending of a request unlike every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The corrected clock, UTC milliseconds.
    pub time_ms: i64,
    /// Fresh random characters.
    pub nonce: String,
}

impl Stamp {
    /// A stamp of this moment.
    #[must_use]
    pub fn fresh(time_ms: i64, host: &dyn Host) -> Self {
        // 128 bits: no two requests within the centre's window share one.
        let mut random = [0; 16];
        host.random(&mut random);
        Self {
            time_ms,
            nonce: URL_SAFE_NO_PAD.encode(random),
        }
    }
}

/// An answer as it came.
#[derive(Clone, Copy, Debug)]
pub struct RawAnswer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Raw body.
    pub body: &'a [u8],
    /// The signature header; empty when there was none.
    pub signature: &'a str,
    /// Seconds of the `Retry-After` header, if there was one.
    pub retry_after_s: Option<u32>,
}

/// A till's identity towards one centre.
#[derive(Debug)]
pub struct Signer {
    till_id: String,
    key: SigningKey,
    centre_key: String,
}

impl Signer {
    /// The till `till_id` with its key, and the centre's identity key in base64 as pinned at enrolment.
    #[must_use]
    pub const fn new(till_id: String, key: SigningKey, centre_key: String) -> Self {
        Self {
            till_id,
            key,
            centre_key,
        }
    }

    /// The headers of one sending.
    #[must_use]
    pub fn headers(&self, outgoing: &Outgoing, stamp: &Stamp) -> [(&'static str, String); 4] {
        headers(
            &self.till_id,
            &self.key,
            outgoing.method,
            &outgoing.path,
            &outgoing.body,
            stamp,
        )
    }

    /// The signature over a batch's head, base64.
    #[must_use]
    pub fn sign_head(&self, head_text: &str) -> String {
        self.key.sign(head_text)
    }

    /// What an answer says.
    ///
    /// # Errors
    /// [`LinkFault`]; everything the centre did not sign for exactly this sending is
    /// [`LinkFault::Unverified`].
    pub fn judge(
        &self,
        outgoing: &Outgoing,
        stamp: &Stamp,
        raw: &RawAnswer<'_>,
    ) -> Result<Answer, LinkFault> {
        if !is_signed_by(&self.centre_key, stamp, raw) {
            return Err(LinkFault::Unverified);
        }
        let retry_after_ms = raw
            .retry_after_s
            .map(|seconds| seconds.saturating_mul(1_000).min(RETRY_AFTER_MS_MAX));
        outgoing.read(raw.status, raw.body, retry_after_ms)
    }
}

/// The headers of a request signed by `key`.
pub(super) fn headers(
    till_id: &str,
    key: &SigningKey,
    method: &str,
    path: &str,
    body: &[u8],
    stamp: &Stamp,
) -> [(&'static str, String); 4] {
    let parts = RequestParts {
        method,
        path,
        time_ms: stamp.time_ms,
        nonce: &stamp.nonce,
        body,
    };
    [
        (TILL_HEADER, till_id.to_owned()),
        (TIME_HEADER, stamp.time_ms.to_string()),
        (NONCE_HEADER, stamp.nonce.clone()),
        (SIGNATURE_HEADER, key.sign(&parts.canonical())),
    ]
}

/// Whether `raw` is the answer of that key's owner to this very sending.
pub(super) fn is_signed_by(centre_key: &str, stamp: &Stamp, raw: &RawAnswer<'_>) -> bool {
    let parts = AnswerParts {
        nonce: &stamp.nonce,
        status: raw.status,
        body: raw.body,
    };
    verify(centre_key, &parts.canonical(), raw.signature)
}
