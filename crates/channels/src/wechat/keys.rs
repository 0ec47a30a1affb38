//! Reads RSA keys and certificates from PEM into the forms the signing library takes.
//!
//! Validity dates of platform certificates are not judged: a configured key is pinned, and its dates
//! would only let a wrong clock stop a shop.

use ring::signature::RsaKeyPair;
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::{Pem, parse_x509_pem};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// How the platform's documents begin the id of a WeChat Pay public key.
const PUBLIC_KEY_ID_PREFIX: &str = "PUB_KEY_ID_";

/// Smallest RSA modulus the signing library verifies with.
const MODULUS_BITS_MIN: usize = 2048;

/// Largest RSA modulus the signing library verifies with.
const MODULUS_BITS_MAX: usize = 8192;

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Not PEM, or damaged.
    #[error("not readable as PEM")]
    NotPem,
    /// PEM of another kind than expected here.
    #[error("PEM of the wrong kind")]
    WrongKind,
    /// The content is not what the PEM label says.
    #[error("content is damaged")]
    Damaged,
    /// Not RSA of 2048 to 8192 bits.
    #[error("not an RSA key of 2048 to 8192 bits")]
    NotRsa2048,
    /// The certificate's serial is not the configured id.
    #[error("the certificate's serial differs from the configured id")]
    SerialDiffers,
    /// A public key under a certificate's serial, or a certificate under a public key's id.
    #[error("id and PEM are of different kinds")]
    IdOfOtherKind,
}

/// Whether an id names a WeChat Pay public key and not a certificate.
pub(super) fn is_public_key_id(id: &str) -> bool {
    id.starts_with(PUBLIC_KEY_ID_PREFIX)
}

/// A certificate serial in the one form used for comparison: upper case, without leading zeros, which
/// tools print differently. Anything that is not hexadecimal, as an id of a public key, stays as it is.
pub(super) fn canonical_id(id: &str) -> String {
    if id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return id.trim_start_matches('0').to_ascii_uppercase();
    }
    id.to_owned()
}

/// Reads a merchant's private key.
pub(super) fn read_private_key(pem: &str) -> Result<RsaKeyPair, KeyProblem> {
    let pem = read_pem(pem)?;
    let pair = match pem.label.as_str() {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&pem.contents),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&pem.contents),
        _other_label => return Err(KeyProblem::WrongKind),
    };
    pair.map_err(|rejected| match rejected.to_string().as_str() {
        "TooSmall" | "TooLarge" | "WrongAlgorithm" => KeyProblem::NotRsa2048,
        _other_reason => KeyProblem::Damaged,
    })
}

/// Reads a platform key and checks that it is of the kind, and for a certificate of the serial, that
/// `id` says. The result is the PKCS#1 form inside the key's bit string.
pub(super) fn read_platform_key(id: &str, pem: &str) -> Result<Vec<u8>, KeyProblem> {
    let pem = read_pem(pem)?;
    match (pem.label.as_str(), is_public_key_id(id)) {
        ("CERTIFICATE", false) => read_certificate(id, &pem.contents),
        ("PUBLIC KEY", true) => {
            let (_, key) = SubjectPublicKeyInfo::from_der(&pem.contents).map_err(|_| KeyProblem::Damaged)?;
            pkcs1_of(&key)
        }
        ("CERTIFICATE", true) | ("PUBLIC KEY", false) => Err(KeyProblem::IdOfOtherKind),
        _other_label => Err(KeyProblem::WrongKind),
    }
}

fn read_certificate(id: &str, der: &[u8]) -> Result<Vec<u8>, KeyProblem> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|_| KeyProblem::Damaged)?;
    let serial: String = certificate
        .raw_serial()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    if canonical_id(&serial) != canonical_id(id) {
        return Err(KeyProblem::SerialDiffers);
    }
    pkcs1_of(certificate.public_key())
}

fn pkcs1_of(key: &SubjectPublicKeyInfo<'_>) -> Result<Vec<u8>, KeyProblem> {
    let Ok(PublicKey::RSA(rsa)) = key.parsed() else {
        return Err(KeyProblem::NotRsa2048);
    };
    if !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&rsa.key_size()) {
        return Err(KeyProblem::NotRsa2048);
    }
    Ok(key.subject_public_key.data.to_vec())
}

fn read_pem(text: &str) -> Result<Pem, KeyProblem> {
    parse_x509_pem(text.as_bytes())
        .map(|(_, pem)| pem)
        .map_err(|_| KeyProblem::NotPem)
}
