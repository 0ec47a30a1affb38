//! The link against a double of the centre that answers rightly, wrongly, late, or not at all.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use suanpan_wire::enrol::EnrolAnswer;
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::journal::{HelloAnswer, Mark};
use suanpan_wire::sign::{
    AnswerParts, NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TIME_HEADER, fingerprint, verify,
};
use tokio::sync::watch;

use super::sign::{Signer, Stamp};
use super::{Link, enrol};
use crate::rpc::{Code, Problem};
use crate::sync::{Answer, LinkFault, Outgoing};

const NOW_MS: i64 = 1_795_242_960_000;

fn centre_key() -> SigningKey {
    SigningKey::try_from_seed(&[9; 32]).unwrap()
}

fn till_key() -> SigningKey {
    SigningKey::try_from_seed(&[3; 32]).unwrap()
}

/// A request as it came.
struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    fn read(stream: &mut impl Read) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let asked = Self {
            method,
            path,
            headers,
            body: Vec::new(),
        };
        let mut body = vec![0; asked.header("content-length").parse().unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        Some(Self { body, ..asked })
    }

    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether the till's signature covers exactly this request.
    fn is_signed(&self) -> bool {
        let parts = RequestParts {
            method: &self.method,
            path: &self.path,
            time_ms: self.header(TIME_HEADER).parse().unwrap_or(0),
            nonce: self.header(NONCE_HEADER),
            body: &self.body,
        };
        let signature = self.header(SIGNATURE_HEADER);
        verify(&till_key().public_base64(), &parts.canonical(), signature)
    }

    fn signature(&self, key: &SigningKey, status: u16, body: &[u8]) -> String {
        let nonce = self.header(NONCE_HEADER);
        key.sign(&AnswerParts { nonce, status, body }.canonical())
    }

    /// An answer signed by `key`.
    fn answer(&self, key: &SigningKey, status: u16, body: &[u8]) -> Vec<u8> {
        written(
            status,
            &[(SIGNATURE_HEADER, self.signature(key, status, body))],
            body,
        )
    }
}

fn written(status: u16, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut text = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    [text.as_bytes(), b"\r\n", body].concat()
}

fn serve(respond: impl Fn(&Asked) -> Vec<u8> + Send + 'static) -> SocketAddr {
    serve_with(|stream| stream, respond)
}

fn serve_with<S: Read + Write>(
    wrap: impl Fn(TcpStream) -> S + Send + 'static,
    respond: impl Fn(&Asked) -> Vec<u8> + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = wrap(stream.unwrap());
            if let Some(asked) = Asked::read(&mut stream) {
                // A till that went away in between is part of the cases.
                drop(stream.write_all(&respond(&asked)));
                drop(stream.flush());
            }
        }
    });
    address
}

fn hello_body() -> Vec<u8> {
    let answer = HelloAnswer {
        held: Mark::genesis(),
        generation: 1,
        next_position: 1,
        means: Vec::new(),
        code_life_ms: 300_000,
        centre_time_ms: NOW_MS,
    };
    serde_json::to_vec(&answer).unwrap()
}

fn stamp() -> Stamp {
    Stamp {
        time_ms: NOW_MS,
        nonce: "abc".into(),
    }
}

fn link_to(address: &str, network: watch::Receiver<bool>) -> Link {
    let signer = Arc::new(Signer::new("7".into(), till_key(), centre_key().public_base64()));
    Link::try_new(address, &fingerprint(centre_key().public()), signer, network).unwrap()
}

async fn hello_at(address: &str) -> Result<Answer, LinkFault> {
    let (_sender, network) = watch::channel(true);
    let outgoing = Outgoing::hello(Mark::genesis()).unwrap();
    link_to(address, network).send(&outgoing, &stamp()).await
}

async fn hello(respond: impl Fn(&Asked) -> Vec<u8> + Send + 'static) -> Result<Answer, LinkFault> {
    hello_at(&format!("http://{}", serve(respond))).await
}

#[tokio::test]
async fn a_request_is_signed_and_its_signed_answer_believed() {
    let answer = hello(|asked| {
        assert!(asked.is_signed());
        assert_eq!(
            (asked.header("suanpan-till"), asked.path.as_str()),
            ("7", "/v1/till/hello")
        );
        asked.answer(&centre_key(), 200, &hello_body())
    });
    assert!(matches!(answer.await, Ok(Answer::Hello(_))));
}

