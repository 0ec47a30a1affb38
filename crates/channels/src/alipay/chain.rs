//! Whether a certificate comes from one of the platform's root certificates.
//!
//! Each certificate of the way must be signed by the next, by SHA-256 with RSA, and the last by a root of the file the
//! platform hands out; every one but the first must be an authority's; and none's time may be over. The roots' own
//! times are not judged: they are pinned. Certificates of another algorithm than RSA are in the file and serve nothing
//! here.

use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;

use crate::keys::{KeyProblem, VerifyingKey, read_certificate, valid_until_ms};

/// SHA-256 with RSA.
const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";

/// The roots of a file that can sign here.
#[derive(Default)]
pub(super) struct Roots(Vec<Root>);

struct Root {
    subject: Vec<u8>,
    key: VerifyingKey,
}

impl Roots {
    pub(super) fn try_new(text: &str) -> Result<Self, KeyProblem> {
        let mut roots = Vec::new();
        for pem in Pem::iter_from_buffer(text.as_bytes()) {
            let pem = pem.map_err(|_| KeyProblem::NotPem)?;
            let certificate = read_certificate(&pem.contents)?;
            if let Ok(key) = VerifyingKey::of_certificate(&certificate) {
                roots.push(Root {
                    subject: certificate.subject().as_raw().to_vec(),
                    key,
                });
            }
        }
        Ok(Self(roots))
    }

    /// Follows a certificate's issuers, with the help of `others`, to a root.
    pub(super) fn check(
        &self,
        certificate: &X509Certificate<'_>,
        others: &[X509Certificate<'_>],
        now_ms: i64,
    ) -> Result<(), &'static str> {
        let mut left: Vec<&X509Certificate<'_>> = others.iter().collect();
        let mut here = certificate;
        loop {
            if valid_until_ms(here) <= now_ms {
                return Err("the time of a certificate on the way to the root is over");
            }
            if self.0.iter().any(|root| root.has_signed(here)) {
                return Ok(());
            }
            let issuer = left.iter().position(|other| has_issued(other, here));
            match issuer {
                // One fewer is left each time, so that this ends.
                Some(at) => here = left.swap_remove(at),
                None => return Err("its way does not lead to a root certificate"),
            }
        }
    }
}

impl Root {
    fn has_signed(&self, certificate: &X509Certificate<'_>) -> bool {
        self.subject == certificate.issuer().as_raw() && is_signed_by(certificate, &self.key)
    }
}

/// Whether an authority's certificate has issued another.
fn has_issued(authority: &X509Certificate<'_>, certificate: &X509Certificate<'_>) -> bool {
    authority.is_ca()
        && authority.subject().as_raw() == certificate.issuer().as_raw()
        && VerifyingKey::of_certificate(authority).is_ok_and(|key| is_signed_by(certificate, &key))
}

fn is_signed_by(certificate: &X509Certificate<'_>, key: &VerifyingKey) -> bool {
    let inner = &certificate.tbs_certificate;
    certificate.signature_algorithm == inner.signature
        && certificate.signature_algorithm.algorithm.to_id_string() == SHA256_WITH_RSA
        && key.fits_bytes(inner.as_ref(), &certificate.signature_value.data)
}
