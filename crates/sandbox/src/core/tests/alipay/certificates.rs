//! Certificate mode: what a request must name, what an answer and a notice name, and the download.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Answer, NUMBER, PRECREATE, QUERY, Stall, fits, read_form};
use crate::core::tests::openssl::{file, openssl};
use crate::{AlipayKey, AlipayMode, Outcome, alipay_apps};

const DOWNLOAD: &str = "alipay.open.app.alipaycert.download";

/// A call that names these certificates; the answer and the name that stands beside it.
fn named(
    stall: &mut Stall,
    method: &str,
    content: &Value,
    names: &[(&str, &str)],
) -> (Answer, Option<String>) {
    let mut parameters = stall.parameters(method, content);
    parameters.extend(
        names
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let request = stall.signed(parameters);
    let Outcome::Reply(reply) = stall.platform.handle(&request, stall.now_ms).outcome else {
        panic!("the connection was dropped");
    };
    let body = String::from_utf8(reply.body.clone()).unwrap();
    let whole: Value = serde_json::from_str(&body).unwrap();
    let certificate = whole["alipay_cert_sn"].as_str().map(str::to_owned);
    // The name stands between the signed object and the signature.
    let plain = certificate.as_ref().map_or(body.clone(), |name| {
        body.replace(&format!(",\"alipay_cert_sn\":\"{name}\""), "")
    });
    let reply = crate::HttpReply {
        body: plain.into_bytes(),
        ..reply
    };
    (Answer::read(&reply), certificate)
}

fn both(stall: &Stall) -> [(&'static str, String); 2] {
    [
        ("app_cert_sn", stall.app.app_cert_sn.clone()),
        ("alipay_root_cert_sn", stall.app.alipay_root_cert_sn.clone()),
    ]
}

/// The usual call in certificate mode.
fn call(stall: &mut Stall, method: &str, content: &Value) -> (Answer, Option<String>) {
    let names = both(stall);
    let names: Vec<(&str, &str)> = names
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    named(stall, method, content, &names)
}

#[test]
fn p11_who_names_certificates_is_told_which_one_signed() {
    let mut stall = Stall::new();
    let order = stall.order();
    let (answer, certificate) = call(&mut stall, PRECREATE, &order);
    assert_eq!(answer.code(), "10000", "{}", answer.text);
    assert!(stall.verified(&answer));
    assert_eq!(certificate, Some(stall.app.alipay_cert_sn.clone()));
    let app_id = stall.app.app_id.clone();
    stall.platform.set_alipay_key(&app_id, AlipayKey::Next).unwrap();
    let (answer, certificate) = call(&mut stall, QUERY, &json!({ "out_trade_no": NUMBER }));
    assert_eq!(certificate, Some(stall.app.next_alipay_cert_sn.clone()));
    let next = &stall.app.next_alipay_public_key_pem;
    assert!(fits(
        next,
        answer.text.as_bytes(),
        answer.sign.as_deref().unwrap()
    ));
    // A call without names is answered without one.
    let (_, none) = named(&mut stall, QUERY, &json!({ "out_trade_no": NUMBER }), &[]);
    assert_eq!(none, None);
}

#[test]
fn names_that_are_missing_or_wrong_have_their_codes() {
    let mut stall = Stall::new();
    let app_id = stall.app.app_id.clone();
    stall
        .platform
        .set_alipay_mode(&app_id, AlipayMode::Certificates)
        .unwrap();
    let [(app, app_sn), (root, root_sn)] = both(&stall);
    let other = alipay_apps().remove(1).app_cert_sn;
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[], "isv.missing-app-cert-sn"),
        (&[(root, &root_sn)], "isv.missing-app-cert-sn"),
        (&[(app, &app_sn)], "isv.missing-alipay-root-cert-sn"),
        (&[(app, &other), (root, &root_sn)], "isv.app-cert-not-exist"),
        (
            &[(app, &app_sn), (root, &app_sn)],
            "isv.invalid-alipay-root-cert-sn",
        ),
    ];
    let order = stall.order();
    for (names, sub_code) in table {
        let (answer, certificate) = named(&mut stall, PRECREATE, &order, names);
        assert_eq!(answer.refused(), ("40002", *sub_code), "{names:?}");
        assert!(certificate.is_some() && stall.verified(&answer), "{names:?}");
    }
    assert!(stall.platform.trades().is_empty());
    assert_eq!(call(&mut stall, PRECREATE, &order).0.code(), "10000");
    let mode = AlipayMode::AsAsked;
    assert!(stall.platform.set_alipay_mode("1900000101", mode).is_err());
}