#[tokio::test]
async fn what_the_centre_did_not_sign_for_this_request_is_never_a_result() {
    type Respond = fn(&Asked) -> Vec<u8>;
    let cases: [(&str, Respond); 7] = [
        ("a captive portal's page", |_| {
            written(200, &[], b"<html>please log in</html>")
        }),
        ("a redirect", |_| {
            written(302, &[("location", "http://127.0.0.1:9/".into())], b"")
        }),
        ("no signature", |_| written(200, &[], &hello_body())),
        ("another key", |asked| {
            asked.answer(&till_key(), 200, &hello_body())
        }),
        ("a rewritten body", |asked| {
            let signature = asked.signature(&centre_key(), 200, &hello_body());
            let altered = String::from_utf8(hello_body())
                .unwrap()
                .replace("\"generation\":1", "\"generation\":2");
            written(200, &[(SIGNATURE_HEADER, signature)], altered.as_bytes())
        }),
        ("another status", |asked| {
            let signature = asked.signature(&centre_key(), 403, &hello_body());
            written(200, &[(SIGNATURE_HEADER, signature)], &hello_body())
        }),
        ("an answer to another request", |_| {
            let parts = AnswerParts {
                nonce: "older",
                status: 200,
                body: &hello_body(),
            };
            let signature = centre_key().sign(&parts.canonical());
            written(200, &[(SIGNATURE_HEADER, signature)], &hello_body())
        }),
    ];
    for (name, respond) in cases {
        assert_eq!(hello(respond).await, Err(LinkFault::Unverified), "{name}");
    }
}

fn refusal(code: ErrorCode) -> Vec<u8> {
    serde_json::to_vec(&ErrorBody::new(code, NOW_MS)).unwrap()
}

#[tokio::test]
async fn a_stale_time_brings_the_centres_own() {
    let stale = hello(|asked| asked.answer(&centre_key(), 401, &refusal(ErrorCode::StaleTime))).await;
    assert_eq!(
        stale,
        Err(LinkFault::StaleClock {
            centre_time_ms: NOW_MS
        })
    );
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_heard_but_not_without_bound() {
    for (asked_s, heard_ms) in [("20", Some(20_000)), ("99999999", Some(600_000)), ("soon", None)] {
        let busy = hello(move |asked| {
            let body = refusal(ErrorCode::TooMany);
            let signature = asked.signature(&centre_key(), 429, &body);
            let headers = [(SIGNATURE_HEADER, signature), ("retry-after", asked_s.into())];
            written(429, &headers, &body)
        });
        match busy.await {
            Err(LinkFault::Refused { retry_after_ms, .. }) => assert_eq!(retry_after_ms, heard_ms),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(
        hello_at(&format!("http://{address}")).await,
        Err(LinkFault::Unreachable)
    );
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_answer_is_no_answer() {
    let broken = hello(|asked| {
        let mut bytes = asked.answer(&centre_key(), 200, &hello_body());
        bytes.truncate(bytes.len() - 5);
        bytes
    });
    assert_eq!(broken.await, Err(LinkFault::Unreachable));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_network_ends_what_is_under_way_and_nothing_goes_out() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let (network, up) = watch::channel(true);
    let link = link_to(&address, up);
    let waiting = tokio::spawn(async move {
        let outgoing = Outgoing::hello(Mark::genesis()).unwrap();
        let first = link.send(&outgoing, &stamp()).await;
        (first, link.send(&outgoing, &stamp()).await)
    });
    silent.accept().unwrap();
    let cut_at = instant();
    network.send_replace(false);
    let both = (Err(LinkFault::Unreachable), Err(LinkFault::Unreachable));
    assert_eq!(waiting.await.unwrap(), both);
    assert!(cut_at.elapsed() < Duration::from_secs(2), "not by its time limit");
}

#[expect(clippy::disallowed_methods, reason = "a bound in a test")]
fn instant() -> Instant {
    Instant::now()
}

/// A TLS listener with a self-signed certificate of `key`'s seed.
fn serve_tls(seed: u8, respond: impl Fn(&Asked) -> Vec<u8> + Send + 'static) -> SocketAddr {
    // PKCS #8 of an Ed25519 seed (RFC 8410): a fixed head and the 32 bytes.
    let head = [
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    let pkcs8 = [head.as_slice(), &[seed; 32]].concat();
    let der = rustls::pki_types::PrivatePkcs8KeyDer::from(pkcs8);
    let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_ED25519).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["elsewhere.example".into()])
        .unwrap()
        .self_signed(&pair)
        .unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], der.into())
            .unwrap();
    let config = Arc::new(config);
    let wrap = move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        rustls::StreamOwned::new(connection, stream)
    };
    serve_with(wrap, respond)
}

#[tokio::test]
async fn the_centres_own_certificate_is_known_by_its_key_and_no_other_is_taken() {
    let right = serve_tls(9, |asked| asked.answer(&centre_key(), 200, &hello_body()));
    let answer = hello_at(&format!("https://{right}")).await;
    assert!(matches!(answer, Ok(Answer::Hello(_))), "{answer:?}");
    let wrong = serve_tls(8, |asked| asked.answer(&centre_key(), 200, &hello_body()));
    assert_eq!(
        hello_at(&format!("https://{wrong}")).await,
        Err(LinkFault::Unverified)
    );
}

