//! The download of the platform's certificates and the way from one to a root, measured by openssl; and how a change of
//! certificate is lived through.

use std::path::Path;

use suanpan_domain::platform::Observation;
use x509_parser::pem::Pem;

use super::chain::Roots;
use super::testkit::*;
use super::{Alipay, AlipayTrust};
use crate::certificates::{HandedOut, NoCertificates};
use crate::channel::{Channel, Lost, NoticeRefused};
use crate::http::{HttpReply, HttpRequest};
use crate::keys::read_certificate;
use crate::text::read_form;

const CHAINED: &str = include_str!("../testdata/alipay/chained_cert.pem");
const CHAINED_NAME: &str = include_str!("../testdata/alipay/chained_name.txt");
const CONTENT: &str = include_str!("../testdata/alipay/download_content.json");
const ANSWER: &str = "alipay_open_app_alipaycert_download_response";

/// An account in certificate mode that holds these of the platform's certificates.
fn account_holding(platform: &[&str], root: &str) -> Alipay {
    let mut config = config();
    config.trust = AlipayTrust::Certificates {
        app: APP_CERT.into(),
        root: root.into(),
        platform: platform.iter().map(|pem| (*pem).to_owned()).collect(),
    };
    Alipay::try_new(config).unwrap()
}

fn read(account: &Alipay, name: &str, reply: &HttpReply) -> Result<HandedOut, NoCertificates> {
    account
        .certificates()
        .unwrap()
        .certificates_read(Some(name), Ok(reply), NOW_MS)
        .map(|mut found| found.remove(0))
}

