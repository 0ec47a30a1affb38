//! The platform certificates, as `/v3/certificates` hands them out: each encrypted with the merchant's APIv3 key.
//!
//! The answer may be signed with a certificate that is in use for the first time and so not held yet. Then it is
//! verified with the one it brings: only who knows the APIv3 key can have sealed it.

use serde::Deserialize;

use super::WechatPay;
use super::answer::code_for_log;
use super::body::ErrorBody;
use super::verify::{Keyring, Unverified};
use crate::certificates::{HandedOut, NoCertificates};
use crate::channel::SignedAt;
use crate::http::{BODY_BYTES_MAX, HttpReply, HttpRequest, Method};
use crate::keys::{read_certificate, read_certificate_pem, valid_until_ms};
use crate::text::printable;

#[derive(Deserialize)]
struct CertificatesBody {
    data: Vec<EntryBody>,
}

#[derive(Deserialize)]
struct EntryBody {
    serial_no: String,
    encrypt_certificate: SealedBody,
}

#[derive(Deserialize)]
struct SealedBody {
    algorithm: String,
    nonce: String,
    #[serde(default)]
    associated_data: Option<String>,
    ciphertext: String,
}

impl WechatPay {
    pub(super) fn build_certificates_request(&self, at: &SignedAt) -> HttpRequest {
        let target = format!("{}/v3/certificates", self.origin.path_prefix);
        let url = format!("{}{target}", self.origin.base);
        self.signed_request(Method::Get, url, &target, Vec::new(), at)
    }

    pub(super) fn read_certificates(
        &self,
        reply: &HttpReply,
        now_ms: i64,
    ) -> Result<Vec<HandedOut>, NoCertificates> {
        if reply.body.len() > BODY_BYTES_MAX {
            return Err(unknown("body too large".to_owned()));
        }
        let is_new = match self.keyring.verify(&reply.headers, &reply.body, now_ms) {
            Ok(()) => false,
            Err(Unverified::UnknownSerial(_)) if reply.status == 200 => true,
            Err(doubt) => return Err(unknown(format!("{doubt}{}", code_for_log(reply)))),
        };
        match reply.status {
            200 => {}
            400..=428 | 430..=499 => return Err(refused(reply)),
            status => return Err(unknown(format!("HTTP {status}{}", code_for_log(reply)))),
        }
        let body: CertificatesBody = serde_json::from_slice(&reply.body)
            .map_err(|_| unknown("the body is not what the platform documents".to_owned()))?;
        let mut handed_out = Keyring::default();
        let mut found = Vec::new();
        for entry in &body.data {
            found.push(self.open_entry(entry, &mut handed_out)?);
        }
        if is_new && handed_out.verify(&reply.headers, &reply.body, now_ms).is_err() {
            let why = "the answer is signed neither with what is held nor with what it brings";
            return Err(NoCertificates::Untrusted(why));
        }
        found.retain(|certificate| certificate.valid_until_ms > now_ms);
        Ok(found)
    }

    /// Decrypts one certificate, checks that it is the one its serial says, and adds it to those handed out.
    fn open_entry(&self, entry: &EntryBody, handed_out: &mut Keyring) -> Result<HandedOut, NoCertificates> {
        let sealed = &entry.encrypt_certificate;
        let associated = sealed.associated_data.as_deref().unwrap_or_default();
        let plain = self
            .content_key
            .open(&sealed.algorithm, &sealed.nonce, associated, &sealed.ciphertext)
            .map_err(|_| NoCertificates::Untrusted("it is not sealed with the APIv3 key"))?;
        let not_one = |_| NoCertificates::Untrusted("it is not the certificate its serial says");
        let text = String::from_utf8(plain).map_err(|_| NoCertificates::Untrusted("it is not text"))?;
        handed_out.add(&entry.serial_no, &text).map_err(not_one)?;
        let pem = read_certificate_pem(&text).map_err(not_one)?;
        let certificate = read_certificate(&pem.contents).map_err(not_one)?;
        Ok(HandedOut {
            name: entry.serial_no.clone(),
            valid_until_ms: valid_until_ms(&certificate),
            is_held: self.keyring.holds(&entry.serial_no),
            pem: text,
        })
    }
}

fn refused(reply: &HttpReply) -> NoCertificates {
    match serde_json::from_slice::<ErrorBody>(&reply.body) {
        Ok(error) => NoCertificates::Refused {
            code: printable(&error.code),
        },
        Err(_) => unknown(format!("HTTP {}", reply.status)),
    }
}

const fn unknown(why: String) -> NoCertificates {
    NoCertificates::Unknown { why }
}
