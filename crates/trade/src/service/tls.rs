//! TLS with the centre's own certificate, made from its identity key, or with a public one.
//!
//! Tills pin the key and not the certificate, so that a certificate may be made anew at every start.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::ServeOptions;
use crate::identity::Identity;

/// The one protocol that the doors speak: whoever also knows a newer one is told so in the handshake.
const PROTOCOL: &[u8] = b"http/1.1";

/// What the server shows whoever connects.
///
/// # Errors
/// When a certificate cannot be read or made.
pub async fn config(
    identity: &Identity,
    options: &ServeOptions,
    address: SocketAddr,
) -> Result<RustlsConfig> {
    // Set already where another part of the program was first; either way it is the one we want.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if let Some((certificate, key)) = &options.certificate {
        let read = RustlsConfig::from_pem_file(certificate, key)
            .await
            .with_context(|| format!("cannot use {} with {}", certificate.display(), key.display()))?;
        let mut config = rustls::ServerConfig::clone(&read.get_inner());
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        return Ok(RustlsConfig::from_config(Arc::new(config)));
    }
    let (certificate, key) = own_certificate(identity, options, address)?;
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

fn own_certificate(
    identity: &Identity,
    options: &ServeOptions,
    address: SocketAddr,
) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>)> {
    let pkcs8 = PrivatePkcs8KeyDer::from(identity.pkcs8());
    let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &rcgen::PKCS_ED25519)?;
    let mut names = vec!["localhost".to_owned(), address.ip().to_string()];
    if let Some(host) = options.public_url.as_deref().and_then(host_of) {
        names.push(host.to_owned());
    }
    let mut params = rcgen::CertificateParams::new(names)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Suanpan trade centre");
    let certificate = params.self_signed(&pair)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(pkcs8)))
}

fn host_of(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => Some(host),
        Some(_) | None => Some(authority),
    }
}
