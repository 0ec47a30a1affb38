//! Who calls: a signature with the caller's secret, or, for callers that cannot be changed, the network they
//! call from.
//!
//! The signature is an HMAC with SHA-256 over the same text that tills sign, in the same headers; instead of the
//! till it names the caller.

use std::net::IpAddr;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::sign::{
    NONCE_HEADER, NONCE_LEN_MAX, RequestParts, SIGNATURE_HEADER, TIME_HEADER, TIME_WINDOW_MS,
};

use super::trouble::Trouble;
use crate::centre::Centre;
use crate::centre::guard::Who;
use crate::db::Db;
use crate::fault::Refusal;
use crate::http::Request;
use crate::network::Network;
use crate::rows::caller::{self, Caller};

/// Header with the caller's name, its `productAppId`.
pub const APP_HEADER: &str = "suanpan-app";

/// Reads the secret of a caller; nothing when it cannot be had.
pub type OpenSecret = Box<dyn Fn(&Caller) -> Option<Vec<u8>> + Send + Sync>;

/// The callers a request may speak for: one when it is signed, else all that trust where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    names: Vec<String>,
}

impl Credential {
    /// Whether it may speak for that caller.
    #[must_use]
    pub fn covers(&self, product_app_id: &str) -> bool {
        self.names.iter().any(|name| name == product_app_id)
    }

    /// The caller, where there is only one.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match self.names.as_slice() {
            [only] => Some(only),
            _none_or_many => None,
        }
    }
}

/// The signature of a request with a secret, base64.
#[must_use]
pub fn sign(secret: &[u8], parts: &RequestParts<'_>) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    STANDARD.encode(hmac::sign(&key, parts.canonical().as_bytes()))
}

impl<D: Db> Centre<D> {
    /// Finds out who calls.
    ///
    /// # Errors
    /// `bad_signature`, `stale_time`, `replayed`, `caller_unknown`, `too_many`; those of the database.
    pub(super) fn credential(
        &self,
        request: &Request,
        peer: IpAddr,
        now_ms: i64,
    ) -> Result<Credential, Trouble> {
        if request.header(SIGNATURE_HEADER).is_some() {
            return self.signed_credential(request, now_ms);
        }
        let known = self.db.read(|tx| Ok::<_, Trouble>(caller::all(tx)?))?;
        let named = request.header(APP_HEADER);
        let trusting = |caller: &Caller| {
            let networks = Network::list(&caller.trusted).unwrap_or_default();
            caller.revoked_at_ms.is_none() && networks.iter().any(|network| network.contains(peer))
        };
        let fitting: Vec<Caller> = known
            .into_iter()
            .filter(|caller| named.is_none_or(|name| name == caller.product_app_id))
            .filter(trusting)
            .collect();
        if fitting.is_empty() {
            return Err(Trouble::Door(Refusal::new(ErrorCode::BadSignature)));
        }
        for caller in &fitting {
            self.guard()
                .count(Who::Caller(caller.caller_id), now_ms)
                .map_err(Trouble::Door)?;
        }
        Ok(Credential {
            names: fitting.into_iter().map(|caller| caller.product_app_id).collect(),
        })
    }

    fn signed_credential(&self, request: &Request, now_ms: i64) -> Result<Credential, Trouble> {
        let door = |code| Trouble::Door(Refusal::new(code));
        let name = request
            .header(APP_HEADER)
            .ok_or_else(|| door(ErrorCode::BadSignature))?;
        let found = self.db.read(|tx| Ok::<_, Trouble>(caller::find(tx, name)?))?;
        let caller = found
            .filter(|caller| caller.revoked_at_ms.is_none())
            .ok_or_else(|| door(ErrorCode::CallerUnknown))?;
        let Some(secret) = (self.open_secret)(&caller).filter(|secret| !secret.is_empty()) else {
            tracing::error!(product_app_id = name, "a caller's secret cannot be used");
            return Err(door(ErrorCode::CallerUnknown));
        };
        let nonce = check(request, &secret, now_ms).map_err(door)?;
        let mut guard = self.guard();
        guard
            .count(Who::Caller(caller.caller_id), now_ms)
            .and_then(|()| guard.remember(caller.caller_id, nonce, now_ms))
            .map_err(Trouble::Door)?;
        drop(guard);
        Ok(Credential {
            names: vec![caller.product_app_id],
        })
    }
}

/// The signature is checked before the time: a stale time is told only to who can prove who asks.
fn check<'a>(request: &'a Request, secret: &[u8], now_ms: i64) -> Result<&'a str, ErrorCode> {
    let bad = ErrorCode::BadSignature;
    let nonce = request
        .header(NONCE_HEADER)
        .filter(|nonce| !nonce.is_empty() && nonce.len() <= NONCE_LEN_MAX)
        .ok_or(bad)?;
    let time_ms = request.header(TIME_HEADER).and_then(|text| text.parse().ok());
    let parts = RequestParts {
        method: &request.method,
        path: &request.path_and_query,
        time_ms: time_ms.ok_or(bad)?,
        nonce,
        body: &request.body,
    };
    let signature = request
        .header(SIGNATURE_HEADER)
        .and_then(|text| STANDARD.decode(text).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::verify(&key, parts.canonical().as_bytes(), &signature.ok_or(bad)?).map_err(|_| bad)?;
    if parts.time_ms.abs_diff(now_ms) > TIME_WINDOW_MS.unsigned_abs() {
        return Err(ErrorCode::StaleTime);
    }
    Ok(nonce)
}
