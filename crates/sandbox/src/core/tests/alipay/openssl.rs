//! Against the `openssl` command, which shares nothing with the library used here. Where the command is not
//! installed the tests say so and check nothing.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{PRECREATE, Stall, form, read_form};
use crate::core::tests::openssl::{file, openssl};

#[test]
fn a_request_signed_by_openssl_is_accepted_and_answer_and_notice_verify_with_openssl() {
    let mut stall = Stall::new();
    let mut parameters = stall.parameters(PRECREATE, &stall.order());
    let message = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&");
    let key = file(stall.app.private_key_pem.as_bytes());
    let arguments = ["dgst", "-sha256", "-sign", key.path().to_str().unwrap()];
    let Some(signature) = openssl(&arguments, message.as_bytes()) else {
        return;
    };
    parameters.insert("sign".to_owned(), STANDARD.encode(signature));
    let answer = stall.send(&form(&parameters));
    assert_eq!(answer.code(), "10000", "{}", answer.text);
    let public = stall.app.alipay_public_key_pem.clone();
    verified(&public, answer.text.as_bytes(), answer.sign.as_deref().unwrap());

    let code = answer.node["qr_code"].as_str().unwrap().to_owned();
    stall.platform.confirm(&code, stall.now_ms).unwrap();
    let told = read_form(&stall.after(0)[0].body);
    let message = told
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "sign" | "sign_type"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&");
    verified(&public, message.as_bytes(), &told["sign"]);
}

/// Fails the test unless `openssl` finds that the signature fits.
fn verified(public_pem: &str, message: &[u8], signature: &str) {
    let (public, signature) = (
        file(public_pem.as_bytes()),
        file(&STANDARD.decode(signature).unwrap()),
    );
    let (public, signature) = (
        public.path().to_str().unwrap(),
        signature.path().to_str().unwrap(),
    );
    openssl(
        &["dgst", "-sha256", "-verify", public, "-signature", signature],
        message,
    );
}
