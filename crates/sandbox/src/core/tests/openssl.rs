//! Against the `openssl` command, which shares nothing with the library used here. Where the command is
//! not installed the tests say so and check nothing.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{NATIVE, Shop};
use crate::core::keys::{PLATFORM_CERTIFICATE_EFFECTIVE, PLATFORM_CERTIFICATE_EXPIRES};
use crate::merchants;

/// Runs `openssl` with `input`; `None` where there is no such command.
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let started = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        println!("openssl is not installed: not checked against it");
        return None;
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    Some(output.stdout)
}

pub(crate) fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

#[test]
fn a_request_signed_by_openssl_is_accepted_and_the_answer_verifies_with_openssl() {
    let mut shop = Shop::new();
    let key = file(shop.merchant.private_key_pem.as_bytes());
    let body = shop.order().to_string();
    let (seconds, nonce) = (shop.now_ms / 1000, "Abcdefghijklmnopqrstuvwxyz012345");
    let message = format!("POST\n{NATIVE}\n{seconds}\n{nonce}\n{body}\n");
    let arguments = ["dgst", "-sha256", "-sign", key.path().to_str().unwrap()];
    let Some(signature) = openssl(&arguments, message.as_bytes()) else {
        return;
    };
    let mut request = shop.signed("POST", NATIVE, &body);
    request.headers[0].1 = format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",serial_no=\"{}\",nonce_str=\"{nonce}\",\
         timestamp=\"{seconds}\",signature=\"{}\"",
        shop.merchant.mchid,
        shop.merchant.certificate_serial,
        STANDARD.encode(signature)
    );
    request.headers.push((
        "Wechatpay-Serial".to_owned(),
        shop.merchant.platform_public_key_id.clone(),
    ));
    let reply = shop.send(&request);
    assert_eq!(reply.status, 200, "{}", super::text(&reply));

    let header = |name: &str| reply.header(name).unwrap().to_owned();
    let mut signed = format!(
        "{}\n{}\n",
        header("wechatpay-timestamp"),
        header("wechatpay-nonce")
    )
    .into_bytes();
    signed.extend_from_slice(&reply.body);
    signed.push(b'\n');
    let public = file(shop.merchant.platform_public_key_pem.as_bytes());
    let signature = file(&STANDARD.decode(header("wechatpay-signature")).unwrap());
    let (public, signature) = (
        public.path().to_str().unwrap(),
        signature.path().to_str().unwrap(),
    );
    openssl(
        &["dgst", "-sha256", "-verify", public, "-signature", signature],
        &signed,
    );
}

#[test]
fn serial_numbers_and_times_are_those_in_the_certificates() {
    let facts = |pem: &str| openssl(&["x509", "-noout", "-serial", "-dates"], pem.as_bytes());
    let merchants = merchants();
    let Some(platform) = facts(&merchants[0].platform_certificate_pem) else {
        return;
    };
    let platform = String::from_utf8(platform).unwrap();
    assert!(platform.contains(&format!("serial={}\n", merchants[0].platform_certificate_serial)));
    let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    let written = |text: &str| time(text).format("%b %e %H:%M:%S %Y GMT").to_string();
    assert!(platform.contains(&format!("notBefore={}", written(PLATFORM_CERTIFICATE_EFFECTIVE))));
    assert!(platform.contains(&format!("notAfter={}", written(PLATFORM_CERTIFICATE_EXPIRES))));
    let next = String::from_utf8(facts(&merchants[0].next_platform_certificate_pem).unwrap()).unwrap();
    assert!(next.contains(&format!(
        "serial={}\n",
        merchants[0].next_platform_certificate_serial
    )));
    for line in platform.lines().filter(|line| line.starts_with("not")) {
        assert!(next.contains(line), "both live as long: {line}");
    }
    let certificates = [
        include_str!("../../../keys/merchant_1900000101_certificate.pem"),
        include_str!("../../../keys/merchant_1900000102_certificate.pem"),
    ];
    for (merchant, certificate) in merchants.iter().zip(certificates) {
        let serial = String::from_utf8(facts(certificate).unwrap()).unwrap();
        assert!(serial.contains(&format!("serial={}\n", merchant.certificate_serial)));
    }
}
