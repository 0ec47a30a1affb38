//! With a public certificate: it is the one that is shown, and a client that would rather speak HTTP/2 is served.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::Settings;
use crate::service::{Operation, Ready, ServeOptions, serve};

fn options(folder: &Path) -> ServeOptions {
    ServeOptions {
        folder: folder.to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url: Some("https://localhost".into()),
        certificate: Some((folder.join("certificate.pem"), folder.join("key.pem"))),
        always_tls: false,
        inner: Some("127.0.0.1:0".parse().unwrap()),
        settings: Settings::default(),
        operation: Operation::default(),
        broker: None,
    }
}

/// The protocol that was agreed on, and the answer to a request for the health of the door.
fn ask(url: &str, trusted: CertificateDer<'static>) -> (Option<Vec<u8>>, String) {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let wire = TcpStream::connect(url.trim_start_matches("https://")).unwrap();
    let mut stream = StreamOwned::new(connection, wire);
    let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut said = Vec::new();
    // A server that closes without a farewell has still said what it said.
    let _ = stream.read_to_end(&mut said);
    let agreed = stream.conn.alpn_protocol().map(<[u8]>::to_vec);
    (agreed, String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_certificate_is_shown_and_who_would_rather_speak_a_newer_protocol_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("certificate.pem"), cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
    let (tell, told) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let options = options(folder.path());
    let serving = tokio::spawn(async move {
        let ready = |ready: &Ready| tell.send(ready.clone()).unwrap();
        serve(options, ready, async { stopped.await.unwrap() }).await
    });
    let ready = told.await.unwrap();
    assert_eq!(ready.centre, "https://localhost");
    let url = ready.inner.unwrap();
    let shown = cert.der().clone();
    let (agreed, answer) = tokio::task::spawn_blocking(move || ask(&url, shown))
        .await
        .unwrap();
    assert_eq!(agreed.as_deref(), Some(b"http/1.1".as_slice()));
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
