//! The request signature: `WECHATPAY2-SHA256-RSA2048` over method, path, time, nonce and body.

use serde_json::json;

use super::http::HttpRequest;
use super::keys::{KeyRing, MerchantKey};
use super::refusal::{Code, Refusal};

/// The scheme's name in the `Authorization` header.
const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// How far a request's time may be from the platform's, by its signing rules.
pub(crate) const TIME_WINDOW_MS: i64 = 300_000;
/// How much of the expected signature text a refusal shows, as the real platform does.
const SHOWN_MESSAGE_CHARS: usize = 120;

/// The five values in the header.
struct Authorization<'a> {
    mchid: &'a str,
    nonce: &'a str,
    timestamp: &'a str,
    serial: &'a str,
    signature: &'a str,
}

/// Checks who signed `request` and that nothing in it was changed.
///
/// Every failure is 401 SIGN_ERROR; the message says which.
pub(crate) fn signer(request: &HttpRequest, now_ms: i64) -> Result<&'static MerchantKey, Refusal> {
    let header = request
        .header("authorization")
        .ok_or_else(|| sign_error("Http头缺少Authorization"))?;
    let given = parse(header).ok_or_else(|| sign_error("Http头Authorization值格式错误"))?;
    check_time(given.timestamp, now_ms)?;
    let known = KeyRing::get()
        .merchant(given.mchid)
        .ok_or_else(|| sign_error("商户号不存在"))?;
    if !given
        .serial
        .eq_ignore_ascii_case(&known.merchant.certificate_serial)
    {
        return Err(sign_error("商户证书序列号有误"));
    }
    let message = signed_message(request, given.timestamp, given.nonce);
    if !known.key.made(&message, given.signature) {
        return Err(mismatch(request, &message));
    }
    Ok(known)
}

/// The merchant id a request claims, checked or not: only for choosing which faults apply to it.
pub(crate) fn claimed_mchid(request: &HttpRequest) -> Option<String> {
    request
        .header("authorization")
        .and_then(parse)
        .map(|given| given.mchid.to_owned())
}

fn parse(header: &str) -> Option<Authorization<'_>> {
    let values = header.strip_prefix(SCHEME)?.strip_prefix(' ')?;
    let mut found = [None; 5];
    let names = ["mchid", "nonce_str", "timestamp", "serial_no", "signature"];
    for pair in values.split(',') {
        let (name, quoted) = pair.trim().split_once('=')?;
        let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let position = names.iter().position(|known| *known == name)?;
        if found[position].replace(value).is_some() || value.is_empty() {
            return None;
        }
    }
    let [mchid, nonce, timestamp, serial, signature] = found;
    Some(Authorization {
        mchid: mchid?,
        nonce: nonce?,
        timestamp: timestamp?,
        serial: serial?,
        signature: signature?,
    })
}

fn check_time(timestamp: &str, now_ms: i64) -> Result<(), Refusal> {
    let seconds: i64 = timestamp
        .parse()
        .map_err(|_| sign_error("Http头Authorization值格式错误"))?;
    let apart_ms = i128::from(seconds) * 1000 - i128::from(now_ms);
    if apart_ms.unsigned_abs() >= TIME_WINDOW_MS.unsigned_abs().into() {
        return Err(sign_error(
            "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
        ));
    }
    Ok(())
}

fn signed_message(request: &HttpRequest, timestamp: &str, nonce: &str) -> Vec<u8> {
    let HttpRequest {
        method,
        path_and_query,
        ..
    } = request;
    let mut message = format!("{method}\n{path_and_query}\n{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(&request.body);
    message.push(b'\n');
    message
}

fn sign_error(message: &str) -> Refusal {
    Refusal::new(Code::SignError, message)
}

/// The refusal that shows the start of the text the platform expected to be signed.
fn mismatch(request: &HttpRequest, message: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(message);
    let shown: String = text.chars().take(SHOWN_MESSAGE_CHARS).collect();
    let mut refusal = sign_error("错误的签名，验签失败");
    refusal.detail = Some(json!({
        "field": "signature",
        "location": "authorization",
        "detail": { "issue": "sign not match" },
        "sign_information": {
            "method": request.method,
            "url": request.path_and_query,
            "sign_message_length": message.len(),
            "truncated_sign_message": shown,
        },
    }));
    refusal
}
