//! The download of a certificate of the platform by the name that an answer or a notice has named it with.
//!
//! The answer may be signed with the very certificate that is asked for, so its own signature proves nothing: what is
//! handed out must have the name that was asked for and come from a root certificate of the account.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;

use super::Alipay;
use super::answer::in_words;
use super::body::{CertificateContent, Outcome};
use super::certificate::certificate_name;
use super::envelope::Envelope;
use crate::certificates::{HandedOut, NoCertificates};
use crate::channel::SignedAt;
use crate::http::{BODY_BYTES_MAX, HttpReply, HttpRequest};
use crate::keys::{certificate_pem, read_certificate, valid_until_ms};
use crate::text::printable;

/// The name of the interface.
const DOWNLOAD_METHOD: &str = "alipay.open.app.alipaycert.download";

#[derive(Serialize)]
struct DownloadContent<'a> {
    alipay_cert_sn: &'a str,
}

impl Alipay {
    /// In public-key mode there is nothing to ask for.
    pub(super) fn build_certificate_request(
        &self,
        name: Option<&str>,
        at: &SignedAt,
    ) -> Result<HttpRequest, NoCertificates> {
        let name = self.asked_name(name)?;
        let content = serde_json::to_string(&DownloadContent { alipay_cert_sn: name })
            .expect("a struct of text always serialises");
        Ok(self.signed_form(DOWNLOAD_METHOD, content, None, at))
    }

    pub(super) fn read_certificate_answer(
        &self,
        name: Option<&str>,
        reply: &HttpReply,
        now_ms: i64,
    ) -> Result<HandedOut, NoCertificates> {
        let name = self.asked_name(name)?;
        let text = self.handed_out_text(reply)?;
        let pems: Vec<Pem> = Pem::iter_from_buffer(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| NoCertificates::Untrusted("it is no certificate"))?;
        let mut certificates: Vec<X509Certificate<'_>> = pems
            .iter()
            .map(|pem| read_certificate(&pem.contents))
            .collect::<Result<_, _>>()
            .map_err(|_| NoCertificates::Untrusted("it is no certificate"))?;
        let asked = certificates
            .iter()
            .position(|certificate| certificate_name(certificate) == name)
            .ok_or(NoCertificates::Untrusted("it is another than was asked for"))?;
        let certificate = certificates.swap_remove(asked);
        if certificate.is_ca() {
            return Err(NoCertificates::Untrusted("it is an authority's own"));
        }
        self.roots
            .check(&certificate, &certificates, now_ms)
            .map_err(NoCertificates::Untrusted)?;
        Ok(HandedOut {
            name: name.to_owned(),
            valid_until_ms: valid_until_ms(&certificate),
            is_held: self.trust.knows(name),
            pem: certificate_pem(&certificate),
        })
    }

    fn asked_name<'a>(&self, name: Option<&'a str>) -> Result<&'a str, NoCertificates> {
        if self.names.is_none() {
            return Err(NoCertificates::PublicKeyMode);
        }
        name.ok_or(NoCertificates::NameNeeded)
    }

    /// The text that was handed out, nothing of it believed. A refusal is believed only where its signature fits.
    fn handed_out_text(&self, reply: &HttpReply) -> Result<String, NoCertificates> {
        if reply.status != 200 || reply.body.len() > BODY_BYTES_MAX {
            return Err(unknown(format!("HTTP {}", reply.status)));
        }
        let not_documented = || unknown("not an answer as the platform documents it".to_owned());
        let envelope = Envelope::read(&reply.body, DOWNLOAD_METHOD).ok_or_else(not_documented)?;
        let outcome: Outcome = serde_json::from_str(envelope.content).map_err(|_| not_documented())?;
        if outcome.code != "10000" {
            return Err(self.refused_download(reply, &outcome));
        }
        let content: CertificateContent =
            serde_json::from_str(envelope.content).map_err(|_| not_documented())?;
        STANDARD
            .decode(content.alipay_cert_content.as_bytes())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or(NoCertificates::Untrusted("it is not text in base64"))
    }

    fn refused_download(&self, reply: &HttpReply, outcome: &Outcome) -> NoCertificates {
        let is_lasting = matches!(outcome.code.as_str(), "40001" | "40002" | "40006");
        if is_lasting && self.verified(reply, DOWNLOAD_METHOD).is_ok() {
            return NoCertificates::Refused {
                code: printable(&outcome.sub_code),
            };
        }
        unknown(in_words(outcome))
    }
}

const fn unknown(why: String) -> NoCertificates {
    NoCertificates::Unknown { why }
}
