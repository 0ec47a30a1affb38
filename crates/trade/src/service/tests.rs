//! The service on a real socket: health, the pinned certificate, enrolment, a greeting, a long poll.

mod limits;
mod places;
mod public;
mod rights;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::journal::{Hello, HelloAnswer, Mark};
use suanpan_wire::sign::{
    AnswerParts, NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TILL_HEADER, TIME_HEADER,
    fingerprint, verify,
};

use super::{Operation, Ready, ServeOptions, clock, open_database, serve, system_rng};
use crate::{Settings, ledger, office};

/// Remembers the certificate that it was shown and checks the handshake's signature only.
#[derive(Debug, Default)]
struct Pinned(Mutex<Vec<u8>>);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.0.lock().unwrap() = end_entity.to_vec();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("only TLS 1.3 here".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
    certificate: Vec<u8>,
}

fn exchange(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
    let pinned = Arc::new(Pinned::default());
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(pinned.clone())
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut bytes = Vec::new();
    // A server that closes without a farewell has still said everything its length promised.
    let _ = stream.read_to_end(&mut bytes);
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let certificate = pinned.0.lock().unwrap().clone();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: bytes[split + 4..].to_vec(),
        certificate,
    }
}

/// The 32 bytes of the Ed25519 key in a certificate (RFC 8410, section 4).
fn public_key_of(certificate: &[u8]) -> &[u8] {
    const PREFIX: [u8; 12] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let at = certificate
        .windows(12)
        .position(|window| window == PREFIX)
        .unwrap()
        + 12;
    &certificate[at..at + 32]
}

struct TestTill {
    key: SigningKey,
    address: SocketAddr,
    centre_key: String,
}

impl TestTill {
    fn ask(&self, till_id: &str, method: &str, path: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
        let time_ms = clock::now_ms();
        let parts = RequestParts {
            method,
            path,
            time_ms,
            nonce,
            body,
        };
        let signature = self.key.sign(&parts.canonical());
        let headers = format!(
            "{TILL_HEADER}: {till_id}\r\n{TIME_HEADER}: {time_ms}\r\n{NONCE_HEADER}: {nonce}\r\n\
             {SIGNATURE_HEADER}: {signature}\r\n"
        );
        let answer = exchange(self.address, method, path, &headers, body);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let signed = AnswerParts {
            nonce,
            status: 200,
            body: &answer.body,
        };
        let signature = answer
            .head
            .lines()
            .find_map(|line| line.strip_prefix("suanpan-signature: "));
        assert!(verify(&self.centre_key, &signed.canonical(), signature.unwrap()));
        answer.body
    }
}

fn check_from_outside(ready: &Ready, code: &str) {
    let address: SocketAddr = ready.centre.trim_start_matches("https://").parse().unwrap();
    let health = exchange(address, "GET", "/healthz", "", b"");
    assert_eq!(health.status, 204);
    let shown = public_key_of(&health.certificate);
    assert_eq!(
        fingerprint(shown),
        ready.fingerprint,
        "the certificate carries the pinned key"
    );
    assert_eq!(exchange(address, "GET", "/readyz", "", b"").status, 204);
    assert_eq!(exchange(address, "POST", "/v1/till/hello", "", b"{}").status, 401);
    assert_eq!(
        exchange(address, "POST", "/trade/open/notify/wx/9", "", b"{}").status,
        404
    );
    let till = TestTill {
        key: SigningKey::try_from_seed(&[6; 32]).unwrap(),
        address,
        centre_key: base64::Engine::encode(&base64::engine::general_purpose::STANDARD, shown),
    };
    let body = EnrolRequest {
        code: code.to_owned(),
        public_key: till.key.public_base64(),
    };
    let enrolled = till.ask("", "POST", "/v1/enrol", "a", &serde_json::to_vec(&body).unwrap());
    let enrolled: EnrolAnswer = serde_json::from_slice(&enrolled).unwrap();
    assert_eq!(enrolled.centre_key, till.centre_key);
    let body = serde_json::to_vec(&Hello {
        head: Mark::genesis(),
    })
    .unwrap();
    let hello = till.ask(&enrolled.till_id, "POST", "/v1/till/hello", "b", &body);
    let hello: HelloAnswer = serde_json::from_slice(&hello).unwrap();
    assert_eq!(hello.held, Mark::genesis());
    let path = format!(
        "/v1/till/changes?generation={}&after=0&wait_ms=100",
        hello.generation
    );
    let waited = till.ask(&enrolled.till_id, "GET", &path, "c", b"");
    assert!(String::from_utf8(waited).unwrap().contains("\"changes\":[]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_enrols_over_tls_with_the_pinned_key_and_says_hello() {
    let folder = tempfile::tempdir().unwrap();
    let code = {
        let db = open_database(folder.path()).unwrap();
        let invited = ledger::commit(&db, clock::now_ms(), |ledger| {
            let store_id = office::add_store(ledger, "t", "店", "Asia/Shanghai", 0)?;
            office::invite_till(ledger, "t", &system_rng, store_id)
        });
        invited.unwrap().answer
    };
    let options = ServeOptions {
        folder: folder.path().to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url: None,
        certificate: None,
        always_tls: true,
        inner: None,
        operation: Operation::default(),
        settings: Settings::default(),
        broker: None,
    };
    let (tell, told) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let ready = |ready: &Ready| tell.send(ready.clone()).unwrap();
        serve(options, ready, async { stopped.await.unwrap() }).await
    });
    let ready = told.await.unwrap();
    tokio::task::spawn_blocking(move || check_from_outside(&ready, &code))
        .await
        .unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
