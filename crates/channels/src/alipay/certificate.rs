//! What names a certificate to the platform: the MD5 of its issuer and its serial.
//!
//! MD5 guards nothing here; it is the platform's way of abbreviating a name. The root certificates' name is
//! that of each RSA certificate of the file, in its order; the file also holds such of another algorithm.

use std::fmt;

use md5::{Digest, Md5};
use x509_parser::certificate::X509Certificate;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::pem::Pem;
use x509_parser::x509::X509Name;

use crate::config::ConfigError;
use crate::keys::{KeyProblem, SigningKey, VerifyingKey, read_certificate, read_certificate_pem};
use crate::text::hex;

/// How the numbers of RSA's algorithms begin.
const RSA_ALGORITHMS: &str = "1.2.840.113549.1.1.";

/// A message to see whether a certificate is about a key.
const TRIAL: &[u8] = b"suanpan";

/// What a request names its certificates by.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CertificateNames {
    /// `app_cert_sn`.
    pub(super) app: String,
    /// `alipay_root_cert_sn`.
    pub(super) root: String,
}

impl fmt::Debug for CertificateNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "app {}, root {}", self.app, self.root)
    }
}

impl CertificateNames {
    /// Names the certificates, and checks that the app's is about the app's key.
    pub(super) fn try_new(app: &str, root: &str, key: &SigningKey) -> Result<Self, ConfigError> {
        let problem = |name| move |problem| ConfigError::Certificate { name, problem };
        let pem = read_certificate_pem(app).map_err(problem("app"))?;
        let certificate = read_certificate(&pem.contents).map_err(problem("app"))?;
        let public = VerifyingKey::of_certificate(&certificate).map_err(problem("app"))?;
        if !public.fits(TRIAL, &key.sign(TRIAL)) {
            return Err(ConfigError::CertificateOfOtherKey);
        }
        Ok(Self {
            app: certificate_name(&certificate),
            root: root_name(root).map_err(problem("root"))?,
        })
    }
}

/// The name of one certificate.
pub(super) fn certificate_name(certificate: &X509Certificate<'_>) -> String {
    let serial = certificate.tbs_certificate.serial.to_string();
    hex(&Md5::digest(format!("{}{serial}", issuer(certificate.issuer()))))
}

/// The last part of the issuer first, as the platform's own library writes it.
fn issuer(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let kind = oid2abbrev(attribute.attr_type(), oid_registry()).unwrap_or_default();
            format!("{kind}={}", attribute.as_str().unwrap_or_default())
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

/// The names of the RSA certificates of a file, joined.
pub(super) fn root_name(text: &str) -> Result<String, KeyProblem> {
    let mut names = Vec::new();
    for pem in Pem::iter_from_buffer(text.as_bytes()) {
        let pem = pem.map_err(|_| KeyProblem::NotPem)?;
        let certificate = read_certificate(&pem.contents)?;
        let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
        if algorithm.starts_with(RSA_ALGORITHMS) {
            names.push(certificate_name(&certificate));
        }
    }
    if names.is_empty() {
        return Err(KeyProblem::NotPem);
    }
    Ok(names.join("_"))
}
