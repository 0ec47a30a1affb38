//! What WeChat Pay names its keys by: a certificate's serial, or the id of a public key.

use crate::keys::{KeyProblem, VerifyingKey, label_of, read_certificate, read_certificate_pem};

/// How the platform's documents begin the id of a WeChat Pay public key.
const PUBLIC_KEY_ID_PREFIX: &str = "PUB_KEY_ID_";

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

/// Reads a platform key and checks that it is of the kind, and for a certificate of the serial, that
/// `id` says.
pub(super) fn read_platform_key(id: &str, pem: &str) -> Result<VerifyingKey, KeyProblem> {
    match (label_of(pem)?.as_str(), is_public_key_id(id)) {
        ("CERTIFICATE", false) => of_serial(id, pem),
        ("PUBLIC KEY", true) => VerifyingKey::from_public_pem(pem),
        ("CERTIFICATE", true) | ("PUBLIC KEY", false) => Err(KeyProblem::IdOfOtherKind),
        _other_label => Err(KeyProblem::WrongKind),
    }
}

fn of_serial(id: &str, pem: &str) -> Result<VerifyingKey, KeyProblem> {
    let pem = read_certificate_pem(pem)?;
    let certificate = read_certificate(&pem.contents)?;
    let serial: String = certificate
        .raw_serial()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    if canonical_id(&serial) != canonical_id(id) {
        return Err(KeyProblem::SerialDiffers);
    }
    VerifyingKey::of_certificate(&certificate)
}
