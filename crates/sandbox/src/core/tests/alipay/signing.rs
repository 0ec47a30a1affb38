//! Who signed a request, and with what the answer is signed.

use serde_json::json;

use super::{PRECREATE, QUERY, Stall, fits, form};
use crate::{AlipayKey, Outcome};

#[test]
fn every_missing_or_wrong_parameter_has_its_code() {
    let stall = &mut Stall::new();
    let order = stall.order();
    let table: &[(&str, &str, &str, &str)] = &[
        ("method", "", "40001", "isv.missing-method"),
        ("method", "alipay.trade.unheard", "40002", "isv.invalid-method"),
        ("app_id", "", "40001", "isv.missing-app-id"),
        ("app_id", "2021000199900199", "40002", "isv.invalid-app-id"),
        ("sign_type", "", "40001", "isv.missing-signature-type"),
        ("sign_type", "RSA", "40002", "isv.invalid-signature-type"),
        ("charset", "GBK", "40002", "isv.invalid-charset"),
        ("format", "XML", "40002", "isv.invalid-format"),
        ("version", "", "40001", "isv.missing-version"),
        ("timestamp", "", "40001", "isv.missing-timestamp"),
        (
            "timestamp",
            "2026-03-02T10:00:00",
            "40002",
            "isv.invalid-timestamp",
        ),
        ("biz_content", "[]", "40002", "isv.invalid-parameter"),
    ];
    for (name, value, code, sub_code) in table {
        let mut parameters = stall.parameters(PRECREATE, &order);
        parameters.insert((*name).to_owned(), (*value).to_owned());
        let request = stall.signed(parameters);
        let answer = stall.send(&request);
        assert_eq!(answer.refused(), (*code, *sub_code), "{name}={value}");
    }
}

#[test]
fn a_request_signed_by_nobody_or_changed_on_the_way_is_refused() {
    let mut stall = Stall::new();
    let order = stall.order();
    let unsigned = form(&stall.parameters(PRECREATE, &order));
    assert_eq!(
        stall.send(&unsigned).refused(),
        ("40001", "isv.missing-signature")
    );
    let mut request = stall.signed(stall.parameters(PRECREATE, &order));
    request.body.extend_from_slice(b"&extra=1");
    let answer = stall.send(&request);
    assert_eq!(answer.refused(), ("40002", "isv.invalid-signature"));
    assert!(stall.verified(&answer), "the refusal itself is signed");
    let mut foreign = Stall::new();
    foreign.app.private_key_pem = crate::alipay_apps().remove(1).private_key_pem;
    assert_eq!(foreign.about_unsigned().1, "isv.invalid-signature");
    assert!(stall.platform.trades().is_empty());
}

#[test]
fn parameters_may_stand_in_the_query_and_empty_ones_are_not_signed() {
    let mut stall = Stall::new();
    let mut parameters = stall.parameters(PRECREATE, &stall.order());
    parameters.insert("app_auth_token".to_owned(), String::new());
    let mut request = stall.signed(parameters);
    let body = String::from_utf8(request.body.clone()).unwrap();
    let (first, rest) = body.split_once('&').unwrap();
    request.path_and_query = format!("/gateway.do?{first}");
    request.body = rest.as_bytes().to_vec();
    assert_eq!(stall.send(&request).code(), "10000");
}

#[test]
fn an_answer_read_and_written_again_does_not_verify() {
    let mut stall = Stall::new();
    let answer = stall.call(PRECREATE, &stall.order());
    assert!(
        answer.text.contains(r"https:\/\/qr.alipay.com\/"),
        "{}",
        answer.text
    );
    let rewritten = answer.node.to_string();
    let sign = answer.sign.as_deref().unwrap();
    assert!(!fits(
        &stall.app.alipay_public_key_pem,
        rewritten.as_bytes(),
        sign
    ));
}

#[test]
fn p11_while_keys_change_either_key_signs() {
    let mut stall = Stall::new();
    let app_id = stall.app.app_id.clone();
    stall
        .platform
        .set_alipay_key(&app_id, AlipayKey::Alternating)
        .unwrap();
    let (mut current, mut next) = (0, 0);
    for _ in 0..4 {
        let request = stall.signed(stall.parameters(QUERY, &json!({ "out_trade_no": "nothing" })));
        let answer = stall.send(&request);
        let by = |pem: &str| fits(pem, answer.text.as_bytes(), answer.sign.as_deref().unwrap());
        current += u32::from(by(&stall.app.alipay_public_key_pem));
        next += u32::from(by(&stall.app.next_alipay_public_key_pem));
    }
    assert_eq!((current, next), (2, 2));
    stall.platform.set_alipay_key(&app_id, AlipayKey::Next).unwrap();
    let request = stall.signed(stall.parameters(QUERY, &json!({ "out_trade_no": "nothing" })));
    let answer = stall.send(&request);
    assert!(!stall.verified(&answer));
    assert!(
        stall
            .platform
            .set_alipay_key("1900000101", AlipayKey::Next)
            .is_err()
    );
}

#[test]
fn one_seed_gives_the_same_bytes() {
    let run = || {
        let mut stall = Stall::new();
        stall.paid();
        stall.refund("R1", "1.00");
        let replies: Vec<Outcome> = (0..2)
            .map(|_| stall.outcome(QUERY, &json!({ "out_trade_no": super::NUMBER })))
            .collect();
        let bodies: Vec<Vec<u8>> = stall.after(0).into_iter().map(|sent| sent.body).collect();
        (replies, bodies)
    };
    assert_eq!(run(), run());
}

impl Stall {
    /// A query whose answer is looked at without checking its signature.
    fn about_unsigned(&mut self) -> (String, String) {
        let request = self.signed(self.parameters(QUERY, &json!({ "out_trade_no": super::NUMBER })));
        let answer = self.send(&request);
        let (code, sub_code) = answer.refused();
        (code.to_owned(), sub_code.to_owned())
    }
}