/// An answer that nobody has signed: what it brings must stand for itself.
fn bare(content: &str) -> HttpReply {
    reply(200, format!(r#"{{"{ANSWER}":{content}}}"#))
}

fn param(request: &HttpRequest, name: &str) -> Option<String> {
    let params = read_form(&request.body).unwrap();
    let (_, value) = params.into_iter().find(|(key, _)| key == name.as_bytes())?;
    String::from_utf8(value).ok()
}

#[test]
fn a_certificate_is_asked_for_by_its_name_with_openssls_signature() {
    let account = account_with_certificates();
    let certificates = account.certificates().unwrap();
    let request = certificates
        .certificates_request(Some(CHAINED_NAME), at())
        .unwrap();
    assert_eq!(
        param(&request, "method").as_deref(),
        Some("alipay.open.app.alipaycert.download")
    );
    assert_eq!(
        param(&request, "sign").as_deref(),
        Some(include_str!("../testdata/alipay/download_signature.txt"))
    );
    assert_eq!(
        certificates.certificates_request(None, at()),
        Err(NoCertificates::NameNeeded)
    );
    let with_keys = super::testkit::account();
    assert_eq!(
        with_keys
            .certificates()
            .unwrap()
            .certificates_request(Some(CHAINED_NAME), at()),
        Err(NoCertificates::PublicKeyMode)
    );
}

/// Each line of the file: a certificate, what stands beside it, and what `openssl verify` says of the way to the root.
#[test]
fn ways_to_a_root_are_those_that_openssl_finds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testdata/alipay");
    let pem = |name: &str| {
        let text = std::fs::read(folder.join(name)).unwrap();
        let pem = Pem::iter_from_buffer(&text).next().unwrap().unwrap();
        pem.contents
    };
    let roots = Roots::try_new(ROOTS).unwrap();
    let (mut leads, mut none) = (0, 0);
    for line in include_str!("../testdata/alipay/chain_verdicts.txt").lines() {
        let [certificate, beside, verdict] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let (certificate, beside) = (pem(certificate), pem(beside));
        let certificate = read_certificate(&certificate).unwrap();
        let found = roots.check(&certificate, &[read_certificate(&beside).unwrap()], NOW_MS);
        assert_eq!(found.is_ok(), verdict == "leads", "{line}: {found:?}");
        if verdict == "leads" {
            leads += 1;
        } else {
            none += 1;
        }
    }
    assert_eq!((leads, none), (2, 6));
}

#[test]
fn p11_what_is_handed_out_is_the_certificate_that_openssl_made() {
    let account = account_with_certificates();
    let found = read(&account, CHAINED_NAME, &bare(CONTENT)).unwrap();
    assert_eq!((found.name.as_str(), found.pem.as_str()), (CHAINED_NAME, CHAINED));
    assert!(!found.is_held && found.valid_until_ms > NOW_MS);
    let holding = account_holding(&[CERT, CHAINED], ROOTS);
    assert!(read(&holding, CHAINED_NAME, &bare(CONTENT)).unwrap().is_held);
}

#[test]
fn what_has_another_name_or_comes_from_another_root_is_not_trusted() {
    let account = account_with_certificates();
    let untrusted = |found: Result<HandedOut, NoCertificates>| {
        assert!(matches!(found, Err(NoCertificates::Untrusted(_))), "{found:?}");
    };
    let other = include_str!("../testdata/alipay/platform_name.txt");
    untrusted(read(&account, other, &bare(CONTENT)));
    let foreign = account_holding(&[CERT], include_str!("../testdata/alipay/published_root.pem"));
    untrusted(read(&foreign, CHAINED_NAME, &bare(CONTENT)));
    for content in [
        r#"{"code":"10000","alipay_cert_content":""}"#,
        r#"{"code":"10000","alipay_cert_content":"*"}"#,
        r#"{"code":"10000","alipay_cert_content":"aGVsbG8="}"#,
    ] {
        untrusted(read(&account, CHAINED_NAME, &bare(content)));
    }
    // Only the certificate, without the authority between it and the root.
    use base64::Engine;
    let alone = base64::engine::general_purpose::STANDARD.encode(CHAINED);
    let alone = format!(r#"{{"code":"10000","alipay_cert_content":"{alone}"}}"#);
    untrusted(read(&account, CHAINED_NAME, &bare(&alone)));
}

#[test]
fn i14_other_answers_hand_out_nothing() {
    let account = account_with_certificates();
    let unknown = |found: Result<HandedOut, NoCertificates>| {
        assert!(matches!(found, Err(NoCertificates::Unknown { .. })), "{found:?}");
    };
    for status in [202, 429, 500, 502] {
        let mut late = bare(CONTENT);
        late.status = status;
        unknown(read(&account, CHAINED_NAME, &late));
    }
    for body in [
        "",
        "<html>",
        "{}",
        r#"{"alipay_trade_query_response":{"code":"10000"}}"#,
    ] {
        unknown(read(&account, CHAINED_NAME, &reply(200, body)));
    }
    unknown(read(&account, CHAINED_NAME, &bare(r#"{"code":"20000"}"#)));
    let refusal = r#"{"code":"40002","msg":"m","sub_code":"isv.alipay-cert-not-exist","sub_msg":"s"}"#;
    unknown(read(&account, CHAINED_NAME, &bare(refusal)));
    let signed = envelope(ANSWER, refusal, &sign(KEY, refusal.as_bytes()));
    let code = "isv.alipay-cert-not-exist".to_owned();
    assert_eq!(
        read(&account, CHAINED_NAME, &signed),
        Err(NoCertificates::Refused { code })
    );
    let lost =
        account
            .certificates()
            .unwrap()
            .certificates_read(Some(CHAINED_NAME), Err(Lost::TimedOut), NOW_MS);
    unknown(lost.map(|mut found| found.remove(0)));
}

#[test]
fn p11_an_answer_of_a_certificate_that_is_not_held_is_unknown_and_names_it() {
    let content = include_str!("../testdata/alipay/code_content.json");
    let body = format!(
        r#"{{"alipay_trade_precreate_response":{content},"alipay_cert_sn":"{CHAINED_NAME}","sign":"{}"}}"#,
        include_str!("../testdata/alipay/code_signature_platform_next.txt")
    );
    let answer = reply(200, body);
    match account_holding(&[CERT], ROOTS).answer(&prepay(), Ok(&answer), NOW_MS) {
        Observation::Unknown { why } => assert!(why.contains(CHAINED_NAME), "{why}"),
        other => panic!("{other:?}"),
    }
    let both = account_holding(&[CERT, CHAINED], ROOTS);
    assert!(matches!(
        both.answer(&prepay(), Ok(&answer), NOW_MS),
        Observation::CodeReady { .. }
    ));
}

#[test]
fn p11_p13_a_notice_names_its_certificate_beside_the_signature_or_under_it() {
    for body in [
        include_str!("../testdata/alipay/paid_notice_cert_beside.txt"),
        include_str!("../testdata/alipay/paid_notice_cert_under.txt"),
    ] {
        let told = |account: &Alipay| account.notice(&callback(body), NOW_MS);
        let both = account_holding(&[CERT, CHAINED], ROOTS);
        assert!(matches!(told(&both).unwrap().fact, Observation::Trade(_)));
        // In public-key mode the name means nothing; either key is tried.
        assert!(told(&super::testkit::account()).is_ok());
        assert_eq!(
            told(&account_holding(&[CERT], ROOTS)),
            Err(NoticeRefused::UnknownSerial(CHAINED_NAME.to_owned()))
        );
        // A name of a certificate that is held, and that has not signed it.
        let other = body.replace(CHAINED_NAME, include_str!("../testdata/alipay/platform_name.txt"));
        let refused = both.notice(&callback(&other), NOW_MS);
        assert_eq!(refused, Err(NoticeRefused::BadSignature));
    }
}
