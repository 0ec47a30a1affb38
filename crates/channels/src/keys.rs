//! RSA keys and certificates from PEM, and the one signature both platforms use: SHA-256 with RSA.
//!
//! Validity dates of platform certificates that are configured are not judged: such a key is pinned, and its dates
//! would only let a wrong clock stop a shop.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::{Pem, parse_x509_pem};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

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

/// A merchant's signing key. Has no `Debug`: it is never shown.
pub(crate) struct SigningKey(RsaKeyPair);

impl SigningKey {
    /// Reads the key and signs once with it, so that a key that cannot sign is found at start.
    pub(crate) fn try_new(pem: &str) -> Result<Self, KeyProblem> {
        let key = Self(read_private_key(pem)?);
        key.try_sign(b"").ok_or(KeyProblem::Damaged)?;
        Ok(key)
    }

    /// The signature in base64. Every call signs with its own buffer, so that requests made at once
    /// cannot mix.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        self.try_sign(message)
            .expect("this key has signed when it was read")
    }

    fn try_sign(&self, message: &[u8]) -> Option<String> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .ok()?;
        Some(STANDARD.encode(signature))
    }
}

/// A key the platform may sign with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct VerifyingKey(Vec<u8>);

impl VerifyingKey {
    /// Reads `BEGIN PUBLIC KEY`, or the bare base64 of its content, as one platform hands it out.
    pub(crate) fn from_public_pem(pem: &str) -> Result<Self, KeyProblem> {
        let pem = read_pem(pem, "PUBLIC KEY")?;
        if pem.label != "PUBLIC KEY" {
            return Err(KeyProblem::WrongKind);
        }
        Self::from_spki_der(&pem.contents)
    }

    /// The key of a certificate.
    pub(crate) fn of_certificate(certificate: &X509Certificate<'_>) -> Result<Self, KeyProblem> {
        pkcs1_of(certificate.public_key()).map(Self)
    }

    fn from_spki_der(der: &[u8]) -> Result<Self, KeyProblem> {
        let (_, key) = SubjectPublicKeyInfo::from_der(der).map_err(|_| KeyProblem::Damaged)?;
        pkcs1_of(&key).map(Self)
    }

    /// Whether a signature in base64 is this key's over these bytes.
    pub(crate) fn fits(&self, message: &[u8], signature: &str) -> bool {
        STANDARD
            .decode(signature)
            .is_ok_and(|signature| self.fits_bytes(message, &signature))
    }

    /// Whether a signature is this key's over these bytes.
    pub(crate) fn fits_bytes(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0)
            .verify(message, signature)
            .is_ok()
    }
}

/// Reads one certificate's PEM.
pub(crate) fn read_certificate_pem(text: &str) -> Result<Pem, KeyProblem> {
    let pem = read_pem(text, "CERTIFICATE")?;
    if pem.label == "CERTIFICATE" {
        Ok(pem)
    } else {
        Err(KeyProblem::WrongKind)
    }
}

/// What a PEM text says it is.
pub(crate) fn label_of(text: &str) -> Result<String, KeyProblem> {
    read_pem(text, "").map(|pem| pem.label)
}

/// Reads a certificate.
pub(crate) fn read_certificate(der: &[u8]) -> Result<X509Certificate<'_>, KeyProblem> {
    X509Certificate::from_der(der)
        .map(|(_, certificate)| certificate)
        .map_err(|_| KeyProblem::Damaged)
}

/// When a certificate's time is over, UTC milliseconds.
pub(crate) fn valid_until_ms(certificate: &X509Certificate<'_>) -> i64 {
    certificate.validity().not_after.timestamp().saturating_mul(1_000)
}

/// A certificate as PEM.
pub(crate) fn certificate_pem(certificate: &X509Certificate<'_>) -> String {
    /// As every tool breaks it.
    const LINE_CHARS: usize = 64;
    let dense = STANDARD.encode(certificate.as_raw());
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in dense.as_bytes().chunks(LINE_CHARS) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

/// Reads a merchant's private key: PKCS#8 or PKCS#1, as PEM or as the bare base64 of its content.
fn read_private_key(text: &str) -> Result<RsaKeyPair, KeyProblem> {
    let pem = read_pem(text, "PRIVATE KEY")?;
    let pair = match pem.label.as_str() {
        "PRIVATE KEY" => {
            RsaKeyPair::from_pkcs8(&pem.contents).or_else(|rejected| {
                // The platforms' tools write either form without saying which.
                if is_bare(text) {
                    RsaKeyPair::from_der(&pem.contents)
                } else {
                    Err(rejected)
                }
            })
        }
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&pem.contents),
        _other_label => return Err(KeyProblem::WrongKind),
    };
    pair.map_err(|rejected| match rejected.to_string().as_str() {
        "TooSmall" | "TooLarge" | "WrongAlgorithm" => KeyProblem::NotRsa2048,
        _other_reason => KeyProblem::Damaged,
    })
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

/// Reads PEM, or bare base64 as a PEM of this label.
fn read_pem(text: &str, bare_label: &str) -> Result<Pem, KeyProblem> {
    if is_bare(text) && !bare_label.is_empty() {
        let dense: String = text.split_whitespace().collect();
        let contents = STANDARD.decode(dense).map_err(|_| KeyProblem::NotPem)?;
        return Ok(Pem {
            label: bare_label.to_owned(),
            contents,
        });
    }
    parse_x509_pem(text.as_bytes())
        .map(|(_, pem)| pem)
        .map_err(|_| KeyProblem::NotPem)
}

/// Whether a text could be base64 alone. A real key is never as short as a typing mistake.
fn is_bare(text: &str) -> bool {
    /// No key of 2048 bits has fewer characters.
    const CHARS_MIN: usize = 300;
    text.len() >= CHARS_MIN
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || matches!(b, b'+' | b'/' | b'='))
}