fn enrol_answer(centre_key: &SigningKey) -> Vec<u8> {
    let answer = EnrolAnswer {
        till_id: "5".into(),
        store_id: "1".into(),
        till_label: "2".into(),
        worker: 2,
        store_name: "店".into(),
        zone: "Asia/Shanghai".into(),
        cutoff_minutes: 0,
        centre_key: centre_key.public_base64(),
        centre_time_ms: NOW_MS,
    };
    serde_json::to_vec(&answer).unwrap()
}

async fn enrolled_at(address: &str) -> Result<EnrolAnswer, Problem> {
    let line = enrol::read_line(&format!(
        "{address}#abcd2345#{}",
        fingerprint(centre_key().public())
    ))?;
    enrol::ask(&line, &till_key(), &stamp()).await
}

async fn enrolled(respond: impl Fn(&Asked) -> Vec<u8> + Send + 'static) -> Result<EnrolAnswer, Problem> {
    enrolled_at(&format!("http://{}", serve(respond))).await
}

#[tokio::test]
async fn enrolment_believes_only_the_owner_of_the_lines_fingerprint() {
    let right = enrolled(|asked| {
        assert!(asked.is_signed() && asked.header("suanpan-till").is_empty());
        asked.answer(&centre_key(), 200, &enrol_answer(&centre_key()))
    });
    assert_eq!(right.await.unwrap().till_id, "5");
    let other_key = enrolled(|asked| asked.answer(&till_key(), 200, &enrol_answer(&till_key())));
    let other_signer = enrolled(|asked| asked.answer(&till_key(), 200, &enrol_answer(&centre_key())));
    let portal = enrolled(|_| written(200, &[], b"<html></html>"));
    for wrong in [other_key.await, other_signer.await, portal.await] {
        assert_eq!(wrong.unwrap_err().code, Code::CentreNotTheOne);
    }
}

#[tokio::test]
async fn a_centre_on_this_machine_needs_no_fingerprint_and_must_sign_all_the_same() {
    let asked = async |signer: fn() -> SigningKey| {
        let address = serve(move |asked| asked.answer(&signer(), 200, &enrol_answer(&centre_key())));
        let line = enrol::read_line(&format!("http://{address}#abcd2345")).unwrap();
        enrol::ask(&line, &till_key(), &stamp()).await
    };
    assert_eq!(
        asked(centre_key).await.unwrap().centre_key,
        centre_key().public_base64()
    );
    assert_eq!(asked(till_key).await.unwrap_err().code, Code::CentreNotTheOne);
    let elsewhere = enrol::read_line("https://example.com#abcd2345").unwrap_err();
    assert_eq!(elsewhere.code, Code::EnrolLineMalformed);
    assert_eq!(elsewhere.params["address"], "https://example.com");
}

#[tokio::test]
async fn enrolment_says_what_is_wrong_with_the_line_or_the_code() {
    for (code, said) in [
        (ErrorCode::EnrolCodeWrong, Code::EnrolCodeWrong),
        (ErrorCode::EnrolCodeUsed, Code::EnrolCodeUsed),
        (ErrorCode::Unavailable, Code::CentreUnreachable),
    ] {
        let refused = enrolled(move |asked| asked.answer(&centre_key(), code.status(), &refusal(code)));
        assert_eq!(refused.await.unwrap_err().code, said);
    }
    for line in [
        "",
        "http://127.0.0.1:1#",
        "http://example.com#x#y",
        "http://example.com#x",
        "ftp://x#y#z",
    ] {
        assert_eq!(
            enrol::read_line(line).unwrap_err().code,
            Code::EnrolLineMalformed,
            "{line}"
        );
    }
    assert_eq!(
        enrolled_at("http://127.0.0.1:1").await.unwrap_err().code,
        Code::CentreUnreachable
    );
}

#[tokio::test]
async fn enrolment_on_a_machine_with_a_wrong_clock_takes_the_centres() {
    let answer = enrolled(|asked| {
        if asked.header(TIME_HEADER) == NOW_MS.to_string() && asked.header(NONCE_HEADER) == "abc" {
            let body = serde_json::to_vec(&ErrorBody::new(ErrorCode::StaleTime, NOW_MS + 1)).unwrap();
            return asked.answer(&centre_key(), 401, &body);
        }
        assert!(asked.is_signed());
        asked.answer(&centre_key(), 200, &enrol_answer(&centre_key()))
    });
    assert!(answer.await.is_ok());
}
