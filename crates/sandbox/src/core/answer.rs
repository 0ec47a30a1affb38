//! Replies with the platform's headers and signature, and the broken ones the switches ask for.

use serde_json::Value;

use super::http::{HttpReply, HttpRequest};
use super::ids::Ids;
use super::keys::{
    KeyRing, NEXT_CERTIFICATE_SERIAL, PLATFORM_CERTIFICATE_SERIAL, PLATFORM_PUBLIC_KEY_ID, SignedWith,
};
use super::refusal::{Code, Refusal};

/// What a call produced.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// 200 with a body.
    Body(Value),
    /// 204, signed like every other answer.
    Empty,
    /// A file, which no platform signs.
    File(Vec<u8>),
}

/// Whether the request asks for answers signed with the public key; `None` when it asks for nothing.
///
/// A serial that is neither the public key's id nor a certificate's is refused.
pub(crate) fn wants_public_key(request: &HttpRequest) -> Result<Option<bool>, Refusal> {
    match request.header("wechatpay-serial") {
        None => Ok(None),
        Some(PLATFORM_PUBLIC_KEY_ID) => Ok(Some(true)),
        Some(serial) if is_certificate(serial) => Ok(Some(false)),
        Some(_) => Err(Refusal::param(
            "Wechatpay-Serial",
            "header",
            "不是微信支付公钥ID或平台证书序列号",
        )),
    }
}

fn is_certificate(serial: &str) -> bool {
    [PLATFORM_CERTIFICATE_SERIAL, NEXT_CERTIFICATE_SERIAL]
        .iter()
        .any(|known| serial.eq_ignore_ascii_case(known))
}

/// The status and body of a result.
pub(crate) fn status_and_body(result: &Result<Answer, Refusal>) -> (u16, Vec<u8>) {
    match result {
        Ok(Answer::Body(body)) => (200, body.to_string().into_bytes()),
        Ok(Answer::Empty) => (204, Vec::new()),
        Ok(Answer::File(bytes)) => (200, bytes.clone()),
        Err(refusal) => (refusal.status(), refusal.body().to_string().into_bytes()),
    }
}

/// The four signature headers over `body`, and the ones that go with them.
pub(crate) fn signature_headers(
    ids: &mut Ids,
    with: SignedWith,
    at_ms: i64,
    body: &[u8],
) -> Vec<(String, String)> {
    let (serial, key) = KeyRing::get().platform(with);
    let (timestamp, nonce) = (at_ms.div_euclid(1000).to_string(), ids.nonce());
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        header("Wechatpay-Timestamp", &timestamp),
        header("Wechatpay-Nonce", &nonce),
        header("Wechatpay-Signature", &key.sign(&message)),
        header("Wechatpay-Serial", serial),
        header("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048"),
        header("Request-ID", &ids.notification_id()),
    ]
}

/// A signed reply.
pub(crate) fn signed(ids: &mut Ids, with: SignedWith, now_ms: i64, status: u16, body: Vec<u8>) -> HttpReply {
    let mut headers = signature_headers(ids, with, now_ms, &body);
    if !body.is_empty() {
        headers.push((
            "Content-Type".to_owned(),
            "application/json; charset=utf-8".to_owned(),
        ));
    }
    HttpReply {
        status,
        headers,
        body,
    }
}

/// The code that goes with a status set by a switch.
pub(crate) fn refusal_for(status: u16) -> Refusal {
    match status {
        429 => Refusal::new(Code::FrequencyLimited, "频率超限，请降低请求频率"),
        202 => Refusal::new(Code::Accepted, "服务器已接受请求，但尚未处理"),
        _ => Refusal::new(Code::SystemError, "系统异常，请用相同参数重新调用"),
    }
}

/// A file as it is downloaded: unsigned.
pub(crate) fn file(content_type: &str, body: Vec<u8>) -> HttpReply {
    HttpReply {
        status: 200,
        headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
        body,
    }
}

/// What a proxy or a captive portal answers in the platform's place: unsigned.
pub(crate) fn web_page(status: u16) -> HttpReply {
    let body = "<!doctype html><html><head><title>Sign in to the network</title></head>\
                <body><h1>Sign in to the network</h1></body></html>";
    let headers = vec![("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())];
    HttpReply {
        status,
        headers,
        body: body.as_bytes().to_vec(),
    }
}

/// Replaces the signature by one that a key of no platform could have made.
pub(crate) fn spoil_signature(headers: &mut [(String, String)]) {
    for (name, value) in headers {
        if name == "Wechatpay-Signature" {
            *value = spoilt(value);
        }
    }
}

/// A signature that no key could have made.
pub(crate) fn spoilt(signature: &str) -> String {
    signature.chars().rev().filter(|c| *c != '=').collect::<String>() + "=="
}

/// Turns "not paid" into "paid" and leaves the signature as it was; an answer without a body gets one.
pub(crate) fn alter_body(reply: &mut HttpReply) {
    if reply.body.is_empty() {
        reply.status = 200;
        reply.body = b"{}".to_vec();
        return;
    }
    let text = String::from_utf8_lossy(&reply.body);
    let altered = text
        .replace("\"NOTPAY\"", "\"SUCCESS\"")
        .replace("\"CLOSED\"", "\"SUCCESS\"");
    reply.body = if altered == text {
        format!("{text} ").into_bytes()
    } else {
        altered.into_bytes()
    };
}