#[test]
fn p11_a_notice_names_the_certificate_beside_its_signature() {
    let mut stall = Stall::new();
    let order = stall.order();
    let (answer, _) = call(&mut stall, PRECREATE, &order);
    let code = answer.node["qr_code"].as_str().unwrap().to_owned();
    stall.platform.confirm(&code, stall.now_ms).unwrap();
    let mut told = read_form(&stall.after(0)[0].body);
    assert_eq!(
        told.remove("alipay_cert_sn"),
        Some(stall.app.alipay_cert_sn.clone())
    );
    assert!(stall.notice_verified(&told));
    let mut plain = Stall::new();
    plain.paid();
    assert!(!read_form(&plain.after(0)[0].body).contains_key("alipay_cert_sn"));
}

#[test]
fn the_download_hands_out_a_certificate_with_its_authoritys_by_its_name() {
    let mut stall = Stall::new();
    for (name, pem) in [
        (
            stall.app.alipay_cert_sn.clone(),
            stall.app.alipay_certificate_pem.clone(),
        ),
        (
            stall.app.next_alipay_cert_sn.clone(),
            stall.app.next_alipay_certificate_pem.clone(),
        ),
    ] {
        let answer = stall.call(DOWNLOAD, &json!({ "alipay_cert_sn": name }));
        let content = answer.node["alipay_cert_content"].as_str().unwrap();
        assert_eq!(STANDARD.decode(content).unwrap(), pem.as_bytes());
        assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2);
    }
    let unknown = stall.call(DOWNLOAD, &json!({ "alipay_cert_sn": "0" }));
    assert_eq!(unknown.refused(), ("40002", "isv.alipay-cert-not-exist"));
    let nameless = stall.call(DOWNLOAD, &json!({}));
    assert_eq!(nameless.refused(), ("40004", "ACQ.INVALID_PARAMETER"));
}

/// What openssl says of a certificate: issuer from its last part, serial in hexadecimal.
fn facts(pem: &str) -> Option<(String, String)> {
    let arguments = ["x509", "-noout", "-issuer", "-serial", "-nameopt", "RFC2253"];
    let said = String::from_utf8(openssl(&arguments, pem.as_bytes())?).unwrap();
    let line = |name: &str| {
        let found = said.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap().to_owned()
    };
    Some((line("issuer="), line("serial=")))
}

/// A hexadecimal number in decimal, digit by digit: serials pass any integer.
fn decimal(hex: &str) -> String {
    let mut digits = vec![0_u32];
    for nibble in hex.chars().map(|c| c.to_digit(16).unwrap()) {
        let mut carry = nibble;
        for digit in &mut digits {
            let sum = *digit * 16 + carry;
            (*digit, carry) = (sum % 10, sum / 10);
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    let text = digits
        .iter()
        .rev()
        .map(|digit| char::from_digit(*digit, 10).unwrap());
    text.collect()
}

#[test]
fn names_and_ways_to_the_root_are_those_that_openssl_finds() {
    let apps = alipay_apps();
    let root = include_str!("../../../../keys/alipay_root_rsa.pem");
    let authority = include_str!("../../../../keys/alipay_authority.pem");
    let app = &apps[0];
    let table = [
        (root, &app.alipay_root_cert_sn),
        (&*app.alipay_certificate_pem, &app.alipay_cert_sn),
        (&*app.next_alipay_certificate_pem, &app.next_alipay_cert_sn),
        (&*apps[0].app_certificate_pem, &apps[0].app_cert_sn),
        (&*apps[1].app_certificate_pem, &apps[1].app_cert_sn),
    ];
    let (root_file, authority_file) = (file(root.as_bytes()), file(authority.as_bytes()));
    let (root_path, authority_path) = (root_file.path(), authority_file.path());
    for (pem, name) in table {
        let Some((issuer, serial)) = facts(pem) else {
            return;
        };
        let text = format!("{issuer}{}", decimal(&serial));
        let digest = openssl(&["dgst", "-md5", "-r"], text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(digest).unwrap()[..32], **name);
        let verify = [
            "verify",
            "-CAfile",
            root_path.to_str().unwrap(),
            "-untrusted",
            authority_path.to_str().unwrap(),
        ];
        openssl(&verify, pem.as_bytes());
    }
    // Each certificate is of the key that signs with it.
    for (certificate, public) in [
        (&app.alipay_certificate_pem, &app.alipay_public_key_pem),
        (&app.next_alipay_certificate_pem, &app.next_alipay_public_key_pem),
    ] {
        let key = openssl(&["x509", "-noout", "-pubkey"], certificate.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(key).unwrap().trim(), public.trim());
    }
}
